"""The state: one SQLite file whose transactions are the commit points of the dataset.

It uses a write-ahead log and `synchronous=FULL`. With the default journal, SQLite lost acknowledged
transactions after a power cut, because the removal of the journal was not synced.
"""

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from copydesk.schemas.errors import StateError
from copydesk.schemas.shard import Fingerprint
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.decide import Round, Row, Slot
from copydesk.tasks.store.migrations import STATE_VERSION
from copydesk.tasks.store.safe_paths import FILE_NAME, RAW_NAME, checked_name, open_handle
from copydesk.tasks.store.staging import Precedence
from copydesk.tasks.store.state_checksums import Sums, begin_sums
from copydesk.tasks.store.structure import check_structure, make_tables, version_of

_CACHE_KIB: Final = 64 << 10
"""Ids are hashes, so a commit touches the whole index. With SQLite's default of 2 MB, the pages of a few
hundred thousand articles are read and written several times per commit."""
_WORD: Final = re.compile("[a-z]+")
FileState = Literal["built", "rewritten", "settled"]
"""built: by an unfinished run; rewritten: final before, changed by an unfinished run; settled: final."""


class LiveFile(NamedTuple):
    """A file of the current snapshot."""

    shelf: str
    tree: str
    place: int
    name: str
    rows: int
    size: int
    sha256: str
    added: int
    """The commit that wrote it."""
    state: FileState


def checked_file(file: LiveFile, state: Path) -> LiveFile:
    """Return a file that the state names. Raise ForeignEntryError if no commit can have put it there."""
    checked_name(file.name, FILE_NAME, state)
    checked_name(file.tree, _WORD, state)
    return file


class Head(NamedTuple):
    """Number of the last commit, and the round that is under way."""

    number: int
    base: int
    pipeline: str
    clean: bool


class State:
    """Queries and changes of the state. Changes are allowed only inside `transaction`."""

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

    # Head and commits

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

    # Files

    def files(self, shelf: str = "") -> list[LiveFile]:
        """Return the live files, of one shelf or of all, in order of their numbers."""
        rows = self._db.execute(
            "SELECT * FROM files WHERE ? IN ('', shelf) ORDER BY shelf, tree, place", (shelf,)
        )
        return [checked_file(LiveFile(*row), self.path) for row in rows]

    def put_file(self, file: LiveFile) -> None:
        """Make a file live, replacing the one of the same number."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", file)

    def drop_place(self, shelf: str, place: int) -> None:
        """Remove the files of a number from the dataset."""
        self._db.execute("DELETE FROM files WHERE shelf=? AND place=?", (shelf, place))

    def mark_final(self) -> None:
        """Mark all files as belonging to finished runs."""
        self._db.execute("UPDATE files SET state='settled' WHERE state<>'settled'")

    # Articles

    def slots(self, ids: Iterable[str]) -> dict[str, Slot]:
        """Return what is known of each id."""
        pipelines = dict(self._db.execute("SELECT number, pipeline FROM pipelines"))
        return {id_: self._slot(id_, pipelines) for id_ in ids}

    def _slot(self, id_: str, pipelines: dict[int, str]) -> Slot:
        found = self._db.execute(
            "SELECT place, version, fetched, content, ledger, pipeline, written, document FROM articles WHERE id=?",
            (id_,),
        ).fetchone()
        if found is None:
            return Slot(None, None)
        place, version, fetched, content, ledger, pipeline, written, document = found
        row = Row(place, version, fetched, content, ledger, pipelines[pipeline], written, document)
        seen = self._db.execute(
            "SELECT fetched, version, row, run, is_written, base FROM round WHERE id=?", (id_,)
        ).fetchone()
        if seen is None:
            return Slot(row, None)
        fetched, version, digest, run, is_written, base = seen
        before = _row_from_json(base) if base else None
        round_ = Round(Precedence(fetched, version, digest), run, bool(is_written), before)
        on_disk = before is not None and row.written == before.written
        return Slot(row, round_, base_on_disk=on_disk)

    def put_slots(self, slots: dict[str, Slot], sources: dict[str, str], run: int) -> None:
        """Write the decisions of a commit. `sources` gives the input that last yielded each id."""
        pipelines = {
            name: self._pipeline(name) for name in {slot.row.pipeline for slot in slots.values() if slot.row}
        }
        numbers = {uri: self._input(uri) for uri in set(sources.values())}
        articles, rounds = [], []
        # Neighbours on a page of the index are written one after the other.
        for id_, (row, seen, _, _) in sorted(slots.items()):
            if row is None:
                continue
            values = (*row[:5], pipelines[row.pipeline], row.written)
            articles.append((id_, *values, numbers[sources[id_]], run, row.document))
            if seen:
                base = _row_to_json(seen.base) if seen.base else None
                rounds.append((id_, *seen.key, seen.run, int(seen.written), base))
        self._db.executemany(
            "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", articles
        )
        self._db.executemany("INSERT OR REPLACE INTO round VALUES (?, ?, ?, ?, ?, ?, ?)", rounds)

    def move_articles(self, ids: Sequence[str], place: int) -> None:
        """Record the file that holds these articles."""
        self._db.executemany("UPDATE articles SET place=? WHERE id=?", ((place, id_) for id_ in ids))

    def move_documents(self, ids: Sequence[str], place: int) -> None:
        """Record the file that holds these raw documents."""
        self._db.executemany("UPDATE articles SET document=? WHERE id=?", ((place, id_) for id_ in ids))

    def documents_at(self, ids: Iterable[str], place: int) -> set[str]:
        """Return those of `ids` whose raw document is in this file; others have been replaced."""
        look_up = "SELECT document FROM articles WHERE id=?"
        return {id_ for id_ in ids if self._db.execute(look_up, (id_,)).fetchone() == (place,)}

    def add_history(self, rows: Iterable[tuple[str, int, str, int, str, str]]) -> None:
        """Record replaced versions.

        Each row: id, commit that wrote it, version, commit that replaced it, its file, summary.
        """
        self._db.executemany("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)", rows)

    def end_round(self, head: Head) -> None:
        """Begin a new round. Its base is what is live now."""
        self._db.execute("DELETE FROM round")
        self._db.execute("UPDATE rejected SET fresh=0 WHERE fresh")
        self.set_head(head)

    # Rejected documents

    def rejected(self, ids: Iterable[str]) -> dict[str, tuple[int, bytes, bool]]:
        """Return what is known of documents with a ledger on the rejected shelf.

        Each value: file number, digest, whether of this round.
        """
        found = {}
        for id_ in ids:
            row = self._db.execute("SELECT place, ledger, fresh FROM rejected WHERE id=?", (id_,)).fetchone()
            if row:
                found[id_] = (row[0], row[1], bool(row[2]))
        return found

    def put_rejected(self, rows: Iterable[tuple[str, int, bytes]]) -> None:
        """Record ledgers of rejected documents: id, file number, digest."""
        self._db.executemany("INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, 1)", rows)

    def move_rejected(self, ids: Sequence[str], place: int) -> None:
        """Record the file that holds these ledgers of rejected documents."""
        self._db.executemany("UPDATE rejected SET place=? WHERE id=?", ((place, id_) for id_ in ids))

    def drop_rejected(self, ids: Iterable[str]) -> None:
        """Forget ledgers of documents that became articles."""
        self._db.executemany("DELETE FROM rejected WHERE id=?", ((id_,) for id_ in ids))

    def raw_rejects(self) -> dict[str, int]:
        """Return hash and size of the raw bytes that are kept, oldest first."""
        rows = self._db.execute("SELECT content_hash, size FROM rejects ORDER BY commit_number, rowid")
        return {checked_name(hash_, RAW_NAME, self.path): size for hash_, size in rows}

    def put_raw_rejects(self, new: dict[str, int], gone: Iterable[str], commit: int) -> None:
        """Record raw bytes that were written, and forget others."""
        self._db.executemany("DELETE FROM rejects WHERE content_hash=?", ((hash_,) for hash_ in gone))
        self._db.executemany(
            "INSERT OR IGNORE INTO rejects VALUES (?, ?, ?)", ((h, size, commit) for h, size in new.items())
        )

    def put_origins(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Record the origin of rejects whose raw bytes are kept: hash, source, record, JSON."""
        self._db.executemany("INSERT OR REPLACE INTO origins VALUES (?, ?, ?, ?)", rows)

    def drop_origins(self, keys: Iterable[tuple[str, str, str]], hashes: Iterable[str]) -> None:
        """Forget the origins of some rejects (hash, source, record), and all whose raw bytes are gone."""
        self._db.executemany("DELETE FROM origins WHERE content_hash=? AND source=? AND record=?", keys)
        self._db.executemany("DELETE FROM origins WHERE content_hash=?", ((hash_,) for hash_ in hashes))

    def replayed(self, run_id: str, source: str, count: int) -> None:
        """Count rejects of a run, from one input, that later became articles."""
        number, text = self._db.execute("SELECT number, books FROM runs WHERE run_id=?", (run_id,)).fetchone()
        books = json.loads(text)
        books["replayed"] = books.get("replayed", 0) + count
        self._db.execute("UPDATE runs SET books=? WHERE number=?", (json.dumps(books), number))
        self._db.execute(
            "UPDATE inputs SET rejected=rejected-? WHERE uri=? AND run=?", (count, source, number)
        )

    # Inputs

    def finish_input(
        self, fingerprint: Fingerprint, pipeline: str, documents: int, rejected: int, run: int
    ) -> None:
        """Record a finished input, and how many articles it yielded before but no longer yields."""
        number = self._input(fingerprint.uri)
        known = self._db.execute("SELECT run FROM inputs WHERE number=?", (number,)).fetchone()[0] is not None
        absent = 0
        if known:
            query = "SELECT count(*) FROM articles WHERE source=? AND seen<>?"
            absent = self._db.execute(query, (number, run)).fetchone()[0]
        self._db.execute(
            "UPDATE inputs SET size=?, mtime_ns=?, ctime_ns=?, content=?, pipeline=?, documents=?, rejected=?, run=?,"
            " absent=? WHERE number=?",
            (
                *fingerprint[1:],
                self._pipeline(pipeline),
                documents,
                rejected,
                run,
                absent,
                number,
            ),
        )

    def absent(self, uri: str) -> int:
        """Return how many articles an input no longer yields."""
        row = self._db.execute("SELECT absent FROM inputs WHERE uri=?", (uri,)).fetchone()
        return row[0] if row else 0

    def _input(self, uri: str) -> int:
        self._db.execute("INSERT OR IGNORE INTO inputs (uri) VALUES (?)", (uri,))
        return int(self._db.execute("SELECT number FROM inputs WHERE uri=?", (uri,)).fetchone()[0])

    def _pipeline(self, pipeline: str) -> int:
        self._db.execute("INSERT OR IGNORE INTO pipelines (pipeline) VALUES (?)", (pipeline,))
        return int(
            self._db.execute("SELECT number FROM pipelines WHERE pipeline=?", (pipeline,)).fetchone()[0]
        )

    # Runs

    def begin_run(self, run_id: str, pipeline: str, inputs: list[str]) -> int:
        """Record a run and return its number."""
        cursor = self._db.execute(
            "INSERT INTO runs (run_id, started, pipeline, inputs) VALUES (?, ?, ?, ?)",
            (run_id, time.time(), pipeline, json.dumps(inputs)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def put_books(self, run: int, books: dict[str, Any], *, finished: bool) -> None:
        """Record a run's counts so far."""
        end = time.time() if finished else None
        self._db.execute("UPDATE runs SET books=?, finished=? WHERE number=?", (json.dumps(books), end, run))


def _row_to_json(row: Row) -> str:
    return json.dumps([*row[:3], row.content.hex(), row.ledger.hex(), *row[5:]])


def _row_from_json(text: str) -> Row:
    place, version, fetched, content, ledger, *others = json.loads(text)
    return Row(place, version, fetched, bytes.fromhex(content), bytes.fromhex(ledger), *others)
