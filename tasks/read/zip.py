"""Read zip archives as a stream, member by member in the order of the file.

The list of members at the end of the file is not needed, so that an archive that breaks off, or comes from a
pipe, yields what it has. The list is read only to find out which members are links.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from copydesk.schemas.inputs import InputFile
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.archives import Member
from copydesk.tasks.read.errors import BrokenError
from copydesk.tasks.read.flow import Flow
from copydesk.tasks.read.gzip_members import expands_too_much

LOCAL: Final = b"PK\x03\x04"
_EMPTY: Final = b"PK\x05\x06"
_ENDS: Final = (b"PK\x01\x02", _EMPTY, b"PK\x06\x06", b"PK\x06\x07", b"PK\x06\x08")
_DESCRIPTOR: Final = b"PK\x07\x08"
_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4s6H3I5HII")
_STEP: Final = 16 * 1024
_OUT: Final = 64 * 1024
_METHODS: Final = {
    1: "shrunk",
    6: "imploded",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "zstd",
    95: "xz",
    99: "AES",
}
_END_SIZE: Final = 22
"""Bytes of the record at the end of an archive, without its comment."""
_DAMAGED: Final = -1
_MOST_LIST: Final = 16 << 20
_OFFICE: Final = (b"[Content_Types].xml", b"_rels/.rels", b"mimetype", b"META-INF/")


class _Entry(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    """Size of its content in bytes; -1 if it is not stated."""


def is_zip(head: bytes) -> bool:
    """Return whether bytes begin like a zip archive that is not an office document, a book or a program."""
    if head.startswith(_EMPTY):  # an archive without members says so; a text may begin with these bytes, too
        return len(head) >= _END_SIZE and not any(head[4:20])
    return head.startswith(LOCAL) and not head[30:].startswith(_OFFICE)


def zip_members(stream: Iterator[bytes], input: InputFile, settings: Settings) -> Iterator[Member]:
    """Yield the members of a zip archive. Raise BrokenError for one that breaks off between members."""
    flow = Flow(stream)
    links = _links(input)
    while sign := flow.look(4):
        if sign != LOCAL:
            start = flow.offset
            flow.take(1)
            found = flow.seek(LOCAL)
            if sign in _ENDS and not found:  # normally nothing follows the list
                return
            if not found:
                raise BrokenError("damaged", f"found no member at byte {start:,}, and none after it")
            if sign not in _ENDS:
                yield _faulty(f"byte {start}", "damaged", f"found no member at byte {start:,}")
            continue
        start = flow.offset
        entry = _entry(flow)
        if entry is None:
            raise BrokenError("truncated", f"the archive ends in the middle, after {flow.offset:,} bytes")
        if entry.method == _DAMAGED:
            yield _faulty(f"byte {start}", "damaged", f"the member at byte {start:,} has a damaged header")
            continue
        if entry.name.endswith("/"):
            yield Member(entry.name, iter(()), passed="folder")
            _pass_over(flow, entry)
            continue
        if fault := _fault(entry, start in links):
            yield Member(entry.name, iter(()), fault=fault)
            _pass_over(flow, entry)
            continue
        content = _content(flow, entry, settings)
        yield Member(entry.name, content)
        _finish(flow, content)


def _entry(flow: Flow) -> _Entry | None:
    """Read a header; return None if the archive ends in it."""
    head = flow.take(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    _, _, flags, method, _, _, crc, packed, size, length, extra_length = _HEADER.unpack(head)
    raw, extra = flow.take(length), flow.take(extra_length)
    if (at := (raw + extra).find(LOCAL)) >= 0:  # the length of one of them is wrong
        flow.give_back((raw + extra)[at:])
        return _Entry("", flags, _DAMAGED, crc, 0)
    if len(raw) < length or len(extra) < extra_length:
        return None
    if packed == 0xFFFFFFFF:
        packed = _large(extra, size)
    if flags & 8 and packed == 0:
        packed = -1
    elif method == 0 and size not in (packed, 0xFFFFFFFF) and not flags & 1:
        packed = -1  # one of the two is wrong
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    return _Entry(name, flags, method, crc, packed)


def _large(extra: bytes, size: int) -> int:
    """Return the length of a member over 4 GiB; -1 if it is not stated."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            place = at + 4 + (8 if size == 0xFFFFFFFF else 0)
            field = extra[place : place + 8]
            return int.from_bytes(field, "little") if len(field) == 8 else -1
        at += 4 + length
    return -1


def _fault(entry: _Entry, is_link: bool) -> BrokenError | None:
    if is_link:
        return BrokenError("not-a-file", "found a link; expected a file")
    if entry.flags & 1:
        return BrokenError("encrypted", "found an encrypted member; expected one that can be read")
    if entry.method not in (0, 8):
        kind = _METHODS.get(entry.method, f"method {entry.method}")
        return BrokenError("unsupported", f"found a member packed with {kind}; expected deflate or none")
    if entry.method == 0 and entry.packed < 0:
        return BrokenError(
            "unsupported",
            "found an unpacked member whose length is missing or contradictory; expected one length",
        )
    return None


def _content(flow: Flow, entry: _Entry, settings: Settings) -> Iterator[bytes]:
    crc, made = 0, 0
    steps = _stored(flow, entry) if entry.method == 0 else _inflated(flow, entry)
    for consumed, out in steps:
        made += len(out)
        if expands_too_much(made, consumed, settings):
            raise BrokenError(
                "too-large",
                f"{consumed:,} packed bytes expand to more than {made:,}, over {settings.max_expansion_ratio} times; text is rarely over 20",
            )
        crc = zlib.crc32(out, crc)
        if out:
            yield out
    noted = entry.crc
    if entry.flags & 8:
        descriptor = flow.look(8)
        noted = int.from_bytes(
            descriptor[4:8] if descriptor.startswith(_DESCRIPTOR) else descriptor[:4], "little"
        )
    if crc != noted:
        raise BrokenError("damaged", "its content does not match the recorded checksum")


def _stored(flow: Flow, entry: _Entry) -> Iterator[tuple[int, bytes]]:
    left = entry.packed
    while left:
        chunk = flow.chunk(min(left, _OUT))
        if not chunk:
            raise BrokenError("truncated", f"the archive ends {left:,} bytes before the end of the member")
        left -= len(chunk)
        yield entry.packed - left, chunk


def _inflated(flow: Flow, entry: _Entry) -> Iterator[tuple[int, bytes]]:
    member = zlib.decompressobj(-15)
    consumed = 0
    while not member.eof:
        most = _STEP if entry.packed < 0 else min(_STEP, entry.packed - consumed)
        data = flow.chunk(most) if most else b""
        if not data:
            raise BrokenError("truncated", f"the member ends in the middle, after {consumed:,} packed bytes")
        consumed += len(data)
        while data and not member.eof:
            try:
                out = member.decompress(data, _OUT)
            except zlib.error as error:
                raise BrokenError("damaged", f"its packed content is damaged: {error}") from error
            yield consumed, out
            data = member.unconsumed_tail
    while out := member.flush():
        yield consumed, out
    if member.unused_data:
        flow.give_back(member.unused_data)


def _finish(flow: Flow, content: Iterator[bytes]) -> None:
    """Go to the end of a member, whether or not it was read, and ignore its errors."""
    try:
        for _ in content:
            pass
    except BrokenError:
        pass
    _go_behind(flow)


def _pass_over(flow: Flow, entry: _Entry) -> None:
    if entry.packed > 0:
        flow.skip(entry.packed)
    _go_behind(flow)


def _go_behind(flow: Flow) -> None:
    """Skip a descriptor, or skip to the next member if the length of this one was wrong."""
    if flow.look(4) in (LOCAL, *_ENDS) or not flow.look(4):
        return
    ahead = flow.look(28)
    places = [at for sign in (LOCAL, *_ENDS) if (at := ahead.find(sign)) > 0]
    if places:
        flow.take(min(places))
        return
    flow.seek(b"PK\x03\x04")


def _links(input: InputFile) -> set[int]:
    """Return where the members begin that are links, according to the list at the end of the file."""
    if input.path is None or input.member or not input.path.is_file():
        return set()
    found: set[int] = set()
    with input.path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 66_000))
        tail = file.read()
        end = tail.rfind(_EMPTY)
        if end < 0 or len(tail) < end + 20:
            return found
        length, start = struct.unpack_from("<II", tail, end + 12)
        file.seek(min(start, size))
        listed = file.read(min(length, _MOST_LIST))
    at = 0
    while at + _CENTRAL.size <= len(listed):
        fields = _CENTRAL.unpack_from(listed, at)
        if fields[0] != _ENDS[0]:
            break
        mode, offset = fields[15] >> 16, fields[16]
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            found.add(offset)
        at += _CENTRAL.size + sum(fields[10:13])
    return found


def _faulty(name: str, reason: str, detail: str) -> Member:
    return Member(name, iter(()), fault=BrokenError(reason, detail))
