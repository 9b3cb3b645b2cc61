"""A shard's results on their way to the store: sorted, each id once, in files of the stage folder."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.article import ARTICLES
from schemas.ledger import LEDGER
from schemas.report import Reject
from schemas.shard import StagedShard
from tasks.store_digest import group_bounds, ledger_digests, row_digests
from tasks.store_files import ParquetFile, row_groups, storage_errors

NEVER = -(1 << 63)
"""Stands for «the input does not say when it was fetched»: older than any fetch."""


class Precedence(NamedTuple):
    """Of documents with the same id the greatest wins, so that their order of arrival is no matter.

    The newest fetch first. Where that does not decide, neither version is known to be the better
    one; the hash of the raw content and then of the row decide, so that every run decides alike.
    """

    fetched: int
    version: str
    row: bytes


def precedence(articles: pa.Table) -> list[Precedence]:
    """The precedence of each row."""
    fetched = pc.fill_null(articles["fetched_at"].cast(pa.int64()), NEVER).to_pylist()
    versions = articles["version"].to_pylist()
    return [Precedence(*key) for key in zip(fetched, versions, row_digests(articles), strict=True)]


def stage_shard(
    stage: Path,
    name: str,
    articles: pa.Table,
    ledger: pa.Table,
    rejects: Sequence[Reject],
    *,
    kept_chars: int = 0,
    removed_chars: int = 0,
    removed_by_label: dict[str, int] | None = None,
) -> StagedShard:
    """Write what became of a shard's documents to `stage`, under a name no other shard has.

    `articles` and `ledger` hold their rows in the order of the documents; the ledger's may be those
    of rejected documents as well. Where an id comes more than once, the greatest `precedence`
    stays, with its own ledger. The files are not synced: the store copies their rows into files
    that are, and a crash before that loses nothing but work.
    """
    chosen = _winners(articles)
    kept = articles.take(pa.array(chosen, pa.int64()))
    order = pc.sort_indices(kept["id"])
    rows = _ledger_rows(articles, chosen, ledger)
    with storage_errors(stage):
        return StagedShard(
            articles=_write(stage / f"{name}.articles.parquet", kept.take(order), ARTICLES, "articles"),
            ledger=_write(stage / f"{name}.ledger.parquet", ledger.take(rows), LEDGER, "ledger"),
            rejects=tuple(rejects),
            seen=articles.num_rows + len(rejects),
            kept_chars=kept_chars,
            removed_chars=removed_chars,
            removed_by_label=dict(removed_by_label or {}),
            duplicate=articles.num_rows - len(chosen),
        )


def _winners(articles: pa.Table) -> list[int]:
    """Row numbers of the articles that stay: one for each id, in the order of the rows."""
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
    """Row numbers of the ledgers that stay, one for each id, sorted by id and seq."""
    spans = _document_spans(ledger)
    ids = ledger["id"].take(pa.array([start for start, _ in spans], pa.int64())).to_pylist()
    by_id: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for id_, span in zip(ids, spans, strict=True):
        by_id[id_].append(span)
    several = {id_ for id_, found in by_id.items() if len(found) > 1}
    places = _places_of_winners(articles, chosen, several)
    stay = [
        _span_of_winner(ledger, found, *places.get(id_, (0, 0))) if id_ in several else found[0]
        for id_, found in by_id.items()
    ]
    rows = pa.array(np.concatenate([np.arange(*span) for span in stay] or [np.zeros(0, np.int64)]), pa.int64())
    key = ledger.select(["id", "seq"]).take(rows)
    return rows.take(pc.sort_indices(key, [("id", "ascending"), ("seq", "ascending")]))


def _document_spans(ledger: pa.Table) -> list[tuple[int, int]]:
    """Stretches of rows that belong to one document: the id stays, and seq does not fall."""
    bounds = set(group_bounds(ledger["id"]).tolist())
    seq = ledger["seq"].to_numpy()
    bounds.update((np.flatnonzero(np.diff(seq) <= 0) + 1).tolist() if len(seq) else [])
    return list(pairwise(sorted(bounds)))


def _places_of_winners(articles: pa.Table, chosen: list[int], ids: set[str]) -> dict[str, tuple[int, int]]:
    """For each id: how many documents with it became articles, and which of them stays."""
    winners = set(chosen)
    count: Counter[str] = Counter()
    place = {}
    for row, id_ in enumerate(articles["id"].to_pylist() if ids else []):
        if row in winners:
            place[id_] = count[id_]
        count[id_] += 1
    return {id_: (count[id_], place[id_]) for id_ in ids & place.keys()}


def _span_of_winner(ledger: pa.Table, spans: list[tuple[int, int]], articles: int, place: int) -> tuple[int, int]:
    """The ledger to keep for an id that several documents of the shard share.

    Without an article among them it is the greatest by digest. With rejected documents between the
    articles, the articles' ledgers are taken to be those that keep the most text.
    """
    if not articles:
        return max(spans, key=lambda span: next(iter(ledger_digests(ledger.slice(span[0], span[1] - span[0])).values())))
    if len(spans) > articles:
        most = sorted(spans, key=lambda span: _kept_text(ledger, span), reverse=True)[:articles]
        spans = sorted(most)
    return spans[min(place, len(spans) - 1)]


def _kept_text(ledger: pa.Table, span: tuple[int, int]) -> int:
    rows = ledger.slice(span[0], span[1] - span[0])
    return pc.sum(pc.binary_length(rows["text"].filter(rows["kept"]))).as_py() or 0


def _write(path: Path, rows: pa.Table, schema: pa.Schema, tree: str) -> Path:
    with ParquetFile(path, schema, sync=False) as file:
        for group in row_groups([rows.cast(schema)], tree):
            file.write(group)
        file.close()
    return path
