"""Ask the trained block model about every block. It only weighs; labelling decides."""

from dataclasses import replace

from schemas.page import Page
from tasks.model.network import Network


def weigh(page: Page, network: Network | None) -> Page:
    """Set the odds of each block: the model's probabilities of body, field, caption and furniture.

    Every block is seen with its neighbours; texts, marks and offsets are left alone. Without a
    network nothing is weighed, and rules and structure decide alone.
    """
    if network is None:
        return page
    odds = network.odds(page.blocks, page.headline)
    blocks = [block._replace(odds=row) for block, row in zip(page.blocks, odds, strict=True)]
    return replace(page, blocks=tuple(blocks), floor=network.floor)
