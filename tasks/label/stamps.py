"""Find threads of comments whose containers tell nothing: lines of one form with a name and a time, and texts between.

`Posted by: Ann Poe at May 3, 2012 4:58 PM` above or below each text, in any language.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from copydesk.schemas.page import Block
from copydesk.tasks.label.containers import ROOT, Tree
from copydesk.tasks.metadata import MONTHS
from copydesk.tasks.text import squash

Form = tuple[str, frozenset[str], str]
_LONGEST: Final = 110
_CLOCK: Final = re.compile(r"\d(?<![\d:].)\d?[:h][0-5]\d(?!\d)")
"""A time of day. The look behind comes after the first digit, so that the search skips to digits."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LEAST: Final = 3
"""Fewest stamps of a thread."""
_TEXT: Final = 20
_LINKED: Final = 0.5
_COMMON: Final = 0.8
_NAME: Final = 6
"""Most words of a name with what else its line holds."""
_MOST_LEVELS: Final = 64


def stamped(blocks: Sequence[Block], tree: Tree, headline: str) -> set[int]:
    """Return the blocks of threads whose comments each have a line with a name and a time, in one form.

    Such lines share their element, class and first word, and at least one more word or a class; their names differ. A
    live blog has times too, but no names or always the same ones. Only blocks after the headline count.
    """
    clocks = [at for at, b in enumerate(blocks) if len(b.text) <= _LONGEST and _CLOCK.search(b.text)]
    if len(clocks) < _LEAST:
        return set()
    top = _top(blocks, headline)
    forms: dict[Form, list[int]] = {}
    for at in clocks:
        block = blocks[at]
        if at > top >= 0:
            words = _WORD.findall(block.text)
            if len(words) >= 2 and _is_dated(block.text, words):
                form = (block.hints.tag, block.hints.own, words[0].casefold() if not block.hints.own else "")
                forms.setdefault(form, []).append(at)
    found: set[int] = set()
    for (_, own, _), stamps in forms.items():
        if len(stamps) >= _LEAST and _names_differ(blocks, stamps, bool(own)) and _parted(blocks, stamps):
            found.update(_thread(blocks, tree, stamps, top))
    return found


def _is_dated(text: str, words: Sequence[str]) -> bool:
    """Return whether a line with a time also has a month, a year or a half of the day: no duration, no score."""
    return _YEAR.search(text) is not None or any(word.casefold() in _DATED for word in words)


_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DATED: Final = frozenset(MONTHS) | {"am", "pm"}


def _top(blocks: Sequence[Block], headline: str) -> int:
    known = squash(headline)
    if not known:
        return -1
    least = len(known)  # squashing never makes a line longer
    return next(
        (
            at
            for at, b in enumerate(blocks)
            if b.kind == "heading" and len(b.text) >= least and squash(b.text) == known
        ),
        -1,
    )


def _names_differ(blocks: Sequence[Block], stamps: Sequence[int], classed: bool) -> bool:
    """Return whether what the stamps do not share, without digits and months, is a name each, and not always the same."""
    words = [
        {word for word in _WORD.findall(blocks[at].text.casefold()) if word not in MONTHS} for at in stamps
    ]
    count = Counter(word for some in words for word in some)
    common = {word for word, n in count.items() if n >= _COMMON * len(stamps)}
    if not common and not classed:
        return False
    names = [frozenset(some - common) for some in words if 0 < len(some - common) <= _NAME]
    return 3 * len(names) >= 2 * len(stamps) and 2 * len(set(names)) > len(names) and len(set(names)) > 1


def _parted(blocks: Sequence[Block], stamps: Sequence[int]) -> bool:
    """Return whether most neighbours among the stamps have a text between them."""
    parted = sum(
        any(len(b.text) >= _TEXT and b.hints.link_density < _LINKED for b in blocks[one + 1 : other])
        for one, other in pairwise(stamps)
    )
    return 3 * parted >= 2 * (len(stamps) - 1)


def _thread(blocks: Sequence[Block], tree: Tree, stamps: Sequence[int], top: int) -> range:
    """Return the blocks of a thread below enough text of the story; an empty range if there is none.

    It is the container of its stamps, if the headline is outside it; otherwise what follows the last heading before
    them, or the first of them: a heading above much more text than any two stamps have between them is that of a
    chapter. A stamp above the story is the story's own, and so is one that the heading of the
    comments parts from the others.
    """
    signed = top
    for first in range(len(stamps) - _LEAST + 1):
        if _is_signature(blocks, stamps[first:]):
            signed = stamps[first]
            continue
        found = _from(blocks, tree, stamps[first:], top)
        found = range(max(found.start, signed + 1), found.stop)
        told = 0
        for block in blocks[top + 1 : found.start]:
            if len(block.text) >= _RUNNING and block.hints.link_density < _LINKED:
                told += len(block.text)
                if told >= _STORY:
                    return found
    return range(0)


def _is_signature(blocks: Sequence[Block], stamps: Sequence[int]) -> bool:
    """Return whether a heading follows the first of three stamps, and none the second: `Posted by Ann`, `Comments`."""

    def headed(one: int, other: int) -> bool:
        return any(map(_heads, blocks[one + 1 : other]))

    return headed(stamps[0], stamps[1]) and not headed(stamps[1], stamps[2])


_RUNNING, _STORY = 40, 100
"""Fewest characters of a line of running text, and of all of them between the headline and the thread."""


def _from(blocks: Sequence[Block], tree: Tree, stamps: Sequence[int], top: int) -> range:
    """Return the blocks of the thread of some stamps, whatever stands before it."""
    first, last = stamps[0], stamps[-1]
    box = tree.parents[first]
    for _ in range(_MOST_LEVELS):
        if box == ROOT or tree.holds(box, last):
            break
        box = tree.boxes[box].parent
    if box != ROOT and tree.holds(box, last) and not tree.holds(box, top):
        return range(tree.first[box], tree.last[box] + 1)
    opens = next((at for at in range(first - 1, top, -1) if _heads(blocks[at])), first - 1)
    longest = max(_characters(blocks, one, other) for one, other in pairwise(stamps))
    if _characters(blocks, opens, first) > _CHAPTER * longest:
        opens = first - 1
    return range(opens + 1, last + 1)


def _heads(block: Block) -> bool:
    """Return whether a block is a heading, or a line that says `Comments`."""
    return block.kind == "heading" or any(mark.label == "comment" for mark in block.marks)


def _characters(blocks: Sequence[Block], one: int, other: int) -> int:
    return sum(len(block.text) for block in blocks[one + 1 : other])


_CHAPTER: Final = 2
"""Times the most text between two stamps from which on what follows a heading is a chapter of the story."""
