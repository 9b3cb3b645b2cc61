"""Scraped text shown to a person: characters that act on a screen become visible escapes.

A scraped text can hold escape sequences that act on a terminal, and directional controls that show a line in another
order than it is read, on a page as well.
"""

import json
import re
from typing import Final

UNSAFE: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for tab and newline, DEL, C1: ESC, CSI, OSC, BEL, CR
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u2028\u2029"  # line and paragraph separator: a line break to some terminals, not to others
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # invisible: byte order mark, annotations, tag characters
    "\ud800-\udfff"  # lone surrogates, which no charset can encode
)
"""Body of a character class: the characters that are never shown as they are."""
_UNSAFE: Final = re.compile(f"[{UNSAFE}]")


def visible(text: str) -> str:
    r"""Show every character that acts on a screen as its escape, and leave all others alone.

    Joiners and soft hyphens stay: they shape words in Persian, Hindi and German, and can't do harm. Not reversible,
    since backslashes are left alone.

    >>> visible("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    """
    return _UNSAFE.sub(escape, text)


def escape(hit: re.Match[str]) -> str:
    """Return the escape of the character that a pattern found."""
    return hit[0].encode("unicode_escape", "surrogatepass").decode("ascii")


def escape_json(encoded: str) -> str:
    r"""Write the same characters of a JSON document as JSON escapes, so that its value stays exact.

    >>> escape_json('"abc\u202edef"')
    '"abc\\u202edef"'
    """
    return _UNSAFE.sub(lambda hit: json.dumps(hit[0])[1:-1] if hit[0] != "\x7f" else "\\u007f", encoded)
