"""Before a store is opened: is the folder ours, can it be written, is there room?"""

import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from copydesk.schemas.errors import CannotWriteError, ForeignEntryError, StateError, StorageError, UsageError
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.files import storage_errors
from copydesk.tasks.store.safe_paths import (
    PASSABLE,
    PRIVATE,
    is_file,
    is_folder,
    kind_of,
    make_folder,
    names_in,
    set_mode,
    status,
    sync_folder,
)
from copydesk.tasks.store.snapshot import POOLED, Layout, published, shown_number, snapshots
from copydesk.tasks.store.state import State

_NO_PLACE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
"""What making a folder fails with where there can be none: below a file, in /proc, under an endless name."""

_PRIVATE_SINCE: Final = 8
"""Version of the state from which on raw documents, raw rejects and the state are for their owner only."""
_NOT_OURS: Final = ("no such table", "no such column")


def check_ours(layout: Layout) -> None:
    """UsageError unless the folder is missing, empty, or a dataset of ours. Touches nothing."""
    out = layout.out
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is not a folder")
    if os.path.lexists(layout.home):
        if not is_folder(layout.home):
            raise UsageError(f"{layout.home} is not a folder of a dataset; choose another output folder")
    elif os.listdir(out):
        raise UsageError(f"{out} holds files that are not a dataset; choose a new or an empty folder")
    published(layout)


def check_entries(layout: Layout) -> None:
    """ForeignEntryError for a link, a pipe or a device where a folder or a file of the dataset should be.

    A file that is written in place must have no second name: writing would change what has the other one.
    """
    for problem in entry_problems(layout):
        raise ForeignEntryError(problem)
    for path in (layout.lock, *state_files(layout)):
        found = status(path)
        if found is not None and found.st_nlink > 1:
            raise ForeignEntryError(
                f"{path}: has a second name (a hard link), and writing would change that file as well; "
                "put a copy in its place"
            )


def entry_problems(layout: Layout) -> Iterator[str]:
    """What stands in the place of the dataset's folders and of the files of its state, and is neither."""
    folders = (layout.home, layout.pool, *(layout.pool / tree for tree in POOLED))
    wanted = dict.fromkeys((*folders, layout.snaps, layout.stage, layout.raw), True)
    wanted |= dict.fromkeys((layout.lock, *state_files(layout)), False)
    for path, is_dir in wanted.items():
        try:
            found = status(path)
        except ForeignEntryError:
            continue  # below an entry that was named
        if found is not None and not (stat.S_ISDIR if is_dir else stat.S_ISREG)(found.st_mode):
            kind = kind_of(found.st_mode)
            yield f"{path}: found {kind}, expected a {'folder' if is_dir else 'file'}; copydesk puts none there"


def state_files(layout: Layout) -> list[Path]:
    """The state, and what SQLite keeps beside it."""
    return [layout.state.with_name(layout.state.name + end) for end in ("", "-wal", "-shm", "-journal")]


def check_state(layout: Layout) -> None:
    """StateError when there are files of a dataset, and no state that could know them. Touches nothing."""
    found = status(layout.state)
    if (found is None or found.st_size == 0) and holds_files(layout):
        what = "missing" if found is None else "empty"
        raise StateError(f"{layout.state}: {what}, but {layout.out} holds a dataset; {remedy(layout)}")


def holds_files(layout: Layout) -> bool:
    """Whether there is anything that a state should know of."""
    folders = [*(layout.pool / tree for tree in POOLED), layout.snaps, layout.raw]
    return shown_number(layout) > 0 or any(is_folder(folder) and names_in(folder) for folder in folders)


def check_belongs(layout: Layout, number: int, files: Iterable[tuple[str, str]]) -> None:
    """StateError unless the state knows the files: one of another dataset does not, nor one from a backup."""
    newest = max([*snapshots(layout), shown_number(layout)], default=0)
    if newest > number:
        raise StateError(
            f"{layout.state}: its last commit is {number}, but there is a snapshot {newest}: "
            f"it is older than the files, or that of another dataset; {remedy(layout)}"
        )
    for tree, name in files:
        path = layout.pooled(tree, name)
        if not is_file(path):
            raise StateError(
                f"{path}: missing, though the state knows it: the file was removed, or the state is that of another "
                f"dataset; {remedy(layout)}"
            )


def remedy(layout: Layout) -> str:
    """What to do about a state that is none."""
    return (
        f"nothing was changed. `copydesk repair {layout.out}` rebuilds the state from the files; "
        "or put back the one that belongs to them"
    )


def make_home(layout: Layout) -> None:
    """Make the folder, and in it the one that the lock lies in. CannotWriteError where there can be none."""
    if not os.path.exists(layout.home):
        try:
            layout.out.mkdir(parents=True, exist_ok=True)
            make_folder(layout.home, PASSABLE)
        except OSError as error:
            if error.errno not in _NO_PLACE:
                raise
            raise CannotWriteError(
                f"{layout.out}: no folder can be made here ({error.strerror}); choose another output folder"
            ) from error
        sync_folder(layout.out)
        sync_folder(layout.out.parent)


def make_folders(layout: Layout) -> None:
    """Make what is missing of the layout. Only the snapshots are for other users than the owner."""
    for folder in (layout.pool, layout.stage, layout.raw):
        make_folder(folder, PRIVATE)
    for folder in (*(layout.pool / tree for tree in POOLED), layout.snaps):
        make_folder(folder)
    sync_folder(layout.pool)
    sync_folder(layout.home)


def open_state(layout: Layout, settings: Settings) -> State:
    """Open the state for writing, and make what is missing of the layout, when nothing speaks against it."""
    check_space(layout, settings)
    check_state(layout)
    make_folders(layout)
    state = State(layout.state)
    if 0 < state.was_version < _PRIVATE_SINCE:
        make_private(layout)
    sync_folder(layout.home)
    return state


def make_private(layout: Layout) -> None:
    """Take away from others what an older copydesk let them read; once, so that the owner can give it back."""
    set_mode(layout.home, PASSABLE)
    for folder in (layout.pool, layout.stage, layout.raw):
        set_mode(folder, PRIVATE)
    for path in [layout.lock, *state_files(layout)]:
        if is_file(path):
            set_mode(path, 0o600)
    for folder in (layout.raw, layout.pool / "documents"):
        for name in names_in(folder):
            if is_file(folder / name):
                set_mode(folder / name, 0o600)


def check_space(layout: Layout, settings: Settings) -> None:
    """StorageError when there is less free disk space than a run should begin with."""
    free = shutil.disk_usage(layout.home).free
    if free < settings.min_free_bytes:
        raise StorageError(
            f"{layout.out}: {free:,} bytes free, {settings.min_free_bytes:,} wanted to begin; make room"
        )


@contextmanager
def state_errors(layout: Layout) -> Iterator[None]:
    """Turn errors of files and of the state into ones that say what to do."""
    try:
        with storage_errors(layout.out):
            yield
    except sqlite3.OperationalError as error:
        if str(error).startswith(_NOT_OURS):
            raise StateError(f"{layout.state}: {error}; {remedy(layout)}") from error
        raise StorageError(f"{layout.state}: {error}; the last commit still stands") from error
    except StateError as error:
        told = str(error)
        raise StateError(told if "copydesk repair" in told else f"{told}; {remedy(layout)}") from error
    except sqlite3.Error as error:
        raise StateError(f"{layout.state}: {error}; {remedy(layout)}") from error


def connect(layout: Layout) -> sqlite3.Connection:
    """Open the state for reading, also where the folder can't be written."""
    for problem in entry_problems(layout):
        raise ForeignEntryError(problem)
    check_state(layout)
    if not is_file(layout.state):
        raise UsageError(f"{layout.out}: no dataset here; `copydesk ingest` makes one")
    if not os.access(layout.state, os.R_OK):
        raise StorageError(f"{layout.state}: readable by its owner only; ask them, or run as they do")
    quiet = status(layout.state.with_name("state.db-wal")) is None
    mode = "immutable=1" if quiet and not os.access(layout.home, os.W_OK) else "mode=ro"
    return sqlite3.connect(f"{layout.state.as_uri()}?{mode}", uri=True, timeout=10.0, isolation_level=None)
