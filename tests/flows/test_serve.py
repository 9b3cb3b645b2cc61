"""Schedules and deployments on a real server: they fire, they find what is new, they end as they should."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from waiting import until

from copydesk.flows.prefect_settings import DEFAULTS
from copydesk.flows.serve import parse_interval, serve
from copydesk.schemas.errors import UsageError
from copydesk.schemas.request import IngestRequest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86_400), (" 5M ", 300)]
)
def test_intervals_are_a_number_and_a_unit(text: str, seconds: int) -> None:
    """The forms are those of a crontab's comment."""
    assert parse_interval(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "0s", "-5m", "1.5h", "5 m", "15min", "1w", "٣m"])
def test_everything_else_is_refused_with_what_was_found(text: str) -> None:
    """A schedule that was misread would be noticed too late."""
    with pytest.raises(UsageError, match="--every: found"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("request_", "schedule", "message"),
    [
        (IngestRequest(("a",), "out"), {}, "neither of --every and --cron"),
        (IngestRequest(("a",), "out"), {"every": "5m", "cron": "* * * * *"}, "both of --every and --cron"),
        (IngestRequest(("-",), "out"), {"every": "5m"}, "standard input"),
        (IngestRequest(("a",), "out"), {"every": "5m"}, "no Prefect server is configured"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(
    request_: IngestRequest, schedule: dict[str, Any], message: str
) -> None:
    """Before anything is deployed."""
    with pytest.raises(UsageError, match=message):
        serve(request_, **schedule)


def test_a_cron_line_that_is_none_is_refused(on_server: str) -> None:
    """The server would take the deployment and never run it."""
    with pytest.raises(UsageError, match="--cron: found 'every day'"):
        serve(IngestRequest(("a",), "out"), cron="every day")


def runs(out: Path) -> list[dict[str, Any]]:
    try:
        return sorted(pq.read_table(out / "runs").to_pylist(), key=lambda row: row["started_at"])
    except FileNotFoundError:
        return []


def ask(url: str, what: Callable[[Any], Any]) -> Any:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        return what(client)


def test_a_served_schedule_fires_again_and_takes_in_just_what_is_new(
    prefect_api: str, prefect_env: dict[str, str], tmp_path: Path
) -> None:
    """The whole promise: a file that was dropped in between two runs is the only one that is read."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    shutil.copy(ROOT / "data/samples/clean-already.txt", folder / "first.txt")
    script = textwrap.dedent(f"""
        from copydesk.flows.serve import serve
        from copydesk.schemas.request import IngestRequest
        serve(IngestRequest(({str(folder)!r},), {str(out)!r}), every="5s", name="test-serve")
    """)
    log = (tmp_path / "serve.log").open("wb")
    server = subprocess.Popen([sys.executable, "-c", script], env=prefect_env, stdout=log, stderr=log)
    try:
        first = until(lambda: runs(out), 90)[0]
        assert (first["seen"], first["written"]) == (1, 1)
        shutil.copy(ROOT / "data/samples/wire-bad-line.jsonl", folder / "second.jsonl")
        later = until(lambda: [run for run in runs(out)[1:] if run["written"]], 90)[0]
        assert later["unchanged"] == 1
        assert later["seen"] == 1 + later["written"] + later["rejected"]
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    finally:
        server.kill()
        server.wait()
        log.close()
    assert sum(run["written"] for run in runs(out)) == pq.read_table(out / "articles").num_rows
    deployment = ask(prefect_api, lambda client: client.read_deployment_by_name("ingest/test-serve"))
    assert deployment.paused is False
    assert deployment.concurrency_options.collision_strategy.value == "CANCEL_NEW"
    assert deployment.global_concurrency_limit.limit == 1
    ask(prefect_api, lambda client: client.delete_deployment(deployment.id))


def test_runs_of_a_worker_get_the_settings_that_matter_before_prefect_is_imported() -> None:
    """A worker imports Prefect before it loads the flow, so that the flow's own settings would come too late.

    Those that only a server reads are left out.
    """
    import yaml

    (deployment,) = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    given = deployment["work_pool"]["job_variables"]["env"]
    of_a_run = {name: value for name, value in DEFAULTS.items() if "_SERVER_" not in name}
    assert {"PYTHONSAFEPATH", "DO_NOT_TRACK"} <= of_a_run.keys()
    assert given == of_a_run | {"PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


def test_prefect_yaml_deploys_and_a_worker_runs_the_flow(
    prefect_api: str, prefect_env: dict[str, str], tmp_path: Path
) -> None:
    """The other way to run: a work pool, and a worker that starts in a folder where nothing of this lies."""
    env = prefect_env | {"COPYDESK_HOME": str(ROOT)}
    del env["PYTHONPATH"]

    def prefect(*words: str, cwd: Path = ROOT) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *words],
            env=env,
            cwd=cwd,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    prefect("work-pool", "create", "copydesk", "--type", "process")
    prefect("deploy", "--all")
    deployment = ask(prefect_api, lambda client: client.read_deployment_by_name("ingest/on-demand"))
    assert deployment.entrypoint == "flows/ingest.py:ingest"
    assert deployment.concurrency_options.collision_strategy.value == "CANCEL_NEW"

    out = tmp_path / "out"
    given = {"inputs": [str(ROOT / "data/samples/clean-already.txt")], "out": str(out)}
    run = ask(
        prefect_api, lambda client: client.create_flow_run_from_deployment(deployment.id, parameters=given)
    )
    (tmp_path / "elsewhere").mkdir()
    prefect("worker", "start", "--pool", "copydesk", "--run-once", cwd=tmp_path / "elsewhere")
    state = ask(prefect_api, lambda client: client.read_flow_run(run.id).state)
    assert (state.name, state.message) == (
        "Completed",
        "1 seen, 1 written, 0 unchanged, 0 duplicate, 0 rejected",
    )
    assert pq.read_table(out / "articles").num_rows == 1


def test_deployed_parameters_are_checked_when_a_run_is_asked_for(
    prefect_api: str, prefect_env: dict[str, str]
) -> None:
    """Wrong parameters from the UI are refused there, and no run is made."""
    from prefect.exceptions import PrefectHTTPStatusError

    deployment = ask(prefect_api, lambda client: client.read_deployment_by_name("ingest/on-demand"))
    with pytest.raises(PrefectHTTPStatusError, match="workers"):
        ask(
            prefect_api,
            lambda client: client.create_flow_run_from_deployment(
                deployment.id, parameters={"workers": "many"}
            ),
        )


def test_the_example_deployment_reads_what_is_in_the_checkout() -> None:
    """Its default parameters work without editing."""
    import yaml

    (deployment,) = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    assert [name for name in deployment["parameters"]["inputs"] if not (ROOT / name).exists()] == []
    assert json.dumps(deployment["parameters"]).isascii()
    assert os.path.exists(ROOT / deployment["entrypoint"].partition(":")[0])
