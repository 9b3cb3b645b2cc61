"""Read the members of zip and tar archives, one after the other, without extracting anything.

A member's name is a label and never a path that is opened: `../../etc/passwd` is a record like any other.
Links, devices, encrypted members, and members that are archives inside two others are rejected, each with its
reason. Folders and hidden files are skipped and counted. A damaged member does not affect the others.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from copydesk.schemas.document import Origin
from copydesk.schemas.inputs import InputFile
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.rows import Documents, rejected

DEEPEST: Final = 2
"""Maximum number of nested archives."""
_LONGEST: Final = 1000


class Member(NamedTuple):
    """A member of an archive. Its content must be read before the next member is requested."""

    name: str
    stream: Iterator[bytes]
    passed: str = ""
    """Why the member is skipped: `folder`."""
    fault: BrokenError | None = None
    """Why the member can't be read."""


ReadMember = Callable[[Member, InputFile, Cursor], Documents]


def documents_in(
    members: Iterator[Member], input: InputFile, cursor: Cursor, read_member: ReadMember
) -> Documents:
    """Yield the documents of the members.

    `record` is the member's name, plus the record inside it if there is one.

    Raises BrokenError if the archive itself is broken.
    """
    empty = True
    for member in members:
        empty = False
        name = _shown(member.name)
        inner = replace(
            input,
            uri=f"{input.uri}/{name}",
            member=f"{input.member}/{name}" if input.member else name,
            depth=input.depth + 1,
            walked=True,
        )
        if member.passed or _is_hidden(name):
            cursor.pass_over(member.passed or "hidden file")
            continue
        if member.fault:
            yield rejected(
                Origin(input.uri, name), member.fault.reason, f"{inner.uri}: {member.fault.detail}"
            )
            continue
        own = Cursor()
        for item in read_member(member, inner, own):
            record = f"{name}#{item.origin.record}" if item.origin.record else name
            yield replace(item, origin=replace(item.origin, source=input.uri, record=record))
        cursor.notes += own.notes
        cursor.passed.update(own.passed)
    if empty:
        cursor.notes.append(f"{input.uri}: the archive has no members")


def _is_hidden(name: str) -> bool:
    """Return whether a name is one that is also left out of folders."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")[:_LONGEST].removeprefix("./") or "no name"


def too_deep(input: InputFile) -> BrokenError:
    """Return the error for an archive nested too deeply."""
    return BrokenError(
        "too-deep",
        f"found an archive inside {input.depth} others; at most {DEEPEST} nested archives are read",
    )
