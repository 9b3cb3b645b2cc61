"""What a run says about itself: documents it could not take, and the books of the whole run."""

from dataclasses import dataclass
from datetime import datetime
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
    """A document that did not become an article: the reason code, and a sentence for a person."""

    origin: Origin
    stage: str
    """Step that refused it: read, decode, parse, clean, worker."""
    reason: str
    """Stable code, lower case with dashes: `empty`, `not-text`, `bad-json`, `truncated`, `not-an-article` ..."""
    detail: str
    """What was found and what was expected."""
    content: bytes = b""
    """The raw bytes, for replay; empty where there are none to keep."""
    content_hash: str = ""
    size: int = 0
    form: Format | Literal[""] = ""
    """What `content` is, so that it can be replayed; empty for what the reader could not take."""
    is_text: bool = False
    """The content was text already (a cell of a table), not bytes."""

    @classmethod
    def of(cls, raw: RawDocument, stage: str, reason: str, detail: str) -> "Reject":
        """Return the reject of a document that was read. It keeps the raw bytes, so that it can be replayed."""
        content, text = raw.as_bytes(), isinstance(raw.content, str)
        name = content_hash(content)
        return cls(raw.origin, stage, reason, detail, content, name, len(content), raw.format, is_text=text)

    def to_dict(self) -> dict[str, Any]:
        """Return what a row of `rejects/` says of the document; the raw content is left out."""
        place = {name: getattr(self.origin, name) for name in ("source", "record", "url")}
        own = ("stage", "reason", "detail", "content_hash", "size")
        return place | {name: getattr(self, name) for name in own}


@dataclass(frozen=True, slots=True)
class Outcome(Record):
    """What became of one document: an article or a reject, and the ledger of its stretches."""

    result: Article | Reject
    ledger: tuple[LedgerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectRow:
    """One row of `rejects/`."""

    source: str = column(pa.string(), "URI of the input as given")
    record: str = column(pa.string(), "id inside the input; empty for a whole file")
    url: str = column(pa.string(), "URL, if the input gave one")
    stage: str = column(pa.string(), "step that refused it: read, decode, parse, clean, worker")
    reason: str = column(pa.string(), "stable reason code")
    detail: str = column(pa.string(), "what was found and what was expected")
    content_hash: str = column(pa.string(), "hash of the raw content; its bytes lie in the state folder")
    size: int = column(pa.int64(), "bytes of raw content")
    run_id: str = column(pa.string(), "run that rejected it")
    rejected_at: datetime = column(_INSTANT, "when")


@dataclass(frozen=True, slots=True)
class RunReport:
    """The books of one run, and one row of `runs/`: seen = written + unchanged + duplicate + rejected."""

    run_id: str = column(pa.string(), "id of the run")
    started_at: datetime = column(_INSTANT, "when it started")
    finished_at: datetime = column(_INSTANT, "when it ended")
    inputs: list[str] = column(pa.list_(pa.string()), "inputs as given")
    seen: int = column(pa.int64(), "documents read")
    written: int = column(pa.int64(), "articles new or changed")
    unchanged: int = column(
        pa.int64(), "documents known already, with the same content and the same pipeline"
    )
    duplicate: int = column(
        pa.int64(),
        "documents that came more than once in this run with the same id, or were fetched before the article that is there",
    )
    rejected: int = column(pa.int64(), "documents rejected, each with its reason")
    near_duplicates: int = column(
        pa.int64(),
        "of the articles written, those that repeat another one (`duplicate_of`); null in runs of before there was a search",
    )
    kept_chars: int = column(
        pa.int64(),
        "non-space characters kept of documents that are articles, as the ledger's `text` has them (after repair)",
    )
    removed_chars: int = column(
        pa.int64(),
        "non-space characters removed from documents that are articles, counted as in `articles.removed_chars`",
    )
    removed_by_label: dict[str, int] = column(pa.map_(pa.string(), pa.int64()), "removed characters by label")
    rejects_by_reason: dict[str, int] = column(pa.map_(pa.string(), pa.int64()), "rejects by reason code")
    settings: str = column(pa.string(), "settings in force, as JSON")
    rules_version: str = column(pa.string(), "hash of the rule packs in force")
    cleaner_version: str = column(pa.string(), "copydesk version")
    alarms: list[str] = column(
        pa.list_(pa.string()),
        "what was unusual beside earlier runs over the same inputs, one sentence each",
        default_factory=list,
    )
    passed_over: dict[str, int] = column(
        pa.map_(pa.string(), pa.int64()),
        "records of web archives that are no documents, by what they are: request, status 404, image/png ...; not among `seen`; null in runs of before they were counted",
        default_factory=dict,
    )

    notes: list[str] = column(
        pa.list_(pa.string()),
        "what a reader of the run should know of its inputs, one sentence each: columns that were read and left, HTML in columns of text, URLs that repeat, inputs without documents",
        default_factory=list,
    )

    def balanced(self) -> bool:
        """Whether every document that was read is accounted for."""
        return self.seen == self.written + self.unchanged + self.duplicate + self.rejected


if TYPE_CHECKING:
    import pyarrow

    REJECTS: pyarrow.Schema
    RUNS: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Make a schema when it is asked for: see `copydesk.schemas.kinds`."""
    if name == "REJECTS":
        return arrow_schema(RejectRow, "rejects")
    if name == "RUNS":
        return arrow_schema(RunReport, "runs")
    raise AttributeError(name)
