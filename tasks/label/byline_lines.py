"""Find bylines between headline and story that the model would leave in the body."""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import AUTHOR_TOKENS, BESIDE_ARTICLE, PARAGRAPH, Block
from copydesk.tasks.metadata import led_authors, reads_as_prose, signed_by
from copydesk.tasks.text import FULL_STOPS

_BESIDE: Final = BESIDE_ARTICLE | {"figure"}
_LONGEST, _LINES = 160, 12
"""Most characters of a byline and of a line before the first paragraph; most lines inspected after the
headline."""
_FEW_WORDS = 8
"""Most words of a line without a name that is a byline by its mark-up alone: `Staff Reporter`, `Promoted by
Acme Paints`."""


def byline_lines(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return the numbers of the lines between the headline and the first paragraph that are bylines.

    A line counts if it begins with a word for "by" and a name (`By Ann Poe and agencies`). It also counts if
    its own element is marked as a byline and it has a name, or a few words without a full stop. Prose stays:
    `By Tuesday the water had gone.`
    """
    headline = next(
        (n for n, b in enumerate(blocks) if b.kind == "heading" and b.hints.region not in _BESIDE), -1
    )
    if headline < 0:
        return set()
    found = set()
    for at, block in enumerate(blocks[headline + 1 : headline + 1 + _LINES], headline + 1):
        if len(block.text) >= PARAGRAPH and block.text.rstrip()[-1:] in FULL_STOPS:
            break
        if free[at] and block.kind == "text" and block.hints.region not in _BESIDE and _is_byline(block):
            found.add(at)
    return found


def _is_byline(block: Block) -> bool:
    text = block.text
    if len(text) > _LONGEST or reads_as_prose(text):
        return False
    if not AUTHOR_TOKENS.isdisjoint(block.hints.own):
        return bool(led_authors(text) or signed_by(text)) or (
            len(text.split()) <= _FEW_WORDS and text.rstrip()[-1:] not in FULL_STOPS
        )
    return bool(led_authors(text))
