"""The one interface of the trained models: pages in, probabilities out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from copydesk.schemas.errors import installed
from copydesk.schemas.page import Page
from copydesk.tasks.model.segment_classifier import classify_segments
from copydesk.tasks.model.sequence import SegmentModel

if TYPE_CHECKING:
    from copydesk.tasks.model.forest import Forest


@dataclass(frozen=True, slots=True)
class Models:
    """Both trained models, each loaded with the first document that needs it.

    Pages of HTML have one, lines of plain text the other.
    """

    blocks: Callable[[], "Forest | None"]
    """If this gives None, no page of HTML is classified: rules and structure decide alone."""
    segments: Callable[[], SegmentModel]

    @classmethod
    def shipped(cls) -> "Models":
        """Return the models that ship with copydesk. Their weights are read once a process."""
        return cls(_blocks, _segments)

    def classify(self, pages: Sequence[Page]) -> list[Page]:
        """Set the probabilities of the blocks of some pages, in the same order.

        The result of a page does not depend on the other pages. Plain text gets `removals` too: the segments
        of its lines that are not body. Texts and marks are left alone.
        """
        texts = [page for page in pages if page.decoded.format == "text"]
        others = [page for page in pages if page.decoded.format != "text"]
        of_texts = iter(classify_segments(texts, self.segments()) if texts else ())
        of_others = iter(self._classify_blocks(others) if others else ())
        return [next(of_texts if page.decoded.format == "text" else of_others) for page in pages]

    def _classify_blocks(self, pages: Sequence[Page]) -> list[Page]:
        """Classify pages of HTML. Their part of the code is loaded with the first, as a text needs none of it."""
        from copydesk.tasks.model.block_classifier import classify_blocks

        return classify_blocks(pages, self.blocks())


@cache
def _blocks() -> "Forest":
    from copydesk.tasks.model.forest import Forest

    with installed("the model of pages, copydesk/tasks/model/html.npz,"):
        return Forest.load()


@cache
def _segments() -> SegmentModel:
    with installed("the model of texts, copydesk/tasks/model/segments.npz,"):
        return SegmentModel.load()
