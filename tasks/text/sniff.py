"""Recognise bytes by their first kilobytes: compressed, binary, HTML, a feed, JSON Lines, or text."""

import codecs
import re
from typing import Final

import numpy as np
import orjson

SIGNATURES: Final = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"{\\rtf": "an RTF document",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\x00": "xz data",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x7fELF": "a program",
    b"OggS": "an audio file",
    b"ID3\x03": "an audio file",
    b"ID3\x04": "an audio file",
    b"wOFF": "a font",
    b"wOF2": "a font",
}
"""First bytes of files that are not text."""
_CONTROLS: Final = bytes(b for b in range(32) if b not in b"\t\n\v\f\r\x1b") + b"\x7f"
MOST_CONTROLS: Final = 0.05
"""Share of control bytes above which bytes are not text. Broken news texts stay far below 0.001."""
_SPACES: Final = re.compile(rb"\s+")
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FRAGMENT: Final = re.compile(
    rb"<(?:script|iframe|h[1-6]|div|font|table|a|style|title|b|br|p|meta|article|section|main|header|span|ul|img)\b",
    re.IGNORECASE,
)
"""WHATWG MIME sniffing's list of tags, and those with which pieces of news pages begin."""
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE[^>\[]{0,1000}(?:\[[^\]]{0,8000}\]\s*)?>", re.IGNORECASE)
_FEED: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:(rdf)|rss|feed)[\s>]", re.IGNORECASE)
_JSON_FEED: Final = re.compile(
    rb'\s*\{[^{}\[\]]{0,4000}"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version'
)
_JSON: Final = re.compile(rb'\s*(?:\[\s*(?:\[\s*)?[{\]]|\{\s*(?:"|\}))')
_ENVELOPE: Final = re.compile(rb'"\s*:\s*\[\s*\{')
_RSS_1: Final = (b"purl.org/rss/1.0/", b"my.netscape.com/rdf")
"""Namespaces of RDF that is a feed."""


def binary_kind(content: bytes) -> str:
    """Return a phrase for content that can't be text, or "".

    UTF-16 and UTF-32 are text, and full of NULs: check them first.

    >>> binary_kind(b"%PDF-1.7 ..."), binary_kind("Größe".encode())
    ('a PDF', '')
    """
    for signature, name in SIGNATURES.items():
        if content.startswith(signature):
            return name
    # NULs at the ends are padding, as left by a crashed writer.
    content = content.strip(b"\0") or content
    if _count_below_space(content) <= MOST_CONTROLS * len(content):
        return ""
    controls = len(content) - len(content.translate(None, _CONTROLS))
    if controls > MOST_CONTROLS * len(content):
        return f"{controls:,} control characters in {len(content):,} bytes"
    return ""


def _count_below_space(content: bytes) -> int:
    """Count bytes of C0 and DEL, including white space.

    These are more than the counted controls, but take a fifth of the time.
    """
    deletes = (
        content.count(b"\x7f") if b"\x7f" in content else 0
    )  # finding none takes a tenth of counting none
    return int(np.count_nonzero(np.frombuffer(content, np.uint8) < 32)) + deletes


def is_page(head: bytes) -> bool:
    """Return whether content is certainly an HTML page: a doctype or one of the outer elements comes first."""
    head = _narrow(head)
    return bool(_HTML.match(head, _after_lead(head)))


def is_html(head: bytes) -> bool:
    """Return whether content is HTML, even if only a piece of a page."""
    head = _narrow(head)
    first = _after_lead(head)
    return bool(_HTML.match(head, first) or _FRAGMENT.match(head, first))


def is_feed(head: bytes) -> bool:
    """Return whether content is XML whose outermost element is that of RSS or Atom."""
    head = _narrow(head)
    first = _after_lead(head)
    if doctype := _DOCTYPE.match(head, first):
        first = _after_lead(head, doctype.end())
    found = _FEED.match(head, first)
    return found is not None and (not found[1] or any(sign in head for sign in _RSS_1))


def _after_lead(head: bytes, at: int = 0) -> int:
    """Return the end of the white space, comments and processing instructions before the first element.

    It is a loop and not a pattern: a repeated pattern for possibly empty comments takes exponential time for
    forty of them.
    """
    while True:
        if spaces := _SPACES.match(head, at):
            at = spaces.end()
        opener, closer = next((pair for pair in _LEADS if head.startswith(pair[0], at)), (b"", b""))
        end = head.find(closer, at + len(opener)) if opener else -1
        if end < 0:
            return at
        at = end + len(closer)


_LEADS: Final = ((b"<!--", b"-->"), (b"<?", b">"))
"""Start and end of what may precede the first element."""


def is_json_feed(head: bytes) -> bool:
    """Return whether content is an object that states near its start that it is a JSON Feed."""
    return bool(_JSON_FEED.match(_narrow(head)))


def is_jsonl(head: bytes) -> bool:
    """Return whether the first non-blank line is a JSON object, or begins one too long to see."""
    line, end, _ = _narrow(head).lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    if not end and len(head) >= 1 << 16:
        return bool(re.match(rb'\{\s*"[^"]{0,200}"\s*:', line))
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return bool(re.match(rb'\{\s*"[^"]{0,200}"\s*:.*\}\s*$', line))
    return True


def is_alone(head: bytes) -> bool:
    """Return whether an object seems to be the whole content.

    It may hold a list of records, or be one itself.
    """
    line, _, rest = _narrow(head).strip().partition(b"\n")
    return not rest.strip() and (len(head) < 1 << 16 or bool(_ENVELOPE.search(line[:4096])))


def is_json(head: bytes) -> bool:
    """Return whether content begins like a JSON array or object."""
    return bool(_JSON.match(_narrow(head)))


def _narrow(head: bytes) -> bytes:
    """Remove a byte order mark, and convert UTF-16 to ASCII."""
    if head.startswith(codecs.BOM_UTF8):
        return head[3:]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").encode("ascii", "replace")
    return head
