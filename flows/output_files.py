"""Write files atomically: readers see the old content or the new, never a part of it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from copydesk.schemas.errors import CannotWriteError, UsageError


def write_file(path: Path, content: bytes) -> None:
    """Write a file as a whole. Raises CannotWriteError if that fails."""
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a stream. Its content replaces `path` when the block ends, and is deleted when the block raises."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".copydesk-", suffix=".tmp")
    except OSError as error:
        raise CannotWriteError(f"{path}: can't be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink()
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise CannotWriteError(f"{path}: can't be written: {error.strerror}") from error
        raise


def empty_folder(given: str) -> Path:
    """Make a folder for new files.

    Raises UsageError if it is not empty, CannotWriteError if it can't be made.
    """
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{given}: is not empty; expected a new or an empty folder")
    except OSError as error:
        raise CannotWriteError(f"{given}: can't be made: {error.strerror}") from error
    return folder
