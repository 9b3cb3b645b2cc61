"""Find a story's day in lines above it, at its beginning, or below it.

It is used if nothing nearer to the headline has one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from copydesk.schemas.page import Block, Claim, Page
from copydesk.tasks.article.headline_area import BESIDE, is_beside, is_title
from copydesk.tasks.metadata import (
    BEFORE_DATES,
    PUBLISHED,
    ParsedDate,
    dateline_of,
    days_and_times,
    find_dates,
    fold,
    led_authors,
    reads_as_prose,
)

_ABOVE, _BELOW = 15, 25
"""Number of lines above the first paragraph and below the last one that are read."""
_PARAGRAPH, _LINE = 80, 500
"""Minimum length of a paragraph of the story, and maximum length of a line below it, in characters."""
_BEFORE = 60
"""Number of characters before a date in which a line says that it is about its own story."""
_ABOUT_ITSELF: Final = re.compile(
    r"(?:this|the|dieser|diese|dieses|der|cet|cette|ce|este|esta|questo|quest|este|denne|deze|dit)['’]?\s?"
    r"(?:article|entry|post|story|piece|artikel|beitrag|eintrag|text|billet|artículo|entrada|artigo|texto|articolo|bericht|innlegg)\b"
    r"|本(?:文|贴|帖|篇)",
    re.IGNORECASE,
)
_WRITTEN: Final = re.compile(
    r"geschrieben|verfasst|eingetragen|written|écrit|rédigé|escrit|scritto|geschreven|skrevet|skriven|发表|發表|发布|發佈",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"[(（\[]([^()（）\[\]]{6,44})[)）\]]")
"""Brackets at the beginning of a story."""


def story_days(page: Page, which: int, day_first: bool | None) -> Iterator[tuple[Claim, ParsedDate]]:
    """Yield the story's day according to lines around it, published (0) or modified (1), best first.

    Lines above it count if they all state the same day. Lines below it must say that they are about the
    story: `This entry was posted on May 7, 2013`, `Posted by Ann Poe, May 7, 2013`. Comments say the same,
    but there are several of them, so two different days below the story count as none.
    """
    field = ("published", "modified")[which]
    body = [s.block for s in page.spans if s.label == "paragraph" and len(s.text) >= _PARAGRAPH]
    first = body[0] if body else 0
    headline = fold(page.headline)  # a day in it is what the story is about
    above = [
        b for b in page.blocks[max(0, first - _ABOVE) : first] if _is_above(b) and fold(b.text) != headline
    ]
    yield from _the_one(
        field, [(b.text, d) for b in above if (d := dateline_of(b.text, day_first=day_first)[which])]
    )
    if page.blocks and page.blocks[0].kind != "line" and which == 0:
        yield from _the_one(field, list(_labelled(page.blocks, day_first)))
    if not body or page.blocks[first].kind == "line":
        return
    if (
        which == 0
        and (opening := _OPENING.match(page.blocks[first].text))
        and (date := _nothing_else(opening[1].strip(), day_first))
    ):
        yield Claim(field, opening[1].strip(), "text"), date
    below = [b for b in page.blocks[body[-1] : body[-1] + 1 + _BELOW] if _is_below(b)]
    yield from _the_one(field, [(b.text, d) for b in below if (d := _day_of_story(b.text, which, day_first))])


def _labelled(blocks: Sequence[Block], day_first: bool | None) -> Iterator[tuple[str, ParsedDate]]:
    """Yield the days of a list or table that has `Date` for their label, in the same line or in the one above."""
    before = ""
    for block in blocks:
        label, _, value = block.text.replace("\t", ":").partition(":")
        shown = not block.hints.hidden and block.hints.region not in _NO_LISTS
        if (shown and before in _LABELS and (date := _nothing_else(block.text, day_first))) or (
            shown and value and _label(label) in _LABELS and (date := _nothing_else(value.strip(), day_first))
        ):
            yield block.text, date
        before = _label(block.text)


def _label(text: str) -> str:
    return text.strip(" :\uff1a\t").casefold() if len(text) <= _LONGEST_LABEL else ""


_LONGEST_LABEL: Final = 24
_NO_LISTS: Final = frozenset({"nav", "footer", "form", "dialog"})
_LABELS: Final = frozenset(
    """
    date|datum|fecha|data|dato|datums|dátum|päivämäärä|tarih|tanggal|ngày|дата|ημερομηνία|תאריך|التاريخ|تاریخ|दिनांक|तारीख|วันที่|日期|日付|날짜
    publication date|date of publication|release date|issue date|date published|published on|erscheinungsdatum|veröffentlichungsdatum
    date de publication|fecha de publicación|data de publicação|data di pubblicazione|publicatiedatum|data publikacji|дата публикации|дата публікації
    公開日|掲載日|公表日|発行日|发布日期|发布时间|發布日期|게시일|등록일
    """.replace("    ", "")
    .strip()
    .replace("\n", "|")
    .split("|")
)
"""What lists and tables about a story call the day of its publication."""


def _nothing_else(text: str, day_first: bool | None) -> ParsedDate | None:
    """Return the day of a text that contains only a day, apart from weekday and time."""
    days, times = days_and_times(text, day_first)
    if len(days) != 1 or any(
        word.lower() not in BEFORE_DATES for word in _WORD.findall(text[: days[0].start])
    ):
        return None
    end = max([days[0].stop, *(t.stop for t in times)])
    return dateline_of(text, day_first=day_first)[0] if not _WORD.search(text, end) else None


_WORD: Final = re.compile(r"[^\W\d_]+")


def _the_one(field: str, found: list[tuple[str, ParsedDate]]) -> Iterator[tuple[Claim, ParsedDate]]:
    if len({date.instant.date() for _, date in found}) == 1:
        yield Claim(field, found[0][0], "text"), found[0][1]


def _is_above(block: Block) -> bool:
    return (
        block.kind != "line"
        and len(block.text) <= _PARAGRAPH
        and not is_beside(block)
        and not is_title(block)
        and "header" not in block.hints.path
        and not block.hints.hidden
        and _has_digit(block)
    )


def _is_below(block: Block) -> bool:
    """Return whether a line is visible and not of another story.

    An article's own footer often has such lines.
    """
    own = block.hints.region not in BESIDE or (
        block.hints.region == "footer" and "article" in block.hints.path
    )
    return (
        own
        and block.kind not in ("quote", "embed")
        and not block.hints.hidden
        and len(block.text) <= _LINE
        and _has_digit(block)
    )


def _day_of_story(line: str, which: int, day_first: bool | None) -> ParsedDate | None:
    """Return the day of a line that says that the story itself was published or changed then."""
    days, _ = days_and_times(line, day_first)
    if not days:
        return None
    before = line[: days[0].start].lower()
    if about := _ABOUT_ITSELF.match(line):
        said = which == 1 or _WRITTEN.search(line) or PUBLISHED.search(line.lower())
        if (
            not said
            or len(before) > about.end() + _BEFORE
            or reads_as_prose(line[about.end() : days[0].start])
        ):
            return None
        return find_dates(line, day_first=day_first)[which]
    date = dateline_of(line, day_first=day_first)[which]
    return date if date and (which == 1 or led_authors(line) or _CUE.search(before[-_BEFORE:])) else None


_CUE: Final = re.compile(
    r"posted|published|filed|veröffentlicht|erstellt|geschrieben|publié|publicado|pubblicato|опубликовано|gepost"
    r"|发表于|發表於|发布时间|發布時間|发布于|发表时间"
)


def _has_digit(block: Block) -> bool:
    return any(map(str.isdigit, block.text))
