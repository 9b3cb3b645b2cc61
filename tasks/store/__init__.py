"""The dataset on disk: commits, snapshots, state, and queries about them.

One writer, immutable files, one SQLite transaction as the commit point, one symlink that is swapped.
`dataset.Store` is a run's view; `commit` builds a commit, `decide` decides the outcome of each document,
`snapshot` publishes.

The store does no cleaning. It takes finished rows and never looks into an article's text.

Begin with `dataset.Store`. `crash_points` lists the points at which tests kill it.
"""

from copydesk.tasks.store.configuration import recall
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.digests import content_digests, ledger_digests
from copydesk.tasks.store.files import storage_errors
from copydesk.tasks.store.inputs import content_hash
from copydesk.tasks.store.queries import Version, find_article, history
from copydesk.tasks.store.raw_documents import declared_from, documents_table
from copydesk.tasks.store.reader import Lookup, RecleanCounts, StoredDigests, tree_files
from copydesk.tasks.store.recovery import repair
from copydesk.tasks.store.rejects import RejectKey
from copydesk.tasks.store.rejects_view import (
    Filter,
    Rejected,
    keys_of,
    raw_content,
    rejected,
    replayable,
    why_untried,
)
from copydesk.tasks.store.safe_paths import parquet
from copydesk.tasks.store.scan import Scan
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.staging import stage_shard
from copydesk.tasks.store.verify import examine

__all__ = [
    "Filter",
    "Lookup",
    "RecleanCounts",
    "RejectKey",
    "Rejected",
    "Scan",
    "Store",
    "StoredDigests",
    "Version",
    "content_digests",
    "content_hash",
    "declared_from",
    "documents_table",
    "examine",
    "find_article",
    "history",
    "keys_of",
    "ledger_digests",
    "parquet",
    "raw_content",
    "recall",
    "rejected",
    "repair",
    "replayable",
    "resolve",
    "stage_shard",
    "storage_errors",
    "tree_files",
    "why_untried",
]
