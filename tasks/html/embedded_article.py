"""Recover an article that a page contains but does not show, from its data or from hidden mark-up.

Such a page draws its text in the browser. Without this step it would be a page with a menu and no article.
The step does nothing if the page shows paragraphs of its own. The sources, the most trusted first:

1. `json-ld`: the `articleBody` of JSON-LD, which declares that it is the article.
2. `markup`: `<noscript>`, `<template>` or `<iframe srcdoc>` that hold the page's headline or an `<article>`.
3. `script`: the state of the page's application (see `script_state`): the longest text that is kept in one place.
4. `markup` without such a sign: the longest text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import turbohtml

from copydesk.schemas.page import Block, Claim, Hints
from copydesk.tasks.html.embedded_json import Node, load, strings
from copydesk.tasks.html.inline_text import collapse
from copydesk.tasks.html.jsonld import article_body
from copydesk.tasks.html.jsonld_names import names_of
from copydesk.tasks.html.script_state import server_rows, states
from copydesk.tasks.html.unshown import parsed, unshown
from copydesk.tasks.metadata import fold

ENOUGH: Final = 400
"""With this many narrow characters of running text on the page itself, nothing is recovered: two paragraphs.
"""
_PROSE = 80
_LINKED = 0.5
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
"""Letters of the keys under which applications store facts about a story, each with its field."""


class Recovered(NamedTuple):
    """Paragraphs found outside the page's text, their source, and the claims beside them."""

    paragraphs: tuple[str, ...]
    source: str
    claims: tuple[Claim, ...] = ()


def lacks_text(blocks: Iterable[Block]) -> bool:
    """Return whether a page shows almost no running text of its own."""
    found = 0
    for block in blocks:
        size = len(block.text)
        if 2 * size < _PROSE or block.hints.hidden or block.hints.link_density >= _LINKED:
            continue
        if not block.text.isascii():
            size = _width(block.text)
        if size >= _PROSE and block.hints.region not in ("footer", "form", "dialog"):
            found += size
            if found >= ENOUGH:
                return False
    return True


def _width(text: str) -> int:
    """Return the length of a text in narrow characters. Those of Chinese, Japanese and Korean count twice."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def recover(
    document: turbohtml.Document, data: Iterable[object], blocks: Iterable[Block], titles: Iterable[str] = ()
) -> Recovered | None:
    """Return the article's paragraphs from the most trusted source that has enough of them; None if none has.

    `titles` are those that the page claims.
    """
    have = {block.text for block in blocks if "noscript" not in (block.hints.tag, *block.hints.path)}
    for found in _sources(document, data, {fold(title) for title in titles}):
        paragraphs = tuple(p for p in dict.fromkeys(found.paragraphs) if p not in have)
        if sum(map(_width, paragraphs)) >= ENOUGH:
            return found._replace(paragraphs=paragraphs)
    return None


def _sources(document: turbohtml.Document, data: Iterable[object], titles: set[str]) -> Iterator[Recovered]:
    """Yield the findings of each source, in the order of trust."""
    yield Recovered(_paragraphs(article_body(data)), "json-ld")
    pieces = [blocks for blocks in unshown(document) if not lacks_text(blocks)]
    for blocks in pieces:
        if any("article" in b.hints.path or (b.kind == "heading" and fold(b.text) in titles) for b in blocks):
            yield Recovered(_story(blocks), "markup")
    found = [_largest(value) for value in states(document)]
    found += [Recovered(_story(parsed(row)), "script") for row in server_rows(document) if len(row) >= ENOUGH]
    if found:
        yield max(found, key=lambda f: sum(map(len, f.paragraphs)))
    yield from (Recovered(_story(blocks), "markup") for blocks in sorted(pieces, key=_prose, reverse=True))


def _story(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return the texts of blocks that may be an article's: no menus, forms and headers, nothing hidden."""
    return tuple(
        b.text
        for b in blocks
        if not b.hints.hidden and b.hints.link_density < _LINKED and b.hints.region not in _BESIDE
    )


_BESIDE: Final = frozenset({"nav", "header", "footer", "aside", "form", "dialog"})


def _prose(blocks: Iterable[Block]) -> int:
    return sum(width for text in _story(blocks) if (width := _width(text)) >= _PROSE)


def appended(blocks: Sequence[Block], paragraphs: Iterable[str]) -> tuple[Block, ...]:
    """Return the blocks, followed by the recovered paragraphs as children of one article element."""
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
        return tuple(block.text for block in parsed(body))
    return tuple(text for line in body.split("\n") if (text := collapse(line)))


def _largest(value: object) -> Recovered:
    """Return the longest text under one path (`article.body[].text`) of a JSON value, and its story's title.

    The pieces of the text are in the order of the value.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    held: dict[tuple[str, ...], tuple[Node, ...]] = {}
    stack: list[tuple[tuple[str, ...], tuple[Node, ...], object]] = [((), (), value)]
    nested = _MOST_NESTED
    for _ in range(_MOST_VALUES):
        if not stack:
            break
        path, holders, here = stack.pop()
        if isinstance(here, dict):
            holders = (*holders[-_MOST_HOLDERS:], here)
            stack.extend([((*path[-12:], _kind(key)), holders, v) for key, v in reversed(here.items())])
        elif isinstance(here, list):
            stack.extend([(path, holders, v) for v in reversed(here)])
        elif isinstance(here, str) and len(here) >= ENOUGH and here[0] in "{[" and nested:
            nested -= 1
            if isinstance(inner := load(here), dict | list):  # JSON as a text within JSON
                stack.append((path, holders, inner))
        elif isinstance(here, str) and _is_prose(here):
            groups.setdefault(path, []).append(here)
            held.setdefault(path, holders)
    best = max(groups, key=lambda path: sum(map(len, groups[path])), default=())
    paragraphs = tuple(p for text in groups.get(best, ()) for p in _paragraphs(text))
    return Recovered(paragraphs, "script", tuple(_claims(held.get(best, ()))))


def _kind(key: str) -> str:
    """Return a key without the id of its object: `Paragraph:4f1a_0` of a cache is a `Paragraph`."""
    return _IDENTITY.sub("*", key) if not key.isalpha() else key


_IDENTITY: Final = re.compile(r"[:.(|].*|\d.*", re.DOTALL)
_MOST_NESTED: Final = 20


def _claims(holders: Sequence[Node]) -> Iterator[Claim]:
    """Return the facts of the nearest object with a title around a text."""
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
    """Return whether a JSON string is running text, not code, an address or a name."""
    if len(text) < 40 or text.startswith(("http", "{", "[", "data:")):
        return False
    words = text.split(None, 60)
    return len(words) >= 6 or any(c > "\u2e80" for c in text[:40])
