"""The functions of the public face: clean one document or many, explain one, read a dataset.

Each takes content as it was scraped, `str` or `bytes`, and never raises because of what the content holds: a
document that cannot become an article becomes a `Reject` with a reason. Wrong arguments raise TypeError or
`UsageError`, a ValueError.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from copydesk.schemas.article import Article
from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["", "text", "html"]
Content = str | bytes | Mapping[str, Any]
"""A document: its content, or a mapping of `content` and any of `url`, `kind`, `title`, `publisher`, `record`."""

_BATCH = 64
"""Documents that `clean_many` takes at a time, so that the model looks at some together and memory stays bounded."""
_HEAD = 8192


class Cleaner:
    """Rules, models and limits, loaded once. Cleaning changes nothing that a caller can see: one may serve many calls.

    >>> Cleaner().clean("Share this\\nThe board met on Tuesday and put off the plan for the quay.").text
    'The board met on Tuesday and put off the plan for the quay.'
    """

    def __init__(
        self, rules: Sequence[str | PathLike[str]] = (), *, settings: Settings | None = None
    ) -> None:
        """Load the shipped rule packs and those of `rules`; UsageError names a pack that is wrong."""
        from copydesk.tasks.pipeline import Desk

        self._rules = tuple(Path(path) for path in rules)
        self._settings = settings or Settings()
        self._desk = Desk.open(self._rules, self._settings)

    def clean(
        self, content: str | bytes, *, url: str = "", kind: Kind = "", **about: str
    ) -> Article | Reject:
        """Clean one document; see `explain` for the arguments."""
        return self.explain(content, url=url, kind=kind, **about).result

    def explain(self, content: str | bytes, *, url: str = "", kind: Kind = "", **about: str) -> Outcome:
        """Clean one document and return the outcome with its ledger.

        `kind` is `text` or `html`; by default the content tells. `about` is what is known besides the
        content: `title`, `publisher`, `record`, `source`.
        """
        from copydesk.tasks.pipeline import clean

        return clean(_raw({"content": content, "url": url, "kind": kind, **about}), self._desk)

    def clean_many(self, documents: Iterable[Content]) -> Iterator[Article | Reject]:
        """Clean documents one after the other, each exactly as `clean` does it, in less time; yields in their order."""
        return (outcome.result for outcome in self.explain_many(documents))

    def explain_many(self, documents: Iterable[Content]) -> Iterator[Outcome]:
        """Yield the outcomes of documents, in their order. Memory holds a batch of them at a time."""
        from copydesk.tasks.pipeline import clean_many

        rest = iter(documents)
        while batch := [_raw(document) for document in islice(rest, _BATCH)]:
            yield from clean_many(batch, self._desk)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by arguments: another process loads its own rules and models."""
        return _cleaner, (self._rules, self._settings)


def _cleaner(rules: Sequence[Path], settings: Settings) -> Cleaner:
    return Cleaner(rules, settings=settings)


@cache
def _shared() -> Cleaner:
    return Cleaner()


def clean(content: str | bytes, *, url: str = "", kind: Kind = "", **about: str) -> Article | Reject:
    """Clean one document with the shipped rules: see `Cleaner.clean`. Rules and models are loaded at the first call."""
    return _shared().clean(content, url=url, kind=kind, **about)


def explain(content: str | bytes, *, url: str = "", kind: Kind = "", **about: str) -> Outcome:
    """Clean one document and keep its ledger: see `Cleaner.explain`."""
    return _shared().explain(content, url=url, kind=kind, **about)


def clean_many(documents: Iterable[Content]) -> Iterator[Article | Reject]:
    """Clean documents, in their order: see `Cleaner.clean_many`."""
    return _shared().clean_many(documents)


def _raw(document: Content) -> RawDocument:
    """Make a raw document; TypeError where the argument is none."""
    given: dict[str, Any] = dict(document) if isinstance(document, Mapping) else {"content": document}
    content = given.pop("content", None)
    if not isinstance(content, str | bytes):
        raise TypeError(f"found a document of type {type(content).__name__}, expected str or bytes")
    kind: Format = given.pop("kind", "") or _kind(content)
    if kind not in ("text", "html"):
        raise ValueError(f"found kind {kind!r}, expected 'text', 'html' or ''")
    given.setdefault("source", "memory:")
    unknown = given.keys() - Origin.__dataclass_fields__.keys()
    if unknown:
        raise TypeError(f"found {sorted(unknown)}, expected some of {sorted(Origin.__dataclass_fields__)}")
    return RawDocument(Origin(**given), content, kind)


def _kind(content: str | bytes) -> Format:
    """Tell a page from a text by how it begins."""
    from copydesk.tasks.text import is_html

    head = content[:_HEAD].encode("utf-8", "surrogatepass") if isinstance(content, str) else content[:_HEAD]
    return "html" if is_html(head) else "text"


class Dataset:
    """The current snapshot of a dataset, as Arrow tables. It stays as it is while newer runs are committed."""

    def __init__(self, out: str | PathLike[str]) -> None:
        """Find the snapshot; UsageError where there is no dataset."""
        from copydesk.tasks.store import resolve

        self.path = resolve(Path(out))

    @cached_property
    def articles(self) -> "pyarrow.Table":
        """One row for each article."""
        return self._table("articles")

    @cached_property
    def ledger(self) -> "pyarrow.Table":
        """One row for each stretch of each document, kept or removed."""
        return self._table("ledger")

    @cached_property
    def rejects(self) -> "pyarrow.Table":
        """One row for each document that was rejected."""
        return self._table("rejects")

    @cached_property
    def runs(self) -> "pyarrow.Table":
        """One row for each run."""
        return self._table("runs")

    def to_pandas(self, **options: Any) -> Any:
        """The articles as a pandas DataFrame."""
        return self.articles.to_pandas(**options)

    def __len__(self) -> int:
        """Number of articles."""
        return int(self.articles.num_rows)

    def __repr__(self) -> str:
        """Name the snapshot."""
        return f"Dataset({str(self.path)!r})"

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the articles to any library that speaks Arrow: `polars.DataFrame(dataset)`, `duckdb.from_arrow(...)`."""
        return self.articles.__arrow_c_stream__(requested_schema)

    def _table(self, name: str) -> "pyarrow.Table":
        import pyarrow.dataset

        return pyarrow.dataset.dataset(self.path / name, format="parquet").to_table()


def read(out: str | PathLike[str]) -> Dataset:
    """Open the current snapshot of the dataset at `out`."""
    return Dataset(out)
