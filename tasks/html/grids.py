"""Decide which tables of a page hold data, which lay out the page, and which frame a picture.

Pages of the early web put columns, menus and whole articles into tables. Tables of data have short cells and
no table inside. Nothing is stored: each table is inspected once, when the walk reaches it.
"""

from typing import Final, Literal

import turbohtml

Use = Literal["data", "layout", "picture"]

_CELLS: Final = frozenset({"td", "th"})
_LAYOUT: Final = frozenset(
    [
        "table",
        "form",
        "input",
        "textarea",
        "select",
        "h1",
        "h2",
        "h3",
        "article",
        "section",
        "nav",
        "aside",
        "header",
        "footer",
        "iframe",
    ]
)
"""Elements that never occur in a table of data."""
_PICTURES: Final = frozenset({"img", "picture", "amp-img"})
_MEAN_CELL, _LONGEST_CELL = 60, 120
"""Characters of a data cell, on average and at most."""
_MEAN_HEADED_CELL, _LONGEST_HEADED_CELL = 160, 800
"""The same for a table with heading cells, which is made for data."""
_PICTURE_CELLS, _PICTURE_TEXT = 4, 300
_MOST_PARAGRAPHS = 3
"""A cell with this many paragraphs holds running text."""


def use_of(table: turbohtml.Element) -> Use:
    """Return what a table is for. A table that contains another table lays out the page.

    The cost is linear over a page of nested tables, since the search ends at the first table inside.
    """
    cells: list[int] = []
    headed = pictures = paragraphs = 0
    node: turbohtml.Node
    for node in table.descendants:
        if isinstance(node, turbohtml.Element):
            tag = node.tag
            if tag in _LAYOUT:
                return "layout"
            if tag in _CELLS:
                cells.append(0)
                headed += tag == "th"
                paragraphs = 0
            elif tag in _PICTURES:
                pictures += 1
            elif tag == "p":
                paragraphs += 1
                if paragraphs >= _MOST_PARAGRAPHS:
                    return "layout"
        elif isinstance(node, turbohtml.Text) and cells:
            cells[-1] += len(node.data.strip())
    filled = [size for size in cells if size]
    if pictures and len(filled) == 1 and len(cells) <= _PICTURE_CELLS and filled[0] <= _PICTURE_TEXT:
        return "picture"
    mean, longest = (_MEAN_HEADED_CELL, _LONGEST_HEADED_CELL) if headed else (_MEAN_CELL, _LONGEST_CELL)
    fits = len(filled) >= 2 and max(filled) <= longest and sum(filled) <= mean * len(filled)
    return "data" if fits else "layout"
