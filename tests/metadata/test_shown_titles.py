"""Headlines without rubrics and the site's name, where only the page itself shows where they begin."""

from functools import cache

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.metadata.titles import clean_title, parts_of
from copydesk.tasks.pipeline import CleaningContext, clean

STORY = "<p>The harbour council voted on Tuesday to close the old swing bridge for eleven weeks while engineers replace the bearings, it said.</p>"


@cache
def context() -> CleaningContext:
    """The shipped rules and models, opened once."""
    return CleaningContext.open((), Settings())


def title_of(title: str, top: str, head: str = "") -> str:
    page = f"<html lang=en><head><title>{title}</title>{head}</head><body>{top}{STORY * 6}</body></html>"
    made = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(made, Article)
    return made.title


H = "Old swing bridge to close"
CUT = [
    (f"The Quay : Business : {H}", f"<h2>{H}</h2>"),
    (f"The Quay : Sport / Racing : {H}", f"<div><b>{H}</b></div>"),
    (f"QN - Money - {H} - Quay News & Analysis", f"<table><tr><td>{H}</td></tr></table>"),
    (f"Quay.tv | {H}", f"<h1>{H}</h1>"),
    (f"The Feed » Archive » {H}", f"<h1>The Feed</h1><h2>{H}</h2>"),
    (f"The Feed » Archive » {H}", f"<h1><a href=/>The Feed</a></h1><h2><a href=/a>{H}</a></h2>"),
    (f"QPN - Quaynews international {H}", f"<h2>Security</h2><h4>{H}</h4>"),
    (f"{H} (from The Quay Times)", f"<div class=headline>{H}</div>"),
    (f"{H}: Sport: Rowing: Quay24", f"<p><b>{H}</b> 28/12/2007 11:27 - (SA)</p>"),
    (f"{H} - National - News - Quay Sun", f"<table><tr><td><b>{H}</b> By Liam Poe</td></tr></table>"),
    (f"{H} - Odd news - Quay Forum", f"<table><tr><td><b>{H}</b> 2005-03-21 01:20:44</td></tr></table>"),
    ("Harbour bridge to be shut : The Two-Quay : QPR", f"<h2><a href=/>The Two-Quay</a></h2><h1>{H}</h1>"),
    ("Quay Online", f"<h1>{H}</h1>"),
    ("Quay Online - Leading news of the coast", f"<h1>News</h1><h1>{H}</h1>"),
]
KEPT = [
    ("Storm - what we know", "<h1>Storm - what we know</h1>"),
    ("Storm - what we know so far", "<h1>Storm - what we know so far</h1><div>what we know so far</div>"),
    ("Storm: what the council said", "<div>Storm</div>"),
    ("Bridge to close - council votes", ""),
]


@pytest.mark.parametrize(("title", "top"), CUT, ids=[c[0] for c in CUT])
def test_the_part_that_the_page_shows_is_the_headline(title: str, top: str) -> None:
    """Rubrics and names on both sides go; a `<title>` that only names the site gives way to the heading above the story."""
    assert title_of(title, top) == H


SITES = [
    f"<div class='art headline'>{H}</div>",
    f"<h3>{H}</h3>",
    f"<p><b>{H}</b></p>",
    f"<table><tr><td><font size=4><b>{H}</b></font></td></tr></table>",
    f"<ul><li><a href=/>Northern Herald</a></ul><h1>{H} at last</h1>",
    f"<h1>04:52 PM on Friday, January 18, 2008</h1><h2>{H}</h2>",
    f"<div>{H}</div><p>By Heather Poe</p>",
    f"<table><tr><td>{H} Sat, 29 Dec 2007 17:50:54</td></tr></table>",
    f"<h1>Latest News</h1><h2>{H} by Chris Poe, 30 December 2007</h2>",
    f"<p>Get seven crowns off the current edition of our paper by direct delivery to your home, each day of the week, now or later.</p><hr><h4>Menu</h4><h4>Shop</h4><h4>Sport</h4><h3>{H}</h3>",
]


@pytest.mark.parametrize("top", SITES)
@pytest.mark.parametrize(
    "title", ["Northern Herald", "Northern Herald - News, Sport, Business and Entertainment", ""]
)
def test_a_title_that_is_the_sites_alone_gives_way_to_the_line_above_the_story(title: str, top: str) -> None:
    """Heading, class or bold type, if its words are the story's; the site's own words are not."""
    assert title_of(title, top).removesuffix(" at last") == H


NOT_SITES = [
    (f"{H} for long", "<h3>First steps of the council</h3>"),
    ("Northern Herald", "<p><b>Subscribe today for only nine crowns a month</b></p>"),
    ("Northern Herald", f"<p><b>{H} for eleven weeks, the council says.</b></p>"),
    ("Northern Herald", "<p><b>By Tuesday Bridge, Harbour Council</b></p>"),
    (
        "Swing bridge works begin",
        "<h1>Swing bridge works begin</h1><h2>Harbour council while engineers replace bearings</h2>",
    ),
    ("Council votes: bridge shut", "<div>Swing bridge bearings, the council said</div>"),
]


@pytest.mark.parametrize(("title", "top"), NOT_SITES)
def test_a_line_above_the_story_is_no_headline_by_its_place_alone(title: str, top: str) -> None:
    """A title with the story's words stays; lines in other words, and sentences, which are standfirsts, are left alone."""
    assert title_of(title, top) == title


def test_a_title_that_names_the_paper_gives_way_though_the_story_names_it_too() -> None:
    """The heading above the story has more of its words than the title, which the page shows nowhere."""
    story = STORY.replace("<p>", "<p>PORT ANSEL (Harbour Network) - ") + STORY.replace(
        "it said", "it told the Network"
    )
    page = f"<title>Harbour Network - Council League</title><h3>{H}</h3>{story * 3}"
    made = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(made, Article)
    assert made.title == H


def test_the_site_as_a_linked_heading_is_no_headline() -> None:
    """Blogs link their name at the top; the headline below a notice may be no heading at all."""
    notice = "<p>Subscribe by e-mail today and read all of our stories about crafts, balloons, bridges and quays before everybody else does.</p>"
    page = f"<title>{H} | The Harbour Feed</title><meta property=og:site_name content='The Harbour Feed'><h2><a href=/>The Harbour Feed</a></h2>{notice * 2}{STORY * 6}"
    made = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(made, Article)
    assert made.title == H


def test_the_sites_name_below_the_story_is_no_headline_however_long() -> None:
    """The heading above the story is the headline. Without one, the line below may be."""
    title = f"{H} | The Partnership for Safe Bridges and Harbours"
    below = f"{STORY * 6}<div>The Partnership for Safe Bridges and Harbours</div>"
    assert title_of(title, f"<h1>{H}</h1>{below}") == H
    assert title_of(f"The Feed | {H}", f"<h1>The Feed</h1><h2>{H}</h2>{below}") == H


@pytest.mark.parametrize(("title", "top"), KEPT, ids=[k[0] for k in KEPT])
def test_a_headline_with_a_dash_or_a_colon_stays_whole(title: str, top: str) -> None:
    """Where the page shows all of it, or of its parts none that could be a headline."""
    assert title_of(title, top) == title


def test_metadata_goes_before_what_the_page_shows() -> None:
    """Newsrooms write `og:title` by hand."""
    head = '<meta property="og:title" content="Swing bridge: council votes to close">'
    assert title_of(f"The Quay : {H}", "<h1>Swing bridge: council votes to close</h1>", head).startswith(
        "Swing bridge: council"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Old bridge to close | www.quaystar.com ®", "Old bridge to close"),
        ("Old bridge to close - Quaypress.com", "Old bridge to close"),
        ("quaysport.com - Old bridge to close", "Old bridge to close"),
        ("quaysport.com", "quaysport.com"),
        ("Old bridge to close - see 3.5", "Old bridge to close - see 3.5"),
    ],
)
def test_the_address_of_a_site_is_its_name(value: str, expected: str) -> None:
    """Without any other evidence of what the site is called."""
    assert clean_title(value, []) == expected


def test_parts_of_titles() -> None:
    """A hyphen within a word parts nothing."""
    assert parts_of("Well-known bridge: to close - The Quay") == ["Well-known bridge", "to close", "The Quay"]
