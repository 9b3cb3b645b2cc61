"""The path of a document with a stopwatch at each step."""

import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from copydesk.tasks import pipeline
from copydesk.tasks.model import Models

_NAMES = {
    "decode": "decode",
    "repair": "repair",
    "mark": "mark",
    "label": "label",
    "bodies_of": "bodies",
    "assemble": "assemble",
}
"""Names in `copydesk.tasks.pipeline`, with the step that each belongs to."""
STEPS = ("decode", "front end", "repair", "mark", "classify", "label", "bodies", "assemble")


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """Within it, `copydesk.tasks.pipeline.clean` adds the CPU seconds of each of its steps to what this gives.

    The path is the real one; only the names under which it finds its steps lead through a clock,
    which costs some 2 microseconds a document.
    """
    spent: dict[str, float] = {}
    with ExitStack() as stack:
        for name, step in _NAMES.items():
            stack.enter_context(patch.object(pipeline, name, _timed(getattr(pipeline, name), step, spent)))
        front_ends = {kind: _timed(work, "front end", spent) for kind, work in pipeline.FRONT_ENDS.items()}
        stack.enter_context(patch.object(pipeline, "FRONT_ENDS", front_ends))
        stack.enter_context(patch.object(Models, "classify", _timed(Models.classify, "classify", spent)))
        yield spent


def _timed(work: Callable[..., Any], step: str, spent: MutableMapping[str, float]) -> Callable[..., Any]:
    @wraps(work)
    def timed(*args: Any) -> Any:
        began = time.process_time()
        try:
            return work(*args)
        finally:
            spent[step] = spent.get(step, 0.0) + time.process_time() - began

    return timed
