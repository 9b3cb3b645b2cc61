"""Find sentences with the shape of the body's paragraphs: the same container, element and class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import Block
from copydesk.tasks.label.containers import Homes
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import ends_sentence

Shape = tuple[int, str, frozenset[str]]
_LEAST: Final = 2
"""Fewest certain paragraphs of one shape."""
_CLASSED, _WORDS, _SHARE = 3, 2, 0.8
"""Fewest certain paragraphs, fewest class words that they share, and the share of them that has each word."""
_SENTENCE: Final = 40
"""Fewest characters of a sentence. Wide characters count twice."""
_LINKED: Final = 0.5


class Shapes(NamedTuple):
    """The shapes of the certain paragraphs of the body."""

    counts: Mapping[Shape, int]
    classes: Mapping[str, frozenset[str]]
    """Class words that the paragraphs of an element share, where there are enough. Other words are drawn by chance."""


def shapes(blocks: Sequence[Block], homes: Homes) -> Shapes:
    """Count the certain paragraphs of the body by shape."""
    counts = Counter(_shape(blocks[at], home) for home, anchors in homes.anchors.items() for at in anchors)
    every = [at for anchors in homes.anchors.values() for at in anchors]
    owns: dict[str, list[frozenset[str]]] = {}
    for at in every:
        if own := blocks[at].hints.own:
            owns.setdefault(blocks[at].hints.tag, []).append(own)
    classes = {}
    for tag, words in owns.items():
        if len(words) >= _CLASSED:
            common = Counter(word for own in words for word in own if not word.isdecimal())
            shared = frozenset(word for word, n in common.items() if n >= _SHARE * len(words))
            if len(shared) >= _WORDS:
                classes[tag] = shared
    return Shapes(counts, classes)


def is_coherent(block: Block, home: int, known: Shapes, place: str) -> bool:
    """Return whether a block is a sentence with the shape of the body's paragraphs, at their place.

    Between two of them (`place`) it may be a link. It stays at any probability. On labelled pages that no model had
    seen, of such sentences that the model alone would have removed 80 % were body between two paragraphs, and 88 %
    after the last one. Paragraphs that share class words are alike in any container.
    """
    if block.kind not in ("text", "quote") or width(block.text) < _SENTENCE or not ends_sentence(block.text):
        return False
    linked = block.hints.link_density >= _LINKED
    if place != "outside" and known.counts.get(_shape(block, home), 0) >= _LEAST:
        return place == "between" or not linked
    shared = known.classes.get(block.hints.tag)
    return shared is not None and shared <= block.hints.own and not linked


def is_menu(parts: Sequence[Block]) -> bool:
    """Return whether a list is nothing but short links: tags, shares, a menu. It goes at any probability."""
    return all(
        b.hints.link_density >= _ONLY_LINKS
        and all(width(line) <= _SHORT and not ends_sentence(line) for line in b.text.split("\n"))
        for b in parts
    )


_ONLY_LINKS, _SHORT = 0.95, 30
"""Share of characters in links, and most characters of a link. Wide characters count twice."""


def _shape(block: Block, home: int) -> Shape:
    """Return the container, element and class of a block. Numbers in a class count paragraphs, or columns."""
    own = block.hints.own
    if any(map(str.isdecimal, own)):
        own = frozenset(word for word in own if not word.isdecimal())
    return home, block.hints.tag, own
