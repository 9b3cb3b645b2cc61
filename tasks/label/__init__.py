"""Decide what each stretch of a page is: the only place that decides.

Rules, structure and model come together in `labelling.label`; the result is spans that cover every
non-space character, each with its label and what decided it.

Never here: removing or changing text. Labels are set, and `article` assembles.

Begin with `labelling.label`, then `structure` for what position and repetition say.
"""

from copydesk.tasks.label.labelling import label
from copydesk.tasks.label.rescue import RESCUED
from copydesk.tasks.label.structure import reads_like_a_sentence, squash

__all__ = ["RESCUED", "label", "reads_like_a_sentence", "squash"]
