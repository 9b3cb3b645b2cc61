"""The flow on a real Prefect server: what it records, how it ends, and that the dataset never depends on it."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ports import free_port

from copydesk.flows.cli import main
from copydesk.flows.dataset_name import dataset_name, dataset_tag
from copydesk.flows.summary import code, one_line, summary
from copydesk.schemas.errors import BreakerError, LockedError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.snapshot import resolve

TESTS = Path(__file__).parents[1]


def jsonl(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in texts.items()))
    return path


@pytest.fixture
def run_flow(on_server: str) -> Callable[..., Any]:
    """Runs the flow in this process with the tests' cleaner; returns its state and who observed it."""
    from copydesk.flows.ingest import ingest
    from copydesk.flows.prefect_tasks import Observer, observer

    def run(**parameters: Any) -> tuple[Any, Observer]:
        who = Observer(cleaner="cleaners:obedient")
        token = observer.set(who)
        try:
            return ingest(**parameters, return_state=True), who
        finally:
            observer.reset(token)

    return run


def read(found: Callable[[Any], Any], seconds: float = 30) -> Any:
    """Ask the server until it has something to say: Prefect sends logs and task runs in the background."""
    from prefect.client.orchestration import get_client

    deadline = time.monotonic() + seconds
    with get_client(sync_client=True) as client:
        while not (answer := found(client)) and time.monotonic() < deadline:
            time.sleep(0.2)
    return answer


def test_a_run_is_recorded_with_parameters_tasks_logs_and_summary(run_flow: Any, tmp_path: Path) -> None:
    """Prefect's API has all that a team looks for in its UI."""
    from prefect.client.schemas import filters

    texts = {f"r{n}": f"text {n}" for n in range(50)} | {"bad": "reject:empty"}
    source = jsonl(tmp_path / "in.jsonl", texts)
    out = str(tmp_path / "out")
    state, who = run_flow(
        inputs=[str(source)],
        out=out,
        id_column="id",
        text_column="text",
        settings={"shard_documents": 20, "min_free_bytes": 0},
    )
    assert state.is_completed()
    assert state.name == "Completed with rejects"
    assert state.message == "51 seen, 50 written, 0 unchanged, 0 duplicate, 1 rejected"
    assert who.report is not None
    assert state.result()["run_id"] == who.report.run_id
    run_id = state.state_details.flow_run_id

    run = read(lambda client: client.read_flow_run(run_id))
    assert run.name == out
    assert run.parameters["inputs"] == [str(source)]
    assert run.parameters["text_column"] == "text"
    of_run = filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=[run_id]))

    def tasks(client: Any) -> Any:
        found = client.read_task_runs(flow_run_filter=of_run)
        return (
            sorted(t.name for t in found if t.state and t.state.is_completed()) if len(found) >= 3 else None
        )

    assert read(tasks) == ["shard 0", "shard 1", "shard 2"]

    def lines(client: Any) -> Any:
        found = client.read_logs(filters.LogFilter(flow_run_id=filters.LogFilterFlowRunId(any_=[run_id])))
        texts = sorted(log.message for log in found if log.message.startswith("shard "))
        return texts if len(texts) == 3 else None

    assert read(lines) == [
        "shard 0: 20 documents, 0 of them rejected",
        "shard 1: 20 documents, 0 of them rejected",
        "shard 2: 11 documents, 1 of them rejected",
    ]
    key = f"copydesk-{dataset_name(out)}"
    found = {artifact.key: artifact for artifact in read(lambda c: c.read_artifacts(flow_run_filter=of_run))}
    assert {name: each.type for name, each in found.items()} == {
        key: "markdown",
        f"{key}-progress": "progress",
    }
    artifact, progress = found[key], found[f"{key}-progress"]
    assert (progress.data, progress.description) == (100.0, f"{out}: 51 documents, 1 rejected")
    assert dataset_tag(out) in run.tags
    assert "| articles written | 50 |" in artifact.data
    assert "| `empty` | 1 |" in artifact.data
    assert "Counts: balanced." in artifact.data
    links = dict(re.findall(r"- (\w+): `file://([^`]*)`", artifact.data))
    assert links.keys() == {"snapshot", "rejects"}
    assert pq.read_table(f"{links['snapshot']}/articles").num_rows == 50
    assert pq.read_table(links["rejects"]).num_rows == 1
    assert f"copydesk report {os.path.abspath(out)} -o report.html" in artifact.data
    assert pq.read_table(f"{out}/articles").num_rows == 50


def test_a_run_that_finds_the_folder_locked_is_cancelled_and_says_so(run_flow: Any, tmp_path: Path) -> None:
    """Overlapping runs of a schedule do no harm: the later one does nothing."""
    source = jsonl(tmp_path / "in.jsonl", {"a": "x"})
    with Store.open(tmp_path / "out", Settings(min_free_bytes=0), "another"):
        state, who = run_flow(inputs=[str(source)], out=str(tmp_path / "out"), settings={"min_free_bytes": 0})
    assert (state.name, isinstance(who.error, LockedError)) == ("Cancelled", True)
    assert "another run" in state.message.lower()


def test_the_breaker_fails_the_run_with_its_reason(run_flow: Any, tmp_path: Path) -> None:
    """The state's message says what was rejected, without a traceback."""
    source = jsonl(tmp_path / "in.jsonl", {f"b{n}": "reject:empty" for n in range(150)})
    state, who = run_flow(
        inputs=[str(source)],
        out=str(tmp_path / "out"),
        id_column="id",
        text_column="text",
        settings={"min_free_bytes": 0},
    )
    assert (state.name, isinstance(who.error, BreakerError)) == ("Failed", True)
    assert "150 of 150 documents of the run were rejected (150 clean empty)" in state.message


@pytest.mark.parametrize(
    "wrong", [{"inputs": []}, {"out": ""}, {"workers": -1}, {"breaker_share": 2}, {"document_seconds": 0}]
)
def test_wrong_parameters_are_refused_before_the_run(
    run_flow: Any, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    """Prefect validates the parameters; nothing is made."""
    from prefect.exceptions import ParameterTypeError

    state, who = run_flow(**{"inputs": ["x"], "out": str(tmp_path / "out")} | wrong)
    with pytest.raises(ParameterTypeError, match=next(iter(wrong))):
        state.result()
    assert not who.started
    assert not (tmp_path / "out").exists()


def test_an_unknown_setting_fails_the_run_and_is_named(run_flow: Any, tmp_path: Path) -> None:
    """A misspelt limit is not ignored."""
    state, _ = run_flow(inputs=["x"], out=str(tmp_path / "out"), settings={"max_documnet_bytes": 1})
    assert state.name == "Failed"
    assert "max_documnet_bytes" in state.message


def test_parameters_mean_the_request_they_were_made_of() -> None:
    """The options of the command line reach the flow, and defaults are not repeated."""
    from copydesk.flows.ingest import parameters_of

    request = IngestRequest(
        ("a", "b"),
        "out",
        Columns(id="id", html="page"),
        ("mine.toml",),
        Settings(workers=3, shard_documents=7),
    )
    assert parameters_of(request) == {
        "inputs": ["a", "b"],
        "out": "out",
        "id_column": "id",
        "html_column": "page",
        "rules": ["mine.toml"],
        "workers": 3,
        "settings": {"shard_documents": 7},
    }
    assert (
        parameters_of(IngestRequest(("a",), "out", settings=Settings(breaker_share=0.0)))["breaker_share"]
        == 0
    )


COMMAND = """
    import sys
    sys.path[:0] = {path!r}
    from copydesk.flows.prefect_run import run_with_prefect
    from copydesk.schemas.errors import CopydeskError
    from copydesk.schemas.request import IngestRequest
    from copydesk.schemas.settings import Settings
    from copydesk.schemas.inputs import Columns
    settings = Settings(workers=2, shard_documents=20, document_seconds=20, min_free_bytes=0)
    wanted = IngestRequest(({source!r},), {out!r}, Columns("id", "text"), settings=settings)
    def say(what):
        print(what, flush=True)
    try:
        report = run_with_prefect(wanted, status=say, progress=say, cleaner="cleaners:obedient")
    except CopydeskError as error:
        say(error)
        sys.exit(error.exit_code)
    say("report: " + str(report.written))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of Prefect's that is new to the first run and known to the next, as a user's is."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def command(tmp_path: Path, home: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a run as the command line does, in a process group of its own, as a terminal would."""
    started: list[subprocess.Popen[str]] = []

    def start(texts: dict[str, str], **env: str) -> "subprocess.Popen[str]":
        source = jsonl(tmp_path / "in.jsonl", texts)
        script = COMMAND.format(
            path=[str(TESTS / "helpers"), str(TESTS.parent)], source=str(source), out=str(tmp_path / "out")
        )
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)],
            env=os.environ | {"PREFECT_HOME": str(home)} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_with_no_server_the_command_brings_its_own_and_keeps_quiet(command: Any, tmp_path: Path) -> None:
    """The user sees what is going on, and not a line of Prefect's; the new home is migrated in passing."""
    process = command({f"r{n}": f"text {n}" for n in range(30)})
    out, err = process.communicate(timeout=150)
    said = [line for line in out.splitlines() if not line.startswith("Advance")]
    assert (process.returncode, err) == (0, "")
    assert said[0] == "loading Prefect"
    assert said[1].startswith("starting a Prefect server for this run")
    assert said[-1] == "report: 30"
    assert pq.read_table(tmp_path / "out" / "articles").num_rows == 30


def test_ctrl_c_ends_the_command_though_its_server_hears_it_too(command: Any, tmp_path: Path) -> None:
    """A terminal sends SIGINT to the whole group, so the embedded server goes at the same moment.

    The document that hangs is dropped, not awaited: it is neither among the 20 nor rejected.
    """
    process = command({f"r{n}": f"text {n}" for n in range(20)} | {"hang": "hang"})
    wait_for_documents(process, 20)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped by a signal after 20 documents" in out
    assert "0 rejected" in out
    assert "Traceback" not in err
    assert pq.read_table(tmp_path / "out" / "articles").num_rows == 20


def test_a_server_that_dies_under_way_does_not_cost_a_document(command: Any, tmp_path: Path) -> None:
    """Prefect gets reports about the work, but makes no decisions."""
    process = command({f"r{n}": f"text {n}" for n in range(20)} | {f"s{n}": "burn:0.1" for n in range(60)})
    wait_for_documents(process, 20)
    server = [pid for pid in children_of(process.pid) if "copydesk.flows.server_process" in command_line(pid)]
    assert len(server) == 1
    os.kill(server[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert "the run is complete, but Prefect's record of it is not" in out
    assert "report: 80\n" in out
    assert pq.read_table(tmp_path / "out" / "articles").num_rows == 80


def test_a_server_that_is_not_there_is_one_clear_line(command: Any, tmp_path: Path) -> None:
    """Nothing was done, and the message says how to go without."""
    process = command({"a": "x"}, PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 69
    assert "--direct runs without it" in out
    assert not (tmp_path / "out").exists()


def wait_for_documents(process: "subprocess.Popen[str]", documents: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Advance(documents=") and int(line.split("=")[1].split(",")[0]) >= documents:
            time.sleep(1.0)
            return
    pytest.fail(f"the run ended before {documents} documents: {process.stderr and process.stderr.read()}")


def children_of(pid: int) -> list[int]:
    return [int(c) for path in Path(f"/proc/{pid}/task").glob("*/children") for c in path.read_text().split()]


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "`</code><img src=x onerror=y>`",
    "a|b",
    "\x1b]0;x\x07",
    "\u202egnp.exe",
]


@given(st.one_of(st.text(max_size=300), st.sampled_from(HOSTILE)))
def test_text_in_the_summary_is_only_text(text: str) -> None:
    """For any file name, the rendered summary has one code span and no other mark-up from it."""
    rendered = (
        MarkdownIt("commonmark", {"html": True, "linkify": False})
        .enable("table")
        .render(f"| a |\n|---|\n| {code(text)} |\n")
    )
    assert rendered.count("<td><code>") == rendered.count("</code></td>") == rendered.count("<code>") == 1
    assert not {"<script", "<img", "<a "} & {
        rendered[i : i + n] for i in range(len(rendered)) for n in (3, 4, 7)
    }
    assert not set(rendered) & set("\x1b\x07\u202e\x00")


def test_the_summary_of_a_run_that_rejected_nothing_has_no_empty_tables() -> None:
    """Headings are only above tables with rows."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    report = RunReport("run", now, now, ["a"] * 30, 1, 1, 0, 0, 0, 0, 10, 0, {}, {}, "{}", "r", "v")
    text = summary(report, "out")
    assert "rejected because" not in text
    assert "`a` and 10 more" in text
    assert len(one_line("x" * 1000)) == 200


def test_a_summary_names_its_snapshot_whatever_the_folder_is_called(tmp_path: Path) -> None:
    """A name that looks like Markdown makes no link, and the address leads to the snapshot."""
    out = tmp_path / "a](javascript:alert(1)) `x` <b>"
    source = jsonl(tmp_path / "in.jsonl", {"a": "The mayor said on Tuesday that the quay would be rebuilt."})
    assert main(["ingest", str(source), "--out", str(out), "--direct", "--workers", "1"]) == 0
    now = datetime(2026, 1, 1, tzinfo=UTC)
    report = RunReport("run", now, now, ["a"], 1, 1, 0, 0, 0, 0, 10, 0, {}, {}, "{}", "r", "v")
    rendered = MarkdownIt("commonmark", {"html": True}).render(summary(report, str(out)))
    (address,) = re.findall(r"snapshot: <code>file://([^<]*)</code>", rendered)
    assert Path(unquote(address)) == resolve(out).absolute()
    assert not re.search("<a |<b>", rendered)
    assert "Where to look" not in summary(report, str(tmp_path / "nothing"))
