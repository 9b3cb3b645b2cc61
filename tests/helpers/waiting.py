"""Wait for what other processes do."""

import time
from collections.abc import Callable
from typing import Any


def until(found: Callable[[], Any], seconds: float = 240, pause: float = 0.5) -> Any:
    """Return the first true answer. The limit is there for what never happens, not for a slow machine."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause)
    return answer
