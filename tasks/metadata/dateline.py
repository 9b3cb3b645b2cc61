"""Decide whether a line with a date is a dateline, or prose that happens to contain one.

`On 12 May 1911, the mayor cut the ribbon.` appears below the headline as often as `Published 12 May 2011`. A
wrong day of publication costs more than a missing one, so a line whose other words form a sentence gives no
date.
"""

import re
from collections.abc import Iterable
from typing import Final

from copydesk.tasks.metadata.author_words import BEFORE_DATES, CONJUNCTIONS, LEADS, PARTICLES
from copydesk.tasks.metadata.date_tokens import days_and_times
from copydesk.tasks.metadata.date_words import CLOCK_WORDS, MODIFIED, PUBLISHED
from copydesk.tasks.metadata.dates import ParsedDate, find_dates
from copydesk.tasks.text import lazy_pattern

Dates = tuple[ParsedDate | None, ParsedDate | None]
"""Published and modified."""
NO_DATES: Final[Dates] = (None, None)
_LONGEST: Final = 400
_SENTENCE, _CLAUSE, _LED_CLAUSE = 2, 3, 5
"""Number of common words besides the date from which a line is prose: if it ends like a sentence; if not; if
it begins like a byline or a dateline."""
_UNSPACED_SENTENCE, _UNSPACED_CLAUSE = 5, 16
"""The same in characters, for scripts without spaces between words."""
_END: Final = lazy_pattern(r"(?:(?:\d|[^\W\d_]{3})[.։]|[!?…。！？।॥؟۔])[\"'”’»)』」》\s]*$")
"""The end of a sentence; `p.m.` and the Thai `น.` do not count."""
_WORD: Final = lazy_pattern(
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0965\u0970-\u0dff\u0e31-\u0e4e'’-])*"
)
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_ADDRESS: Final = lazy_pattern(r"(?<!\S)[^\s@]*@\S+|(?:https?://|www\.)\S+")
"""E-mail addresses, accounts and URLs, whose words are none of a sentence."""
_SMALL: Final = (
    CLOCK_WORDS
    | BEFORE_DATES
    | PARTICLES
    | frozenset(CONJUNCTIONS.split("|"))
    | {word for lead in LEADS for word in lead.split()}
    | frozenset(
        [
            "in",
            "on",
            "at",
            "by",
            "from",
            "the",
            "a",
            "for",
            "to",
            "min",
            "mins",
            "minute",
            "minutes",
            "read",
            "reading",
            "time",
            "comment",
            "comments",
            "view",
            "views",
            "hours",
            "ago",
            "em",
            "às",
            "lesezeit",
            "minuten",
            "kommentare",
            "lecture",
            "lectura",
            "leitura",
            "lettura",
            "чтения",
            "просмотров",
        ]
    )
)
"""Words of datelines and bylines that say nothing about what happened."""
_LEADS: Final = frozenset(lead.partition(" ")[0] for lead in LEADS)
_UNSPACED_SMALL: Final = ("วัน", "เวลา", "来源", "來源", "编辑", "編輯")
"""Beginnings of such words in unspaced scripts: day, time, source, editor."""
_ABOUT: Final = frozenset(
    [
        "this",
        "article",
        "story",
        "page",
        "report",
        "was",
        "were",
        "is",
        "has",
        "been",
        "the",
        "a",
        "dieser",
        "artikel",
        "beitrag",
        "text",
        "wurde",
        "ist",
        "zuletzt",
        "cet",
        "a",
        "été",
        "este",
        "artículo",
        "articulo",
        "artigo",
        "fue",
        "foi",
        "se",
        "questo",
        "articolo",
        "è",
        "stato",
        "эта",
        "статья",
        "была",
    ]
)
"""Words of `This article was first published on`."""
_WEAK: Final = frozenset({"on", "first", "original", "time"})
"""Words that name a date of publication only beside a stronger one."""


def dateline_of(line: str, *, day_first: bool | None = None) -> Dates:
    """Read a line as a dateline: when published, when modified.

    Prose and lines without a date give (None, None).

    >>> published, _ = dateline_of("By Ann Poe in Port Ansel, 12 May 2011")
    >>> published.instant.year
    2011
    >>> dateline_of("On 12 May 1911, the mayor cut the ribbon.")
    (None, None)
    """
    found = find_dates(line, day_first=day_first)
    if found == NO_DATES or _is_prose(line[:_LONGEST], day_first):
        return NO_DATES
    return found


def is_day(line: str) -> bool:
    """Return whether a line is only a day, with or without a time and a weekday.

    >>> is_day("17:41 JST, October 13, 2024"), is_day("Sunday, 13 October 2024"), is_day("May 12, 2011 was a Thursday")
    (True, True, False)
    """
    days, times = days_and_times(line, None)
    if len(days) != 1:
        return False
    at = 0
    for start, stop in sorted(
        [(days[0].start, days[0].stop), *((t.start, t.stop) for t in times), (len(line), 0)]
    ):
        if any(
            word not in BEFORE_DATES and word not in CLOCK_WORDS
            for word in _WORD.findall(line[at:start].lower())
        ):
            return False
        at = max(at, stop)
    return True


def _is_prose(line: str, day_first: bool | None) -> bool:
    days, times = days_and_times(line, day_first)
    if not days:
        return False
    taken = sorted([*((d.start, d.stop) for d in days), *((t.start, t.stop) for t in times)])
    return not _says_what_it_is(line[: taken[0][0]]) and reads_as_prose(line, taken)


def reads_as_prose(line: str, taken: Iterable[tuple[int, int]] = ()) -> bool:
    """Return whether the words of a short line, without the `taken` stretches, form prose.

    >>> reads_as_prose("By Tuesday morning the water had gone."), reads_as_prose("By Ann Poe and agencies in Port Ansel")
    (True, False)
    """
    words: list[str] = []
    at = 0
    for start, stop in [*taken, (len(line), len(line))]:
        words += [w for w in _WORD.findall(_ADDRESS.sub(" ", line[at:start])) if _is_telling(w)]
        at = max(at, stop)
    unspaced = [w for w in words if _UNSPACED.match(w)]
    common, characters = len(words) - len(unspaced), sum(map(len, unspaced))
    if _END.search(line):
        return common >= _SENTENCE or characters >= _UNSPACED_SENTENCE
    led = any(_is_cue(w) or w in _LEADS for w in _WORD.findall(line.lower())[:1])
    return common >= (_LED_CLAUSE if led else _CLAUSE) or characters >= _UNSPACED_CLAUSE


def _says_what_it_is(before: str) -> bool:
    """Return whether only a word for publishing or updating comes before a date."""
    words = [w for w in _WORD.findall(before.lower()) if (w not in _SMALL and w not in _ABOUT) or _is_cue(w)]
    strong = [w for w in words if w not in _WEAK]
    return bool(strong) and all(map(_is_cue, strong))


def _is_cue(word: str) -> bool:
    """Return whether a word means `published` or `updated`; in unspaced scripts, whether a run contains one."""
    if _UNSPACED.match(word):
        return bool(MODIFIED.search(word) or PUBLISHED.search(word))
    return bool(MODIFIED.match(word) or PUBLISHED.match(word))


def _is_telling(word: str) -> bool:
    """Return whether a word says what happened: not a name, and not a typical word of datelines."""
    lower = word.lower()
    if lower[0] != word[0] or lower in _SMALL or lower.startswith(_UNSPACED_SMALL):
        return False
    return lower in _WEAK or not _is_cue(lower)
