"""The lines of a page around its headline, which hold byline and dateline whatever their mark-up.

They are read if the page's metadata lacks a field. Of the authors that web pages show but do not claim, two
in three are within ten blocks after the headline, and so are three in four of such dates (367 and 389 web
pages, inspected one by one). Plain text has no such lines; rules find its bylines and datelines.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from copydesk.schemas.labels import BODY
from copydesk.schemas.page import AUTHOR_TOKENS, BESIDE_ARTICLE, PARAGRAPH, Block, Page
from copydesk.tasks.article.bare_names import ACCOUNT, AGO, has_acronym, undated
from copydesk.tasks.article.han_signatures import marked_name
from copydesk.tasks.metadata import (
    ParsedDate,
    authors_of,
    clean_author,
    dateline_of,
    days_and_times,
    fold,
    is_agency,
    is_role,
    led_authors,
    listed_authors,
    opens_byline,
    pieces_of,
    signed_by,
)

BESIDE: Final = BESIDE_ARTICLE | {"figure"}
"""Regions whose names and days belong to something else than the article; a caption names its photographer."""
_SUMMARY: Final = frozenset(
    {
        "standfirst",
        "subtitle",
        "subheadline",
        "deck",
        "dek",
        "lead",
        "lede",
        "summary",
        "excerpt",
        "teaser",
        "abstract",
    }
)
"""Words of mark-up for the sentence below a headline."""
_BEFORE, _BEHIND = 3, 10
"""Number of blocks before and after the headline that are read."""
_BELOW_STANDFIRST = 2
"""Number of blocks after the headline among which a paragraph may be a standfirst, and after it, a dateline."""
_LONGEST = 160
"""Maximum length of a line that may be a byline or a dateline, in characters; 1.5 times as many bytes, for
scripts that need few characters."""
_WHOLE, _PART = 12, 0.4
"""Minimum number of letters, and share of the longer one, that a heading and the headline have in common."""
_NEAR = 4
"""Number of lines after the headline in which a bare name beside a date is an author."""


_DATES = re.compile(r"(?:last )?(?:updated|published|posted|modified)(?: on)?:?", re.IGNORECASE)
"""Words that are alone before a date."""


class Line(NamedTuple):
    """A short line near the headline, and whether its mark-up, unlike the headline's, refers to authors."""

    text: str
    named: bool
    summary: bool = False
    """True if its mark-up calls it a standfirst or a heading that says more than a day: prose, even if short."""


class HeadlineArea:
    """The short visible lines near the headline of a page with mark-up, computed on first use."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Return the lines after the headline, then those before it.

        After the body's first paragraph, only lines marked as bylines count, and if it may be a standfirst, because it
        is directly below the headline, lines with a day directly below it.
        """
        blocks = self._page.blocks
        at = self._headline()
        if at < 0:
            return ()
        end = self._body(at)
        below = self._below_standfirst(at, end)
        behind = [
            b
            for n, b in enumerate(blocks[at + 1 : at + 1 + _BEHIND], at + 1)
            if _is_line(b, aside=n <= end)
            and (n <= end or AUTHOR_TOKENS & b.hints.tokens or (n in below and _is_dated(b)))
        ]
        own, named = blocks[at].hints.region, AUTHOR_TOKENS - blocks[at].hints.tokens
        before = [
            b
            for b in blocks[max(0, at - _BEFORE) : at]
            if _is_line(b) and b.hints.region in ("", "article", "main", own)
        ]
        return tuple(
            [
                Line(
                    b.text,
                    not named.isdisjoint(b.hints.tokens),
                    not _SUMMARY.isdisjoint(b.hints.own) or is_title(b),
                )
                for b in [*behind, *before]
            ]
        )

    def _below_standfirst(self, at: int, end: int) -> range:
        """Return the numbers of the lines directly below a standfirst, with a day, in a container of their own."""
        blocks = self._page.blocks
        after = end + 1
        while end <= at + _BELOW_STANDFIRST and after < min(end + 1 + _BELOW_STANDFIRST, len(blocks)):
            block, first = blocks[after], blocks[end]
            if len(block.text) >= PARAGRAPH or (
                block.hints.parent == first.hints.parent and not block.hints.own
            ):
                break
            after += 1
        return range(end + 1, after)

    def names(self, profiles: Iterable[str], others: Iterable[str]) -> list[str]:
        """Return authors named by these lines; [] if there are none.

        The first line that says `by` counts, or the one below it. Otherwise the first line that mark-up calls
        a byline, or whose words link to an author's page (`profiles`). Otherwise two or three words that look
        like a name beside a date or above a role, unless they are among `others` (site, section, title).
        """
        known, barred = {fold(name) for name in profiles}, {fold(name) for name in others}
        if names := self.led:
            return names
        for line in self.lines:
            if fold(line.text) in known and (names := clean_author(line.text)):
                return names
            if (
                line.named
                and fold(line.text) not in barred
                and (names := signed_by(line.text) or marked_name(line.text))
            ):
                return names
        return self._beside_date(barred)

    @cached_property
    def led(self) -> list[str]:
        """Return authors of the first line that says `by`, or of the line below it if it says nothing else."""
        for number, line in enumerate(self.lines):
            if names := led_authors(line.text):
                return names
            if (
                opens_byline(line.text)
                and number + 1 < len(self.lines)
                and (names := authors_of(self.lines[number + 1].text))
            ):
                return names
        return []

    def more_than(self, names: Sequence[str], sites: set[str]) -> list[str]:
        """Return authors of the first line that lists all of these people and others after them.

        The list must not contain a site. Returns [] if there is no such line.

        A list says `by` or ends with `and`: words after a mere comma are as often a section.
        """
        known, first = [fold(name) for name in names], names[0].casefold()
        for line, folded_line in zip(self.lines, self._folded, strict=True):
            if first not in folded_line:
                continue
            found = next(
                (f for piece in pieces_of(line.text) if (f := listed_authors(piece)) and len(f) > len(known)),
                [],
            )
            folded = [fold(name) for name in found]
            if (
                found
                and folded[0].endswith(known[0])
                and all(any(f.endswith(k) for f in folded) for k in known)
            ):
                return [] if sites & set(folded) or any(map(is_agency, found)) else found
        return []

    def days(self, which: int, day_first: bool | None) -> Iterator[tuple[str, ParsedDate]]:
        """Yield the dates of these lines, each with its line: published (0) or modified (1)."""
        for line in self.lines:
            if line.summary or not _has_digit(line.text):
                continue
            if found := dateline_of(line.text, day_first=day_first)[which]:
                yield line.text, found

    def line_with(self, names: Iterable[str]) -> str:
        """Return the first line that contains one of these names; "" if there is none."""
        folded = [name.casefold() for name in names]
        return next(
            (
                line.text
                for line, text in zip(self.lines, self._folded, strict=True)
                if any(name in text for name in folded)
            ),
            "",
        )

    @cached_property
    def _folded(self) -> list[str]:
        """Return the lines in folded case."""
        return [line.text.casefold() for line in self.lines]

    def _beside_date(self, others: set[str]) -> list[str]:
        dated = [
            any(dateline_of(line.text)) or bool(AGO.search(line.text))
            if _has_digit(line.text)
            else bool(_DATES.fullmatch(line.text))
            for line in self.lines
        ]
        roles = [is_role(line.text) for line in self.lines]
        for number, line in enumerate(self.lines[:_NEAR]):
            marked = any(dated[max(0, number - 1) : number + 2]) or any(roles[number + 1 : number + 2])
            if not marked and not ACCOUNT.search(line.text):
                continue
            pieces = [name for piece in pieces_of(line.text) if (name := undated(piece))]
            if len(pieces) != 1 or fold(pieces[0]) in others:
                continue
            name = pieces[0].partition(" in ")[0]
            words = name.split()
            if 2 <= len(words) <= 3 and not has_acronym(words) and (names := authors_of(name)):
                return names
        return []

    def _headline(self) -> int:
        """Return the number of the heading that is the headline.

        It has the headline's words, or differs from them by a kicker, a section or the site.

        Without such a heading, it is the first title, or an `<h1>`, or the block before the body.
        """
        page = self._page
        if not page.blocks or page.blocks[0].kind == "line":
            return -1
        headings = [
            (at, b)
            for at, b in enumerate(page.blocks)
            if b.kind == "heading" and b.hints.region not in BESIDE
        ]
        headline = page.headline
        own = fold(headline)
        parts: list[tuple[int, str]] = []
        for at, block in headings:
            if block.text == headline or (folded := fold(block.text)) == own:
                return at
            parts.append((at, folded))
        for at, folded in parts:
            if _is_part(folded, own):
                return at
        body = self._body(-1)
        titles = [s.block for s in page.spans if s.label == "title"]
        top = [at for at, b in headings if b.hints.tag == "h1" and not b.hints.hidden and at <= body]
        return next(iter([*titles, *top]), body - 1 if body < len(page.blocks) else -1)

    def _body(self, after: int) -> int:
        """Return the number of the body's first paragraph after a block."""
        found = (
            s.block
            for s in self._page.spans
            if s.block > after and s.label in BODY and len(s.text) >= PARAGRAPH
        )
        return next(found, len(self._page.blocks))


def _is_part(heading: str, headline: str) -> bool:
    """Return whether one of the two ends with the other, or the headline continues after the heading."""
    longer, shorter = max(heading, headline, key=len), min(heading, headline, key=len)
    alike = longer.endswith(shorter) or (longer is headline and longer.startswith(shorter))
    return alike and len(shorter) >= max(_WHOLE, _PART * len(longer))


def is_title(block: Block) -> bool:
    """Return whether a heading says more than a day and what belongs to it: a day in it is what the story is about."""
    if block.kind != "heading" or not _has_digit(block.text):
        return False
    if led_authors(block.text):
        return False
    text = next((piece for piece in pieces_of(block.text) if days_and_times(piece, None)[0]), block.text)
    days, times = days_and_times(text, None)
    taken = sum(day.stop - day.start for day in days) + sum(time.stop - time.start for time in times)
    rest = len(text) - taken
    return rest > (_TITLE if text.isascii() else _TITLE // 2)


_TITLE: Final = 30
"""Most characters besides the day of a heading that is a dateline; half as many in scripts that need few."""


def is_beside(block: Block) -> bool:
    """Return whether a block is beside the story or quotes another's post.

    Its names and days are not the story's.
    """
    return block.hints.region in BESIDE or block.kind in ("quote", "embed")


def _is_line(block: Block, *, aside: bool = False) -> bool:
    short = len(block.text) <= _LONGEST and len(block.text.encode()) <= 1.5 * _LONGEST
    own_aside = aside and block.hints.region == "aside" and not _FIELDS.isdisjoint(block.hints.own)
    return short and not block.hints.hidden and (own_aside or not is_beside(block))


def _is_dated(block: Block) -> bool:
    """Return whether a line is a dateline by itself: its day is near its beginning, or it says `by`. A caption ends with its day."""
    if block.kind in ("heading", "caption") or not _has_digit(block.text) or not any(dateline_of(block.text)):
        return False
    days, _ = days_and_times(block.text, None)
    return bool(days and days[0].start <= _TITLE) or bool(led_authors(block.text))


_FIELDS: Final = AUTHOR_TOKENS | {"date", "meta", "pubdate", "dateline"}
"""Words of mark-up for byline and dateline. Some pages have them in an aside below the headline."""


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
