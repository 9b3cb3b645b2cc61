"""Find near duplicates: MinHash signatures, an index of bands, the choice of the original.

This folder handles no Parquet files or snapshots; `store.near_duplicates` writes the result into the dataset.
No article is removed: duplicates are recorded in `duplicate_of` and `cluster`.

Begin with `minhash.sign`, then `originals`.
"""

from copydesk.tasks.dedup.index import MOST_BANDS, DuplicateState
from copydesk.tasks.dedup.minhash import BAND, prepare, scheme, settings_of, sign
from copydesk.tasks.dedup.originals import UNKNOWN, DuplicateMark, Duplicates, Note, Plan

__all__ = [
    "BAND",
    "MOST_BANDS",
    "UNKNOWN",
    "DuplicateMark",
    "DuplicateState",
    "Duplicates",
    "Note",
    "Plan",
    "prepare",
    "scheme",
    "settings_of",
    "sign",
]
