"""Decide whether a text is clearly HTML, and not a text that mentions a tag.

A text is clearly HTML when one of these holds; only the names of HTML's own elements count as tags.

1. It begins like a page (a doctype, `<html>`, `<head>`, `<body>`).
2. It begins with a tag, and has blocks: a block element that is opened and closed, or two paragraphs or line breaks.
3. At least half of its characters are inside block elements that are opened and closed.
4. It has two line breaks (`<br>`) or more, and most of them follow directly on a letter, a full stop or a tag,
   as in mark-up. A text about HTML sets a space or a quotation mark before the tag.
5. It has no blocks, but links or images with an address (two of them, or one if a tag comes first): the form in
   which WordPress stores articles, where a blank line separates paragraphs.

`<b>` and `<i>` alone prove nothing.
"""

import html
import re
from typing import Final

from copydesk.tasks.text.sniff import is_page

_BLOCKS_NAMES: Final = (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header head html li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS: Final = frozenset(_BLOCKS_NAMES.split())
_BREAKS: Final = ("br", "hr")
_INLINE_NAMES: Final = (
    "a abbr b big cite code del em embed font i iframe img ins link mark meta noscript picture q s script small source span strike "
    "strong style sub sup svg time title tt u video audio"
)
_INLINE: Final = frozenset(_INLINE_NAMES.split())
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,10})((?:[\s/][^<>]{0,4000})?)>")
_ADDRESS: Final = re.compile(r"""\b(?:href|src)\s*=\s*["'](?:https?:)?/""", re.IGNORECASE)
_MOST: Final = 1 << 18
"""Maximum number of characters that are checked."""
_FEW: Final = 2
_FIRST: Final = re.compile(r"\s*</?([A-Za-z][A-Za-z0-9]{0,10})[\s/>]")


def is_markup(text: str) -> bool:
    """Return whether a text is clearly HTML; the module's docstring describes the test. Linear in its length.

    >>> is_markup("<p>Hello <b>world</b>.</p>"), is_markup("Write <b> for bold and <p> for a paragraph.")
    (True, False)
    """
    if "<" not in text:
        return False
    return has_blocks(text) or has_links(text)


def has_blocks(text: str) -> bool:
    """Return whether a text is HTML by tests 1 to 4."""
    text = _without_comments(text[:_MOST])
    if is_page(text[:4096].encode("utf-8", "replace")):
        return True
    walk = _Walk(text)
    blocks = walk.pairs > 0 or walk.opened.get("p", 0) + walk.breaks >= _FEW
    if walk.first and blocks:
        return True
    return walk.inside * 2 >= len(text) > 0 or (walk.breaks >= _FEW and walk.close_breaks * 2 > walk.breaks)


def has_links(text: str) -> bool:
    """Return whether a text without blocks is HTML by test 5."""
    text = text[:_MOST]
    tags = [tag for tag in _TAG.finditer(text) if tag[2].lower() in ("a", "img")]
    closed = sum(tag[2].lower() == "a" for tag in tags if tag[1])
    addressed = [tag for tag in tags if not tag[1] and _ADDRESS.search(tag[3])]
    links = sum(tag[2].lower() == "a" for tag in addressed)
    if links > closed:
        return False
    return len(addressed) >= _FEW or (len(addressed) == 1 and _begins_with_tag(text))


def paragraphs(text: str) -> str:
    r"""Insert paragraphs at the blank lines of a text that has only links, as WordPress does.

    >>> paragraphs('One <a href="/a">link</a>.\n\nTwo.')
    '<p>One <a href="/a">link</a>.</p>\n<p>Two.</p>'
    """
    pieces: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            pieces[-1].append(line.strip("\r"))
        elif pieces[-1]:
            pieces.append([])
    whole = ("\n".join(piece).strip() for piece in pieces if piece)
    return "\n".join(f"<p>{piece}</p>" for piece in whole)


def unescaped(text: str) -> str:
    """Return the HTML of a text in which everything was escaped once too often; "" for any other text.

    >>> unescaped("&lt;p&gt;Hello &amp;amp; goodbye.&lt;/p&gt;"), unescaped("if a &lt; b")
    ('<p>Hello &amp; goodbye.</p>', '')
    """
    if "<" in text or "&lt;" not in text or "&gt;" not in text:
        return ""
    made = html.unescape(text)
    return made if has_blocks(made) else ""


def _without_comments(text: str) -> str:
    parts = text.split("<!--")
    return parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])


def _begins_with_tag(text: str) -> bool:
    found = _FIRST.match(text)
    return found is not None and found[1].lower() in _BLOCKS | _INLINE


class _Walk:
    """Properties of a text's tags, collected in one pass."""

    def __init__(self, text: str) -> None:
        self.first = _begins_with_tag(text)
        self.opened: dict[str, int] = {}
        self.pairs = self.breaks = self.close_breaks = self.inside = 0
        self._open: list[tuple[str, int]] = []
        self._pending: dict[str, int] = {}
        for tag in _TAG.finditer(text):
            name = tag[2].lower()
            if name in _BREAKS:
                before = text[tag.start() - 1 : tag.start()]
                self.breaks += 1
                self.close_breaks += not before or before in ".!?>)\n:;…。！？”»" or before.isalnum()
            elif name in _BLOCKS and not tag[1]:
                self.opened[name] = self.opened.get(name, 0) + 1
                self._pending[name] = self._pending.get(name, 0) + 1
                self._open.append((name, tag.start()))
            elif self._pending.get(name):
                self._close(name, tag.end())

    def _close(self, name: str, end: int) -> None:
        """Close a block, and the blocks inside it that were left open."""
        self.pairs += 1
        while True:
            last, start = self._open.pop()
            self._pending[last] -= 1
            if last == name:
                break
        if not self._open:
            self.inside += end - start
