"""Calendars in newspapers besides the Gregorian one.

These are the Buddhist era of Thailand and the solar calendar of Iran.
"""

from datetime import date
from typing import Final

JALALI_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split(),  # noqa: SIM905 - a table
        1,
    )
    for name in (names, names.replace("ی", "ي"))
}
"""Months of the Iranian calendar, with the Persian and the Arabic letter for `i`."""
_BUDDHIST: Final = range(2480, 2640)
_BUDDHIST_YEARS: Final = 543
_JALALI: Final = range(1360, 1416)
"""Iranian years that occur in current papers: 1981 to 2037. The years of the Islamic calendar in those
decades begin at 1401. If a date has only numbers, 1401 to 1415 are taken for Iranian years (2022 to 2036),
because the Islamic ones would be 1980 to 1994, when no paper had a website."""
_LEAPS: Final = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
"""Leap years in each cycle of 33 years; exact from 1178 to 1634 of that calendar."""
_EPOCH: Final = date(622, 3, 21).toordinal()
"""The day from which 33-year cycles are counted: with it 1 Farvardin 1375, 1380, 1395, 1399, 1403 and 1404
are on the right days."""


def is_buddhist(year: int) -> bool:
    """Return whether a year can only be of the Buddhist era: 2480 to 2639 are 1937 to 2096.

    >>> is_buddhist(2563), is_buddhist(2024), is_buddhist(2999)
    (True, False, False)
    """
    return year in _BUDDHIST


def is_jalali(year: int) -> bool:
    """Return whether a year in a newspaper can only be of the Iranian calendar.

    >>> is_jalali(1399), is_jalali(1441)
    (True, False)
    """
    return year in _JALALI


def from_buddhist(year: int) -> int:
    """Return the Gregorian year of a year of the Buddhist era."""
    return year - _BUDDHIST_YEARS


def from_jalali(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Return the Gregorian day of an Iranian one; a day that the month does not have gives month 0.

    >>> from_jalali(1399, 4, 2), from_jalali(1399, 12, 30), from_jalali(1400, 12, 30)
    ((2020, 6, 22), (2021, 3, 20), (0, 0, 0))
    """
    lengths = [31] * 6 + [30] * 5 + [29 + (year % 33 in _LEAPS)]
    if not 1 <= month <= 12 or not 1 <= day <= lengths[month - 1]:
        return 0, 0, 0
    cycles, rest = divmod(year - 1, 33)
    leaps = cycles * len(_LEAPS) + sum(leap <= rest for leap in _LEAPS)
    ordinal = _EPOCH + 365 * (year - 1) + leaps + sum(lengths[: month - 1]) + day - 1
    found = date.fromordinal(ordinal)
    return found.year, found.month, found.day
