"""Ask the segment model about plain text: which parts of its lines are no body. It only weighs; labelling decides."""

from collections.abc import Sequence
from dataclasses import replace

from copydesk.schemas.page import Page, Removal
from copydesk.tasks.model.segment_decision import DECISIONS, RUN, removals
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Segment, SegmentModel


def classify_segments(pages: Sequence[Page], model: SegmentModel) -> list[Page]:
    """Set `removals` and `support` of pages of plain text; blocks, texts and marks are left alone.

    What a rule alone decides is left to labelling, which knows how its parts belong together.
    Pages are weighed together because numpy's cost per call dominates on a single one. What a page gets does
    not depend on its company.
    """
    texts = [
        FlatText([b.text for b in page.blocks], [b.marks for b in page.blocks], page.headline)
        for page in pages
    ]
    return [
        replace(
            page,
            removals=tuple(
                r for r in removals(text.lines, segments, text.marks) if _counts(r, text.lines[r.line])
            ),
            support=_support(segments, len(page.blocks)),
        )
        for page, text, segments in zip(pages, texts, model.classify(texts), strict=True)
    ]


def _counts(removal: Removal, line: str) -> bool:
    """Whether a removal is the model's own, and sure enough: a line of its own needs more than removed neighbours.

    A subheading between a caption and a share panel looks like a part of either.
    """
    whole = removal.start == 0 and removal.end >= len(line)
    return removal.rule in DECISIONS and not (
        whole and removal.rule == RUN and removal.score < _LINE_OF_ITS_OWN
    )


_LINE_OF_ITS_OWN = 0.75


def _support(segments: Sequence[Segment], blocks: int) -> tuple[float, ...]:
    """Return the mean probability of body of each block, by characters."""
    sums, sizes = [0.0] * blocks, [0] * blocks
    for segment in segments:
        size = segment.end - segment.start
        sums[segment.line] += size * segment.body
        sizes[segment.line] += size
    return tuple(total / size if size else 1.0 for total, size in zip(sums, sizes, strict=True))
