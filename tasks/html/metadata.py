"""Collect what a page states about itself outside its text, the most reliable source first.

Values are claimed as they are in the page, and parsed where they are used. `ORDER` is the only place that
ranks the sources of each field.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import turbohtml

from copydesk.schemas.page import BESIDE_ARTICLE, Block, Claim
from copydesk.tasks.html.authors import addressed_authors
from copydesk.tasks.html.jsonld import article_body, json_ld_claims
from copydesk.tasks.html.meta_tags import (
    declares_news,
    link_claims,
    meta_claims,
    microdata_claims,
    profile_claims,
)
from copydesk.tasks.html.times import time_claims
from copydesk.tasks.metadata import MONTHS, OTHER, fold, is_host, is_login, rank_titles, shown_title, site_of

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "title": OTHER,
    "site": ("opengraph", "json-ld", "meta", "microdata"),
    "section": ("json-ld", "opengraph", "microdata", "meta", "breadcrumb"),
    "author": ("json-ld", "microdata", "meta", "opengraph", "link", "twitter", "profile", "publisher"),
    "published": ("json-ld", "opengraph", "microdata", "meta", "time", "url"),
    "modified": ("json-ld", "opengraph", "microdata", "meta", "time"),
    "url": ("link", "opengraph", "json-ld", "twitter"),
    "language": ("html", "json-ld", "meta", "opengraph"),
    "image": ("opengraph", "json-ld", "twitter", "meta"),
    "description": ("opengraph", "json-ld", "meta", "twitter"),
    "flag": ("json-ld", "opengraph", "meta", "front-end"),
    "body": ("json-ld",),
}
"""The sources of each field, the most reliable first.

Content systems write JSON-LD for search engines and OpenGraph for sharing; a `<title>` contains the site's
name. Within a source, the order of the page counts. `copydesk.tasks.metadata.title_ranking` ranks titles,
with a separate order for news. An author gets the source `publisher` if it is the site itself, a host, a
login with a dot or digits, or a section: the bylines of the text are more reliable. A link to an author's
page gets the source `profile` and only confirms a name near the headline, because most such links belong to
other stories.
"""
_URL_DATE = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)|[/_-]((?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?=\D|$)"
)
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)/([a-z]{3,9})/(0?[1-9]|[12]\d|3[01])(?=/)", re.IGNORECASE)
_MOST_HEADINGS = 30
_MOST = 400
"""Most claims of one page. Only a page that is made to fill memory has more."""


def claims_of(
    document: turbohtml.Document, data: Iterable[object], blocks: Sequence[Block], url: str
) -> tuple[Claim, ...]:
    """Collect the claims of a page, best first for each field, each value once per source."""
    found = [
        *json_ld_claims(data, url),
        *meta_claims(document),
        *link_claims(document),
        *microdata_claims(document),
        *time_claims(document),
        *_text_claims(document, blocks),
        Claim("body", article_body(data), "json-ld"),
    ]
    found += _url_claims(_addresses(url, found))
    names = [*dict.fromkeys(c.value for c in found if c.field == "site"), site_of(url)]
    sites = {fold(name) for name in names}
    sections = {fold(c.value) for c in found if c.field == "section"}
    if not any(c.field == "author" and "://" not in c.value for c in found):
        found += addressed_authors(document, [c.value for c in found if c.field == "author"])
        found += profile_claims(document)
    news = any(c.field == "kind" for c in found) or declares_news(document)
    clean = dict.fromkeys(
        c._replace(source="publisher")
        if c.field == "author" and c.source != "profile" and _is_publisher(c.value, sites, sections)
        else c
        for c in found
        if c.field in ORDER and c.value.strip()
    )
    titles = rank_titles([c for c in clean if c.field == "title"], names, news=news)
    if shown := shown_title(titles, blocks, names):
        titles = [shown, *titles]
    rest = sorted(
        [c for c in clean if c.field != "title"],
        key=lambda c: (_FIELDS[c.field], _RANK.get((c.field, c.source), 9)),
    )
    return tuple([*titles, *rest][:_MOST])


_FIELDS: Final = {field: n for n, field in enumerate(ORDER)}
_RANK: Final = {(field, source): n for field, sources in ORDER.items() for n, source in enumerate(sources)}


def _is_publisher(author: str, sites: set[str], sections: set[str]) -> bool:
    """Return whether an author is the site, its address (`example.com, Port Ansel`), a host, login, section."""
    folded = fold(author)
    return (
        folded in sites
        or folded in sections
        or is_host(author.strip())
        or is_login(author.strip())
        or fold(author.partition(",")[0]) in sites
    )


def _text_claims(document: turbohtml.Document, blocks: Iterable[Block]) -> Iterator[Claim]:
    """Claim the page's own first-level headings, its `<title>` and its language.

    Headings that are hidden or lie in menus and footers count only if there is no other.
    """
    headings = [b for b in blocks if b.kind == "heading"]
    first = [b for b in headings if b.hints.tag == "h1" or "h1" in b.hints.path]
    shown = [b for b in first if not b.hints.hidden and b.hints.region not in BESIDE_ARTICLE]
    for block in (shown or first)[:_MOST_HEADINGS]:
        yield Claim("title", block.text, "h1")
    entries = [b for b in headings if not b.hints.hidden and _is_entry_title(b.hints.own)]
    if len(entries) == 1:  # several of them are a list of stories
        yield Claim("title", entries[0].text, "microformat")
    title = document.find("title")
    if title is not None:
        yield Claim("title", " ".join(title.text.split()), "title")
    root = document.root
    if root is not None and (language := root.attr("lang") or root.attr("xml:lang")):
        yield Claim("language", language, "html")


def _is_entry_title(own: frozenset[str]) -> bool:
    """Return whether a heading has the class `entry-title` or `p-name`.

    Blogs use them whose `<h1>` is the name of the blog (hAtom).
    """
    return {"entry", "title"} <= own or {"p", "name"} <= own


def _addresses(url: str, found: Iterable[Claim]) -> list[str]:
    """Return the address from the input, and the addresses of the same site that the page gives itself."""
    own = [c.value for c in found if c.field == "url"]
    return [url, *own] if not url else [url, *(o for o in own if site_of(o) in ("", site_of(url)))]


def _url_claims(urls: Iterable[str]) -> Iterator[Claim]:
    """Claim a day that is part of the path: `/2018/06/20/`, `/2018/jun/20/` or `-20180620`."""
    for url in dict.fromkeys(urls):
        if (named := _URL_MONTH.search(url)) and (number := MONTHS.get(named[2].lower())):
            yield Claim("published", f"{named[1]}-{number:02}-{int(named[3]):02}", "url")
        if match := _URL_DATE.search(url):
            year, month, day, compact = match.groups()
            yield Claim("published", compact or f"{year}-{int(month):02}-{int(day):02}", "url")
