"""Find the headline of a story in the lines above it: the heading, class or bold line that shares its words.

It is used for pages whose titles name only the site or a section, or that have no title.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from copydesk.schemas.page import BESIDE_ARTICLE, PARAGRAPH, Block, Claim
from copydesk.tasks.metadata.authors import led_authors
from copydesk.tasks.metadata.date_tokens import days_and_times
from copydesk.tasks.metadata.date_words import MODIFIED, PUBLISHED
from copydesk.tasks.metadata.dateline import is_day
from copydesk.tasks.metadata.titles import fold

_BLOCKS: Final = 300
"""Number of blocks that are read."""
_WORDS, _HEADING_WORDS, _LETTERS = 3, 2, 12
"""Minimum words of a line, and of a heading, that may be a headline; minimum letters in a script without
spaces."""
_STORY, _ABOVE = 16, 12
"""Blocks of the story whose words count, and blocks above it that may be its headline."""
_NEXT: Final = 4
"""Blocks after the first paragraph among which the second is; a paragraph alone is a notice."""
_FOREIGN, _OWN, _BOLD = 0.34, 0.5, 0.65
"""Share of its words that a title without the headline has in common with the story at most, and a headline at least; and
the share of a line that is bold."""
_HEADLINES: Final = frozenset({"headline", "title", "header", "heading", "hed", "storytitle", "headlines"})
_STOPS: Final = frozenset(".:。")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_NOT_STORY: Final = re.compile(r"\([^()]{2,40}\)|(?<!\S)[^\s@]+@\S+")
"""Parts of a story that name its paper or agency."""
_BY: Final = re.compile(r"\s(?:[Bb]y|BY|[Vv]on|[Pp]ar)\s+[^\W\d_a-z][\w.'’-]*(?:\s+[\w.'’-]+){1,4}$")
"""A byline after the headline, in one line with it."""
_NOT_HEADLINE: Final = re.compile(
    r"@|^(?:[Bb]y|BY|[Vv]on|[Pp]ar)\s|[^\W\d_]{4}[.!?]\s+[^\W\d_a-z]|\b\d{1,2} [^\W\d_]{3,9}\.? \d\d$"
)
"""Parts of bylines, addresses and texts of several sentences, and the short day of a comment (`Ann 07 Nov 12`)."""
_TAIL: Final = 60
"""Most characters of a line after the day in it: time, zone, agency."""


def above_story(
    titles: Sequence[Claim], blocks: Sequence[Block], sites: Collection[str], *, shown: bool = False
) -> Claim | None:
    """Return the headline above the story if no claimed title has the story's words; None if nothing is certain.

    It is the nearest heading that shares its words with the story, otherwise the nearest line with a headline's class,
    otherwise the nearest line in bold type or directly above a byline. Sentences are standfirsts and left alone. A
    `<title>` that has some of the story's words, because these name the paper or the country, gives way to a heading that
    has more of them, unless it is `shown`: the page repeats some of it. Without such a line, the headline is the last
    first-order heading above the story, if there is a `<title>` that is not shown.
    """
    first = first_paragraph(blocks)
    named = [c for c in titles if c.source == "title"]
    if 1 <= first < len(blocks):
        story = " ".join(b.text for b in blocks[first : first + _STORY] if is_text(b))
        body = _telling(_NOT_STORY.sub(" ", story))
        limit = max((_shared(c.value, body) for c in named), default=0.0)
        others = (c.value for c in titles if c.source != "title")
        if all(_shared(value, body) <= _FOREIGN for value in others) and (limit <= _FOREIGN or not shown):
            found = _about_story(blocks, first, body, limit)
            if found:
                return found
    return _top_heading(blocks, first, sites) if named and not shown else None


def first_paragraph(blocks: Sequence[Block]) -> int:
    """Return the number of the block that begins the story, or else of the first paragraph; the count of blocks without any.

    A second paragraph must follow: a long line alone is a notice.
    """
    found = [at for at, b in enumerate(blocks[:_BLOCKS]) if is_text(b)]
    for at, below in pairwise(found):
        if below - at <= _NEXT:
            return at
    return found[0] if found else len(blocks)


def could_be(block: Block) -> bool:
    """Return whether a block can be a headline, by its region, links, kind and number of words."""
    linked = block.hints.link_density > 0.5 and block.kind != "heading"
    if block.hints.region in BESIDE_ARTICLE or linked or block.kind not in ("heading", "text", "table"):
        return False
    words = len(block.text.split())
    if words == 1 and not block.text.isascii():
        return len(block.text) >= _LETTERS
    return words >= (_HEADING_WORDS if block.kind == "heading" else _WORDS)


def headline_of(block: Block) -> str:
    """Return a line without the cells, the byline and the day after its beginning.

    >>> from copydesk.schemas.page import Block
    >>> headline_of(Block(0, 0, "Quay to close by Ann Poe, 30 December 2007")), headline_of(Block(0, 0, "Storm of 12 May 2011 was the worst"))
    ('Quay to close', 'Storm of 12 May 2011 was the worst')
    """
    text = block.text.partition("\t")[0].strip()
    days, times = days_and_times(text, None) if any(map(str.isdigit, text)) else ((), ())
    if days and (end := max([days[-1].stop, *(t.stop for t in times)])) >= len(text) - _TAIL:
        rest = text[end:]
        start = min([days[0].start, *(t.start for t in times)])
        if not any(w.islower() for w in _WORD.findall(rest)):
            text = _CUE.sub("", text[:start]).rstrip(" ,:|-–—(")
    return _BY.sub("", text).rstrip(" ,|") or block.text


_CUE: Final = re.compile(
    r"(?:[\s,(|-]{1,8}|\b)(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Satur|Sat|Sun)(?:day)?|[Pp]ublished|[Pp]osted|[Uu]pdated|[Oo]n)[\s,:]{0,8}$"
)
"""Weekday or word before a day, at the end of what comes before it."""


def _about_story(blocks: Sequence[Block], first: int, body: frozenset[str], limit: float) -> Claim | None:
    """Return the line above the story that shares more of its words than the title, whose share is `limit`."""
    best = ""
    source = "text"
    rank = 0
    region = blocks[first].hints.region
    for at in range(first - 1, max(0, first - _ABOVE) - 1, -1):
        block = blocks[at]
        inside = (
            block._replace(hints=block.hints._replace(region="")) if block.hints.region == region else block
        )
        if block.hints.hidden or not could_be(inside):
            continue
        text = headline_of(block)
        if text.rstrip()[-1:] in _STOPS or len(text) > PARAGRAPH or _NOT_HEADLINE.search(text):
            continue
        own = 3 if block.kind == "heading" else 2 if not _HEADLINES.isdisjoint(block.hints.own) else 1
        if (
            own == 1
            and block.hints.bold < _BOLD
            and text == block.text
            and not _opens_story(blocks, at, first)
        ):
            continue
        share = _shared(text, body)
        enough = share >= _OWN and (limit <= _FOREIGN or (share > limit and (own > 1 or limit <= _OWN)))
        if own > rank and enough and len(text.split()) >= _HEADING_WORDS:
            best, rank, source = text, own, "h1" if block.kind == "heading" else "text"
    return Claim("title", best, source) if best else None


def _opens_story(blocks: Sequence[Block], at: int, first: int) -> bool:
    """Return whether only a byline and a day are between a line and the story, and at least one of them is."""
    between = [b.text for b in blocks[at + 1 : first]]
    return 1 <= len(between) <= 3 and any(_is_byline(text) for text in between)


def _is_byline(line: str) -> bool:
    return (
        bool(led_authors(line))
        or is_day(line)
        or (
            bool(days_and_times(line, None)[0])
            and bool(PUBLISHED.search(line.lower()) or MODIFIED.search(line.lower()))
        )
    )


def _top_heading(blocks: Sequence[Block], first: int, sites: Collection[str]) -> Claim | None:
    """Return the last first-order heading before the first paragraph."""
    found: Block | None = None
    for block in blocks[: min(first, _BLOCKS)]:
        if (
            block.kind == "heading"
            and block.hints.tag == "h1"
            and could_be(block)
            and block.hints.link_density <= 0.5
            and not block.hints.hidden
        ):
            found = block
    if found is None or len(found.text.split()) < _WORDS or fold(found.text) in sites:
        return None
    return Claim("title", found.text, "h1")


def is_text(block: Block) -> bool:
    """Return whether a block is a paragraph, or a cell that holds one."""
    kind = block.kind == "text" or (block.kind == "table" and block.hints.tag == "td")
    return kind and len(block.text) >= PARAGRAPH and block.hints.link_density < 0.5


def _telling(text: str) -> frozenset[str]:
    """Return the longer words of a text, without case."""
    return frozenset(_WORD.findall(text.casefold()))


def _shared(line: str, body: frozenset[str]) -> float:
    """Return the share of the longer words of a line that the story has; 0 for a line without any."""
    words = _telling(line)
    return len(words & body) / max(1, len(words))
