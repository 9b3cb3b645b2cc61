"""Bylines that the model would leave in the body: lines between headline and story that mark-up or their words call so."""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import Block
from copydesk.tasks.metadata import led_authors, reads_as_prose, signed_by
from copydesk.tasks.text import FULL_STOPS

_MARKED: Final = frozenset({"byline", "bylines", "author", "authors"})
_BESIDE: Final = frozenset({"nav", "footer", "aside", "dialog", "form", "figure"})
_LONGEST, _PARAGRAPH, _LINES = 160, 120, 12
"""Characters of a byline and of a paragraph; lines behind the headline that are looked at."""
_FEW_WORDS = 8
"""Words of a line that names nobody and is a byline by its mark-up alone: `Staff Reporter`, `Promoted by Acme Paints`."""


def byline_lines(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return the numbers of the lines of a page, between the headline and the first paragraph, that are bylines.

    One counts that says «by» and names somebody (`By Ann Poe and agencies`), or whose own element is marked as a byline
    and which names somebody or is a few words without a full stop. Prose stays: `By Tuesday the water had gone.`
    """
    headline = next(
        (n for n, b in enumerate(blocks) if b.kind == "heading" and b.hints.region not in _BESIDE), -1
    )
    if headline < 0:
        return set()
    found = set()
    for at, block in enumerate(blocks[headline + 1 : headline + 1 + _LINES], headline + 1):
        if len(block.text) >= _PARAGRAPH and block.text.rstrip()[-1:] in FULL_STOPS:
            break
        if free[at] and block.kind == "text" and block.hints.region not in _BESIDE and _is_byline(block):
            found.add(at)
    return found


def _is_byline(block: Block) -> bool:
    text = block.text
    if len(text) > _LONGEST or reads_as_prose(text):
        return False
    if not _MARKED.isdisjoint(block.hints.own):
        return bool(led_authors(text) or signed_by(text)) or (
            len(text.split()) <= _FEW_WORDS and text.rstrip()[-1:] not in FULL_STOPS
        )
    return bool(led_authors(text))
