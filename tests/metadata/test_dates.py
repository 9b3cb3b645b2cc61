"""Dates: what must be read, what must not be guessed, and how the zone is known."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.metadata.date_words import MONTHS, MONTHS_BY_LANGUAGE
from copydesk.tasks.metadata.dates import find_dates, parse_date

READ = [
    # ISO 8601 and its relatives in metadata
    ("2025-06-30T15:59:30+02:00", "2025-06-30T13:59:30", "offset"),
    ("2025-06-30T15:59:30.123456789Z", "2025-06-30T15:59:30.123456", "offset"),
    ("2024-04-24 22:58:49", "2024-04-24T22:58:49", "assumed-utc"),
    ("2024-04-24 22:58:49 +0200", "2024-04-24T20:58:49", "offset"),
    ("2024-04-24T22:58:49+02:00[Europe/Berlin]", "2024-04-24T20:58:49", "offset"),
    ("2024-04-24 22:58:49 UTC", "2024-04-24T22:58:49", "zone-name"),
    ("2024-04-24", "2024-04-24T00:00:00", "date-only"),
    ("20240424", "2024-04-24T00:00:00", "date-only"),
    ("20240424T225849Z", "2024-04-24T22:58:49", "offset"),
    ("20240424225849", "2024-04-24T22:58:49", "assumed-utc"),
    ("2024/04/24", "2024-04-24T00:00:00", "date-only"),
    ("1713990529", "2024-04-24T20:28:49", "offset"),
    ("1713990529000", "2024-04-24T20:28:49", "offset"),
    # a name or section with only a style between it and the month
    ("Ann PoeJune 17, 2021garden", "2021-06-17T00:00:00", "date-only"),
    ("EditorialNovember 22, 2018", "2018-11-22T00:00:00", "date-only"),
    ("Tobias Mühle24.04.2024, 19:35 Uhr", "2024-04-24T19:35:00", "assumed-utc"),
    # RFC 2822, and JavaScript's Date
    ("Wed, 24 Apr 2024 22:58:49 +0200", "2024-04-24T20:58:49", "offset"),
    ("Wed, 24 Apr 2024 22:58:49 GMT", "2024-04-24T22:58:49", "zone-name"),
    ("Wed Apr 24 2024 22:58:49 GMT+0200 (CEST)", "2024-04-24T20:58:49", "offset"),
    ("Fri Apr 28 19:20:36 CEST 2023", "2023-04-28T17:20:36", "zone-name"),
    ("Fri Apr 28 19:20:36 2023", "2023-04-28T19:20:36", "assumed-utc"),
    # English newspapers
    ("7 May 2013 Last updated at 18:47 BST", "2013-05-07T17:47:00", "zone-name"),
    ("Published November 20th, 2019 - 07:50 GMT", "2019-11-20T07:50:00", "zone-name"),
    ("Updated 3:36 AM ET, Wed August 1, 2018", "2018-08-01T07:36:00", "zone-name"),
    ("Updated 3:36 AM ET, Mon January 1, 2018", "2018-01-01T08:36:00", "zone-name"),
    ("Posted on July 29, 2016", "2016-07-29T00:00:00", "date-only"),
    ("First Published: Tuesday, November 19, 2019 08:38 AM", "2019-11-19T08:38:00", "assumed-utc"),
    ("Updated : 19 November 2019, 09:01 AM", "2019-11-19T09:01:00", "assumed-utc"),
    ("Published Tue, Nov 19 20197:05 AM EST", "2019-11-19T12:05:00", "zone-name"),
    ("19 NOV 2019", "2019-11-19T00:00:00", "date-only"),
    ("Nov. 20, 2019, 12:05 a.m. PST", "2019-11-20T08:05:00", "zone-name"),
    ("Sept. 3, 2021 at 12 p.m.", "2021-09-03T12:00:00", "assumed-utc"),
    ("03 June 2018 05:30 PM IST", "2018-06-03T12:00:00", "zone-name"),
    ("18:47 (GMT+7), 20 June 2018", "2018-06-20T11:47:00", "offset"),
    ("12/25/2018 3:15 PM", "2018-12-25T15:15:00", "assumed-utc"),
    ("25/12/2018", "2018-12-25T00:00:00", "date-only"),
    ("05/05/2018", "2018-05-05T00:00:00", "date-only"),
    ("20-Jun-18", "2018-06-20T00:00:00", "date-only"),
    ("von Klaus Maier, 8.5.12", "2012-05-08T00:00:00", "date-only"),
    ("تم نشره الجمعة 24 نيسان / أبريل 2020 09:22 مساءً", "2020-04-24T21:22:00", "assumed-utc"),
    # the world's newspapers
    ("22.04.2024, 06:00 Uhr", "2024-04-22T06:00:00", "assumed-utc"),
    ("Stand: 22.04.24, 6.05 Uhr", "2024-04-22T06:05:00", "assumed-utc"),
    ("Mittwoch, 20. Juni 2018 um 10:15 MESZ", "2018-06-20T08:15:00", "zone-name"),
    ("4. März 2019", "2019-03-04T00:00:00", "date-only"),
    ("20 de junho de 2018 às 10h15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20/06/2018 10h15", "2018-06-20T10:15:00", "assumed-utc"),
    ("1 de setiembre del 2018", "2018-09-01T00:00:00", "date-only"),
    ("20 DE JUNIO DE 2018 · 10:15 h", "2018-06-20T10:15:00", "assumed-utc"),
    ("junio 20 de 2018", "2018-06-20T00:00:00", "date-only"),
    ("Publié le 1er août 2018 à 10 h 15", "2018-08-01T10:15:00", "assumed-utc"),
    ("Le 20 fevrier 2018 et demi", "2018-02-20T00:00:00", "date-only"),
    ("20 giugno 2018 alle 10.15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20 Haziran 2018 Çarşamba 10:15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20 KASIM 2018", "2018-11-20T00:00:00", "date-only"),
    ("20 czerwca 2018, 10:15", "2018-06-20T10:15:00", "assumed-utc"),
    ("12 listopada 2020", "2020-11-12T00:00:00", "date-only"),
    ("12. listopada 2020.", "2020-10-12T00:00:00", "date-only"),
    ("20 juni 2018 om 10:15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20 июня 2018, 10:15 МСК", "2018-06-20T07:15:00", "zone-name"),
    ("20 червня 2018 р., 10:15", "2018-06-20T10:15:00", "assumed-utc"),
    ("Thứ Tư, 20/6/2018, 10:15 (GMT+7)", "2018-06-20T03:15:00", "offset"),
    ("ngày 20 tháng 6 năm 2018", "2018-06-20T00:00:00", "date-only"),
    ("2016年6月21日", "2016-06-21T00:00:00", "date-only"),
    ("2025年1月13日 21時37分", "2025-01-13T21:37:00", "assumed-utc"),
    ("令和6年4月24日", "2024-04-24T00:00:00", "date-only"),
    ("2016年6月21日 下午3:15", "2016-06-21T15:15:00", "assumed-utc"),
    ("입력 2018.06.20 오후 3:15", "2018-06-20T15:15:00", "assumed-utc"),
    ("2018년 6월 20일 3시 15분", "2018-06-20T03:15:00", "assumed-utc"),
    ("2018. június 20. 10:15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20. kesäkuuta 2018 klo 10.15", "2018-06-20T10:15:00", "assumed-utc"),
    ("20.6.2018 kl. 13.05", "2018-06-20T13:05:00", "assumed-utc"),
    ("Rabu, 20 Juni 2018 10:15 WIB", "2018-06-20T03:15:00", "zone-name"),
    ("20 มิ.ย. 2561 10:15 น.", "2018-06-20T10:15:00", "assumed-utc"),
    ("20 जून 2018, 10:15 AM", "2018-06-20T10:15:00", "assumed-utc"),
    ("٢٠ يونيو ٢٠١٨", "2018-06-20T00:00:00", "date-only"),
    ("20 Ιουνίου 2018", "2018-06-20T00:00:00", "date-only"),
    ("20 ביוני 2018", "2018-06-20T00:00:00", "date-only"),
]


@pytest.mark.parametrize(("raw", "instant", "basis"), READ, ids=[r[0] for r in READ])
def test_dates_are_read_in_utc_with_their_basis(raw: str, instant: str, basis: str) -> None:
    """A date line gives one instant, and says how its zone is known."""
    found = parse_date(raw)
    assert found is not None
    assert found.instant == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert found.basis == basis


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "nothing"),
        ("no date at all", "words"),
        ("4:14 p.m.", "a time without a day"),
        ("20 June", "a day without a year: never completed by guess"),
        ("June 2018", "a month without a day"),
        ("04/05/2018", "day and month can't be told apart"),
        ("2018-02-30", "no calendar has it"),
        ("31 June 2018", "no calendar has it"),
        ("2018-13-45", "no month"),
        ("1970-01-01T00:00:00Z", "the zero of the Unix clock: unset"),
        ("0001-01-01T00:00:00", "the zero of .NET: unset"),
        ("9999-12-31T23:59:59-01:00", "unset, and over the edge of the calendar"),
        ("3024-04-24", "implausible year"),
        (
            "Updated [hour]:[minute] [AMPM] [timezone], [monthFull] [day], [year]",
            "a template that was never filled",
        ),
        ("call 020 7946 0958 between 10:30 and 11:30", "a telephone number and times"),
        ("1/2/3", "a fraction, a list"),
    ],
)
def test_what_is_no_date_is_not_guessed(raw: str, why: str) -> None:
    """None rather than a wrong date."""
    assert parse_date(raw) is None, why


def test_the_caller_can_say_what_a_slash_date_means() -> None:
    """`04/05/2018` is read only when the caller knows the convention."""
    day_first, month_first = (
        parse_date("04/05/2018", day_first=True),
        parse_date("04/05/2018", day_first=False),
    )
    assert day_first is not None
    assert month_first is not None
    assert (day_first.instant.month, month_first.instant.month) == (5, 4)
    assert parse_date("25/12/2018", day_first=False) == parse_date("25/12/2018", day_first=True)


PAIRS = [
    (
        "Published Tue, Nov 19 20197:05 AM ESTUpdated Tue, Nov 19 20197:16 AM EST",
        "2019-11-19T12:05",
        "2019-11-19T12:16",
    ),
    ("Publié le 20 juin 2018 à 10h15, mis à jour à 12h30", "2018-06-20T10:15", "2018-06-20T12:30"),
    ("20.06.2018, 10:15 Uhr | aktualisiert am 21.06.2018, 9 Uhr", "2018-06-20T10:15", "2018-06-21T09:00"),
    ("7 May 2013 Last updated at 18:47 BST", "", "2013-05-07T17:47"),
    ("Updated 3:36 AM ET, Wed August 1, 2018", "", "2018-08-01T07:36"),
    ("Última actualización: 20 de junio de 2018", "", "2018-06-20T00:00"),
    ("Güncelleme: 20 Nisan 2026", "", "2026-04-20T00:00"),
    ("입력 2018.06.20 10:15 수정 2018.06.21 11:00", "2018-06-20T10:15", "2018-06-21T11:00"),
    ("2025年1月13日 21時37分 更新", "", "2025-01-13T21:37"),
    ("2005-04-27 14:32更新 来源：港口新闻网\t发表评论", "2005-04-27T14:32", ""),
    ("更新时间：2017-03-01 10:20 来源：港口社", "2017-03-01T10:20", ""),
    ("发布 2017-03-01 来源：港口社 更新 2017-03-02", "2017-03-01T00:00", "2017-03-02T00:00"),
    ("20 June 2018", "2018-06-20T00:00", ""),
    ("10:15, 20 June 2018 | Updated: 12:30, 21 June 2018", "2018-06-20T10:15", "2018-06-21T12:30"),
    ("Обновлено 20 июня 2018", "", "2018-06-20T00:00"),
    ("Opublikowano: 20.06.2018 10:15 Aktualizacja: 21.06.2018 11:00", "2018-06-20T10:15", "2018-06-21T11:00"),
    ("2018-06-20T10:15:00Z", "2018-06-20T10:15", ""),
]


@pytest.mark.parametrize(("line", "published", "modified"), PAIRS, ids=[p[0] for p in PAIRS])
def test_published_and_modified_never_stand_for_each_other(line: str, published: str, modified: str) -> None:
    """A line may hold both. A date with the word "updated" is never the date of publication."""
    found = [d.instant.isoformat()[:16] if d else "" for d in find_dates(line)]
    assert found == [published, modified]


def test_every_language_has_twelve_months() -> None:
    """The table is complete, and each form has one month."""
    for language, year in MONTHS_BY_LANGUAGE.items():
        assert len(year.split()) == 12, language
    assert "lip" not in MONTHS, "Croatian June, Polish July"


@given(st.text(max_size=60) | st.from_regex(r"[\d:./ -年月TZ]{0,30}"))
def test_any_text_gives_a_date_or_none(raw: str) -> None:
    """Never an exception, never a year outside the plausible ones."""
    for found in (parse_date(raw), *find_dates(raw)):
        assert found is None or 1800 <= found.instant.year <= 2100


@given(st.datetimes(min_value=datetime(1901, 2, 1), max_value=datetime(2099, 12, 30)))
def test_iso_dates_are_read_exactly(moment: datetime) -> None:
    """The output of `isoformat` can be read back."""
    found = parse_date(moment.isoformat())
    if (moment.year, moment.month, moment.day) != (1970, 1, 1):
        assert found is not None
        assert found.instant == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "year",
    [MONTHS_BY_LANGUAGE[language] for language in ("en", "de", "fr", "es", "pt", "it", "nl")],
    ids=lambda year: year.split()[0],
)
def test_no_month_of_a_large_language_is_lost_to_another_language(year: str) -> None:
    """A word that means two months is dropped from the table: `Jan` must not be, because of a slip in a list."""
    for month, forms in enumerate(year.split(), 1):
        for form in forms.split("/"):
            found = parse_date(f"3 {form.replace('_', ' ')} 2024")
            assert found is not None, form
            assert (found.instant.month, found.instant.day) == (month, 3)
