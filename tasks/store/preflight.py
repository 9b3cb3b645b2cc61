"""Check a folder before its store is opened: is it a dataset, is it writable, is there enough space?"""

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
"""Errors of creating a folder where none is possible: below a file, in /proc, under an overlong name."""

_PRIVATE_SINCE: Final = 8
"""State version from which raw documents, raw rejects and the state are readable by their owner only."""
_NOT_OURS: Final = ("no such table", "no such column")


def check_ours(layout: Layout) -> None:
    """Raise UsageError unless the folder is missing, empty, or a dataset. Touches nothing."""
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
    """Raise ForeignEntryError for a link, a pipe or a device in place of a folder or a file of the dataset.

    A file that is written in place must have no second name, because writing would change the other name's
    content.
    """
    for problem in entry_problems(layout):
        raise ForeignEntryError(problem)
    for path in (layout.lock, *state_files(layout)):
        found = status(path)
        if found is not None and found.st_nlink > 1:
            raise ForeignEntryError(
                f"{path}: has a second name (a hard link), and writing would change that file as well; replace it by a copy"
            )


def entry_problems(layout: Layout) -> Iterator[str]:
    """Yield a message for every entry that takes the place of a folder or state file and is neither."""
    folders = (layout.home, layout.pool, *(layout.pool / tree for tree in POOLED))
    wanted = dict.fromkeys((*folders, layout.snaps, layout.stage, layout.raw), True)
    wanted |= dict.fromkeys((layout.lock, *state_files(layout)), False)
    for path, is_dir in wanted.items():
        try:
            found = status(path)
        except ForeignEntryError:
            continue  # below an entry that is already reported
        if found is not None and not (stat.S_ISDIR if is_dir else stat.S_ISREG)(found.st_mode):
            kind = kind_of(found.st_mode)
            yield f"{path}: found {kind}, expected a {'folder' if is_dir else 'file'}; copydesk does not create such an entry"


def state_files(layout: Layout) -> list[Path]:
    """Return the paths of the state and of the files that SQLite keeps beside it."""
    return [layout.state.with_name(layout.state.name + end) for end in ("", "-wal", "-shm", "-journal")]


def check_state(layout: Layout) -> None:
    """Raise StateError if there are files of a dataset but no state that could know them. Touches nothing."""
    found = status(layout.state)
    if (found is None or found.st_size == 0) and holds_files(layout):
        what = "missing" if found is None else "empty"
        raise StateError(f"{layout.state}: {what}, but {layout.out} holds a dataset; {remedy(layout)}")


def holds_files(layout: Layout) -> bool:
    """Return whether anything exists that a state should know."""
    folders = [*(layout.pool / tree for tree in POOLED), layout.snaps, layout.raw]
    return shown_number(layout) > 0 or any(is_folder(folder) and names_in(folder) for folder in folders)


def check_belongs(layout: Layout, number: int, files: Iterable[tuple[str, str]]) -> None:
    """Raise StateError unless the state knows the files.

    It doesn't if it is from a backup or another dataset.
    """
    newest = max([*snapshots(layout), shown_number(layout)], default=0)
    if newest > number:
        raise StateError(
            f"{layout.state}: its last commit is {number}, but there is a snapshot {newest}: "
            f"the state is older than the files, or belongs to another dataset; {remedy(layout)}"
        )
    for tree, name in files:
        path = layout.pooled(tree, name)
        if not is_file(path):
            raise StateError(
                f"{path}: missing, though the state knows it: the file was removed, or the state belongs to another "
                f"dataset; {remedy(layout)}"
            )


def remedy(layout: Layout) -> str:
    """Return what to do about a missing or wrong state."""
    return (
        f"nothing was changed. `copydesk repair {layout.out}` rebuilds the state from the files; "
        "or restore the state that belongs to them"
    )


def make_home(layout: Layout) -> None:
    """Create the dataset's folder and the folder of the lock.

    Raise CannotWriteError where no folder is possible.
    """
    if not os.path.exists(layout.home):
        try:
            layout.out.mkdir(parents=True, exist_ok=True)
            make_folder(layout.home, PASSABLE)
        except OSError as error:
            if error.errno not in _NO_PLACE:
                raise
            raise CannotWriteError(
                f"{layout.out}: cannot create a folder here ({error.strerror}); choose another output folder"
            ) from error
        sync_folder(layout.out)
        sync_folder(layout.out.parent)


def make_folders(layout: Layout) -> None:
    """Create the missing folders of the layout. Only the snapshots are readable by other users."""
    for folder in (layout.pool, layout.stage, layout.raw):
        make_folder(folder, PRIVATE)
    for folder in (*(layout.pool / tree for tree in POOLED), layout.snaps):
        make_folder(folder)
    sync_folder(layout.pool)
    sync_folder(layout.home)


def open_state(layout: Layout, settings: Settings) -> State:
    """Check everything, create missing folders, and open the state for writing."""
    check_space(layout, settings)
    check_state(layout)
    make_folders(layout)
    state = State(layout.state)
    if 0 < state.was_version < _PRIVATE_SINCE:
        make_private(layout)
    sync_folder(layout.home)
    return state


def make_private(layout: Layout) -> None:
    """Remove permissions that an older copydesk gave to other users.

    Done once, so that the owner can restore them.
    """
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
    """Raise StorageError if there is less free disk space than a run needs at its start."""
    free = shutil.disk_usage(layout.home).free
    if free < settings.min_free_bytes:
        raise StorageError(
            f"{layout.out}: {free:,} bytes free, but a run needs {settings.min_free_bytes:,} to start; free some space"
        )


@contextmanager
def state_errors(layout: Layout) -> Iterator[None]:
    """Turn errors of files and of the state into errors that say what to do."""
    try:
        with storage_errors(layout.out):
            yield
    except sqlite3.OperationalError as error:
        if str(error).startswith(_NOT_OURS):
            raise StateError(f"{layout.state}: {error}; {remedy(layout)}") from error
        raise StorageError(f"{layout.state}: {error}; the last commit is intact") from error
    except StateError as error:
        told = str(error)
        raise StateError(told if "copydesk repair" in told else f"{told}; {remedy(layout)}") from error
    except sqlite3.Error as error:
        raise StateError(f"{layout.state}: {error}; {remedy(layout)}") from error


def connect(layout: Layout) -> sqlite3.Connection:
    """Open the state for reading, even if the folder is not writable."""
    for problem in entry_problems(layout):
        raise ForeignEntryError(problem)
    check_state(layout)
    if not is_file(layout.state):
        raise UsageError(f"{layout.out}: no dataset here; `copydesk ingest` creates one")
    if not os.access(layout.state, os.R_OK):
        raise StorageError(f"{layout.state}: only its owner may read it; ask the owner, or run as that user")
    quiet = status(layout.state.with_name("state.db-wal")) is None
    mode = "immutable=1" if quiet and not os.access(layout.home, os.W_OK) else "mode=ro"
    return sqlite3.connect(f"{layout.state.as_uri()}?{mode}", uri=True, timeout=10.0, isolation_level=None)
