"""Implement `server`: run Prefect's server on this machine, without reporting to anybody."""

import os
import sys
from typing import Annotated

import typer

from copydesk.flows.cli.report import say

_PORT = 4200


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(server)


def server(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65_535)] = _PORT,
) -> int:
    """Start Prefect's server, for schedules and for a record of the runs.

    Listens on 127.0.0.1 only, reports nothing to anybody, and runs until Ctrl-C. It prints the address of its
    page. In shells that run `ingest` or `serve`, set PREFECT_API_URL as printed.
    """
    from copydesk.flows.prefect_settings import configure_prefect, prepare_server

    configure_prefect()
    prepare_server()
    say(f"Prefect's page: http://127.0.0.1:{port}   In other shells:")
    say(f"export PREFECT_API_URL=http://127.0.0.1:{port}/api")
    # With -P and PYTHONSAFEPATH, a file in the current folder named like one of Prefect's modules is not run.
    words = [
        sys.executable,
        "-P",
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    sys.stdout.flush()
    sys.stderr.flush()
    if home := os.environ.get("PREFECT_HOME"):
        os.environ["PREFECT_HOME"] = os.path.abspath(home)
    os.chdir(os.sep)  # Prefect starts uvicorn, which always puts the current folder on the path
    os.execv(sys.executable, words)  # noqa: S606 - this interpreter, and words that stand above
