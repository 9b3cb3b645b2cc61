"""The dataset: one writer takes shards in, readers see whole commits only.

A commit writes new files aside, syncs and checks them, and becomes one in a single SQLite
transaction; only then is it shown to readers, by one symlink to a new folder of hard links. Killed
before the transaction it leaves no trace; killed after it, the next start shows it. What was written
is never changed: a file whose articles change is written again under another name.
"""

import os
import secrets
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Self

from copydesk.schemas.memory import Memory
from copydesk.schemas.report import RunReport
from copydesk.schemas.run_statistics import Signs
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Books, Fingerprint, Place, StagedShard
from copydesk.tasks.store.accounting import Tally, run_rows
from copydesk.tasks.store.checkpoints import Places, past_signs
from copydesk.tasks.store.commit import Draft
from copydesk.tasks.store.compact import Compacted, compact
from copydesk.tasks.store.configuration import MemoryKeeper
from copydesk.tasks.store.decide import Context
from copydesk.tasks.store.files import storage_errors
from copydesk.tasks.store.inputs import Content, Inputs
from copydesk.tasks.store.intake import Intake
from copydesk.tasks.store.lock import FolderLock
from copydesk.tasks.store.near_duplicates import DuplicateKeeper
from copydesk.tasks.store.preflight import (
    check_entries,
    check_ours,
    make_home,
    open_state,
    state_errors,
)
from copydesk.tasks.store.publication import Publication
from copydesk.tasks.store.rejects import RejectKey
from copydesk.tasks.store.safe_paths import empty_folder, make_folder, remove
from copydesk.tasks.store.snapshot import Layout, resolve
from copydesk.tasks.store.state import State

__all__ = ["Store", "resolve"]


class Store:
    """A dataset open for writing. Use as a context manager; one at a time for a folder.

    Order of calls: `open`, `begin`, any number of `done` and `commit`, `finish`. A run that ends
    without `finish` loses nothing that `commit` has returned; the next run goes on from there.
    """

    def __init__(
        self, layout: Layout, settings: Settings, pipeline: str, lock: FolderLock, state: State
    ) -> None:
        """Not called directly: see `open`."""
        self._layout = layout
        self._settings = settings
        self._pipeline = pipeline
        self._lock = lock
        self._state = state
        self._places = Places(state, pipeline)
        self._inputs = Inputs(state, pipeline)
        self._near = DuplicateKeeper(state, settings)
        self._memory = MemoryKeeper(layout, state)
        self._intake = Intake(layout, settings, state, self._near)
        self._publication = Publication(layout, state, settings)
        self._run = 0
        self._again = False
        self.run_id = ""
        self.books = Books()
        """Where the documents of this run went so far."""
        self._tally = Tally()

    @classmethod
    def open(cls, out: Path, settings: Settings, pipeline: str) -> Self:
        """Open the dataset in `out`, or begin one; finish what a killed run left half-done.

        `pipeline` is a fingerprint of all that decides what a document comes out as. Raises
        UsageError (`out` holds something else), LockedError (another run has it), CannotWriteError,
        StorageError (too little space, a damaged state). Nothing is touched before these checks,
        but for making the folder.
        """
        layout = Layout(out.absolute())
        with storage_errors(out):
            check_ours(layout)
            make_home(layout)
            check_entries(layout)
            lock = FolderLock(layout.lock)
        try:
            with state_errors(layout):
                state = open_state(layout, settings)
                store = cls(layout, settings, pipeline, lock, state)
                store._publication.recover()
                return store
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Self:
        """Write inside a `with`."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give the folder back. What was not committed is dropped."""
        if not self._lock.held:
            return
        # The disk may be what failed; the next start clears up in any case.
        with suppress(OSError, sqlite3.Error):
            empty_folder(self._layout.stage)
            with self._state.transaction():
                self._state.set_head(self._state.head()._replace(clean=True))
        self._state.close()
        self._lock.release()

    @property
    def stage(self) -> Path:
        """Where shards are written before they are committed. On the dataset's own file system."""
        return self._layout.stage

    def remember(self, memory: Memory, before: Memory, *, at_once: bool = False) -> None:
        """Remember how the dataset is made, with the next commit or at once: see `MemoryKeeper.keep`."""
        with state_errors(self._layout):
            self._memory.keep(memory, before)
            if at_once:
                with self._state.transaction():
                    self._memory.write()
                self._memory.show()

    def begin(self, inputs: list[str], *, again: bool = False) -> str:
        """Begin a run over `inputs` (as given); returns its id.

        With `again` the documents are the stored ones of live articles, cleaned once more: none of
        them is older than its article, and none brings its raw document along.
        """
        inputs = [
            os.fsencode(name).decode("utf-8", "backslashreplace") for name in inputs
        ]  # as in `read.expand`
        now = datetime.now(UTC)
        self.run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        self.books = Books()
        self._again = again
        self._tally = Tally(inputs=inputs, started=now)
        with state_errors(self._layout), self._state.transaction():
            self._run = self._state.begin_run(self.run_id, self._pipeline, inputs)
            head = self._state.head()
            if head.pipeline != self._pipeline:
                # What another pipeline left unfinished stands like any older article.
                self._state.end_round(head._replace(base=head.number, pipeline=self._pipeline))
        with state_errors(self._layout):
            self._near.begin(self._layout.pool, again=again)
        return self.run_id

    def done(self, fingerprint: Fingerprint, content: Content = lambda: "", *, check: bool = False) -> bool:
        """Whether this very input was taken in whole by this very pipeline, so that it need not be read.

        What `content` is asked for, and what `check` does, is told in `store_inputs`.
        If so its documents are booked as unchanged, once a run; those it rejected are not seen again.
        """
        with state_errors(self._layout):
            count = self.count_of(fingerprint, content, check=check)
        if count is None:
            return False
        if fingerprint not in self._tally.skipped:
            self._tally.skipped.add(fingerprint)
            self._tally.seen += count
            self.books = self.books.plus(Books(unchanged=count))
        return True

    def count_of(
        self, fingerprint: Fingerprint, content: Content = lambda: "", *, check: bool = False
    ) -> int | None:
        """Documents of an input that was taken in whole, without those it rejected; None if it was not."""
        counts = self._inputs.counts(fingerprint, content, check=check)
        return None if counts is None else counts[0] - counts[1]

    def place(self, fingerprint: Fingerprint) -> Place | None:
        """Where reading of an input may go on, if what stands before that is still the same: `Places.resumable`."""
        with state_errors(self._layout):
            return self._places.resumable(fingerprint)

    def go_on(self, fingerprint: Fingerprint) -> bool:
        """Book what stands before `place` as unchanged, but for what was rejected; that is not seen again.

        Documents of an earlier run thereby precede those that follow, as those of another input
        would: where both have an id in common and no time of fetch, the later one stands.
        Returns whether the place was the end of the input: then it has grown, else a run was killed.
        """
        with state_errors(self._layout):
            known = self._places.of(fingerprint.uri)
        assert known is not None
        self._tally.go_on(fingerprint.uri, known.place.records, known.rejected, known.since)
        self.books = self.books.plus(Books(unchanged=known.place.records - known.rejected))
        return known.whole

    def past(self, most: int) -> list[Signs]:
        """Signs of earlier runs over the inputs of this one, the latest last; those that read nothing have none."""
        with state_errors(self._layout):
            return past_signs(self._state, self._tally.inputs, self._run, most)

    def absent(self, uri: str) -> int:
        """Articles that an input yielded before and no longer did when it was read last; they stay live."""
        with state_errors(self._layout):
            return self._state.absent(uri)

    def commit(
        self,
        shards: Sequence[StagedShard],
        finished: Sequence[tuple[Fingerprint, int]] = (),
        reached: Sequence[tuple[Fingerprint, Place]] = (),
        replayed: Collection[RejectKey] = (),
    ) -> Books:
        """Take shards into the dataset, and note inputs as taken in whole with their number of documents.

        `reached` says for these inputs, and for the one that the last shard ends in the midst of, where
        reading goes on another time. `replayed` are rejects that are among these documents now: their
        rows leave `rejects/`.

        When it returns, the documents survive a power cut and readers see them, and the shards'
        files are gone. When it raises, nothing of it happened, unless it was showing the commit to
        readers that failed; then the next start does that. The books are those of this commit.
        """
        assert self._run, "begin() comes first"
        with state_errors(self._layout):
            tally = self._tally.plus(shards, finished)
            drafted = self._intake.draft(self._draft(), shards, replayed, self._context(), self.run_id)
            work, number = drafted.work, drafted.number
            work.install()
            with self._state.transaction():
                self._intake.enter(drafted, self._run)
                replaced = self._journal(work, number)
                self._places.note(tally, self._run, dict(finished), dict(reached))
                self._memory.write()
                total = self.books.plus(drafted.books)
                self._state.put_books(self._run, {**total._asdict(), "seen": tally.seen}, finished=False)
            self._tally, self.books = tally, total
            self._memory.show()
            if work:
                self._publication.show(number, replaced)
            drafted.raw.clean_up()
            for path in chain.from_iterable(shard.files for shard in shards):
                remove(path)
        return drafted.books

    def finish(
        self,
        *,
        settings: str = "",
        rules_version: str = "",
        cleaner_version: str = "",
        whole: bool | None = None,
        signs: Signs | None = None,
        alarms: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> RunReport:
        """Close the books of the run: its row in `runs/`, and the articles in their final files.

        `signs` are kept for `past`, `alarms` and `notes` stand in the report.

        Raises StorageError when the books don't balance. When inputs were begun and not finished
        (the run was stopped), articles stay where they are, and a later run settles them. A run
        whose documents are in no input says itself whether it is `whole`.
        """
        assert self._run, "begin() comes first"
        tally, books = self._tally, self.books
        near = self._near.count(self._run)
        report = replace(
            tally.report(self.run_id, books, settings, rules_version, cleaner_version, near_duplicates=near),
            alarms=list(alarms),
            notes=list(notes),
            passed_over=dict(sorted(signs.passed.items())) if signs else {},
        )
        whole = tally.whole if whole is None else whole
        noted = {"signs": signs.to_dict()} if signs and signs.documents else {}
        with state_errors(self._layout):
            work = self._draft()
            if whole:
                marks, places = self._near.pending()
                work.mark(marks)
                work.compact_round(places)
            work.append("runs", run_rows(report))
            work.install()
            number = self._state.head().number + 1
            with self._state.transaction():
                replaced = self._journal(work, number)
                if whole:
                    self._near.finish_backfill()
                    self._state.mark_final()
                    self._state.end_round(self._state.head()._replace(base=number))
                self._inputs.write()
                counted = {**books._asdict(), "seen": tally.seen, **noted}
                self._state.put_books(self._run, counted, finished=True)
                self._memory.write()
            self._memory.show()
            self._publication.show(number, replaced)
        self._run = 0
        return report

    def compact(self, *, full: bool = False) -> Compacted:
        """Put small files together, and drop raw documents of versions that were replaced; one commit.

        With `full` everything is written anew, in order of the ids: the same rows then give the same
        files, byte for byte, whatever runs they came in. Without need nothing is written. What a
        stopped run left unfinished stands from here on like any older article. The files before stay
        readable as long as every replaced snapshot does, and take their space as long.
        """
        assert not self._run, "compact() stands outside a run"
        with state_errors(self._layout):
            work = self._draft()
            before = self._state.files()
            dropped = compact(work, self._state, full=full)
            number = self._state.head().number + bool(work)
            work.install()
            with self._state.transaction():
                replaced = self._journal(work, number)
                if work:
                    self._state.mark_final()
                    self._state.end_round(self._state.head()._replace(base=number))
            if work:
                self._publication.show(number, replaced)
            return Compacted.of(before, self._state.files(), dropped)

    def _context(self) -> Context:
        return Context(self._run, self._pipeline, self._state.head().number + 1, self._again)

    def _draft(self) -> Draft:
        remove(self._layout.work)
        make_folder(self._layout.work)
        return Draft(self._layout, self._state, self._state.head().base, self._settings.file_bytes)

    def _journal(self, work: Draft, number: int) -> set[tuple[str, str]]:
        head = self._state.head()
        if not work:
            return set()
        replaced = work.journal(number)
        work.journal_places()
        self._state.add_commit(number, self._run)
        self._state.set_head(head._replace(number=number))
        return replaced
