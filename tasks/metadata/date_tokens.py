"""Find days and times of day in a line by reading its words, numbers and punctuation in order."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from copydesk.tasks.metadata.calendars import (
    JALALI_MONTHS,
    from_buddhist,
    from_jalali,
    is_buddhist,
    is_jalali,
)
from copydesk.tasks.metadata.date_words import (
    AM,
    CLOCK_WORDS,
    HOUR_WORDS,
    MINUTE_WORDS,
    MONTHS,
    OFFSETS,
    PM,
    SEASONAL,
    ZONE_MUST_BE_UPPER,
    plain,
)

_TOKEN = re.compile(
    r"(?:19|20)\d\d(?=\d{1,2}:\d\d)"  # a year with the time glued to it: `Nov 19 20197:05 AM`
    r"|\d+"
    r"|[A-Z]{2,4}(?=[A-Z][a-z]{3})"  # a zone with a word glued to it: `7:05 AM ESTUpdated`
    r"|[\u0e01-\u0e4e]+(?:\.[\u0e01-\u0e4e]+)*"  # Thai abbreviations contain dots
    r"|(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0965\u0970-\u0dff])+"  # letters, and marks that are vowels
    r"|[^\w\s]"
)
_DIGIT = re.compile(r"\d")
_ORDINALS = frozenset(
    {"st", "nd", "rd", "th", "er", "º", "ª", "°", ".", ",", "-", "/", "e", "o", "a", "ter", "ta"}
)
_LINKS = frozenset({"de", "del", "of", "d", "'", "’", "di", "da", "do", "g", "г", "р", "m", "den", "ngày"})
_GLUE = _ORDINALS | _LINKS
_BEFORE_YEAR = _GLUE | {"năm", "พ", "ศ", "พ.ศ", "ค.ศ"}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_NO_NUMBER = -1


class Day(NamedTuple):
    """A calendar day, the characters it occupies, and its first and last token."""

    year: int
    month: int
    day: int
    start: int
    stop: int
    token: int
    last: int


class Time(NamedTuple):
    """A time of day; `offset` in minutes east of Greenwich, `seasonal` if summer time adds an hour."""

    hour: int
    minute: int
    second: int
    offset: int
    basis: Literal["none", "offset", "zone-name"]
    seasonal: bool
    start: int
    stop: int
    token: int
    last: int


class _Line:
    """The tokens of a line: as written, in lower case, as numbers, with their positions."""

    def __init__(self, text: str) -> None:
        tokens = [part for m in _TOKEN.finditer(text) for part in _unglued(m.group(), m.start())]
        self.raw = [word for word, _ in tokens] + [""] * 8
        self.word = [w.lower() for w in self.raw]
        self.number = [int(w) if w.isdecimal() and len(w) <= 14 else _NO_NUMBER for w in self.raw]
        self.start = [start for _, start in tokens]
        self.stop = [start + len(word) for word, start in tokens]
        self.count = len(tokens)

    def month(self, i: int) -> int:
        word = self.word[i]
        if word == "listopada" and self.word[i - 1] == ".":
            return 10  # Croatian writes the day as an ordinal, `12. listopada`; Polish does not
        if word[:1] == "ב":  # Hebrew writes `in` and the month as one word
            word = word[1:]
        return MONTHS.get(word) or MONTHS.get(plain(word)) or 0

    def short(self, i: int, most: int) -> bool:
        """Return whether the token at `i` is a number of one or two digits, from 1 to `most`."""
        return len(self.raw[i]) <= 2 and 1 <= self.number[i] <= most

    def year(self, i: int) -> bool:
        return len(self.raw[i]) == 4 and self.number[i] >= 1000

    def skip(self, i: int, words: frozenset[str], most: int) -> int:
        while most and self.word[i] in words:
            i, most = i + 1, most - 1
        return i


def _unglued(word: str, start: int) -> list[tuple[str, int]]:
    """Return a word with its position; in two parts if it is a name and a month that only a style separates: `PoeJune`."""
    if len(word) > _SHORTEST_GLUED and not word[1:].islower() and not word.isupper():
        at = max((i for i in range(2, len(word)) if word[i].isupper() and word[i - 1].islower()), default=0)
        if at and word[at:].lower() in MONTHS:
            return [(word[:at], start), (word[at:], start + at)]
    return [(word, start)]


_SHORTEST_GLUED = 4

_Found = tuple[int, int, int, int] | None
"""Year, month, day, and the token after them."""


@lru_cache(maxsize=64)
def days_and_times(text: str, day_first: bool | None) -> tuple[tuple[Day, ...], tuple[Time, ...]]:
    """Find all days and times of day in `text`, in order; a number belongs to one of them only.

    The last lines are remembered: a line near a headline is read for when a story was published, for when it was
    changed, and for whether it is prose.
    """
    if not _DIGIT.search(text):
        return (), ()
    line = _Line(text)
    days: list[Day] = []
    times: list[Time] = []
    i = 0
    while i < line.count:
        if found := _day_at(line, i, day_first):
            year, month, day, after = found
            days.append(Day(year, month, day, line.start[i], line.stop[after - 1], i, after - 1))
            i = after
        elif line.number[i] >= 0 and (time := _time_at(line, i)):
            times.append(time)
            i = time.last + 1
        else:
            i += 1
    return tuple(days), tuple(times)


def _day_at(line: _Line, i: int, day_first: bool | None) -> _Found:
    if line.number[i] < 0:
        return _month_first(line, i) if line.month(i) else None
    length = len(line.raw[i])
    if length == 4 or (length <= 2 and line.word[i - 1][-2:] in _ERAS):
        return _year_first(line, i)
    if length <= 2 and line.short(i, 31):
        return _day_month_name(line, i) or _numeric(line, i, day_first)
    if length in (8, 12, 14) and line.raw[i][:2] in ("19", "20"):
        digits = line.raw[i]
        return _checked(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), i + 1)
    return None


def _checked(year: int, month: int, day: int, after: int) -> _Found:
    if is_buddhist(year):
        year = from_buddhist(year)
    elif is_jalali(year):
        year, month, day = from_jalali(year, month, day)
    return (year, month, day, after) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _year_first(line: _Line, i: int) -> _Found:
    """Read `2016-06-21`, `2016年6月21日`, `2016년 6월 21일`, `2018. june 20.`, `令和6年4月24日`."""
    year = line.number[i] + _ERAS.get(line.word[i - 1][-2:], 0)
    sign = line.word[i + 1]
    if sign in ("-", "/", ".", "年", "년") and line.short(i + 2, 12):
        if line.word[i + 3] in ("-", "/", ".", "月", "월") and line.short(i + 4, 31):
            after = i + 5 + (line.word[i + 5] in ("日", "일"))
            return _checked(year, line.number[i + 2], line.number[i + 4], after)
        return None
    j = line.skip(i + 1, _GLUE, 2)
    month = line.month(j)
    if (
        month
        and line.short(k := line.skip(j + 1, _GLUE, 2), 31)
        and not line.year(line.skip(k + 1, _GLUE, 2))
    ):
        return _checked(year, month, line.number[k], k + 1)
    return None


def _month_first(line: _Line, i: int) -> _Found:
    """Read `August 1, 2018`, `Nov. 20th, 2019`, `junio 20 de 2018`."""
    day = line.skip(i + 1, _ORDINALS, 1)
    if not line.short(day, 31):
        return None
    year = line.skip(day + 1, _GLUE, 3)
    if line.year(year):
        return _checked(line.number[year], line.month(i), line.number[day], year + 1)
    if line.word[day + 2] == ":" == line.word[day + 4]:
        # `Apr 28 19:20:36 CEST 2023`, the format of C and Java: the time comes before the year.
        for year in (day + 6, day + 7):
            if line.year(year):
                return _checked(line.number[year], line.month(i), line.number[day], day + 1)
    return None


def _day_month_name(line: _Line, i: int) -> _Found:
    """Read `7 May 2013`, `1er juin 2018`, `20 de junho de 2018`, `3 tháng 6, 2018`, `20-Jun-18`."""
    j = line.skip(i + 1, _GLUE, 3)
    if line.word[j] in ("tháng", "thg") and line.short(j + 1, 12):
        j, month = j + 1, line.number[j + 1]
    elif not (month := line.month(j) or _jalali_month(line, j)):
        return None
    if line.word[j + 1] == "/" and line.month(j + 2) == month:
        j += 2  # Arabic papers write the month in both calendars' names: `24 نيسان / أبريل 2020`
    k = line.skip(j + 1, _BEFORE_YEAR, 3)
    if line.year(k):
        return _checked(line.number[k], month, line.number[i], k + 1)
    if len(line.raw[k]) == 2 and line.number[k] >= 0 and _is_cut_year(line, i, k):
        return _checked(_century(line.number[k]), month, line.number[i], k + 1)
    return None


def _jalali_month(line: _Line, i: int) -> int:
    """Return the month of the Iranian calendar at a token, if such a year follows: `25 خرداد 1400`."""
    month = JALALI_MONTHS.get(line.word[i], 0)
    return month if month and is_jalali(line.number[line.skip(i + 1, _GLUE, 1)]) else 0


def _is_cut_year(line: _Line, day: int, at: int) -> bool:
    """Return whether two digits after a day and a month are a year.

    They are if a sign shows it, or the time of day or the line's end follows. RFC 822 writes `18 Jul 17 10:00
    EST`. At the end of a line they count only if it contains no more than the date: in `we moved in on 18
    July 17` the 17 is ambiguous.
    """
    if line.word[at - 1] in ("-", "/", "'", "’"):
        return True
    if line.word[at + 2] == ":" and len(line.raw[at + 1]) <= 2 and 0 <= line.number[at + 1] <= 24:
        return True
    return at == line.count - 1 and (day == 0 or (day <= 3 and line.word[day - 1] in (",", ".")))


def _numeric(line: _Line, i: int, day_first: bool | None) -> _Found:
    """Read `22.04.2024`, `20/6/2018`, `19.11.19`; return None if day and month can't be distinguished."""
    sign = line.word[i + 1]
    if sign not in (".", "/", "-", "⁄") or line.word[i + 3] != sign or not line.short(i + 2, 31):
        return None
    first, second, last = line.number[i], line.number[i + 2], i + 4
    if line.year(last):
        year = line.number[last]
    elif (
        len(line.raw[last]) == 2
        and line.number[last] >= 0
        and (len(line.raw[i]) == len(line.raw[i + 2]) == 2 or _ends_a_byline(line, i, last))
    ):
        year = _century(line.number[last])
    else:
        return None
    elsewhere = is_buddhist(year) or is_jalali(year)  # countries that write the day first
    if first > 12 or second == first or (second <= 12 and (sign in ".-" or day_first or elsewhere)):
        return _checked(year, second, first, last + 1)
    if second > 12 or day_first is False:
        return _checked(year, first, second, last + 1)
    return None


def _ends_a_byline(line: _Line, day: int, at: int) -> bool:
    """Return whether a date without leading zeros ends a line after a comma, as in `von Klaus Maier, 8.5.12`.

    Elsewhere such numbers are versions.
    """
    return line.word[day + 1] == "." and at == line.count - 1 and line.word[day - 1] == "," and day > 1


def _century(year: int) -> int:
    """Return the year for two digits, as in POSIX: 69 to 99 are the 1900s."""
    return year + (1900 if year >= 69 else 2000)


def _time_at(line: _Line, i: int) -> Time | None:  # noqa: C901 - a way out for each form of a time
    """Read `18:47 BST`, `3:36 AM ET`, `06.00 Uhr`, `10h15`, `3 p.m.`, `kl. 13.05`, `오후 3시 15분`."""
    hour, minute, second, after = line.number[i], 0, 0, i + 1
    if len(line.raw[i]) > 2 or hour > 24:
        return None
    sign, pair = line.word[i + 1], len(line.raw[i + 2]) == 2 and 0 <= line.number[i + 2] < 60
    certain = False
    if sign == ":" and pair:
        minute, after, certain = line.number[i + 2], i + 3, True
        if line.word[after] == ":" and len(line.raw[after + 1]) == 2 and line.number[after + 1] < 60:
            second, after = max(0, line.number[after + 1]), after + 2
            if line.word[after] in (".", ",") and line.number[after + 1] >= 0:
                after += 2
    elif sign in HOUR_WORDS:
        after, certain = i + 2, True
        if (0 <= line.number[after] < 60 and len(line.raw[after]) == 2) or line.word[after + 1] in (
            "分",
            "분",
        ):
            minute, after = line.number[after], after + 1
            after += line.word[after] in MINUTE_WORDS
    elif sign == "." and pair:
        minute, after = line.number[i + 2], i + 3
        before = line.word[i - 1] if line.word[i - 1] != "." else line.word[i - 2]
        certain = before in CLOCK_WORDS or line.word[after] in HOUR_WORDS
    if line.word[after] in HOUR_WORDS and line.word[after] != "h":
        after += 1
    half, after = _half(line, i, after)
    offset, basis, seasonal, after = _zone(line, after)
    if not (certain or half or (basis != "none" and sign == ".")) or not 0 <= minute < 60:
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return Time(
        hour, minute, second, offset, basis, seasonal, line.start[i], line.stop[after - 1], i, after - 1
    )


def _half(line: _Line, i: int, after: int) -> tuple[str, int]:
    """Return the half of the day, from `am`, `p.m.` after the time or 오후, 下午 before it."""
    word = line.word[after]
    if word in ("a", "p") and line.word[after + 1] == "." and line.word[after + 2] == "m":
        return word + "m", after + 3 + (line.word[after + 3] == ".")
    if word in AM or word in PM:
        return ("am" if word in AM else "pm"), after + 1
    before = line.word[i - 1] if i else ""
    return ("am" if before in AM else "pm" if before in PM else ""), after


def _zone(line: _Line, i: int) -> tuple[int, Literal["none", "offset", "zone-name"], bool, int]:
    """Read a zone after a time: its offset in minutes, how it is known, whether summer time counts."""
    opened = line.word[i] in ("(", ",", "[")
    j = i + opened
    word, raw = line.word[j], line.raw[j]
    if word in SEASONAL and raw.isupper():
        return SEASONAL[word], "zone-name", True, j + 1
    known = word in OFFSETS and (raw.isupper() or word not in ZONE_MUST_BE_UPPER)
    if known and word not in ("gmt", "utc", "z"):
        return OFFSETS[word], "zone-name", False, j + 1
    k = j + 1 if known else j
    sign = {"+": 1, "-": -1, "−": -1, "–": -1 if known else 0}.get(line.word[k], 0)
    digits = line.raw[k + 1]
    if sign and line.number[k + 1] >= 0:
        if len(digits) == 4 and int(digits[:2]) <= 14 and digits[2:] in ("00", "15", "30", "45"):
            return sign * (int(digits[:2]) * 60 + int(digits[2:])), "offset", False, k + 2
        if len(digits) <= 2 and int(digits) <= 14 and (known or line.word[k + 2] == ":"):
            minutes = line.number[k + 3] if line.word[k + 2] == ":" else 0
            if 0 <= minutes < 60:
                return (
                    sign * (int(digits) * 60 + minutes),
                    "offset",
                    False,
                    k + (4 if line.word[k + 2] == ":" else 2),
                )
    if known:
        return 0, ("offset" if word == "z" else "zone-name"), False, j + 1
    return 0, "none", False, i
