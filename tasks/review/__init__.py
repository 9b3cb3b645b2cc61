"""Find what a person should look at in a dataset, and record the decisions.

`candidates` makes the queues: lines that recur and stay, removals with low scores, documents that lost most,
rejects. `decisions` writes a decision into the rule pack and into the list of decisions beside it, and takes
it back.

It never changes the dataset: decisions count when it is cleaned again. It draws nothing:
`copydesk.tasks.report` does. Begin with `decisions.decide`.
"""

from copydesk.tasks.review.candidates import (
    documents_that_lost,
    doubtful_removals,
    recurring_lines,
    rejected_documents,
    removal_id,
)
from copydesk.tasks.review.decisions import (
    DecidedError,
    decide,
    decisions_file,
    read_decisions,
    take_back,
)

__all__ = [
    "DecidedError",
    "decide",
    "decisions_file",
    "documents_that_lost",
    "doubtful_removals",
    "read_decisions",
    "recurring_lines",
    "rejected_documents",
    "removal_id",
    "take_back",
]
