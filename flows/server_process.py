"""The process of a Prefect server that ends with the run that started it.

See `copydesk.flows.prefect_server`.

Prefect's own way, `python -m uvicorn`, searches modules in the current folder first, and uvicorn's command
line puts that folder on the path again. So the server is started here, in a process with `-P`.
"""

import ctypes
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_SIGTERM: Final = 15


def main(port: int) -> None:
    """Serve Prefect's API on a port of the loopback address until a signal comes, or the parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGTERM)
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        lifespan="on",
        log_level="error",
        host="127.0.0.1",
        port=port,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
