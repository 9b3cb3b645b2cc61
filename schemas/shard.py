"""What workers pass to the store, and what the store returns."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copydesk.schemas.report import Reject
from copydesk.schemas.run_statistics import Signs


class Fingerprint(NamedTuple):
    """How an input looked when it was read. Cheap to take except for its content; changes with any write."""

    uri: str
    """The input as in `Article.source` and `Origin.source`."""
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    """When its inode last changed."""
    content: str = ""
    """Hash of its bytes (`copydesk.tasks.store.inputs.content_hash`); empty if it was not computed."""


class ResumePoint(NamedTuple):
    """Resume point: how far an input was read, so that reading can continue there.

    Without an `offset` it is valid for exactly the same file only. With an `offset` it is also valid for a
    file that has grown, if the bytes before the offset still have the same digest.
    """

    records: int
    """Documents and rejects before the resume point."""
    open: int = 0
    """Rejects that the reader yielded for content after the resume point: a line that is still being written,
    an archive that ends too early. That content is read again."""
    line: int = 0
    """Lines before the resume point, including blank lines."""
    offset: int = -1
    """Decompressed bytes before the resume point; -1 if the reader can't start in the middle."""
    digest: str = ""
    """Digest of these bytes."""
    columns: str = ""
    """The columns chosen at the start (`copydesk.tasks.read.columns.Layout`); later rows may look different.
    """


def _no_documents() -> "pyarrow.Table":
    from copydesk.schemas.raw_document_row import DOCUMENTS

    return DOCUMENTS.empty_table()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The result of a batch of documents, or of a whole shard: tables of the dataset's schemas, rejects, and counts.

    Rows are in the order of the documents. The characters are those of the articles' ledgers; text lost with
    a rejected document does not count as removed from the dataset.
    """

    articles: "pyarrow.Table"
    ledger: "pyarrow.Table"
    rejects: tuple[Reject, ...] = ()
    seen: int = 0
    kept_chars: int = 0
    removed_chars: int = 0
    removed_by_label: dict[str, int] = field(default_factory=dict)
    documents: "pyarrow.Table" = field(default_factory=_no_documents)
    """The raw document of each article, in the order of the articles; empty if they are not kept."""


@dataclass(frozen=True, slots=True)
class StagedShard:
    """A shard's results as files in `Store.stage`; `copydesk.tasks.store.staging.stage_shard` writes them.

    An id occurs at most once in `articles`. Of documents with the same id the shard keeps the one that
    `copydesk.tasks.store.staging.precedence` puts first, and counts the others as `duplicate`. So `seen =
    rows of articles + duplicate + len(rejects)`; the store checks this.
    """

    articles: Path
    """Parquet, schema STAGED, rows sorted by id, each id once."""
    ledger: Path
    """Parquet, schema LEDGER, rows sorted by id and seq: the ledger of the articles, and of rejected
    documents if they have one."""
    rejects: tuple[Reject, ...]
    seen: int
    """Documents of this shard, including duplicates and rejects."""
    kept_chars: int = 0
    """Non-space characters that were kept."""
    removed_chars: int = 0
    """Non-space characters that were removed."""
    removed_by_label: dict[str, int] = field(default_factory=dict)
    """The removed characters by label."""
    duplicate: int = 0
    """Documents that have the same id as another document of this shard and were not kept."""
    documents: Path | None = None
    """Parquet, schema DOCUMENTS: the raw documents of the articles, sorted by id; None if they are not kept.
    """
    signs: Signs = field(default_factory=Signs)
    """Statistics of its articles by publisher and charset."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return its files in the stage."""
        return (self.articles, self.ledger, *([self.documents] if self.documents else ()))


class Counts(NamedTuple):
    """Counts of documents by outcome.

    A document that was counted under one outcome may move to another when a further document with its id
    arrives. The counts of one commit may therefore hold a negative number; their sum is always the number of
    documents.
    """

    written: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def seen(self) -> int:
        """Return the number of documents: each is in exactly one of the four counts."""
        return self.written + self.unchanged + self.duplicate + self.rejected

    def plus(self, other: "Counts") -> "Counts":
        """Return the sum of both."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


if TYPE_CHECKING:
    import pyarrow

    STAGED: pyarrow.Schema
    """An article on its way from a worker to the store."""


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build the schema on first use: see `copydesk.schemas.kinds`."""
    if name == "STAGED":
        return _staged()
    raise AttributeError(name)


@cache
def _staged() -> "pyarrow.Schema":
    import pyarrow as pa

    from copydesk.schemas.article import ARTICLES

    meaning = {
        "description": "MinHash signature, see copydesk.tasks.dedup.minhash; null if it was not computed"
    }
    return ARTICLES.append(pa.field("signature", pa.binary(), metadata=meaning))
