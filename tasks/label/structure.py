"""Read the order and shape of blocks where no rule matches: the top of an article, subheadings, lists.

Position and shape are evidence, not proof. A result here moves text between body and fields, or names the
kind of a body block. It finds furniture in one shape only: headlines in capitals in a text that is not in
capitals.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import AUTHOR_TOKENS, PARAGRAPH, Block
from copydesk.tasks.metadata import is_day, parse_date
from copydesk.tasks.text import (
    CLAUSE_ENDS,
    CLOSERS,
    CLOSING_QUOTES,
    FULL_STOPS,
    headlines_in_capitals,
    squash,
)

_HEAD_LINES = 8
"""Most blocks searched for a headline. Scraped texts begin with section, headline, byline and a notice of the
player."""
_SENTENCE = 45
"""A block of at least this many characters that ends like a sentence opens the body."""
_HEADLINE = (8, 220)
"""Characters of a headline. The shortest of the evaluation sets are two words, the longest two sentences."""
_HEADLINE_WORDS, _ASKED_WORDS = 4, 6
"""Fewest words of a headline known by structure alone, and of one that is a question. Shorter ones are as
often subheadings."""
_SECTION_WORDS, _SECTION_CHARS = 3, 40
_SUBHEADING_WORDS, _SUBHEADING_CHARS = 14, 90

_DATELINE = 80

_TERMINAL = frozenset(CLAUSE_ENDS)
_CLOSING = CLOSERS
"""Signs that may follow the last stop of a sentence. The end of a text is checked without a pattern, because
a pattern search reads the whole paragraph (10 microseconds)."""
_LIST_ITEM = re.compile(r"^(?:[\u2022\u25cf\u25aa\u25e6\u2023\u00b7*\u2013\u2014-]\s+\S|\(?\d{1,2}[.)]\s+\S)")
_OPENS_LOWER = re.compile(r"^[a-z\u00e0-\u00ff\u0430-\u044f]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Vote(NamedTuple):
    """A label that structure suggests, and the name of the reason."""

    label: str
    rule: str
    guess: bool = True
    """Only by shape and place; false if the input or the page itself gives the label."""


def head(blocks: Sequence[Block], free: Sequence[bool], known_title: str) -> dict[int, Vote]:  # noqa: C901 - evidence in order of its weight
    """Find section and headline among the blocks before the first paragraph.

    `free[i]` is false if a rule has claimed block i as a whole. `known_title` is the headline from the input
    or the page, or empty. Every block equal to it near the top is the headline. Without a known title, the
    headline is the longest unclaimed line near the top that does not end like a sentence, if anything follows
    it. A line before it that is as short as a section name is the section. The standfirst after it is body
    and left alone. A first line that repeats a later headline with the site's name, as `<title>` does, is
    neither.
    """
    votes: dict[int, Vote] = {}
    known = squash(known_title)
    end = _first_paragraph(blocks)
    if known:
        for at, block in enumerate(blocks):
            if (
                free[at]
                and (at < end + _HEAD_LINES or block.kind == "heading")
                and len(block.text) >= len(known)  # squashing never makes a line longer
                and squash(block.text) == known
            ):
                votes[at] = Vote("title", "structure:known-title", guess=False)
    zone = [at for at in range(end) if free[at]]
    if not known and (under := _under_page_title(blocks, zone)):
        shown = {
            at: Vote("title", "structure:headline", guess=False) for at in zone if blocks[at].text == under
        }
        return {0: Vote("other_boilerplate", "structure:page-title", guess=False)} | shown
    title = min(votes, default=-1)
    if title < 0 and not known:
        candidates = [at for at in zone if blocks[at].kind == "line" and _could_be_headline(blocks[at].text)]
        if candidates[:1] == [0] and is_brief(blocks):
            title = 0
            votes[0] = Vote("title", "structure:headline")
        elif candidates and end < len(blocks):
            title = _headline(blocks, candidates)
            twice = [at for at in candidates if blocks[at].text == blocks[title].text]
            if words(blocks[title].text) >= _HEADLINE_WORDS:
                votes |= {at: Vote("title", "structure:headline", guess=len(twice) == 1) for at in twice}
            elif len(candidates) == 1 and words(blocks[title].text) < _SECTION_WORDS:
                votes[title] = Vote("section", "structure:rubric")
    for at in zone:
        text = blocks[at].text
        if (
            at < title
            and blocks[at].kind == "line"
            and len(text) <= _SECTION_CHARS
            and words(text) <= _SECTION_WORDS
            and not _ends_a_clause(text)
        ):
            votes[at] = Vote("section", "structure:rubric")
    return votes


def is_brief(blocks: Sequence[Block]) -> bool:
    """Return whether a plain text is a headline-like line above two to seven sentences with full stops."""
    first, *rest = blocks
    return (
        first.kind == "line"
        and 2 <= len(rest) <= _HEAD_LINES - 1
        and words(first.text) >= 2
        and not _ends_a_clause(first.text)
        and all(b.text.rstrip(_CLOSING)[-1:] in _FULL_STOP for b in rest)
    )


def _under_page_title(blocks: Sequence[Block], zone: Sequence[int]) -> str:
    """Return the headline of a first line like `Storm hits coast | Example News`, if it recurs; or nothing.

    The text of a whole page with `<title>` and menu begins in this way. If the site's name occurs again too,
    the longer one is the headline.
    """
    if not zone or zone[0] != 0 or blocks[0].kind != "line":
        return ""
    first = blocks[0].text
    halves = {
        half for sign in _SITE_SIGN.finditer(first) for half in (first[: sign.start()], first[sign.end() :])
    }
    named = [text for at in zone[1:] if (text := blocks[at].text) in halves and words(text) >= _SECTION_WORDS]
    return max(named, key=len, default="")


_SITE_SIGN = re.compile(r"(?:(?<!\s)\s+)?[|\u2013\u2014\u2022\u00b7\u00bb:-]{1,2}\s+")
"""The sign between headline and site. `titles` requires more, since it has no second line as evidence."""


def _headline(blocks: Sequence[Block], candidates: Sequence[int]) -> int:
    """Return which line above the first paragraph is the headline.

    It is a line that occurs twice; otherwise the first line of the text, unless it is a section name (the
    standfirst after it is often longer); otherwise the longest line.
    """
    texts = [blocks[at].text for at in candidates]
    longest = max(candidates, key=lambda at: (words(blocks[at].text), -at))
    twice = [
        at
        for at, text in zip(candidates, texts, strict=True)
        if texts.count(text) > 1 and words(text) >= _HEADLINE_WORDS
    ]
    if twice:
        return twice[0]
    return candidates[0] if candidates[0] == 0 and words(texts[0]) >= _HEADLINE_WORDS else longest


def trailing(blocks: Sequence[Block], openers: Sequence[bool], gone: Sequence[bool]) -> set[int]:
    """Return the lines after a heading of links at the end of an article, if none of them is a sentence.

    `openers[i]` is true if a rule has claimed the whole block i as a heading or link of related stories.
    `gone[i]` is true if block i is furniture anyway and its sentences don't count. Only for plain text; a
    page has containers as evidence.
    """
    last = max(
        (at for at, b in enumerate(blocks) if not gone[at] and reads_like_a_sentence(b.text)), default=-1
    )
    first = next((at for at in range(last + 1, len(blocks)) if openers[at]), len(blocks))
    return {
        at
        for at in range(first, len(blocks))
        if not openers[at]
        and blocks[at].kind == "line"
        and (blocks[at].text.endswith("?") or not is_sentence(blocks[at].text))
    }


def clocks(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return times that are a block of their own, and a day between headline and story.

    A live blog's updates have such times. A day further down that is a block of its own belongs to the story
    (`12 May 1911`). Plain text is left alone.
    """
    found = set()
    above = True
    for at, (_, _, text, kind, hints, _, _) in enumerate(blocks):
        size = len(text)
        if (
            size <= _LONGEST_CLOCK
            and text[:1].isdigit()
            and free[at]
            and kind != "line"
            and _CLOCK.fullmatch(text)
        ):
            found.add(at)
        if kind != "text":
            above = above or hints.tag == "h1"
        elif size >= PARAGRAPH:
            above = above and hints.link_density >= _LINKED
        elif above and size <= _DATELINE and free[at] and any(map(str.isdigit, text)) and is_day(text):
            found.add(at)
    return found


_LONGEST_CLOCK = 24
_LINKED = 0.5


_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d(?: ?[ap]\.?m\.?)?(?: ?(?:GMT|BST|UTC|CET|CEST|ET|EST|EDT|Uhr))?")


def shouted(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return links to other stories: lines of six or more words in capitals, if the text is not in capitals.

    What makes one a headline is said in `copydesk.tasks.text.headlines_in_capitals`.
    """
    lines = {at: b.text for at, b in enumerate(blocks) if free[at] and b.kind == "line"}
    return {at for at in headlines_in_capitals(lines, sum(len(b.text) for b in blocks)) if at}


def body_kind(block: Block, at: int, last: int) -> str:
    """Return the kind of a body block (paragraph, subheading, list_item), from mark-up or from its shape."""
    if block.kind != "line":
        row = block.kind == "table" and "\t" in block.text
        return "table_row" if row else _KINDS.get(block.kind, "paragraph")
    text = block.text
    if _LIST_ITEM.match(text):
        return "list_item"
    if 0 < at < last and looks_like_subheading(text):
        return "subheading"
    return "paragraph"


_KINDS: Final = {
    "heading": "subheading",
    "list_item": "list_item",
    "links": "list_item",
    "preformatted": "preformatted",
    "embed": "embed",
}
"""Kinds of blocks that mark-up gives, as labels. All others are paragraphs."""


def field_kind(block: Block) -> str:
    """Return which field a block is if only the model classified it as a field."""
    text = block.text
    if block.hints.tag == "time" or (len(text) <= _DATELINE and parse_date(text) is not None):
        return "dateline"
    if block.kind == "heading" or (words(text) > _SECTION_WORDS and not AUTHOR_TOKENS & block.hints.tokens):
        return "title"
    return "byline" if words(text) >= 2 else "section"


def looks_like_subheading(text: str) -> bool:
    """Return whether a line has the shape of a subheading, in quotes or not.

    >>> looks_like_subheading("'Handcuffs are in place'"), looks_like_subheading("Talks go on.")
    (True, False)
    """
    if len(text) > _SUBHEADING_CHARS or words(text) > _SUBHEADING_WORDS or _OPENS_LOWER.match(text):
        return False
    if text[-1] in "?!" and text[0].isupper():
        return words(text) <= 8
    return not _ends_a_clause(text)


def is_sentence(text: str) -> bool:
    """Return whether a line is a sentence: five or more words, a capital or quote first, a full stop last."""
    bare = text.rstrip(CLOSING_QUOTES)
    stops = len(bare) > 1 and bare[-1] in _FULL_STOP and bare[-2] not in _DOTS
    return stops and _has_words(text, _SHORT_SENTENCE) and not _OPENS_LOWER.match(text)


def goes_on(before: str, text: str) -> bool:
    """Return whether a line continues the sentence of the line before, which was broken for its length.

    >>> goes_on("On Saturday the council put on its page a film in which it asks the", "friends of the bridge to come.")
    True
    """
    return len(before) >= _BROKEN and _OPENS_LOWER.match(text) is not None and not _ends_a_clause(before)


_BROKEN = 45
"""A line of at least this many characters without a stop may have been broken."""
_SHORT_SENTENCE = 5
_FULL_STOP = frozenset(FULL_STOPS)
_DOTS = frozenset(".!?\u2026")


def _ends_a_clause(text: str) -> bool:
    """Return whether the last sign, without closing brackets and quotes, is a stop, colon or comma."""
    return text.rstrip(_CLOSING)[-1:] in _TERMINAL


def reads_like_a_sentence(text: str) -> bool:
    """Return whether a block is at least a sentence: eight words that end like one, or any twenty-five."""
    return _has_words(text, _RUNNING_WORDS) or (_has_words(text, _SENTENCE_WORDS) and _ends_a_clause(text))


def _has_words(text: str, least: int) -> bool:
    """Return whether a line has at least this many words.

    Counting spaces is mostly enough, and ten times as fast.
    """
    return text.count(" ") + 1 >= least or words(text) >= least


_SENTENCE_WORDS, _RUNNING_WORDS = 8, 25


def words(text: str) -> int:
    """Count the words of a line. In scripts without spaces, two characters count as one word."""
    wide = len(_WIDE.findall(text)) if not text.isascii() else 0
    return max(text.count(" ") + 1, wide // 2)


def width(text: str) -> int:
    """Return the length of a line in narrow characters: in scripts without spaces, a character counts twice."""
    return len(text) + (len(_WIDE.findall(text)) if not text.isascii() else 0)


def _first_paragraph(blocks: Sequence[Block]) -> int:
    """Return the number of the first block that looks like body text, at most `_HEAD_LINES`."""
    for at, block in enumerate(blocks[:_HEAD_LINES]):
        if block.marks or block.kind == "links":
            continue
        text = block.text
        if at == 0 and _in_title_case(text):
            continue
        if len(text) >= PARAGRAPH or (
            len(text) >= _SENTENCE and _ends_a_clause(text) and text[-1] not in "?!:"
        ):
            return at
    return min(len(blocks), _HEAD_LINES)


def _in_title_case(text: str) -> bool:
    """Return whether a line of any length is in English title case, with a capital for each longer word."""
    if len(text) > _HEADLINE[1] or _ends_a_clause(text):
        return False
    long = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    return len(long) >= _TITLE_CASE_WORDS and sum(word[0].isupper() for word in long) >= _TITLE_CASE * len(
        long
    )


_TITLE_CASE_WORDS, _TITLE_CASE = 5, 0.9


def _could_be_headline(text: str) -> bool:
    low, high = _HEADLINE
    if (
        not low <= len(text) <= high
        or text[-1] in ".:;,"
        or _OPENS_LOWER.match(text)
        or not any(map(str.isalpha, text))
    ):
        return False
    if text[-1] in CLOSING_QUOTES and text[-2] in _FULL_STOP:
        return False
    return text[-1] != "?" or words(text) >= _ASKED_WORDS
