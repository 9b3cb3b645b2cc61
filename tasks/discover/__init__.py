"""Propose rules from a dataset: lines that recur in different articles of one source.

`proposals` counts and scores, `memory` remembers the result for a snapshot, `effects` tries rules and must-keep lines
on the whole dataset, `acceptance` makes rules of accepted proposals, and `pack_file` changes the user's pack.

Discovery never changes labels. A proposal takes effect only after a person accepts it, so that a label never
depends on which documents shared a batch.

Begin with `proposals.discover`.
"""

from copydesk.tasks.discover.acceptance import Plan, add_planned, free_id, plan, write
from copydesk.tasks.discover.effects import Effect, dry_run, dry_run_keep, finder
from copydesk.tasks.discover.memory import discover_once
from copydesk.tasks.discover.pack_file import (
    changing,
    read_tables,
    read_text,
    replace_pack,
    with_added,
    without,
    write_whole,
)
from copydesk.tasks.discover.proposals import Discovery, Proposal, discover

__all__ = [
    "Discovery",
    "Effect",
    "Plan",
    "Proposal",
    "add_planned",
    "changing",
    "discover",
    "discover_once",
    "dry_run",
    "dry_run_keep",
    "finder",
    "free_id",
    "plan",
    "read_tables",
    "read_text",
    "replace_pack",
    "with_added",
    "without",
    "write",
    "write_whole",
]
