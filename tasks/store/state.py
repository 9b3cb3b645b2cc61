"""The state: one SQLite file whose transactions are the commit points of the dataset.

It uses a write-ahead log and `synchronous=FULL`. With the default journal, SQLite lost acknowledged
transactions after a power cut, because the removal of the journal was not synced.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from copydesk.schemas.errors import StateError
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.migrations import STATE_VERSION
from copydesk.tasks.store.safe_paths import open_handle
from copydesk.tasks.store.state_checksums import Sums, begin_sums
from copydesk.tasks.store.state_tables import ArticleTable, FileTable, InputTable, RejectTable, RunTable
from copydesk.tasks.store.structure import check_structure, make_tables, version_of

_CACHE_KIB: Final = 64 << 10
"""Ids are hashes, so a commit touches the whole index. With SQLite's default of 2 MB, the pages of a few
hundred thousand articles are read and written several times per commit."""


class Head(NamedTuple):
    """Number of the last commit, and the round that is under way."""

    number: int
    base: int
    pipeline: str
    clean: bool


class State:
    """The state's file: its tables, its transactions, and its head row. Changes are allowed only inside `transaction`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sums: Sums | None = None
        self.was_version = 0
        """The version that the file had when it was opened."""
        os.close(
            open_handle(path, os.O_RDWR | os.O_CREAT, 0o600)
        )  # SQLite gives its other files the same mode
        self._db = sqlite3.connect(path, timeout=10.0, isolation_level=None, check_same_thread=False)
        try:
            self._set_up()
        except BaseException:
            self._db.close()
            raise

    def _set_up(self) -> None:
        check_structure(self._db, self.path)
        mode = self._db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        # Where no write-ahead log is possible (it needs shared memory), EXTRA syncs the folder as well.
        self._db.execute(f"PRAGMA synchronous={'FULL' if mode == 'wal' else 'EXTRA'}")
        self._db.execute("PRAGMA busy_timeout=10000")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        version = version_of(self._db, self.path)
        self.was_version = version
        if version < STATE_VERSION:
            with self.transaction():
                make_tables(self._db, version)
                begin_sums(self._db)
                self._db.execute(f"PRAGMA user_version={STATE_VERSION}")
        self._sums = Sums(self._db)
        self.files = FileTable(self._db, self.path)
        self.articles = ArticleTable(self._db, self.path)
        self.rejects = RejectTable(self._db, self.path)
        self.inputs = InputTable(self._db, self.path)
        self.runs = RunTable(self._db, self.path)

    def close(self) -> None:
        """Close the file; the log is merged into it."""
        self._db.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection, for queries in other modules."""
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply all changes made inside, or none of them."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            if self._sums:
                self._sums.write()
            point("before commit")
            self._db.execute("COMMIT")
        except BaseException:
            if self._sums:
                self._sums.forget()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        point("after commit")

    def check(self) -> None:
        """Raise StateError if the file is damaged."""
        answer = self._db.execute("PRAGMA quick_check").fetchone()[0]
        if answer != "ok":
            raise StateError(f"{self.path}: {answer}")

    def head(self) -> Head:
        """Return the head row."""
        number, base, pipeline, clean = self._db.execute(
            "SELECT number, base, pipeline, clean FROM head"
        ).fetchone()
        return Head(number, base, pipeline, bool(clean))

    def set_head(self, head: Head) -> None:
        """Replace the head row."""
        self._db.execute(
            "UPDATE head SET number=?, base=?, pipeline=?, clean=?",
            (head.number, head.base, head.pipeline, int(head.clean)),
        )

    def add_commit(self, number: int, run: int) -> None:
        """Record a commit."""
        self._db.execute("INSERT INTO commits VALUES (?, ?, ?)", (number, run, time.time()))

    def commit_times(self) -> dict[int, float]:
        """Return when each commit was made, in seconds since 1970."""
        return dict(self._db.execute("SELECT number, at FROM commits"))

    def end_round(self, head: Head) -> None:
        """Begin a new round. Its base is what is live now."""
        self._db.execute("DELETE FROM round")
        self._db.execute("UPDATE rejected SET fresh=0 WHERE fresh")
        self.set_head(head)
