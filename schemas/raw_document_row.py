"""The stored form of a raw document, so that newer rules can clean it again without fetching it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A row of the internal `documents` table. Not part of the public contract."""

    id: str = column(pa.string(), "id of the article that was made from it")
    version: str = column(pa.string(), "hash of the raw content, as in articles")
    format: str = column(pa.string(), "text or html")
    is_text: bool = column(pa.bool_(), "true if the content was already text (a cell of a table), not bytes")
    origin: str = column(pa.string(), "origin of the document and what the input said about it, as JSON")
    size: int = column(pa.int64(), "bytes of the raw content")
    content: bytes = column(pa.large_binary(), "the raw content, compressed with zstd")


if TYPE_CHECKING:
    import pyarrow

    DOCUMENTS: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build the schema on first use: see `copydesk.schemas.kinds`."""
    if name == "DOCUMENTS":
        return arrow_schema(StoredDocument, "documents")
    raise AttributeError(name)
