"""Propose rules from a dataset: lines that recur in different articles of one source.

`proposals` counts and scores, `acceptance` writes accepted proposals into the user's pack.

Discovery never changes labels. A proposal takes effect only after a person accepts it, so that a label never
depends on which documents shared a batch.

Begin with `proposals.discover`.
"""

from copydesk.tasks.discover.acceptance import plan, write
from copydesk.tasks.discover.effects import Effect, dry_run
from copydesk.tasks.discover.proposals import Proposal, discover

__all__ = ["Effect", "Proposal", "discover", "dry_run", "plan", "write"]
