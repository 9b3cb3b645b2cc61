"""Propose rules from a dataset: lines that come again in different articles of one source.

`proposals` counts and scores, `acceptance` writes accepted proposals into a pack of the user's.

Never here: changes of labels. A proposal counts after a person accepts it, so a label never depends on which
documents shared a batch.

Begin with `proposals.discover`.
"""

from copydesk.tasks.discover.acceptance import plan, write
from copydesk.tasks.discover.proposals import Proposal, discover

__all__ = ["Proposal", "discover", "plan", "write"]
