"""The ledger: one row for each labelled stretch of each document, kept or removed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.records import Record


@dataclass(frozen=True, slots=True)
class LedgerRow(Record):
    """What became of one stretch of a document, and what decided it."""

    id: str = column(pa.string(), "id of the article, or of the document that was rejected")
    record: str = column(pa.string(), "id inside the input, as in articles")
    seq: int = column(pa.int32(), "place of the stretch in its document, from 0")
    start: int = column(
        pa.int32(),
        "offset of its first character in the decoded text as it came (HTML: in the rendered text)",
    )
    end: int = column(pa.int32(), "offset behind its last character")
    text: str = column(pa.string(), "the stretch after repair")
    label: str = column(pa.string(), "what it is: one of the labels of copydesk.schemas.labels")
    kept: bool = column(pa.bool_(), "true for the body and for what became a field; false for what is gone")
    rule: str = column(
        pa.string(), "the rule, structure or model that decided; empty only for body nothing spoke against"
    )
    score: float = column(pa.float32(), "confidence of the decision, 0 to 1")


if TYPE_CHECKING:
    import pyarrow

    LEDGER: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Make the schema when it is asked for: see `copydesk.schemas.kinds`."""
    if name == "LEDGER":
        return arrow_schema(LedgerRow, "ledger")
    raise AttributeError(name)
