"""Authors: names out of bylines and metadata, and what is not a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.authors import authors_from, authors_of, clean_author

BYLINES = [
    ("By Theo Leggett, business correspondent", ["Theo Leggett"]),
    ("Theo Leggett", ["Theo Leggett"]),
    ("By A B and C D in Rome | Published 3 May 2013", ["A B", "C D"]),
    ("By JOHN SMITH Associated Press", ["JOHN SMITH"]),
    ("By Joe Bloggs, Staff Writer", ["Joe Bloggs"]),
    ("By Kristin", ["Kristin"]),
    ("John Smith, BBC News, Washington", ["John Smith"]),
    ("Analysis: Jonathan Marcus, BBC diplomatic correspondent", ["Jonathan Marcus"]),
    ("(Reporting by Will Dunham; Editing by Tom Brown)", ["Will Dunham"]),
    ("Keris Lahiff@kerisalison", ["Keris Lahiff"]),
    ("By Jane Doe - 12 June 2018", ["Jane Doe"]),
    ("Von Anna Müller und Jan-Ole de Vries, Berlin | dpa", ["Anna Müller", "Jan-Ole de Vries"]),
    ("Par Jean-Luc Dupont avec AFP", ["Jean-Luc Dupont"]),
    ("Por Luna González", ["Luna González"]),
    ("By Maria Perez y Juan Lopez", ["Maria Perez", "Juan Lopez"]),
    ("José Ortega y Gasset", ["José Ortega y Gasset"]),
    ("Di Mario Rossi e Anna Bianchi", ["Mario Rossi", "Anna Bianchi"]),
    ("Door Jan de Vries", ["Jan de Vries"]),
    ("De Vries", ["De Vries"]),
    ("Автор: Иван Петров", ["Иван Петров"]),
    ("Yazan: Ali Veli", ["Ali Veli"]),
    ("记者 牛镛", ["牛镛"]),
    ("REUTERS", ["REUTERS"]),
    ("/ AFP", ["AFP"]),
    ("Reported by VNA", ["VNA"]),
]


@pytest.mark.parametrize(("byline", "names"), BYLINES, ids=[b[0] for b in BYLINES])
def test_bylines_give_names(byline: str, names: list[str]) -> None:
    """Names only: no lead-in, role, place, date, handle, and no agency beside a person."""
    assert authors_of(byline) == names


@pytest.mark.parametrize(
    "line",
    [
        "",
        "The minister said on Tuesday that he would not resign.",
        "paul@example.com",
        "twitter.com/example",
        "Share this with",
        "Published 3 May 2013",
        "Image copyright Getty Images",
        "12 comments",
    ],
)
def test_what_is_no_byline_names_nobody(line: str) -> None:
    """Prose, addresses and furniture are not taken for people."""
    assert authors_of(line) == []


VALUES = [
    ("By Jane Doe, John Roe and Ann Poe", ["Jane Doe", "John Roe", "Ann Poe"]),
    ("Mike Marshall, Shipping Expert", ["Mike Marshall"]),
    ("Dylan Bailey, MS, RD", ["Dylan Bailey"]),
    ("John Smith, Jr.", ["John Smith, Jr."]),
    ("Anna &amp; Maria", ["Anna", "Maria"]),
    ("牛镛、岳弘彬", ["牛镛", "岳弘彬"]),
    ("kirstin boatto", ["kirstin boatto"]),
    ("ssi", ["ssi"]),
    ("Gear Team", ["Gear Team"]),
    ("https://www.facebook.com/jane", []),
    ("@jane", []),
    ("admin", []),
    ("Redaktion", []),
    ("jane@example.com", []),
    ("", []),
]


@pytest.mark.parametrize(("value", "names"), VALUES, ids=[v[0] for v in VALUES])
def test_metadata_values_are_trusted_but_cleaned(value: str, names: list[str]) -> None:
    """Metadata names somebody: initials and desks stay, addresses and placeholders go."""
    assert clean_author(value) == names


def test_agencies_are_authors_only_where_nobody_else_is() -> None:
    """`dpa` beside a person is a source; alone it is the author."""
    assert authors_from(["Jane Doe", "dpa", "example.com", "Jane Doe"]) == ["Jane Doe"]
    assert authors_from(["dpa"]) == ["dpa"]
    assert authors_from([]) == []


@given(st.text(max_size=120))
def test_any_text_gives_names_without_empty_ones(text: str) -> None:
    """Never an exception, never an empty name."""
    assert all(name.strip() for name in [*authors_of(text), *clean_author(text), *authors_from([text])])
