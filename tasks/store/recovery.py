"""Rebuild the state of a dataset from its Parquet files.

Only the state knows which files belong to the dataset. If it is lost, damaged or that of another dataset,
nothing more is written (`preflight.check_belongs`). The files allow a rebuild of: articles, their versions,
sources and raw documents, ledgers, rejects, the counts of finished runs, and replaced versions whose
snapshots are kept. Published files are not touched and nothing is deleted: the former state, and files that
no snapshot holds, are moved aside. A repair that is killed can be started again.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from copydesk.schemas.errors import ForeignEntryError, StateError, StorageError, UsageError
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.files import link, sha256_of
from copydesk.tasks.store.lock import FolderLock
from copydesk.tasks.store.merge import ARTICLE_SHELF, DOCUMENT_SHELF, REJECTED_SHELF, name_hash
from copydesk.tasks.store.preflight import (
    check_entries,
    check_ours,
    holds_files,
    make_folders,
    state_errors,
    state_files,
)
from copydesk.tasks.store.rebuild import Found, Rebuilt, rebuild
from copydesk.tasks.store.safe_paths import (
    FILE_NAME,
    PRIVATE,
    empty_folder,
    is_file,
    is_folder,
    make_folder,
    move,
    names_in,
    parquet,
    status,
    sync_folder,
)
from copydesk.tasks.store.snapshot import EMPTY, POOLED, TREES, Layout, shown_number, snapshots
from copydesk.tasks.store.state_tables import LiveFile
from copydesk.tasks.store.verify import examine

_SETTINGS: Final = replace(Settings(), min_free_bytes=0, retention_seconds=math.inf)
"""With these settings, opening a dataset removes no snapshot."""
_NO_MATTER: Final = "does not belong to the dataset"


class Repaired(NamedTuple):
    """What a repair found and did."""

    why: str
    """The first problem; empty for an intact dataset."""
    rebuilt: Rebuilt | None
    aside: Path | None
    """Folder with the former state and the files that belong to no snapshot."""
    problems: list[str]
    """Problems that remain, because no state can fix them."""


def repair(out: Path) -> Repaired:
    """Rebuild the state of the dataset in `out`, unless it is intact.

    Raises UsageError (no dataset, or one of a newer copydesk), StorageError naming a file that is itself
    damaged, ForeignEntryError, LockedError. On any error, the former state is in place.
    """
    layout = Layout(out.absolute())
    with state_errors(layout):
        check_ours(layout)
        if not is_folder(layout.home) or not (holds_files(layout) or is_file(layout.state)):
            raise UsageError(f"{out}: no dataset here; `copydesk ingest` creates one")
        check_entries(layout)
        why, problems = _wrong_with(out)
        if not why:
            return Repaired("", None, None, problems)
        with FolderLock(layout.lock):
            done, aside = _rebuild(layout)
    Store.open(out, _SETTINGS, "").close()
    return Repaired(why, done, aside, examine(out).problems)


def _wrong_with(out: Path) -> tuple[str, list[str]]:
    """Return the first problem that a new state can fix, or "", and the list of all problems."""
    try:
        Store.open(out, _SETTINGS, "").close()  # finishes what a killed run left incomplete
        problems = examine(out).problems
    except (StateError, ForeignEntryError) as error:
        return str(error), []
    mendable = [problem for problem in problems if not problem.endswith(_NO_MATTER)]
    return (mendable[0] if mendable else ""), problems


def _rebuild(layout: Layout) -> tuple[Rebuilt, Path]:
    make_folders(layout)
    empty_folder(layout.stage)
    found = _find(layout)
    for file in found.files:
        pooled = layout.pooled(file.tree, file.name)
        if not is_file(pooled):
            link(found.path(file), pooled)
            point("file back in pool")
    for tree in POOLED:
        sync_folder(layout.pool / tree)
    new = layout.stage / layout.state.name
    done = rebuild(layout, found, new)
    point("state rebuilt")
    aside = _aside(layout)
    for path in state_files(layout):
        if status(path) is not None:
            move(path, aside / path.name)
            point("state aside")
    for tree in POOLED:
        live = {file.name for file in found.files if file.tree == tree}
        for name in names_in(layout.pool / tree):
            if FILE_NAME.fullmatch(name) and name not in live:
                move(layout.pool / tree / name, aside / f"{tree}-{name}")
                point("file aside")
    for name in done.damaged_raws:
        move(layout.raw / name, aside / name)
    sync_folder(aside)
    move(new, layout.state)
    point("state in place")
    sync_folder(layout.home)
    return done, aside


def _aside(layout: Layout) -> Path:
    """Create a new folder beside the state."""
    number = 1
    while status(folder := layout.home / f"before-repair-{number}") is not None:
        number += 1
    make_folder(folder, PRIVATE)
    return folder


def _find(layout: Layout) -> Found:
    """Return the files of the dataset: those of the newest snapshot, or of the pool if that snapshot is gone."""
    kept, shown = snapshots(layout), shown_number(layout)
    if kept and kept[-1] >= shown:
        number, folder = kept[-1], layout.snapshot(kept[-1])
    else:
        number, folder = shown + 1, layout.pool
    files: list[LiveFile] = []
    for tree in POOLED:
        where = (folder if tree in TREES else layout.pool) / tree
        names = [name for name in names_in(where) if name != EMPTY and FILE_NAME.fullmatch(name)]
        files += [_live(where / name, tree, number) for name in names]
    found = Found(layout, number, folder, files)
    for problem in _wrong(found):
        raise StorageError(f"{problem}; nothing was changed")
    return found


def _live(path: Path, tree: str, number: int) -> LiveFile:
    """Return the state's entry for a file."""
    rejected = tree == "ledger" and path.name.startswith(REJECTED_SHELF.prefix)
    shelf = REJECTED_SHELF.name if rejected else ARTICLE_SHELF.name if tree in ARTICLE_SHELF.trees else tree
    place = int(path.name.removeprefix(REJECTED_SHELF.prefix).partition("-")[0])
    size = (status(path) or path.stat()).st_size
    sha256 = sha256_of(path)
    try:
        with parquet(path) as file:
            rows = file.metadata.num_rows
    except StorageError:
        rows = 0  # its hash is wrong as well
    return LiveFile(shelf, tree, place, path.name, rows, size, sha256, number, "settled")


def _wrong(found: Found) -> Iterator[str]:
    """Yield the reasons why no state can be built from these files.

    Their names contain a hash of their content.
    """
    by_place: dict[tuple[str, int], dict[str, LiveFile]] = {}
    for file in found.files:
        there = by_place.setdefault((file.shelf, file.place), {})
        if file.tree in there:
            yield f"{found.path(file)}: has the same number as {there[file.tree].name}; one of them was replaced"
        there[file.tree] = file
    shelves = {shelf.name: shelf.trees for shelf in (ARTICLE_SHELF, REJECTED_SHELF, DOCUMENT_SHELF)}
    for (shelf, _), there in by_place.items():
        one = next(iter(there.values()))
        trees = shelves.get(shelf, (shelf,))
        if lost := [tree for tree in trees if tree not in there]:
            yield f"{found.path(one)}: the file of the same name in {lost[0]}/ is missing; restore it from a backup"
        hashes = [there[tree].sha256 for tree in trees if tree in there]
        if one.name.removesuffix(".parquet").rpartition("-")[2] != name_hash(hashes):
            names = " or ".join(str(found.path(file)) for file in there.values())
            yield f"{names}: bytes changed since they were written; restore it from a backup"
