"""Numbered points in the commit protocol at which a test can end the process.

A protocol against crashes is worth what has been crashed: tests set `hook` to count the points of
a run and then kill a run at each of them. In production a point is one call of an empty function.
"""

from collections.abc import Callable


def _nothing(point: str) -> None:
    """Let the run go on."""


hook: Callable[[str], None] = _nothing
"""Called with the name of each point that is passed."""


def point(name: str) -> None:
    """Mark a place between two steps that reach the disk."""
    hook(name)
