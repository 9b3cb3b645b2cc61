"""Rebuild the state from a dataset's files, table by table, in a separate file."""

import json
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import StorageError
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.configuration import put_memory, read_copy
from copydesk.tasks.store.decide import ArticleState, Row
from copydesk.tasks.store.digests import content_digests, ledgers_in
from copydesk.tasks.store.near_duplicates import DuplicateKeeper
from copydesk.tasks.store.queries import summaries
from copydesk.tasks.store.rejects import bears_its_name
from copydesk.tasks.store.safe_paths import (
    FILE_NAME,
    RAW_NAME,
    is_file,
    names_in,
    open_handle,
    parquet,
    read_bytes,
    read_table,
    status,
)
from copydesk.tasks.store.snapshot import TREES, Layout, snapshots
from copydesk.tasks.store.staging import NEVER
from copydesk.tasks.store.state import Head, State
from copydesk.tasks.store.state_tables import LiveFile

_UNKNOWN: Final = ""
"""The pipeline of articles after a repair: one that does not exist, so that ledgers are compared as well."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files that make up a dataset."""

    layout: Layout
    number: int
    """Number of the commit that they belong to."""
    folder: Path
    """Its snapshot, or the pool if the snapshot is gone."""
    files: list[LiveFile]

    def path(self, file: LiveFile) -> Path:
        """Return the path of a file."""
        return (self.folder if file.tree in TREES else self.layout.pool) / file.tree / file.name


@dataclass(slots=True)
class Rebuilt:
    """What the new state knows, and what it can't know."""

    articles: int = 0
    documents: int = 0
    """Number of articles whose raw document is kept."""
    rejected: int = 0
    """Rows of rejects/."""
    raws: int = 0
    """Number of rejects whose raw bytes are kept."""
    runs: int = 0
    versions: int = 0
    """Replaced versions of articles whose snapshots are kept."""
    damaged_raws: list[str] = field(default_factory=list)


class _Seen(NamedTuple):
    """A version of an article in some snapshot."""

    content: bytes
    version: str
    written: int
    file: str


def rebuild(layout: Layout, found: Found, path: Path) -> Rebuilt:
    """Write the state of `found` to `path`, synced. Raise StorageError if its files contradict each other."""
    done = Rebuilt()
    with closing(State(path)) as state:
        now = datetime.now(UTC)
        with state.transaction():
            _runs(state, found, done)
            run = state.runs.begin(f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}", _UNKNOWN, ["repair"])
            _commits(state, layout, found.number, run)
            put_memory(state, read_copy(layout))
            for file in found.files:
                state.files.put(file)
            written = _history(state, layout, found, done)
            marked = _articles(state, found, written, run)
            _documents(state, found)
            _ledgers(state, found)
            _raw_rejects(state, layout, found.number, done)
            state.end_round(Head(found.number, found.number, _UNKNOWN, clean=True))
        count = state.connection.execute("SELECT count(*), coalesce(sum(document >= 0), 0) FROM articles")
        done.articles, done.documents = count.fetchone()
        if done.articles != sum(file.rows for file in found.files if file.tree == "articles"):
            raise StorageError(
                f"{found.folder / 'articles'}: an article occurs in two files; nothing was changed; restore the folder from a backup"
            )
        if marked:
            DuplicateKeeper(state, Settings()).begin(layout.pool, again=False)
    handle = open_handle(path)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return done


def _of(found: Found, tree: str) -> list[LiveFile]:
    return sorted((file for file in found.files if file.tree == tree), key=lambda file: file.place)


def _runs(state: State, found: Found, done: Rebuilt) -> None:
    """Restore the counts of finished runs from their rows. Rows that have since left rejects/ were replayed."""
    left: Counter[str] = Counter()
    for file in _of(found, "rejects"):
        left.update(read_table(found.path(file), ["run_id"])["run_id"].to_pylist())
    done.rejected = left.total()
    names = ("seen", "written", "unchanged", "duplicate", "rejected")
    for file in _of(found, "runs"):
        for row in read_table(found.path(file)).to_pylist():
            books = {name: row[name] for name in names}
            if replayed := max(0, books["rejected"] - left[row["run_id"]]):
                books["replayed"] = replayed
            state.connection.execute(
                "INSERT INTO runs (run_id, started, pipeline, inputs, books, finished) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    row["run_id"],
                    row["started_at"].timestamp(),
                    _UNKNOWN,
                    json.dumps(row["inputs"]),
                    json.dumps(books),
                    row["finished_at"].timestamp(),
                ),
            )
            done.runs += 1


def _commits(state: State, layout: Layout, number: int, run: int) -> None:
    """Record a commit for each snapshot, with the time at which it was made and the run of that time."""
    for each in {*snapshots(layout), number}:
        there = status(layout.snapshot(each))
        at = there.st_mtime if there else datetime.now(UTC).timestamp()
        query = "SELECT number FROM runs WHERE started<=? AND finished>=? ORDER BY number LIMIT 1"
        (of,) = state.connection.execute(query, (at, at - 1)).fetchone() or (run,)
        state.connection.execute("INSERT INTO commits VALUES (?, ?, ?)", (each, of, at))


def _history(state: State, layout: Layout, found: Found, done: Rebuilt) -> dict[str, int]:
    """Record the versions that snapshots still hold. Return the commit that wrote each live article.

    All articles of the oldest snapshot count as written by it. Snapshots that can't be read are skipped.
    """
    now: dict[str, _Seen] = {}
    before: set[str] = set()
    for number in [each for each in snapshots(layout) if each <= found.number]:
        folder = layout.snapshot(number) / "articles"
        try:
            names = {name for name in names_in(folder) if FILE_NAME.fullmatch(name)}
            fresh = {name: list(_versions(folder / name)) for name in sorted(names - before)}
            replaced = _advance(now, fresh, number)
            _note(state, layout, number, replaced)
        except (OSError, pa.ArrowException, StorageError):
            continue
        before = names
        done.versions += len(replaced)
    return {id_: seen.written for id_, seen in now.items()}


def _versions(path: Path) -> Iterator[tuple[str, str, bytes]]:
    with parquet(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            yield from zip(
                rows["id"].to_pylist(), rows["version"].to_pylist(), content_digests(rows), strict=True
            )


def _advance(
    now: dict[str, _Seen], fresh: dict[str, list[tuple[str, str, bytes]]], number: int
) -> list[tuple[str, _Seen]]:
    """Advance to the next snapshot, using the files that are new in it. Return the versions that it replaced."""
    replaced = []
    for name, rows in fresh.items():
        for id_, version, content in rows:
            old = now.get(id_)
            if old is not None and (old.content, old.version) == (content, version):
                now[id_] = old._replace(file=name)
                continue
            if old is not None:
                replaced.append((id_, old))
            now[id_] = _Seen(content, version, number, name)
    return replaced


def _note(state: State, layout: Layout, number: int, replaced: list[tuple[str, _Seen]]) -> None:
    by_file: dict[str, list[tuple[str, _Seen]]] = {}
    for id_, old in replaced:
        by_file.setdefault(old.file, []).append((id_, old))
    for name, rows in by_file.items():
        path = next(
            (
                path
                for each in reversed(snapshots(layout))
                if each < number and is_file(path := layout.shown(each, "articles", name))
            ),
            None,
        )
        about = summaries(path, [id_ for id_, _ in rows]) if path else {}
        state.articles.add_history(
            (id_, old.written, old.version, number, name, json.dumps(about[id_]) if id_ in about else "")
            for id_, old in rows
        )


def _articles(state: State, found: Found, written: dict[str, int], run: int) -> bool:
    """Record the rows of the articles. Return whether any of them states which article it repeats."""
    marked = False
    for file in _of(found, "articles"):
        digests = ledgers_in(found.folder / "ledger" / file.name)
        with parquet(found.path(file)) as parquet_file:
            for group in range(parquet_file.num_row_groups):
                rows = parquet_file.read_row_group(group)
                marked |= rows["cluster"].null_count < rows.num_rows
                fetched = pc.fill_null(rows["fetched_at"].cast(pa.int64()), NEVER).to_pylist()
                slots, sources = {}, {}
                columns = (rows[name].to_pylist() for name in ("id", "version", "source"))
                for id_, version, source, content, at in zip(
                    *columns, content_digests(rows), fetched, strict=True
                ):
                    commit = written.get(id_, found.number)
                    row = Row(file.place, version, at, content, digests.pop(id_, b""), _UNKNOWN, commit)
                    slots[id_], sources[id_] = ArticleState(row, None), source
                state.articles.put(slots, sources, run)
    return marked


def _documents(state: State, found: Found) -> None:
    """Record the file with the raw document of each article: of its exact version, and the last of these."""
    query = "UPDATE articles SET document=? WHERE id=? AND version=?"
    for file in _of(found, "documents"):
        with parquet(found.path(file)) as parquet_file:
            for group in range(parquet_file.num_row_groups):
                rows = parquet_file.read_row_group(group, columns=["id", "version"])
                pairs = zip(rows["id"].to_pylist(), rows["version"].to_pylist(), strict=True)
                state.connection.executemany(query, ((file.place, *pair) for pair in pairs))


def _ledgers(state: State, found: Found) -> None:
    """Record the ledgers of rejected documents."""
    for file in _of(found, "ledger"):
        if file.shelf == "rejected":
            digests = ledgers_in(found.path(file))
            state.rejects.put_ledgers((id_, file.place, digest) for id_, digest in digests.items())


def _raw_rejects(state: State, layout: Layout, number: int, done: Rebuilt) -> None:
    """Record the raw bytes of rejects, oldest first. Each is stored under its hash."""
    names = [name for name in names_in(layout.raw) if RAW_NAME.fullmatch(name) and is_file(layout.raw / name)]
    times = {name: getattr(status(layout.raw / name), "st_mtime_ns", 0) for name in names}
    for name in sorted(names, key=lambda name: (times[name], name)):
        content = read_bytes(layout.raw / name)
        if bears_its_name(name, content):
            state.rejects.put_raw({name: len(content)}, (), number)
            done.raws += 1
        else:
            done.damaged_raws.append(name)
