"""Decide what a document means for the dataset: new, changed, unchanged, or a duplicate.

Documents come in any order, spread over shards, commits and, after a crash, runs. All documents since a run
last finished form one *round*. Among a round's documents with one id, the one with the greatest `Precedence`
wins, whenever it arrived. It is then compared with the row from before the round (`base`): it is unchanged if
the article's content is the same, and a duplicate if it was fetched earlier. A document of unknown fetch time
counts as older than one whose time is known, here as within a round, because no other rule is independent of
the order of arrival.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.schemas.errors import StorageError
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.shard import STAGED, Counts, StagedShard
from copydesk.tasks.store.digests import content_digests, ledger_digests
from copydesk.tasks.store.staging import Precedence, precedence

BASE: Final = -1
"""Used instead of a shard number for the row from before the round."""


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
    """Number of its file on the shelf; -1 until it has one."""
    version: str
    fetched: int
    """Latest fetch with this content, in microseconds since 1970, or `staging.NEVER`."""
    content: bytes
    ledger: bytes
    pipeline: str
    written: int
    """The commit that wrote it."""
    document: int = -1
    """Number of the file with its raw document; -1 if that was not kept."""


class OpenRound(NamedTuple):
    """What this round has seen of an id."""

    key: Precedence
    """The greatest so far."""
    run: int
    """The run that counted it."""
    written: bool
    """True if it counts as written, False if as unchanged."""
    base: Row | None


class ArticleState(NamedTuple):
    """The state of one id during a commit."""

    row: Row | None
    round: OpenRound | None
    origin: int | None = None
    """Source of its row: a shard number, BASE, or None if its file already holds the right row."""
    base_on_disk: bool = True
    """Whether its file holds the row from before the round."""


class Context(NamedTuple):
    """Values that all documents of a commit share."""

    run: int
    pipeline: str
    commit: int
    again: bool = False
    """The documents come from the dataset itself and are cleaned again; none is older than its article."""


def read_shard(shard: StagedShard, number: int) -> tuple[list[Candidate], dict[str, bytes]]:
    """Return a staged shard's articles, and by id the ledger digests of its rejected documents.

    Raises StorageError if the shard breaks its contract.
    """
    articles = _read(shard, "articles")
    ids = articles["id"].to_pylist()
    if any(a >= b for a, b in pairwise(ids)):
        raise StorageError(
            f"{shard.articles}: rows must be sorted by id, each id once; clean the inputs again"
        )
    counted = len(ids) + shard.duplicate + len(shard.rejects)
    if counted != shard.seen:
        raise StorageError(
            f"{shard.articles}: {shard.seen} documents were read, but the shard accounts for {counted}"
        )
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
        raise StorageError(f"{path}: expected the columns of {tree}/, found {table.schema.names}")
    return table


def decide_all(found: Iterable[Candidate], slots: dict[str, ArticleState], context: Context) -> Counts:
    """Decide candidates one after another, and update `slots`."""
    counts = []
    for candidate in found:
        slots[candidate.id], counted = decide(candidate, slots[candidate.id], context)
        counts.append(counted)
    return Counts(*map(sum, zip(*counts, strict=True)))


def decide(new: Candidate, slot: ArticleState, context: Context) -> tuple[ArticleState, Counts]:
    """Decide one document. The returned counts sum to 1."""
    seen = slot.round
    base = seen.base if seen else slot.row
    if base and new.key.fetched < base.fetched and not context.again:
        return slot, Counts(duplicate=1)
    if seen is None:
        return _first_of_round(new, slot, context)
    if new.key < seen.key:
        return slot, Counts(duplicate=1)
    counted_before = seen.run == context.run
    if new.key == seen.key:
        if counted_before:
            return slot, Counts(duplicate=1)
        # The same document was taken by a run that did not finish.
        return slot._replace(round=seen._replace(run=context.run, written=False)), Counts(unchanged=1)
    slot = _with_winner(new, slot, base, context)
    now = _as(slot)
    if counted_before:
        before = Counts(written=-1) if seen.written else Counts(unchanged=-1)
        now = now.plus(before).plus(Counts(duplicate=1))
    return slot, now


def _first_of_round(new: Candidate, slot: ArticleState, context: Context) -> tuple[ArticleState, Counts]:
    slot = _with_winner(new, slot, slot.row, context)
    return slot, _as(slot)


def _with_winner(new: Candidate, slot: ArticleState, base: Row | None, context: Context) -> ArticleState:
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
    return slot._replace(row=row, round=OpenRound(new.key, context.run, not same, base), origin=origin)


def _same(new: Candidate, base: Row, context: Context) -> bool:
    """Return whether nothing needs writing.

    With the same pipeline only the article's content counts, because a page's furniture differs on every
    fetch. With another pipeline the ledger counts too, because a line may now be removed for another reason.
    """
    return new.content == base.content and (base.pipeline == context.pipeline or new.ledger == base.ledger)


def _as(slot: ArticleState) -> Counts:
    assert slot.round is not None
    return Counts(written=1) if slot.round.written else Counts(unchanged=1)
