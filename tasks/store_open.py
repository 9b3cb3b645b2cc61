"""Before a store is opened: is the folder ours, can it be written, is there room?"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from schemas.errors import CannotWriteError, StorageError, UsageError
from schemas.settings import Settings
from tasks.store_files import storage_errors, sync_folder
from tasks.store_snapshot import POOLED, Layout, published

_NO_PLACE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
"""What making a folder fails with where there can be none: below a file, in /proc, under an endless name."""


def check_ours(layout: Layout) -> None:
    """UsageError unless the folder is missing, empty, or a dataset of ours. Touches nothing."""
    out = layout.out
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is not a folder")
    if os.path.lexists(layout.home):
        if layout.home.is_symlink() or not layout.home.is_dir():
            raise UsageError(f"{layout.home} is not a folder of a dataset; choose another output folder")
    elif os.listdir(out):
        raise UsageError(f"{out} holds files that are not a dataset; choose a new or an empty folder")
    published(layout)


def make_home(layout: Layout) -> None:
    """Make the folder, and in it the one that the lock lies in. CannotWriteError where there can be none."""
    if not os.path.exists(layout.home):
        try:
            layout.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in _NO_PLACE:
                raise
            raise CannotWriteError(
                f"{layout.out}: no folder can be made here ({error.strerror}); choose another output folder"
            ) from error
        sync_folder(layout.out)
        sync_folder(layout.out.parent)


def make_folders(layout: Layout) -> None:
    """Make what is missing of the layout."""
    for folder in (*(layout.pool / tree for tree in POOLED), layout.snaps, layout.stage, layout.raw):
        folder.mkdir(parents=True, exist_ok=True)
    sync_folder(layout.pool)
    sync_folder(layout.home)


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
    except sqlite3.Error as error:
        raise StorageError(f"{layout.state}: {error}; the last commit still stands") from error


def connect(layout: Layout) -> sqlite3.Connection:
    """Open the state for reading, also where the folder can't be written."""
    if not layout.state.is_file():
        raise UsageError(f"{layout.out}: no dataset here; `copydesk ingest` makes one")
    quiet = not layout.state.with_name("state.db-wal").exists()
    mode = "immutable=1" if quiet and not os.access(layout.home, os.W_OK) else "mode=ro"
    return sqlite3.connect(f"{layout.state.as_uri()}?{mode}", uri=True, timeout=10.0, isolation_level=None)
