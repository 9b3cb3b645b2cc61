"""A document before its format matters: as it was read, and as it was decoded."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final, Literal

Format = Literal["text", "html"]
"""The kinds of content that have a front end."""

CharsetEvidence = Literal["bom", "http", "meta", "xml", "utf-8", "detected", "fallback", "given"]
"""What decided the charset, in the order in which the sources are tried. `given`: the input was already text.
"""


@dataclass(frozen=True, slots=True)
class Declared:
    """Metadata that an input states beside a document's content: cells of a row, elements of a feed's entry.

    Every value is as found, and empty where the input states nothing. Declared values take precedence over
    anything that the document says about itself.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    """One string per author, or one string that names them all."""
    published: str = ""
    modified: str = ""
    section: str = ""
    language: str = ""
    """A code (`en`, `en-GB`, `eng`) or an English name (`English`)."""
    publisher: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    """Field and column name of each value that a table or a call gives. An argument of a call has no column, so that its
    name is empty. Values from a feed are not listed."""

    def column(self, field: str) -> str:
        """Return the name of the column that a field came from, or "" if it came from no table."""
        return next((column for name, column in self.columns if name == field), "")

    def explicit(self, field: str) -> bool:
        """Whether a table or a call gives the field; what a feed says of it is not explicit."""
        return any(name == field for name, _ in self.columns)


NOTHING: Final = Declared()
"""The default: most inputs declare nothing."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document came from, and what the input said about it apart from its content.

    `source` is the URI as given. `record` is the id inside it (id column, line number, archive member) and is
    empty for a whole file. `identity` keeps the article's id stable when its content changes: `file:<absolute
    path>`, `record:<absolute path>#<id>`, or empty where only the content identifies the document. A URL
    takes precedence over `identity`: see `copydesk.tasks.article.identity`. `flag` is a warning that the
    article will carry, or empty.
    """

    source: str
    record: str = ""
    identity: str = ""
    url: str = ""
    http_charset: str = ""
    fetched_at: datetime | None = None
    flag: str = ""
    url_identifies: bool = True
    """False if other articles of the input have the same URL: see `copydesk.tasks.read.repeated_keys`."""
    declared: Declared = NOTHING


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as it was read: bytes from a file, or text from a cell that was already text."""

    origin: Origin
    content: bytes | str
    format: Format

    def as_bytes(self) -> bytes:
        """Return the content as bytes. Lone surrogates pass through, since refusing them is the decoder's business."""
        return as_bytes(self.content)


def as_bytes(content: bytes | str) -> bytes:
    """Return raw content as bytes; `as_text` of text's bytes is the text again, lone surrogates included.

    >>> as_bytes("caf\u00e9"), as_bytes(b"\xff"), as_text(as_bytes("\ud800")) == "\ud800"
    (b'caf\xc3\xa9', b'\xff', True)
    """
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


def as_text(content: bytes) -> str:
    """Return the text that `as_bytes` made bytes of."""
    return content.decode("utf-8", "surrogatepass")


def content_hash(content: bytes) -> str:
    """Return the name of raw content: 32 hex digits of BLAKE2b. Article versions and kept rejects bear it.

    >>> content_hash(b"")
    'cae66941d9efbd404e4d88758ea67670'
    """
    return blake2b(content, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The document as text, exactly as it came: without repair, with its original line ends.

    `text` holds no lone surrogates: they become U+FFFD, because no Parquet writer accepts them. `version` is
    the hash of the raw content, `size` its length in bytes.
    """

    origin: Origin
    format: Format
    text: str
    charset: str
    evidence: CharsetEvidence
    version: str
    size: int
