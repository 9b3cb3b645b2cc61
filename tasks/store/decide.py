"""What a document means for the dataset: new, changed, unchanged, or a duplicate.

Documents come in any order, spread over shards, commits and, after a crash, runs. All that were
taken since a run last finished are one *round*, and of a round's documents with one id the one with
the greatest `Precedence` stands, whenever it came. Against what stood there before the round
(`base`) it counts as unchanged when the article's content is the same, and as a duplicate when it
was fetched before it; a document of unknown time is older than one whose time is known, here as
within a round, since nothing else is independent of the order of arrival.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.schemas.errors import StorageError
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.shard import STAGED, Books, StagedShard
from copydesk.tasks.store.digests import content_digests, ledger_digests
from copydesk.tasks.store.staging import Precedence, precedence

BASE: Final = -1
"""In place of a shard's number: the row that stood there before the round."""


class Candidate(NamedTuple):
    """A document that became an article, as the store sees it."""

    id: str
    key: Precedence
    content: bytes
    ledger: bytes
    source: str
    shard: int
    """Number of its shard in the commit."""


class Row(NamedTuple):
    """A row of `articles/` as the state knows it."""

    place: int
    """Its file's place on the shelf; -1 until it has one."""
    version: str
    fetched: int
    """Newest fetch with this content, in microseconds since 1970, or `store_stage.NEVER`."""
    content: bytes
    ledger: bytes
    pipeline: str
    written: int
    """The commit that wrote it."""
    document: int = -1
    """Place of the file with its raw document; -1 when that was not kept."""


class Round(NamedTuple):
    """What this round has seen of an id."""

    key: Precedence
    """The greatest so far."""
    run: int
    """The run that counted it."""
    written: bool
    """It counts as written; else as unchanged."""
    base: Row | None


class Slot(NamedTuple):
    """An id in the course of a commit."""

    row: Row | None
    round: Round | None
    origin: int | None = None
    """Where its row comes from: a shard, BASE, or None when its file holds the right row already."""
    base_on_disk: bool = True
    """Its file holds the row that stood there before the round."""


class Context(NamedTuple):
    """What is the same for all documents of a commit."""

    run: int
    pipeline: str
    commit: int
    again: bool = False
    """The documents are the stored ones of the live articles, cleaned once more: none is older than its article."""


def read_shard(shard: StagedShard, number: int) -> tuple[list[Candidate], dict[str, bytes]]:
    """A staged shard's articles, and the digests of its rejected documents' ledgers by id.

    StorageError when the shard is not what it has to be.
    """
    articles = _read(shard, "articles")
    ids = articles["id"].to_pylist()
    if any(a >= b for a, b in pairwise(ids)):
        raise StorageError(f"{shard.articles}: rows must be sorted by id, each id once")
    counted = len(ids) + shard.duplicate + len(shard.rejects)
    if counted != shard.seen:
        raise StorageError(f"{shard.articles}: {shard.seen} documents went in, {counted} came out")
    ledgers = ledger_digests(_read(shard, "ledger"))
    rows = zip(
        ids, precedence(articles), content_digests(articles), articles["source"].to_pylist(), strict=True
    )
    found = [
        Candidate(id_, key, content, ledgers.pop(id_, b""), source, number)
        for id_, key, content, source in rows
    ]
    return found, ledgers


def _read(shard: StagedShard, tree: str) -> pa.Table:
    path, schema = (shard.articles, STAGED) if tree == "articles" else (shard.ledger, LEDGER)
    table = pq.read_table(path)
    if not table.schema.equals(schema):
        raise StorageError(f"{path}: columns are not those of {tree}/; found {table.schema.names}")
    return table


def decide_all(found: Iterable[Candidate], slots: dict[str, Slot], context: Context) -> Books:
    """Decide candidates one after another; `slots` is brought up to date."""
    counts = []
    for candidate in found:
        slots[candidate.id], counted = decide(candidate, slots[candidate.id], context)
        counts.append(counted)
    return Books(*map(sum, zip(*counts, strict=True)))


def decide(new: Candidate, slot: Slot, context: Context) -> tuple[Slot, Books]:
    """Decide one document. The sum of the books is 1."""
    seen = slot.round
    base = seen.base if seen else slot.row
    if base and new.key.fetched < base.fetched and not context.again:
        return slot, Books(duplicate=1)
    if seen is None:
        return _first_of_round(new, slot, context)
    if new.key < seen.key:
        return slot, Books(duplicate=1)
    counted_before = seen.run == context.run
    if new.key == seen.key:
        if counted_before:
            return slot, Books(duplicate=1)
        # The very document that a run took which did not finish.
        return slot._replace(round=seen._replace(run=context.run, written=False)), Books(unchanged=1)
    slot = _with_winner(new, slot, base, context)
    now = _as(slot)
    if counted_before:
        before = Books(written=-1) if seen.written else Books(unchanged=-1)
        now = now.plus(before).plus(Books(duplicate=1))
    return slot, now


def _first_of_round(new: Candidate, slot: Slot, context: Context) -> tuple[Slot, Books]:
    slot = _with_winner(new, slot, slot.row, context)
    return slot, _as(slot)


def _with_winner(new: Candidate, slot: Slot, base: Row | None, context: Context) -> Slot:
    same = base is not None and _same(new, base, context)
    if base is not None and same:
        fetched = max(base.fetched, new.key.fetched)
        place = slot.row.place if slot.row else base.place
        row = base._replace(fetched=fetched, pipeline=context.pipeline, place=place)
        origin = None if slot.base_on_disk else BASE
    else:
        place = slot.row.place if slot.row else -1
        row = Row(
            place, new.key.version, new.key.fetched, new.content, new.ledger, context.pipeline, context.commit
        )
        if base and context.again:
            row = row._replace(fetched=max(base.fetched, row.fetched), document=base.document)
        origin = new.shard
    return slot._replace(row=row, round=Round(new.key, context.run, not same, base), origin=origin)


def _same(new: Candidate, base: Row, context: Context) -> bool:
    """Whether nothing needs writing.

    With the same pipeline only the article's content counts: a page's furniture differs on every
    fetch. With another pipeline the ledger counts as well, since a line may now be gone for
    another reason.
    """
    return new.content == base.content and (base.pipeline == context.pipeline or new.ledger == base.ledger)


def _as(slot: Slot) -> Books:
    assert slot.round is not None
    return Books(written=1) if slot.round.written else Books(unchanged=1)
