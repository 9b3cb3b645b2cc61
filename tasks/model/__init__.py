"""The block model: probabilities of body, field, caption and furniture for each block of a page.

`features` turns a page into numbers, `forest` evaluates the trees in numpy, `block_classifier` sets the result on
the blocks. Lines of plain text are cut into `segments`; `sequence` gives each the probabilities of all labels,
`segment_decision` says what goes, `segment_classifier` sets that on the page.
Weights are in `*.npz`; `MODEL_CARD.md` says how good they are. `training` rebuilds them.

Never here: decisions, rules, text changes. Nothing imports `training`.

Begin with `models.Models`: pages in, probabilities out.
"""

from copydesk.tasks.model.models import Models

__all__ = ["Models"]
