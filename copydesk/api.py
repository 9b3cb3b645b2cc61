"""The functions of the public face: clean one document or many, explain one, read a dataset.

Each takes content as it was scraped, `str` or `bytes`. Content never causes an exception: a document that
can't become an article becomes a `Reject` with a reason. Wrong arguments raise TypeError or ValueError; a
wrong rule pack or a missing dataset raises `CopydeskError`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, Unpack

from copydesk.schemas.article import Article
from copydesk.schemas.document import Declared, Format, Origin, RawDocument
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["", "text", "html"]
_BATCH: Final = 64
"""Documents that `clean_many` takes at a time: the model processes them together, and memory stays limited.
"""
_HEAD: Final = 8192
"""Number of characters or bytes that are checked to tell a page from a text."""


class About(TypedDict, total=False):
    """What is known of a document besides its content.

    It takes precedence over what the document states about itself.
    """

    url: str
    """Address of the document. The article's id is derived from it."""
    kind: Kind
    """`text` or `html`; if empty, the content decides."""
    record: str
    """Name of the document in its source."""
    source: str
    """Origin of the document; `memory:` if not given."""
    charset: str
    """Charset that the server stated for the bytes."""
    title: str
    authors: Sequence[str]
    published: str
    modified: str
    section: str
    language: str
    publisher: str


class Document(About):
    """A document for `clean_many`: its content, and what is known of it."""

    content: str | bytes


Content = str | bytes | Document


class Cleaner:
    """Rules, models and limits, loaded once.

    Cleaning has no visible side effects, so one cleaner can serve many calls.

    >>> Cleaner().clean("Share this\\nThe board met on Tuesday and put off the plan for the quay.").text
    'The board met on Tuesday and put off the plan for the quay.'
    """

    def __init__(
        self, rules: Sequence[str | PathLike[str]] = (), *, settings: Settings | None = None
    ) -> None:
        """Load the shipped rule packs and those of `rules`. A CopydeskError names a pack that is wrong."""
        from copydesk.tasks.pipeline import CleaningContext

        if isinstance(rules, str | PathLike):
            raise TypeError(f"found rules {rules!r}, expected a list of paths")
        self._rules = tuple(Path(path) for path in rules)
        self._settings = settings or Settings()
        self._context = CleaningContext.open(self._rules, self._settings)

    def clean(self, content: str | bytes, **about: Unpack[About]) -> Article | Reject:
        """Clean one document. `about` is what is known of it: see `About`."""
        return self.explain(content, **about).result

    def explain(self, content: str | bytes, **about: Unpack[About]) -> Outcome:
        """Clean one document and return the outcome with its ledger."""
        from copydesk.tasks.pipeline import clean

        return clean(_raw(content, about), self._context)

    def clean_many(self, documents: Iterable[Content]) -> Iterator[Article | Reject]:
        """Clean documents in their order. Each result equals that of `clean`, but in less time."""
        return (outcome.result for outcome in self.explain_many(documents))

    def explain_many(self, documents: Iterable[Content]) -> Iterator[Outcome]:
        """Yield the outcomes of documents, in their order. Memory holds one batch at a time."""
        from copydesk.tasks.pipeline import clean_many

        if isinstance(documents, str | bytes | Mapping):
            raise TypeError(f"found one {type(documents).__name__}, expected several documents")
        rest = iter(documents)
        while batch := [_of(document) for document in islice(rest, _BATCH)]:
            yield from clean_many(batch, self._context)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments only: another process loads its own rules and models."""
        return _cleaner, (self._rules, self._settings)


def _cleaner(rules: Sequence[Path], settings: Settings) -> Cleaner:
    return Cleaner(rules, settings=settings)


@cache
def _shared() -> Cleaner:
    return Cleaner()


def clean(content: str | bytes, **about: Unpack[About]) -> Article | Reject:
    """Clean one document with the shipped rules: see `Cleaner.clean`.

    The first call loads rules and models.
    """
    return _shared().clean(content, **about)


def explain(content: str | bytes, **about: Unpack[About]) -> Outcome:
    """Clean one document and keep its ledger: see `Cleaner.explain`."""
    return _shared().explain(content, **about)


def clean_many(documents: Iterable[Content]) -> Iterator[Article | Reject]:
    """Clean documents, in their order: see `Cleaner.clean_many`."""
    return _shared().clean_many(documents)


_DECLARED: Final = ("title", "published", "modified", "section", "language", "publisher")


def _of(document: Content) -> RawDocument:
    """Make a raw document of an item of `clean_many`."""
    if not isinstance(document, Mapping):
        return _raw(document, {})
    about: dict[str, Any] = dict(document)
    return _raw(about.pop("content", None), about)


def _raw(content: Any, about: Mapping[str, Any]) -> RawDocument:
    """Make a raw document. Raise TypeError or ValueError for wrong arguments."""
    if not isinstance(content, str | bytes):
        raise TypeError(f"found content of type {type(content).__name__}, expected str or bytes")
    if unknown := about.keys() - About.__annotations__.keys():
        raise TypeError(f"found {sorted(unknown)}, expected some of {sorted(About.__annotations__)}")
    given: dict[str, Any] = {name: about.get(name) or "" for name in About.__annotations__}
    authors = (given["authors"],) if isinstance(given["authors"], str) else tuple(given["authors"])
    for name, value in [*(given | {"authors": ""}).items(), *(("authors", each) for each in authors)]:
        if not isinstance(value, str):
            raise TypeError(f"found {name} of type {type(value).__name__}, expected str")
    if given["kind"] not in ("", "text", "html"):
        raise ValueError(f"found kind {given['kind']!r}, expected 'text', 'html' or ''")
    told = {name: given[name] for name in _DECLARED}
    explicit = tuple((name, "") for name, value in (told | {"authors": authors}).items() if value)
    declared = Declared(authors=tuple(filter(None, authors)), **told, columns=explicit)
    origin = Origin(
        given["source"] or "memory:",
        given["record"],
        url=given["url"],
        http_charset=given["charset"],
        declared=declared,
    )
    return RawDocument(origin, content, given["kind"] or _kind(content))


def _kind(content: str | bytes) -> Format:
    """Return whether content is a page or a text, judging by its beginning."""
    from copydesk.tasks.text import is_html

    head = content[:_HEAD].encode("utf-8", "surrogatepass") if isinstance(content, str) else content[:_HEAD]
    return "html" if is_html(head) else "text"


def to_arrow(rows: Iterable[Article] | Iterable[LedgerRow] | Iterable[Reject]) -> "pyarrow.Table":
    """Return articles, ledger rows or rejects as a table with the columns of the dataset.

    `.to_pandas()` makes a frame of it.

    Raises TypeError if the rows are of different kinds. Of rejects, columns that only a run fills are left
    out.
    """
    import pyarrow

    from copydesk.schemas.article import ARTICLES
    from copydesk.schemas.ledger import LEDGER
    from copydesk.schemas.report import REJECTS

    listed: list[Any] = list(rows)
    kinds = {type(row) for row in listed} or {Article}
    schemas = {Article: ARTICLES, LedgerRow: LEDGER, Reject: REJECTS}
    if len(kinds) != 1 or not kinds <= schemas.keys():
        names = sorted(kind.__name__ for kind in kinds)
        raise TypeError(f"found {names}, expected rows of one kind: Article, LedgerRow or Reject")
    kind = kinds.pop()
    schema = schemas[kind]
    if kind is Reject:
        schema = pyarrow.schema([field for field in schema if field.name not in ("run_id", "rejected_at")])
    return pyarrow.Table.from_pylist([row.to_dict() for row in listed], schema)


class Dataset:
    """The current snapshot of a dataset, as Arrow tables. It does not change when newer runs are committed."""

    def __init__(self, out: str | PathLike[str]) -> None:
        """Find the snapshot. Raise CopydeskError if there is no dataset."""
        from copydesk.tasks.store import resolve

        self.path = resolve(Path(out))

    @cached_property
    def articles(self) -> "pyarrow.Table":
        """Return one row per article."""
        return self._table("articles")

    @cached_property
    def ledger(self) -> "pyarrow.Table":
        """Return one row per stretch of each document, kept or removed."""
        return self._table("ledger")

    @cached_property
    def rejects(self) -> "pyarrow.Table":
        """Return one row per rejected document."""
        return self._table("rejects")

    @cached_property
    def runs(self) -> "pyarrow.Table":
        """Return one row per run."""
        return self._table("runs")

    def to_pandas(self, **options: Any) -> Any:
        """Return the articles as a pandas DataFrame."""
        return self.articles.to_pandas(**options)

    def __len__(self) -> int:
        """Return the number of articles."""
        return int(self.articles.num_rows)

    def __repr__(self) -> str:
        """Return a representation that names the snapshot."""
        return f"Dataset({str(self.path)!r})"

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Pass the articles to any library that supports Arrow.

        For example: `polars.DataFrame(dataset)`, `duckdb.from_arrow(...)`.
        """
        return self.articles.__arrow_c_stream__(requested_schema)

    def _table(self, name: str) -> "pyarrow.Table":
        import pyarrow.dataset

        return pyarrow.dataset.dataset(self.path / name, format="parquet").to_table()


def read(out: str | PathLike[str]) -> Dataset:
    """Open the current snapshot of the dataset at `out`. Tables are read on first use."""
    return Dataset(out)
