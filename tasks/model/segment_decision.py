"""Decide which segments of a flat text go: one decision from the model, the rules and the whole document.

The order is the design. A segment that a rule matches goes. Of the rest, a segment goes if the model is
certain. Its neighbours go too if the model only tends that way. Segments with the same words as a removed
segment go too. Then the doubts count: half a sentence never goes alone, and most of a document goes only if
the model is most certain. A lost paragraph costs ten times as much as a leaked line. No text is changed here.

Two steps were tried on held-out collections and rejected. A pass over everything after the last sentence of
the body found what the rule for neighbours had found, and lost 0.03 to 0.1 % of the body. A lower threshold
for captions removed one in a hundred words of captions, and 0.05 % of the body.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.schemas.page import Mark, Removal
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.sequence import Segment
from copydesk.tasks.text import headlines_in_capitals

SURE: Final = 0.1
"""Below this probability of body the model removes a segment by itself."""
LEAN: Final = 0.85
"""Below this probability of body a segment goes with removed furniture before it."""
LEAN_BEFORE: Final = 0.35
"""Below this it goes with a removed one after it, or with a field or a caption before it.

LEAN and LEAN_BEFORE were chosen by cross-validation over collections (`tests/benchmarks/segment_thresholds.py`), at ten
words of furniture for one of body. SURE was 0.05 until the network learned from several: from 0.05 to 0.1 it loses no word more of
the body of `train`, `check` and the first 120 texts. 300 removed segments were read twice: 17 were body, two of them with
more than 0.65 after removed text, and 13 after the last changes of this module.
"""
CAPTION: Final = 0.5
"""A segment becomes a caption if its probability of body is below this share of its probability of caption.
"""
FRAGMENT: Final = 0.02
"""Below this probability of body half a sentence goes although its other half stays."""
SAME: Final = 0.9
"""Below this probability of body a segment goes that has the same words as a removed one."""
MOST: Final = 0.4
"""Most of a document's characters that the model alone may remove, except the most certain segments: a list
of points without full stops looks like a list of other stories."""
SUREST: Final = 0.01
COVERED: Final = 0.5
"""Share of a segment that a rule must match to remove it."""
VETO: Final = 0.9
"""From this probability of body on, a rule for furniture is ignored. On unseen collections rules alone lose
0.26 % of the body; with this limit they lose 0.11 %, for one in a hundred words of furniture."""

DECISIONS: Final = ("model:segment", "model:run", "structure:same-as-removed", "structure:capitals")
"""The reasons for a removal besides rules."""
MODEL, RUN, COPY, CAPITALS = DECISIONS

CAPTION_RUN: Final = 300
"""Most characters of the words of a caption after a marker."""
CREDITED_RUN: Final = 420
"""Most characters of the words of a caption before the credit that ends its line."""
_ENDS: Final = frozenset(".!?\u3002\uff01\uff1f\u06d4\u061f\u0964")
_ITEMS: Final = frozenset(("- ", "\u2013 ", "\u2022 ", "* "))
_WORD: Final = re.compile(r"\w+")
_LOUD: Final = re.compile("[.!?\u2026\"\u201d')\\]] +(?:[A-Z0-9$][A-Z0-9'\u2019&,.:-]* ){4}")
_STOPS: Final = frozenset(".!?:\u2026\u3002\uff01\uff1f\u06d4\u061f\u0964\"\u201d\u00bb')]|")
_CAPTION: Final = LABELS.index("caption")
_OTHERS: Final = tuple(n for n, label in enumerate(LABELS) if label not in BODY)


def removals(
    lines: Sequence[str], segments: Sequence[Segment], marks: Sequence[Sequence[Mark]] = ()
) -> list[Removal]:
    """Return the removals of a document, in its order.

    `segments` cover the lines. `marks` are the matches of rules in each line, in order of precedence. The
    decision depends on the document alone.
    """
    bodies = [segment.body for segment in segments]
    ruled = claimed(segments, marks)
    gone: list[str] = [
        mark.rule if mark else MODEL if _is_sure(segment) else ""
        for segment, mark in zip(segments, ruled, strict=True)
    ]
    texts = [lines[line][start:end].strip() for line, start, end, _, _ in segments]
    _shouted(gone, segments, texts)
    if not any(gone):
        return []
    if any(ruled):
        _captioned(gone, segments, ruled, lines)
        _credited(gone, segments, ruled, lines)
    _extend(gone, segments, ruled)
    _hold_back(gone, bodies, ruled, [len(text) for text in texts])
    _drop_fragments(gone, segments, bodies, ruled, texts)
    _same(gone, bodies, texts)
    out = []
    for segment, body, mark, rule in zip(segments, bodies, ruled, gone, strict=True):
        if rule:
            label = "related" if rule == CAPITALS else _label(segment, mark)
            score = 1.0 if mark else round(1 - body, 4)
            out.append(Removal(segment.line, segment.start, segment.end, label, rule, score))
    return out


def claimed(segments: Sequence[Segment], marks: Sequence[Sequence[Mark]]) -> list[Mark | None]:
    """Return for each segment the first rule that matches most of it as other than body, unless ignored."""
    ruled: list[Mark | None] = [None] * len(segments)
    if not any(marks):
        return ruled
    for line, group in groupby(range(len(segments)), lambda at: segments[at].line):
        claims = [mark for mark in marks[line] if mark.label not in BODY] if marks else []
        if claims:
            believed: list[int] = []
            doubted: list[int] = []
            for at in group:
                (believed if segments[at].body < VETO else doubted).append(at)
            _claim(ruled, segments, believed, claims)
            _claim(ruled, segments, doubted, [mark for mark in claims if mark.label not in FURNITURE])
    return ruled


def _claim(
    ruled: list[Mark | None], segments: Sequence[Segment], members: Sequence[int], marks: Sequence[Mark]
) -> None:
    """Give each of some segments of a line the first rule that covers it.

    A claimed segment is skipped from then on. Otherwise a line of rules that all reach to its end takes
    quadratic time.
    """
    ends = [segments[at].end for at in members]
    free = list(range(len(members) + 1))
    for mark in marks:
        n = _next(free, bisect_right(ends, mark.start))
        while n < len(members) and (segment := segments[members[n]]).start < mark.end:
            covered = min(mark.end, segment.end) - max(mark.start, segment.start)
            if covered > COVERED * (segment.end - segment.start):
                ruled[members[n]], free[n] = mark, n + 1
            n = _next(free, n + 1)


def _next(free: list[int], at: int) -> int:
    """Return the first number from `at` on that is free, and shorten the path for the next search."""
    last = min(at, len(free) - 1)
    while free[last] != last:
        last = free[last]
    while at < last:
        free[at], at = last, free[at]
    return last


def _is_sure(segment: Segment) -> bool:
    body = segment.body
    return body < SURE or (body < CAPTION and body < CAPTION * segment.probabilities[_CAPTION])


def _shouted(gone: list[str], segments: Sequence[Segment], texts: Sequence[str]) -> None:
    """Remove headlines in capitals between two sentences of a line: links to other stories.

    On a line of their own, the labelling step finds them.
    """
    for at in headlines_in_capitals(dict(enumerate(texts)), sum(map(len, texts))):
        after = texts[at + 1][:1] if at + 1 < len(texts) else ""
        if (
            not gone[at]
            and at
            and segments[at - 1].line == segments[at].line
            and texts[at - 1][-1:] in _STOPS - {":"}
            and not after.islower()
        ):
            gone[at] = CAPITALS


def may_shout(line: str) -> bool:
    """Return whether a line may hold a headline in capitals after a sentence. This is a quick look."""
    return _LOUD.search(line) is not None


def _credited(
    gone: list[str], segments: Sequence[Segment], ruled: list[Mark | None], lines: Sequence[str]
) -> None:
    """Turn a short line that ends with a credit into a caption's words, if no other rule claims it.

    The item of a list is no caption: `- 9 November: Allianz Parque / Sao Paulo`.
    """
    first = 0
    for at, (segment, mark) in enumerate(zip(segments, list(ruled), strict=True)):
        if at and segment.line != segments[at - 1].line:
            first = at
        last = at + 1 == len(segments) or segments[at + 1].line != segment.line
        if not last or mark is None or mark.label != "caption" or mark.part != "end":
            continue
        if lines[segment.line][:2] in _ITEMS:
            gone[at], ruled[at] = "", None
        elif segment.start <= CREDITED_RUN and not any(
            other and other.label != "caption" for other in ruled[first:at]
        ):
            for n in range(first, at):
                gone[n], ruled[n] = mark.rule, mark


def _captioned(
    gone: list[str], segments: Sequence[Segment], ruled: list[Mark | None], lines: Sequence[str]
) -> None:
    """Turn the text after a caption's marker into its words: the next sentence, or the whole of a short line.

    If a marker is at the end of its line, its words are on the next line.
    """
    for at, mark in enumerate(list(ruled)):  # a copy, without the words that are added
        if mark is None or mark.label != "caption" or mark.part != "marker" or at + 1 == len(segments):
            continue
        following = at + 1
        line = segments[following].line
        whole = len(lines[line]) <= CAPTION_RUN
        if line > segments[at].line + 1 or (line != segments[at].line and not whole):
            continue
        begin = segments[following].start
        for n in range(following, len(segments)):
            if segments[n].line != line or ruled[n] or segments[n].end - begin > CAPTION_RUN:
                break
            gone[n], ruled[n] = mark.rule, mark
            if not whole and lines[line][: segments[n].end].rstrip()[-1:] in _ENDS:
                break


def _extend(gone: list[str], segments: Sequence[Segment], ruled: Sequence[Mark | None]) -> None:
    """Remove the neighbours of removed segments that the model tends to remove, and their neighbours.

    Furniture goes on after its opener. What stands before furniture, or after a field such as a byline, is more
    often the body.
    """
    last = len(gone) - 1
    for at in range(1, last + 1):
        if not gone[at] and gone[at - 1] and segments[at].body < LEAN:
            lean = LEAN if _label(segments[at - 1], ruled[at - 1]) in FURNITURE else LEAN_BEFORE
            if segments[at].body < lean:
                gone[at] = RUN
    for at in range(last - 1, -1, -1):
        if not gone[at] and gone[at + 1] and segments[at].body < LEAN_BEFORE:
            gone[at] = RUN


def _label(segment: Segment, mark: Mark | None) -> str:
    """Return the label of a removed segment: that of its rule, or the most probable one that is not body."""
    return mark.label if mark else LABELS[max(_OTHERS, key=segment.probabilities.__getitem__)]


def _hold_back(
    gone: list[str], bodies: Sequence[float], ruled: Sequence[Mark | None], sizes: Sequence[int]
) -> None:
    """Keep all but the most certain segments if the model would remove much of the document."""
    taken = sum(size for size, rule, mark in zip(sizes, gone, ruled, strict=True) if rule and not mark)
    if taken > MOST * sum(sizes):
        for at, mark in enumerate(ruled):
            if not mark and bodies[at] >= SUREST:
                gone[at] = ""


def _drop_fragments(
    gone: list[str],
    segments: Sequence[Segment],
    bodies: Sequence[float],
    ruled: Sequence[Mark | None],
    texts: Sequence[str],
) -> None:
    """Keep half a sentence whose other half stays: `COVID` of a headline, the last word of a line."""

    def glued(at: int) -> bool:
        """Whether a segment follows the one before without a space."""
        return segments[at - 1].end - segments[at - 1].start == len(texts[at - 1])

    def joined(at: int) -> bool:
        """Whether a segment goes on with the sentence of the one before."""
        same = segments[at - 1].line == segments[at].line
        return same and _goes_on(texts[at - 1], texts[at], glued=glued(at))

    def ending(at: int) -> bool:
        """Whether a segment is the last word of the sentence of the one before."""
        same = segments[at - 1].line == segments[at].line
        return same and _is_last_word(texts[at - 1], texts[at], glued=glued(at))

    for at, rule in enumerate(gone):
        if not rule or ruled[at] or bodies[at] < FRAGMENT:
            continue
        following = at + 1
        if (at and not gone[at - 1] and (joined(at) or ending(at))) or (
            following < len(gone) and not gone[following] and joined(following)
        ):
            gone[at] = ""


def _goes_on(text: str, following: str, glued: bool) -> bool:
    """Return whether a segment continues the sentence of the one before, by its signs."""
    last, first = text[-1:], following[:1]
    if first.islower() and last not in _STOPS:
        return True
    return last in ",-\u2013\u2014;(/" or (
        not glued and last.isalnum() and first.isalnum() and not first.isupper()
    )


def _is_last_word(text: str, following: str, glued: bool) -> bool:
    """Return whether a segment is one word that ends the sentence before it.

    `Google One AI | Premium.` is cut before an opener, `in the chat (Whats | App)` in a name in camel case.
    """
    alone = " " not in following and text[-1:].isalnum()
    return alone and (following[-1:] in ".!?)" or (glued and following[:1].isalnum()))


def _key(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _same(gone: list[str], bodies: Sequence[float], texts: Sequence[str]) -> None:
    """Remove segments with the same two or more words as one that is removed for certain."""
    known = {_key(text) for text, rule in zip(texts, gone, strict=True) if rule and rule != RUN}
    known = {key for key in known if " " in key}
    if not known:
        return
    for at, (body, rule) in enumerate(zip(bodies, gone, strict=True)):
        if not rule and body < SAME and _key(texts[at]) in known:
            gone[at] = COPY
