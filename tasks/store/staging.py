"""Stage a shard's results for the store: sorted, each id once, in files of the stage folder."""

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.labels import BODY
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.schemas.shard import STAGED, Cleaned, StagedShard
from copydesk.tasks.store.digests import group_bounds, ledger_digests, row_digests
from copydesk.tasks.store.files import ParquetFile, row_groups, storage_errors

NEVER = -(1 << 63)
"""The fetch time of a document whose input does not state one: older than any fetch."""


class Precedence(NamedTuple):
    """Sort key of documents with the same id.

    The greatest wins, so that their order of arrival does not matter.

    The newest fetch comes first. If that does not decide, neither version is known to be better; the hash of
    the raw content and then of the row decide, so that every run decides alike.
    """

    fetched: int
    version: str
    row: bytes


def precedence(articles: pa.Table) -> list[Precedence]:
    """Return the precedence of each row."""
    fetched = pc.fill_null(articles["fetched_at"].cast(pa.int64()), NEVER).to_pylist()
    versions = articles["version"].to_pylist()
    return [Precedence(*key) for key in zip(fetched, versions, row_digests(articles), strict=True)]


def stage_shard(stage: Path, name: str, cleaned: Cleaned) -> StagedShard:
    """Write the results of a shard to `stage`, under a name that no other shard has.

    Articles may lack signatures, and the ledger may also have rows of rejected documents. If an id occurs more
    than once, the greatest `precedence` stays, with its own ledger. The files are not synced: the store copies
    their rows into files that are synced, and a crash before that loses only work.
    """
    articles, ledger = cleaned.articles, cleaned.ledger
    chosen = _winners(articles)
    if "signature" not in articles.column_names:
        field = STAGED.field("signature")
        articles = articles.append_column(field, pa.nulls(articles.num_rows, field.type))
    kept = articles.take(pa.array(chosen, pa.int64()))
    order = pc.sort_indices(kept["id"])
    rows = _ledger_rows(articles, chosen, ledger)
    documents = cleaned.documents
    raw = documents.take(pa.array(chosen, pa.int64())).take(order) if documents.num_rows else None
    with storage_errors(stage):
        return StagedShard(
            articles=_write(stage / f"{name}.articles.parquet", kept.take(order), STAGED, "articles"),
            ledger=_write(stage / f"{name}.ledger.parquet", ledger.take(rows), LEDGER, "ledger"),
            rejects=cleaned.rejects,
            seen=articles.num_rows + len(cleaned.rejects),
            kept_chars=cleaned.kept_chars,
            removed_chars=cleaned.removed_chars,
            removed_by_label=cleaned.removed_by_label,
            duplicate=articles.num_rows - len(chosen),
            documents=raw and _write(stage / f"{name}.documents.parquet", raw, DOCUMENTS, "documents"),
        )


def _winners(articles: pa.Table) -> list[int]:
    """Return the row numbers of the articles that stay: one per id, in the order of the rows."""
    ids = articles["id"].to_pylist()
    if len(set(ids)) == len(ids):
        return list(range(len(ids)))
    keys = precedence(articles)
    best: dict[str, int] = {}
    for row, id_ in enumerate(ids):
        if id_ not in best or keys[row] > keys[best[id_]]:
            best[id_] = row
    return sorted(best.values())


def _ledger_rows(articles: pa.Table, chosen: list[int], ledger: pa.Table) -> pa.Array:
    """Return the row numbers of the ledgers that stay, one per id, sorted by id and seq."""
    spans = _document_spans(ledger)
    ids = ledger["id"].take(pa.array([start for start, _ in spans], pa.int64())).to_pylist()
    by_id: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for id_, span in zip(ids, spans, strict=True):
        by_id[id_].append(span)
    several = {id_ for id_, found in by_id.items() if len(found) > 1}
    winners = _winners_among(articles, chosen, several)
    stay = [
        _span_of(winners.get(id_), found, ledger) if id_ in several else found[0]
        for id_, found in by_id.items()
    ]
    rows = pa.array(
        np.concatenate([np.arange(*span) for span in stay] or [np.zeros(0, np.int64)]), pa.int64()
    )
    key = ledger.select(["id", "seq"]).take(rows)
    return rows.take(pc.sort_indices(key, [("id", "ascending"), ("seq", "ascending")]))


def _document_spans(ledger: pa.Table) -> list[tuple[int, int]]:
    """Return ranges of rows that belong to one document: the id stays the same, and seq increases."""
    bounds = set(group_bounds(ledger["id"]).tolist())
    seq = ledger["seq"].to_numpy()
    bounds.update((np.flatnonzero(np.diff(seq) <= 0) + 1).tolist() if len(seq) else [])
    return list(pairwise(sorted(bounds)))


class _Winner(NamedTuple):
    """The article that stays, among several documents with its id."""

    text: str
    place: int
    """Number of articles with its id before it."""
    articles: int
    """Number of articles with its id."""


def _winners_among(articles: pa.Table, chosen: list[int], ids: set[str]) -> dict[str, _Winner]:
    """Return the article that stays for each of `ids` that has one."""
    if not ids:
        return {}
    winners = set(chosen)
    count: Counter[str] = Counter()
    place = {}
    for row, id_ in enumerate(articles["id"].to_pylist()):
        if row in winners and id_ in ids:
            place[id_] = (count[id_], row)
        count[id_] += 1
    return {id_: _Winner(articles["text"][row].as_py(), at, count[id_]) for id_, (at, row) in place.items()}


def _span_of(winner: _Winner | None, spans: list[tuple[int, int]], ledger: pa.Table) -> tuple[int, int]:
    """Return the ledger to keep among several with one id.

    If each belongs to an article, they are in the same order as the articles. If some belong to rejected
    documents, it is the one whose kept text is the article's. Without any article, it is the one with the
    greatest digest.
    """
    if winner and len(spans) == winner.articles:
        return spans[winner.place]
    if winner:
        text = "".join(winner.text.split())
        spans = [span for span in spans if _body(ledger, span) == text] or spans
    return max(spans, key=lambda span: ledger_digests(_rows(ledger, span)).popitem()[1])


def _body(ledger: pa.Table, span: tuple[int, int]) -> str:
    rows = _rows(ledger, span)
    kept = zip(rows["text"].to_pylist(), rows["label"].to_pylist(), rows["kept"].to_pylist(), strict=True)
    return "".join("".join(text.split()) for text, label, is_kept in kept if is_kept and label in BODY)


def _rows(ledger: pa.Table, span: tuple[int, int]) -> pa.Table:
    return ledger.slice(span[0], span[1] - span[0])


def _write(path: Path, rows: pa.Table, schema: pa.Schema, tree: str) -> Path:
    with ParquetFile(path, schema, lasting=False) as file:
        for group in row_groups([rows.cast(schema)], tree):
            file.write(group)
        file.close()
    return path
