"""Several datasets on one Prefect server: schedules with different names, and one line per run."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from operator import methodcaller
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from waiting import until

from copydesk.flows.dataset_name import dataset_name

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "clean-already.txt"
COPYDESK = [
    sys.executable,
    "-c",
    "import sys; from copydesk.flows.cli import main; sys.exit(main())",
]
SECONDS = 240

Serve = Callable[..., "subprocess.Popen[bytes]"]


def ask(url: str, what: Callable[[Any], Any]) -> Any:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        return what(client)


def deployment(url: str, out: Path) -> Any:
    return ask(url, lambda client: client.read_deployment_by_name(f"ingest/{dataset_name(str(out))}"))


def ran(out: Path) -> bool:
    try:
        return bool(pq.read_table(out / "runs").num_rows)
    except FileNotFoundError:
        return False


@pytest.fixture
def serve(prefect_env: dict[str, str], tmp_path: Path) -> Iterator[Serve]:
    """Starts `copydesk serve` as a user does; what it says goes to a file beside the output folder."""
    started: list[subprocess.Popen[bytes]] = []

    def start(out: Path, *words: str) -> "subprocess.Popen[bytes]":
        with out.with_suffix(".log").open("ab") as log:
            command = [*COPYDESK, "serve", str(tmp_path / "in"), "--out", str(out), "--every", "5s", *words]
            process = subprocess.Popen(command, env=prefect_env, stdout=log, stderr=log)
        started.append(process)
        return process

    (tmp_path / "in").mkdir()
    shutil.copy(SAMPLE, tmp_path / "in" / "first.txt")
    (tmp_path / "in" / "empty.txt").write_bytes(b"")
    yield start
    for process in started:
        process.kill()
        process.wait()


def said(out: Path) -> str:
    return out.with_suffix(".log").read_text()


def test_two_datasets_are_served_side_by_side(serve: Serve, prefect_api: str, tmp_path: Path) -> None:
    """Both are ingested, each run is a line, Ctrl-C pauses one and says so, and the same command resumes it."""
    one, two = tmp_path / "a" / "clean", tmp_path / "b" / "clean"
    for out in (one, two):
        out.parent.mkdir()
    first = serve(one)
    second = serve(two)
    until(lambda: ran(one) and ran(two))
    until(lambda: all("completed with rejects: 2 seen, 1 written" in said(out) for out in (one, two)))
    assert f"why: copydesk rejects list {one}" in said(one)
    assert deployment(prefect_api, one).id != deployment(prefect_api, two).id
    assert deployment(prefect_api, one).parameters["out"] == str(one)

    # Another dataset under the name of the first is refused; so are other inputs while the first is served.
    refused = serve(tmp_path / "other", "--name", dataset_name(str(one)))
    assert refused.wait(SECONDS) == 64
    assert f"already exists, for the dataset {one}; expected another name" in said(tmp_path / "other")
    until(lambda: deployment(prefect_api, one).status.value == "READY")
    taken = serve(one, "--text-column", "body")
    assert taken.wait(SECONDS) == 64
    assert "is served by another process, with text_column left out" in said(one)

    first.send_signal(signal.SIGINT)
    first.wait(SECONDS)
    name = f"ingest/{dataset_name(str(one))}"
    assert f"stopped; the schedule of {name} is paused, and the same command resumes it" in said(one)
    assert deployment(prefect_api, one).paused is True
    assert deployment(prefect_api, two).paused is False
    assert second.poll() is None

    again = serve(one)
    until(lambda: deployment(prefect_api, one).paused is False)
    again.send_signal(signal.SIGTERM)
    again.wait(SECONDS)
    assert deployment(prefect_api, one).paused is False
    for out in (one, two):
        known = deployment(prefect_api, out).id
        ask(prefect_api, methodcaller("delete_deployment", known))


GUARD = """
import os, socket
_connect, _lookup = socket.socket.connect, socket.getaddrinfo
def _note(host):
    if str(host) not in ("127.0.0.1", "::1", "localhost", "None", ""):
        with open(os.environ["GUARD_LOG"], "a") as log:
            log.write(f"{host}\\n")
        raise OSError("the test admits no connection to " + str(host))
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _note(address[0])
    return _connect(self, address)
def connect_ex(self, address, _of=socket.socket.connect_ex):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        _note(address[0])
    return _of(self, address)
def getaddrinfo(host, *words, **more):
    _note(host.decode() if isinstance(host, bytes) else host)
    return _lookup(host, *words, **more)
socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
with open(os.environ["GUARD_LOG"] + ".pids", "a") as log:
    log.write(f"{os.getpid()}\\n")
"""


@pytest.fixture
def guarded(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without settings. Every attempt to reach another machine is recorded."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    plain = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("PREFECT_") and k not in ("DO_NOT_TRACK", "CI")
    }
    return plain | {
        "PREFECT_HOME": str(tmp_path / "home"),
        "GUARD_LOG": str(tmp_path / "guard.log"),
        "PYTHONPATH": f"{tmp_path / 'guard'}{os.pathsep}{Path(__file__).parents[2]}",
    }


def test_nothing_is_reported_to_anybody(guarded: dict[str, str], tmp_path: Path) -> None:
    """`copydesk server` and an ingest that reports to it try no other address, and run no file of the folder."""
    from ports import free_port

    (tmp_path / "here").mkdir()
    for name in ("uvicorn", "prefect", "json"):
        (tmp_path / "here" / f"{name}.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n")
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-P", *COPYDESK[1:], "server", "--port", str(port)],
            env=guarded, cwd=tmp_path / "here", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}/api"

        def answers() -> bool:
            import urllib.request

            assert server.poll() is None, (tmp_path / "server.log").read_text()
            try:
                with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        until(answers)
        assert f"export PREFECT_API_URL={url}" in (tmp_path / "server.log").read_text()
        command = [*COPYDESK, "ingest", str(SAMPLE), "--out", str(tmp_path / "out"), "--workers", "1"]
        done = subprocess.run(
            command, env=guarded | {"PREFECT_API_URL": url}, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0, done.stderr
    finally:
        server.terminate()
        server.wait(SECONDS)
    pids = set((tmp_path / "guard.log.pids").read_text().split())
    assert len(pids) >= 3, "the guard was not in every process"
    assert not (tmp_path / "guard.log").exists(), (tmp_path / "guard.log").read_text()
    assert not (tmp_path / "executed").exists()
