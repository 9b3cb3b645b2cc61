"""Show progress in Prefect's page: an artifact per dataset that shows how far its run has come."""

import threading
from contextlib import suppress
from contextvars import copy_context
from typing import Final, Self, cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from copydesk.schemas.request import Advance

_EVERY: Final = 10.0
"""Seconds between two updates; each costs the server about 20 ms."""
_PATIENCE: Final = 5.0


class ProgressArtifact:
    """Update a progress artifact from a thread of its own: the run never waits for the server.

    A lost server does not fail the run; the artifact then stays as it was.
    """

    def __init__(self, key: str, what: str, every: float = _EVERY) -> None:
        self._what = what
        self._every = every
        self._now = Advance(0, 0, 0, 0)
        self._stop = threading.Event()
        self._artifact: UUID | None = None
        with suppress(Exception):
            self._artifact = cast("UUID", create_progress_artifact(0.0, key=key, description=what))
        self._thread = threading.Thread(target=copy_context().run, args=(self._follow,), daemon=True)

    def __enter__(self) -> Self:
        """Start the updates."""
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Write the last state, if the server answers soon."""
        self._stop.set()
        self._thread.join(_PATIENCE)

    def advance(self, now: Advance) -> None:
        """Record how far the run has come."""
        self._now = now

    def _follow(self) -> None:
        shown = None
        ended = False
        while not ended:
            ended = self._stop.wait(self._every)
            now = self._now
            if now == shown or self._artifact is None:
                continue
            shown = now
            share = 100.0 * now.done_bytes / now.total_bytes if now.total_bytes else 0.0
            rejected = f", {now.rejected:,} rejected" if now.rejected else ""
            text = f"{self._what}: {now.documents:,} documents{rejected}"
            with suppress(Exception):
                update_progress_artifact(self._artifact, min(share, 100.0), description=text)
