"""Export articles: choose rows of a dataset, write them in other formats, name their files.

The formats are text, Markdown, JSON, JSON Lines, CSV, and a folder for Hugging Face's `datasets`. A file name
made from scraped text is safe on any file system and never leads out of its folder. Never here: reading a
dataset or opening files. Functions take rows and return bytes and names. Begin with `formats.FORMATS`.
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
