"""Datelines and prose that holds a date; calendars; dates that are not believed."""

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.settings import Settings
from copydesk.tasks.metadata.calendars import from_jalali
from copydesk.tasks.metadata.dateline import NO_DATES, dateline_of
from copydesk.tasks.metadata.dates import parse_date
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.read.formats import read

FIELD = Path(__file__).parents[1] / "field"
PROSE = [
    "On 12 May 1911, the mayor cut the ribbon.",
    "The works start on 9 December 2031 and last until February",
    "The works start on 9 December 2031.",
    "The census was published on 3 June 1998.",
    "The law of 17 July 1992 (BGBl. I S. 1264) does not cover it.",
    "Das Werk wurde am 12. Mai 1911 eröffnet.",
    "Le pont a été ouvert le 12 mai 1911.",
    "El puente se abrió el 12 de mayo de 1911.",
    "Most otwarto 12 maja 1911 roku.",
    "Мост открыли 12 мая 1911 года.",
    "Köprü 12 Mayıs 1911 tarihinde açıldı.",
    "تم افتتاح الجسر في 12 مايو 1911.",
    "पुल 12 मई 1911 को खोला गया था।",
    "该桥于1911年5月12日开通。",
    "1911年5月12日，市長がリボンを切った。",
    "다리는 1911년 5월 12일에 개통되었다.",
    "สะพานเปิดใช้เมื่อวันที่ 12 พฤษภาคม 2454",
]
DATELINES = [
    "12 May 2011",
    "By Ann Poe in Port Ansel, 12 May 2011",
    "By Ann Poe | Harbour Times | 12 May 2011",
    "By Ann Poe, staff writer, 12 May 2011 at 3:15 p.m.",
    "posted by ann on 12 may 2011 in news, politics",
    "This article was first published on 12 May 2011.",
    "Published May 12, 2011Last updated July 21, 2022This article is more than 2 years old.",
    "LONDON, May 12, 2011 (Reuters) -",
    "12 May 2011 | 10:15 am | 5 min read | 3 comments",
    "Erstellt am 12.05.2011 von Anna",
    "jeudi 12 mai 2011 à 10 h 15",
    "Опубликовано 12 мая 2011 в 10:00",
    "Вторник, 12 мая 2011 г., 10:15",
    "Ann Poe | annpoe@harbour.example By Ann Poe | annpoe@harbour.example on May 12, 2011 at 3:52 PM",
    "http://www.port.example/news/life 2011-05-12 18:10",
    "2011. május 12., csütörtök 10:15",
    "来源：太原晚报 2011-05-12 16:26:07",
    "2011年5月12日 読了時間 3 分",
    "วันอังคารที่ 12 พฤษภาคม พ.ศ. 2554 เวลา 10:00 น.",
    "تاریخ انتشار : ۱۳۹۰/۰۲/۲۲",
]


@cache
def context() -> CleaningContext:
    """The shipped rules and models, opened once."""
    return CleaningContext.open((), Settings())


def published(folder: str, name: str) -> list[str]:
    """The day of publication of each document of a file, as its row has it; empty for none."""
    input = InputFile(name, FIELD / folder / name)
    days = []
    for raw in read(input, Columns(), Settings()):
        assert isinstance(raw, RawDocument), raw
        made = clean(raw, context()).result
        assert isinstance(made, Article), made
        days.append(made.published_at.date().isoformat() if made.published_at else "")
    return days


@pytest.mark.parametrize("line", PROSE)
def test_a_date_in_prose_is_no_dateline(line: str) -> None:
    """The day of an event is not the day of publication."""
    assert dateline_of(line) == NO_DATES


@pytest.mark.parametrize("line", DATELINES)
def test_a_dateline_may_hold_names_places_and_small_words(line: str) -> None:
    """Bylines, sources, reading times and words for publishing do not make prose."""
    found = dateline_of(line)[0]
    assert found is not None
    assert found.instant.date() == date(2011, 5, 12)


NO_DAY = [
    "after1.html", "after2.html", "after3.html", "caption.html", "first-future-title.txt", "first-history-title.txt",
    "first-judgment-title.txt", "first-long-title.txt", "future.jsonl", "future.rss", "future2030.html", "future2045.html",
    "future2099.html", "future2999.html", "history.jsonl", "history.rss", "i.html", "j.html", "judgment.jsonl",
    "judgment.rss", "k.html", "len.html", "long.jsonl", "long.rss", "rich-a.html", "rich-full-born.html", "rich-full.html",
    "standfirst.html",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_DAY)
def test_a_story_that_only_tells_of_a_day_has_no_day_of_publication(name: str) -> None:
    """In the first sentence, the standfirst, a caption, the body; in the past and in the future; text, page, table, feed."""
    assert published("39-date-in-body-ref", name) == [""]


@pytest.mark.parametrize("name", ["urldate-first-para.html", "urldate-plain.html"])
def test_a_day_in_the_canonical_address_is_used_where_nothing_better_is(name: str) -> None:
    """The input gives no URL; the page gives its own."""
    assert published("39-date-in-body-ref", name) == ["2024-11-26"]


def test_the_canonical_address_of_another_site_dates_nothing() -> None:
    """A page that was copied keeps the canonical address of its source."""
    page = (FIELD / "39-date-in-body-ref" / "urldate-plain.html").read_bytes()
    days = []
    for url in ("https://www.northernherald.example/news/bridge-closes", "https://copy.example/bridge"):
        made = clean(RawDocument(Origin("a", url=url), page, "html"), context()).result
        assert isinstance(made, Article)
        days.append(made.published_at and made.published_at.date().isoformat())
    assert days == ["2024-11-26", None]


def test_a_day_in_the_address_that_the_input_gives_is_used_as_well() -> None:
    """A column of addresses says as much as a page's canonical one; the first sentence tells of 1911."""
    assert published("39-date-in-body-ref", "urlcol.jsonl") == ["2024-11-26"]


@pytest.mark.parametrize("name", ["meta2030.html", "meta2999.html"])
def test_a_day_far_ahead_gives_way_to_another_that_the_page_shows(name: str) -> None:
    """No clock is read: the page itself has a day in the past."""
    assert published("39-date-in-body-ref", name) == ["2024-11-26"]


def page_of(day: str) -> str:
    story = (
        "<p>The harbour council voted on Tuesday to close the old swing bridge for eleven weeks, it said.</p>"
        * 5
    )
    ld = json.dumps({"@type": "NewsArticle", "headline": "Bridge", "datePublished": day})
    return f"<title>Bridge</title><script type='application/ld+json'>{ld}</script><article><h1>Bridge</h1>{story}</article>"


@pytest.mark.parametrize(
    ("day", "fetched", "believed"),
    [
        ("2024-05-17T10:00:00Z", datetime(2024, 5, 16, 11, tzinfo=UTC), True),
        ("2024-05-18T10:00:00Z", datetime(2024, 5, 16, 11, tzinfo=UTC), False),
        ("2024-05-16T10:00:00Z", datetime(2026, 5, 16, 11, tzinfo=UTC), True),
        ("2035-05-16T10:00:00Z", None, True),
    ],
)
def test_a_day_after_fetching_is_not_believed(day: str, fetched: datetime | None, believed: bool) -> None:
    """There is a day of tolerance for zones and wrong clocks.

    If the time of fetching is unknown, the only date counts.
    """
    made = clean(RawDocument(Origin("a", fetched_at=fetched), page_of(day), "html"), context()).result
    assert isinstance(made, Article)
    assert (made.published_at is not None) == believed
    assert made.published_raw == day


RFC_822 = [
    ("Tue, 18 Jul 17 10:00 EST", "2017-07-18T15:00"),
    ("Tue, 02 Jan 07 09:00:00 EST", "2007-01-02T14:00"),
    ("Sat, 30 Dec 99 09:00:00 GMT", "1999-12-30T09:00"),
    ("18 Jul 17 10:00:00 +0000", "2017-07-18T10:00"),
    ("Tue, 18 Jul 17", "2017-07-18T00:00"),
    ("we moved in on 18 July 17", ""),
    ("On 7 May 13 people died", ""),
    ("On 7 May 13:30 they met", ""),
]
CALENDARS = [
    ("20 มีนาคม พ.ศ. 2563 เวลา 10:00 น.", "2020-03-20T10:00"),
    ("2563-05-01", "2020-05-01T00:00"),
    ("01/05/2563", "2020-05-01T00:00"),
    ("۲۵ خرداد ۱۴۰۰", "2021-06-15T00:00"),
    ("1399/04/02 - 12:09", "2020-06-22T12:09"),
    ("1400/12/30", ""),
    ("2999-01-01", ""),
    ("1441/06/15", ""),
    ("2020. gada 20. jūnijā", ""),
    ("20. jūnijā 2020", "2020-06-20T00:00"),
    ("2020-11-27T00:00:00+08:00", "2020-11-27T00:00"),
    ("2020-11-27T00:30:00+08:00", "2020-11-26T16:30"),
]


@pytest.mark.parametrize(("raw", "instant"), [*RFC_822, *CALENDARS])
def test_years_of_two_digits_and_of_other_calendars(raw: str, instant: str) -> None:
    """Two digits only where a time, a sign or the line's end makes them a year; midnight of a zone is a day, not an instant."""
    found = parse_date(raw)
    assert (found.instant.isoformat()[:16] if found else "") == instant


def test_every_dialect_of_feed_dates_is_read() -> None:
    """All of folder 66 but the zero of the clock and the year 2999."""
    assert all(published("66-feed-dates", "b.rss"))
    assert [n for n, day in enumerate(published("66-feed-dates", "feed.rss")) if not day] == [8, 9]


@pytest.mark.parametrize(
    ("day", "gregorian"),
    [
        ((1375, 1, 1), (1996, 3, 20)),
        ((1395, 1, 1), (2016, 3, 20)),
        ((1403, 12, 30), (2025, 3, 20)),
        ((1404, 13, 1), (0, 0, 0)),
    ],
)
def test_days_of_the_iranian_calendar(day: tuple[int, int, int], gregorian: tuple[int, int, int]) -> None:
    """These are New Year's days of Iran. An invalid month gives no day."""
    assert from_jalali(*day) == gregorian


STORY = (
    "<p>The harbour council voted on Tuesday to close the old swing bridge for eleven weeks, it said.</p>" * 5
)


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        ("<div>12 May 2011 10:15</div>", "2011-05-12"),
        ("<div>12 May 2011</div><div>Posted 12 May 2011 10:15</div>", "2011-05-12"),
        ("<div>The bridge was opened on 12 May 1911.</div>", ""),
    ],
)
def test_the_only_day_above_a_story_without_a_headline_is_its_own(lines: str, day: str) -> None:
    """It may be there once or twice. Prose dates nothing."""
    page = f"<html lang=en><body>{lines}<div>Quay</div>{STORY}</body></html>"
    made = clean(RawDocument(Origin("a"), page, "html"), context()).result
    assert isinstance(made, Article)
    assert (made.published_at.date().isoformat() if made.published_at else "") == day
