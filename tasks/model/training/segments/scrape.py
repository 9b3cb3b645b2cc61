"""Apply common ways of scraping to pages. The results are lists of parts that can be joined in any way later.

Most hand-written scrapers take the text of one of these: all `<p>`; the headings, paragraphs and items of the
article's element; its block elements; each of its strings. The results of libraries are of these kinds too,
but cost a second of CPU per page.
"""

from collections.abc import Iterator
from typing import Any, Final

import lxml.etree
import lxml.html

_SKIPPED: Final = frozenset(["script", "style", "noscript", "template", "head", "svg", "iframe"])
_BLOCKS: Final = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "table",
        "tr",
        "td",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "figure",
        "figcaption",
        "blockquote",
        "pre",
        "dd",
        "dt",
        "dl",
        "form",
        "main",
        "nav",
        "br",
    ]
)
_PLACES: Final = (
    '//*[@itemprop="articleBody"]',
    "//article",
    "//main",
    '//*[contains(@class,"article") or contains(@class,"story") or contains(@class,"post") or contains(@class,"content")'
    ' or contains(@id,"content") or contains(@id,"article")]',
)
_ENOUGH: Final = 800


def renderings(html: str) -> dict[str, list[str]]:
    """Return the parts of a page by way of scraping, as hand-written scrapers see it."""
    tree = _tree(html)
    if tree is None:
        return {}
    body = tree.find(".//body")
    body = tree if body is None else body
    found = {"p": _texts(body, "p"), "body_blocks": _blocks(body)}
    article = _article(tree)
    if article is not None:
        found |= {
            "article_p": _texts(article, "p", "h2", "h3", "li"),
            "article_blocks": _blocks(article),
            "article_strings": list(_strings(article)),
        }
    return {name: parts for name, parts in found.items() if parts}


def captions(html: str) -> frozenset[str]:
    """Return the texts of the elements that a page marks as captions or credits."""
    tree = _tree(html)
    if tree is None:
        return frozenset()
    texts = (" ".join(element.text_content().split()) for element in tree.xpath(_CAPTIONS))
    return frozenset(text for text in texts if 8 < len(text) < 400)


def _tree(html: str) -> Any:
    """Parse a decoded page. What it declares as its encoding is ignored. A page without an element gives None."""
    data = html.encode("utf-8", "replace")
    try:
        return lxml.html.fromstring(data, parser=lxml.html.HTMLParser(encoding="utf-8"))
    except lxml.etree.ParserError:
        return None


_CAPTIONS: Final = (
    '//figcaption|//*[contains(@class,"caption") or contains(@class,"Caption") or contains(@class,"photo-credit")'
    ' or contains(@class,"image-credit") or contains(@itemprop,"caption")]'
)


def _article(tree: Any) -> Any:
    """Return the element that most likely holds the article: its paragraphs have the most characters."""
    best, most = None, 0.0
    for place in _PLACES:
        for element in tree.xpath(place)[:200]:
            size = sum(len(p.text_content()) for p in element.iter("p"))
            if size > most * 1.02:
                best, most = element, size
        if best is not None and most > _ENOUGH:
            break
    return best


def _texts(element: Any, *tags: str) -> list[str]:
    texts = (" ".join(found.text_content().split()) for found in element.iter(*tags))
    return [text for text in texts if text]


def _strings(element: Any) -> Iterator[str]:
    """Return each text node that is not blank, like `get_text`."""
    if not isinstance(element.tag, str) or element.tag in _SKIPPED:
        return
    if element.text and element.text.strip():
        yield element.text
    for child in element:
        yield from _strings(child)
        if child.tail and child.tail.strip():
            yield child.tail


def _blocks(element: Any) -> list[str]:
    """Return the text of each block element, with its inline elements joined."""
    out: list[str] = []
    line: list[str] = []

    def flush() -> None:
        text = " ".join("".join(line).split())
        if text:
            out.append(text)
        line.clear()

    def walk(at: Any) -> None:
        if not isinstance(at.tag, str) or at.tag in _SKIPPED:
            return
        if at.tag in _BLOCKS:
            flush()
        if at.text:
            line.append(at.text)
        for child in at:
            walk(child)
            if child.tail:
                line.append(child.tail)
        if at.tag in _BLOCKS:
            flush()

    walk(element)
    flush()
    return out
