"""What a run reports: the documents that it rejected, and its counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.article import Article
from copydesk.schemas.document import Format, Origin, RawDocument, content_hash
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.records import Record

_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Reject(Record):
    """A document that did not become an article, with a reason code and a sentence that explains it."""

    origin: Origin
    stage: str
    """The step that refused it: read, decode, parse, clean, worker."""
    reason: str
    """Stable code, lower case with dashes: `empty`, `not-text`, `bad-json`, `truncated`, `not-an-article` ..."""
    detail: str
    """What was found and what was expected."""
    content: bytes = b""
    """The raw bytes, for replay; empty if there are none to keep."""
    content_hash: str = ""
    size: int = 0
    form: Format | Literal[""] = ""
    """The format of `content`, for replay; empty if the reader could not read the document."""
    is_text: bool = False
    """True if the content was already text (a cell of a table), not bytes."""

    @classmethod
    def of(cls, raw: RawDocument, stage: str, reason: str, detail: str) -> "Reject":
        """Return the reject of a document that was read. It keeps the raw bytes, so that it can be replayed."""
        content, text = raw.as_bytes(), isinstance(raw.content, str)
        name = content_hash(content)
        return cls(raw.origin, stage, reason, detail, content, name, len(content), raw.format, is_text=text)

    def to_dict(self) -> dict[str, Any]:
        """Return the document's row of `rejects/`, without the raw content."""
        place = {name: getattr(self.origin, name) for name in ("source", "record", "url")}
        own = ("stage", "reason", "detail", "content_hash", "size")
        return place | {name: getattr(self, name) for name in own}


@dataclass(frozen=True, slots=True)
class Outcome(Record):
    """The result of one document: an article or a reject, and the ledger of its stretches."""

    result: Article | Reject
    ledger: tuple[LedgerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectRow:
    """One row of `rejects/`."""

    source: str = column(
        pa.string(),
        "URI of the input as given",
        "scrape/2024-05.jsonl",
    )
    record: str = column(
        pa.string(),
        "id inside the input; empty for a whole file",
        "17",
    )
    url: str = column(
        pa.string(),
        "URL, if the input gave one",
        "https://herald.example/news/crane",
    )
    stage: str = column(
        pa.string(),
        "the step that refused it: read, decode, parse, clean, worker",
        "read",
    )
    reason: str = column(
        pa.string(),
        "stable reason code",
        "bad-json",
        format="lower case, with dashes",
    )
    detail: str = column(
        pa.string(),
        "what was found and what was expected",
        "scrape/2024-05.jsonl line 17: found the end of the line, expected a quote",
        format="one line",
    )
    content_hash: str = column(
        pa.string(),
        "hash of the raw content; its bytes are in the state folder",
        "50956bc494ba733a9a48d0f17fb0c1bf",
        format="32 hex digits; empty where there is no content",
    )
    size: int = column(
        pa.int64(),
        "bytes of raw content",
        1822,
    )
    run_id: str = column(
        pa.string(),
        "id of the run that rejected it",
        "20240503T041209-1f0c9a3e",
    )
    rejected_at: datetime = column(
        _INSTANT,
        "when",
        datetime(2024, 5, 3, 4, 12, 9, tzinfo=UTC),
    )


@dataclass(frozen=True, slots=True)
class RunReport:
    """The counts of one run, and one row of `runs/`: seen = written + unchanged + duplicate + rejected."""

    run_id: str = column(
        pa.string(),
        "id of the run",
        "20240503T041209-1f0c9a3e",
    )
    started_at: datetime = column(
        _INSTANT,
        "when it started",
        datetime(2024, 5, 3, 4, 12, 9, tzinfo=UTC),
    )
    finished_at: datetime = column(
        _INSTANT,
        "when it ended",
        datetime(2024, 5, 3, 4, 14, 30, tzinfo=UTC),
    )
    inputs: list[str] = column(
        pa.list_(pa.string()),
        "inputs as given",
        ("scrape",),
    )
    seen: int = column(
        pa.int64(),
        "documents read",
        24,
    )
    written: int = column(
        pa.int64(),
        "articles that are new or changed",
        19,
    )
    unchanged: int = column(
        pa.int64(),
        "documents that are already in the dataset, with the same content and the same pipeline",
        2,
    )
    duplicate: int = column(
        pa.int64(),
        "documents that occurred more than once in this run with the same id, or were fetched earlier than the article in the dataset",
        1,
    )
    rejected: int = column(
        pa.int64(),
        "documents rejected, each with its reason",
        2,
    )
    near_duplicates: int = column(
        pa.int64(),
        "of the articles written, those that repeat another one (`duplicate_of`); null in runs from before near duplicates were searched",
        1,
    )
    kept_chars: int = column(
        pa.int64(),
        "non-space characters kept in documents that are articles, counted in the ledger's `text` (after repair)",
        81204,
    )
    removed_chars: int = column(
        pa.int64(),
        "non-space characters removed from documents that are articles, counted as in `articles.removed_chars`",
        9311,
    )
    removed_by_label: dict[str, int] = column(
        pa.map_(pa.string(), pa.int64()),
        "removed characters by label",
        {"share": 411, "related": 2704},
        format="label and characters",
    )
    rejects_by_reason: dict[str, int] = column(
        pa.map_(pa.string(), pa.int64()),
        "rejects by reason code",
        {"bad-json": 1, "truncated": 1},
        format="reason and documents",
    )
    settings: str = column(
        pa.string(),
        "settings in force, as JSON",
        '{"workers": 2}',
        format="JSON",
    )
    rules_version: str = column(
        pa.string(),
        "hash of the rule packs in force",
        "ceac5584c250a402",
        format="16 hex digits",
    )
    cleaner_version: str = column(
        pa.string(),
        "copydesk version",
        "0.1.0",
    )
    alarms: list[str] = column(
        pa.list_(pa.string()),
        "unusual figures compared with earlier runs over the same inputs, one sentence each",
        ("rejects: 31.0% of 1,204 documents were rejected, usual are 0.2%",),
        default_factory=list,
    )
    passed_over: dict[str, int] = column(
        pa.map_(pa.string(), pa.int64()),
        "records of web archives that are not documents, by kind: request, status 404, image/png ...; not counted in `seen`; null in runs from before they were counted",
        {"request": 1204, "image/png": 77},
        default_factory=dict,
    )

    notes: list[str] = column(
        pa.list_(pa.string()),
        "notes about the inputs, one sentence each: columns that were read or ignored, HTML in columns of text, URLs that repeat, inputs without documents",
        ("scrape/a.csv: holds no documents",),
        default_factory=list,
    )

    def balanced(self) -> bool:
        """Return whether every document that was read is accounted for."""
        return self.seen == self.written + self.unchanged + self.duplicate + self.rejected


if TYPE_CHECKING:
    import pyarrow

    REJECTS: pyarrow.Schema
    RUNS: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build a schema on first use: see `copydesk.schemas.kinds`."""
    if name == "REJECTS":
        return arrow_schema(RejectRow, "rejects")
    if name == "RUNS":
        return arrow_schema(RunReport, "runs")
    raise AttributeError(name)
