"""Write files that readers see whole: the old content or the new, never half of it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from copydesk.schemas.errors import CannotWriteError, UsageError


def write_file(path: Path, content: bytes) -> None:
    """Write a file as a whole. CannotWriteError where that can't be done."""
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a stream whose content takes the place of `path` when the block ends, and is gone when it raises."""
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
    """Make a folder for new files. UsageError where it holds something already, CannotWriteError where it can't be made."""
    folder = Path(given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{given}: is not empty; expected a new or an empty folder")
    except OSError as error:
        raise CannotWriteError(f"{given}: can't be made: {error.strerror}") from error
    return folder
