"""Prefect's settings for copydesk, as environment variables.

The command line and the flow set them before they import Prefect, because Prefect reads its settings at
import and passes them to the server that it starts. Each is a default: a variable that is already set stays
as it is.
"""

import os
from functools import cache
from typing import Final

DEFAULTS: Final = {
    # Prefect and Dask start processes with `python -m` and `python -c`, which would run a file named
    # `json.py` in the current folder.
    "PYTHONSAFEPATH": "1",
    # Both would try to reach the internet, and log an error if there is none.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # The first start migrates a new database: 18 s on an idle machine, more than Prefect's 20 s on a busy
    # one.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Recording one task run costs the server 42 ms of CPU alone, and 7 ms in batches.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
}

_TERMINAL: Final = {
    # The server gets the run's log; the terminal gets what copydesk itself prints.
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "INFO",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
}


@cache
def configure_prefect() -> None:
    """Set what every use of Prefect needs, once per process and before Prefect is imported.

    Variables that are already set stay as they are.
    """
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    # This file may name classes to call. Unless the user has set its path, it is in Prefect's home, and not
    # where a `.env` or `prefect.toml` in the current folder points.
    home = os.environ.get("PREFECT_HOME") or os.path.expanduser("~/.prefect")
    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", os.path.join(home, "logging.yml"))


def prepare_server() -> None:
    """Set what a long-running server needs: nothing is reported, and nothing in the current folder is run."""
    # These two are not defaults: nothing is reported, whatever a profile says.
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["PYTHONSAFEPATH"] = "1"  # passed on to the processes that Prefect starts
    # The server would contact itself at its clients' address, which may be another server's.
    os.environ.pop("PREFECT_API_URL", None)


def prepare_for_terminal(*, verbose: bool) -> None:
    """Keep Prefect's own log off the terminal unless `verbose`. Call it before Prefect is imported."""
    if not verbose:
        for name, value in _TERMINAL.items():
            os.environ.setdefault(name, value)


def prepare_for_one_run() -> None:
    """Let a run end soon when its server is gone: with Prefect's five retries each step waits a minute."""
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
