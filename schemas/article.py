"""The article: one row of `articles/`, the contract that downstream readers rely on."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.records import Record

_TEXTS = pa.list_(pa.string())
_BLOCK = pa.struct([("kind", pa.string()), ("text", pa.string())])
_CAPTION = pa.struct([("medium", pa.string()), ("text", pa.string()), ("credit", pa.string())])
_EVIDENCE = pa.struct([("field", pa.string()), ("value", pa.string()), ("source", pa.string())])
QUALITY = {
    "lines": (pa.int32(), "body blocks"),
    "mean_word_length": (pa.float32(), "characters per word; Gopher keeps 3 to 10"),
    "alpha_word_share": (
        pa.float32(),
        "share of words that contain a letter, 0 to 1; Gopher keeps 0.8 and up",
    ),
    "stop_words": (
        pa.int32(),
        "distinct English stop words out of Gopher's eight; Gopher requires 2, for English only",
    ),
    "symbol_word_ratio": (pa.float32(), "`#` and ellipses per word; Gopher keeps up to 0.1"),
    "ellipsis_line_share": (
        pa.float32(),
        "share of blocks that end in an ellipsis, 0 to 1; Gopher keeps up to 0.3",
    ),
    "terminal_line_share": (
        pa.float32(),
        "share of blocks that end in . ! ? or a closing quote, 0 to 1 (C4, FineWeb)",
    ),
    "short_line_share": (
        pa.float32(),
        "share of blocks with at most 30 characters, 0 to 1 (FineWeb keeps up to 0.67)",
    ),
    "duplicate_char_share": (
        pa.float32(),
        "share of characters in repeated blocks, 0 to 1 (FineWeb keeps up to 0.01)",
    ),
    "replacement_chars": (pa.int32(), "U+FFFD in the body: bytes that could not be decoded"),
}
"""Quality signals as Gopher, C4 and FineWeb define them. They are columns to filter by; copydesk never
filters by them."""
_QUALITY = pa.struct([(name, kind) for name, (kind, _) in QUALITY.items()])
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Article(Record):
    """A clean article. Empty strings and lists mean that nothing was found; null only where noted."""

    id: str = column(
        pa.string(),
        "stable id: hash of the canonical URL; without a URL, of the input's own id; without either, of the content",
    )
    version: str = column(pa.string(), "hash of the raw content; changes when the source changes")
    source: str = column(pa.string(), "URI of the input as given")
    record: str = column(
        pa.string(),
        "id inside the input: id column, line number, WARC-Record-ID, id of a feed's entry; empty for a whole file",
    )
    url: str = column(pa.string(), "canonical URL")
    publisher: str = column(
        pa.string(),
        "publisher or site: from the input, the page, the URL, or furniture that names it",
    )
    section: str = column(pa.string(), "section of the paper, such as Middle East")
    title: str = column(pa.string(), "headline, without the site's name")
    byline: str = column(pa.string(), "author line as found")
    authors: list[str] = column(
        _TEXTS,
        "names of the authors, without 'By', job titles and locations; an agency if metadata credits it or nobody else is named",
    )
    published_at: datetime | None = column(
        _INSTANT, "first published; null when unknown, never filled from modified_at"
    )
    published_raw: str = column(pa.string(), "published date as found")
    modified_at: datetime | None = column(
        _INSTANT, "last modified; null when unknown, never filled from published_at"
    )
    modified_raw: str = column(pa.string(), "modified date as found")
    date_basis: str = column(
        pa.string(),
        "how the time zone of published_at is known: offset, zone-name, assumed-utc, date-only; empty without a date",
    )
    language: str = column(pa.string(), "ISO 639-1 code of the body; empty when the text is too short")
    language_score: float = column(pa.float32(), "confidence in `language`, 0 to 1")
    text: str = column(pa.string(), "the body: its blocks joined by a blank line")
    blocks: list[dict[str, str]] = column(
        pa.list_(_BLOCK),
        "the body with its structure; kind: paragraph, subheading, list_item, table_row (cells separated by tabs), preformatted (code, verse, timetables, with their line breaks), embed (a post of a social network)",
    )
    captions: list[dict[str, str]] = column(
        pa.list_(_CAPTION), "captions with medium (image, media, video, audio or empty) and credit"
    )
    image: str = column(pa.string(), "URL of the lead image")
    flags: list[str] = column(
        _TEXTS,
        "warnings for the reader: paywalled, live_blog, truncated (the input has only the beginning), doubtful (no long sentence, or the only evidence for the body is its position under a headline: it may be no article), recovered:json-ld, recovered:script",
    )
    word_count: int = column(pa.int32(), "words of `text`: runs of letters, digits and underscores")
    quality: dict[str, float] = column(
        _QUALITY, "quality signals: " + "; ".join(f"{n}: {doc}" for n, (_, doc) in QUALITY.items())
    )
    charset: str = column(
        pa.string(), "charset that the bytes were decoded with, WHATWG or IANA name, lower case"
    )
    charset_evidence: str = column(
        pa.string(),
        "evidence that decided the charset: bom, http, meta, xml, utf-8, detected, fallback, given",
    )
    repairs: list[str] = column(_TEXTS, "repairs made to kept or removed text, sorted")
    evidence: list[dict[str, str]] = column(
        pa.list_(_EVIDENCE),
        "source of title, byline, section, dates, url and publisher, and the claims that were not used",
    )
    removed_chars: int = column(
        pa.int32(), "non-space characters removed, counted in the ledger's `text` (after repair)"
    )
    removed_share: float = column(
        pa.float32(), "removed_chars divided by all non-space characters of the ledger's `text`, 0 to 1"
    )
    duplicate_of: str | None = column(
        pa.string(),
        "id of the article that this one repeats, nearly or wholly: the earliest published near article that is itself an original; null for an original",
    )
    cluster: str | None = column(
        pa.string(),
        "id of the cluster of near duplicates, equal to the id of its original; an article without copies is its own cluster; null if near duplicates were not searched",
    )
    fetched_at: datetime | None = column(
        _INSTANT, "when the source was fetched, if the input states it; null otherwise"
    )
    rules_version: str = column(pa.string(), "hash of the rule packs in force")
    cleaner_version: str = column(pa.string(), "copydesk version that cleaned it")


if TYPE_CHECKING:
    import pyarrow

    ARTICLES: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build the schema on first use: see `copydesk.schemas.kinds`."""
    if name == "ARTICLES":
        return arrow_schema(Article, "articles")
    raise AttributeError(name)
