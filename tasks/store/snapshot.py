"""The files that readers see: a folder of hard links for each commit, and one symlink to the latest.

OUT/articles and the other trees lead through that symlink, so that all trees change in the same instant. A
published tree holds complete Parquet files and folders and nothing else, because DuckDB and Polars also read
`_x.parquet` and `.x.parquet`. Files never change and no name is used twice for different content, because
both open a path more than once in one read.
"""

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyarrow as pa

from copydesk.schemas.article import ARTICLES
from copydesk.schemas.errors import ForeignEntryError, StorageError, UsageError
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.report import REJECTS, RUNS
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.files import ParquetFile, link
from copydesk.tasks.store.safe_paths import (
    FILE_NAME,
    HOME,
    RAW_NAME,
    checked_name,
    create_file,
    empty_folder,
    is_folder,
    make_folder,
    make_link,
    move,
    names_in,
    read_link,
    remove,
    replace,
    status,
    sync_folder,
)

TREES: Final[Mapping[str, pa.Schema]] = {
    "articles": ARTICLES,
    "ledger": LEDGER,
    "rejects": REJECTS,
    "runs": RUNS,
}
POOLED: Final = (*TREES, "documents")
NOTE: Final = "README.txt"
_NOTE: Final = """\
This folder is a dataset of copydesk. Read its tables one by one, not the folder as a whole:

    articles/   one row for each article
    ledger/     one row for each stretch of each document, kept or removed, with the reason
    rejects/    one row for each document that did not become an article
    runs/       one row for each run

For example: pandas.read_parquet("articles"). The columns are described by: copydesk schema
"""
"""The trees of the pool. Raw documents are not for readers: they are in no snapshot."""
EMPTY: Final = "empty.parquet"
"""Placed in a tree without rows: DuckDB and Polars fail on a folder without files."""
_OURS: Final = re.compile(f"{FILE_NAME.pattern}|{RAW_NAME.pattern}")
_NUMBER: Final = re.compile(r"[0-9]{8}")
_SNAPSHOT: Final = re.compile(r"snap/([0-9]{8})")
_OLD_LINK: Final = re.compile(r"\.copydesk/snap/\d{8}/(\w+)")
"""Text of a tree's link in older datasets, before one link served all trees. The next run that writes
replaces it."""


class Layout:
    """The paths inside an output folder."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.home = out / HOME
        self.pool = self.home / "files"
        self.snaps = self.home / "snap"
        self.current = self.home / "current"
        self.stage = self.home / "stage"
        self.work = self.stage / "commit"
        self.raw = self.home / "rejects"
        self.state = self.home / "state.db"
        self.lock = self.home / "lock"

    def snapshot(self, number: int) -> Path:
        """Return the folder of a snapshot."""
        return self.snaps / f"{number:08d}"

    def pooled(self, tree: str, name: str) -> Path:
        """Return the path of a pool file that the state names. Raise ForeignEntryError for a foreign name."""
        return self.pool / self._tree(tree) / checked_name(name, FILE_NAME, self.state)

    def shown(self, number: int, tree: str, name: str) -> Path:
        """Return the path of a snapshot's file that the state names."""
        return self.snapshot(number) / self._tree(tree) / checked_name(name, FILE_NAME, self.state)

    def raw_file(self, name: str) -> Path:
        """Return the path of a reject's raw bytes, by their hash."""
        return self.raw / checked_name(name, RAW_NAME, self.state)

    def _tree(self, tree: str) -> str:
        if tree not in POOLED:
            raise ForeignEntryError(
                f"{self.state}: names the tree {tree!r}; expected one of {', '.join(POOLED)}"
            )
        return tree


def published(layout: Layout) -> int:
    """Return the number of the snapshot that readers see; 0 while one of its links is missing.

    Raises UsageError for anything in their place that a store did not create.
    """
    shown = _read_link(layout.current)
    target = _SNAPSHOT.fullmatch(shown)
    if shown and not target:
        raise _foreign(layout.current, layout)
    complete = True
    for tree in TREES:
        text = _read_link(layout.out / tree)
        if text == _through_current(tree):
            continue
        complete = False
        old = _OLD_LINK.fullmatch(text)
        if text and (old is None or old[1] != tree):
            raise _foreign(layout.out / tree, layout)
    return int(target[1]) if target and complete else 0


def _read_link(path: Path) -> str:
    """Return the text of a symlink.

    "" if nothing is there, and a text that no link of ours has for other entries.
    """
    try:
        return read_link(path) or ""
    except ForeignEntryError:
        return "no link"


def _foreign(path: Path, layout: Layout) -> UsageError:
    return UsageError(f"{path} is not a link into {layout.snaps}; choose another folder, or move it away")


def _through_current(tree: str) -> str:
    return f".copydesk/current/{tree}"


def publish(layout: Layout, number: int, files: Iterable[tuple[str, str]]) -> None:
    """Show snapshot `number` to readers; it holds `files` (tree and name). Can be repeated."""
    if not is_folder(layout.snapshot(number)):
        _link_snapshot(layout, number, files)
    _point(layout, layout.current, f"snap/{number:08d}")
    sync_folder(layout.home)
    if published(layout) != number:
        for tree in sorted(TREES, reverse=True):  # articles last: if they are there, the others are too
            _point(layout, layout.out / tree, _through_current(tree))
        sync_folder(layout.out)
    _write_note(layout)
    point("published")


def _write_note(layout: Layout) -> None:
    """Put a note beside the trees. It says what to read, and keeps pandas and pyarrow from reading all trees as one table.

    They take every Parquet file below a folder, and end with an error that names the note. A file of that name which is
    there already stays.
    """
    if status(layout.out / NOTE) is None:
        draft = layout.stage / NOTE
        remove(draft)
        with create_file(draft) as file:
            file.write(_NOTE.encode())
            file.flush()
            os.fsync(file.fileno())
        replace(draft, layout.out / NOTE)


def _point(layout: Layout, link: Path, text: str) -> None:
    """Set the text of a symlink. It is relative to the link, so that the folder can be moved."""
    new = layout.stage / f"{link.name}.link"
    remove(new)
    make_link(new, text)
    point("symlink made")
    replace(new, link)
    point("symlink swapped")


def _link_snapshot(layout: Layout, number: int, files: Iterable[tuple[str, str]]) -> None:
    draft = layout.stage / f"snap-{number:08d}"
    remove(draft)
    make_folder(draft)
    names: dict[str, list[str]] = {tree: [] for tree in TREES}
    for tree, name in files:
        if tree in TREES:
            names[tree].append(name)
    for tree, schema in TREES.items():
        make_folder(draft / tree)
        for name in names[tree]:
            link(layout.pooled(tree, name), draft / tree / name)
            point("file linked")
        if not names[tree]:
            with ParquetFile(draft / tree / EMPTY, schema) as file:
                file.close()
        sync_folder(draft / tree)
    sync_folder(draft)
    point("snapshot linked")
    move(draft, layout.snapshot(number))
    point("snapshot renamed")
    sync_folder(layout.snaps)


def snapshots(layout: Layout) -> list[int]:
    """Return the numbers of the existing snapshots, oldest first."""
    return [int(name) for name in names_in(layout.snaps) if _NUMBER.fullmatch(name)]


def expire(layout: Layout, times: Mapping[int, float], keep: set[int], seconds: float, least: int) -> None:
    """Remove snapshots that were replaced more than `seconds` ago, but none of the newest `least`.

    The time counts from the moment at which a snapshot was replaced: a reader who resolved the path before
    has that long to read it. A snapshot is removed by one rename, so that nobody can list half of it.
    """
    have = snapshots(layout)
    numbers = sorted(times)
    replaced = {old: times[new] for old, new in pairwise(numbers)}
    limit = time.time() - seconds
    for number in have[: -least or None]:
        if number in keep or replaced.get(number, limit) >= limit:
            continue
        trash = layout.stage / f"expired-{number:08d}"
        move(layout.snapshot(number), trash)
        point("snapshot expired")
        remove(trash)
    sync_folder(layout.snaps)


def shown_number(layout: Layout) -> int:
    """Return the number in the link to the current snapshot, whether or not that exists; 0 without a link."""
    said = _SNAPSHOT.fullmatch(_read_link(layout.current))
    return int(said[1]) if said else 0


def recover(layout: Layout, number: int, files: Sequence[tuple[str, str]], raws: set[str]) -> None:
    """Bring the folder in line with the state: a commit is published, or it leaves no trace.

    Call `preflight.check_belongs` first: only if the state knows these files, files unknown to it are
    leftovers of an unfinished commit. Files with names that copydesk does not give are kept.
    """
    empty_folder(layout.stage)
    point("stage emptied")
    for tree in POOLED:
        journalled = {name for of, name in files if of == tree}
        left = set(names_in(layout.pool / tree)) - journalled
        remove_files(layout.pool / tree, filter(FILE_NAME.fullmatch, left))
    left = set(names_in(layout.raw)) - raws
    remove_files(layout.raw, filter(RAW_NAME.fullmatch, left))
    if number and is_folder(layout.snapshot(number)):
        _complete(layout, number, files)
    if number and (published(layout) != number or not is_folder(layout.snapshot(number))):
        publish(layout, number, files)
    point("recovered")


def _complete(layout: Layout, number: int, files: Sequence[tuple[str, str]]) -> None:
    """Restore files that were removed from the current snapshot."""
    for tree in TREES:
        folder = layout.snapshot(number) / tree
        make_folder(folder)
        lost = {name for of, name in files if of == tree} - set(names_in(folder))
        for name in sorted(lost):
            link(layout.pooled(tree, name), layout.shown(number, tree, name))
        if lost:
            sync_folder(folder)


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove our files from a folder. Raise ForeignEntryError for a foreign name."""
    for name in sorted(names):
        checked_name(name, _OURS, folder)
        remove(folder / name)
        point("file removed")


def resolve(out: Path) -> Path:
    """Return the current snapshot's folder, which contains `articles`, `ledger`, `rejects` and `runs`.

    Use it for long reads: it stays unchanged for 24 hours after it is replaced, while a path through
    OUT/articles may lead to another snapshot halfway. Raises UsageError without a dataset, StorageError if
    the snapshot is gone.
    """
    number = published(Layout(out))
    if not number:
        raise UsageError(f"{out}: no dataset here; `copydesk ingest` creates one")
    folder = Layout(out.resolve()).snapshot(number)
    if not is_folder(folder):
        raise StorageError(f"{folder}: the current snapshot is missing; `copydesk repair {out}` restores it")
    return folder
