"""HTML pages that hang, empty or crash parsers, in any length; and ways to bury an article."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.benchmarks.hostile_text import HOSTILE as _TEXT

_TABLE: Final = "<table><tr><td>"
_PARAGRAPH: Final = (
    "<p>The ferry left the harbour at noon, and everybody on board was well, its captain said.</p>"
)


def _fill(piece: str, behind: str = "") -> Callable[[int], str]:
    return lambda n: piece * (n // len(piece)) + behind


def _paragraph_of(make: Callable[[int], str]) -> Callable[[int], str]:
    return lambda size: f"<p>{make(size)}</p>"


def _between(left: str, piece: str, right: str) -> Callable[[int], str]:
    return lambda n: left + piece * (n // len(piece)) + right


def _counted(left: str, piece: str, right: str) -> Callable[[int], str]:
    """Pieces that differ by the number in place of `%d`."""
    return lambda n: left + "".join(piece % at for at in range(n // (len(piece) + 4))) + right


HOSTILE: Final[Mapping[str, Callable[[int], str]]] = {
    # depth
    "open divs": _fill("<div>", "x"),
    "open divs with classes": _counted("", "<div class='box%d'>", "x"),
    "text in each of open divs": _counted("", "<div>line %d of many", ""),
    "open spans in a paragraph": _between(_PARAGRAPH + "<p>", "<span>", "x"),
    "hidden spans in each other": _between("<p>a", "<span style='display:none'>b", "x"),
    "open lists": _fill("<ul><li>", "x"),
    "open tables": _fill(_TABLE, "x"),
    "open quotes": _fill("<blockquote>", "x"),
    "open links and divs": lambda n: "<a><div>" * (n // 12) + "</a>" * (n // 12),
    "open bold and paragraphs": _fill("<b><p>", "x"),
    "open fonts, then paragraphs": lambda n: "<font>" * min(500, n // 12) + "<p>a" * (n // 12),
    "open images in figures": _fill("<figure><img>", "<figcaption>a caption"),
    "open SVG": _fill("<svg>", "x"),
    "open templates": _fill("<template>", "x"),
    "open framesets": _fill("<frameset>"),
    # breadth
    "paragraphs": _fill(_PARAGRAPH),
    "paragraphs of one word": _fill("<p>word</p>"),
    "links": _between("<p>", "<a href=/x>y</a> ", "</p>"),
    "links without space": _fill("<a>y</a>"),
    "items of a menu": _counted("<nav><ul>", "<li class='item-%d'><a href=/x>Item</a></li>", "</ul></nav>"),
    "breaks": _fill("x<br>"),
    "breaks after sentences": _fill(
        "This is a sentence that is long enough to be a paragraph of its own, by eighty characters.<br>"
    ),
    "cells of one row": _between("<table><tr>", "<td>cell</td>", "</tr></table>"),
    "long cells of one row": _between(
        "<table><tr>", f"<td>{'A cell that holds a sentence. ' * 5}</td>", "</tr></table>"
    ),
    "text in tables": _between("<table>", "<b>x", ""),
    "options": _between("<select>", "<option>x", "</select>"),
    "images and captions": _fill("<figure><img><figcaption>A ferry.</figcaption></figure>"),
    "preformatted lines": _between("<pre>", "a line\n", "</pre>"),
    "bold words": _fill("<b>a</b> "),
    "containers of one paragraph": _fill("<div><p>One paragraph in each container.</p></div>"),
    "closed before they open": _fill("</p>"),
    # what is not content
    "attributes": _counted("<div ", "a%d=1 ", ">hi</div>"),
    "one attribute": _between('<div a="', "x", '">hi</div>'),
    "one attribute never closed": _fill('<a href="'),
    "classes": _counted("<div class='", "c%d ", "'><p>hi</p></div>"),
    "comments": _fill("<!-- x -->"),
    "comments never closed": _fill("<!--"),
    "less-than signs": _fill("<"),
    "tags never closed": _fill("<a"),
    "ampersands": _fill("&"),
    "references without end": _between("&#", "9", ";"),
    "scripts": _fill("<script>var a = 1;</script>", "x"),
    "JSON-LD of nothing": _between('<script type="application/ld+json">', "[", "</script>x"),
    "JSON-LD of many articles": _between(
        '<script type="application/ld+json">[{}', ',{"@type":"NewsArticle","headline":"a"}', "]</script>x"
    ),
    "declarations": _fill("<meta property='article:author' content='Jane Doe'>", "x"),
    "properties": _fill(
        "<div itemscope itemtype='http://schema.org/Article'><b itemprop=author>Jane</b></div>"
    ),
    "times": _fill("<time datetime='2026-01-02'>2 January</time>"),
    "white space": _between("<p>a", " ", "b</p>"),
    "NULs": _between("<p>a", "\0 b ", "</p>"),
    "one text": _between("<p>", "lorem ipsum dolor ", "</p>"),
    "one word": _between("<p>", "a", "</p>"),
    **{f"paragraph: {name}": _paragraph_of(_TEXT[name]) for name in ("dots", "open brackets", "quotes")},
}
"""By name, a page of about n characters."""

WRAPPERS: Final[Mapping[str, tuple[str, str]]] = {
    "div": ("<div>", "</div>"),
    "div with a class": ('<div class="wrap inner">', "</div>"),
    "section": ("<section>", "</section>"),
    "span": ("<span>", "</span>"),
    "custom element": ("<x-shell>", "</x-shell>"),
    "font": ("<font size=2>", "</font>"),
    "div never closed": ("<div>", ""),
}
"""The elements around an article, any number of times."""
