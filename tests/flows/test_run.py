"""The body of a run: reading, commits, stops, and its traces after an early end."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.breaker import Breaker
from copydesk.flows.run import ShardWork, run_ingest
from copydesk.flows.signals import Stop
from copydesk.schemas.document import Origin
from copydesk.schemas.errors import BreakerError, LockedError, UsageError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Reject, RunReport
from copydesk.schemas.request import Advance, IngestRequest
from copydesk.schemas.settings import MIB, Settings
from copydesk.tasks.runs.fingerprint import pipeline_fingerprint
from copydesk.tasks.workers.pool import WorkersError

TESTS = Path(__file__).parents[1]
SETTINGS = Settings(
    workers=2, shard_documents=20, document_seconds=1.0, worker_bytes=1024 * MIB, min_free_bytes=0
)
COLUMNS = Columns(id="id", text="text")


def jsonl(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in texts.items()))
    return path


def request(tmp_path: Path, *inputs: Path, settings: Settings = SETTINGS) -> IngestRequest:
    return IngestRequest(tuple(map(str, inputs)), str(tmp_path / "out"), COLUMNS, settings=settings)


def changed(name: str, value: Any) -> Settings:
    return replace(Settings(), **{name: value})


def obedient(wanted: IngestRequest, **more: Any) -> RunReport:
    return run_ingest(wanted, cleaner="cleaners:obedient", **more)


def rows(tmp_path: Path, tree: str = "articles") -> list[dict[str, Any]]:
    return list(pq.read_table(tmp_path / "out" / tree).to_pylist())


def test_documents_of_many_shards_are_all_taken_in(tmp_path: Path) -> None:
    """Ninety documents in five shards: all there, in books that balance, with progress to the end."""
    texts = {f"r{n}": f"text {n}" for n in range(88)} | {"bad": "reject:empty", "worse": "exit"}
    told: list[Advance] = []
    report = obedient(request(tmp_path, jsonl(tmp_path / "in.jsonl", texts)), progress=told.append)
    assert (report.seen, report.written, report.rejected) == (90, 88, 2)
    assert report.balanced()
    assert report.rejects_by_reason == {"empty": 1, "worker-died": 1}
    assert sorted(row["text"] for row in rows(tmp_path)) == sorted(
        t for t in texts.values() if t.startswith("text")
    )
    assert told[-1] == Advance(90, 2, told[-1].total_bytes, (tmp_path / "in.jsonl").stat().st_size)
    assert [step.documents for step in told] == sorted(step.documents for step in told)


def test_a_second_run_finds_nothing_new_and_starts_no_worker(tmp_path: Path) -> None:
    """A complete input is not read again, so a cleaner that can't be opened does not matter."""
    wanted = request(tmp_path, jsonl(tmp_path / "in.jsonl", {"a": "one", "b": "two"}))
    obedient(wanted)
    report = obedient(wanted)
    assert (report.seen, report.written, report.unchanged) == (2, 0, 2)


def test_a_file_that_came_since_is_all_that_is_read(tmp_path: Path) -> None:
    """The schedule's case: one new file in a folder of known ones."""
    folder = tmp_path / "in"
    folder.mkdir()
    jsonl(folder / "a.jsonl", {"a": "one"})
    obedient(request(tmp_path, folder))
    jsonl(folder / "b.jsonl", {"b": "two"})
    told: list[Advance] = []
    report = obedient(request(tmp_path, folder), progress=told.append)
    assert (report.seen, report.written, report.unchanged) == (2, 1, 1)
    assert told[-1].documents == 1


def test_an_input_without_documents_is_noted(tmp_path: Path) -> None:
    """A CSV of nothing but its header, a table without rows, a feed without entries: each is named at the end."""
    (tmp_path / "header.csv").write_text("id,text\n")
    pq.write_table(
        pa.table({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}),
        tmp_path / "rows.parquet",
    )
    (tmp_path / "quiet.xml").write_text('<rss version="2.0"><channel><title>Quiet</title></channel></rss>')
    names = ("header.csv", "rows.parquet", "quiet.xml")
    full = jsonl(tmp_path / "in.jsonl", {"a": "one"})
    report = obedient(request(tmp_path, *(tmp_path / name for name in names), full))
    assert (report.seen, report.written, report.rejected) == (1, 1, 0)
    assert [note for note in report.notes if not note.startswith("columns: ")] == [
        f"{tmp_path}/header.csv: holds no documents",
        f"{tmp_path}/rows.parquet: holds no documents",
        f"{tmp_path}/quiet.xml: the feed has no entries",
    ]


def test_a_missing_input_is_an_error_before_anything_is_made(tmp_path: Path) -> None:
    """A typing mistake leaves no folder behind."""
    with pytest.raises(UsageError, match="nowhere"):
        obedient(request(tmp_path, tmp_path / "nowhere"))
    assert not (tmp_path / "out").exists()


def test_a_wrong_rule_pack_is_an_error_before_anything_is_made(tmp_path: Path) -> None:
    """The same holds for a rule pack that can't be read."""
    wanted = IngestRequest(
        (str(jsonl(tmp_path / "in.jsonl", {})),), str(tmp_path / "out"), rules=("none.toml",)
    )
    with pytest.raises(UsageError, match=r"none\.toml"):
        obedient(wanted)
    assert not (tmp_path / "out").exists()


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    """There is one writer.

    The other run reports at once who holds the folder, and the first is not disturbed.
    """
    wanted = request(tmp_path, jsonl(tmp_path / "in.jsonl", {"a": "sleep:1.5"}))
    refused: list[BaseException] = []

    def again(step: Advance | str) -> None:
        if not refused and threading.current_thread() is threading.main_thread():
            try:
                obedient(wanted)
            except LockedError as error:
                refused.append(error)

    assert obedient(wanted, status=again).written == 1
    assert refused


def test_the_breaker_stops_a_run_that_rejects_too_much(tmp_path: Path) -> None:
    """A change of format is an alarm, not a dataset of nothing; what was committed before stays."""
    good = {f"g{n}": f"text {n}" for n in range(40)}
    bad = {f"b{n}": "reject:empty" for n in range(300)}
    wanted = request(tmp_path, jsonl(tmp_path / "in.jsonl", good | bad))
    with pytest.raises(BreakerError, match=r"120 of 160 documents .*120 clean empty") as stopped:
        obedient(wanted)
    assert stopped.value.exit_code == 4
    assert len(rows(tmp_path)) == 40
    assert rows(tmp_path, "runs")[-1]["rejected"] == 100


def test_the_breaker_counts_sources_apart() -> None:
    """One site of many may break: more than half of it, and more than a hundred documents."""
    breaker = Breaker(Settings())
    rejects = [Reject(Origin("x", "1", url="http://broken.example/"), "parse", "empty", "")] * 101
    seen = Counter({"fine.example": 10_000, "broken.example": 201})
    with pytest.raises(BreakerError, match=r"101 of 201 documents of broken.example"):
        breaker.count(seen, rejects)
    Breaker(Settings()).count(seen, rejects[:100])
    Breaker(Settings(breaker_share=1.0)).count(Counter({"broken.example": 101}), rejects)


def test_few_rejects_never_trip_the_breaker() -> None:
    """Ten bad documents out of ten are a small bad input, not an alarm."""
    rejects = [Reject(Origin("x", str(n)), "parse", "empty", "") for n in range(100)]
    Breaker(Settings()).count(Counter({"x": 100}), rejects)


def test_a_shard_that_is_given_up_ends_the_run(tmp_path: Path) -> None:
    """If the executor drops a shard silently, the run fails and does not wait for ever."""

    class Dropped:
        def done(self) -> bool:
            return True

    with pytest.raises(WorkersError, match="given up"):
        obedient(request(tmp_path, jsonl(tmp_path / "in.jsonl", {"a": "x"})), submit=lambda work: Dropped())


def test_an_error_in_a_shard_ends_the_run_with_that_error(tmp_path: Path) -> None:
    """A full disk in a worker thread is the run's error, and what was committed before stays."""

    class Now:
        def __init__(self, work: ShardWork) -> None:
            if work.shard.number == 2:
                work.shard.sources["a document that was never read"] += 1
            work()

        def done(self) -> bool:
            return True

    texts = {f"r{n}": f"text {n}" for n in range(60)}
    with pytest.raises(WorkersError, match="shard 2: 21 documents went in, 20 came back"):
        obedient(request(tmp_path, jsonl(tmp_path / "in.jsonl", texts)), submit=Now)
    assert len(rows(tmp_path)) == 40
    assert obedient(request(tmp_path, tmp_path / "in.jsonl")).seen == 60
    assert len(rows(tmp_path)) == 60


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("waiting", ["in a worker", "for input"])
def test_a_signal_ends_the_run_cleanly(tmp_path: Path, signum: int, status: int, waiting: str) -> None:
    """Complete shards are committed, hanging ones are dropped, no process stays, and the next run continues."""
    texts = {f"r{n}": f"text {n}" for n in range(40)} | ({"hang": "hang"} if waiting == "in a worker" else {})
    jsonl(tmp_path / "in.jsonl", texts | {f"s{n}": f"text {n}" for n in range(200)})
    inputs = [str(tmp_path / "in.jsonl"), *(["-"] if waiting == "for input" else [])]
    script = textwrap.dedent(f"""
        import sys
        sys.path[:0] = {[str(TESTS / "helpers"), str(TESTS.parent)]!r}
        from copydesk.flows.run import run_ingest
        from copydesk.schemas.errors import CopydeskError
        from copydesk.schemas.request import IngestRequest
        from copydesk.schemas.settings import Settings
        from copydesk.schemas.inputs import Columns
        settings = Settings(workers=2, shard_documents=20, document_seconds=60, min_free_bytes=0)
        wanted = IngestRequest({tuple(inputs)!r}, {str(tmp_path / "out")!r}, Columns("id", "text"), settings=settings)
        try:
            run_ingest(wanted, cleaner="cleaners:obedient", progress=lambda step: print(step.documents, flush=True))
        except CopydeskError as error:
            print(error, flush=True)
            sys.exit(error.exit_code)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        while int(run.stdout.readline()) < 40:
            pass
        time.sleep(0.5)
        children = descendants(run.pid)
        assert len(children) >= 2
        run.send_signal(signum)
        said = run.stdout.read()
        assert run.wait(60) == status
    assert "stopped by a signal" in said
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists() and not zombie(pid)]
    assert len(rows(tmp_path)) >= 40
    last = rows(tmp_path, "runs")[-1]
    assert last["rejected"] == 0, "the document that hangs was awaited"
    assert last["seen"] == last["written"] + last["unchanged"] + last["duplicate"] + last["rejected"]
    again = obedient(request(tmp_path, tmp_path / "in.jsonl"))
    assert again.seen == len(rows(tmp_path)) + again.rejected
    assert again.rejected == texts.keys().__contains__("hang"), again


def test_a_signal_while_nothing_is_awaited_is_only_noted() -> None:
    """Nothing is torn out of a commit: the signal is an exception only where input is awaited."""
    with Stop().listening() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.signum == signal.SIGTERM
        assert list(stop.reading([1, 2])) == []


def test_a_second_signal_acts_at_once() -> None:
    """A user who presses Ctrl-C twice does not want to wait."""
    with Stop().listening():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_former_handlers_come_back() -> None:
    """Prefect has handlers of its own around the run."""
    before = signal.getsignal(signal.SIGTERM)
    with Stop().listening():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_runs_without_listening() -> None:
    """Python lets only the main thread listen; elsewhere a run just is not stopped this way."""
    seen: list[list[int]] = []

    def run() -> None:
        with Stop().listening() as stop:
            seen.append(list(stop.reading([1, 2])))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [[1, 2]]


@given(st.sampled_from(["max_document_bytes", "document_seconds", "max_line_bytes"]), st.integers(1, 5))
def test_what_changes_a_row_changes_the_fingerprint(name: str, number: int) -> None:
    """Settings that decide what comes out make known inputs be read again; those that only pace a run do not."""
    base = pipeline_fingerprint("rules", Settings(), COLUMNS)
    assert pipeline_fingerprint("rules", changed(name, number), COLUMNS) != base
    assert pipeline_fingerprint("rules", Settings(workers=number, shard_documents=number), COLUMNS) == base
    assert pipeline_fingerprint("other", Settings(), COLUMNS) != base
    assert pipeline_fingerprint("rules", Settings(), Columns(text="body")) != base


def descendants(pid: int) -> list[int]:
    children = [
        int(line)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for line in path.read_text().split()
    ]
    return children + [deeper for child in children for deeper in descendants(child)]


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
