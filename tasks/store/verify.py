"""Verify a dataset: every byte against its hash, every row against the state, every count against its sum."""

import json
import sqlite3
import stat
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import ForeignEntryError, StateError, StorageError
from copydesk.tasks.store.digests import content_digests, ledgers_in
from copydesk.tasks.store.files import sha256_of
from copydesk.tasks.store.merge import name_hash
from copydesk.tasks.store.preflight import connect, entry_problems, state_errors
from copydesk.tasks.store.rejects import bears_its_name
from copydesk.tasks.store.safe_paths import (
    FILE_NAME,
    is_file,
    is_folder,
    kind_of,
    names_in,
    parquet,
    read_bytes,
    read_table,
    status,
)
from copydesk.tasks.store.snapshot import EMPTY, TREES, Layout, snapshots
from copydesk.tasks.store.staging import NEVER
from copydesk.tasks.store.state_tables import LiveFile, checked_file
from copydesk.tasks.store.verify_folder import shown_problems, strangers
from copydesk.tasks.store.verify_state import state_problems


@dataclass(slots=True)
class Findings:
    """What was checked, and which problems were found."""

    snapshot: Path
    """The folder that readers see."""
    files: int = 0
    size: int = 0
    """Bytes of these files."""
    articles: int = 0
    runs: int = 0
    problems: list[str] = field(default_factory=list)


def verify(out: Path) -> list[str]:
    """Return the problems of a dataset; see `examine`."""
    return examine(out).problems


def examine(out: Path) -> Findings:
    """Check a dataset byte by byte and row by row against its state.

    Reads every file that readers can see, including replaced snapshots, and the raw bytes that are kept. It
    may run beside a writer: the snapshot that was current at its start stays. Raises StorageError if the
    state itself can't be read, UsageError if it is from a newer copydesk.

    Not detected: changed bits between the rows of the state file, which have no meaning; and changes in a
    state from an older copydesk where no file of the dataset holds the same value. The lock and the stage
    hold no data.
    """
    layout = Layout(out.resolve())
    found = Findings(layout.home)
    found.problems += entry_problems(layout)
    if found.problems:
        return found  # nothing below these entries is checked
    with state_errors(layout), closing(connect(layout)) as db:
        db.execute("BEGIN")
        try:
            found.problems += _problems(layout, db, found)
        except (ValueError, TypeError, KeyError) as error:
            raise StateError(f"{layout.state}: holds an invalid value ({error})") from error
    return found


def _problems(layout: Layout, db: sqlite3.Connection, found: Findings) -> Iterator[str]:
    yield from state_problems(layout, db)
    number = db.execute("SELECT number FROM head").fetchone()[0]
    snapshot = found.snapshot = layout.snapshot(number)
    yield from shown_problems(layout, db, number)
    if number and not is_folder(snapshot):
        snapshot = found.snapshot = layout.pool
    rows = db.execute("SELECT * FROM files ORDER BY shelf, tree, place")
    files = [checked_file(LiveFile(*row), layout.state) for row in rows]
    readable = [file for file in files if file.tree in TREES]
    checked: set[tuple[int, int]] = set()
    sound = []
    for file in readable:
        path = snapshot / file.tree / file.name
        problem = _file_problem(path, file, found, checked)
        if problem:
            yield problem
        else:
            sound.append(file)
    parts = (
        _copies(layout, snapshot, readable, found, checked),
        # Until the commit is shown, the pool also holds the files that it replaced.
        _foreign(snapshot, readable) if snapshot != layout.pool else iter(()),
        strangers(layout),
        _row_problems(db, snapshot, sound),
        _count_problems(db, readable),
        _book_problems(db, snapshot, sound),
        _older(layout, number, found, checked),
        _document_problems(layout, db, [file for file in files if file.tree not in TREES], found),
        _raw_problems(layout, db, found),
    )
    for part in parts:
        yield from _said(part)
    found.articles = sum(file.rows for file in readable if file.tree == "articles")
    found.runs = sum(file.rows for file in readable if file.tree == "runs")


def _said(problems: Iterator[str]) -> Iterator[str]:
    """Yield the problems, and the error that ended the search."""
    try:
        yield from problems
    except ForeignEntryError as error:
        yield str(error)
    except FileNotFoundError as error:
        yield f"{error.filename}: missing"


def _file_problem(path: Path, file: LiveFile, found: Findings, checked: set[tuple[int, int]]) -> str:
    there = status(path)
    if there is None:
        return f"{path}: missing"
    if not stat.S_ISREG(there.st_mode):
        return f"{path}: found {kind_of(there.st_mode)}, expected a file"
    checked.add((there.st_dev, there.st_ino))
    found.files += 1
    found.size += there.st_size
    if there.st_size != file.size:
        return f"{path}: {there.st_size} bytes, expected {file.size}"
    if sha256_of(path) != file.sha256:
        return f"{path}: its bytes changed since they were written"
    return ""


def _copies(
    layout: Layout, snapshot: Path, files: list[LiveFile], found: Findings, checked: set[tuple[int, int]]
) -> Iterator[str]:
    """Yield problems of the pool's own files if the snapshot has copies instead of hard links."""
    for file in files:
        path = layout.pool / file.tree / file.name
        there = status(path)
        known = there is not None and (there.st_dev, there.st_ino) in checked
        if snapshot != layout.pool and not known and (problem := _file_problem(path, file, found, checked)):
            yield problem


def _foreign(snapshot: Path, files: list[LiveFile]) -> Iterator[str]:
    """Yield entries of the published trees that do not belong there."""
    for tree, schema in TREES.items():
        folder = snapshot / tree
        ours = {file.name for file in files if file.tree == tree}
        present = set(names_in(folder)) if is_folder(folder) else set()
        yield from (
            f"{folder / name}: does not belong to the dataset" for name in sorted(present - ours - {EMPTY})
        )
        if EMPTY in present and (problem := _empty_problem(folder / EMPTY, schema)):
            yield problem


def _empty_problem(path: Path, schema: pa.Schema) -> str:
    """Return the problem of the placeholder of a tree without rows.

    No hash is stored for it: it has no content.
    """
    try:
        table = read_table(path)
    except (OSError, pa.ArrowException, StorageError) as error:
        return f"{path}: {error}"
    found = table.schema
    described = [each.metadata for each in found] == [each.metadata for each in schema]
    older = (found.metadata or {}).get(b"schema_version") != schema.metadata[b"schema_version"]
    sound = table.num_rows == 0 and (older or (found.equals(schema) and described))
    return "" if sound else f"{path}: its bytes changed since they were written"


def _row_problems(db: sqlite3.Connection, snapshot: Path, files: list[LiveFile]) -> Iterator[str]:
    """Yield documents that are not in the file, or have not the content or ledger, that the state records."""
    sound = {(file.tree, file.name) for file in files}
    for file in files:
        path = snapshot / file.tree / file.name
        if file.shelf == "articles" and file.tree == "articles":
            digests = ledgers_in(snapshot / "ledger" / file.name) if ("ledger", file.name) in sound else None
            yield from _article_problems(db, path, file.place, digests)
        elif file.shelf == "rejected":
            for id_, digest in ledgers_in(path).items():
                row = db.execute("SELECT place, ledger FROM rejected WHERE id=?", (id_,)).fetchone()
                if row is None or row[0] != file.place:
                    yield f"{path}: {id_} should not be in this file"
                elif row[1] != digest:
                    yield f"{path}: the ledger of {id_} is not the one that the state knows"


def _article_problems(
    db: sqlite3.Connection, path: Path, place: int, ledgers: dict[str, bytes] | None
) -> Iterator[str]:
    last = ""
    with parquet(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            ids = rows["id"].to_pylist()
            if len(set(ids)) != len(ids) or ids[0] == last:
                yield f"{path}: an id occurs twice"
            if ids != sorted(ids) or ids[0] < last:
                yield f"{path}: rows are not sorted by id"
            last = ids[-1]
            fetched = pc.fill_null(rows["fetched_at"].cast(pa.int64()), NEVER).to_pylist()
            told = zip(rows["version"].to_pylist(), content_digests(rows), fetched, strict=True)
            for id_, (version, content, at) in zip(ids, told, strict=True):
                yield from _article_problem(db, path, id_, (place, version, content), ledgers, at)
            yield from _mark_problems(db, path, rows)
    if ledgers:
        yield f"{path}: has the ledger of {min(ledgers)}, but no such article"


def _article_problem(
    db: sqlite3.Connection,
    path: Path,
    id_: str,
    told: tuple[int, str, bytes],
    ledgers: dict[str, bytes] | None,
    fetched: int,
) -> Iterator[str]:
    row = db.execute(
        "SELECT a.place, a.version, a.content, a.ledger, a.fetched, p.number, c.number, i.number, r.number"
        " FROM articles a"
        " LEFT JOIN pipelines p ON p.number = a.pipeline LEFT JOIN commits c ON c.number = a.written"
        " LEFT JOIN inputs i ON i.number = a.source LEFT JOIN runs r ON r.number = a.seen WHERE id=?",
        (id_,),
    ).fetchone()
    ledger = b"" if ledgers is None else ledgers.pop(id_, b"")
    if row is None or row[0] != told[0]:
        yield f"{path}: {id_} should not be in this file"
        return
    if row[1:3] != told[1:]:
        yield f"{path}: the article {id_} is not the one that the state knows"
    if ledgers is not None and row[3] != ledger:
        yield f"{path}: the ledger of {id_} is not the one that the state knows"
    if row[4] < fetched:
        yield f"state: {id_} was fetched later than the state records"
    if None in row[5:]:
        yield f"state: {id_} refers to a pipeline, a commit, an input or a run that does not exist"


def _mark_problems(db: sqlite3.Connection, path: Path, rows: pa.Table) -> Iterator[str]:
    """Yield rows whose near-duplicate columns differ from what the state records for them."""
    if "cluster" not in rows.column_names or not db.execute("SELECT scheme FROM near_scheme").fetchone()[0]:
        return
    marks = zip(*(rows[name].to_pylist() for name in ("id", "duplicate_of", "cluster")), strict=True)
    for id_, *says in marks:
        known = db.execute("SELECT shown FROM near WHERE id=?", (id_,)).fetchone() or (None,)
        original, cluster = (known[0] or None, known[0] if known[0] != "" else id_)
        if says != [original, cluster]:
            yield f"{path}: `duplicate_of` or `cluster` of {id_} differs from the state"


def _count_problems(db: sqlite3.Connection, files: list[LiveFile]) -> Iterator[str]:
    """Compare the number of articles with the state. With `_row_problems`, each article is then there once."""
    known = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    found = sum(file.rows for file in files if file.tree == "articles")
    if known != found:
        yield f"articles/: {found} rows, but the state knows {known} articles"


def _book_problems(db: sqlite3.Connection, snapshot: Path, files: list[LiveFile]) -> Iterator[str]:
    """Compare the counts of every finished run with its rows in `runs/` and `rejects/`."""
    rejected = _counts(snapshot, files, "rejects")
    reported = _counts(snapshot, files, "runs")
    for run_id, text in db.execute(
        "SELECT run_id, books FROM runs WHERE finished IS NOT NULL ORDER BY number"
    ):
        books = json.loads(text)
        if books["seen"] != sum(books[name] for name in ("written", "unchanged", "duplicate", "rejected")):
            yield f"run {run_id}: its counts don't balance: {books}"
        if reported.get(run_id, 0) != 1:
            yield f"run {run_id}: {reported.get(run_id, 0)} rows in runs/, expected 1"
        left = books["rejected"] - books.get(
            "replayed", 0
        )  # these are in the counts of the run that replayed them
        if rejected.get(run_id, 0) != left:
            yield f"run {run_id}: {rejected.get(run_id, 0)} rows in rejects/, expected {left}"


def _counts(snapshot: Path, files: list[LiveFile], tree: str) -> dict[str, int]:
    """Count the rows of `runs/` or `rejects/` by run."""
    paths = [snapshot / file.tree / file.name for file in files if file.tree == tree]
    columns = [read_table(path, ["run_id"])["run_id"] for path in paths]
    if not columns:
        return {}
    counted = pc.value_counts(
        pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    )
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}


def _older(layout: Layout, current: int, found: Findings, checked: set[tuple[int, int]]) -> Iterator[str]:
    """Yield problems of replaced files that are still readable. Their names contain a hash of their content."""
    for number in snapshots(layout):
        folder = layout.snapshot(number)
        if number == current:
            continue
        try:
            yield from _named_wrong(folder, found, checked)
        except FileNotFoundError:
            if is_folder(folder):  # otherwise it expired: a writer beside us removed it
                raise


def _named_wrong(folder: Path, found: Findings, checked: set[tuple[int, int]]) -> Iterator[str]:
    names: dict[str, list[Path]] = defaultdict(list)
    for tree, schema in TREES.items():
        for name in names_in(folder / tree):
            path = folder / tree / name
            if name == EMPTY:
                if problem := _empty_problem(path, schema):
                    yield problem
                continue
            if not FILE_NAME.fullmatch(name) or not is_file(path):
                yield f"{path}: does not belong to the dataset"
                continue
            names[name if tree in ("articles", "ledger") else f"{tree}/{name}"].append(path)
    for paths in names.values():
        there = [each for each in map(status, paths) if each is not None]
        inodes = {(each.st_dev, each.st_ino) for each in there}
        if inodes <= checked:
            continue
        checked |= inodes
        found.files += len(paths)
        found.size += sum(each.st_size for each in there)
        if paths[0].stem.rpartition("-")[2] != name_hash(sha256_of(path) for path in paths):
            yield f"{' or '.join(map(str, paths))}: bytes changed since they were written"


def _document_problems(
    layout: Layout, db: sqlite3.Connection, files: list[LiveFile], found: Findings
) -> Iterator[str]:
    """Yield raw documents that are not where the state records them, or not of the live version."""
    there = 0
    for file in files:
        path = layout.pool / file.tree / file.name
        problem = _file_problem(path, file, found, set())
        if problem and _is_live(layout, file):  # otherwise a writer beside us has combined files
            yield problem
        if problem:
            there += db.execute("SELECT count(*) FROM articles WHERE document=?", (file.place,)).fetchone()[0]
            continue
        rows = read_table(path, ["id", "version"]).to_pydict()
        for id_, version in zip(rows["id"], rows["version"], strict=True):
            row = db.execute("SELECT document, version FROM articles WHERE id=?", (id_,)).fetchone()
            if row is not None and row[0] == file.place:
                there += 1
                if row[1] != version:
                    yield f"{path}: the raw document of {id_} is not that of its live version"
    known = db.execute("SELECT count(*) FROM articles WHERE document>=0").fetchone()[0]
    if known != there:
        yield f"{layout.pool / 'documents'}: {there} raw documents of live articles, but the state knows {known}"


def _is_live(layout: Layout, file: LiveFile) -> bool:
    with closing(connect(layout)) as db:
        now = db.execute("SELECT 1 FROM files WHERE tree=? AND name=?", (file.tree, file.name)).fetchone()
    return now is not None


def _raw_problems(layout: Layout, db: sqlite3.Connection, found: Findings) -> Iterator[str]:
    """Yield raw bytes of rejects that are missing or don't match the hash in their name."""
    for name, size in db.execute("SELECT content_hash, size FROM rejects"):
        path = layout.raw_file(name)
        there = status(path)
        if there is None or not stat.S_ISREG(there.st_mode) or there.st_size != size:
            yield f"{path}: raw bytes of a reject are missing or cut off"
            continue
        found.files += 1
        found.size += size
        if not bears_its_name(name, read_bytes(path)):
            yield f"{path}: its bytes changed since they were written"
