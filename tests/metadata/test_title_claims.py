"""Titles of pages: the site's name goes with what hangs on it, the headline stays."""

import pytest

from copydesk.tasks.metadata.titles import clean_title

CASES = [
    ("Storm hits coast | Example News", ["Example"], "Storm hits coast"),
    ("Storm hits coast | Example | 28.04.2023", ["example.com"], "Storm hits coast"),
    ("Storm hits coast – Example - your daily paper | News", ["Example"], "Storm hits coast"),
    ("Suben los precios | Público", ["Diario Puerto", "publico.example"], "Suben los precios"),
    ("Zinsen steigen | Börsen-Blatt", ["boersen-blatt.example"], "Zinsen steigen"),
    ("津波注意報：例新聞デジタル", ["例新聞デジタル"], "津波注意報"),
    ("Example News: Storm hits coast", ["Example News"], "Example News: Storm hits coast"),
    ("Storm - what we know", ["Example News"], "Storm - what we know"),
    ("Example News", ["Example News"], "Example News"),
    ("Storm hits coast", [], "Storm hits coast"),
    ("Storm hits coast | Harbour Daily", ["Harbour Daily Newspapers Ltd"], "Storm hits coast"),
    ("Storm hits coast - Harbour", ["stories.harbour.co.uk"], "Storm hits coast"),
    ("What do sailors love? | Sea Blog", ["blog.sea-lang.org"], "What do sailors love?"),
    (
        "Harbour Signal #18 – The world without cranes?",
        ["Harbour"],
        "Harbour Signal #18 – The world without cranes?",
    ),
    ("Ships &amp; cranes | Example", ["Example"], "Ships & cranes"),
    ("暴风雨-例报网", ["例报网"], "暴风雨"),
    ("", ["Example"], ""),
]


@pytest.mark.parametrize(("value", "sites", "title"), CASES, ids=[c[0] for c in CASES])
def test_the_name_of_the_site_goes_and_the_headline_stays(value: str, sites: list[str], title: str) -> None:
    """Suffixes and prefixes that name the site are cut; a headline with a dash is not."""
    assert clean_title(value, sites) == title
