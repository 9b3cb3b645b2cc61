"""A real Prefect server for the tests that need one, and Prefect kept away from the user's own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from ports import free_port

from copydesk.flows.prefect_server import let_prefect_finish
from copydesk.flows.prefect_settings import configure_prefect

START_SECONDS = 120

# No deadline: it would judge the machine. `make test-slow` runs `thorough`; a test that sets a number of its
# own says how many examples suffice for so small a question.
# `ci` draws the same examples each time: a change is judged by the change. The other two draw new ones.
hypothesis.settings.register_profile("ci", deadline=None, max_examples=150, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2_000)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything imports Prefect: an empty home of its own, no server, no words to the outside."""
    home = tempfile.mkdtemp(prefix="prefect-home-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ["PREFECT_HOME"] = home
    # Proposals of a dataset are remembered in the user's cache; a test finds none of another run.
    os.environ["XDG_CACHE_HOME"] = str(Path(home) / "cache")
    configure_prefect()
    # Set for children of copydesk; drivers here import their neighbours.
    os.environ.pop("PYTHONSAFEPATH", None)
    if hasattr(config, "workerinput"):
        # xdist's processes ignore Ctrl-C, and every program that they start would do so, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server started for this session, as a user would start it; ended by its own handle."""
    home = tmp_path_factory.mktemp("prefect-server")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "prefect",
                "server",
                "start",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--no-ui",
            ],
            env=os.environ | {"PREFECT_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_server(url, server, home / "server.log")
        yield url
        if "prefect" in sys.modules:
            let_prefect_finish()
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def prefect_env(prefect_api: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a program that is to report to the session's server."""
    root = str(Path(__file__).parents[1])
    return os.environ | {
        "PREFECT_API_URL": prefect_api,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PYTHONPATH": root,
    }


@pytest.fixture
def on_server(prefect_api: str) -> Iterator[str]:
    """Flows that this process runs report to the session's server."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_api}):
        yield prefect_api


def wait_for_server(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers; fail with its log when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the Prefect server did not start: {log.read_text(errors='replace')[-2000:]}")
