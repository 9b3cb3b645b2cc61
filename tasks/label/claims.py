"""Find where the claims of rules begin and end in a block.

The block is cut into drafts of spans, some without a label.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import Block, Mark

_CREDITED_RUN: Final = 420
"""Most characters of a line whose beginning becomes the words of a caption, before a credit."""
_LEFT_OVER: Final = 12
"""Most characters after the last credit of a line of captions: the agency again."""
_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that keyword arguments take."""


class Draft(NamedTuple):
    """A stretch of one block: [start, end) in `Block.text`. An empty label is not decided yet."""

    start: int
    end: int
    label: str
    rule: str
    score: float
    part: str = ""


UNCLAIMED: Final = [Draft(0, 0, "", "", 0.0)]
"""The drafts of a block without any claim of a rule. The block is decided as a whole elsewhere."""


def claimed(block: Block) -> list[Draft]:
    """Cut a block where its marks begin and end. If marks overlap, the longer counts, then the first rule.

    Text after a caption's marker or credit on the same line belongs to the caption.
    """
    if not block.marks:
        return [_new(Draft, (0, len(block.text), "", "", 0.0, ""))]
    if len(block.marks) == 1:
        start, end, label, rule, part = block.marks[0]
        if start == 0 and end == len(block.text):
            return [_new(Draft, (0, end, label, rule, 1.0, part))]
    return _cut(block)


def _cut(block: Block) -> list[Draft]:
    taken: list[Draft] = []
    caption = _caption(block)
    for mark in _by_precedence([m for m in block.marks if m is not caption]):
        place = bisect_left(
            taken, (mark.start,)
        )  # the list is sorted, so only neighbours can overlap the mark
        if (place == 0 or taken[place - 1].end <= mark.start) and (
            place == len(taken) or mark.end <= taken[place].start
        ):
            taken.insert(place, Draft(mark.start, mark.end, mark.label, mark.rule, 1.0, mark.part))
    out: list[Draft] = []
    at = 0
    for draft in [*taken, Draft(len(block.text), len(block.text), "", "", 0.0)]:
        if block.text[at : draft.start].strip():
            before = out[-1] if out else None
            if before is not None and before.label == "caption" and before.part in ("marker", "credit"):
                out.append(Draft(at, draft.start, "caption", before.rule, before.score, "words"))
            else:
                out.append(Draft(at, draft.start, "", "", 0.0))
        before = out[-1] if out else None
        if (
            before is not None
            and before[2:] == draft[2:]
            and not block.text[before.end : draft.start].strip()
        ):
            out[-1] = before._replace(
                end=draft.end
            )  # consecutive sentences of one consent text become one stretch
        elif draft.end > draft.start:
            out.append(draft)
        at = draft.end
    if caption is not None:
        return [
            d if d.label else d._replace(label="caption", rule=caption.rule, score=1.0, part="words")
            for d in out
        ]
    return _credited(out)


def _caption(block: Block) -> Mark | None:
    """Return the mark that claims the whole block as a caption, if other marks name its parts.

    These are cut out first.
    """
    whole = None
    named = False
    for mark in block.marks:
        if mark.label == "caption":
            if mark.part:
                named = True
            elif mark.start == 0 and mark.end == len(block.text):
                whole = mark
    return whole if named else None


def _credited(drafts: list[Draft]) -> list[Draft]:
    """Label the text before closing credits as words of captions, if the line holds nothing else.

    Several pictures after each other in one line are treated alike, if a credit follows each stretch. A
    stretch longer than a caption keeps the whole line as it is: a paragraph that ends with a credit is not a
    caption.
    """
    if drafts[-1].part != "end" and not (
        len(drafts) > 2 and drafts[-2].part == "end" and not drafts[-1].label
    ):
        return drafts
    last = len(drafts) - 1
    for n, draft in enumerate(drafts):
        room = _CREDITED_RUN if n < last and drafts[n + 1].part == "end" else _LEFT_OVER if n == last else 0
        if not draft.label and draft.end - draft.start > room:
            return drafts
    return [
        d
        if d.label
        else d._replace(
            label="caption", rule=drafts[min(n + 1, last)].rule or drafts[n - 1].rule, score=1.0, part="words"
        )
        for n, d in enumerate(drafts)
    ]


def _by_precedence(marks: Sequence[Mark]) -> list[Mark]:
    """Sort the marks: longer marks first, then those that name their part, then by rule.

    Of several marks for a caption's words with the same start, only the shortest counts: a caption that runs
    into the next paragraph ends at the first end that a rule finds.
    """
    ends: dict[int, int] = {}
    for mark in marks:
        if mark.part == "words":
            ends[mark.start] = min(mark.end, ends.get(mark.start, mark.end))
    asked = [m for m in marks if m.part != "words" or m.end == ends[m.start]]
    return sorted(asked, key=lambda m: (m.start - m.end, not m.part, m.rule))
