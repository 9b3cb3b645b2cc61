"""A document before its format is known to anybody: as it was read, and as it was decoded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Format = Literal["text", "html"]
"""The kinds of content a front end exists for."""

Evidence = Literal["bom", "http", "meta", "xml", "utf-8", "detected", "fallback", "given"]
"""What decided the charset, in the order in which it is asked. `given`: the input was text already."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document came from, and what the input said about it apart from its content.

    `source` is the URI as given; `record` is the id inside it (id column, line number, archive
    member) and is empty for a whole file. `identity` is what makes the article's id stable over
    changes of its content: `file:<absolute path>`, `record:<absolute path>#<id>`, or empty where
    nothing but the content identifies the document. A URL, where there is one, goes first
    whatever `identity` says: see `tasks.identity`. `author` and `published` are what a feed says, as
    found; `flag` is what a reader should know of the article, or empty.
    """

    source: str
    record: str = ""
    identity: str = ""
    url: str = ""
    publisher: str = ""
    title: str = ""
    http_charset: str = ""
    fetched_at: datetime | None = None
    author: str = ""
    published: str = ""
    modified: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as it was read: bytes from a file, or text from a cell that was text already."""

    origin: Origin
    content: bytes | str
    format: Format


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The document as text, exactly as it came: no repair, line ends as they were.

    `text` holds no lone surrogates (they become U+FFFD, since no Parquet writer takes them).
    `version` is the hash of the raw content, `size` its length in bytes.
    """

    origin: Origin
    format: Format
    text: str
    charset: str
    evidence: Evidence
    version: str
    size: int
