"""Find sentences with the shape of the body's paragraphs: the same container, element and class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from copydesk.schemas.page import Block
from copydesk.tasks.label.containers import Homes
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import ends_sentence

Shape = tuple[int, str, frozenset[str]]
_LEAST: Final = 2
"""Fewest certain paragraphs of one shape."""
_SENTENCE: Final = 40
"""Fewest characters of a sentence. Wide characters count twice."""
_LINKED: Final = 0.5


def shapes(blocks: Sequence[Block], homes: Homes) -> Mapping[Shape, int]:
    """Count the certain paragraphs of the body by shape."""
    return Counter(_shape(blocks[at], home) for home, anchors in homes.anchors.items() for at in anchors)


def is_coherent(block: Block, home: int, alike: Mapping[Shape, int], between: bool) -> bool:
    """Return whether a block at the place of the body is a sentence with the shape of its paragraphs.

    `between` is true if paragraphs of its container are before and after it: there it may be a link. It stays at any
    probability. On labelled pages that no model had seen, of such sentences that the model alone would have removed
    80 % were body between two paragraphs, and 88 % after the last one.
    """
    return (
        block.kind in ("text", "quote")
        and alike.get(_shape(block, home), 0) >= _LEAST
        and (between or block.hints.link_density < _LINKED)
        and width(block.text) >= _SENTENCE
        and ends_sentence(block.text)
    )


def _shape(block: Block, home: int) -> Shape:
    """Return the container, element and class of a block. Numbers in a class count paragraphs, or columns."""
    own = block.hints.own
    if any(map(str.isdecimal, own)):
        own = frozenset(word for word in own if not word.isdecimal())
    return home, block.hints.tag, own
