"""Ask the segment model about plain text: which parts of its lines are no body. It only weighs; labelling decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from copydesk.schemas.labels import FIELDS
from copydesk.schemas.page import Block, Page, Removal
from copydesk.tasks.model.segment_decision import DECISIONS, RUN, removals
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Segment, SegmentModel


def classify_segments(pages: Sequence[Page], model: SegmentModel) -> list[Page]:
    """Set `removals` of pages of plain text, and the probabilities of their blocks; texts and marks are left alone.

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
            blocks=tuple(
                [
                    Block(*block[:-1], probabilities)
                    for block, probabilities in zip(
                        page.blocks, _probabilities(segments, len(page.blocks)), strict=True
                    )
                ]
            ),
            removals=tuple(
                r for r in removals(text.lines, segments, text.marks) if _counts(r, text.lines[r.line])
            ),
            body_threshold=BODY_THRESHOLD,
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
BODY_THRESHOLD: Final = 0.1
"""Mean probability of body of a line's segments below which all of it goes."""


def _probabilities(segments: Sequence[Segment], blocks: int) -> list[tuple[float, ...]]:
    """Return the probabilities of body, field, caption and furniture of each block: the means of its segments', by characters."""
    out: list[tuple[float, ...]] = [_BODY_ALONE] * blocks
    first, count = 0, len(segments)
    while first < count:
        line = segments[first].line
        body = field = caption = 0.0
        size = 0
        while first < count and segments[first].line == line:
            _, start, end, every, part = segments[first]
            length = end - start
            size += length
            body += length * part
            caption += length * every[_CAPTION]
            field += length * (every[_FIELDS[0]] + every[_FIELDS[1]] + every[_FIELDS[2]] + every[_FIELDS[3]])
            first += 1
        body, field, caption = body / size, field / size, caption / size
        out[line] = (body, field, caption, max(0.0, 1 - body - field - caption))
    return out


_BODY_ALONE: Final = (1.0, 0.0, 0.0, 0.0)
_CAPTION: Final = LABELS.index("caption")
_FIELDS: Final = tuple(n for n, label in enumerate(LABELS) if label in FIELDS and label != "caption")
