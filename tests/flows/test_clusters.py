"""Shards cleaned on other machines: orders and answers, and a real Dask scheduler with workers of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cleaners import document
from ports import free_port

from copydesk.flows.run import run_ingest
from copydesk.schemas.document import Origin
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Reject
from copydesk.schemas.request import Advance, IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.rules.loading import load
from copydesk.tasks.runs.fingerprint import pipeline_fingerprint
from copydesk.tasks.shards.cleaning import Shard, clean_shard
from copydesk.tasks.shards.remote import (
    ForeignWorkerError,
    Terms,
    clean_order,
    read_answer,
    write_order,
)
from copydesk.tasks.workers.pool import WorkerPool, WorkersError

TESTS = Path(__file__).parents[1]
SETTINGS = Settings(workers=1, shard_documents=20, document_seconds=5.0, min_free_bytes=0)
UNUSED: Any = None
"""The task of a call that is refused before it is read."""
COLUMNS = Columns(id="id", text="text")


def terms(rules: tuple[str, ...] = ()) -> Terms:
    version = load([Path(path) for path in rules]).version
    pipeline = pipeline_fingerprint(version, SETTINGS, COLUMNS)
    return Terms(SETTINGS, COLUMNS, rules, pipeline, "cleaners:obedient")


def shard(*texts: str, number: int = 3) -> Shard:
    documents = [document(text, f"r{n}") for n, text in enumerate(texts)]
    unreadable = Reject(Origin("memory:", "bad"), "read", "bad-json", "")
    return Shard(number, documents, [unreadable], sources=Counter({"s": len(texts) + 1}))


def test_an_order_comes_out_as_the_shard_would_here(tmp_path: Path) -> None:
    """Tables to the byte, rejects in their order, counts: all as without the detour; a killer is a reject there too."""
    texts = ("one", "reject:empty", "exit", "two")
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    with WorkerPool(SETTINGS, cleaner="cleaners:obedient") as pool:
        here = clean_shard(shard(*texts), pool, tmp_path / "here", lambda _: None)
    sent = shard(*texts)
    there = read_answer(sent, clean_order(str(write_order(sent, terms(), tmp_path / "there")), 1))
    files = {}
    for name in ("articles", "ledger", "documents"):
        files[name] = getattr(here, name)
        assert getattr(there, name).read_bytes() == files[name].read_bytes()
    assert replace(there, **files) == here
    assert [reject.reason for reject in there.rejects] == ["bad-json", "worker-died", "empty"]
    assert sorted(path.suffix for path in (tmp_path / "there").iterdir()) == [".parquet"] * 3


def test_an_order_done_twice_is_answered_twice(tmp_path: Path) -> None:
    """A cluster that takes a worker for dead may have it done again: no attempt disturbs another."""
    sent = shard("one", "two")
    order = str(write_order(sent, terms(), tmp_path))
    answers = [clean_order(order, 1), clean_order(order, 1)]
    assert len(set(answers)) == 2
    first = read_answer(sent, answers[1])
    assert first.seen == 3
    assert first.articles.exists()
    assert Path(answers[0]).exists()


def test_documents_that_are_missing_from_an_answer_end_the_run(tmp_path: Path) -> None:
    """The driver counts what it gave away."""
    sent = shard("one", "two")
    answer = clean_order(str(write_order(sent, terms(), tmp_path)), 1)
    sent.sources["s"] += 1
    with pytest.raises(WorkersError, match="shard 3: 4 documents went in, 3 came back"):
        read_answer(sent, answer)


def test_a_worker_with_another_copydesk_refuses(tmp_path: Path) -> None:
    """Other code, another model or other rules would make other rows; the message says what to do."""
    order = write_order(shard("one"), replace(terms(), pipeline="0" * 32), tmp_path)
    with pytest.raises(ForeignWorkerError, match="install the same version"):
        clean_order(str(order), 1)


def test_an_address_without_a_runner_is_refused() -> None:
    """Nothing would be sent there."""
    from copydesk.flows.clusters import cluster_of

    request = IngestRequest(("x",), "out", runner_address="tcp://10.0.0.1:8786")
    with pytest.raises(UsageError, match="--runner dask"), cluster_of(request, UNUSED):
        pass


def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    from copydesk.flows.clusters import cluster_of

    monkeypatch.setitem(sys.modules, "prefect_ray", None)
    with (
        pytest.raises(UsageError, match=r"prefect_ray is not installed; pip install 'copydesk\[ray\]'"),
        cluster_of(IngestRequest(("x",), "out", runner="ray"), UNUSED),
    ):
        pass


class Threads:
    """A cluster of threads in this process: what `run_ingest` makes of one, without its price."""

    def __init__(self, places: int, slow: str = "") -> None:
        self._places, self._slow = places, slow
        self.most, self._now = 0, 0
        self.closed = threading.Event()
        self._lock = threading.Lock()

    def places(self) -> int:
        return self._places

    def clean(self, number: int, order: Path) -> str:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if self._slow and number == 0:
                self.closed.wait(1.0)
            return clean_order(str(order), 1)
        finally:
            with self._lock:
                self._now -= 1

    def close(self) -> None:
        self.closed.set()


def jsonl(path: Path, records: int, special: dict[int, str] | None = None) -> Path:
    texts = {n: f"text {n}" for n in range(records)} | (special or {})
    path.write_text("".join(json.dumps({"id": f"r{n}", "text": t}) + "\n" for n, t in texts.items()))
    return path


def contents(out: Path) -> dict[str, bytes]:
    return {
        f"{tree}/{path.name}": path.read_bytes()
        for tree in ("articles", "ledger")
        for path in sorted((out / tree).iterdir())
    }


def test_shards_that_come_back_in_another_order_make_the_same_dataset(tmp_path: Path) -> None:
    """Three places, the first shard the last to come: committed in order, the same bytes, the same rejects."""
    source = jsonl(tmp_path / "in.jsonl", 300, {7: "exit", 100: "reject:empty"})
    request = IngestRequest((str(source),), str(tmp_path / "local"), COLUMNS, settings=SETTINGS)
    here = run_ingest(request, cleaner="cleaners:obedient")
    cluster, told = Threads(3, slow="0"), [Advance(0, 0, 0, 0)]
    there = run_ingest(
        replace(request, out=str(tmp_path / "far")),
        cleaner="cleaners:obedient",
        cluster=cluster,
        progress=told.append,
    )
    assert (there.seen, there.written, there.rejected) == (here.seen, here.written, here.rejected)
    assert contents(tmp_path / "far") == contents(tmp_path / "local")
    assert 1 < cluster.most <= 3
    assert told[-1].documents == 300
    assert list((tmp_path / "far" / ".copydesk" / "stage").iterdir()) == []


# A real cluster


@pytest.fixture
def dask_cluster(tmp_path: Path) -> Iterator[Any]:
    """Starts a Dask scheduler and two workers, each a process of its own; they end by their own handles."""
    pytest.importorskip("prefect_dask")
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "dask.log").open("wb")

    def start(*words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
        if words[0] == "worker":
            command = [sys.executable, "-m", "distributed.cli.dask_worker", *words[1:]]
        path = f"{TESTS.parent}{os.pathsep}{TESTS / 'helpers'}"
        process = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": path}, cwd=tmp_path, stdout=log, stderr=log
        )
        started.append(process)
        return process

    def cluster(nanny: bool = False) -> tuple[str, list["subprocess.Popen[bytes]"]]:
        address = f"tcp://127.0.0.1:{free_port()}"
        start("--host", "127.0.0.1", "--port", address.rsplit(":", maxsplit=1)[-1], "--no-dashboard")
        kind = "--nanny" if nanny else "--no-nanny"
        words = ("worker", address, "--nthreads", "1", kind, "--no-dashboard", "--host", "127.0.0.1")
        return address, [start(*words), start(*words)]

    cluster.started = started  # type: ignore[attr-defined]
    yield cluster
    for process in reversed(started):
        process.terminate()
    for process in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    log.close()


def ingest_there(source: Path, out: Path, **more: Any) -> Any:
    """The flow in this process; returns its state."""
    from copydesk.flows.ingest import ingest
    from copydesk.flows.prefect_tasks import Observer, observer

    who = Observer(cleaner="cleaners:obedient", **{k: more.pop(k) for k in list(more) if k == "progress"})
    token = observer.set(who)
    try:
        return ingest(
            inputs=[str(source)],
            out=str(out),
            id_column="id",
            text_column="text",
            document_seconds=5,
            settings={"shard_documents": 20, "min_free_bytes": 0},
            return_state=True,
            **more,
        )
    finally:
        observer.reset(token)


@pytest.mark.parametrize(
    ("nanny", "records"),
    [
        (False, 100),
        pytest.param(False, 240, marks=pytest.mark.slow),
        pytest.param(True, 240, marks=pytest.mark.slow),
    ],
)
def test_a_dask_worker_killed_under_way_costs_nothing(
    tmp_path: Path, on_server: str, dask_cluster: Any, nanny: bool, records: int
) -> None:
    """SIGKILL ends one of two workers during a shard: the other one cleans it, and the bytes are those of a
    local run. A document that kills its process is a reject, and ends no worker of Dask's.
    """
    special = {7: "exit", 33: "reject:empty"} | dict.fromkeys(range(40, 40 + records // 6), "burn:0.1")
    source = jsonl(tmp_path / "in.jsonl", records, special)
    request = IngestRequest((str(source),), str(tmp_path / "local"), COLUMNS, settings=SETTINGS)
    run_ingest(replace(request, settings=replace(SETTINGS, workers=0)), cleaner="cleaners:obedient")
    address, workers = dask_cluster(nanny)
    killed: list[int] = []

    def watch(step: Advance) -> None:
        if step.documents >= 20 and not killed:
            victim = workers[0].pid
            if nanny:
                victim = child_of(victim)
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    state = ingest_there(source, tmp_path / "far", runner="dask", runner_address=address, progress=watch)
    assert state.is_completed(), state.message
    assert state.message == f"{records} seen, {records - 2} written, 0 unchanged, 0 duplicate, 2 rejected"
    assert killed
    assert contents(tmp_path / "far") == contents(tmp_path / "local")


@pytest.mark.slow
def test_a_scheduler_that_is_gone_ends_the_run_and_the_next_goes_on(
    tmp_path: Path, on_server: str, dask_cluster: Any
) -> None:
    """Committed documents stay. A local run cleans the rest, and the bytes are those of an undisturbed run."""
    source = jsonl(tmp_path / "in.jsonl", 240, dict.fromkeys(range(40, 240), "burn:0.1"))
    request = IngestRequest((str(source),), str(tmp_path / "local"), COLUMNS, settings=SETTINGS)
    run_ingest(request, cleaner="cleaners:obedient")
    address, _ = dask_cluster()
    stopped: list[int] = []

    def watch(step: Advance) -> None:
        if step.documents >= 60 and not stopped and articles_in(tmp_path / "far"):
            stopped.append(step.documents)
            for process in dask_cluster.started:
                process.kill()

    state = ingest_there(source, tmp_path / "far", runner="dask", runner_address=address, progress=watch)
    assert state.name == "Failed"
    assert "could not be cleaned" in state.message
    told = [Advance(0, 0, 0, 0)]
    report = run_ingest(
        replace(request, out=str(tmp_path / "far")), cleaner="cleaners:obedient", progress=told.append
    )
    assert (report.seen, report.rejected) == (240, 0)
    assert told[-1].documents < 240
    assert contents(tmp_path / "far") == contents(tmp_path / "local")


@pytest.mark.slow
def test_ray_makes_the_same_bytes(tmp_path: Path, on_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray starts an instance of its own on this machine where no address is given."""
    pytest.importorskip("prefect_ray")
    monkeypatch.setenv("PYTHONPATH", f"{TESTS.parent}{os.pathsep}{TESTS / 'helpers'}")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    source = jsonl(tmp_path / "in.jsonl", 120, {7: "exit", 33: "reject:empty"})
    request = IngestRequest((str(source),), str(tmp_path / "local"), COLUMNS, settings=SETTINGS)
    run_ingest(replace(request, settings=replace(SETTINGS, workers=0)), cleaner="cleaners:obedient")
    state = ingest_there(source, tmp_path / "far", runner="ray")
    assert state.message == "120 seen, 118 written, 0 unchanged, 0 duplicate, 2 rejected"
    assert contents(tmp_path / "far") == contents(tmp_path / "local")


def articles_in(out: Path) -> int:
    """Articles that readers see."""
    return sum(pq.read_metadata(path).num_rows for path in (out / "articles").glob("*.parquet"))


def child_of(pid: int) -> int:
    """The worker that a nanny looks after: its child with a scheduler in its command line or none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[-1])
