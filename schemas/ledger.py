"""The ledger: one row for each labelled stretch of each document, kept or removed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.labels import BODY
from copydesk.schemas.records import Record

Fate = Literal["removed", "field", "body"]
"""What a stretch became: gone, a field of the article, part of its text."""


@dataclass(frozen=True, slots=True)
class LedgerRow(Record):
    """One labelled stretch of a document, and the evidence that decided its label."""

    id: str = column(pa.string(), "id of the article, or of the document that was rejected")
    record: str = column(pa.string(), "id inside the input, as in articles")
    seq: int = column(pa.int32(), "position of the stretch in its document, from 0")
    start: int = column(
        pa.int32(),
        "offset of its first character in the decoded text (for HTML, in the rendered text)",
    )
    end: int = column(pa.int32(), "offset after its last character")
    text: str = column(pa.string(), "the stretch after repair")
    label: str = column(pa.string(), "label: one of copydesk.schemas.labels")
    kept: bool = column(pa.bool_(), "true for the body and for fields; false for removed text")
    rule: str = column(
        pa.string(),
        "the rule, structure or model that decided; empty only for body that had no evidence against it",
    )
    score: float = column(pa.float32(), "confidence of the decision, 0 to 1")

    @property
    def fate(self) -> Fate:
        """What became of the stretch: `removed`, `field` or `body`."""
        return "removed" if not self.kept else "body" if self.label in BODY else "field"


if TYPE_CHECKING:
    import pyarrow

    LEDGER: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build the schema on first use: see `copydesk.schemas.kinds`."""
    if name == "LEDGER":
        return arrow_schema(LedgerRow, "ledger")
    raise AttributeError(name)
