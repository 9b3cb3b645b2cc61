"""Find stories that a page loads below its own: each has another headline with a text in its own container."""

import re
from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import AUTHOR_TOKENS, BESIDE_ARTICLE, Block
from copydesk.tasks.label.containers import ROOT, Tree
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import squash

_TELLING: Final = 30
"""Fewest characters of a line of running text. Wide characters count twice."""


_OWN_TEXT, _OWN_FLAT_TEXT, _NEXT_TEXT = 300, 1000, 120
"""Fewest characters of paragraphs in the page's own story before another one may begin, in a container beside
it or in the same container; and fewest in the other story."""
_MOST_TIMES: Final = 4
"""Most times the text of the page's own story that another one may have. A longer one is the story, and what precedes it is its
summary."""
_FURTHER: Final = 6
"""Most blocks between a headline and its byline or time."""
_BYLINE: Final = AUTHOR_TOKENS | {"date", "dateline", "time", "published"}
_BESIDE: Final = BESIDE_ARTICLE | {"header"}


def next_stories(blocks: Sequence[Block], tree: Tree, headline: str, body_threshold: float) -> set[int]:  # noqa: C901 - the conditions in order
    """Return the blocks of the stories that the page loads below its own, each with its own headline.

    Another story is in a container beside that of the first one. If the text of the first one is not in a container of its own,
    the other one is an `<article>` or has a byline or time near its headline; otherwise its headline opens a chapter. If all are
    in one container, a byline or time must follow.
    """
    known = squash(headline)
    tops = [
        at
        for at, b in enumerate(blocks)
        if (b.hints.tag == "h1" or "h1" in b.hints.path)
        and not b.hints.hidden
        and b.hints.region not in _BESIDE
    ]
    first = next((at for at in tops if known and squash(blocks[at].text) == known), -1)
    if first < 0 or len(tops) < 2:
        return set()
    text = [0]
    for b in blocks:
        runs = (
            (not b.probabilities or b.probabilities[0] >= body_threshold)
            and b.hints.link_density < 0.5
            and width(b.text) >= _TELLING
        )
        text.append(text[-1] + (width(b.text) if runs and b.kind not in ("links", "heading") else 0))
    found: set[int] = set()
    for at in tops:
        if at <= first or at in found or squash(blocks[at].text) == known:
            continue
        if text[at] - text[first] < _OWN_TEXT:
            continue
        other, around = _branches(tree, first, at)
        if _is_chapter(blocks[at], tree, other):
            continue
        if other != ROOT and text[at] - text[max(first, tree.first[other])] < _NEXT_TEXT:
            stretch = range(tree.first[other], tree.last[other] + 1)
            own = _has_own_container(tree, text, first, at, min(found, default=at))
            if not own and not _is_signed(blocks, tree, other, at):
                continue
        elif text[at] - text[first] >= _OWN_FLAT_TEXT and any(
            _is_byline(blocks[k]) for k in range(at + 1, min(at + 1 + _FURTHER, len(blocks)))
        ):
            end = tree.last[around] + 1 if around != ROOT else len(blocks)
            stretch = range(at, end)
        else:
            continue
        size = text[stretch.stop] - text[stretch.start]
        if first in stretch or size < _NEXT_TEXT:
            continue
        if size > _MOST_TIMES * (text[min(found, default=at)] - text[first]):
            continue
        found.update(k for k in stretch if blocks[k].hints.region not in _BESIDE)
    return found


def _has_own_container(tree: Tree, text: Sequence[int], first: int, at: int, end: int) -> bool:
    """Return whether half of the text between the first headline and block `end` is in a container that lacks block `at`."""
    own, _ = _branches(tree, at, first)
    return own != ROOT and 2 * (text[min(tree.last[own] + 1, end)] - text[first]) >= text[end] - text[first]


def _is_signed(blocks: Sequence[Block], tree: Tree, box: int, at: int) -> bool:
    """Return whether a container is an `<article>` or has a byline or time near its headline."""
    near = range(max(tree.first[box], at - _FURTHER), min(tree.last[box], at + _FURTHER) + 1)
    return tree.boxes[box].tag == "article" or any(_is_byline(blocks[k]) for k in near)


def _branches(tree: Tree, one: int, other: int) -> tuple[int, int]:
    """Return the container that holds one of two blocks without the other, and the common container of both.

    The first is ROOT if the block is directly in the common container.
    """
    above: set[int] = {ROOT}
    box = tree.parents[one]
    while box != ROOT:
        above.add(box)
        box = tree.boxes[box].parent
    branch, around = ROOT, tree.parents[other]
    while around not in above:
        branch, around = around, tree.boxes[around].parent
    return branch, around


def _is_chapter(block: Block, tree: Tree, box: int) -> bool:
    """Return whether a heading opens a part of the same story.

    It opens a section of one article, or has an anchor with its words.
    """
    hints = block.hints
    if (
        box != ROOT
        and tree.boxes[box].tag == "section"
        and "article" in hints.path[: hints.path.index("section")]
    ):
        return True
    words = {word for word in re.findall(r"[^\W\d_]+", block.text.lower()) if len(word) > 2}
    names = hints.own | (tree.boxes[box].own if box != ROOT else frozenset())
    return len(words) >= 2 and 2 * len(words & names) > len(words)


def _is_byline(block: Block) -> bool:
    return (
        block.hints.tag == "time"
        or not _BYLINE.isdisjoint(block.hints.own)
        or any(mark.label in ("byline", "dateline") for mark in block.marks)
    )
