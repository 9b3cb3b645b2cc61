"""What a page says about itself outside its text, in the order in which it is believed.

Values are claimed raw, as they stand; they are parsed where they are used. `ORDER` is the one place
that says which source is believed first for which field.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import turbohtml

from schemas.page import Block, Claim
from tasks.html_jsonld import json_ld_claims
from tasks.html_meta import link_claims, meta_claims, microdata_claims, time_claims
from tasks.urls import site_of

ORDER: Final[dict[str, tuple[str, ...]]] = {
    "title": ("opengraph", "json-ld", "twitter", "microdata", "h1", "meta", "title"),
    "site": ("opengraph", "json-ld", "meta", "microdata"),
    "section": ("json-ld", "opengraph", "microdata", "meta", "breadcrumb"),
    "author": ("json-ld", "microdata", "meta", "opengraph", "link", "twitter", "publisher"),
    "published": ("json-ld", "opengraph", "microdata", "meta", "time", "url"),
    "modified": ("json-ld", "opengraph", "microdata", "meta", "time"),
    "url": ("link", "opengraph", "json-ld", "twitter"),
    "language": ("html", "json-ld", "meta", "opengraph"),
    "image": ("opengraph", "json-ld", "twitter", "meta"),
    "description": ("opengraph", "json-ld", "meta", "twitter"),
    "flag": ("json-ld", "opengraph", "meta", "front-end"),
}
"""Field by field, whom to believe first.

JSON-LD is written for search engines by the content system itself; OpenGraph for sharing; a
`<title>` carries the site's name. Within a source the order of the page counts. Titles measured on
125 news pages: OpenGraph right on 87 % of the pages that have it, JSON-LD 85, `<h1>` 79, `<title>` 68.

An author that is the site itself has the source `publisher`: bylines of the text know better.
"""
_URL_DATE = re.compile(r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/_-]|$)|[/_-]((?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?=\D|$)")
_MOST = 400
"""Claims of one page, at most; a page that says more says it to fill memory."""


def claims_of(document: turbohtml.Document, data: Iterable[object], blocks: Iterable[Block], url: str) -> tuple[Claim, ...]:
    """Collect the claims of a page, best first for each field, each value once per source."""
    found = [
        *json_ld_claims(data, url),
        *meta_claims(document),
        *link_claims(document),
        *microdata_claims(document),
        *time_claims(document),
        *_text_claims(document, blocks),
        *_url_claims(url),
    ]
    sites = {_folded(c.value) for c in found if c.field == "site"} | {_folded(site_of(url))}
    found = [c._replace(source="publisher") if c.field == "author" and _folded(c.value) in sites else c for c in found]
    rank = {(field, source): n for field, sources in ORDER.items() for n, source in enumerate(sources)}
    clean = dict.fromkeys(c for c in found if c.value.strip())
    fields = list(ORDER)
    return tuple(sorted(clean, key=lambda c: (fields.index(c.field), rank.get((c.field, c.source), 9)))[:_MOST])


def _folded(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _text_claims(document: turbohtml.Document, blocks: Iterable[Block]) -> Iterator[Claim]:
    for block in blocks:
        if block.hints.tag == "h1" or "h1" in block.hints.path:
            yield Claim("title", block.text, "h1")
    title = document.find("title")
    if title is not None:
        yield Claim("title", " ".join(title.text.split()), "title")
    root = document.root
    if root is not None and (language := root.attr("lang") or root.attr("xml:lang")):
        yield Claim("language", language, "html")


def _url_claims(url: str) -> Iterator[Claim]:
    """A day that stands in the path: `/2018/06/20/` or `-20180620`."""
    match = _URL_DATE.search(url)
    if match:
        year, month, day, compact = match.groups()
        yield Claim("published", compact or f"{year}-{int(month):02}-{int(day):02}", "url")
