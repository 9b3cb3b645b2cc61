"""Labelled blocks for training: the line-labelled texts, and pages whose gold body is aligned to blocks.

They are read from the evaluation folder beside the checkout; nothing is stored here. A page gives two kinds
of example: its blocks with mark-up for the page model, and the same blocks as flat text for the text model,
cut like a scraper's result (whole page, article part only, body with a few leaks).
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from copydesk.schemas.document import DecodedText, Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.labels import BODY
from copydesk.schemas.page import NO_HINTS, Block, Mark, Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.html import html_blocks
from copydesk.tasks.label import squash
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, mark

_WORD = re.compile(r"\w+")
_WEAK = 11_000
_SHINGLE = 4
_IN_BODY = 0.8
"""Share of a block's shingles that must be in the gold body for the block to be body."""
_WHOLE = 0.9
_SENTENCE = 80
"""An unclaimed line of at least this many characters that ends like a sentence counts as body."""
_FIELD_TOKENS = frozenset(
    {"byline", "author", "authors", "dateline", "timestamp", "datepublished", "headline", "kicker"}
)


class Example(NamedTuple):
    """One document: its publisher or collection, its marked blocks, the class of each (-1: not scored)."""

    group: str
    blocks: tuple[Block, ...]
    classes: list[int]
    title: str
    name: str
    description: str = ""
    stated: str = ""
    news: bool = False
    """Whether it is a page of a news publisher, and not of the wider web."""


_CLASS_OF = {
    **dict.fromkeys(BODY, 0), **dict.fromkeys(("section", "title", "byline", "dateline"), 1), "caption": 2,
}  # fmt: skip


def labelled_texts(path: Path, book: RuleBook) -> Iterator[Example]:
    """Yield the line-labelled documents. Embedded posts are not scored."""
    for line in path.open(encoding="utf-8"):
        doc = json.loads(line)
        if not doc.get("lines"):
            continue
        origin = Origin(str(path), doc["id"])
        page = text_blocks(DecodedText(origin, "text", doc["text"], "utf-8", "given", "", 0))
        page = mark(repair(page), book)
        by_start = {}
        offset = 0
        gold = {entry["i"]: entry for entry in doc["lines"]}
        for number, raw in enumerate(doc["text"].split("\n")):
            if number in gold:
                entry = gold[number]
                by_start[offset + len(raw) - len(raw.lstrip())] = (
                    -1 if entry.get("embed") else _CLASS_OF.get(entry["label"], 3)
                )
            offset += len(raw) + 1
        classes = [by_start.get(block.start, -1) for block in page.blocks]
        yield Example(doc["source_repo"], page.blocks, classes, "", doc["id"])


def weakly_labelled_texts(path: Path, book: RuleBook, count: int, seed: int) -> Iterator[Example]:
    """Yield unlabelled texts with their certain lines.

    A certain line is one that a rule claims whole, or a sentence that no rule claims.

    All other lines are not scored. With the marks hidden, the model learns from them what furniture looks
    like, and what its surroundings look like.
    """
    table = pq.read_table(path, columns=["id", "publisher", "text"])
    chosen = sorted(random.Random(seed).sample(range(len(table)), min(count, len(table))))  # noqa: S311
    for row in table.take(chosen).to_pylist():
        origin = Origin(str(path), row["id"])
        try:
            page = text_blocks(DecodedText(origin, "text", row["text"] or "", "utf-8", "given", "", 0))
        except DocumentError:
            continue
        page = mark(repair(page), book)
        classes = [_weak_class(block) for block in page.blocks]
        if len(set(classes) - {-1}) > 1:
            yield Example("pool", page.blocks, classes, "", row["id"])


def _weak_class(block: Block) -> int:
    whole = [m for m in block.marks if m.end - m.start >= _WHOLE * len(block.text)]
    if whole:
        return _CLASS_OF.get(whole[0].label, 3)
    return (
        0 if not block.marks and len(block.text) >= _SENTENCE and block.text[-1] in '.!?"\u201d\u3002' else -1
    )


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


def flat(example: Example, chance: random.Random) -> Example | None:
    """Return the page as a text scraper would have stored it, or None if it has almost no body.

    One time in five it is the whole page. Otherwise it is the part around the body with some leaks; half of
    these have most of the leaks removed. Hidden blocks are never shown.
    """
    body = [n for n, c in enumerate(example.classes) if c == 0]
    if len(body) < 3:
        return None
    shown = [n for n, b in enumerate(example.blocks) if not b.hints.hidden]
    style = chance.random()
    if style > 0.2:
        first, last = body[0] - chance.randint(0, 12), body[-1] + chance.randint(0, 25)
        keep = chance.choice((0.15, 0.5, 1.0))
        shown = [
            n for n in shown if first <= n <= last and (example.classes[n] == 0 or chance.random() < keep)
        ]
    if not any(example.classes[n] == 0 for n in shown):
        return None
    lines = [(text, n) for n in shown for text in _lines(example.blocks[n])]
    blocks = tuple(
        example.blocks[n]._replace(text=text, kind="line", hints=NO_HINTS, marks=marks)
        for (text, marks), n in lines
    )
    return example._replace(blocks=blocks, classes=[example.classes[n] for _, n in lines], title="")


def _lines(block: Block) -> list[tuple[str, tuple[Mark, ...]]]:
    """Return the text and marks of the lines that a block becomes in a flat text."""
    if block.kind != "links":
        return [(block.text, block.marks)]
    return [(line, tuple(m._replace(end=len(line)) for m in block.marks)) for line in block.text.split("\n")]


class Corpus(NamedTuple):
    """All material for training."""

    texts: list[Example]
    pages: list[Example]
    weak: list[Example]


def gather(shared: Path, book: RuleBook, log: Callable[[str], None]) -> Corpus:
    """Read labelled texts, labelled pages, and a sample of unlabelled texts that the rules label in part."""
    texts = list(labelled_texts(shared / "eval/text/docs.jsonl", book))
    weak = list(weakly_labelled_texts(shared / "eval/text/pool.parquet", book, _WEAK, 1))
    log(f"{len(texts)} texts, {len(weak)} of {_WEAK} unlabelled ones with furniture that a rule knows")
    pages = [
        example
        for name in ("news_pages", "web_articles")
        for example in labelled_pages(shared / f"eval/html/{name}.parquet", book, name == "news_pages")
    ]
    log(f"{len(pages)} pages")
    return Corpus(texts, pages, weak)
