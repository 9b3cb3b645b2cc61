"""Find the files that the inputs of a run name, and never open others."""

import glob
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import InputFile
from copydesk.schemas.shard import Fingerprint
from copydesk.tasks.read.errors import BrokenError


def expand(inputs: Sequence[str]) -> Iterator[InputFile]:
    """Yield the files that `inputs` name: files, folders, globs, `-` for standard input.

    Folders are walked in the order of their names. Hidden files and folders are left out, and so are links
    that lead out of the folder or out of the folder of a glob. A file that is named twice is read once.
    Raises UsageError for a path that does not exist and for a glob without a match.
    """
    seen: set[str] = set()
    for given in inputs:
        for found in _expand_one(given):
            if found.path is not None:
                key = os.path.abspath(found.path)
                if key in seen:
                    continue
                seen.add(key)
            yield found


def fingerprint(input: InputFile) -> Fingerprint:
    """Return how an input looks now. One that can't be inspected has size -1.

    Standard input is never the same twice: its fingerprint is the current time.
    """
    if input.path is None:
        return Fingerprint(input.uri, -1, time.time_ns())
    try:
        found = input.path.stat()
    except OSError:
        return Fingerprint(input.uri, -1, 0)
    return Fingerprint(input.uri, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _expand_one(given: str) -> Iterator[InputFile]:
    if given == "-":
        yield InputFile("-", None)
    elif os.path.isdir(given):
        yield from _walk(given)
    elif os.path.lexists(given):
        yield InputFile(_uri(given), Path(given))
    elif glob.has_magic(given):
        yield from _matching(given)
    else:
        raise UsageError(
            f"{given!r} does not exist; expected a file, a folder, a pattern or - for standard input"
        )


def _matching(pattern: str) -> Iterator[InputFile]:
    """Yield the files that match a pattern, except links that lead out of the pattern's folder."""
    matches = sorted(glob.glob(pattern, recursive=True))
    if not matches:
        raise UsageError(f"no file matches {pattern!r}; quote the pattern, or check the folder")
    root = os.path.realpath(_fixed(pattern))
    inside = [match for match in matches if os.path.realpath(match) == root or _inside(match, root)]
    if not inside:
        raise UsageError(
            f"all that matches {pattern!r} are links that lead out of its folder, which are not followed; name the files to read them"
        )
    for match in inside:
        if os.path.isdir(match):
            yield from _walk(match)
        else:
            yield InputFile(_uri(match), Path(match), walked=True)


def _fixed(pattern: str) -> str:
    """Return the folder in which a pattern is searched.

    >>> _fixed("news/2024-*/*.txt"), _fixed("*.txt")
    ('news', '.')
    """
    parts = pattern.split("/")
    magic = next(at for at, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:magic]) or ("/" if pattern.startswith("/") else ".")


def _walk(folder: str) -> Iterator[InputFile]:
    """Yield the files below a folder, except hidden ones, links that lead out, and all that belongs to a dataset."""
    root = os.path.realpath(folder)
    for where, folders, names in os.walk(folder):
        if _HOME in folders:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(where, name)
            if name.startswith(".") or (os.path.islink(path) and not _inside(path, root)):
                continue
            yield InputFile(_uri(path), Path(path), walked=True)


def _uri(path: str) -> str:
    r"""Return the path as text that can be stored: bytes of a name that are not UTF-8 become escapes.

    >>> _uri("caf\udce9.txt")
    'caf\\xe9.txt'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _inside(link: str, root: str) -> bool:
    return os.path.realpath(link).startswith(os.path.join(root, ""))


def open_input(input: InputFile) -> IO[bytes]:
    """Open an input for reading. A pipe is read if the user named it, and refused if it was found.

    Raises BrokenError for an entry that was found and is not a file, even if it takes a file's place in the
    meantime.
    """
    if input.path is None:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    if not input.walked:
        return input.path.open("rb")
    if not stat.S_ISREG(input.path.stat().st_mode):
        raise BrokenError("unreadable", _NO_FILE)
    descriptor = os.open(input.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BrokenError("unreadable", _NO_FILE)
    return os.fdopen(descriptor, "rb")


def empty_inputs(inputs: Sequence[str]) -> list[str]:
    """Return those of the inputs that hold no file."""
    return [given for given in dict.fromkeys(inputs) if next(expand([given]), None) is None]


def why_empty(given: str) -> str:
    """Explain why an input holds no file."""
    if os.path.isdir(os.path.join(given, _HOME)):
        return "holds no documents: it is a dataset of copydesk; name the inputs from which it was made"
    return "holds no files"


_HOME: Final = ".copydesk"
"""A folder with this one in it is a dataset. It holds what was made from inputs, and a note for its readers."""
_NO_FILE: Final = "found a pipe, socket or device; expected a file"
