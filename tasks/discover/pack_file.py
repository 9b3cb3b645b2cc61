"""Change the file of a rule pack: under a lock, as a whole, and only if all examples still hold.

Tables are added at the end, and taken out where they are. All other text of the file stays as it is, comments
included. Two programs that change a pack at once do so one after the other, and the second sees what the
first wrote.
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from copydesk.schemas.errors import CannotWriteError, LockedError, UsageError
from copydesk.schemas.memory import Pack
from copydesk.schemas.rule import Keep, Rule
from copydesk.tasks.discover.toml import tables
from copydesk.tasks.rules import Tables, check_added, load_packs, parse_tables, read_pack

_PATIENCE: Final = 10.0
"""Seconds to wait for another program that changes the pack. A change takes less than one."""
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*[A-Za-z]+[ \t]*\]\][ \t]*(?:#[^\n]*|\r)?$", re.MULTILINE)
"""The first line of a table."""


@contextmanager
def changing(pack: Path) -> Iterator[None]:
    """Hold the lock on a pack while the block runs.

    The lock is on the pack's folder, so that no file is left. Raises LockedError if another program holds it for
    ten seconds, CannotWriteError if there is no such folder.
    """
    folder = pack.resolve().parent
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CannotWriteError(f"{pack}: cannot be written: {error.strerror}") from error
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LockedError(f"{pack}: another program is changing it; try again") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def read_text(pack: Path) -> str:
    """Return the current content of the pack, line ends included; "" if there is none yet."""
    try:
        return pack.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{pack}: cannot read the rule pack: {error}") from error


def read_tables(pack: Path) -> Tables:
    """Return the current rules and must-keep lines of the pack; none if there is no such file."""
    return parse_tables(read_text(pack), str(pack))


def with_added(text: str, added: Sequence[Rule | Keep]) -> str:
    """Return the text of a pack with tables added at its end."""
    gap = ("" if not text or text.endswith("\n") else "\n") + ("\n" if text else "")
    return text + gap + tables(added)


def without(text: str, identity: str, name: str) -> str:
    """Return the text of a pack without the table of this id.

    Raises UsageError if the pack has no such table, or if the table can't be separated from the text around it.
    """
    before = parse_tables(text, name).all()
    if identity not in {each.id for each in before}:
        raise UsageError(f"{name}: has no table with the id {identity}; somebody has taken it out")
    wanted = [each for each in before if each.id != identity]
    line = "\r\n" if "\r\n" in text else "\n"
    starts = [hit.start() for hit in _HEADER.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        kept = text[:start].rstrip("\r\n")
        after = kept + (2 * line if kept and end < len(text) else line if kept else "") + text[end:]
        try:
            found = parse_tables(text[start:end], name).all()
            if [each.id for each in found] == [identity] and parse_tables(after, name).all() == wanted:
                return after
        except UsageError:
            continue  # a line of an example looks like the beginning of a table
    raise UsageError(f"{name}: can't take out {identity} without touching the text around it; edit the file")


def replace_pack(pack: Path, text: str, others: Sequence[Path], added: Sequence[str] = ()) -> None:
    """Replace the pack by `text` in one step, if the examples that its rules `added` can fail still hold.

    `others` are further packs in force. Call this under the lock: see `changing`. Raises UsageError with
    nothing written, and CannotWriteError.
    """
    if added:
        failures = check_added(load_packs([*map(read_pack, others), Pack(str(pack), text)]), added)
        if failures:
            first = failures[0]
            raise UsageError(
                f"{pack}: not written, {len(failures)} examples would fail, first {first.rule}: {first.example!r} {first.problem}"
            )
    write_whole(pack, text)


def write_whole(path: Path, text: str) -> None:
    """Replace a file by `text` in one step that survives a power cut; a link stays and its target is replaced."""
    target = path.resolve()
    draft: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        draft = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise CannotWriteError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
