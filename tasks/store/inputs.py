"""Which inputs were read completely, and whether they are still the same.

A known input is recognised by its size and its times, without being opened. The modification time can be set
to anything, by `touch -d` and by every program that copies files. The time of the inode's last change (ctime)
is set by the system with each write, and also when a file is renamed, copied or given other permissions. So
if only the ctime differs, the content decides: hashing takes a second per gigabyte, cleaning takes an hour.
With `check` the content decides in any case.
"""

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from copydesk.schemas.shard import Fingerprint
from copydesk.tasks.store.state import State

_CHUNK: Final = 1 << 20
Content = Callable[[], str]
"""Return the hash of an input's content, or "" if it is not available."""


class Inputs:
    """The inputs that a pipeline has read completely."""

    def __init__(self, state: State, pipeline: str) -> None:
        self._state = state
        self._pipeline = pipeline
        self._same: dict[str, int] = {}

    def counts(self, taken: Fingerprint, content: Content, *, check: bool = False) -> tuple[int, int] | None:
        """Return the documents and rejects of an input that this pipeline read completely.

        None if it did not, or if it changed.
        """
        row = self._state.connection.execute(
            "SELECT documents, rejected, ctime_ns, content FROM inputs"
            " JOIN pipelines ON pipelines.number = inputs.pipeline"
            " WHERE uri=? AND size=? AND mtime_ns=? AND pipelines.pipeline=?",
            (*taken[:3], self._pipeline),
        ).fetchone()
        if row is None:
            return None
        documents, rejected, ctime_ns, known = row
        if not check and ctime_ns in (None, taken.ctime_ns):  # None: an older copydesk did not record it
            return documents, rejected
        if not known or content() != known:
            return None
        self._same[taken.uri] = taken.ctime_ns
        return documents, rejected

    def write(self) -> None:
        """Record the times of inputs whose content turned out to be the same, as part of a transaction."""
        query = "UPDATE inputs SET ctime_ns=? WHERE uri=?"
        self._state.connection.executemany(query, ((at, uri) for uri, at in self._same.items()))
        self._same.clear()


def content_hash(path: Path | None, stopped: Callable[[], bool] = lambda: False) -> str:
    """Return the hash of a regular file's bytes.

    "" for anything else, for an unreadable file, and once `stopped`.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        if path is None or not stat.S_ISREG(path.stat().st_mode):
            return ""
        with path.open("rb", buffering=0) as file:
            while part := file.read(_CHUNK):
                digest.update(part)
                if stopped():
                    return ""
    except OSError:
        return ""
    return digest.hexdigest()
