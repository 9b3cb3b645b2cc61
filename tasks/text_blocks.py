"""The plain-text front end: a block for each line that holds anything."""

from schemas.document import DecodedText
from schemas.errors import DocumentError
from schemas.page import Block, Page


def text_blocks(decoded: DecodedText) -> Page:
    """Cut plain text into its non-blank lines, trimmed.

    Lines end at `\\n` only (`\\r\\n` leaves a `\\r` that is trimmed like any white space):
    `str.splitlines` also cuts at U+0085, which in broken text is half of an ellipsis. Nothing else
    is changed; `Page.text` is the decoded text itself. Raises DocumentError when no line holds
    anything.
    """
    blocks = []
    start = 0
    for line in decoded.text.split("\n"):
        body = line.strip()
        if body:
            at = start + (0 if line.startswith(body) else line.index(body))
            blocks.append(Block(at, at + len(body), body))
        start += len(line) + 1
    if not blocks:
        raise DocumentError(
            "parse", "empty", f"found {len(decoded.text)} characters of white space, expected text"
        )
    return Page(decoded, decoded.text, tuple(blocks))
