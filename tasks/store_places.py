"""How far inputs were read, so that a run can go on where another one was killed or a file has grown.

Part of the state, and written in the same transaction as the documents that a place stands behind:
after a crash at any moment the place is that of the last commit.
"""

import json
from typing import NamedTuple

from schemas.shard import Fingerprint, Place
from tasks.store_state import State


class Reached(NamedTuple):
    """How far an input was read."""

    fingerprint: Fingerprint
    """What it looked like when reading began."""
    place: Place
    rejected: int
    """Of the documents before the place."""
    since: int
    """The run that read its first document: all that it yields has been seen since then."""


class Places:
    """Looks places up, and changes them inside a transaction of the state."""

    def __init__(self, state: State) -> None:
        self._db = state.connection

    def of(self, uri: str, pipeline: str) -> Reached | None:
        """How far an input was read by this pipeline; None if by another one, or never."""
        row = self._db.execute(
            "SELECT places.size, places.mtime_ns, place, places.rejected, since"
            " FROM places JOIN inputs ON inputs.number = places.input"
            " JOIN pipelines ON pipelines.number = places.pipeline WHERE uri=? AND pipelines.pipeline=?",
            (uri, pipeline),
        ).fetchone()
        if row is None:
            return None
        size, mtime_ns, place, rejected, since = row
        return Reached(Fingerprint(uri, size, mtime_ns), Place(*json.loads(place)), rejected, since)

    def put(self, reached: Reached, pipeline: str, *, whole: bool) -> None:
        """Note how far an input was read.

        When that is to its end, `State.finish_input` comes first. When it is not, the input no longer
        counts as taken in whole, by whatever pipeline: part of its documents may be another one's now.
        """
        uri, size, mtime_ns = reached.fingerprint
        self._db.execute("INSERT OR IGNORE INTO inputs (uri) VALUES (?)", (uri,))
        self._db.execute("INSERT OR IGNORE INTO pipelines (pipeline) VALUES (?)", (pipeline,))
        self._db.execute(
            "INSERT OR REPLACE INTO places SELECT inputs.number, ?, ?, pipelines.number, ?, ?, ?"
            " FROM inputs, pipelines WHERE uri=? AND pipelines.pipeline=?",
            (size, mtime_ns, json.dumps(reached.place), reached.rejected, reached.since, uri, pipeline),
        )
        if whole:
            gone = "SELECT count(*) FROM articles WHERE source = inputs.number AND seen < ?"
            self._db.execute(f"UPDATE inputs SET absent=({gone}) WHERE uri=?", (reached.since, uri))  # noqa: S608
        else:
            self._db.execute("UPDATE inputs SET pipeline=NULL WHERE uri=?", (uri,))
