"""Prefect's settings for copydesk, as environment variables: the command line and the flow set them before they import Prefect.

Prefect reads its settings when it is imported, and hands them to the server that it starts. Each
is a default: a variable that is set already stays as it is.
"""

import os
from functools import cache
from typing import Final

DEFAULTS: Final = {
    # Prefect and Dask start processes with `python -m` and `python -c`, which would run what is named `json.py` in
    # the current folder.
    "PYTHONSAFEPATH": "1",
    # Both would try to reach the internet, and log an error where there is none.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # The first start migrates a new database: 18 s on a quiet machine, longer than Prefect's 20 s on a busy one.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # One task run costs the server 42 ms of CPU when recorded by itself, 7 ms in batches.
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
    """Set what every use of Prefect needs, once a process and before Prefect is imported; what is set stays as it is."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    # This file may name classes to call. Where the user has not said where it is, it lies in Prefect's home, and not
    # where a `.env` or `prefect.toml` in the current folder says.
    home = os.environ.get("PREFECT_HOME") or os.path.expanduser("~/.prefect")
    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", os.path.join(home, "logging.yml"))


def prepare_server() -> None:
    """Set what a server needs that goes on by itself: nothing sent out, nothing of the current folder run."""
    # These two are not defaults: the promise that nothing is reported holds whatever a profile says.
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["PYTHONSAFEPATH"] = "1"  # handed on to the processes that Prefect starts
    # The server would ask itself by the address that its clients have, which is another one's.
    os.environ.pop("PREFECT_API_URL", None)


def prepare_for_terminal(*, verbose: bool) -> None:
    """Keep Prefect's own log off the terminal, unless the user wants to see it; before Prefect is imported."""
    if not verbose:
        for name, value in _TERMINAL.items():
            os.environ.setdefault(name, value)


def prepare_for_one_run() -> None:
    """Have a run end soon whose server has gone: with Prefect's five tries each step waits a minute for it."""
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "2")
