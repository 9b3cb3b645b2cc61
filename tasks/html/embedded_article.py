"""Articles that a page carries in its scripts only: in JSON-LD, or in the data of its application.

Such a page draws its text in the browser; without this step it would be a page with a menu and no
article. Nothing here runs where the page holds paragraphs of its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import turbohtml

from copydesk.schemas.page import Block, Claim, Hints
from copydesk.tasks.html.embedded_json import Node, load, strings
from copydesk.tasks.html.jsonld import article_body
from copydesk.tasks.html.jsonld_names import names_of
from copydesk.tasks.html.walk import blocks_of, collapse

ENOUGH: Final = 400
"""Characters of running text on the page itself, from which on nothing is recovered: two paragraphs."""
_PROSE = 80
_LINKED = 0.5
_ASSIGNMENT = re.compile(r"^\s*(?:[.\[\]'\"\w$]+\s*)?=\s*(?=[\[{])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MOST_VALUES = 300_000
_MOST_HOLDERS, _MOST_NAMES, _LONGEST_CLAIM = 8, 8, 300
_SIGNS = re.compile(r"[^a-z]")
_KEYS: Final = {
    "headline": "title", "title": "title", "headlines": "title",
    "publishedat": "published", "datepublished": "published", "publisheddate": "published", "publishdate": "published",
    "pubdate": "published", "publicationdate": "published", "firstpublished": "published", "firstpublishedat": "published",
    "updatedat": "modified", "datemodified": "modified", "modifiedat": "modified", "lastmodified": "modified", "updateddate": "modified",
    "author": "author", "authors": "author", "byline": "author", "bylines": "author",
}  # fmt: skip
"""Letters of the keys under which applications keep what they know of a story, and the field that it is."""
_LONGEST_SCRIPT = 8_000_000


class Recovered(NamedTuple):
    """Paragraphs found outside the page's text, and where: `json-ld` or `script`; and what stands beside them there."""

    paragraphs: tuple[str, ...]
    source: str
    claims: tuple[Claim, ...] = ()


def lacks_text(blocks: Iterable[Block]) -> bool:
    """Whether a page holds almost no running text of its own."""
    found = 0
    for block in blocks:
        if (
            len(block.text) >= _PROSE
            and not block.hints.hidden
            and block.hints.link_density < _LINKED
            and block.hints.region not in ("footer", "form", "dialog")
        ):
            found += len(block.text)
            if found >= ENOUGH:
                return False
    return True


def recover(
    document: turbohtml.Document, data: Iterable[object], blocks: Iterable[Block]
) -> Recovered | None:
    """Recover the article's paragraphs from JSON-LD, else from script data; None if neither has them."""
    found = Recovered(_paragraphs(article_body(data)), "json-ld")
    if sum(map(len, found.paragraphs)) < ENOUGH:
        found = _from_scripts(document)
    have = {block.text for block in blocks}
    found = found._replace(paragraphs=tuple(p for p in dict.fromkeys(found.paragraphs) if p not in have))
    return found if sum(map(len, found.paragraphs)) >= ENOUGH else None


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


def _from_scripts(document: turbohtml.Document) -> Recovered:
    """The largest run of paragraphs in the JSON of a page's scripts."""
    best = Recovered((), "script")
    size = 0
    for script in document.select("script:not([src])")[:200]:
        if "ld+json" in (script.attr("type") or ""):
            continue
        text = script.text
        if not ENOUGH <= len(text) <= _LONGEST_SCRIPT:
            continue
        value = load(_ASSIGNMENT.sub("", text))
        if isinstance(value, dict | list):
            found = _largest(value)
            if (total := sum(map(len, found.paragraphs))) > size:
                best, size = found, total
    return best


def _largest(value: object) -> Recovered:
    """The longest text under one path (`article.body[].text`) of a JSON value, in its order, and what its story is called."""
    groups: dict[tuple[str, ...], list[str]] = {}
    held: dict[tuple[str, ...], tuple[Node, ...]] = {}
    stack: list[tuple[tuple[str, ...], tuple[Node, ...], object]] = [((), (), value)]
    for _ in range(_MOST_VALUES):
        if not stack:
            break
        path, holders, here = stack.pop()
        if isinstance(here, dict):
            holders = (*holders[-_MOST_HOLDERS:], here)
            stack.extend([((*path[-12:], key), holders, v) for key, v in reversed(here.items())])
        elif isinstance(here, list):
            stack.extend([(path, holders, v) for v in reversed(here)])
        elif isinstance(here, str) and _is_prose(here):
            groups.setdefault(path, []).append(here)
            held.setdefault(path, holders)
    best = max(groups, key=lambda path: sum(map(len, groups[path])), default=())
    paragraphs = tuple(p for text in groups.get(best, ()) for p in _paragraphs(text))
    return Recovered(paragraphs, "script", tuple(_claims(held.get(best, ()))))


def _claims(holders: Sequence[Node]) -> Iterator[Claim]:
    """What the nearest object around a text that has a title says of it."""
    for holder in reversed(holders):
        fields = [
            (field, v) for key, v in holder.items() if (field := _KEYS.get(_SIGNS.sub("", key.lower())))
        ]
        if any(field == "title" and strings(v) for field, v in fields):
            for field, v in fields:
                yield from (
                    Claim(field, name[:_LONGEST_CLAIM], "script") for name in names_of(v, {})[:_MOST_NAMES]
                )
            return


def _is_prose(text: str) -> bool:
    """Whether a JSON string reads as running text, not as code, an address or a name."""
    if len(text) < 40 or text.startswith(("http", "{", "[", "data:")):
        return False
    words = text.split(None, 60)
    return len(words) >= 6 or any(c > "\u2e80" for c in text[:40])
