"""Labelled blocks for training: pages whose gold body is aligned to blocks.

They are read from the evaluation folder beside the checkout; nothing is stored here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import pyarrow.parquet as pq

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.labels import FIELDS
from copydesk.schemas.page import Block, Box, Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.html import html_blocks
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, mark
from copydesk.tasks.text import squash

_WORD = re.compile(r"\w+")
_SHINGLE = 4
_IN_BODY = 0.8
"""Share of a block's shingles that must be in the gold body for the block to be body."""
_FIELD_TOKENS = frozenset(
    {"byline", "author", "authors", "dateline", "timestamp", "datepublished", "headline", "kicker"}
)


_CLOSE: Final = frozenset({"l3s_gn1", "zh_wced", "readability", "omnivore", "newspaper4k"})
"""Sets of `pages_more` whose customs (what counts as body) are close to those of the news pages: 618 pages.

Of the other sets everything in which customs differ is not scored: see `_masked`.
"""


class Example(NamedTuple):
    """One page: its publisher, its marked blocks, the class of each (-1: not scored)."""

    group: str
    blocks: tuple[Block, ...]
    classes: list[int]
    title: str
    name: str
    description: str = ""
    stated: str = ""
    news: bool = False
    """Whether it is a page of a news publisher, and not of the wider web."""
    boxes: tuple[Box, ...] = ()
    weight: float = 1.0
    """How far its gold can be trusted, 0 to 1."""


def labelled_pages(path: Path, book: RuleBook, news: bool) -> Iterator[Example]:
    """Yield the pages of a gold Parquet file as blocks with mark-up, with classes aligned from the gold body.

    Pages whose gold has no weight are left out.
    """
    for batch in pq.ParquetFile(path).iter_batches(batch_size=32):
        for row in batch.to_pylist():
            close = row.get("set", "") in ("", *_CLOSE)
            weight = 1.0 if close else row["weight"]
            raw = RawDocument(Origin(str(path), row["id"], url=row["url"] or ""), row["html"], "html")
            try:
                page = mark(repair(html_blocks(decode(raw, Settings()))), book)
            except DocumentError:
                continue
            if not weight or not page.blocks:
                continue
            title, description, stated = (
                next((c.value for c in page.claims if c.field == f), "")
                for f in ("title", "description", "body")
            )
            classes = align_classes(page, row["text"] or "", row["title"] or "", row["authors"] or [])
            yield Example(
                group_of(row),
                page.blocks,
                classes if close else _masked(page, classes, row),
                title,
                row["id"],
                description,
                stated,
                news,
                page.boxes,
                weight,
            )


def group_of(row: dict[str, Any]) -> str:
    """Return the publisher of a page: as the set names it, or its host. Pages of a publisher are held out together."""
    return str(row["publisher"] or urlsplit(row["url"] or "").hostname or row["id"])


def _masked(page: Page, classes: Sequence[int], row: dict[str, Any]) -> list[int]:
    """Return the classes without those in which the customs of the sets differ.

    These are headlines and subheadings, fields, captions and embedded posts; a body that the set's own columns call
    comments or related stories; and furniture that they call supplemental.
    """
    headlines = {squash(text) for text in (row["title"], row["headline"], page.headline) if text}
    names = {squash(name) for name in row["authors"] or []}
    others, more = (
        {
            squash(line)
            for column in columns
            for line in (row[column] or "").split("\n")
            if len(line.strip()) >= 20
        }
        for columns in (("comments", "related"), ("supplemental",))
    )
    out = []
    for block, known in zip(page.blocks, classes, strict=True):
        text = squash(block.text)
        differs = (
            known in (1, 2)
            or block.kind in ("caption", "heading", "embed")
            or text in headlines
            or text in names
            or (known == 0 and (text in others or block.hints.tag == "time" or _names_field(block)))
            or (known == 3 and text in more)
        )
        out.append(-1 if differs else known)
    return out


def _names_field(block: Block) -> bool:
    return any(mark.label in FIELDS and mark.label != "caption" for mark in block.marks)


def align_classes(page: Page, gold: str, title: str, authors: Sequence[str]) -> list[int]:
    """Return the class of each block of a page: in the gold body, a field, a caption, or furniture."""
    lines = Counter(squash(line) for line in gold.split("\n") if line.strip())
    shingles = set(_shingles(_WORD.findall(gold.lower())))
    headline = squash(title)
    names = {squash(name) for name in authors}
    out: list[int] = []
    taken: set[str] = set()
    for block in page.blocks:
        text = squash(block.text)
        words = _WORD.findall(text)
        own = _shingles(words)
        if text in taken and not lines[text]:
            out.append(-1)  # the page holds it twice, for wide and for narrow screens
            continue
        if lines[text] > 0:
            lines[text] -= 1
            out.append(0)
        elif (len(words) >= 2 * _SHINGLE and sum(s in shingles for s in own) >= _IN_BODY * len(own)) or (
            block.kind == "links"
            and 2 * sum(lines[squash(line)] > 0 for line in block.text.split("\n")) > block.text.count("\n")
        ):
            out.append(0)
        elif text == headline or text in names:
            out.append(1)
        elif block.kind == "caption":
            out.append(2)
        elif len(words) <= 15 and (block.hints.tag == "time" or block.hints.tokens & _FIELD_TOKENS):
            out.append(1)
        else:
            out.append(3)
        if out[-1] == 0 and len(words) >= 2 * _SHINGLE:
            taken.add(text)
    return out


def _shingles(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _SHINGLE]) for n in range(max(1, len(words) - _SHINGLE + 1))]


def gather(shared: Path, book: RuleBook, log: Callable[[str], None]) -> list[Example]:
    """Read the labelled pages."""
    pages = [
        example
        for name in ("news_pages", "web_articles", "pages_more")
        for example in labelled_pages(shared / f"eval/html/{name}.parquet", book, name == "news_pages")
    ]
    log(f"{len(pages)} pages")
    return pages
