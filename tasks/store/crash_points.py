"""Numbered points in the commit protocol at which a test can end the process.

Only tests prove that a protocol survives crashes. They set `hook` to count the points of a run, and then kill
a run at each of them. In production a point is one call of an empty function.
"""

from collections.abc import Callable


def _nothing(point: str) -> None:
    """Do nothing."""


hook: Callable[[str], None] = _nothing
"""Called with the name of each point."""


def point(name: str) -> None:
    """Mark a point between two steps that reach the disk."""
    hook(name)
