"""Fields of pages: authors, days and headline, at any place of the page."""

import json
from functools import cache

import pytest

import copydesk
from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean

STORY = "A crane was delivered to the port on Tuesday, although nobody at the port remembers ordering it, the harbour master said."
BODY = "".join(
    f"<p>{STORY} {n} ships had to wait, and the captains were not amused by what they saw.</p>"
    for n in range(6)
)


@cache
def context() -> CleaningContext:
    """The shipped rules and models, opened once."""
    return CleaningContext.open((), Settings())


def article(
    top: str = "", *, head: str = "", tail: str = "", url: str = "https://harbour.example/crane"
) -> Article:
    """The article of a page with a headline, `top` after it, a body, and `tail` after the body."""
    html = (
        f"<!doctype html><html lang=en><head><title>Crane arrives</title>{head}</head><body>"
        f"<nav><a href=/author/max>Max Mint</a><ul><li>By Category<li>By Company Size</ul></nav>"
        f"<main><article><h1>Crane arrives</h1>{top}{BODY}</article>{tail}</main></body></html>"
    )
    made = clean(RawDocument(Origin("test", url=url), html, "html"), context()).result
    assert isinstance(made, Article)
    return made


AUTHORS = [
    ("<p>By Ann Poe</p>", ["Ann Poe"]),
    ("<div>Published August 7, 2023 by Ann Poe</div>", ["Ann Poe"]),
    ("<div class=post-author>Ann Poe</div>", ["Ann Poe"]),
    ("<div class=author-name>Harbour Staff</div>", ["Harbour Staff"]),
    ("<div>Ann Poe</div><div>May 7, 2013</div>", ["Ann Poe"]),
    ("<div>Ann Poe • May 7, 2013 • 6 min read</div>", ["Ann Poe"]),
    ("<div><a href=/people/ann>ann poe</a></div>", ["ann poe"]),
    ("<div>Written by</div><div>Ann Poe</div><div>Last updated</div>", ["Ann Poe"]),
    ("<div>Edited by</div><div>Ann Poe</div>", []),
    ("<div>Ann Poe</div><div>Co-Founder & Harbour Director</div>", ["Ann Poe"]),
    ("<div>ByAnn Poe</div>", ["Ann Poe"]),
    ("<div class=author>谢若含2017-03-01 14:27:02</div>", ["谢若含"]),
    ("<div class=byline>[田中宏昌，ITmedia]</div>", ["田中宏昌"]),
    ("<div><a href=/about/editors/ann>Ann Poe</a></div>", ["Ann Poe"]),
    ("<p>By Jane Smith, Vice President, Harbour Division, Harbour Corp</p>", ["Jane Smith"]),
    ("<div>By Ann Poe Published in Harbour Life May 7, 2013</div>", ["Ann Poe"]),
    ("<div>May 7, 2013 • Mahua Das in Port life</div>", ["Mahua Das"]),
    ("<div>Ann Poe</div><div>Last updated:</div>", ["Ann Poe"]),
    ("<div>Ann Poe May 7, 2013 0 Comments</div>", ["Ann Poe"]),
    ("<div>Ann PoeMay 7, 2013</div>", ["Ann Poe"]),
    ("<div>Ann Poe07.05.2013, 19:35 Uhr</div>", ["Ann Poe"]),
    ("<div>Ann Poe5 hours ago</div>", ["Ann Poe"]),
    ("<div>Ann Poe (@annpoe) 12 minutes ago Tue 7th May 2013 | 03:32 PM</div>", ["Ann Poe"]),
    ("<div>Ann Poe-Roe @annpoeroe</div>", ["Ann Poe-Roe"]),
    ("<div>Martedì 7 Maggio 2013 di Carla Poe</div>", ["Carla Poe"]),
    ("<div>Publish Date:Tue, 07 May 2013 01:34 PM (IST)Author: Ann Poe</div>", ["Ann Poe"]),
    ("<table><tr><td>Author:</td><td>Ann Poe</td></tr></table>", ["Ann Poe"]),
    ("<div>Port Ansel, May 7, 2013</div>", []),
    ("<div>Press Release May 7, 2013</div>", []),
    ("<div>Wedding Planning May 7, 2013</div>", []),
    ("<div>Harbour Lifestyle May 7, 2013</div>", []),
    ("<div>Privacy Policy</div><div>May 7, 2013</div>", []),
    ("<div>Son Güncelleme</div><div>7 Mayıs 2013</div>", []),
    ("<div>Home Improvement</div>", []),
    ("<div>HR Strategy</div><div>May 7, 2013</div>", []),
    ("<div>AI Alignment Forum</div><div>May 7, 2013</div>", []),
    ("<div>AJ Brown</div><div>May 7, 2013</div>", ["AJ Brown"]),
    ("<div>ANN POE</div><div>May 7, 2013</div>", ["ANN POE"]),
    ("<p>Hi Jane</p><div>May 7, 2013</div>", []),
    ("<div>Jean DUPONT</div><div>May 7, 2013</div>", ["Jean DUPONT"]),
    ("<div>Source: Harbour Weekly</div>", []),
    ("", []),
]


@pytest.mark.parametrize(("top", "names"), AUTHORS, ids=[a[0] for a in AUTHORS])
def test_authors_stand_near_the_headline_where_metadata_is_silent(top: str, names: list[str]) -> None:
    """A "by", mark-up, a link to the author's page, or a name beside the date gives authors. Menus give none."""
    assert article(top).authors == names


SIGNED = [
    ("<div class=post-footer>Posted by Ann Poe at 9:22 AM</div>", ["Ann Poe"]),
    ("<p>Written by Ann Poe</p>", ["Ann Poe"]),
    ("<p class=post-author-name>Ann Poe</p>", ["Ann Poe"]),
    ("<div>Posted by Ann Poe at 9:22 AM</div><div>Posted by Jo Roe at 9:50 AM</div>", []),
    ("<div class=comments><p>Posted by Jo Roe at 9:50 AM</p></div>", []),
    ("<aside><p class=author>Jo Roe</p></aside>", []),
    ("<p class=author>More authors</p>", []),
]


@pytest.mark.parametrize(("tail", "names"), SIGNED, ids=[s[0] for s in SIGNED])
def test_a_line_below_the_story_signs_it_if_no_other_names_somebody_else(tail: str, names: list[str]) -> None:
    """Blogs sign below. Readers who comment, and the authors of other stories, do not sign this one."""
    assert article(tail=tail).authors == names


def test_metadata_goes_before_what_the_page_shows() -> None:
    """The visible line may name the desk or the photographer."""
    made = article("<p>By Harbour Staff</p>", head='<meta name="author" content="Ann Poe">')
    assert made.authors == ["Ann Poe"]


LOGIN = '<meta name="author" content="Kate Smithers">'


def test_a_byline_goes_before_a_name_that_the_page_never_shows() -> None:
    """Metadata then names who typed the story in; not if the name is shown, or both may be one person in two scripts."""
    assert article("<p>By Ann Poe</p>", head=LOGIN).authors == ["Ann Poe"]
    assert article("<p>By Ann Poe</p>", head=LOGIN, tail="<p>Kate Smithers covers ports.</p>").authors == [
        "Kate Smithers"
    ]
    assert article("<p>By Ann Poe</p>", head='<meta name="author" content="新間">').authors == ["新間"]


def test_two_sources_that_agree_go_before_the_first() -> None:
    """The byline and one part of the metadata against another part, which lists the authors of teasers."""
    others = '<meta name="author" content="Max Mint"><meta property="article:author" content="Ann Poe">'
    assert article("<p>By Ann Poe</p>", head=others).authors == ["Ann Poe"]


def test_a_byline_that_lists_more_authors_than_the_metadata_is_believed() -> None:
    """It counts if it lists them with "by" or "and". Commas separate sections; the site is beside the name."""
    one = '<meta name="author" content="Ann Poe"><meta property="og:site_name" content="Harbour Times">'
    assert article("<p>By Ann Poe, Jo Roe</p>", head=one).authors == ["Ann Poe", "Jo Roe"]
    assert article("<p>Ann Poe and Jo Roe</p>", head=one).authors == ["Ann Poe", "Jo Roe"]
    assert article("<p>Ann Poe, Port News</p>", head=one).authors == ["Ann Poe"]
    assert article("<p>By Ann Poe, Harbour Times</p>", head=one).authors == ["Ann Poe"]


@pytest.mark.parametrize("value", ["jane.doe", "harbour.example, Port Ansel", "Port life"])
def test_a_login_an_address_or_a_rubric_in_metadata_is_no_author(value: str) -> None:
    """A name near the headline goes before them."""
    head = f'<meta property="article:section" content="Port life"><meta name="author" content="{value}">'
    assert article("<div>Ann Poe</div><div>May 7, 2013</div>", head=head).authors == ["Ann Poe"]


def test_a_headline_with_its_kicker_is_found_in_the_page() -> None:
    """The byline follows it, for any other headings before it."""
    page = (
        "<html lang=en><head><meta property=og:title content='Crane arrives in Port Ansel'></head><body><article>"
        f"<h2>Harbour affair Crane arrives in Port Ansel</h2><div>By Ann Poe</div><ul>{'<li>Share' * 12}</ul>{BODY}</article></body></html>"
    )
    made = clean(RawDocument(Origin("test", url="https://harbour.example/"), page, "html"), context()).result
    assert isinstance(made, Article)
    assert made.authors == ["Ann Poe"]


def test_an_author_more_is_believed_if_the_page_shows_the_name() -> None:
    """JSON-LD often names the first of two; links of other stories name people who did not write this one."""
    first = '<meta property="article:author" content="Ann Poe">'
    two = "<div class=byline><address><a rel=author>Ann Poe</a></address><address><a rel=author>Jo Roe</a></address></div>"
    assert article(two, head=first).authors == ["Ann Poe", "Jo Roe"]
    assert article(
        "<p>By Ann Poe</p>",
        head=first,
        tail="<ul><li><a rel=author>Ann Poe</a><li><a rel=author>Jo Roe</a></ul>",
    ).authors == ["Ann Poe"]


def test_the_site_goes_before_an_agency_and_behind_a_person() -> None:
    """A byline of the text knows better than a site that calls itself the author, unless it names an agency only."""
    site = (
        '<meta property="og:site_name" content="Harbour Times"><meta name="author" content="Harbour Times">'
    )
    assert article("<p>By Ann Poe</p>", head=site).authors == ["Ann Poe"]
    assert article("<p>By Reuters</p>", head=site).authors == ["Harbour Times"]
    assert article("<p>By Reuters</p>").authors == ["Reuters"]


def test_the_sites_name_behind_a_name_is_left_out() -> None:
    """Where nothing but its meaning sets it apart; a short name stays whole."""
    site = '<meta property="og:site_name" content="Harbour Times">'
    assert article("<p>By Ann Poe Harbour Times</p>", head=site).authors == ["Ann Poe"]
    assert article("<p>By Ann Harbour Times</p>", head=site).authors == ["Ann Harbour Times"]


def test_a_site_that_is_its_own_author_keeps_its_whole_name() -> None:
    """It is not a byline: words that look like a place or a date belong to the name."""
    for name in ("Crane in the Port", "98 Harbour Lane", "Mast & Mast"):
        assert article(
            head=f'<meta property="og:site_name" content="{name}"><meta name="author" content="{name}">'
        ).authors == [name]


def test_an_article_inside_an_author_container_has_no_marked_byline() -> None:
    """Some sites mark the whole article with the word; then it says nothing about a line."""
    page = f"<html lang=en><head><title>Crane arrives</title></head><body><main class=author><h1>Crane arrives</h1><p>Using Ropes and Cranes in the Port</p>{BODY}</main></body></html>"
    made = clean(RawDocument(Origin("test", url="https://harbour.example/"), page, "html"), context()).result
    assert isinstance(made, Article)
    assert made.authors == []


def test_surnames_that_go_first_in_catalogues_go_last() -> None:
    """Libraries write `Poe, Ann`; two full names with a comma are two authors."""
    assert article(
        head='<meta name="citation_author" content="Poe, Ann"><meta name="citation_author" content="Roe, Jo">'
    ).authors == ["Ann Poe", "Jo Roe"]
    assert article(head='<meta name="dc.creator" content="Ann Poe, Jo Roe">').authors == ["Ann Poe", "Jo Roe"]


DAYS = [
    (f"<p>{STORY}</p><div class=meta>May 7, 2013 / Ann Poe</div>", "2013-05-07"),
    (f"<p>{STORY}</p><header><div>7 May 2013 10:04 9 comments</div></header>", "2013-05-07"),
    (f"<p>{STORY} One.</p><p>{STORY} Two.</p><p>{STORY} Three.</p><div class=meta>May 7, 2013</div>", ""),
    (f"<p>{STORY}</p><div class=note>On May 7, 2013 the captains had been amused by another crane</div>", ""),
    (f"<p>{STORY}</p><div class=pic>Captains of the three ships before the crane, May 7, 2013</div>", ""),
    ("<aside class=entry-meta>May 7, 2013</aside>", "2013-05-07"),
    ("<aside class=box>May 7, 2013</aside>", ""),
    ("<h3>Port Ansel, East Quay | Posted on May 7, 2013 at 12:40pm IST</h3>", "2013-05-07"),
    ("<h2>Tuesday, May 7, 2013 By Annabel Poe-Roe and Jo Roe</h2>", "2013-05-07"),
    ("<div>May 7, 2013</div>", "2013-05-07"),
    ("<div>7 mai 2013 • 3 min</div>", "2013-05-07"),
    ("<div>Updated May 7, 2013</div>", ""),
    ("", ""),
]


@pytest.mark.parametrize(("top", "day"), DAYS, ids=[d[0] for d in DAYS])
def test_days_stand_near_the_headline_where_metadata_is_silent(top: str, day: str) -> None:
    """A day of an update is never the day of publication, nor is that of another story."""
    made = article(top, tail="<aside><div>Another story</div><div>June 1, 2020</div></aside>")
    assert (made.published_at.date().isoformat() if made.published_at else "") == day
    assert ("Updated" in top) == (made.modified_at is not None)


def test_a_day_may_stand_in_the_address_or_above_the_headline() -> None:
    """In numbers or with the month's name; a header counts if it is the headline's own."""
    assert article(url="https://harbour.example/2013/may/07/crane").published_raw == "2013-05-07"
    assert article(url="https://harbour.example/2013/05/07/crane").published_raw == "2013-05-07"
    assert article(url="https://harbour.example/2013/fog/07/crane").published_at is None
    for inside, day in ((True, "2013-05-07"), (False, "")):
        header = f"<header><div>May 7, 2013 - 3 minutes</div>{'' if inside else '</header>'}<h1>Crane arrives</h1>{'</header>' if inside else ''}"
        page = f"<html lang=en><head><title>Crane arrives</title></head><body><article>{header}{BODY}</article></body></html>"
        made = clean(
            RawDocument(Origin("test", url="https://harbour.example/"), page, "html"), context()
        ).result
        assert isinstance(made, Article)
        assert (made.published_at.date().isoformat() if made.published_at else "") == day


@pytest.mark.parametrize(
    "name",
    ["article:published_time", "article:published:time", "articlePublishedTime", "Article.Published_Time"],
)
def test_names_of_metadata_are_known_in_every_spelling(name: str) -> None:
    """Content systems write signs and capitals in different ways."""
    made = article(head=f'<meta property="{name}" content="2013-05-07T10:00:00+02:00">')
    assert made.published_raw == "2013-05-07T10:00:00+02:00"


def test_an_account_in_metadata_gives_way_to_a_name_that_the_page_shows() -> None:
    """One word that ends in digits; where the page shows no other, it stays whole."""
    head = "<meta name=author content=CC7567>"
    assert article("<p>By Ann Poe</p>", head=head).authors == ["Ann Poe"]
    assert article(head=head).authors == ["CC7567"]


@pytest.mark.parametrize(("footer", "names"), [("id=post_full_meta", ["Ann Poe"]), ("class=site", [])])
def test_the_footer_of_a_story_signs_it_wherever_it_stands(footer: str, names: list[str]) -> None:
    """By its name where it lies in no article; the footer of the page signs nothing."""
    html = (
        f"<html lang=en><head><title>Crane arrives</title></head><body><div><h1>Crane arrives</h1>{BODY}"
        f"<footer {footer}><a rel=author href=/ann>Ann Poe</a></footer></div></body></html>"
    )
    made = clean(RawDocument(Origin("a"), html, "html"), context()).result
    assert isinstance(made, Article)
    assert made.authors == names


def test_metas_that_write_value_for_content_are_read() -> None:
    """Browsers read neither; crawlers read both."""
    made = article(
        head="<meta name=author value='Ann Poe'><meta value='2013-05-07T10:00:00+02:00' name='article:published_time'>"
    )
    assert (made.authors, made.published_raw) == (["Ann Poe"], "2013-05-07T10:00:00+02:00")


def test_json_ld_with_a_brace_too_many_is_read() -> None:
    """Anything after the end of the value is left alone."""
    ld = json.dumps({"@type": "NewsArticle", "datePublished": "2013-05-07", "author": {"name": "Ann Poe"}})
    made = article(head=f"<script type='application/ld+json'>{ld} }} }}</script>")
    assert (made.authors, made.published_raw) == (["Ann Poe"], "2013-05-07")


TIMES = [
    ("<time datetime=2013-05-07>May 7, 2013</time>", "2013-05-07"),
    ("<time class='entry-date published updated' datetime=2013-05-07>May 7, 2013</time>", "2013-05-07"),
    ("<time class=updated datetime=2013-05-07></time>", ""),
    ("<aside class=layout-sidebar><time datetime=2013-05-07>May 7</time></aside>", "2013-05-07"),
    ("<time datetime=2013-07-19>Published 7 May 2013</time>", "Published 7 May 2013"),
    ("<time datetime=2013-07-19>May 7, 2013</time>", "2013-07-19"),
    ("<time datetime=2013-05-07T00:30:00+02:00>Published 7 May 2013</time>", "2013-05-07T00:30:00+02:00"),
    ("<blockquote><p>A post<p><time datetime=2012-03-12>Mar 12, 2012</time></blockquote>", ""),
    (
        "<ul><li><a href=/b>Grain ship waits three days for the tide</a> <time datetime=2012-03-12>Mar 12</time></ul>",
        "",
    ),
    (
        "<aside><a href=/b><time datetime=2012-03-12>Mar 12</time> <span>Grain ship waits three days for the tide</span></a></aside>",
        "",
    ),
    ("<a href=/b><time datetime=2013-05-07>May 7, 2013, 10 a.m.</time></a>", "2013-05-07"),
    ("<ul><li>By <a href=/ann>Ann Poe</a><li><time datetime=2013-05-07>May 7</time></ul>", "2013-05-07"),
]


@pytest.mark.parametrize(("top", "raw"), TIMES, ids=[t[0][:60] for t in TIMES])
def test_a_time_is_the_storys_own(top: str, raw: str) -> None:
    """Not that of a quoted post or of another story; its words go before an attribute that says otherwise."""
    assert article(top).published_raw == raw


def test_the_one_heading_of_class_entry_title_is_the_headline_of_a_blog() -> None:
    """Where the `<h1>` is the blog's name; several such headings are a list of stories."""
    page = (
        "<!doctype html><html lang=en><head><title>{3}</title></head><body><h1>The Quay Blog</h1>"
        '<h3 class="post-title entry-title">{0}</h3>{1}{2}</body></html>'
    )
    more = '<h3 class="post-title entry-title">Sheep on the line</h3><p>The train was late.</p>'
    titles = []
    for rest, head in (("", "The Quay Blog: Crane that nobody ordered"), (more, "The Quay Blog")):
        html = page.format("Crane that nobody ordered", BODY, rest, head)
        made = clean(RawDocument(Origin("test"), html, "html"), context()).result
        assert isinstance(made, Article)
        titles.append(made.title)
    assert titles == ["Crane that nobody ordered", "The Quay Blog"]


def test_a_story_that_stands_in_the_data_of_a_script_brings_its_fields() -> None:
    """Title, day and authors of the nearest object around the text, not those of the next story."""
    story = {
        "headline": "Crane arrives",
        "publishedAt": "2016-06-14T09:14:00Z",
        "authors": [{"name": "Ann Poe"}, {"name": "Max Mint"}],
    }
    story["body"] = [
        {"type": "text", "value": text} for text in BODY.replace("<p>", "").split("</p>") if text
    ]
    data = json.dumps(
        {
            "site": {"title": "Harbour"},
            "page": {"story": story, "next": {"headline": "Sheep", "author": "Bo"}},
        }
    )
    html = f"<!doctype html><title>Harbour</title><body><div id=app></div><script type='application/json'>{data}</script>"
    made = clean(RawDocument(Origin("test"), html, "html"), context()).result
    assert isinstance(made, Article)
    assert (made.authors, made.published_raw) == (["Ann Poe", "Max Mint"], "2016-06-14T09:14:00Z")
    assert "recovered:script" in made.flags


def test_the_byline_is_the_line_that_names_the_authors() -> None:
    """The line is taken as the page shows it, with role and place. A mail address is not a byline."""
    made = article(
        "<div>desk@harbour.example</div><p>By Ann Poe in Port Ansel</p>",
        head='<meta name="author" content="Ann Poe">',
    )
    assert made.byline == "By Ann Poe in Port Ansel"


def test_the_byline_of_plain_text_is_the_first_that_names_somebody() -> None:
    """Mail addresses occur near bylines too."""
    text = f"Crane arrives\n\nBy Ann Poe\nann@harbour.example\n\n{STORY}\n\n{STORY} It rained."
    made = clean(RawDocument(Origin("test"), text, "text"), context()).result
    assert isinstance(made, Article)
    assert (made.byline, made.authors) == ("By Ann Poe", ["Ann Poe"])


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("", "Crane arrives"),
        ('<meta name="news_keywords" content="crane">', "Port Ansel: Crane arrives at last"),
        ('<meta property="fb:pages" content="1">', "Port Ansel: Crane arrives at last"),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle"}</script>',
            "Port Ansel: Crane arrives at last",
        ),
        ('<script type="application/ld+json">{"@type":"BlogPosting"}</script>', "Crane arrives"),
    ],
)
def test_pages_that_call_themselves_news_are_believed_in_their_opengraph_title(head: str, title: str) -> None:
    """JSON-LD, microdata, `news_keywords` or a tool of publishers say so; elsewhere the headline is what readers see."""
    og = '<meta property="og:title" content="Port Ansel: Crane arrives at last | Harbour Times"><meta property="og:site_name" content="Harbour Times">'
    assert article(head=og + head).title == title


def test_microdata_of_a_news_article_makes_a_page_news() -> None:
    """The item may be anywhere on the page."""
    og = '<meta property="og:title" content="Port Ansel: Crane arrives at last">'
    assert (
        article(head=og, tail='<div itemscope itemtype="https://schema.org/NewsArticle"></div>').title
        == "Port Ansel: Crane arrives at last"
    )


@pytest.mark.parametrize("given", ["Jo Roe", "KatieS", "Reuters"])
def test_authors_that_a_call_gives_are_believed_before_the_page(given: str) -> None:
    """They are treated like those of a column. A value without a name leaves the byline."""
    page = f"<h1>Crane arrives</h1><p>By Ann Poe</p>{BODY}"
    for told, authors in ((given, [given]), ("Staff", ["Ann Poe"]), ("", ["Ann Poe"])):
        found = copydesk.clean(page, kind="html", authors=told)
        assert isinstance(found, Article)
        assert found.authors == authors


ASTRAY = [
    ("2062-05-07", "2026-05-07", "2026-05-07"),  # digits that changed places
    ("2099-12-31", "2013-05-07", "2013-05-07"),
    ("2099-12-31", "", "2099-12-31"),  # nobody says otherwise
    ("2031-05-07", "2029-12-07", "2031-05-07"),  # set again
    ("2031-05-07", "2013-05-07", "2013-05-07"),
    ("2025-05-07", "2013-05-07", "2025-05-07"),  # both have passed
]


@pytest.mark.parametrize(("first", "second", "day"), ASTRAY)
def test_a_day_far_ahead_of_all_others_is_an_error_where_the_fetching_is_unknown(
    first: str, second: str, day: str
) -> None:
    """It is two years from every other day of the page.

    The clock is never read, so that a rerun gives the same rows.
    """
    ld = json.dumps({"@type": "NewsArticle", "headline": "Crane arrives", "datePublished": first})
    head = f'<script type="application/ld+json">{ld}</script><meta name=date content="{second}">'
    assert str(article(head=head).published_at)[:10] == day


def test_a_day_that_the_day_of_a_change_confirms_is_believed_before_older_ones() -> None:
    """A day in the future needs another day of the page near it, in any field."""
    ld = {
        "@type": "NewsArticle",
        "headline": "Crane arrives",
        "datePublished": "2031-05-07",
        "dateModified": "2031-05-08",
    }
    head = (
        f'<script type="application/ld+json">{json.dumps(ld)}</script><meta name=date content="2013-05-07">'
    )
    assert str(article(head=head).published_at)[:10] == "2031-05-07"


ITEM = "itemprop=author itemscope itemtype=https://schema.org/Person"
OTHERS = [
    "<aside><h4><a href=/b>Grain ship waits three days for the tide</a></h4><span {0}>Max Mint</span></aside>",
    "<div class=more><h4><a href=/b>Grain ship waits three days for the tide</a></h4><p>by <span {0}>Max Mint</span></div>",
    "<ol class=comments><li><span {0}>Max Mint</span><p>I never saw a crane of this size in our harbour.</ol>",
]


@pytest.mark.parametrize("other", OTHERS)
def test_microdata_of_the_whole_page_names_the_storys_authors_alone(other: str) -> None:
    """Not the readers who comment, nor the authors of the stories below, though one scope holds all of them."""
    top = f"<p>by <span {ITEM}><span itemprop=name>Ann Poe</span></span>, <span {ITEM}>Jo Roe</span></p>"
    html = (
        "<!doctype html><html lang=en><title>Crane arrives</title><body itemscope itemtype=http://schema.org/Article>"
        f"<main><article><h1>Crane arrives</h1>{top}{BODY}</article>{other.format(ITEM)}</main>"
    )
    made = clean(RawDocument(Origin("test"), html, "html"), context()).result
    assert isinstance(made, Article)
    assert made.authors == ["Ann Poe", "Jo Roe"]


def test_several_articles_in_a_row_beside_the_headline_are_teasers() -> None:
    """A single article's scope may lack the headline, which is in the page's header."""
    teaser = f"<div itemscope itemtype=http://schema.org/BlogPosting><b>Grain ship</b><span {ITEM}>Max Mint</span></div>"
    assert article(tail=f"<div>{teaser * 3}</div>").authors == []
    assert article(tail=f"<div>{teaser}</div>").authors == ["Max Mint"]


def test_an_address_in_place_of_an_author_is_the_name_that_links_to_it() -> None:
    """The last step of the path must have the letters of the name.

    Other links to profiles and networks give no names.
    """
    head = '<meta property="article:author" content="https://harbour.example/editors/jo-roe">'
    link = "<div><a href=/about/editors/jo-roe/>Jo Roe</a> · @joroe · 12 comments</div>"
    assert article(link, head=head).authors == ["Jo Roe"]
    assert article(link.replace("jo-roe", "max-mint").replace("Jo Roe", "Max Mint"), head=head).authors == []
    network = '<meta property="article:author" content="https://www.facebook.com/harbourtimes">'
    assert (
        article("<div><a href=https://www.facebook.com/harbourtimes>Facebook</a></div>", head=network).authors
        == []
    )


LABELLED = [
    (
        "<aside><dl><dt>Datum</dt><dd>12.01.2017</dd><dt>Kategorie</dt><dd>AutoCAD</dd></dl></aside>",
        "12.01.2017",
    ),
    (
        "<table><tr><td>公表日</td><td>2017/01/12</td></tr><tr><td>ID</td><td>7</td></tr></table>",
        "公表日\t2017/01/12",
    ),
    ("<aside><p>Date: 12 January 2017</p></aside>", "Date: 12 January 2017"),
    ("<aside><dl><dt>Next date</dt><dd>12.01.2017</dd></dl></aside>", ""),
    ("<aside><p>Date: 12 January 2017</p><p>Date: 14 January 2017</p></aside>", ""),
    ("<nav><p>Date: 12 January 2017</p></nav>", ""),
]


@pytest.mark.parametrize(("tail", "raw"), LABELLED)
def test_a_day_beside_the_word_for_it_in_a_list_is_the_storys(tail: str, raw: str) -> None:
    """It counts if it is the only one and the list is not a menu."""
    assert article(tail=tail).published_raw == raw


def test_a_day_in_a_heading_with_other_words_dates_nothing() -> None:
    """`Results of 11-12 July 2020` is what the story is about; a heading that is only a day is a dateline."""
    assert (
        article("<h2>Results of all the cranes (2020-07-11, with eighteen pictures)</h2>").published_raw == ""
    )
    assert article("<h5>11/28/2016 11:00 AM PT</h5>").published_raw == "11/28/2016 11:00 AM PT"


BIO = "{} writes about harbours, cranes and those who have to move them, and lives beside the old swing bridge in Port Ansel."
BOXES = [
    (f"<aside><h4>Ann Poe</h4><p>{BIO.format('Ann Poe')}</p></aside>", ["Ann Poe"]),
    (f"<div><div>Ann Poe</div><div>Senior Writer</div><p>{BIO.format('Ann')}</p></div>", ["Ann Poe"]),
    (f"<div><div>Ann Poe</div><p>{BIO.format('Dr. Ann Poe')}</p></div>", ["Ann Poe"]),
    (
        f"<div><b>Ann Poe</b><p>{BIO.format('Ann')}</p></div><div><b>Jo Roe</b><p>{BIO.format('Jo')}</p></div>",
        [],
    ),
    (f"<div><div>Ann Poe</div><p>{BIO.format('Max')}</p></div>", []),
    ("<p>This post was written by Ann Poe, Head of Harbours.</p>", ["Ann Poe"]),
    ("<p>Dieser Artikel wurde von Ann Poe verfasst.</p>", ["Ann Poe"]),
    ("<p>This post was written by hand.</p>", []),
    (f"<div><div>Old Harbour</div><p>{BIO.format('The office')}</p></div>", []),
]


@pytest.mark.parametrize(("tail", "names"), BOXES)
def test_the_box_below_a_story_names_its_author(tail: str, names: list[str]) -> None:
    """The box has a name and a paragraph that begins with it.

    With several people it is unknown who wrote the story.
    """
    assert article(tail=tail).authors == names


def test_a_box_about_the_sites_own_goods_names_nobody() -> None:
    """The site's name in it tells; another company's stays a name."""
    box = f"<div><div>Harbour Times Shop</div><p>{BIO.format('Harbour Times Shop')}</p></div>"
    site = '<meta property="og:site_name" content="Harbour Times">'
    assert article(tail=box, head=site).authors == []


def test_a_box_amid_the_story_introduces_whom_it_is_about() -> None:
    """A byline takes precedence over any box."""
    box = f"<div><div>Ann Poe</div><p>{BIO.format('Ann Poe')}</p></div>"
    story = f"<p>{STORY} {STORY}</p>"
    assert article(f"{story}{box}{story}{story}").authors == []
    assert article("<p>By Jo Roe</p>", tail=box).authors == ["Jo Roe"]


PRINTED = [
    ("2025-01-14T01:28:54+09:00", "", "2025-01-14"),
    ("2025-01-14T01:28:54+09:00", "<p>13 January 2025</p>", "2025-01-14"),
    ("2016-12-22T20:47:31-04:00", "", "2016-12-22"),
    ("2016-12-23T00:47:31Z", "", "2016-12-23"),
    ("2016-12-23T00:47:31Z", "<p>December 22, 2016, 7:47 p.m.</p>", "2016-12-22"),
    ("2016-12-23T00:47:31+00:00", "<p>22. Dezember 2016</p>", "2016-12-22"),
    ("1482454051", "<p>Published: 22 December 2016</p>", "2016-12-22"),
    ("2016-12-23T00:47:31Z", "<p>20 December 2016</p>", "2016-12-23"),
    ("2016-12-22", "<p>23 December 2016</p>", "2016-12-22"),
    ("", "<p>May 7, 2013, 11:30 PM EDT</p>", "2013-05-07"),
]


@pytest.mark.parametrize(("said", "top", "day"), PRINTED)
def test_the_day_is_the_one_that_readers_saw(said: str, top: str, day: str) -> None:
    """A source with an offset states its own day; one in UTC is a day off for papers far from Greenwich."""
    head = f"<meta property=article:published_time content='{said}'>" if said else ""
    assert str(article(top, head=head).published_day) == day


def test_without_a_date_there_is_no_day() -> None:
    made = article()
    assert (made.published_at, made.published_day) == (None, None)
