"""Handle white space and sentence ends of the text within a line of a page."""

import re
from typing import Final

from copydesk.tasks.text import CLOSERS, CLOSING_QUOTES, TERMINALS

_SENTENCE: Final = 80
"""Fewest characters before a `<br>` that end like a sentence and so form a paragraph. A wide character counts
twice."""
_ENDS: Final = frozenset(TERMINALS + CLOSING_QUOTES + "\u201c")
_ODD_SPACE = re.compile(r"[\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_SPACES = re.compile(r"[ \t\n\r\f]+")


def collapse(text: str) -> str:
    """Collapse white space as a browser does: only ASCII space.

    NBSP and similar spaces stay, except at the ends.

    >>> collapse("\\u00a0 a \\n b\\u00a0 c ")
    'a b\\xa0 c'
    """
    return collapsed(text, " ".join(text.split()))


def collapsed(text: str, plain: str) -> str:
    """Collapse white space as `collapse` does. `plain` is the text with one space between its words."""
    if text.isascii() or plain == (bare := text.strip()) or not _ODD_SPACE.search(text):
        return plain
    return _SPACES.sub(" ", bare)


def is_paragraph(text: str) -> bool:
    """Return whether text before a `<br>` is long enough for a paragraph, and ends like one."""
    if text.rstrip(CLOSERS)[-1:] not in _ENDS and text[-1] not in _ENDS:
        return False
    return len(text) >= _SENTENCE or len(text) + sum(map("\u2e80".__lt__, text)) >= _SENTENCE
