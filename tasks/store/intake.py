"""Take the documents of a commit: build files first, then record them in the state with the transaction."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from copydesk.schemas.errors import StorageError
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Counts, StagedShard
from copydesk.tasks.dedup import Plan
from copydesk.tasks.store.commit import Commit
from copydesk.tasks.store.decide import Candidate, Context, decide_all, read_shard
from copydesk.tasks.store.near_duplicates import DuplicateKeeper
from copydesk.tasks.store.rejects import RawRejects, RejectKey, reject_rows
from copydesk.tasks.store.snapshot import Layout
from copydesk.tasks.store.state import State
from copydesk.tasks.store.superseded import Decided, decide_rejected, replaced_versions


class Drafted(NamedTuple):
    """A commit that was built from shards but is not yet in the state."""

    work: Commit
    decided: Decided
    books: Counts
    near: Plan
    gone: dict[str, int]
    """Documents that were rejected before and are articles now, with the file numbers of their ledgers."""
    put: list[tuple[str, int, bytes]]
    """Rejected documents with the file numbers and digests of their ledgers."""
    raw: RawRejects
    number: int
    """Number of the commit; that of the previous one if nothing is written."""


class Intake:
    """Take the documents of shards into a dataset."""

    def __init__(self, layout: Layout, settings: Settings, state: State, near: DuplicateKeeper) -> None:
        self._layout = layout
        self._settings = settings
        self._state = state
        self._near = near

    def draft(
        self,
        work: Commit,
        shards: Sequence[StagedShard],
        replayed: Collection[RejectKey],
        context: Context,
        run_id: str,
    ) -> Drafted:
        """Decide the documents and build the files. Raise StorageError if the counts don't balance.

        `replayed` are rejects that are among the documents now: their rows are removed.
        """
        rejects = [reject for shard in shards for reject in shard.rejects]
        decided = self._decide(shards, context)
        books = decided.books.plus(
            Counts(duplicate=sum(shard.duplicate for shard in shards), rejected=len(rejects))
        )
        if books.seen != sum(shard.seen for shard in shards):
            raise StorageError(f"the counts of a commit don't balance: {books}")
        near = self._near.plan(self._near.notes(decided.slots, shards, work.base_file))
        work.mark(near.marks)
        work.articles(decided.slots, shards)
        work.documents(decided.slots, shards)
        rejected, gone, put = decide_rejected(decided, self._state)
        work.rejected(rejected, gone, shards)
        raw = RawRejects(self._layout, self._state, self._settings)
        if rejects:
            raw.write(rejects)
            work.append("rejects", reject_rows(rejects, run_id))
        if replayed:
            assert not rejects, "a replayed document that is rejected again must not be passed as replayed"
            raw.remove_replayed(replayed, work)
        number = self._state.head().number + bool(work)
        return Drafted(work, decided, books, near, gone, put, raw, number)

    def enter(self, drafted: Drafted, run: int) -> None:
        """Record the outcome of the documents in the state, as part of a transaction."""
        decided, number = drafted.decided, drafted.number
        self._state.articles.add_history(replaced_versions(decided, number, drafted.work))
        self._state.articles.put(decided.slots, decided.sources, run)
        self._near.write(drafted.near)
        self._state.rejects.drop_ledgers(drafted.gone)
        self._state.rejects.put_ledgers(drafted.put)
        drafted.raw.journal(number)

    def _decide(self, shards: Sequence[StagedShard], context: Context) -> Decided:
        found: list[Candidate] = []
        ledgers = []
        for number, shard in enumerate(shards):
            articles, others = read_shard(shard, number)
            found += articles
            ledgers.append(others)
        before = self._state.articles.find({candidate.id for candidate in found})
        slots = dict(before)
        books = decide_all(found, slots, context)
        sources = {candidate.id: candidate.source for candidate in found}
        return Decided(books, before, slots, sources, ledgers)
