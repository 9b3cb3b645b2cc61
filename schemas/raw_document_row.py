"""What is kept of a document as it came, so that newer rules can clean it again without fetching it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A row of the state folder's `documents`: nobody's contract but our own."""

    id: str = column(pa.string(), "id of the article that it became")
    version: str = column(pa.string(), "hash of the raw content, as in articles")
    format: str = column(pa.string(), "text or html")
    is_text: bool = column(pa.bool_(), "the content was text already (a cell of a table), not bytes")
    origin: str = column(pa.string(), "where it came from and what the input said about it, as JSON")
    size: int = column(pa.int64(), "bytes of the raw content")
    content: bytes = column(pa.large_binary(), "the raw content, compressed with zstd")


if TYPE_CHECKING:
    import pyarrow

    DOCUMENTS: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Make the schema when it is asked for: see `copydesk.schemas.kinds`."""
    if name == "DOCUMENTS":
        return arrow_schema(StoredDocument, "documents")
    raise AttributeError(name)
