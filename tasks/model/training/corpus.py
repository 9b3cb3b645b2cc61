"""Labelled blocks for training: pages whose gold body is aligned to blocks.

They are read from the evaluation folder beside the checkout; nothing is stored here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import Block, Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.html import html_blocks
from copydesk.tasks.label import squash
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, mark

_WORD = re.compile(r"\w+")
_SHINGLE = 4
_IN_BODY = 0.8
"""Share of a block's shingles that must be in the gold body for the block to be body."""
_FIELD_TOKENS = frozenset(
    {"byline", "author", "authors", "dateline", "timestamp", "datepublished", "headline", "kicker"}
)


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


def labelled_pages(path: Path, book: RuleBook, news: bool) -> Iterator[Example]:
    """Yield the pages of a gold Parquet file as blocks with mark-up, with classes aligned from the gold body."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=32):
        for row in batch.to_pylist():
            raw = RawDocument(Origin(str(path), row["id"], url=row["url"] or ""), row["html"], "html")
            try:
                page = mark(repair(html_blocks(decode(raw, Settings()))), book)
            except DocumentError:
                continue
            title, description, stated = (
                next((c.value for c in page.claims if c.field == f), "")
                for f in ("title", "description", "body")
            )
            classes = align_classes(page, row["text"] or "", row["title"] or "", row["authors"] or [])
            yield Example(
                row["publisher"] or row["id"],
                page.blocks,
                classes,
                title,
                row["id"],
                description,
                stated,
                news,
            )


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
        for name in ("news_pages", "web_articles")
        for example in labelled_pages(shared / f"eval/html/{name}.parquet", book, name == "news_pages")
    ]
    log(f"{len(pages)} pages")
    return pages
