"""Articles that a page carries in its scripts only: in JSON-LD, or in the data of its application.

Such a page draws its text in the browser; without this step it would be a page with a menu and no
article. Nothing here runs where the page holds paragraphs of its own.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import turbohtml

from schemas.page import Block, Hints
from tasks.html_jsonld import article_body
from tasks.html_walk import blocks_of, collapse
from tasks.json_island import load

ENOUGH: Final = 400
"""Characters of running text on the page itself, from which on nothing is recovered: two paragraphs."""
_PROSE = 80
_LINKED = 0.5
_ASSIGNMENT = re.compile(r"^\s*(?:window|self|globalThis)?[.\[\]'\"\w$]*\s*=\s*(?=[\[{])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MOST_VALUES = 300_000
_LONGEST_SCRIPT = 8_000_000


class Recovered(NamedTuple):
    """Paragraphs found outside the page's text, and where: `json-ld` or `script`."""

    paragraphs: tuple[str, ...]
    source: str


def lacks_text(blocks: Iterable[Block]) -> bool:
    """Whether a page holds almost no running text of its own."""
    found = 0
    for block in blocks:
        if len(block.text) >= _PROSE and not block.hints.hidden and block.hints.link_density < _LINKED and block.hints.region not in ("footer", "form", "dialog"):
            found += len(block.text)
            if found >= ENOUGH:
                return False
    return True


def recover(document: turbohtml.Document, data: Iterable[object], blocks: Iterable[Block]) -> Recovered | None:
    """Recover the article's paragraphs from JSON-LD, else from script data; None if neither has them."""
    paragraphs = _paragraphs(article_body(data))
    source = "json-ld"
    if sum(map(len, paragraphs)) < ENOUGH:
        paragraphs, source = _from_scripts(document), "script"
    have = {block.text for block in blocks}
    paragraphs = tuple(p for p in dict.fromkeys(paragraphs) if p not in have)
    return Recovered(paragraphs, source) if sum(map(len, paragraphs)) >= ENOUGH else None


def appended(blocks: Sequence[Block], paragraphs: Iterable[str]) -> tuple[Block, ...]:
    """The blocks with recovered paragraphs behind them, as children of one article element."""
    out = list(blocks)
    at = out[-1].end + 1 if out else 0
    number = 1 + max((b.hints.parent for b in out), default=0)
    hints = Hints(tag="p", path=("article",), depth=3, parent=number, region="article")
    for text in paragraphs:
        out.append(Block(at, at + len(text), text, "text", hints))
        at += len(text) + 1
    return tuple(out)


def _paragraphs(body: str) -> tuple[str, ...]:
    """Cut a body, plain or with mark-up, into paragraphs."""
    if _TAG.search(body):
        fragment = turbohtml.parse_fragment(body, positions=False)
        return tuple(block.text for block in blocks_of(fragment))
    return tuple(text for line in body.split("\n") if (text := collapse(line)))


def _from_scripts(document: turbohtml.Document) -> tuple[str, ...]:
    """The largest run of paragraphs in the JSON of a page's scripts."""
    best: tuple[str, ...] = ()
    size = 0
    for script in document.select("script:not([src])")[:200]:
        if "ld+json" in (script.attr("type") or ""):
            continue
        text = script.text
        if not ENOUGH <= len(text) <= _LONGEST_SCRIPT:
            continue
        value = load(_ASSIGNMENT.sub("", text))
        if isinstance(value, dict | list):
            paragraphs = _largest(value)
            if (total := sum(map(len, paragraphs))) > size:
                best, size = paragraphs, total
    return best


def _largest(value: object) -> tuple[str, ...]:
    """The longest text under one path (`article.body[].text`) of a JSON value, in its order."""
    groups: dict[tuple[str, ...], list[str]] = {}
    stack: list[tuple[tuple[str, ...], object]] = [((), value)]
    for _ in range(_MOST_VALUES):
        if not stack:
            break
        path, here = stack.pop()
        if isinstance(here, dict):
            stack.extend([((*path[-12:], key), v) for key, v in reversed(here.items())])
        elif isinstance(here, list):
            stack.extend([(path, v) for v in reversed(here)])
        elif isinstance(here, str) and _is_prose(here):
            groups.setdefault(path, []).append(here)
    best = max(groups.values(), key=lambda texts: sum(map(len, texts)), default=[])
    return tuple(p for text in best for p in _paragraphs(text))


def _is_prose(text: str) -> bool:
    """Whether a JSON string reads as running text, not as code, an address or a name."""
    if len(text) < 40 or text.startswith(("http", "{", "[", "data:")):
        return False
    words = text.split(None, 60)
    return len(words) >= 6 or any(c > "\u2e80" for c in text[:40])
