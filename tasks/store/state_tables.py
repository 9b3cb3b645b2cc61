"""The tables of the state, each with its queries and changes. They share one connection.

Changes are allowed only inside `State.transaction`.
"""

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from copydesk.schemas.shard import Fingerprint
from copydesk.tasks.store.decide import ArticleState, OpenRound, Row
from copydesk.tasks.store.safe_paths import FILE_NAME, RAW_NAME, checked_name
from copydesk.tasks.store.staging import Precedence

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


class _Table:
    """A table and those beside it that only it uses."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path


class FileTable(_Table):
    """The live files of the dataset."""

    def live(self, shelf: str = "") -> list[LiveFile]:
        """Return the live files, of one shelf or of all, in order of their numbers."""
        rows = self._db.execute(
            "SELECT * FROM files WHERE ? IN ('', shelf) ORDER BY shelf, tree, place", (shelf,)
        )
        return [checked_file(LiveFile(*row), self._path) for row in rows]

    def put(self, file: LiveFile) -> None:
        """Make a file live, replacing the one of the same number."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", file)

    def drop(self, shelf: str, place: int) -> None:
        """Remove the files of a number from the dataset."""
        self._db.execute("DELETE FROM files WHERE shelf=? AND place=?", (shelf, place))

    def mark_final(self) -> None:
        """Mark all files as belonging to finished runs."""
        self._db.execute("UPDATE files SET state='settled' WHERE state<>'settled'")


class ArticleTable(_Table):
    """What is known of each article: its live row, what this round saw of it, and its replaced versions."""

    def find(self, ids: Iterable[str]) -> dict[str, ArticleState]:
        """Return what is known of each id."""
        pipelines = dict(self._db.execute("SELECT number, pipeline FROM pipelines"))
        return {id_: self._slot(id_, pipelines) for id_ in ids}

    def _slot(self, id_: str, pipelines: dict[int, str]) -> ArticleState:
        found = self._db.execute(
            "SELECT place, version, fetched, content, ledger, pipeline, written, document FROM articles WHERE id=?",
            (id_,),
        ).fetchone()
        if found is None:
            return ArticleState(None, None)
        place, version, fetched, content, ledger, pipeline, written, document = found
        row = Row(place, version, fetched, content, ledger, pipelines[pipeline], written, document)
        seen = self._db.execute(
            "SELECT fetched, version, row, run, is_written, base FROM round WHERE id=?", (id_,)
        ).fetchone()
        if seen is None:
            return ArticleState(row, None)
        fetched, version, digest, run, is_written, base = seen
        before = _row_from_json(base) if base else None
        round_ = OpenRound(Precedence(fetched, version, digest), run, bool(is_written), before)
        on_disk = before is not None and row.written == before.written
        return ArticleState(row, round_, base_on_disk=on_disk)

    def put(self, slots: dict[str, ArticleState], sources: dict[str, str], run: int) -> None:
        """Write the decisions of a commit. `sources` gives the input that last yielded each id."""
        pipelines = {
            name: _pipeline(self._db, name)
            for name in {slot.row.pipeline for slot in slots.values() if slot.row}
        }
        numbers = {uri: _input(self._db, uri) for uri in set(sources.values())}
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

    def move(self, ids: Sequence[str], place: int) -> None:
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


class RejectTable(_Table):
    """Documents that were rejected: their ledgers, raw bytes and origins."""

    def ledgers(self, ids: Iterable[str]) -> dict[str, tuple[int, bytes, bool]]:
        """Return what is known of documents with a ledger on the rejected shelf.

        Each value: file number, digest, whether of this round.
        """
        found = {}
        for id_ in ids:
            row = self._db.execute("SELECT place, ledger, fresh FROM rejected WHERE id=?", (id_,)).fetchone()
            if row:
                found[id_] = (row[0], row[1], bool(row[2]))
        return found

    def put_ledgers(self, rows: Iterable[tuple[str, int, bytes]]) -> None:
        """Record ledgers of rejected documents: id, file number, digest."""
        self._db.executemany("INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, 1)", rows)

    def move(self, ids: Sequence[str], place: int) -> None:
        """Record the file that holds these ledgers of rejected documents."""
        self._db.executemany("UPDATE rejected SET place=? WHERE id=?", ((place, id_) for id_ in ids))

    def drop_ledgers(self, ids: Iterable[str]) -> None:
        """Forget ledgers of documents that became articles."""
        self._db.executemany("DELETE FROM rejected WHERE id=?", ((id_,) for id_ in ids))

    def raw(self) -> dict[str, int]:
        """Return hash and size of the raw bytes that are kept, oldest first."""
        rows = self._db.execute("SELECT content_hash, size FROM rejects ORDER BY commit_number, rowid")
        return {checked_name(hash_, RAW_NAME, self._path): size for hash_, size in rows}

    def put_raw(self, new: dict[str, int], gone: Iterable[str], commit: int) -> None:
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


class InputTable(_Table):
    """The inputs that were finished."""

    def finish(
        self, fingerprint: Fingerprint, pipeline: str, documents: int, rejected: int, run: int
    ) -> None:
        """Record a finished input, and how many articles it yielded before but no longer yields."""
        number = _input(self._db, fingerprint.uri)
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
                _pipeline(self._db, pipeline),
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


class RunTable(_Table):
    """The runs and their counts."""

    def begin(self, run_id: str, pipeline: str, inputs: list[str]) -> int:
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

    def replayed(self, run_id: str, source: str, count: int) -> None:
        """Count rejects of a run, from one input, that later became articles."""
        number, text = self._db.execute("SELECT number, books FROM runs WHERE run_id=?", (run_id,)).fetchone()
        books = json.loads(text)
        books["replayed"] = books.get("replayed", 0) + count
        self._db.execute("UPDATE runs SET books=? WHERE number=?", (json.dumps(books), number))
        self._db.execute(
            "UPDATE inputs SET rejected=rejected-? WHERE uri=? AND run=?", (count, source, number)
        )


def _input(db: sqlite3.Connection, uri: str) -> int:
    db.execute("INSERT OR IGNORE INTO inputs (uri) VALUES (?)", (uri,))
    return int(db.execute("SELECT number FROM inputs WHERE uri=?", (uri,)).fetchone()[0])


def _pipeline(db: sqlite3.Connection, pipeline: str) -> int:
    db.execute("INSERT OR IGNORE INTO pipelines (pipeline) VALUES (?)", (pipeline,))
    return int(db.execute("SELECT number FROM pipelines WHERE pipeline=?", (pipeline,)).fetchone()[0])


def _row_to_json(row: Row) -> str:
    return json.dumps([*row[:3], row.content.hex(), row.ledger.hex(), *row[5:]])


def _row_from_json(text: str) -> Row:
    place, version, fetched, content, ledger, *others = json.loads(text)
    return Row(place, version, fetched, bytes.fromhex(content), bytes.fromhex(ledger), *others)
