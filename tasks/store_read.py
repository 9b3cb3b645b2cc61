"""Questions to a dataset that need no lock: is it whole, and what became of an article?"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.errors import UsageError
from tasks.store_files import sha256_of
from tasks.store_open import state_errors
from tasks.store_snapshot import EMPTY, TREES, Layout, published, resolve
from tasks.store_state import LiveFile

_LOOK_UP: Final = {
    "articles": "SELECT place FROM articles WHERE id=?",
    "rejected": "SELECT place FROM rejected WHERE id=?",
}


class Version(NamedTuple):
    """A version of an article that readers could see."""

    version: str
    """Hash of its raw content."""
    run_id: str
    written_at: datetime
    live: bool
    path: Path | None
    """The file it stands in; None when the snapshots with it have expired."""


def history(out: Path, article_id: str) -> list[Version]:
    """The versions of an article, oldest first, the live one last. Empty for an unknown id."""
    layout = Layout(out.resolve())
    with state_errors(layout), closing(_connect(layout)) as db:
        head = db.execute("SELECT number FROM head").fetchone()[0]
        live = db.execute(
            "SELECT version, written, name FROM articles JOIN files USING (place)"
            " WHERE id=? AND shelf='articles' AND tree='articles'",
            (article_id,),
        ).fetchone()
        rows = db.execute(
            "SELECT version, written, file, replaced - 1 FROM history WHERE id=? AND written<>? ORDER BY written",
            (article_id, live[1] if live else -1),
        ).fetchall()
        versions = [
            _version(db, layout, version, written, file, snapshot, live=False)
            for version, written, file, snapshot in rows
        ]
        if live:
            version, written, file = live
            versions.append(_version(db, layout, version, written, file, head, live=True))
    return versions


def _version(
    db: sqlite3.Connection,
    layout: Layout,
    version: str,
    written: int,
    file: str,
    snapshot: int,
    *,
    live: bool,
) -> Version:
    run_id, at = db.execute(
        "SELECT run_id, at FROM commits JOIN runs ON runs.number = commits.run WHERE commits.number=?",
        (written,),
    ).fetchone()
    path = layout.snapshot(snapshot) / "articles" / file
    return Version(version, run_id, datetime.fromtimestamp(at, UTC), live, path if path.exists() else None)


def verify(out: Path) -> list[str]:
    """Check a dataset byte by byte against its state; returns what is wrong, in plain words.

    Reads every file. Can be run beside a writer: the snapshot that was current when it began stays.
    """
    layout = Layout(out.resolve())
    with state_errors(layout), closing(_connect(layout)) as db:
        db.execute("BEGIN")
        return list(_problems(layout, db))


def _problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    answer = db.execute("PRAGMA quick_check").fetchone()[0]
    if answer != "ok":
        yield f"{layout.state}: {answer}"
    number = db.execute("SELECT number FROM head").fetchone()[0]
    shown = published(layout)
    if number and any(shown.get(tree, 0) < number for tree in TREES):
        yield f"commit {number} is not shown to readers yet; the next run does that"
    snapshot = layout.snapshot(number)
    if number and not snapshot.exists():
        snapshot = layout.pool
    files = [LiveFile(*row) for row in db.execute("SELECT * FROM files ORDER BY shelf, tree, place")]
    sound = []
    for file in files:
        problem = _file_problem(snapshot / file.tree / file.name, file)
        if problem:
            yield problem
        else:
            sound.append(file)
    yield from _foreign(snapshot, files)
    for file in sound:
        yield from _row_problems(db, snapshot / file.tree / file.name, file)
    yield from _count_problems(db, files)
    yield from _book_problems(db, snapshot, sound)
    for name, size in db.execute("SELECT content_hash, size FROM rejects"):
        raw = layout.raw / name
        if not raw.is_file() or raw.stat().st_size != size:
            yield f"{raw}: raw bytes of a reject are missing or cut"


def _file_problem(path: Path, file: LiveFile) -> str:
    if not path.is_file():
        return f"{path}: missing"
    if path.stat().st_size != file.size:
        return f"{path}: {path.stat().st_size} bytes, {file.size} were written"
    if sha256_of(path) != file.sha256:
        return f"{path}: its bytes changed since they were written"
    return ""


def _foreign(snapshot: Path, files: list[LiveFile]) -> Iterator[str]:
    """What lies in the published trees and does not belong there."""
    for tree in TREES:
        ours = {file.name for file in files if file.tree == tree} or {EMPTY}
        present = set(os.listdir(snapshot / tree)) if (snapshot / tree).is_dir() else set()
        yield from (
            f"{snapshot / tree / name}: does not belong to the dataset"
            for name in sorted(present - ours - {EMPTY})
        )


def _row_problems(db: sqlite3.Connection, path: Path, file: LiveFile) -> Iterator[str]:
    """Each id in the file that the state says, in order, and in `articles/` once."""
    if file.shelf not in _LOOK_UP:
        return
    last = ""
    with pq.ParquetFile(path) as parquet:
        for group in range(parquet.num_row_groups):
            ids = parquet.read_row_group(group, columns=["id"])["id"].to_pylist()
            if file.tree == "articles" and len(set(ids)) != len(ids):
                yield f"{path}: an id stands in it twice"
            if ids != sorted(ids) or ids[0] < last or (file.tree == "articles" and ids[0] == last):
                yield f"{path}: rows are not sorted by id"
            last = ids[-1]
            for id_ in dict.fromkeys(ids):
                place = db.execute(_LOOK_UP[file.shelf], (id_,)).fetchone()
                if place is None or place[0] != file.place:
                    yield f"{path}: {id_} should not be in this file"


def _count_problems(db: sqlite3.Connection, files: list[LiveFile]) -> Iterator[str]:
    """As many articles as the state knows. With `_row_problems` it follows that each is there once."""
    known = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    found = sum(file.rows for file in files if file.tree == "articles")
    if known != found:
        yield f"articles/: {found} rows, {known} articles are known"


def _book_problems(db: sqlite3.Connection, snapshot: Path, files: list[LiveFile]) -> Iterator[str]:
    """The books of every finished run, against its rows in `runs/` and `rejects/`."""
    rejected = _counts(snapshot, files, "rejects")
    reported = _counts(snapshot, files, "runs")
    for run_id, text in db.execute(
        "SELECT run_id, books FROM runs WHERE finished IS NOT NULL ORDER BY number"
    ):
        books = json.loads(text)
        if books["seen"] != sum(books[name] for name in ("written", "unchanged", "duplicate", "rejected")):
            yield f"run {run_id}: its books don't balance: {books}"
        if reported.get(run_id, 0) != 1:
            yield f"run {run_id}: {reported.get(run_id, 0)} rows in runs/, expected 1"
        if rejected.get(run_id, 0) != books["rejected"]:
            yield f"run {run_id}: {rejected.get(run_id, 0)} rows in rejects/, its books say {books['rejected']}"


def _counts(snapshot: Path, files: list[LiveFile], tree: str) -> dict[str, int]:
    """Rows by run of `runs/` or `rejects/`."""
    paths = [snapshot / file.tree / file.name for file in files if file.tree == tree]
    columns = [pq.read_table(path, columns=["run_id"])["run_id"] for path in paths if path.is_file()]
    if not columns:
        return {}
    counted = pc.value_counts(
        pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    )
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}


def _connect(layout: Layout) -> sqlite3.Connection:
    """Open the state for reading, also where the folder can't be written."""
    if not layout.state.is_file():
        raise UsageError(f"{layout.out}: no dataset here; `copydesk ingest` makes one")
    quiet = not layout.state.with_name("state.db-wal").exists()
    mode = "immutable=1" if quiet and not os.access(layout.home, os.W_OK) else "mode=ro"
    return sqlite3.connect(f"{layout.state.as_uri()}?{mode}", uri=True, timeout=10.0, isolation_level=None)


__all__ = ["Version", "history", "resolve", "verify"]
