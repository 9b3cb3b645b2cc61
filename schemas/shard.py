"""What the workers hand to the store, and what the store answers."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from copydesk.schemas.report import Reject
from copydesk.schemas.run_statistics import Signs


class Fingerprint(NamedTuple):
    """What an input looked like when it was read: cheap to take but for its content, and changed by any write."""

    uri: str
    """The input as it stands in `Article.source` and `Origin.source`."""
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    """When its inode changed last."""
    content: str = ""
    """Hash of its bytes (`copydesk.tasks.store.inputs.content_hash`); empty where it was not taken."""


class Place(NamedTuple):
    """How far an input was read, so that reading can go on there.

    Without an `offset` it holds for the very same file only; with one also for a file that has
    grown since, provided that what stands before the offset still has the same digest.
    """

    records: int
    """Documents and rejects that came before."""
    open: int = 0
    """Rejects that the reader handed out for what stands behind the place: a line that is still being
    written, an archive that breaks off. They are read again."""
    line: int = 0
    """Lines before the place, blank ones included."""
    offset: int = -1
    """Bytes before the place, decompressed; -1 where the reader can't start in the middle."""
    digest: str = ""
    """Of all these bytes."""
    columns: str = ""
    """The columns that were chosen at the beginning (`copydesk.tasks.read.columns.Layout`): what comes later may look different."""


@dataclass(frozen=True, slots=True)
class StagedShard:
    """A shard's results as files in `Store.stage`; `copydesk.tasks.store.staging.stage_shard` writes them.

    An id stands at most once in `articles`: of documents with the same id the shard keeps the one
    that `copydesk.tasks.store.staging.precedence` puts first, and counts the others as `duplicate`. So
    `seen = rows of articles + duplicate + len(rejects)`, which the store checks.
    """

    articles: Path
    """Parquet, schema STAGED, rows sorted by id, each id once."""
    ledger: Path
    """Parquet, schema LEDGER, rows sorted by id and seq: those of the articles, and of rejected
    documents as far as they have any."""
    rejects: tuple[Reject, ...]
    seen: int
    """Documents of this shard, duplicates and rejects included."""
    kept_chars: int = 0
    """Non-space characters that were kept."""
    removed_chars: int = 0
    """Non-space characters that were removed."""
    removed_by_label: dict[str, int] = field(default_factory=dict)
    """The removed characters by label."""
    duplicate: int = 0
    """Documents that lost to another one of this shard with the same id."""
    documents: Path | None = None
    """Parquet, schema DOCUMENTS: the raw documents of the articles, sorted by id; None when they are not kept."""
    signs: Signs = field(default_factory=Signs)
    """What its articles show of publishers and charsets."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files in the stage."""
        return (self.articles, self.ledger, *([self.documents] if self.documents else ()))


class Books(NamedTuple):
    """Where documents went. A document that was counted as one thing may turn out to be another
    when a further one with its id arrives, so that the books of one commit may hold a negative
    number; their sum is always the number of documents."""

    written: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def seen(self) -> int:
        """Every document is in exactly one of the four."""
        return self.written + self.unchanged + self.duplicate + self.rejected

    def plus(self, other: "Books") -> "Books":
        """Both books together."""
        return Books(*(a + b for a, b in zip(self, other, strict=True)))


if TYPE_CHECKING:
    import pyarrow

    STAGED: pyarrow.Schema
    """An article on its way from a worker to the store."""


def __getattr__(name: str) -> "pyarrow.Schema":
    """Make the schema when it is asked for: see `copydesk.schemas.kinds`."""
    if name == "STAGED":
        return _staged()
    raise AttributeError(name)


@cache
def _staged() -> "pyarrow.Schema":
    import pyarrow as pa

    from copydesk.schemas.article import ARTICLES

    meaning = {"description": "copydesk.tasks.dedup.minhash; null where nobody made it"}
    return ARTICLES.append(pa.field("signature", pa.binary(), metadata=meaning))
