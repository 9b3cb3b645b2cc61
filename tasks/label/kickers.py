"""Find captions of plain text by their form: a word in capitals and a colon, then what the picture shows.

`WAITING: Passengers stand in line at the ferry.` One such line alone may be anything: a dateline, a speaker, a
point of a list. Three in a text are captions if each stands alone between other lines, no two open with the same
words, and each ends like a sentence. Speakers recur, points of a list and questions stand together.
"""

import re
from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import Block
from copydesk.tasks.text import ends_sentence

_LEAST: Final = 3
"""Lines of the form that a text must have."""
_KICKER: Final = range(3, 41)
_WORDS: Final = range(25, 421)
"""Characters of the words in capitals, and of what follows them."""
_LETTERS: Final = 3
_NUMBER: Final = re.compile(r"\d+")
"""`UPDATE 1` and `UPDATE 2` are the same words."""


def kickers(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return the lines of plain text that are captions with words in capitals before them."""
    found = {at: opening for at, block in enumerate(blocks) if (opening := _opening(block))}
    if len(found) < _LEAST or len({_NUMBER.sub("", opening) for opening in found.values()}) < len(found):
        return set()
    if any(at + 1 in found for at in found):
        return set()
    return {at for at in found if free[at]}


def _opening(block: Block) -> str:
    """Return the words in capitals before the colon of a line of this form, or an empty string."""
    if block.kind != "line" or len(block.text) > _KICKER.stop + _WORDS.stop:
        return ""
    opening, _, rest = block.text.partition(": ")
    if len(rest) not in _WORDS or len(opening) not in _KICKER:
        return ""
    if not opening.isupper() or sum(map(str.isalpha, opening)) < _LETTERS or rest.isupper():
        return ""
    first = rest.lstrip('\u2013\u2014- \u00ab"\u201c\u201e')[:1]
    return opening if (first.isupper() or first.isdigit()) and ends_sentence(rest) else ""
