"""How sure the model is of a body: a column to filter by. The decision itself is made in the labelling step."""

from typing import Final

from copydesk.schemas.labels import BODY
from copydesk.schemas.page import Page

_BODY: Final = 0
_DECIMALS: Final = 3


def confidence_of(page: Page) -> float | None:
    """Return the mean probability of body of a page's body, by characters; None if no model judged any of it.

    A line of plain text counts without the segments that were removed from it. Blocks that no model judged don't
    count: a page may state its body in data.
    """
    left = dict(page.remainders)
    blocks = page.blocks
    characters, body = 0, 0.0
    for _, _, text, label, _, _, _, number, _, _ in page.spans:
        if label in BODY and (probabilities := blocks[number].probabilities):
            size = len(text)
            characters += size
            body += size * (left[number] if number in left else probabilities[_BODY])
    return round(body / characters, _DECIMALS) if characters else None
