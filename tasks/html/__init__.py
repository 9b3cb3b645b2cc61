"""Turn an HTML page into blocks with evidence: the front end for pages.

`walk` goes through the tree once and makes blocks; `context` says what mark-up knows about each; `metadata` and its
neighbours collect what the page claims about itself (JSON-LD, OpenGraph, meta tags, embedded data).

Never here: labels, rules, decisions what stays. After this step nothing asks whether a page came from HTML.

Begin with `blocks.html_blocks`, then `walk`.
"""

from copydesk.tasks.html.blocks import html_blocks

__all__ = ["html_blocks"]
