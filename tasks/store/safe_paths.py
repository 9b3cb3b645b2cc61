"""Open, list, move and remove entries of a dataset, and nothing outside it.

A dataset may come from somebody else. Any entry below its `.copydesk` may then be a symbolic link, a pipe or
a device, and its state may name files by paths that lead elsewhere. So every path below `.copydesk` is walked
from there, folder by folder, and no link is followed. The last step is relative to the descriptor of the
checked folder. Only regular files are opened, and without blocking. Names from the state or a Parquet row
must look like names that copydesk gives.

The folder of the dataset itself is the user's choice: a link to it is followed. SQLite opens files by name
only, so `preflight.check_entries` checks them first.
"""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.schemas.errors import ForeignEntryError, StorageError

HOME: Final = ".copydesk"
FILE_NAME: Final = re.compile(r"(?:rejected-)?[0-9]{8,10}-[0-9a-f]{16}\.parquet")
"""A file of the pool: its number, and a hash of its content."""
RAW_NAME: Final = re.compile(r"[0-9a-f]{16,128}")
"""The raw bytes of a reject: their hash."""
PRIVATE: Final = 0o700
"""For folders with raw documents, raw rejects, and what is not published yet."""
PASSABLE: Final = 0o711
"""For `.copydesk`: readers of the published files can pass through it; only the owner can list it."""
_FLAGS: Final = os.O_DIRECTORY | os.O_CLOEXEC
_WALK: Final = getattr(os, "O_PATH", os.O_RDONLY) | _FLAGS
"""Anybody may pass through `.copydesk`, but only its owner may list it. O_PATH needs no right to list."""
_WHOSE: Final = "copydesk never creates such an entry in a dataset: move it away, or use another dataset"


@contextmanager
def at(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the descriptor of a path's folder, and its name there.

    Raise ForeignEntryError for a link on the way.
    """
    folder = _open_folder(path.parent, _WALK)
    try:
        yield folder, path.name
    except OSError as error:
        if error.filename is not None:
            error.filename = str(path)
        raise
    finally:
        os.close(folder)


def _open_folder(path: Path, flags: int) -> int:
    """Open a folder; below `.copydesk`, don't follow links."""
    parts = path.parts
    if HOME not in parts:
        return os.open(path, flags)
    start = len(parts) - 1 - parts[::-1].index(HOME)
    here = Path(*parts[:start])
    handle = os.open(here, _WALK)
    for number, name in enumerate(parts[start:], start + 1):
        here = here / name
        outer = handle
        try:
            if name in ("", ".", ".."):
                raise ForeignEntryError(f"{path}: leads out of the dataset; {_WHOSE}")
            last = number == len(parts)
            handle = os.open(name, (flags if last else _WALK) | os.O_NOFOLLOW, dir_fd=outer)
        except OSError as error:
            error.filename = str(here)
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            found = kind_of(os.stat(name, dir_fd=outer, follow_symlinks=False).st_mode)
            raise ForeignEntryError(f"{here}: found {found}, expected a folder; {_WHOSE}") from error
        finally:
            os.close(outer)
    return handle


def kind_of(mode: int) -> str:
    """Return the kind of an entry, in words."""
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")


def status(path: Path) -> os.stat_result | None:
    """Return the status of an entry without following a link; None if there is none."""
    try:
        with at(path) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_file(path: Path) -> bool:
    """Return whether the path is a regular file."""
    found = status(path)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder."""
    found = status(path)
    return found is not None and stat.S_ISDIR(found.st_mode)


def open_handle(path: Path, flags: int = os.O_RDONLY, mode: int = 0o666) -> int:
    """Open a regular file. Raise ForeignEntryError at once for anything else."""
    with at(path) as (folder, name):
        with suppress(FileNotFoundError):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise ForeignEntryError(f"{path}: found {kind_of(found.st_mode)}, expected a file; {_WHOSE}")
        handle = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode=mode, dir_fd=folder)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ForeignEntryError(f"{path}: changed while it was opened; expected a file; try again")
        return handle


def open_file(path: Path) -> BufferedReader:
    """Open a regular file for reading."""
    return os.fdopen(open_handle(path), "rb")


def create_file(path: Path, mode: int = 0o666) -> BufferedWriter:
    """Create a new file and open it for writing."""
    return os.fdopen(open_handle(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file."""
    with open_file(path) as file:
        return file.read()


def parquet(path: Path, **more: Any) -> pq.ParquetFile:
    """Open a Parquet file; use it as a context manager. Raise StorageError if it is not one."""
    try:
        return pq.ParquetFile(_source(path), **more)
    except pa.ArrowException as error:
        raise StorageError(f"{path}: {error}") from error


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file."""
    with parquet(path) as file:
        return file.read(columns=None if columns is None else list(columns))


def _source(path: Path) -> Any:
    """Let Arrow read the checked file directly, without Python in between if the system allows it."""
    handle = open_handle(path)
    try:
        return pa.OSFile(f"/dev/fd/{handle}")
    except OSError:  # no /dev/fd in this container
        return pa.PythonFile(os.fdopen(os.dup(handle), "rb"))
    finally:
        os.close(handle)


def names_in(folder: Path) -> list[str]:
    """Return the names of a folder's entries, sorted."""
    handle = _open_folder(folder, os.O_RDONLY | _FLAGS)
    try:
        return sorted(os.listdir(handle))
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder survive a power cut: new names, renames, removals."""
    handle = _open_folder(folder, os.O_RDONLY | _FLAGS)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems can't sync folders; they must survive a power cut by their own means.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Create a folder unless it exists."""
    with at(path) as (folder, name), suppress(FileExistsError):
        os.mkdir(name, mode, dir_fd=folder)


def set_mode(path: Path, mode: int) -> None:
    """Change who may read a file or enter a folder."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with at(path) as (folder, name):
        handle = os.open(name, flags, dir_fd=folder)
        try:
            os.fchmod(handle, mode)
        finally:
            os.close(handle)


def move(old: Path, new: Path) -> None:
    """Rename an entry of any kind, replacing a file or link of the new name."""
    with at(old) as (source, name), at(new) as (target, new_name):
        os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)


def hard_link(old: Path, new: Path) -> None:
    """Give a file a second name."""
    with at(old) as (source, name), at(new) as (target, new_name):
        os.link(name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)


def make_link(path: Path, text: str) -> None:
    """Create a symbolic link with the text `text`."""
    with at(path) as (folder, name):
        os.symlink(text, name, dir_fd=folder)


def replace(old: Path, new: Path) -> None:
    """Rename a file or link, replacing the one of the new name."""
    with at(old) as (source, name), at(new) as (target, new_name):
        os.replace(name, new_name, src_dir_fd=source, dst_dir_fd=target)


def read_link(path: Path) -> str | None:
    """Return the text of a symbolic link; None if nothing is there.

    Raise ForeignEntryError for anything else.
    """
    found = status(path)
    if found is None:
        return None
    if not stat.S_ISLNK(found.st_mode):
        raise ForeignEntryError(f"{path}: found {kind_of(found.st_mode)}, expected a link; {_WHOSE}")
    with at(path) as (folder, name):
        return os.readlink(name, dir_fd=folder)


def remove(path: Path) -> None:
    """Remove an entry, a folder with its content. A link is removed, and its target stays."""
    found = status(path)
    if found is None:
        return
    with at(path) as (folder, name):
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(name, dir_fd=folder)
        else:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)


def empty_folder(folder: Path) -> None:
    """Remove everything in a folder, but keep the folder."""
    for name in names_in(folder):
        remove(folder / name)


def checked_name(name: object, pattern: re.Pattern[str], said_by: Path) -> str:
    """Return a name from the state or a row if it looks like one of ours. Otherwise raise ForeignEntryError."""
    if isinstance(name, str) and pattern.fullmatch(name):
        return name
    raise ForeignEntryError(
        f"{said_by}: names the file {name!r}, which is not a name that copydesk gives; nothing was opened"
    )
