"""Authors: of nested data, of lists that repeat, of bylines with degrees and suffixes; none of teasers and comments."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.html.jsonld import json_ld_claims
from copydesk.tasks.html.jsonld_names import names_of
from copydesk.tasks.metadata.author_lists import each_once, in_spoken_order
from copydesk.tasks.metadata.authors import authors_from, authors_of, led_authors
from copydesk.tasks.pipeline import CleaningContext, clean

FIELD = Path(__file__).parents[1] / "field"


@cache
def context() -> CleaningContext:
    """The shipped rules and models, opened once."""
    return CleaningContext.open((), Settings())


def made(name: str) -> Article:
    found = clean(RawDocument(Origin(name), (FIELD / name).read_bytes(), "html"), context()).result
    assert isinstance(found, Article), found
    return found


JOAN, BOTH = ["Joan Abernethy"], ["Joan Abernethy", "Aled Price"]
PAGES = [
    ("24-ld-author-dup/page.html", BOTH),
    ("25-ld-name-object/comma.html", BOTH),
    ("25-ld-name-object/given.html", JOAN),
    ("25-ld-name-object/id-other-block.html", JOAN),
    ("25-ld-name-object/joined.html", BOTH),
    ("25-ld-name-object/lastfirst.html", JOAN),
    ("25-ld-name-object/name-list.html", BOTH),
    ("25-ld-name-object/name-obj.html", JOAN),
    ("25-ld-name-object/page.html", JOAN),
    ("25-ld-name-object/string-list.html", BOTH),
    ("25-ld-name-object/url.html", []),
    ("26-authors-sidebar/comments.html", JOAN),
    ("26-authors-sidebar/no-author-of-own.html", []),
    ("26-authors-sidebar/page.html", JOAN),
    ("26-authors-sidebar/rich-after-main.html", JOAN),
    ("26-authors-sidebar/rich-in-aside.html", JOAN),
    ("26-authors-sidebar/rich-ld.html", JOAN),
    ("28-author-jr/b.html", ["Joan Abernethy Sr.", "Piers Holt"]),
    ("28-author-jr/c.html", ["Tara Doe", "Joe Shaw"]),
    ("28-author-jr/d.html", ["Tara Doe"]),
    ("28-author-jr/e.html", ["Joan Abernethy", "Piers Holt"]),
    ("28-author-jr/f.html", ["Joan Abernethy", "Piers Holt"]),
    ("28-author-jr/g.html", ["JOAN ABERNETHY", "Piers Holt"]),
    ("28-author-jr/h.html", JOAN),
    ("28-author-jr/i.html", ["Joan Abernethy", "Piers Holt"]),
    ("28-author-jr/j.html", ["Joe Shaw Sr"]),
    ("28-author-jr/k.html", ["Mary-Kate O’Neill", "Jean-Luc d’Artois", "María José de la Cruz"]),
    ("28-author-jr/page.html", ["E.J. Dunne Jr.", "Tara Doe", "Joe Shaw Sr"]),
    ("34-author-staff/page.html", ["Herald Staff"]),
    ("34-author-staff/v-a.html", ["Herald Staff"]),
    ("34-author-staff/v-b.html", []),
    ("34-author-staff/v-c.html", []),
    ("34-author-staff/v-d.html", []),
    ("34-author-staff/v-e.html", ["Northern Herald Newsdesk"]),
]


@pytest.mark.parametrize(("name", "authors"), PAGES, ids=[p[0] for p in PAGES])
def test_authors_as_a_copy_editor_would_have_them(name: str, authors: list[str]) -> None:
    """A named desk signs if no person is named.

    `Staff` and `Admin` are no names. The byline is not in the body.
    """
    found = made(name)
    assert found.authors == authors
    assert found.text.startswith("The harbour council voted")


BYLINES = [
    ("By Ann Poe, MD, and Jo Roe, PhD", ["Ann Poe", "Jo Roe"]),
    ("By Ann Poe, Jo Roe, & Max Mint", ["Ann Poe", "Jo Roe", "Max Mint"]),
    ("Von Anna Berg, Chefredakteurin, und Jan Maas", ["Anna Berg", "Jan Maas"]),
    ("Par Jean Dupont, Marie Curie et Paul Durand", ["Jean Dupont", "Marie Curie", "Paul Durand"]),
    ("Por Ana Pérez, Luis Gómez y Juan Ruiz", ["Ana Pérez", "Luis Gómez", "Juan Ruiz"]),
    ("Текст: Иван Петров, Мария Сидорова и Пётр Иванов", ["Иван Петров", "Мария Сидорова", "Пётр Иванов"]),
    ("By Joe Shaw, III", ["Joe Shaw, III"]),
    ("By Joe Shaw Jr. and Ann Poe", ["Joe Shaw Jr.", "Ann Poe"]),
    ("By Omar al-Masri and Jean d'Arc", ["Omar al-Masri", "Jean d'Arc"]),
    ("By Ann Poe and Jo Roe | Port Ansel", ["Ann Poe", "Jo Roe"]),
    ("By Ann Poe; additional reporting by Jo Roe", ["Ann Poe", "Jo Roe"]),
    ("作者：张三 责任编辑：李四", ["张三"]),
    ("责任编辑：李四", ["李四"]),
    ("By Our Staff", []),
    ("By Staff", []),
    ("Von Redaktion", []),
    ("By AFP", ["AFP"]),
]


@pytest.mark.parametrize(("byline", "names"), BYLINES, ids=[b[0] for b in BYLINES])
def test_lists_in_bylines(byline: str, names: list[str]) -> None:
    """A degree or role between two names splits no name. Suffixes and particles stay with the name."""
    assert led_authors(byline) == names
    assert authors_of(byline) == names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ann Poe", "ANN POE", "By Ann Poe", "Ann  Poe"], ["Ann Poe"]),
        (["Jose Roe", "José Roe"], ["José Roe"]),
        (["Ann Poe", "Jo Roe", "Ann Poe Jo Roe"], ["Ann Poe", "Jo Roe"]),
        (["Ann Poe", "Jo Roe", "Ann Poe and Jo Roe"], ["Ann Poe", "Jo Roe"]),
        (["Ann Poe", "Mary Ann Poe"], ["Ann Poe", "Mary Ann Poe"]),
        (["Ann Poe", "Jo Roe", "Max Mint"], ["Ann Poe", "Jo Roe", "Max Mint"]),
    ],
)
def test_each_person_counts_once(names: list[str], expected: list[str]) -> None:
    """Names are compared without case, accents and lead-in, and also if one string repeats all names."""
    assert authors_from(names) == expected
    assert each_once(expected) == expected


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        ("Poe, Ann", "Ann Poe"),
        ("de la Cruz, María", "María de la Cruz"),
        ("Ann Poe, Jo Roe", "Ann Poe, Jo Roe"),
        ("Poe, Jr.", "Poe, Jr."),
        ("AFP, Reuters", "AFP, Reuters"),
        ("Doe, MD", "Doe, MD"),
        ("김철수, 홍길동", "김철수, 홍길동"),
        ("Ann Poe", "Ann Poe"),
    ],
)
def test_surnames_that_go_first(value: str, spoken: str) -> None:
    """Only one surname with a given name after a comma counts.

    Lists, degrees, agencies and scripts without case stay.
    """
    assert in_spoken_order(value) == spoken


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "@id",
                    "@type",
                    "author",
                    "givenName",
                    "familyName",
                    "headline",
                    "publisher",
                    "@graph",
                    "@value",
                    "url",
                    "image",
                    "datePublished",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_json_ld_of_any_shape_gives_claims_or_none(value: object) -> None:
    """Names as strings, lists, objects, numbers, null, nested: never an exception, always strings."""
    article = {"@type": "NewsArticle", "author": value, "publisher": value, "headline": value, "image": value}
    claims = [*json_ld_claims([value, article, {"@id": "#a", "name": value}], "https://h.example/a")]
    assert all(isinstance(c.value, str) for c in claims)
    assert all(name.strip() for name in names_of(value, {}))


def test_objects_that_point_at_each_other_end() -> None:
    """A reference is followed once."""
    node: dict[str, object] = {"@id": "#a", "name": [{"@id": "#a"}] * 50}
    assert names_of({"@id": "#a"}, {"#a": node}) == []
    assert names_of([{"@id": "#p"}] * 3, {"#p": {"@id": "#p", "name": "Ann Poe"}}) == ["Ann Poe"]


TEASER = "<section class=box><h3><a href=/2>Sheep on the line</a></h3><a rel=author href=/u/2>Bo Peep</a></section>"
COMMENT = "<div class='comment-list'><a rel=author href=/u/1>Bridge Fan</a><p>At last.</p></div>"
BIO = "<div class=bio><h3>About Ann Poe</h3><a rel=author href=/u/a>Ann Poe</a></div>"
STORY = (
    "<p>The harbour council voted on Tuesday to close the old swing bridge for eleven weeks, it said.</p>" * 4
)


@pytest.mark.parametrize(
    ("behind", "authors"),
    [(TEASER, []), (COMMENT, []), (BIO, ["Ann Poe"]), (BIO + TEASER + COMMENT, ["Ann Poe"])],
)
def test_links_to_authors_of_other_stories_and_comments_do_not_count(behind: str, authors: list[str]) -> None:
    """The heading that is a link belongs to another story; the one that names the author to this one."""
    page = f"<title>Bridge closes</title><article><h1>Bridge closes</h1>{STORY}</article>{behind}"
    found = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(found, Article)
    assert found.authors == authors


def test_microdata_of_teasers_does_not_count() -> None:
    """Each teaser is an article of its own, with an author."""
    item = (
        "<div itemscope itemtype='https://schema.org/NewsArticle'>{}<span itemprop=author>{}</span>{}</div>"
    )
    page = (
        "<title>Bridge closes</title>"
        + item.format("<h1 itemprop=headline>Bridge closes</h1>", "Ann Poe", STORY)
        + item.format("<h3>Sheep</h3>", "Bo Peep", "")
    )
    found = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(found, Article)
    assert found.authors == ["Ann Poe"]


@pytest.mark.parametrize(
    "line",
    ["By Tuesday morning the water had gone down again.", "Von Anfang an war klar, dass es nicht reicht."],
)
def test_prose_that_begins_like_a_byline_stays(line: str) -> None:
    """A first sentence that begins with "by" is body."""
    page = f"<title>Bridge closes</title><article><h1>Bridge closes</h1><p>{line}</p>{STORY}</article>"
    found = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(found, Article)
    assert found.text.startswith(line)
