"""Turn an HTML page into blocks with evidence: the front end for pages.

`walk` goes through the tree once and makes blocks. `context` holds what the mark-up tells about each block.
`metadata` and its neighbours collect what the page claims about itself: JSON-LD, OpenGraph, meta tags,
embedded data. Never here: labels, rules, decisions about what stays. After this step nothing depends on HTML.
Begin with `blocks.html_blocks`, then `walk`.
"""

from copydesk.tasks.html.blocks import html_blocks

__all__ = ["html_blocks"]
