"""Start a Prefect server for one run if none is configured.

Prefect would start one by itself, but in the terminal's process group: Ctrl-C would end it before the run
could report its end, and Prefect searches for a lost server for over a minute.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final

from copydesk.schemas.errors import CopydeskError
from copydesk.schemas.exit_codes import ExitCode
from copydesk.tasks.workers import import_path

_STOP_SECONDS: Final = 5.0
_FINISH_SECONDS: Final = 5.0


class ServerError(CopydeskError):
    """Prefect's server can't be reached or started; nothing was done."""

    exit_code = ExitCode.UNAVAILABLE


@contextmanager
def own_server() -> Iterator[str]:
    """Start a server on a free port of the loopback address; yield the URL of its API.

    Its database is the one in PREFECT_HOME, so that `prefect server start` shows the run later. Raises
    ServerError if it does not answer in time. The very first start migrates a new database and takes about 20
    seconds.
    """
    from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS as PATIENCE
    from prefect.settings import get_current_settings

    port = _free_port()
    marks = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1", "PREFECT_UI_ENABLED": "0"}
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
            [sys.executable, "-P", "-m", "copydesk.flows.server_process", str(port)],
            env=os.environ | settings | marks | {"PYTHONPATH": os.pathsep.join(import_path())},
            cwd=os.path.abspath(os.sep),  # Prefect reads `.env` and `prefect.toml` of the current folder
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}/api"
            _wait(url, server, log, PATIENCE.value())
            yield url
        finally:
            _end(server)


def let_prefect_finish(seconds: float = _FINISH_SECONDS) -> None:
    """Send pending logs and events, and drop what can't be sent in time.

    Otherwise Prefect would do this at exit, and search 7 seconds for a lost server for each event: minutes
    for a large run. It has no setting for that, so this code accesses the queue of each of its two senders.
    If another version keeps it elsewhere, the exit is slow again.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    senders: list[Any] = [APILogWorker, EventsWorker]
    for sender in senders:
        with suppress(AttributeError):
            queues = [instance._queue for instance in sender._instances.values()]  # noqa: SLF001
            sender.drain_all(timeout=seconds)
            for waiting in queues:
                with suppress(queue.Empty):
                    while True:
                        waiting.get_nowait()
                waiting.put_nowait(None)  # tells the sender to stop


def _wait(url: str, server: "subprocess.Popen[bytes]", log: IO[bytes], seconds: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    log.seek(0)
    said = log.read().decode(errors="replace").strip()[-500:]
    how = "did not answer in time" if server.poll() is None else f"ended with exit status {server.returncode}"
    raise ServerError(f"Prefect's server {how}; --direct runs without it. {said}")


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
