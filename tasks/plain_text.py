"""The plain-text front end: one block per line that is not blank."""

import re
from collections.abc import Iterator
from typing import Final

from copydesk.schemas.document import DecodedText
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import Block, Page

_LINE: Final = re.compile("[^\n\r\v\f\u2028\u2029]+")
_OTHER_ENDS: Final = "\r\v\f\u2028\u2029"


def text_blocks(decoded: DecodedText) -> Page:
    """Cut plain text into its non-blank lines, trimmed.

    Lines end at `\\n`, `\\r`, `\\r\\n`, vertical tabs, form feeds, U+2028 and U+2029. They do not end at
    U+0085, where `str.splitlines` cuts: in broken text that is half of an ellipsis. Nothing else is changed;
    `Page.text` is the decoded text itself. Raises DocumentError if all lines are blank.
    """
    blocks = []
    for start, line in _lines(decoded.text):
        body = line.strip()
        if body:
            at = start + (0 if line.startswith(body) else line.index(body))
            blocks.append(Block(at, at + len(body), body))
    if not blocks:
        raise DocumentError(
            "parse", "empty", f"found {len(decoded.text)} characters of white space, expected text"
        )
    return Page(decoded, decoded.text, tuple(blocks))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text, each with its start offset."""
    if any(end in text for end in _OTHER_ENDS):
        yield from ((line.start(), line[0]) for line in _LINE.finditer(text))
        return
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1
