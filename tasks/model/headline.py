"""Measure where each block of a page stands towards the page's headline.

A body is under its headline, and mostly in the container that holds both. A short post under its headline between
long comments, profiles and notices is known by nothing else.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.page import BESIDE_ARTICLE, Block, Box
from copydesk.tasks.text import squash

Array = np.ndarray[Any, Any]

HEADLINE: Final = [
    "headline", "since_headline", "until_headline", "headline_up", "headline_down",
    "headline_share", "headline_chars", "headline_gap", "headings_since",
]  # fmt: skip
"""Columns. In order: how certain the headline is; blocks after and before it; steps up from it to the container that
holds both, and down to the block; share of the page's running text in that container, and its characters; running text
between headline and block; headings like it in between."""
_TELLING: Final = 40
"""Fewest characters of a line of running text."""
_LINKED: Final = 0.5
_LONGER: Final = 8
"""Most characters that a line may have more than the headline that it is."""
_TOLD, _DATED = 12, 24
"""Fewest characters of a headline that a heading may begin with, and most of what follows in the heading: a day, a time."""
_SHARED, _OF_TITLE = 0.75, 0.4
"""Share of a heading's words that must be in the title, and least share of the title's length, for a headline that is
not equal to the title."""
_EQUAL, _ALIKE, _ONLY = 1.0, 0.6, 0.3
"""How certain a headline is that equals the title, shares its words, or is the only `<h1>`."""
_UNKNOWN: Final = -1.0


class Shapes(NamedTuple):
    """What is known of the blocks of a page already, by block."""

    lengths: Array
    links: Array
    """Share of characters in links; 1 for a run of links."""
    headings: Array
    """Whether it is a heading."""
    title_words: Array
    """Share of its words that occur in the title."""


def headline_features(
    out: Array, blocks: Sequence[Block], boxes: Sequence[Box], title: str, shapes: Shapes
) -> None:
    """Fill in the columns of HEADLINE for one page."""
    top, certain = _headline(blocks, title, shapes)
    if top < 0:
        out[:, 1:] = _UNKNOWN
        return
    at = np.arange(len(blocks)) - top
    told = shapes.lengths * ((shapes.lengths >= _TELLING) & (shapes.links < _LINKED))
    tag = blocks[top].hints.tag
    alike = np.zeros(len(blocks), np.int64)
    alike[[n for n in np.flatnonzero(shapes.headings).tolist() if blocks[n].hints.tag == tag]] = 1
    up, down = _steps(blocks, boxes, top)
    inside = np.cumsum(np.bincount(up, told))[up]
    text, headings = np.cumsum(told), np.cumsum(alike)
    out[:, 0] = certain
    out[:, 1] = np.where(at >= 0, np.log1p(np.maximum(at, 0)) / 5, _UNKNOWN)
    out[:, 2] = np.where(at < 0, np.log1p(np.maximum(-at, 0)) / 5, _UNKNOWN)
    out[:, 3] = np.minimum(up, _FAR) / 10
    out[:, 4] = np.minimum(down, _FAR) / 10
    out[:, 5] = inside / max(1, int(told.sum()))
    out[:, 6] = np.log1p(inside) / 10
    out[:, 7] = np.log1p(np.where(at > 0, text - told - text[top], text[top] - text)) / 10
    out[:, 8] = np.log1p(np.abs(headings - headings[top])) / 3


_FAR: Final = 40


def _headline(blocks: Sequence[Block], title: str, shapes: Shapes) -> tuple[int, float]:
    """Return the number of the block that is the headline, and how certain it is; -1 for none."""
    known = squash(title)
    equal: list[tuple[bool, bool, bool, int]] = []
    dated: list[tuple[bool, bool, int]] = []
    alike: list[tuple[bool, float, int]] = []
    firsts: list[int] = []
    fits = (shapes.lengths >= len(known)) & (shapes.lengths <= len(known) + _LONGER)
    for at in np.flatnonzero(shapes.headings | fits).tolist():
        block = blocks[at]
        heading, hints = block.kind == "heading", block.hints
        beside = hints.hidden or hints.region in BESIDE_ARTICLE
        shown = squash(block.text) if known and len(block.text) >= len(known) else ""
        if known and shown == known:
            equal.append((beside, hints.tag != "h1", not heading, at))
        elif (
            heading
            and len(known) >= _TOLD
            and shown[: len(known)] == known
            and len(shown) <= len(known) + _DATED
        ):
            dated.append((beside, hints.tag != "h1", at))
        elif heading and not beside:
            if shapes.title_words[at] >= _SHARED and len(block.text) >= _OF_TITLE * len(known):
                alike.append((hints.tag != "h1", -float(shapes.title_words[at]), at))
            if hints.tag == "h1":
                firsts.append(at)
    if equal:
        return min(equal)[-1], _EQUAL
    if dated:
        return min(dated)[-1], _EQUAL
    if alike:
        return min(alike)[-1], _ALIKE
    return (firsts[0], _ONLY) if len(firsts) == 1 else (-1, 0.0)


def _steps(blocks: Sequence[Block], boxes: Sequence[Box], top: int) -> tuple[Array, Array]:
    """Return for each block the steps up from the headline to the container of both, and down from it to the block."""
    count = len(boxes)
    chain: dict[int, int] = {}
    box = blocks[top].hints.parent
    while 0 <= box < count:
        chain[box] = len(chain)
        box = boxes[box].parent
    up, down = [len(chain)] * (count + 1), [0] * (count + 1)  # the last is for blocks without one
    for number, (_, parent, _) in enumerate(boxes):
        if number in chain:
            up[number] = chain[number]
        else:
            up[number], down[number] = up[parent], down[parent] + 1
    parents = np.array([b.hints.parent for b in blocks])
    parents[(parents < 0) | (parents >= count)] = -1
    return np.array(up)[parents], np.array(down)[parents]
