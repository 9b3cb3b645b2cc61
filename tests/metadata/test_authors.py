"""Authors: names out of bylines and metadata, and what is not a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.metadata.authors import authors_from, authors_of, clean_author, led_authors, signed_by

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
    ("By Sofia Gomez December 2, 2025", ["Sofia Gomez"]),
    ("by: Ann Poe, Dec 17, 2025", ["Ann Poe"]),
    ("By Ann Poe ⋅ Founder and Editor-in-Chief ⋅ Updated May 6, 2025", ["Ann Poe"]),
    ("by Ann Poe ● December 23, 2025 ● 6 min read", ["Ann Poe"]),
    ("By Ann PoeUpdated: Dec 19, 2025", ["Ann Poe"]),
    ("Dec 17, 2025Ann B. Poe", ["Ann B. Poe"]),
    ("By The Harbour editors", ["The Harbour editors"]),
    ("Dec. 19, 2025 · Ann Poe on behalf of the working group", ["Ann Poe"]),
    ("All articles by Ann Poe", ["Ann Poe"]),
    ("Autorin/Autor Anna Schmidt", ["Anna Schmidt"]),
    ("(责编：王小明、李四)", ["王小明", "李四"]),
    ("文／王小明、李四 攝影／張三", ["王小明", "李四"]),
    ("本报记者 王小明 李四", ["王小明", "李四"]),
    ("【記者王小明／台北報導】", ["王小明"]),
    ("홍길동 기자 hong@example.com", ["홍길동"]),
    ("홍길동·김철수 기자", ["홍길동", "김철수"]),
    ("द्वारा: मनोज कुमार", ["मनोज कुमार"]),
    ("โดย สมชาย ใจดี", ["สมชาย ใจดี"]),
    ("Του Γιάννη Παπαδόπουλου", ["Γιάννη Παπαδόπουλου"]),
    ("كتب: محمد حسن", ["محمد حسن"]),
    ("Press Trust of India", ["Press Trust of India"]),
    ("dpa/Anna Schmidt", ["Anna Schmidt"]),
    ("By ANN POE FOR HARBOURTIMES.EXAMPLE", ["ANN POE"]),
    ("By Ann Poe Special to the Pebble", ["Ann Poe"]),
    ("Ann Poe Political editor", ["Ann Poe"]),
    ("Mary Ann Head", ["Mary Ann Head"]),
    ("Von Anna Schmidt, ARD-Studio Kiew", ["Anna Schmidt"]),
    ("Tekst: Kari Nordmann Foto: Ola Nordmann", ["Kari Nordmann"]),
    ("Interview: Anna Schmidt", ["Anna Schmidt"]),
    ("新华社记者王小明", ["王小明"]),
    ("[서울=예시] 홍길동 기자 = ", ["홍길동"]),
    ("ByAnn Poe", ["Ann Poe"]),
    ("Written byAnn Poe | Dec. 2, 2025", ["Ann Poe"]),
    ("Byron Poe", ["Byron Poe"]),
    ("Ann Poe \u00a0 HARBOUR TODAY", ["Ann Poe", "HARBOUR TODAY"]),
    ("By Ann Poe Jan. 31, 2026 7:47 am EST", ["Ann Poe"]),
    ("by Ann PoeNovember 20, 2007", ["Ann Poe"]),
    ("By Ann Poe In", ["Ann Poe"]),
    ("By Ann Poe Former Deputy Harbour Editor", ["Ann Poe"]),
    ("Von Anna SchmidtKorrespondentin", ["Anna Schmidt"]),
    ("Eine Kolumne von Anna Schmidt", ["Anna Schmidt"]),
    ("Guide by Ann Poe", ["Ann Poe"]),
    ("Tác giả: Nguyễn Văn A", ["Nguyễn Văn A"]),
    ("Oleh: Budi Santoso", ["Budi Santoso"]),
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
        "By Category By Manufacturer",
        "Kommentar von",
        "By Our Correspondent",
        "Fact Checked",
        "Published Tue, Nov 19 2019 7:05 AM EST",
        "Read more from Harbour News:",
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
    ("Guardian staff reporter", ["Guardian staff reporter"]),
    ("srf/hosb", ["srf/hosb"]),
    ("Voice of America", ["Voice of America"]),
    ("20 Minutes", ["20 Minutes"]),
    ("TV2", ["TV2"]),
    ("5 min read", []),
    ("https://www.facebook.com/jane", []),
    ("@jane", []),
    ("admin", []),
    ("NOC Admin", []),
    ("Site Administrator", []),
    ("Admin Kowalski", ["Admin Kowalski"]),
    ("Redaktion", []),
    ("jane@example.com", []),
    ("Center for Drug Evaluation and Research", ["Center for Drug Evaluation and Research"]),
    ("Harbour Tax & Accounting", ["Harbour Tax & Accounting"]),
    ("Jane Doe & John Roe", ["Jane Doe", "John Roe"]),
    ("Jane Doe - Harbour Editorial Team", ["Jane Doe"]),
    ("Jane Doe und John Roe, dpa", ["Jane Doe", "John Roe", "dpa"]),
    ("मनोज कुमार", ["मनोज कुमार"]),
    ("", []),
]


@pytest.mark.parametrize(("value", "names"), VALUES, ids=[v[0] for v in VALUES])
def test_metadata_values_are_trusted_but_cleaned(value: str, names: list[str]) -> None:
    """Metadata is trusted to give a name: initials and desks stay, addresses and placeholders go."""
    assert clean_author(value) == names


def test_an_agency_that_metadata_credits_is_an_author_and_a_site_only_where_nobody_else_is() -> None:
    """Metadata lists `dpa` because it wrote part of the story. A byline's "avec AFP" names a source."""
    assert authors_from(["Jane Doe", "dpa", "example.com", "Jane Doe"]) == ["Jane Doe", "dpa"]
    assert authors_from(["example.com"]) == ["example.com"]
    assert authors_from([]) == []
    assert authors_of("Par Jean-Luc Dupont avec AFP") == ["Jean-Luc Dupont"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Published August 7, 2023 by Ann Poe", ["Ann Poe"]),
        ("March 15, 2022 · 3 min read · By Harbour Online", ["Harbour Online"]),
        ("September 1st, 2023 By Ann Poe", ["Ann Poe"]),
        ("Home Improvement, August 2023", []),
        ("Ann Poe", []),
        ("Source: Harbour Times", []),
        ("Text Size", []),
        ("A step by Ann that was not expected", []),
    ],
)
def test_a_line_names_authors_by_saying_so(line: str, names: list[str]) -> None:
    """The word "by" counts at the start of a line or of a part of it, or after a date. Nothing else is a byline."""
    assert led_authors(line) == names


def test_a_line_marked_as_a_byline_may_name_a_desk() -> None:
    """A person comes first, or a desk if there is no person. A button is neither."""
    assert signed_by("Ann Poe, editor") == ["Ann Poe"]
    assert signed_by("Harbour Staff") == ["Harbour Staff"]
    assert signed_by("Share") == []


@given(st.text(max_size=120))
def test_any_text_gives_names_without_empty_ones(text: str) -> None:
    """Never an exception, never an empty name."""
    assert all(name.strip() for name in [*authors_of(text), *clean_author(text), *authors_from([text])])


def test_the_paper_behind_a_name_and_a_sign_is_no_author() -> None:
    """`·` sets it apart as a comma does; alone it stays."""
    assert authors_of("Ann Poe · Harbour News · Posted: Oct 14, 2022 9:27 AM ET") == ["Ann Poe"]
    assert authors_of("Ann Poe, Harbour News") == ["Ann Poe"]
