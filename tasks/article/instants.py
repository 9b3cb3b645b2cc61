"""Choose when an article was published and modified: the first claim or dateline that can be read and believed."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from copydesk.schemas.page import Claim, Page, Span
from copydesk.tasks.article.headline_area import HeadlineArea, is_beside
from copydesk.tasks.article.story_days import story_days
from copydesk.tasks.metadata import ParsedDate, dateline_of, parse_date


class Dating(NamedTuple):
    """When an article was published or modified: the instant, the words, the zone's basis, and the source's own day."""

    instant: datetime | None = None
    raw: str = ""
    basis: str = ""
    day: date | None = None

    @classmethod
    def of(cls, found: ParsedDate, claim: Claim) -> "Dating":
        """Return the dating that a claim states."""
        return cls(found.instant, claim.value, found.basis, found.day)


def dating_of(
    claims: list[Claim],
    page: Page,
    headline_area: HeadlineArea,
    which: int,
    day_first: bool | None,
    evidence: list[Claim],
) -> Dating:
    """Return when the article was published (0) or modified (1).

    It is the first readable and credible claim or dateline.

    A day after the fetch is an error of the page. If the fetch time is unknown, a day is an error if it is
    two years from every other one on the page: the metadata's `2030-01-01` above a story that shows a day of
    2024. The clock is never used: the same input must give the same rows next year.
    """
    raw = ""
    late: tuple[ParsedDate, Claim] | None = None
    fetched = page.decoded.origin.fetched_at
    latest = fetched + _AHEAD if fetched else _PAST
    for claim, parsed in _dated(claims, page, headline_area, which, day_first):
        evidence.append(claim)
        raw = raw or claim.value
        if parsed is None:
            continue
        if late and parsed.instant == late[0].instant:
            continue
        if late and abs(parsed.instant - late[0].instant) < _ASTRAY:
            break
        if late or parsed.instant <= latest:
            return Dating.of(parsed, claim)
        if not fetched:
            late = (parsed, claim)
            if _is_confirmed(parsed, claims, ("modified", "published")[which]):
                break
    return Dating.of(*late) if late else Dating(raw=raw)


def printed_day(dating: Dating, headline_area: HeadlineArea, day_first: bool | None) -> date | None:
    """Return the day of publication that readers saw.

    A source with an offset of its own states it. One in UTC may be a day off, so a line near the headline counts
    if it shows the same day or the next one.
    """
    if dating.day is None or dating.basis != "offset" or not _IN_UTC.search(dating.raw):
        return dating.day
    shown = next((found.day for _, found in headline_area.days(0, day_first)), dating.day)
    return shown if abs(shown - dating.day) <= _NEXT_DAY else dating.day


_NEXT_DAY = timedelta(days=1)
_IN_UTC = re.compile(r"(?:Z|[+-]00:?00|GMT|UTC|^[\d.]+)\s*$")
"""The end of a time in UTC, or seconds of the Unix clock."""


def _is_confirmed(date: ParsedDate, claims: Iterable[Claim], field: str) -> bool:
    """Return whether the page's claims about another field contain a day near this one."""
    days = (parse_date(claim.value) for claim in claims if claim.field == field)
    return any(day and timedelta(0) != abs(day.instant - date.instant) < _ASTRAY for day in days)


_AHEAD = timedelta(days=1)
"""How far a date may be after the fetch: time zones, and wrong clocks."""
_PAST = datetime(2026, 1, 1, tzinfo=UTC)
"""Days before this one have passed whenever this code runs, so they need no comparison with others. It never
has to move."""
_ASTRAY = timedelta(days=731)
"""How far a date may be from all others of its page if the fetch time is unknown."""


def _dated(
    claims: list[Claim], page: Page, headline_area: HeadlineArea, which: int, day_first: bool | None
) -> Iterator[tuple[Claim, ParsedDate | None]]:
    """Yield the claims, the lines near the headline, and the datelines elsewhere, each with its date."""
    field = ("published", "modified")[which]
    for claim in claims:
        if claim.field == field:
            yield claim, parse_date(claim.value)
    for text, shown in headline_area.days(which, day_first):
        yield Claim(field, text, "text"), shown
    for span in _outside_body(page):
        dated = span.label == "dateline" or (
            span.label == "byline" and page.blocks[span.block].kind == "line"
        )
        if dated and not is_beside(page.blocks[span.block]):
            found = dateline_of(span.text, day_first=day_first)[which]
            if found is not None:
                yield Claim(field, span.text, "text"), found
    yield from story_days(page, which, day_first)


def _outside_body(page: Page) -> list[Span]:
    """Return the spans except those inside the body.

    A day alone in a line there (`12 May 1911`) belongs to the story.
    """
    body = [n for n, s in enumerate(page.spans) if s.label == "paragraph" and len(s.text) >= _LONG]
    if len(body) <= _HEAD:
        return list(page.spans)
    return [*page.spans[: body[_HEAD]], *page.spans[body[-1] :]]


_HEAD, _LONG = 1, 80
"""Maximum number of paragraphs before a dateline (a standfirst); minimum length of a paragraph in characters.
"""
