"""Ask the trained block model about every block. It only weighs; labelling decides."""

from dataclasses import replace

from schemas.page import Block, Page
from tasks.model.forest import Forest

_LIVE = 0.3
"""What a live blog asks of its blocks, against the usual: its body is scattered over many small containers,
which elsewhere are teasers of other stories."""


def weigh(page: Page, model: Forest | None) -> Page:
    """Set the odds of each block: the model's probabilities of body, field, caption and furniture.

    Every block is seen with its neighbours; texts, marks and offsets are left alone. Without a
    model nothing is weighed, and rules and structure decide alone.
    """
    if model is None:
        return page
    live = any(claim.field == "flag" and claim.value == "live_blog" for claim in page.claims)
    odds = model.odds(page.blocks, page.headline)
    blocks = [Block(*block[:-1], row) for block, row in zip(page.blocks, odds, strict=True)]
    return replace(page, blocks=tuple(blocks), floor=model.floor * (_LIVE if live else 1))
