"""Apply the trained block model to every block. It only classifies. The labelling step decides."""

from collections.abc import Sequence
from dataclasses import replace

from copydesk.schemas.page import Block, Page
from copydesk.tasks.model.features import PageInput
from copydesk.tasks.model.forest import Forest

_LIVE = 0.3
"""Share of the usual threshold for the blocks of a live blog. Its body is spread over many small containers,
which on other pages are teasers of other stories."""


def classify_blocks(pages: Sequence[Page], model: Forest | None) -> list[Page]:
    """Set the probabilities of each block: body, field, caption and furniture.

    The model sees every block with its neighbours. Texts, marks and offsets are left alone. Pages are
    classified together because the cost per numpy call dominates for a single page. The result of a page does
    not depend on the other pages. Without a model nothing is classified, and only rules and structure decide.
    """
    if model is None:
        return list(pages)
    asked = [page for page in pages if page.blocks]  # repair may have removed all blocks of a page
    if not asked:
        return list(pages)
    probabilities = iter(model.probabilities([_page_input(page) for page in asked]))
    return [
        _classified(page, next(probabilities), model.body_threshold) if page.blocks else page
        for page in pages
    ]


def _page_input(page: Page) -> PageInput:
    said = {
        claim.field: claim.value for claim in reversed(page.claims)
    }  # the first claim of a field is the most reliable
    return PageInput(
        page.blocks, page.headline, said.get("description", ""), said.get("body", ""), page.boxes
    )


def _classified(page: Page, probabilities: Sequence[tuple[float, ...]], body_threshold: float) -> Page:
    live = any(claim.field == "flag" and claim.value == "live_blog" for claim in page.claims)
    blocks = [Block(*block[:-1], row) for block, row in zip(page.blocks, probabilities, strict=True)]
    return replace(page, blocks=tuple(blocks), body_threshold=body_threshold * (_LIVE if live else 1))
