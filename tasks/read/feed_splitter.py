"""Split a feed into its entries before any parsing, so that entries are independent of each other.

The text between the tags of an entry is found without an XML parser. A stray `&` in one entry thus affects no
other entry, and memory holds one entry instead of the feed (a WordPress export has hundreds of MB). CDATA
sections and comments are skipped, because an article about feeds may contain any tag.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from copydesk.tasks.text import codec_of

_TOKEN: Final = re.compile(r"<!\[CDATA\[|<!--|<(/?)((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])")
_AHEAD: Final = 64
CLOSERS: Final = {"<![CDATA[": "]]>", "<!--": "-->"}
"""Start and end of sections that are not parsed."""
_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_NO_XML: Final = dict.fromkeys((*(set(range(32)) - {9, 10, 13}), 0x7F, 0xFFFE, 0xFFFF))
HEAD: Final = 64 * 1024
"""Maximum number of characters kept from before the first entry."""


class Entry(NamedTuple):
    """The source of one entry, or its problem."""

    head: str
    """Text before the first entry of the feed: its own title, the names of its namespaces."""
    source: str
    offset: int
    """Characters of the feed before it."""
    fault: str = ""
    """A reason as in a Reject; empty if the entry is complete."""


def decoded(stream: Iterator[bytes]) -> Iterator[str]:
    """Decode a feed, and remove the characters that XML does not allow.

    A byte order mark decides the charset. Without one, the XML declaration does, unless the first chunk is
    clearly UTF-8. UTF-8 is also the default; a first chunk that is clearly not UTF-8 is Windows-1252. Single
    bytes that are invalid in UTF-8 are decoded as Windows-1252, too.
    """
    first = next(stream, b"")
    decoder = codecs.getincrementaldecoder(_codec(first))("copydesk.feed")
    yield decoder.decode(first).removeprefix("\ufeff").translate(_NO_XML)
    for chunk in stream:
        yield decoder.decode(chunk).translate(_NO_XML)
    yield decoder.decode(b"", final=True).translate(_NO_XML)


def entries(texts: Iterator[str], limit: int) -> Iterator[Entry]:
    """Yield the entries of a feed in order. An entry of more than `limit` characters has no source."""
    cutter = _Cutter(limit)
    for text in texts:
        yield from cutter.take(text)
    yield from cutter.finish()


class _Cutter:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = ""
        self._before = 0
        self._at = 0
        self._start: int | None = None
        self._closer = ""
        self._head: str | None = None
        self._end = ""

    def take(self, text: str) -> Iterator[Entry]:
        """Yield the entries that this text completes."""
        self._text += text
        while self._step():
            if self._end:
                end = self._end
                self._end = ""
                yield self._entry(end)
        if self._start is not None and len(self._text) - self._start > self._limit:
            yield self._entry("too-large")
        self._forget()

    def finish(self) -> Iterator[Entry]:
        """Yield what is left at the end of the feed."""
        if self._start is not None:
            self._at = len(self._text)
            yield self._entry("truncated")
        elif self._head is None and self._before + len(self._text):
            yield Entry(self._text[:HEAD], "", 0, "no-entries")

    def _step(self) -> bool:
        """Advance to the next tag; return False if it has not arrived yet.

        `_end` is set if an entry ends there.
        """
        if self._closer:
            return self._close()
        found = _TOKEN.search(self._text, self._at)
        if found is None:
            self._at = max(self._at, len(self._text) - _AHEAD)
            return False
        if found[0] in CLOSERS:
            self._at, self._closer = found.end(), CLOSERS[found[0]]
        elif found[1]:
            return self._closing(found)
        elif self._start is not None:
            self._at, self._end = found.start(), "bad-xml"  # it was never closed
        else:
            if self._head is None:
                self._head = self._text[: min(found.start(), HEAD)]
            self._start, self._at = found.start(), found.end()
        return True

    def _close(self) -> bool:
        end = self._text.find(self._closer, self._at)
        if end < 0:
            self._at = max(self._at, len(self._text) - 2)
            return False
        self._at, self._closer = end + 3, ""
        return True

    def _closing(self, found: "re.Match[str]") -> bool:
        end = self._text.find(">", found.end(), found.end() + _AHEAD)
        if end < 0 and len(self._text) < found.end() + _AHEAD:
            self._at = found.start()
            return False
        self._at = max(end + 1, found.end())
        if self._start is not None:
            self._end = "whole"
        return True

    def _entry(self, end: str) -> Entry:
        assert self._start is not None
        start, self._start = self._start, None
        source = self._text[start : self._at] if end != "too-large" else ""
        return Entry(self._head or "", source, self._before + start, "" if end == "whole" else end)

    def _forget(self) -> None:
        """Release the text that was processed. The beginning of the text before the first entry is kept."""
        keep = self._at if self._start is None else self._start
        if self._head is None:
            if keep <= HEAD:
                return
            self._head = self._text[:HEAD]
        self._text = self._text[keep:]
        self._before += keep
        self._at -= keep
        if self._start is not None:
            self._start = 0


def _codec(first: bytes) -> str:
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if first.startswith(mark):
            return codec
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8"
    found = _DECLARED.match(first.lstrip())
    codec = codec_of(found[1].decode()) if found else ""
    text = first.decode("utf-8", "replace")
    errors = text.count("\ufffd")
    sequences = len(text) - errors - len(text.encode("ascii", "ignore"))
    if codec in ("", "utf-8") or codec.startswith("utf-16"):
        return "utf-8" if errors <= max(1, sequences) else "cp1252"
    return "utf-8" if sequences >= 3 and errors <= 1 else codec


def _stray(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data = error.object[error.start : error.end]
    return (data.decode("cp1252", "replace") if len(data) == 1 else "\ufffd"), error.end


codecs.register_error("copydesk.feed", _stray)
