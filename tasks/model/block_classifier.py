"""Ask the trained block model about every block. It only classifies; labelling decides."""

from collections.abc import Sequence
from dataclasses import replace

from copydesk.schemas.page import Block, Page
from copydesk.tasks.model.features import PageInput
from copydesk.tasks.model.forest import Forest

_LIVE = 0.3
"""What a live blog asks of its blocks, against the usual: its body is scattered over many small containers,
which elsewhere are teasers of other stories."""


def classify_blocks(pages: Sequence[Page], model: Forest | None) -> list[Page]:
    """Set the probabilities of each block: body, field, caption and furniture.

    Every block is seen with its neighbours; texts, marks and offsets are left alone. Pages are
    classified together because numpy's cost per call dominates on a single one. What a page gets does not
    depend on its company. Without a model nothing is classified, and rules and structure decide alone.
    """
    if model is None:
        return list(pages)
    asked = [page for page in pages if page.blocks]  # repair may have left nothing of a page
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
    }  # the first of a field is believed most
    return PageInput(page.blocks, page.headline, said.get("description", ""), said.get("body", ""))


def _classified(page: Page, probabilities: Sequence[tuple[float, ...]], body_threshold: float) -> Page:
    live = any(claim.field == "flag" and claim.value == "live_blog" for claim in page.claims)
    blocks = [Block(*block[:-1], row) for block, row in zip(page.blocks, probabilities, strict=True)]
    return replace(page, blocks=tuple(blocks), body_threshold=body_threshold * (_LIVE if live else 1))
