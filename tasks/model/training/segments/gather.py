"""Read all training material for the segment model from ../shared/eval."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from w3lib.encoding import html_to_unicode

from copydesk.schemas.labels import FURNITURE
from copydesk.tasks.article import language_of
from copydesk.tasks.model.training.segments.pages import draft_of
from copydesk.tasks.model.training.segments.pieces import Draft, Piece, labelled_texts, with_language
from copydesk.tasks.model.training.segments.pool import Raw, weakly_labelled
from copydesk.tasks.model.training.segments.scrape import captions, renderings
from copydesk.tasks.rules import load

_PAGES: Final = ("news_pages", "pages_more", "web_articles")
_LEAST_WEIGHT: Final = 0.25
_LONGEST: Final = 25_000
_BODY: Final = range(600, 12_000)
_POOL_EACH: Final = 400
"""Most texts of one collection of the first pool; otherwise one of them is two thirds of it."""
_FAMILIES: Final = {"player_notice": "player", "comments": "comment"}


def gather(shared: Path, share: float = 1.0) -> Iterator[Draft]:
    """Yield every training document: labelled texts, renderings and bodies of pages, weakly labelled texts.

    With a `share` below 1 only that share of the publishers of pages and of the pools' texts is read.
    """
    for name in ("docs", "more"):
        for draft in labelled_texts(shared / f"eval/text/{name}.jsonl"):
            yield with_language(draft)
    with ProcessPoolExecutor() as pool:
        for name in _PAGES:
            rows = [
                row
                for row in pq.read_table(shared / f"eval/html/{name}.parquet").to_pylist()
                if _within(row["publisher"] or row["id"], share)
            ]
            for drafts in pool.map(_of_page, rows, chunksize=16):
                yield from drafts
    for draft in weakly_labelled([raw for raw in _pool(shared) if _within(raw.name, share)]):
        yield with_language(draft)


def _within(name: str, share: float) -> bool:
    """Return whether a publisher or text is part of a share. A name is part of every larger share, too."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) < share * (1 << 32)


def catalogue(shared: Path) -> Iterator[tuple[str, str, str]]:
    """Yield furniture that belongs to no document, as (label, language, text)."""
    listed = (shared / "boilerplate_catalogue.tsv").read_text(encoding="utf-8")
    for line in listed.split("\n")[1:]:
        fields = line.split("\t")
        label = _FAMILIES.get(fields[0], fields[0])
        if len(fields) > 3 and label in FURNITURE:
            yield label, fields[2][:2], fields[3]


def rule_examples() -> Iterator[tuple[str, str, str]]:
    """Yield the lines that the shipped rules give as examples, in the same form."""
    for rule in load().rules:
        for line in "\n".join(rule.match).split("\n") if rule.scope != "span" else ():
            if 3 < len(line) < 300:
                yield rule.label, rule.language or "en", line


def _of_page(row: dict[str, Any]) -> list[Draft]:
    """Return scraped renderings of a page, and its gold body as a clean document."""
    return list(_drafts(row))


def _drafts(row: dict[str, Any]) -> Iterator[Draft]:
    weight = row.get("weight")
    weight = 1.0 if weight is None else float(weight)
    gold = (row["text"] or "").strip()
    if weight < _LEAST_WEIGHT or not gold or len(gold) > _LONGEST:
        return
    language = language_of(gold)[0]
    html = row["html"] if isinstance(row["html"], str) else html_to_unicode(None, row["html"])[1]
    called = captions(html)
    for scraper, parts in renderings(html).items():
        draft = draft_of(row, scraper, parts, language, called)
        if draft is not None:
            yield draft._replace(weight=weight)
    if len(gold) in _BODY and weight >= 0.5:
        title = (row.get("title") or "").strip()
        lines = [line.strip() for line in gold.split("\n") if line.strip()]
        pieces = [Piece(title, "title")] if title else []
        pieces += [Piece(line, "body", "\n" if number or title else "") for number, line in enumerate(lines)]
        yield Draft(
            f"{row['id']}|body",
            row["publisher"] or row["id"],
            language,
            "bodies",
            tuple(pieces),
            title,
            weight,
        )


def _pool(shared: Path) -> Iterator[Raw]:
    for row in pq.read_table(shared / "eval/text/pool_more.parquet").to_pylist():
        publisher = row["publisher"] or row["collection"]
        yield Raw(row["id"], row["collection"], publisher, row["language"] or "", row["text"])
    taken: dict[str, int] = {}
    for row in pq.read_table(shared / "eval/text/pool.parquet").to_pylist():
        name = row["publisher"]
        taken[name] = taken.get(name, 0) + 1
        if taken[name] <= _POOL_EACH:
            yield Raw(row["id"], name, name, "", row["text"])
