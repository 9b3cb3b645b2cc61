"""Parse dates as newspapers write them, and record how certain their zone is.

Metadata nearly always has ISO 8601, so that is tried first and costs about a microsecond. Everything else
(RFC 2822, date lines in some fifty languages) is cut into words, numbers and signs once, and dates and times
are read from that list. No pattern can backtrack, so the cost is linear in the line. Knowledge of languages
is in `copydesk.tasks.metadata.date_words`.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from copydesk.tasks.metadata.date_tokens import Day, Time, days_and_times
from copydesk.tasks.metadata.date_words import MODIFIED, PUBLISHED

Basis = Literal["offset", "zone-name", "assumed-utc", "date-only"]
_LONGEST = 400
"""Maximum number of characters of a line that are read; no date line is longer."""
_EPOCH = re.compile(r"-?\d{10}(?:\d{3})?(?:\.\d+)?")
_COMPACT = re.compile(r"((?:19|20)\d{6})T?(\d{4}(?:\d\d)?(?:Z|[+-]\d{4})?)", re.ASCII)
_MIDNIGHT = "T00:00:00"
"""With an offset this is a day that a content system turned into an instant: in London
`2020-11-27T00:00:00+08:00` is the 26th."""
_PLACEHOLDERS = frozenset({(1970, 1, 1), (1900, 1, 1), (1899, 12, 30), (1901, 1, 1)})
"""Days that content systems write for `no date`: the zero of Unix, of SQL Server, of spreadsheets."""
_OLDEST, _LATEST = 1800, 2100


_PORTAL = re.compile("更新[^。]{0,48}(?:来源|來源)[:：]|(?:来源|來源)[:：][^。]{0,48}更新")
"""A Chinese portal's line of source and time: `更新` there is when it posted the story of another paper."""


class ParsedDate(NamedTuple):
    """An instant in UTC, how its zone is known, and the day as it is written.

    `basis`: `offset` (written as a number, or seconds of the Unix clock), `zone-name` (`BST`, `ET`),
    `assumed-utc` (a time without a zone), `date-only` (a day without a time; the instant is its midnight in
    UTC). `day` is the day in the zone of the writer: `2020-11-27T01:00+08:00` is the 27th, and still the 26th
    in UTC.
    """

    instant: datetime
    basis: Basis
    day: date


def parse_date(raw: str, *, day_first: bool | None = None) -> ParsedDate | None:
    """Read the first date in `raw`; return None if there is none, or none that can be trusted.

    `day_first` decides `04/05/2018`. Without it such a date is read only if one of its numbers can't be a
    month: a wrong day is worse than none. Dates with dots or hyphens (`04.05.2018`) are day first everywhere.
    Nothing is guessed: a date without a year is not a date.

    >>> parse_date("7 May 2013 Last updated at 18:47 BST").instant.isoformat()
    '2013-05-07T17:47:00+00:00'
    >>> parse_date("20 de junho de 2018 às 10h15")
    ParsedDate(instant=datetime.datetime(2018, 6, 20, 10, 15, tzinfo=datetime.timezone.utc),
    basis='assumed-utc', day=datetime.date(2018, 6, 20))
    >>> parse_date("2016年6月21日").basis, parse_date("04/05/2018")
    ('date-only', None)
    """
    raw = raw.strip()[:_LONGEST]
    if raw[4:5] == "-" and (iso := _iso(raw)) and (plausible := _plausible(iso)):
        return plausible
    if (compact := _COMPACT.fullmatch(raw)) and (iso := _iso("T".join(compact.groups()))):
        return _plausible(iso)
    if _EPOCH.fullmatch(raw):
        seconds = float(raw) / (1000 if len(raw.partition(".")[0].lstrip("-")) == 13 else 1)
        moment = datetime.fromtimestamp(seconds, UTC)
        return _plausible(ParsedDate(moment, "offset", moment.date()))
    days, times = days_and_times(raw, day_first)
    return _join(days[0], _times_of(days, times)[0]) if days else None


def find_dates(line: str, *, day_first: bool | None = None) -> tuple[ParsedDate | None, ParsedDate | None]:
    """Read a date line into (published, modified). A date that says `updated` is never published.

    A second date counts only with a word that says what it is. A second time without a day (`mis à jour à
    12h30`) belongs to the day of the first.

    >>> published, modified = find_dates("Publié le 20 juin 2018 à 10h15, mis à jour à 12h30")
    >>> published.instant.hour, modified.instant.hour
    (10, 12)
    >>> find_dates("7 May 2013 Last updated at 18:47 BST")[0] is None
    True
    """
    line = line[:_LONGEST]
    days, times = days_and_times(line, day_first)
    if not days:
        return parse_date(line, day_first=day_first), None
    found: dict[str, ParsedDate | None] = {}
    own = _times_of(days, times)
    lower = line.lower()
    reached = 0
    for number, (day, time) in enumerate(zip(days, own, strict=True)):
        last = max(day.stop, time.stop if time else 0)
        role = _role(lower[reached : max(day.start, time.start if time else 0)])
        if not role and len(days) == 1:
            role = _role(lower[last:])
        if role == "modified" and len(days) == 1 and _PORTAL.search(lower):
            role = "published"
        reached = last
        if role or number == 0:
            found.setdefault(role or "published", _join(day, time))
    late = [t for t in times if t not in own and t.start > days[-1].stop]
    if (
        late
        and len(days) == 1
        and "modified" not in found
        and _role(lower[reached : late[0].start]) == "modified"
    ):
        found["modified"] = _join(days[0], late[0])
    return found.get("published"), found.get("modified")


def _iso(raw: str) -> ParsedDate | None:
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return ParsedDate(
            moment.replace(tzinfo=UTC), "date-only" if len(raw) == 10 else "assumed-utc", moment.date()
        )
    if raw[10:19] == _MIDNIGHT and moment.utcoffset():
        return ParsedDate(moment.replace(tzinfo=UTC), "date-only", moment.date())
    try:
        return ParsedDate(moment.astimezone(UTC), "offset", moment.date())
    except OverflowError:  # year 1 or 9999, moved beyond the range of the calendar
        return None


def _plausible(date: ParsedDate | None) -> ParsedDate | None:
    if date is None:
        return None
    day = date.instant
    if not _OLDEST <= day.year <= _LATEST or (day.year, day.month, day.day) in _PLACEHOLDERS:
        return None
    return date


def _times_of(days: Sequence[Day], times: Sequence[Time]) -> list[Time | None]:
    """Assign each day its time: the one after it, or the one before it if the line opens with a time."""
    before = bool(times) and times[0].start < days[0].start and days[0].token - times[0].last <= 6
    out: list[Time | None] = []
    for number, day in enumerate(days):
        low = days[number - 1].stop if number else 0
        high = days[number + 1].start if number + 1 < len(days) else _LONGEST
        if before:
            near = [t for t in times if low <= t.start < day.start][-1:]
        else:
            near = [t for t in times if day.stop <= t.start < high and t.token - day.last <= 8][:1]
        out.append(near[0] if near else None)
    return out


def _join(day: Day, time: Time | None) -> ParsedDate | None:
    """Return the instant of a day and its time; None for a day that no calendar has."""
    try:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if time is None:
            return _plausible(ParsedDate(midnight, "date-only", midnight.date()))
        local = midnight + timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
        if time.basis == "none":
            return _plausible(ParsedDate(local, "assumed-utc", local.date()))
        offset = time.offset + 60 * (time.seasonal and _us_summer(local))
        return _plausible(ParsedDate(local - timedelta(minutes=offset), time.basis, local.date()))
    except (ValueError, OverflowError):
        return None


def _us_summer(local: datetime) -> bool:
    """Return whether summer time applies in the United States (15 U.S.C. 260a).

    Since 2007 it lasts from the second Sunday of March to the first of November; before, from the first of
    April to the last of October; always at 2 a.m.
    """
    if local.year >= 2007:
        start, end = _sunday(local.year, 3, 8), _sunday(local.year, 11, 1)
    else:
        start, end = _sunday(local.year, 4, 1), _sunday(local.year, 10, 25)
    return start <= local < end


def _sunday(year: int, month: int, day: int) -> datetime:
    """Return 2 a.m. of the first Sunday on or after a day."""
    moment = datetime(year, month, day, 2, tzinfo=UTC)
    return moment + timedelta(days=6 - moment.weekday())


def _role(words: str) -> str:
    """Return the role that the words before a date give it: the last cue counts; "" without one."""
    modified = max((m.start() for m in MODIFIED.finditer(words)), default=-1)
    published = max((m.start() for m in PUBLISHED.finditer(words)), default=-1)
    if modified < 0 and published < 0:
        return ""
    # `Updated on`, `última atualização publicada`: a weak word after the cue does not cancel it.
    return "modified" if modified >= 0 and modified >= published - 14 else "published"
