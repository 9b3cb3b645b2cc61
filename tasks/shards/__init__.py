"""Cut a run into shards and clean one: the unit that is retried, sent to a cluster, and logged.

`cleaning` cuts and cleans. `remote` writes a shard as a job file that another machine can process.

Shards do not use Prefect and do not choose the machine (`flows.executors`, `flows.clusters`).

Begin with `cleaning.clean_shard`.
"""

from copydesk.tasks.shards.cleaning import InputEnd, InputStart, Shard, clean_shard, cut, source_of
from copydesk.tasks.shards.remote import Terms, clean_order, read_answer, write_order

__all__ = [
    "InputEnd",
    "InputStart",
    "Shard",
    "Terms",
    "clean_order",
    "clean_shard",
    "cut",
    "read_answer",
    "source_of",
    "write_order",
]
