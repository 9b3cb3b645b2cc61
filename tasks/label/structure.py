"""What the order and shape of blocks say where no rule speaks: the top of an article, subheadings, lists.

Position and shape are evidence, not proof: what is said here moves text between body and fields,
or names the kind of a body block. Furniture it finds in one shape only: headlines in capitals in a
text that is not.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import AUTHOR_TOKENS, PARAGRAPH, Block
from copydesk.tasks.metadata import is_day, parse_date
from copydesk.tasks.text import CLAUSE_ENDS, CLOSERS, CLOSING_QUOTES, FULL_STOPS, fold_characters

_HEAD_LINES = 8
"""Blocks in which a headline is looked for; scraped texts open with section, headline, byline, player notice."""
_SENTENCE = 45
"""A block this long that ends like a sentence opens the body."""
_HEADLINE = (8, 220)
"""Characters of a headline; the shortest of the evaluation sets are two words, the longest two sentences."""
_HEADLINE_WORDS, _ASKED_WORDS = 4, 6
"""Fewest words of a headline that only structure knows, and of one that asks: shorter ones are as often subheadings."""
_SECTION_WORDS, _SECTION_CHARS = 3, 40
_SUBHEADING_WORDS, _SUBHEADING_CHARS = 14, 90

_DATELINE = 80

_TERMINAL = frozenset(CLAUSE_ENDS)
_CLOSING = CLOSERS
"""What may follow the last stop of a sentence. The ends of a text are looked at without a pattern: one
that is searched for reads all of a paragraph (10 microseconds) to find them."""
_LIST_ITEM = re.compile(r"^(?:[\u2022\u25cf\u25aa\u25e6\u2023\u00b7*\u2013\u2014-]\s+\S|\(?\d{1,2}[.)]\s+\S)")
_OPENS_LOWER = re.compile(r"^[a-z\u00e0-\u00ff\u0430-\u044f]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Vote(NamedTuple):
    """A label that structure suggests, and the name of the reason."""

    label: str
    rule: str
    guess: bool = True
    """By shape and place only; false where the input or the page itself says so."""


def head(blocks: Sequence[Block], free: Sequence[bool], known_title: str) -> dict[int, Vote]:  # noqa: C901 - evidence in order of its weight
    """Find section and headline among the blocks before the first paragraph.

    `free[i]` is false where a rule has claimed block i whole. `known_title` is what the input or
    the page says the headline is, or empty; a block equal to it is the headline, wherever in the
    head it stands and however often. Without such knowledge the longest unclaimed line of the
    head that does not end like a sentence is, if anything follows it. What stands before it and
    is as short as a rubric is the section. The standfirst behind it is body and left alone.
    A first line that is a headline further down and the site's name, as `<title>` has it, is neither.
    """
    votes: dict[int, Vote] = {}
    known = squash(known_title)
    end = _first_paragraph(blocks)
    if known:
        for at, block in enumerate(blocks):
            if (
                free[at]
                and (at < end + _HEAD_LINES or block.kind == "heading")
                and len(block.text) >= len(known)  # no line is longer squashed than it was
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
    """Whether a plain text is a line, as short as a headline, above nothing but two to seven sentences that end with a stop."""
    first, *rest = blocks
    return (
        first.kind == "line"
        and 2 <= len(rest) <= _HEAD_LINES - 1
        and words(first.text) >= 2
        and not _ends_a_clause(first.text)
        and all(b.text.rstrip(_CLOSING)[-1:] in _FULL_STOP for b in rest)
    )


def _under_page_title(blocks: Sequence[Block], zone: Sequence[int]) -> str:
    """The headline that a first line like `Storm hits coast | Example News` names, if it stands there again by itself; or nothing.

    So begins the text of a whole page, `<title>` and menu included. Where the site's name stands there as well, the longer is the headline.
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
"""Stands between headline and site; `titles` asks for more, since it has no second line to go by."""


def _headline(blocks: Sequence[Block], candidates: Sequence[int]) -> int:
    """Which of the lines above the first paragraph is the headline.

    A line that stands there twice, else the first line of the text if it is no rubric (the
    standfirst behind it is often longer), else the longest.
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
    """What follows a heading of links when the article is over: every line behind it, if none is a sentence.

    `openers[i]` is true where a rule has claimed all of block i as a heading or link of related
    stories, `gone[i]` where block i is furniture anyhow and its sentences don't count. Only plain
    text; a page has containers to tell by.
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
    """Times that stand alone in a page: those of a live blog's updates, and a day between headline and story.

    A day that stands alone further down is the story's own (`12 May 1911`). Plain text is left alone.
    """
    found = {at for at, b in enumerate(blocks) if free[at] and b.kind != "line" and _CLOCK.fullmatch(b.text)}
    above = True
    for at, block in enumerate(blocks):
        if block.kind != "text":
            above = above or block.hints.tag == "h1"
        elif len(block.text) >= PARAGRAPH:
            above = above and block.hints.link_density >= _LINKED
        elif (
            above
            and free[at]
            and len(block.text) <= _DATELINE
            and _has_digit(block.text)
            and is_day(block.text)
        ):
            found.add(at)
    return found


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


_LINKED = 0.5


_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d(?: ?[ap]\.?m\.?)?(?: ?(?:GMT|BST|UTC|CET|CEST|ET|EST|EDT|Uhr))?")


def shouted(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Links to other stories: lines of six words and more in capitals, in a text that is not in capitals.

    Headlines have no full stop: what ends with one, or with a quotation mark, is somebody who shouts.
    English lines only, as far as letters tell: papers in Turkish and other languages set subheadings so.
    """
    loud = [
        at
        for at, b in enumerate(blocks)
        if free[at] and b.kind == "line" and b.text.isupper() and _has_case(b.text)
    ]
    chars = sum(len(blocks[at].text) for at in loud)
    if chars > _LOUD_SHARE * sum(len(b.text) for b in blocks):
        return set()
    return {
        at
        for at in loud
        if at
        and len(blocks[at].text) >= _LOUD_CHARS
        and words(blocks[at].text) >= _LOUD_WORDS
        and blocks[at].text[-1] not in _SHOUTS
        and sum(c.isalpha() and c > "\x7f" for c in blocks[at].text) <= _ACCENTS
    }


def _has_case(text: str) -> bool:
    """Half of the letters at least are capitals: one Latin word does not make a Hindi line loud."""
    return 2 * sum(map(str.isupper, text)) >= sum(map(str.isalpha, text))


_SHOUTS = frozenset('.!,*0123456789"\u201d')
"""What a line of capitals ends with that is no headline: a stop, a quotation, a frame of stars, the last column of a table."""
_LOUD_SHARE, _LOUD_CHARS, _LOUD_WORDS = 0.25, 30, 6
_ACCENTS = 1
"""Letters with accents that an English headline may hold (`FIANC\u00c9E`)."""


def body_kind(block: Block, at: int, last: int) -> str:
    """The kind of a body block: what mark-up says, else by its shape: paragraph, subheading, list_item."""
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
"""Kinds of blocks that mark-up knows, as labels; all others are paragraphs."""


def field_kind(block: Block) -> str:
    """Which field a block is of which only the model says that it is one."""
    text = block.text
    if block.hints.tag == "time" or (len(text) <= _DATELINE and parse_date(text) is not None):
        return "dateline"
    if block.kind == "heading" or (words(text) > _SECTION_WORDS and not AUTHOR_TOKENS & block.hints.tokens):
        return "title"
    return "byline" if words(text) >= 2 else "section"


def looks_like_subheading(text: str) -> bool:
    """Whether a line has the shape of a subheading, in quotes or not.

    >>> looks_like_subheading("'Handcuffs are in place'"), looks_like_subheading("Talks go on.")
    (True, False)
    """
    if len(text) > _SUBHEADING_CHARS or words(text) > _SUBHEADING_WORDS or _OPENS_LOWER.match(text):
        return False
    if text[-1] in "?!" and text[0].isupper():
        return words(text) <= 8
    return not _ends_a_clause(text)


def is_sentence(text: str) -> bool:
    """Whether a line is a whole sentence: five words and more, a capital or quote first, a full stop last."""
    bare = text.rstrip(CLOSING_QUOTES)
    stops = len(bare) > 1 and bare[-1] in _FULL_STOP and bare[-2] not in _DOTS
    return stops and _has_words(text, _SHORT_SENTENCE) and not _OPENS_LOWER.match(text)


def goes_on(before: str, text: str) -> bool:
    """Whether a line goes on with the sentence of a line before that was broken for its length.

    >>> goes_on("On Saturday the council put on its page a film in which it asks the", "friends of the bridge to come.")
    True
    """
    return len(before) >= _BROKEN and _OPENS_LOWER.match(text) is not None and not _ends_a_clause(before)


_BROKEN = 45
"""Characters from which a line without a stop may have been broken."""
_SHORT_SENTENCE = 5
_FULL_STOP = frozenset(FULL_STOPS)
_DOTS = frozenset(".!?\u2026")


def _ends_a_clause(text: str) -> bool:
    """Whether the last sign, but for brackets and quotes that close, is a stop, colon or comma."""
    return text.rstrip(_CLOSING)[-1:] in _TERMINAL


def reads_like_a_sentence(text: str) -> bool:
    """Whether a block is a sentence or more: eight words that end like one, or twenty-five however they end."""
    return _has_words(text, _RUNNING_WORDS) or (_has_words(text, _SENTENCE_WORDS) and _ends_a_clause(text))


def _has_words(text: str, least: int) -> bool:
    """Whether a line has so many words. Blanks mostly tell, and are counted in a tenth of the time."""
    return text.count(" ") + 1 >= least or words(text) >= least


_SENTENCE_WORDS, _RUNNING_WORDS = 8, 25


def squash(text: str) -> str:
    """A line for comparison: folded, lower case, white space single."""
    return " ".join(fold_characters(text).lower().split())


def words(text: str) -> int:
    """Words of a line; where words are not spaced, two characters count as one."""
    wide = len(_WIDE.findall(text)) if not text.isascii() else 0
    return max(text.count(" ") + 1, wide // 2)


def width(text: str) -> int:
    """Return the length of a line in narrow characters: where words are not spaced, a character counts twice."""
    return len(text) + (len(_WIDE.findall(text)) if not text.isascii() else 0)


def _first_paragraph(blocks: Sequence[Block]) -> int:
    """Number of the first block that reads like body text, at most `_HEAD_LINES`."""
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
    """Whether a line is a headline as English papers set them, with a capital to each longer word, however long."""
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
