"""Find the body of a page without a kept long sentence: the text under its headline, unless it is a menu.

Lists of winners, results, and briefs of a few words look like furniture line by line. A doubtful article is
worth more than a reject. The assembly flags it.
"""

from collections.abc import Collection, Sequence
from typing import Final

from copydesk.schemas.page import BESIDE_ARTICLE, Block
from copydesk.tasks.label.containers import ROOT, Tree
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import squash

RESCUED: Final = "structure:under-headline"
"""The rule of text that is kept only because of its place."""
_BESIDE: Final = BESIDE_ARTICLE | {"header"}
_LEAST_BLOCKS, _LEAST_WIDTH = 3, 40
"""Fewest lines under the headline, and fewest characters of all of them; wide characters count twice."""
_LINKED: Final = 0.3
_MOST_LEVELS: Final = 64
_RUNNING, _LONG = ("p", "div", "td"), 120
"""Elements, and fewest characters, of a text beside a picture that may be the whole story."""


def under_headline(blocks: Sequence[Block], tree: Tree, headline: str, taken: Collection[int]) -> set[int]:
    """Return the blocks under the headline, in the innermost container that holds enough of them, or nothing.

    `taken` are blocks that rules, fields or other structures have. A container with more than a third of
    links is a menu.
    """
    known = squash(headline)
    top = next(
        (
            at
            for at, b in enumerate(blocks)
            if known and (b.kind == "heading" or b.hints.tag == "h1") and squash(b.text) == known
        ),
        -1,
    )
    if top < 0:
        return set()
    box = tree.parents[top]
    for _ in range(_MOST_LEVELS):
        last = tree.last[box] if box != ROOT else len(blocks) - 1
        inside = [at for at in range(top + 1, last + 1) if blocks[at].hints.region not in _BESIDE]
        free = [at for at in inside if _is_text(blocks[at]) and at not in taken]
        chars = sum(len(blocks[at].text) for at in inside)
        linked = sum(len(blocks[at].text) * blocks[at].hints.link_density for at in inside)
        widths = [width(blocks[at].text) for at in free]
        if (len(free) >= _LEAST_BLOCKS and sum(widths) >= _LEAST_WIDTH) or any(w >= _LONG for w in widths):
            return set(free) if linked <= _LINKED * chars else set()
        if box == ROOT:
            break
        box = tree.boxes[box].parent
    return set()


def _is_text(block: Block) -> bool:
    return (
        not block.marks
        and not block.hints.hidden
        and block.kind != "links"
        and (block.kind != "caption" or (block.hints.tag in _RUNNING and width(block.text) >= _LONG))
        and block.hints.link_density < 0.5
        and block.hints.tag not in ("time", "button", "label")
    )
