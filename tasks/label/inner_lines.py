"""Find lines of plain text that stand inside a sentence, which no rule may take for a button.

Scrapers that write each inline element on a line of its own (`get_text("\\n")`) cut `He spoke on Monday` into
three lines when `on` or its neighbour is a link. `on`, `also`, `all`, Italian `ad` and Spanish `del` are then
lines that are also buttons, in English, Danish or Vietnamese.
"""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import Block

_LONGEST, _SHORT = 20, 3
"""Maximum length of such a line; length up to which the next line may begin with a capital: `to` before
`London`."""
_GOES_ON: Final = (",", ";", "–", "—", "-")


def inner_lines(blocks: Sequence[Block], free: Sequence[bool]) -> list[int]:
    """Return the numbers of claimed lines that stand inside a sentence.

    Such a line is one or two words in lower case. The line before it is not claimed and does not end there; the
    line after it goes on in lower case. Scripts without case give no such evidence.
    """
    found: list[int] = []
    for at in range(1, len(blocks) - 1):
        text = blocks[at].text.strip()
        if free[at] or len(text) > _LONGEST or not text.islower() or not text.replace(" ", "").isalpha():
            continue
        before, after = blocks[at - 1].text.rstrip(), blocks[at + 1].text.lstrip()
        if not (free[at - 1] or at - 1 in found[-1:]) or not before or not after:
            continue
        unfinished = before[-1].isalnum() or before.endswith(_GOES_ON)
        if unfinished and (after[0].islower() or (len(text) <= _SHORT and after[0].isalnum())):
            found.append(at)
    return found
