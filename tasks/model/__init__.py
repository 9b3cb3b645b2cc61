"""The block model: probabilities of body, field, caption and furniture for each block of a page.

`features` turns a page into numbers, `forest` evaluates the trees in numpy, `classify` sets the result on
the blocks. Weights are in `*.npz`; `MODEL_CARD.md` says how good they are. `training` rebuilds them.

Never here: decisions, rules, text changes. Nothing imports `training`.

Begin with `classify.weigh`.
"""

from copydesk.tasks.model.classify import weigh
from copydesk.tasks.model.forest import Forest

__all__ = ["Forest", "weigh"]
