"""Keep the headings of chapters: those between two paragraphs that stay, whatever the model or a rule says of the words alone.

`Results`, `FAQ` or `1. Facebook` is a menu's entry by its words. Among a story's other headings it opens a chapter.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.page import BESIDE_ARTICLE, Block
from copydesk.tasks.label.containers import ROOT, Tree

_LEAST: Final = 0.1
"""Least probability of body of a heading that no rule claims. Of such headings between two paragraphs three in four were body
on labelled pages that no model had seen."""
_ALIKE: Final = 2
"""Fewest other headings of its level that stay, for a heading that a rule claims. Of such headings 92 % were body."""
_LINKED: Final = 0.5
_MOST_LEVELS: Final = 8
_RUNNING: Final = frozenset({"text", "list_item", "quote", "table"})


def chapters(blocks: Sequence[Block], tree: Tree, body_threshold: float, beside: Collection[int]) -> set[int]:
    """Return the headings that stay because a paragraph before and one after them stay, in their own container.

    `beside` are blocks of other stories and threads. Captions between are skipped. Links, and headings that the page hides, are
    left alone.
    """
    headings = [
        at
        for at, b in enumerate(blocks)
        if b.kind == "heading" and at not in beside and b.hints.region not in BESIDE_ARTICLE
    ]
    likely = Counter(blocks[at].hints.tag for at in headings if _is_body(blocks[at], body_threshold))
    found = set()
    for at in headings:
        block = blocks[at]
        if block.hints.hidden or block.hints.link_density >= _LINKED or not block.probabilities:
            continue
        if block.marks:
            wanted = (
                block.probabilities[0] >= body_threshold
                and likely[block.hints.tag] >= _ALIKE
                and all(mark.label in FURNITURE for mark in block.marks)
            )
        else:
            wanted = _LEAST <= block.probabilities[0] < body_threshold
        if wanted and _opens(blocks, tree, at, body_threshold, beside):
            found.add(at)
    return found


def _is_body(block: Block, body_threshold: float) -> bool:
    return bool(block.probabilities) and block.probabilities[0] >= body_threshold and not block.marks


def _opens(
    blocks: Sequence[Block], tree: Tree, at: int, body_threshold: float, beside: Collection[int]
) -> bool:
    """Return whether paragraphs that stay are directly around a heading, in the container that holds more than it."""
    before, after = at - 1, at + 1
    while before >= 0 and blocks[before].kind == "caption":
        before -= 1
    while after < len(blocks) and blocks[after].kind == "caption":
        after += 1
    if before < 0 or after == len(blocks):
        return False
    for other in (before, after):
        block = blocks[other]
        if other in beside or block.kind not in _RUNNING or block.hints.link_density >= _LINKED:
            return False
        if not _is_body(block, body_threshold):
            return False
    box = tree.parents[at]
    for _ in range(_MOST_LEVELS):
        if box == ROOT or tree.first[box] < at or tree.last[box] > at:
            break
        box = tree.boxes[box].parent
    return tree.holds(box, before) and tree.holds(box, after)
