"""Apply the segment model to plain text: which parts of its lines are not body. The labelling step decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from copydesk.schemas.labels import BODY, FIELDS
from copydesk.schemas.page import Block, Page, Removal
from copydesk.tasks.model.segment_decision import DECISIONS, LEAN, RUN, SURE, may_shout, removals
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Classified, Segment, SegmentModel


def classify_segments(pages: Sequence[Page], model: SegmentModel) -> list[Page]:
    """Set `removals` and `remainders` of pages of plain text, and the probabilities of their blocks.

    Texts and marks are left alone.

    Removals by a rule alone are left to the labelling step, which knows how its parts belong together. Pages
    are classified together because the cost per numpy call dominates for a single page. The result of a page
    does not depend on the other pages.
    """
    texts = [
        FlatText([b.text for b in page.blocks], [b.marks for b in page.blocks], page.headline, page.phrases)
        for page in pages
    ]
    found = model.classify_together(texts)
    probabilities = iter(_probabilities(found, texts))
    out = []
    for number, (page, text, doubtful) in enumerate(zip(pages, texts, _doubtful(found, texts), strict=True)):
        gone, left = _decided(found.of(number), text) if doubtful else ((), ())
        out.append(
            replace(
                page,
                blocks=tuple([_new(Block, (*block[:-1], next(probabilities))) for block in page.blocks]),
                removals=gone,
                remainders=left,
                phrases=None,
                body_threshold=BODY_THRESHOLD,
            )
        )
    return out


_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that its own constructor takes."""


def _decided(
    segments: Sequence[Segment], text: FlatText
) -> tuple[tuple[Removal, ...], tuple[tuple[int, float], ...]]:
    """Return what `Page.removals` and `Page.remainders` hold of a document."""
    gone = removals(text.lines, segments, text.marks)
    if not gone:
        return (), ()
    places = {(removal.line, removal.start) for removal in gone}
    cut = {line for line, _ in places}
    characters, body = dict.fromkeys(cut, 0), dict.fromkeys(cut, 0.0)
    for segment in segments:
        line = segment.line
        if line in cut and (line, segment.start) not in places:
            characters[line] += segment.end - segment.start
            body[line] += (segment.end - segment.start) * segment.body
    left = tuple([(line, body[line] / count) for line, count in sorted(characters.items()) if count])
    return tuple([removal for removal in gone if _counts(removal, text.lines[removal.line])]), left


def _doubtful(found: Classified, texts: Sequence[FlatText]) -> list[bool]:
    """Return for each document whether any segment may go.

    Most documents have no rule's match and no segment that the model tends to remove.
    """
    least = np.ones(len(texts))
    some = np.flatnonzero(np.diff(found.documents))
    if len(some):
        least[some] = np.minimum.reduceat(found.body, found.documents[some])
    return [
        bool(low < LEAN)
        or any(mark.label not in BODY for marks in text.marks for mark in marks)
        or any(map(may_shout, text.lines))
        for low, text in zip(least.tolist(), texts, strict=True)
    ]


def _counts(removal: Removal, line: str) -> bool:
    """Return whether a removal is the model's own, and certain enough.

    A whole line needs more than removed neighbours: a subheading between a caption and a share panel looks
    like part of either.
    """
    whole = removal.start == 0 and removal.end >= len(line)
    return removal.rule in DECISIONS and not (
        whole and removal.rule == RUN and removal.score < _LINE_OF_ITS_OWN
    )


_LINE_OF_ITS_OWN = 0.75
BODY_THRESHOLD: Final = SURE
"""A line goes as a whole if the mean probability of body of its segments is below this."""


def _probabilities(found: Classified, texts: Sequence[FlatText]) -> list[tuple[float, ...]]:
    """Return the probabilities of body, field, caption and furniture of each line of all documents.

    The result is the mean over its segments, weighted by characters. A line without segments counts as body.
    """
    lines = [len(text.lines) for text in texts]
    rows = np.zeros((sum(lines), 4))
    rows[:, 0] = 1
    if len(found.line):
        line = found.line + np.repeat(np.cumsum(lines) - lines, np.diff(found.documents))
        first = np.flatnonzero(np.diff(line, prepend=-1))
        length = (found.end - found.start).astype(np.float64)
        every = found.probabilities.astype(np.float64)
        parts = np.stack(
            (length, length * found.body, length * every[:, _FIELDS].sum(1), length * every[:, _CAPTION]), 1
        )
        sums = np.add.reduceat(parts, first, axis=0)
        body, field, caption = (sums[:, 1:] / sums[:, :1]).T
        rows[line[first]] = np.stack((body, field, caption, np.maximum(0.0, 1 - body - field - caption)), 1)
    return [tuple(row) for row in rows.tolist()]


_CAPTION: Final = LABELS.index("caption")
_FIELDS: Final = [n for n, label in enumerate(LABELS) if label in FIELDS and label != "caption"]
