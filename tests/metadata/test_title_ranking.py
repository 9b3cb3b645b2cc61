"""Of all that a page calls its title, the headline comes first."""

import pytest

from copydesk.schemas.page import Claim
from copydesk.tasks.metadata.title_ranking import rank_titles

NAMES = {"og": "opengraph", "ld": "json-ld", "tw": "twitter"}


def first(claims: list[tuple[str, str]], *, news: bool = False, site: str = "Harbour Times") -> str:
    """The title that wins; claims are written as (source, title)."""
    ranked = rank_titles(
        [Claim("title", value, NAMES.get(source, source)) for source, value in claims], [site], news=news
    )
    assert len(ranked) == len(claims)
    return ranked[0].value


SEARCH = ("og", "Best Cranes of 2025 | Harbour Times")
SEEN = ("h1", "The cranes that we would buy, and why")


def test_readers_see_the_h1_and_newsrooms_write_the_opengraph_title() -> None:
    """A page that calls itself news is believed in its `og:title`; elsewhere that is made for search engines."""
    near = ("h1", "Best cranes of 2025: which we would buy")
    assert first([SEARCH, near]) == near[1]
    assert first([SEARCH, near], news=True) == SEARCH[1]
    assert first([("ld", "A"), ("title", "B")], news=True) == "A"
    assert first([("title", "B")]) == "B"


@pytest.mark.parametrize("heading", ["Our blog", "Harbour Times", "Contact us"])
def test_a_heading_of_a_box_or_of_the_site_is_no_headline(heading: str) -> None:
    """An `<h1>` that shares no word with any other title, or names the site, goes to the end."""
    assert first([("h1", heading), SEARCH]) == SEARCH[1]


def test_of_several_headings_the_first_that_fits_is_the_headline() -> None:
    """Sections before it and related stories after it are skipped."""
    story = "Crane that nobody ordered arrives at Port Ansel"
    others = [("h1", "Port news"), ("h1", story), ("h1", "Crane lifts Port Ansel's mood, nobody objects")]
    assert first([*others, ("og", "Crane nobody ordered arrives in Port Ansel")]) == story


def test_without_another_title_the_heading_is_believed() -> None:
    """There is nothing it could be compared with."""
    assert first([SEEN]) == SEEN[1]


def test_a_title_that_was_cut_short_yields_to_the_whole_one() -> None:
    """With an ellipsis, or after a hundred characters as search engines want it."""
    whole = "Crane that nobody ordered arrives at Port Ansel, where nobody remembers a harbour master with so long a signature"
    assert first([("og", whole[:40] + "…"), ("ld", whole)], news=True) == whole
    assert first([("ld", whole[:105]), ("og", whole)]) == whole
    assert first([("ld", whole), ("title", f"{whole} | Port life")]) == whole
    assert first([("og", "Crane arrives…"), ("ld", "Another matter")], news=True) == "Crane arrives…"


def test_a_kicker_set_without_a_colon_is_spelled_as_metadata_spells_it() -> None:
    """`<h1><span>Port Ansel</span> Crane arrives</h1>` reads as one line; a kicker that metadata leaves out goes."""
    assert (
        first([("h1", "Port AnselCrane arrives"), ("ld", "Port Ansel: Crane arrives")])
        == "Port Ansel: Crane arrives"
    )
    assert (
        first([("h1", "18 Dec 2025 Preparing the new crane"), ("og", "Preparing the new crane")])
        == "Preparing the new crane"
    )


def test_in_news_page_and_json_ld_together_beat_a_title_for_sharing() -> None:
    """The exceptions: `og:title` has that headline after a kicker, or `<title>` has it too."""
    share, own = ("og", "Nobody ordered it: the story of a crane"), "Crane arrives, harbour master baffled"
    agreed = [share, ("ld", own), ("h1", own)]
    assert first(agreed, news=True) == own
    assert first([*agreed, ("title", share[1])], news=True) == own
    assert first([*agreed, ("title", f"{own} | Harbour Times")], news=True) == share[1]
    assert first([("og", f"Port Ansel: {own}"), *agreed[1:]], news=True) == f"Port Ansel: {own}"
    assert first([share, ("ld", "A crane arrives"), ("h1", own)], news=True) == share[1]


def test_a_heading_that_opens_the_title_before_another_title_is_the_blogs_name() -> None:
    """`<title>` is then that heading, a sign, and the headline."""
    assert (
        first(
            [
                ("h1", "Notes on Cranes"),
                ("og", "Rust never rests"),
                ("title", "Notes on Cranes: Rust never rests"),
            ]
        )
        == "Rust never rests"
    )


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """The headline of a Japanese page has no words to count."""
    story = "宮崎で震度5弱、津波注意報　気象庁"
    assert (
        first(
            [("h1", "天気予報"), ("h1", story), ("og", "宮崎で震度5弱、高知にも津波注意報：例新聞")],
            site="例新聞",
        )
        == story
    )
