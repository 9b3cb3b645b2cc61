"""Classify text: probabilities of body, field, caption and furniture for each block of a page.

`features` turns a page into numbers, `forest` evaluates the trees in numpy, `block_classifier` writes the
result to the blocks. Lines of plain text are cut into `segments`. `sequence` gives each segment the
probabilities of all labels, `segment_decision` decides which ones go, `segment_classifier` writes that to the
page. The weights are in `*.npz`. `MODEL_CARD.md` gives their quality. `training` rebuilds them. Never here:
decisions about blocks, rules, text changes. Nothing imports `training`. Begin with `models.Models`: pages in,
probabilities out.
"""

from copydesk.tasks.model.models import Models
from copydesk.tasks.model.segments import segment_starts

__all__ = ["Models", "segment_starts"]
