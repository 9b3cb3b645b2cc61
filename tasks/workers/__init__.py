"""Clean documents in processes that can be killed, each document under a deadline.

`pool` runs in the process of the run, `process` in the workers; `protocol` defines what goes over the socket.

Workers do not decide what to clean or where results go. A document that kills two workers is rejected; its
neighbours are not.

Begin with `pool.WorkerPool`.
"""

from copydesk.tasks.workers.pool import DEFAULT_CLEANER, WorkerPool
from copydesk.tasks.workers.protocol import (
    joined,
    pack_documents,
    pack_rejects,
    unpack_documents,
    unpack_rejects,
)
from copydesk.tasks.workers.template import PoolClosedError, WorkersError, import_path

__all__ = [
    "DEFAULT_CLEANER",
    "PoolClosedError",
    "WorkerPool",
    "WorkersError",
    "import_path",
    "joined",
    "pack_documents",
    "pack_rejects",
    "unpack_documents",
    "unpack_rejects",
]
