"""Read the members of zip and tar archives, one after the other, without extracting anything.

A name is a label and never a path that is opened: `../../etc/passwd` is a record like any other. Links,
devices, encrypted members and members that are archives inside two others are rejected, each with its reason;
folders and hidden files are passed over, and counted. A damaged member costs itself.
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
"""Archives inside one another that are read."""
_LONGEST: Final = 1000


class Member(NamedTuple):
    """A member of an archive, whose content is read before the next one is asked for."""

    name: str
    stream: Iterator[bytes]
    passed: str = ""
    """What it is, where it is no document: `folder`."""
    fault: BrokenError | None = None
    """Why it can't be read."""


ReadMember = Callable[[Member, InputFile, Cursor], Documents]


def documents_in(
    members: Iterator[Member], input: InputFile, cursor: Cursor, read_member: ReadMember
) -> Documents:
    """Yield what the members hold; `record` is a member's name, followed by the record inside it, if there is one.

    Raises BrokenError for what breaks the archive itself.
    """
    for member in members:
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


def _is_hidden(name: str) -> bool:
    """Whether a name is of those that are left out of folders as well."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")[:_LONGEST].removeprefix("./") or "no name"


def too_deep(input: InputFile) -> BrokenError:
    """The reason for which an archive inside archives is not read."""
    return BrokenError(
        "too-deep",
        f"found an archive inside {input.depth} others; at most {DEEPEST} inside one another are read",
    )
