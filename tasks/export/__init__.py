"""Hand articles on: choose rows of a dataset, write them in other formats, name their files.

Formats are text, Markdown, JSON, JSON Lines, CSV, and a folder as Hugging Face's `datasets` reads it. A name made of scraped
text is safe on any file system and never leads out of its folder.

Never here: reading a dataset or opening files. Rows come in, bytes and names go out.

Begin with `formats.FORMATS`.
"""

from copydesk.tasks.export.formats import FORMATS, Row, csv_head, csv_row, json_line, markdown
from copydesk.tasks.export.hub import card
from copydesk.tasks.export.names import Names, slug
from copydesk.tasks.export.selection import Bound, Selection, bound, day

__all__ = [
    "FORMATS",
    "Bound",
    "Names",
    "Row",
    "Selection",
    "bound",
    "card",
    "csv_head",
    "csv_row",
    "day",
    "json_line",
    "markdown",
    "slug",
]
