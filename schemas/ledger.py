"""The ledger: one row for each labelled stretch of each document, kept or removed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.labels import BODY
from copydesk.schemas.records import Record

Fate = Literal["removed", "field", "body"]
"""The fate of a stretch: removed, a field of the article, or part of its text."""


@dataclass(frozen=True, slots=True)
class LedgerRow(Record):
    """One labelled stretch of a document, and the evidence that decided its label."""

    id: str = column(
        pa.string(),
        "id of the article, or of the document that was rejected",
        "9f14ee0bb14245579d6deb5a4825d040",
        format="32 hex digits",
    )
    record: str = column(
        pa.string(),
        "id inside the input, as in articles",
        "row-17",
    )
    seq: int = column(
        pa.int32(),
        "position of the stretch in its document, from 0",
        3,
    )
    start: int = column(
        pa.int32(),
        "offset of its first character in the decoded text (for HTML, in the rendered text)",
        184,
        format="in characters, from 0",
    )
    end: int = column(
        pa.int32(),
        "offset after its last character",
        194,
    )
    text: str = column(
        pa.string(),
        "the stretch after repair",
        "Share this",
    )
    label: str = column(
        pa.string(),
        "label: one of copydesk.schemas.labels",
        "share",
    )
    kept: bool = column(
        pa.bool_(),
        "true for the body and for fields; false for removed text",
        False,
    )
    rule: str = column(
        pa.string(),
        "the rule, must-keep line, structure or model that decided; empty only for body that had no evidence against it",
        "en_share/generic/share-this",
        format="pack/publisher/name of a rule, or structure:name, or model:name",
    )
    score: float = column(
        pa.float32(),
        "confidence of the decision, 0 to 1",
        1.0,
    )

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
