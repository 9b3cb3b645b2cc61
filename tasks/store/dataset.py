"""The dataset: one writer takes shards, and readers see whole commits only.

A commit writes new files aside, then syncs and checks them. A single SQLite transaction makes them part of
the dataset. Only then are they shown to readers, by one symlink to a new folder of hard links. A process
killed before the transaction leaves no trace; if it is killed after it, the next start shows the commit.
Written files never change: a file whose articles change is written again under another name.
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
from copydesk.schemas.shard import Counts, Fingerprint, ResumePoint, StagedShard
from copydesk.tasks.store.accounting import RunCounts, run_rows
from copydesk.tasks.store.checkpoints import ResumePoints, past_signs
from copydesk.tasks.store.commit import Commit
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
from copydesk.tasks.store.snapshot import Layout
from copydesk.tasks.store.state import State


class Store:
    """A dataset open for writing. Use as a context manager; one per folder at a time.

    Order of calls: `open`, `begin`, any number of `skip_if_done` and `commit`, `finish`. A run that ends without
    `finish` keeps everything that `commit` has returned, and the next run continues from there.
    """

    def __init__(
        self, layout: Layout, settings: Settings, pipeline: str, lock: FolderLock, state: State
    ) -> None:
        """Hold the parts of an opened store. Call `open` instead."""
        self._layout = layout
        self._settings = settings
        self._pipeline = pipeline
        self._lock = lock
        self._state = state
        self._places = ResumePoints(state, pipeline)
        self._inputs = Inputs(state, pipeline)
        self._near = DuplicateKeeper(state, settings)
        self._memory = MemoryKeeper(layout, state)
        self._intake = Intake(layout, settings, state, self._near)
        self._publication = Publication(layout, state, settings)
        self._run = 0
        self._again = False
        self.run_id = ""
        self.books = Counts()
        """Outcomes of this run's documents so far."""
        self._tally = RunCounts()

    @classmethod
    def open(cls, out: Path, settings: Settings, pipeline: str) -> Self:
        """Open the dataset in `out`, or create one. Finish what a killed run left incomplete.

        `pipeline` is a fingerprint of everything that decides the result of a document. Raises UsageError
        (`out` holds something else), LockedError (another run has it), CannotWriteError, StorageError (too
        little space, a damaged state). Only the folder itself is created before these checks.
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
        """Return the open store."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Release the folder. Uncommitted work is dropped."""
        if not self._lock.held:
            return
        # The disk may be what failed; the next start cleans up in any case.
        with suppress(OSError, sqlite3.Error):
            empty_folder(self._layout.stage)
            with self._state.transaction():
                self._state.set_head(self._state.head()._replace(clean=True))
        self._state.close()
        self._lock.release()

    @property
    def stage(self) -> Path:
        """Return the folder in which shards are written before a commit.

        It is on the dataset's own file system.
        """
        return self._layout.stage

    def remember(self, memory: Memory, before: Memory, *, at_once: bool = False) -> None:
        """Remember the dataset's configuration, with the next commit or at once: see `MemoryKeeper.keep`."""
        with state_errors(self._layout):
            self._memory.keep(memory, before)
            if at_once:
                with self._state.transaction():
                    self._memory.write()
                self._memory.show()

    def begin(self, inputs: list[str], *, again: bool = False) -> str:
        """Begin a run over `inputs` (as given) and return its id.

        With `again`, the documents come from the dataset itself and are cleaned again. Age checks and the
        storage of raw documents are then skipped.
        """
        inputs = [
            os.fsencode(name).decode("utf-8", "backslashreplace") for name in inputs
        ]  # as in `read.expand`
        now = datetime.now(UTC)
        self.run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        self.books = Counts()
        self._again = again
        self._tally = RunCounts(inputs=inputs, started=now)
        with state_errors(self._layout), self._state.transaction():
            self._run = self._state.runs.begin(self.run_id, self._pipeline, inputs)
            head = self._state.head()
            if head.pipeline != self._pipeline:
                # What another pipeline left unfinished now counts as older articles.
                self._state.end_round(head._replace(base=head.number, pipeline=self._pipeline))
        with state_errors(self._layout):
            self._near.begin(self._layout.pool, again=again)
        return self.run_id

    def skip_if_done(
        self, fingerprint: Fingerprint, content: Content = lambda: "", *, check: bool = False
    ) -> bool:
        """Return whether this pipeline finished this very input, so that it need not be read.

        `tasks/store/inputs.py` describes `content` and `check`. If True is returned, the input's documents
        are counted as unchanged, once per run; its rejects are not counted again.
        """
        with state_errors(self._layout):
            count = self.count_of(fingerprint, content, check=check)
        if count is None:
            return False
        if fingerprint not in self._tally.skipped:
            self._tally.skipped.add(fingerprint)
            self._tally.seen += count
            self.books = self.books.plus(Counts(unchanged=count))
        return True

    def count_of(
        self, fingerprint: Fingerprint, content: Content = lambda: "", *, check: bool = False
    ) -> int | None:
        """Return the number of documents of a finished input, without its rejects.

        None if it was not finished.
        """
        counts = self._inputs.counts(fingerprint, content, check=check)
        return None if counts is None else counts[0] - counts[1]

    def resume_point(self, fingerprint: Fingerprint) -> ResumePoint | None:
        """Return the resume point of an input.

        It is valid only if the bytes before it are still the same: see `Places.resumable`.
        """
        with state_errors(self._layout):
            return self._places.resumable(fingerprint)

    def count_before_resume_point(self, fingerprint: Fingerprint) -> bool:
        """Count the documents before the resume point as unchanged, except rejected ones, which are not counted again.

        Documents of an earlier run thus precede those that follow, like those of another input: if two have
        the same id and no fetch time, the later one wins. Return whether the resume point was the end of the
        input. If so, the file has grown; if not, a run was killed.
        """
        with state_errors(self._layout):
            known = self._places.of(fingerprint.uri)
        assert known is not None
        self._tally.resume(fingerprint.uri, known.place.records, known.rejected, known.since)
        self.books = self.books.plus(Counts(unchanged=known.place.records - known.rejected))
        return known.whole

    def earlier_statistics(self, most: int) -> list[Signs]:
        """Return statistics of earlier runs over the same inputs, latest last.

        Runs that read nothing have none.
        """
        with state_errors(self._layout):
            return past_signs(self._state, self._tally.inputs, self._run, most)

    def absent(self, uri: str) -> int:
        """Return the number of articles that an input yielded before but not when it was last read.

        They stay live.
        """
        with state_errors(self._layout):
            return self._state.inputs.absent(uri)

    def commit(
        self,
        shards: Sequence[StagedShard],
        finished: Sequence[tuple[Fingerprint, int]] = (),
        reached: Sequence[tuple[Fingerprint, ResumePoint]] = (),
        replayed: Collection[RejectKey] = (),
    ) -> Counts:
        """Commit shards to the dataset, and record finished inputs with their numbers of documents.

        `reached` gives the resume point of these inputs, and of the one in whose middle the last shard ends.
        `replayed` are rejects that are now among these documents: their rows are removed from `rejects/`.

        After the return, the documents survive a power cut, readers see them, and the shards' files are
        deleted. If it raises, nothing was committed, with one exception: if publishing failed after the
        transaction, the next start publishes the commit. The returned counts are those of this commit.
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
                self._state.runs.put_books(self._run, {**total._asdict(), "seen": tally.seen}, finished=False)
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
        whole: bool | None = None,
        signs: Signs | None = None,
        alarms: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> RunReport:
        """Finish the run: write its row in `runs/`, and move the articles into their final files.

        `signs` are kept for `earlier_statistics`; `alarms` and `notes` are part of the report.

        Raises StorageError if the counts don't balance. If an input was begun and not finished (the run was
        stopped), articles stay where they are, and a later run finishes them. A run whose documents are in no
        input must pass `whole` itself.
        """
        assert self._run, "begin() comes first"
        tally, books = self._tally, self.books
        near = self._near.count(self._run)
        report = replace(
            tally.report(self.run_id, books, settings, rules_version, near_duplicates=near),
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
                    self._state.files.mark_final()
                    self._state.end_round(self._state.head()._replace(base=number))
                self._inputs.write()
                counted = {**books._asdict(), "seen": tally.seen, **noted}
                self._state.runs.put_books(self._run, counted, finished=True)
                self._memory.write()
            self._memory.show()
            self._publication.show(number, replaced)
        self._run = 0
        return report

    def compact(self, *, full: bool = False) -> Compacted:
        """Combine small files, and drop raw documents of replaced versions; one commit.

        With `full`, everything is rewritten in order of the ids: the same rows then give the same files, byte
        for byte, regardless of the runs that brought them. If nothing needs combining, nothing is written.
        What a stopped run left unfinished now counts as older articles. The old files stay readable, and use
        disk space, until their snapshots expire.
        """
        assert not self._run, "compact() must be called outside a run"
        with state_errors(self._layout):
            work = self._draft()
            before = self._state.files.live()
            dropped = compact(work, self._state, full=full)
            number = self._state.head().number + bool(work)
            work.install()
            with self._state.transaction():
                replaced = self._journal(work, number)
                if work:
                    self._state.files.mark_final()
                    self._state.end_round(self._state.head()._replace(base=number))
            if work:
                self._publication.show(number, replaced)
            return Compacted.of(before, self._state.files.live(), dropped)

    def _context(self) -> Context:
        return Context(self._run, self._pipeline, self._state.head().number + 1, self._again)

    def _draft(self) -> Commit:
        remove(self._layout.work)
        make_folder(self._layout.work)
        return Commit(self._layout, self._state, self._state.head().base, self._settings.file_bytes)

    def _journal(self, work: Commit, number: int) -> set[tuple[str, str]]:
        head = self._state.head()
        if not work:
            return set()
        replaced = work.journal(number)
        work.journal_places()
        self._state.add_commit(number, self._run)
        self._state.set_head(head._replace(number=number))
        return replaced
