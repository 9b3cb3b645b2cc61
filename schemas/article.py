"""The article: one row of `articles/`, the contract that downstream readers rely on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from copydesk.schemas import kinds as pa
from copydesk.schemas.arrow import arrow_schema, column
from copydesk.schemas.parts import BodyBlock, Caption, Evidence, struct_of
from copydesk.schemas.records import Record

_TEXTS = pa.list_(pa.string())
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
    "model_confidence": (
        pa.float32(),
        "mean over the body's characters of the model's probability that they are body, 0 to 1 in steps of 0.001; "
        "null if no model judged any of it, and in rows from before schema version 5",
    ),
}
"""Quality signals as Gopher, C4 and FineWeb define them, and how sure the model is of the body. They are columns
to filter by; copydesk never filters by them."""
_QUALITY = pa.struct([(name, kind) for name, (kind, _) in QUALITY.items()])
_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Article(Record):
    """A clean article. Empty strings and lists mean that nothing was found; null only where noted."""

    id: str = column(
        pa.string(),
        "stable id: hash of the canonical URL; without a URL, of the input's own id; without either, of the content",
        "9f14ee0bb14245579d6deb5a4825d040",
        format="32 hex digits",
    )
    version: str = column(
        pa.string(),
        "hash of the raw content; changes when the source changes",
        "50956bc494ba733a9a48d0f17fb0c1bf",
        format="32 hex digits",
    )
    source: str = column(
        pa.string(),
        "URI of the input as given",
        "data/samples/crane-readme.txt",
    )
    record: str = column(
        pa.string(),
        "id inside the input: id column, line number, WARC-Record-ID, id of a feed's entry; empty for a whole file",
        "row-17",
    )
    url: str = column(
        pa.string(),
        "canonical URL",
        "https://herald.example/news/crane",
        format="absolute, without fragment and parameters of campaigns",
    )
    publisher: str = column(
        pa.string(),
        "publisher or site: from the input, the page, the URL, or furniture that names it",
        "Port Ansel Herald",
    )
    section: str = column(
        pa.string(),
        "section of the paper, such as Middle East",
        "Business",
    )
    title: str = column(
        pa.string(),
        "headline, without the site's name",
        "Crane that nobody ordered arrives at Port Ansel",
        format="one line",
    )
    byline: str = column(
        pa.string(),
        "author line as found",
        "By Joan Abernethy",
        format="one line",
    )
    authors: list[str] = column(
        _TEXTS,
        "names of the authors, without 'By', job titles and locations; an agency if metadata credits it or nobody else is named",
        ("Joan Abernethy", "Aled Price"),
    )
    published_at: datetime | None = column(
        _INSTANT,
        "first published; null when unknown, never filled from modified_at",
        datetime(2016, 6, 14, 9, 30, tzinfo=UTC),
        format="midnight where only the day is known: see `date_basis`",
    )
    published_day: date | None = column(
        pa.date32(),
        "day of publication as the page gives it, in its own time zone: `published_at` may be the day before or after in UTC; null when unknown",
        date(2016, 6, 14),
    )
    published_raw: str = column(
        pa.string(),
        "published date as found",
        "14 June 2016, 10:30 BST",
    )
    modified_at: datetime | None = column(
        _INSTANT,
        "last modified; null when unknown, never filled from published_at",
        datetime(2016, 6, 15, 8, 0, tzinfo=UTC),
    )
    modified_raw: str = column(
        pa.string(),
        "modified date as found",
        "2016-06-15T08:00:00Z",
    )
    date_basis: str = column(
        pa.string(),
        "how the time zone of published_at is known: offset, zone-name, assumed-utc, date-only; empty without a date",
        "zone-name",
    )
    language: str = column(
        pa.string(),
        "ISO 639-1 code of the body; empty when the text is too short",
        "en",
    )
    language_score: float = column(
        pa.float32(),
        "confidence in `language`, 0 to 1",
        0.99,
    )
    text: str = column(
        pa.string(),
        "the body: its blocks joined by a blank line",
        "A crane came on Tuesday.\n\nNobody had ordered it.",
    )
    blocks: list[BodyBlock] = column(
        pa.list_(struct_of(BodyBlock)),
        "the body with its structure; kind: paragraph, subheading, list_item, table_row (cells separated by tabs), preformatted (code, verse, timetables, with their line breaks), embed (a post of a social network)",
        (BodyBlock("paragraph", "A crane came on Tuesday."),),
    )
    captions: list[Caption] = column(
        pa.list_(struct_of(Caption)),
        "captions with medium (image, media, video, audio or empty) and credit",
        (Caption("image", "The crane fills most of the west quay", "Getty Images"),),
    )
    image: str = column(
        pa.string(),
        "URL of the lead image",
        "https://herald.example/media/crane.jpg",
        format="absolute URL",
    )
    flags: list[str] = column(
        _TEXTS,
        "warnings for the reader: paywalled, live_blog, truncated (the input has only the beginning), doubtful (no long sentence, or the only evidence for the body is its position under a headline: it may be no article), short (a body under 200 characters), mostly_removed (a plain text of which more than 60 % was removed), recovered:json-ld, recovered:markup, recovered:script",
        ("doubtful",),
    )
    word_count: int = column(
        pa.int32(),
        "words of `text`: runs of letters, digits and underscores",
        76,
    )
    quality: dict[str, float | None] = column(
        _QUALITY,
        "quality signals: " + "; ".join(f"{n}: {doc}" for n, (_, doc) in QUALITY.items()),
        {"lines": 5, "mean_word_length": 3.8},
    )
    charset: str = column(
        pa.string(),
        "charset that the bytes were decoded with, WHATWG or IANA name, lower case",
        "windows-1252",
    )
    charset_evidence: str = column(
        pa.string(),
        "evidence that decided the charset: bom, http, meta, xml, utf-8, detected, fallback, given",
        "meta",
    )
    repairs: list[str] = column(
        _TEXTS,
        "repairs made to kept or removed text, sorted",
        ("mojibake",),
    )
    evidence: list[Evidence] = column(
        pa.list_(struct_of(Evidence)),
        "source of title, byline, section, dates, url and publisher, and the claims that were not used",
        (Evidence("title", "Crane that nobody ordered arrives at Port Ansel", "opengraph"),),
    )
    removed_chars: int = column(
        pa.int32(),
        "non-space characters removed, counted in the ledger's `text` (after repair)",
        198,
    )
    removed_share: float = column(
        pa.float32(),
        "removed_chars divided by all non-space characters of the ledger's `text`, 0 to 1",
        0.296,
    )
    duplicate_of: str | None = column(
        pa.string(),
        "id of the article that this one repeats, nearly or wholly: the earliest published near article that is itself an original; null for an original",
        "564a11bc265271240bae3ef374ab6c16",
        format="32 hex digits",
    )
    cluster: str | None = column(
        pa.string(),
        "id of the cluster of near duplicates, equal to the id of its original; an article without copies is its own cluster; null if near duplicates were not searched",
        "564a11bc265271240bae3ef374ab6c16",
        format="32 hex digits",
    )
    fetched_at: datetime | None = column(
        _INSTANT,
        "when the source was fetched, if the input states it; null otherwise",
        datetime(2016, 6, 16, 4, 12, 9, tzinfo=UTC),
    )
    rules_version: str = column(
        pa.string(),
        "hash of the rule packs in force",
        "ceac5584c250a402",
        format="16 hex digits",
    )
    cleaner_version: str = column(
        pa.string(),
        "copydesk version that cleaned it",
        "0.1.0",
    )


if TYPE_CHECKING:
    import pyarrow

    ARTICLES: pyarrow.Schema


def __getattr__(name: str) -> "pyarrow.Schema":
    """Build the schema on first use: see `copydesk.schemas.kinds`."""
    if name == "ARTICLES":
        return arrow_schema(Article, "articles")
    raise AttributeError(name)
