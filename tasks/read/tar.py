"""Read tar archives as a stream: old, ustar, GNU and pax headers.

Why not `tarfile`: it trusts the length of a pax header and reads it into memory, and it ends the archive at
the first damaged header. Here reading continues at the next header whose checksum is right.
"""

from collections.abc import Iterator
from typing import Final

from copydesk.schemas.inputs import InputFile
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.archives import Member
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.flow import Flow

_BLOCK: Final = 512
_EMPTY: Final = bytes(_BLOCK)
_MAGIC: Final = b"ustar"
_PLACE: Final = 257
"""Offset of the magic word in a header."""
_MOST_HEADER: Final = 1 << 20
_FILES: Final = (b"0", b"\0", b"7")
_REFUSED: Final = {
    b"1": "a link",
    b"2": "a link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe",
    b"S": "a file with holes",
}
_PASSED: Final = {b"5": "folder", b"V": "name of a volume", b"D": "folder"}


def is_tar(head: bytes) -> bool:
    """Return whether bytes begin with a tar header: its checksum is right."""
    return len(head) >= _BLOCK and head[:1] != b"\0" and _fits(head[:_BLOCK])


def tar_members(stream: Iterator[bytes], input: InputFile, settings: Settings) -> Iterator[Member]:
    """Yield the members of a tar archive. Raise BrokenError for a stream that breaks off between members."""
    flow = Flow(stream)
    names: dict[bytes, str] = {}
    sizes: list[int] = []
    while header := flow.take(_BLOCK):
        if header == _EMPTY:
            continue
        if len(header) < _BLOCK or not _fits(header):
            start = flow.offset - len(header)
            if not _go_to_header(flow, header):
                if len(header) < _BLOCK:
                    raise BrokenError(
                        "truncated", f"the archive ends in the middle, after {flow.offset:,} bytes"
                    )
                raise BrokenError("damaged", f"found no tar header at byte {start:,}, and none after it")
            yield _faulty(f"byte {start}", "damaged", f"found no tar header at byte {start:,}")
            continue
        kind, size = header[156:157], _number(header[124:136])
        if kind in (b"L", b"K", b"x", b"g", b"X"):
            _read_extra(flow, kind, size, names, sizes)
            continue
        name = names.get(b"x") or names.get(b"L") or _name(header)
        size = sizes[-1] if sizes else size
        names.clear()
        sizes.clear()
        content = _content(flow, size if kind in _FILES or kind == b"S" else 0, name)
        if kind in _FILES and not name.endswith("/"):
            yield Member(name, content)
        elif kind in _REFUSED:
            yield _faulty(name, "not-a-file", f"found {_REFUSED[kind]}; expected a file")
        else:
            yield Member(
                name, iter(()), passed=_PASSED.get(kind, "folder" if kind in _FILES else "other member")
            )
        for _ in content:  # what was not read
            pass
        flow.skip(-size % _BLOCK if kind in _FILES or kind == b"S" else 0)


def _content(flow: Flow, size: int, name: str) -> Iterator[bytes]:
    left = size
    while left:
        chunk = flow.chunk(left)
        if not chunk:
            raise BrokenError(
                "truncated", f"the archive ends in the middle of {name}, {left:,} bytes before its end"
            )
        left -= len(chunk)
        yield chunk


def _faulty(name: str, reason: str, detail: str) -> Member:
    return Member(name, iter(()), fault=BrokenError(reason, detail))


def _go_to_header(flow: Flow, header: bytes) -> bool:
    """Skip to the next header at any position: one extra byte shifts everything after it."""
    flow.give_back(header[1:])
    while True:
        window = flow.look(1 << 16)
        at = window.find(_MAGIC, _PLACE)
        while at >= 0 and not _fits(window[at - _PLACE : at - _PLACE + _BLOCK]):
            at = window.find(_MAGIC, at + 1)
        if at >= 0:
            flow.take(at - _PLACE)
            return True
        if len(window) < 1 << 16:
            flow.take(len(window))
            return False
        flow.take(len(window) - _BLOCK)


def _fits(header: bytes) -> bool:
    if len(header) < _BLOCK:
        return False
    noted = _number(header[148:156])
    return noted == sum(header[:148]) + 8 * 32 + sum(header[156:])


def _number(field: bytes) -> int:
    """Read a number as octal digits, or as GNU writes large ones; -1 for anything else."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ").partition(b"\0")[0].strip()
    try:
        return int(digits or b"0", 8)
    except ValueError:
        return -1


def _name(header: bytes) -> str:
    name, prefix = header[:100].partition(b"\0")[0], header[345:500].partition(b"\0")[0]
    if header[257:263] == b"ustar\0" and prefix:
        name = prefix + b"/" + name
    return name.decode("utf-8", "replace")


def _read_extra(flow: Flow, kind: bytes, size: int, names: dict[bytes, str], sizes: list[int]) -> None:
    """Read a header that describes the next member: its long name, its size."""
    content = flow.take(min(max(size, 0), _MOST_HEADER))
    flow.skip(max(0, size - len(content)) + -max(size, 0) % _BLOCK)
    if kind == b"L":
        names[b"L"] = content.rstrip(b"\0").decode("utf-8", "replace")
    if kind not in (b"x", b"X"):
        return
    for line in content.split(b"\n"):
        key, _, value = line.partition(b" ")[2].partition(b"=")
        if key == b"path":
            names[b"x"] = value.decode("utf-8", "replace")
        elif key == b"size" and value.isdigit() and len(value) < 19:
            sizes.append(int(value))
