"""Ask the trained block model about every block. It only weighs; labelling decides."""

from dataclasses import replace

from schemas.page import Page
from tasks.model.forest import Forest


def weigh(page: Page, model: Forest | None) -> Page:
    """Set the odds of each block: the model's probabilities of body, field, caption and furniture.

    Every block is seen with its neighbours; texts, marks and offsets are left alone. Without a
    model nothing is weighed, and rules and structure decide alone.
    """
    if model is None:
        return page
    odds = model.odds(page.blocks, page.headline)
    blocks = [block._replace(odds=row) for block, row in zip(page.blocks, odds, strict=True)]
    return replace(page, blocks=tuple(blocks), floor=model.floor)
