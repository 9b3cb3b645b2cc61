"""The block model: probabilities of body, field, caption and furniture for each block of a page.

`features` turns a page into numbers, `forest` evaluates the trees in numpy, `classifier` sets the result on
the blocks. Lines of plain text are cut into `segments`; `sequence` gives each the probabilities of all labels,
`segment_decision` says what goes, `classify_segments` sets that on the page.
Weights are in `*.npz`; `MODEL_CARD.md` says how good they are. `training` rebuilds them.

Never here: decisions, rules, text changes. Nothing imports `training`.

Begin with `classify.classify`.
"""

from copydesk.tasks.model.classifier import classify
from copydesk.tasks.model.forest import Forest
from copydesk.tasks.model.segment_classifier import classify_segments
from copydesk.tasks.model.sequence import SegmentModel

__all__ = ["Forest", "SegmentModel", "classify", "classify_segments"]
