"""Resume points: how far inputs were read, so that a run can continue after a kill or when a file has grown.

They are part of the state, and are written in the same transaction as the documents before them. After a
crash at any moment, the resume point is therefore that of the last commit.
"""

import json
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from copydesk.schemas.run_statistics import Signs
from copydesk.schemas.shard import Fingerprint, ResumePoint
from copydesk.tasks.store.accounting import RunCounts
from copydesk.tasks.store.state import State


class Reached(NamedTuple):
    """How far an input was read."""

    fingerprint: Fingerprint
    """How the input looked when reading began."""
    place: ResumePoint
    rejected: int
    """Number of documents before the resume point that were rejected."""
    since: int
    """The run that read its first document. Everything the input yields has been seen since that run."""
    whole: bool = True
    """Whether the resume point was the end of the input."""


class ResumePoints:
    """Look resume points up, and change them inside a transaction of the state."""

    def __init__(self, state: State, pipeline: str) -> None:
        self._state = state
        self._db = state.connection
        self._pipeline = pipeline

    def of(self, uri: str) -> Reached | None:
        """Return how far this pipeline read an input, or None if it never did."""
        row = self._db.execute(
            "SELECT places.size, places.mtime_ns, places.ctime_ns, place, places.rejected, since, inputs.pipeline IS NOT NULL"
            " FROM places JOIN inputs ON inputs.number = places.input"
            " JOIN pipelines ON pipelines.number = places.pipeline WHERE uri=? AND pipelines.pipeline=?",
            (uri, self._pipeline),
        ).fetchone()
        if row is None:
            return None
        size, mtime_ns, ctime_ns, place, rejected, since, whole = row
        return Reached(
            Fingerprint(uri, size, mtime_ns, ctime_ns),
            ResumePoint(*json.loads(place)),
            rejected,
            since,
            bool(whole),
        )

    def resumable(self, fingerprint: Fingerprint) -> ResumePoint | None:
        """Return where this pipeline stopped reading an input: in the middle, or at its former end.

        The caller must check that the bytes before the resume point are still the same. A resume point
        without a digest is returned only for an input that did not change.
        """
        known = self.of(fingerprint.uri)
        if known is None or known.place.records == 0:
            return None
        before = known.fingerprint
        same = before[:3] == fingerprint[:3] and before.ctime_ns in (None, fingerprint.ctime_ns)
        return known.place if known.place.offset >= 0 or same else None

    def note(
        self,
        tally: RunCounts,
        run: int,
        finished: dict[Fingerprint, int],
        reached: dict[Fingerprint, ResumePoint],
    ) -> None:
        """Record finished inputs with their numbers of documents, and how far other inputs were read."""
        for fingerprint, documents in finished.items():
            rejected = tally.rejects_by_source[fingerprint.uri]
            self._state.inputs.finish(fingerprint, self._pipeline, documents, rejected, run)
        for fingerprint, place in reached.items():
            if place.records == 0 and fingerprint in finished:  # most files are one document
                number = "(SELECT number FROM inputs WHERE uri=?)"
                self._db.execute(f"DELETE FROM places WHERE input={number}", (fingerprint.uri,))  # noqa: S608
                continue
            rejected = max(0, tally.rejects_by_source[fingerprint.uri] - place.open)
            since = tally.since.get(fingerprint.uri, run)
            self._put(Reached(fingerprint, place, rejected, since, fingerprint in finished))

    def _put(self, reached: Reached) -> None:
        """Record how far an input was read.

        At the end of an input, call `State.finish_input` first. Before its end, the input no longer counts as
        finished under any pipeline, because some of its documents may now come from another pipeline.
        """
        uri, size, mtime_ns, ctime_ns, _ = reached.fingerprint
        self._db.execute("INSERT OR IGNORE INTO inputs (uri) VALUES (?)", (uri,))
        self._db.execute("INSERT OR IGNORE INTO pipelines (pipeline) VALUES (?)", (self._pipeline,))
        self._db.execute(
            "INSERT OR REPLACE INTO places SELECT inputs.number, ?, ?, pipelines.number, ?, ?, ?, ?"
            " FROM inputs, pipelines WHERE uri=? AND pipelines.pipeline=?",
            (
                size,
                mtime_ns,
                json.dumps(reached.place),
                reached.rejected,
                reached.since,
                ctime_ns,
                uri,
                self._pipeline,
            ),
        )
        if reached.whole:
            gone = "SELECT count(*) FROM articles WHERE source = inputs.number AND seen < ?"
            self._db.execute(f"UPDATE inputs SET absent=({gone}) WHERE uri=?", (reached.since, uri))  # noqa: S608
        else:
            self._db.execute("UPDATE inputs SET pipeline=NULL WHERE uri=?", (uri,))


def past_signs(state: State, inputs: Sequence[str], run: int, most: int) -> list[Signs]:
    """Return statistics of finished runs over these inputs before `run`, latest last, at most `most` of them."""
    rows = state.connection.execute(
        "SELECT books FROM runs WHERE inputs=? AND number<? AND finished IS NOT NULL ORDER BY number DESC",
        (json.dumps(inputs), run),
    )
    found = (json.loads(books).get("signs") for (books,) in rows)
    return [Signs.from_dict(signs) for signs in islice(filter(None, found), most)][::-1]
