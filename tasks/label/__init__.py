"""Decide what each stretch of a page is. No other folder decides.

`labelling.label` combines rules, structure and model. The result is spans that cover every non-space
character, each with its label and the reason for it. Never here: removing or changing text. Labels are set
here, and `article` assembles. Begin with `labelling.label`, then `structure` for position and repetition.
"""

from copydesk.tasks.label.labelling import label
from copydesk.tasks.label.rescue import RESCUED
from copydesk.tasks.label.structure import reads_like_a_sentence

__all__ = ["RESCUED", "label", "reads_like_a_sentence"]
