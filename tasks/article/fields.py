"""Choose an article's fields from the input, the page and its labelled text, in a fixed order.

For each field the sources are tried in this order, and the first with a value wins. All sources with a value
appear in the article's `evidence`, the winner first.

| field     | order |
|-----------|-------|
| title     | column of the input or feed, claims of the page, headline in the text |
| section   | column of the input, claims of the page, section in the text |
| authors   | column of the input or feed, claims of the page, lines near the headline, bylines in the text, a line below the story that signs it, the box below it, a site that is its own author |
| published, modified | column of the input or feed, claims of the page, lines near the headline, datelines in the text |
| url       | the page's canonical URL if it is of the same site, column of the input |
| publisher | column of the input, claims of the page, site of the URL, furniture that names it |

The front end decides the order among the page's own claims (`tasks/html/metadata.py`, for titles
`tasks/metadata/title_ranking.py`). Accuracy on the 125 news pages and 709 web pages of the evaluation, which
were visible during development: authors 93 and 82 %, days 98 and 82, titles 93 and 91. A third, held out by
the hash of its sites while an earlier state was written, had authors 88 and 79, days 98 and 78, titles 90 and
89.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from copydesk.schemas.document import Declared
from copydesk.schemas.page import Block, Claim, Page
from copydesk.schemas.parts import Evidence
from copydesk.tasks.article.author_boxes import box_author, signed_below
from copydesk.tasks.article.han_signatures import han_signatures, is_han
from copydesk.tasks.article.headline_area import BESIDE, HeadlineArea
from copydesk.tasks.article.instants import dating_of, printed_day
from copydesk.tasks.metadata import (
    authors_from,
    authors_of,
    canonical_url,
    clean_title,
    fold,
    is_agency,
    is_desk,
    led_authors,
    site_of,
)

_SHOWN = 300
"""Maximum number of characters of a claim kept as evidence."""
_AUTHORS = 4
"""Maximum number of claims about authors kept as evidence, besides a byline in the text."""
_CLAIMS = 24
"""Maximum number of claims kept as evidence."""


class Fields(NamedTuple):
    """The fields of an article except its body."""

    url: str
    publisher: str
    section: str
    title: str
    byline: str
    authors: list[str]
    published_at: datetime | None
    published_day: date | None
    published_raw: str
    modified_at: datetime | None
    modified_raw: str
    date_basis: str
    image: str
    flags: list[str]
    evidence: list[Evidence]


def fields_of(page: Page, publishers: Iterable[str], language: str = "") -> Fields:
    """Return the fields of a labelled page; `publishers` are those that its furniture names.

    `language` decides how to read `9/1/2021` in a dateline: the day comes first in every language except
    English, where nothing is guessed.
    """
    day_first = True if language not in ("", "en") else None
    claims = [*_column_claims(page), *page.claims, *_text_claims(page)]
    evidence: list[Claim] = []
    url = _url(page, claims, evidence)
    sites = [c.value for c in claims if c.field == "site"]
    title = _first(claims, "title", evidence)
    headline_area = HeadlineArea(page)
    authors = _authors(claims, page, headline_area, evidence)
    published = dating_of(claims, page, headline_area, 0, day_first, evidence)
    modified = dating_of(claims, page, headline_area, 1, day_first, evidence)
    return Fields(
        url=url,
        publisher=_publisher(claims, url, publishers, evidence),
        section=_first(claims, "section", evidence),
        title=clean_title(title, [*sites, site_of(url)]) if title else "",
        byline=_byline(page, headline_area, authors),
        authors=authors,
        published_at=published.instant,
        published_day=printed_day(published, headline_area, day_first),
        published_raw=published.raw,
        modified_at=modified.instant,
        modified_raw=modified.raw,
        date_basis=published.basis,
        image=next((c.value for c in claims if c.field == "image"), ""),
        flags=sorted({c.value for c in claims if c.field == "flag"}),
        evidence=[Evidence(c.field, c.value[:_SHOWN], c.source) for c in evidence[:_CLAIMS]],
    )


def _column_claims(page: Page) -> Iterator[Claim]:
    declared = page.decoded.origin.declared
    for field in ("title", "publisher", "published", "modified", "section"):
        if value := getattr(declared, field):
            yield Claim(field, value, _told_by(declared, field))
    for author in declared.authors:
        yield Claim("author", author, _told_by(declared, "authors"))
    if flag := page.decoded.origin.flag:
        yield Claim("flag", flag, "column")


def _told_by(declared: Declared, field: str) -> str:
    """Return the source of a declared value for the evidence."""
    name = declared.column(field)
    return f"column {name}" if name else "column"


def _text_claims(page: Page) -> Iterator[Claim]:
    """Yield the fields that the labelled text states: headline and section."""
    for span in page.spans:
        if span.label in ("title", "section"):
            yield Claim(span.label, span.text, "text")


def _first(claims: list[Claim], field: str, evidence: list[Claim]) -> str:
    """Return the first value claimed for a field; all different ones become evidence."""
    seen: dict[str, Claim] = {}
    for claim in claims:
        if claim.field == field and claim.value.strip():
            seen.setdefault(" ".join(claim.value.split()), claim)
    evidence.extend(Claim(field, value, claim.source) for value, claim in seen.items())
    return next(iter(seen), "")


def _url(page: Page, claims: list[Claim], evidence: list[Claim]) -> str:
    """Return the canonical URL: the page's own if the input has none, or if it is of the same site."""
    address = page.decoded.origin.url
    given = canonical_url(address)
    for claim in claims:
        if claim.field != "url":
            continue
        claimed = given if claim.value == address else canonical_url(claim.value)
        path = claimed.partition("://")[2].partition("/")[2]
        if path and (not given or site_of(claimed) == site_of(given)):
            evidence.append(Claim("url", claimed, claim.source))
            return claimed
    if given:
        evidence.append(Claim("url", given, "column"))
    return given


def _publisher(claims: list[Claim], url: str, publishers: Iterable[str], evidence: list[Claim]) -> str:
    known = set(publishers)
    candidates = [
        *(c for c in claims if c.field == "publisher"),
        *(Claim("publisher", c.value, c.source) for c in claims if c.field == "site"),
        Claim("publisher", site_of(url), "url"),
        Claim("publisher", known.pop() if len(known) == 1 else "", "furniture"),
    ]
    return _first(candidates, "publisher", evidence)


def _authors(  # noqa: C901 - evidence in order of its weight
    claims: list[Claim], page: Page, headline_area: HeadlineArea, evidence: list[Claim]
) -> list[str]:
    """Return names from the first source that has any.

    The sources in order: claims, lines near the headline, bylines elsewhere, the box below the story, a site as its
    own author.
    """
    spoken: dict[str, list[str]] = {}
    for claim in claims:
        if claim.field == "author":
            spoken.setdefault(claim.source, []).append(claim.value)
    profiles, sites = spoken.pop("profile", []), spoken.pop("publisher", [])
    said = [
        Claim("author", value, source)
        for source, values in [*spoken.items(), ("publisher", sites)]
        for value in values
    ]
    own = [c.value for c in claims if c.field == "site"]
    known = {fold(name) for name in own}
    declared = _declared_authors(page, known)
    if declared:
        evidence.extend(said[:_AUTHORS])
        return declared
    named = [_people_first(names, known) for values in spoken.values() if (names := authors_from(values))]
    if named:
        evidence.extend(said[:_AUTHORS])
        return _shown(named, page, headline_area) or _completed(named, headline_area, known)
    others = [c.value for c in claims if c.field in ("site", "section", "title")]
    shown = headline_area.names(profiles, [*others, site_of(page.decoded.origin.url)])
    found = _people_first([_without_site(name, own) for name in shown], known)
    if found:
        evidence.append(Claim("author", ", ".join(found), "text"))
    if all(map(is_agency, found)):
        for span in page.spans:
            names = _byline_names(page.blocks[span.block], span.text) if span.label == "byline" else []
            if names and not (found and all(map(is_agency, names))):
                evidence.append(Claim("author", span.text, "text"))
                found = names
                break
    if not found and (found := _signatures(page) or signed_below(page) or box_author(page, known)):
        evidence.append(Claim("author", "、".join(found), "text"))
    evidence.extend(said[:_AUTHORS])
    if sites and (not found or all(map(is_agency, found))):
        return next(
            (
                names
                for site in sites
                if (names := [site.strip()] if fold(site) in known else authors_from([site]))
            ),
            found,
        )
    return found


def _declared_authors(page: Page, sites: set[str]) -> list[str]:
    """Return the authors that a column or a call gives; they take precedence over the page.

    Returns [] for a feed: its authors are often accounts, and the page's byline corrects them.
    """
    declared = page.decoded.origin.declared
    return _people_first(authors_from(declared.authors), sites) if declared.explicit("authors") else []


def _signatures(page: Page) -> list[str]:
    """Return who signs a Chinese story within its text."""
    body = [s.text for s in page.spans if s.label == "paragraph"]
    if not is_han(body):
        return []
    own = set(body)
    beside = [b.text for b in page.blocks if b.text not in own and b.hints.region not in BESIDE]
    return han_signatures(beside, body)


def _people_first(names: list[str], sites: set[str]) -> list[str]:
    """Return names without the site's own, if a person is named beside it."""
    others = [n for n in names if fold(n) not in sites]
    return names if all(map(is_agency, others)) else others


def _without_site(name: str, sites: Iterable[str]) -> str:
    """Return a full name without the site's name that follows it: `By Ann Poe Harbour Times`."""
    for site in sites:
        if name.casefold().endswith(f" {site.casefold()}") and " " in (person := name[: -len(site)].strip()):
            return person
    return name


def _shown(named: list[list[str]], page: Page, headline_area: HeadlineArea) -> list[str]:
    """Return authors after a visible `by`, if they are more credible than the first source's.

    They are if a second source agrees, or none of the first source's names are visible.

    Metadata then names who put the story into the system (`KatieS`): the byline was right on four of five
    such pages. Names in another script may be of the same people.
    """
    first = named[0]
    if headline_area.line_with(first):
        return []
    led = headline_area.led
    if not led or any(is_agency(n) or is_desk(n) for n in led):
        return []
    if led in named:
        return led
    if "".join(first).isascii() != "".join(led).isascii():
        return []
    text = page.text.casefold()
    return [] if any(name.casefold() in text for name in first) else led


def _completed(named: list[list[str]], headline_area: HeadlineArea, sites: set[str]) -> list[str]:
    """Return the names of the first source, or of a more complete one.

    A source is more complete if the page shows its additional names near the headline, or if a line there
    lists more.
    """
    first = {name.casefold() for name in named[0]}
    for names in named[1:]:
        more = {name.casefold() for name in names} - first
        if (
            more
            and len(names) == len(first) + len(more)
            and more <= {line.text.casefold() for line in headline_area.lines}
        ):
            return names
    return headline_area.more_than(named[0], sites) or named[0]


def _byline(page: Page, headline_area: HeadlineArea, authors: list[str]) -> str:
    """Return the line that names the authors, as found.

    It is a line near the headline, or else the first byline with a name.
    """
    if authors and (line := headline_area.line_with(authors)):
        return line
    bylines = [(s.text, page.blocks[s.block].kind == "line") for s in page.spans if s.label == "byline"]
    naming = (text for text, _ in bylines if authors_of(text))
    return next(naming, next((text for text, plain in bylines if plain and "@" not in text), ""))


def _byline_names(block: Block, text: str) -> list[str]:
    """Return the names of a byline in the text.

    On a page with mark-up, a byline that only the model found must say `by`.
    """
    if block.kind == "line":
        return authors_of(text)
    return (
        [n for n in led_authors(text) if " " in n or not n.isascii()]
        if block.hints.region not in BESIDE
        else []
    )
