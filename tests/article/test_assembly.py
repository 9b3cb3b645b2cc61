"""From labelled stretches to an article: captions, fields, quality, language."""

from dataclasses import fields, replace

import pyarrow as pa
import pytest

import copydesk
from copydesk.schemas.article import ARTICLES, QUALITY, Article
from copydesk.schemas.document import Declared, DecodedText, Format, Origin
from copydesk.schemas.ledger import LEDGER, LedgerRow
from copydesk.schemas.page import Block, Claim, Page, Span
from copydesk.schemas.parts import Caption
from copydesk.schemas.report import REJECTS, RUNS, Reject, RejectRow, RunReport
from copydesk.tasks.article.assembly import Stamp, assemble
from copydesk.tasks.article.captions import captions_of
from copydesk.tasks.article.fields import fields_of
from copydesk.tasks.article.language import language_of
from copydesk.tasks.article.quality import count_words, quality_of


def span(label: str, text: str, block: int, part: str = "", rule: str = "r", media: str = "") -> Span:
    """A stretch at a place that does not matter."""
    return Span(0, len(text), text, label, True, rule, 1.0, block, part, media)


def page(*spans: Span, claims: tuple[Claim, ...] = (), origin: Origin | None = None) -> Page:
    """A labelled page for tests of spans and claims."""
    text = "\n".join(s.text for s in spans)
    placed, at = [], 0
    for s in spans:
        placed.append(s._replace(start=at, end=at + len(s.text)))
        at += len(s.text) + 1
    decoded = DecodedText(origin or Origin("t"), "text", text, "utf-8", "given", "v", len(text))
    return Page(decoded, text, (Block(0, len(text), text),), claims, (), 0.5, tuple(placed))


def test_marker_words_and_credit_are_one_caption() -> None:
    """In one line or in lines that follow each other; words after words begin the next caption."""
    found = captions_of(
        [
            span("caption", "Image copyright PA", 0, "credit"),
            span("caption", "Image caption", 0, "marker"),
            span("caption", "The mill", 0, "words"),
            span("caption", "Media caption", 1, "marker"),
            span("caption", "The mayor speaks", 1, "words"),
            span("paragraph", "Body.", 2),
            span("caption", "A bridge", 3, "words", media="video"),
        ]
    )
    assert found == [
        Caption("image", "The mill", "PA"),
        Caption("media", "The mayor speaks", ""),
        Caption("video", "A bridge", ""),
    ]


def test_what_the_input_says_goes_before_what_the_page_says() -> None:
    """The claims that lost stay in the evidence."""
    found = fields_of(
        page(
            span("title", "In the text", 0),
            claims=(Claim("title", "On the page", "json-ld"), Claim("site", "Example News", "opengraph")),
            origin=Origin("t", declared=Declared(title="In the column | Example News")),
        ),
        [],
    )
    assert found.title == "In the column"
    assert [(e.field, e.source) for e in found.evidence if e.field == "title"] == [
        ("title", "column"), ("title", "json-ld"), ("title", "text"),
    ]  # fmt: skip
    assert found.publisher == "Example News"


def test_published_is_never_filled_from_modified() -> None:
    """A date line with the word "updated" leaves the other date null."""
    found = fields_of(page(span("dateline", "Last updated 7 May 2013 at 18:47 BST", 0)), [])
    assert found.published_at is None
    assert found.modified_at is not None
    assert found.modified_at.isoformat() == "2013-05-07T17:47:00+00:00"


def test_authors_come_from_the_byline_where_nothing_is_claimed() -> None:
    """Names lose the word before them and the role after them."""
    found = fields_of(page(span("byline", "By Ada Example, business correspondent", 0)), [])
    assert found.authors == ["Ada Example"]
    assert found.byline == "By Ada Example, business correspondent"


@pytest.mark.parametrize(
    ("claimed", "given", "expected"),
    [
        ("https://example.com/a", "https://example.com/a?ref=rss&utm_medium=x", "https://example.com/a"),
        ("https://example.com/", "https://example.com/a", "https://example.com/a"),
        ("https://elsewhere.net/a", "https://example.com/a", "https://example.com/a"),
        ("https://example.com/a", "", "https://example.com/a"),
    ],
)
def test_a_page_may_name_its_own_address_on_its_own_site(claimed: str, given: str, expected: str) -> None:
    """A canonical link to the front page or another site is a template's mistake, and not believed."""
    found = fields_of(
        page(
            span("paragraph", "B.", 0), claims=(Claim("url", claimed, "link"),), origin=Origin("t", url=given)
        ),
        [],
    )
    assert found.url == expected


def test_furniture_names_the_publisher_when_it_agrees() -> None:
    """Rules of one publisher name it. Rules of two publishers name none."""
    assert fields_of(page(span("paragraph", "B.", 0)), ["Example News"]).publisher == "Example News"
    assert fields_of(page(span("paragraph", "B.", 0)), ["Example News", "Other News"]).publisher == ""


def test_a_paragraph_cut_in_two_is_one_paragraph_again() -> None:
    """Text removed from its middle leaves a space, not two paragraphs."""
    outcome = assemble(
        page(
            span("paragraph", "The bridge", 0),
            span("ad", "Advertisement", 0)._replace(kept=False),
            span("paragraph", "is open.", 0),
        ),
        Stamp("r", "v", {}),
    )
    assert isinstance(outcome.result, Article)
    assert outcome.result.text == "The bridge is open."
    assert outcome.result.removed_chars == len("Advertisement")


def test_a_list_of_lines_is_no_article() -> None:
    """An archive of headlines is refused by name, with its ledger; a one-line brief is an article."""
    archive = assemble(
        page(*[span("subheading", f"Headline number {n} of the day", n) for n in range(6)]),
        Stamp("r", "v", {}),
    )
    assert isinstance(archive.result, Reject)
    assert archive.result.reason == "not-an-article"
    assert len(archive.ledger) == 6
    assert isinstance(
        assemble(page(span("paragraph", "Mayor resigns", 0)), Stamp("r", "v", {})).result, Article
    )


def test_a_word_a_line_is_a_story_in_a_poor_form() -> None:
    """Tokenisers write so. It stays, with a flag; names, one to a line, are a list."""
    story = "the council voted on Monday to close the old bridge for a year while engineers look at what two floods did to its stone piers last winter"
    for text in (
        story,
        "وقال رئيس البلدية إن المجلس صوت يوم الاثنين على إغلاق الجسر القديم لمدة عام كامل حتى يفحص المهندسون ما فعلته الفيضانات بأعمدته الحجرية منذ الشتاء",
    ):
        made = copydesk.clean("\n".join(text.split()))
        assert isinstance(made, Article), made
        assert made.text.split() == text.split()
        assert "doubtful" in made.flags
    names = copydesk.clean(
        "\n".join(f"{first} {last}" for first in ("Ann", "Bo", "Cy") for last in story.title().split()[:12])
    )
    assert isinstance(names, Reject)


def test_quality_says_what_its_columns_promise() -> None:
    """Each signal of the schema is computed, from a text whose figures can be counted by hand."""
    blocks = ["The bridge of 1931 is open.", "The bridge of 1931 is open.", "Wait…"]
    text = "\n\n".join(blocks)
    found = quality_of(blocks, count_words(text), text)
    assert {*found, "model_confidence"} == set(QUALITY)
    assert found["lines"] == 3
    assert found["alpha_word_share"] == pytest.approx(11 / 13)
    assert found["stop_words"] == 2
    assert found["ellipsis_line_share"] == pytest.approx(1 / 3)
    assert found["terminal_line_share"] == 1
    assert found["duplicate_char_share"] == pytest.approx(27 / 63)


def test_words_and_language() -> None:
    """Counted in any script; named when there is enough of it."""
    assert count_words("It's 5 o'clock").total == 5
    assert language_of("Der Rat hat am Dienstag beschlossen, die Brücke wieder aufzubauen.")[0] == "de"
    assert language_of("Совет решил во вторник восстановить мост через реку.")[0] == "ru"
    assert language_of("OK 12") == ("", 0.0)


@pytest.mark.parametrize(
    ("record", "schema"), [(Article, ARTICLES), (LedgerRow, LEDGER), (RejectRow, REJECTS), (RunReport, RUNS)]
)
def test_columns_are_the_fields_of_their_record(record: type, schema: pa.Schema) -> None:
    """One home for a column: the record's fields are the schema's, in order, each with its meaning."""
    assert [f.name for f in fields(record)] == schema.names
    assert all(schema.field(name).metadata[b"description"] for name in schema.names)
    assert schema.metadata[b"schema_version"]


@pytest.mark.parametrize(
    ("body", "furniture", "format_", "flags"),
    [
        ("The board met on Tuesday and put off the plan for the quay. " * 4, "Share", "text", []),
        ("The board met on Tuesday and put off the plan for the quay.", "Share", "text", ["short"]),
        ("The board met on Tuesday and put off the plan for the quay. " * 4, "More news. " * 60, "text", ["mostly_removed"]),
        ("The board met on Tuesday and put off the plan for the quay.", "More news. " * 60, "text", ["mostly_removed", "short"]),
        ("The board met on Tuesday and put off the plan for the quay. " * 4, "More news. " * 60, "html", []),
    ],
    ids=["whole", "short", "mostly furniture", "both", "most of any page is menus"],
)  # fmt: skip
def test_stubs_are_flagged(body: str, furniture: str, format_: Format, flags: list[str]) -> None:
    """A body under 200 characters is flagged, and so is a plain text that lost over 60 %."""
    removed = span("related", furniture.strip(), 1)._replace(kept=False)
    given = page(span("paragraph", body.strip(), 0), removed)
    outcome = assemble(replace(given, decoded=replace(given.decoded, format=format_)), Stamp("r", "v", {}))
    assert isinstance(outcome.result, Article)
    assert outcome.result.flags == flags
