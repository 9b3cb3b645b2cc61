"""Alarms on generated histories: unusual values are reported, noise is not."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.cli import main
from copydesk.flows.run import run_ingest
from copydesk.flows.summary import summary
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.run_statistics import Signs, Volume
from copydesk.schemas.settings import Settings
from copydesk.tasks.runs.alarm_checks import alarms

NEEDED = Settings().alarm_runs_needed
TESTS = Path(__file__).parents[1]


def day(dice: random.Random, **more: Any) -> Signs:
    """A run over three sites whose figures wander as those of real sites do."""
    sources = {
        "a.example": dice.randint(400, 800),
        "b.example": dice.randint(20, 400),
        "c.example": dice.randint(0, 12),
    }
    shares = {
        "a.example": dice.gauss(0.3, 0.03),
        "b.example": dice.gauss(0.1, 0.02),
        "c.example": dice.random(),
    }
    publishers = {
        name: Volume(count, round(1000 * (1 - share)) * count, round(1000 * share) * count)
        for (name, count), share in zip(sources.items(), shares.values(), strict=True)
    }
    documents = sum(sources.values())
    rejected = sum(dice.random() < 0.02 for _ in range(documents))
    signs = Signs(
        documents, rejected, sources, publishers, {"utf-8": documents, "windows-1252": 40}, pipeline="p"
    )
    return replace(signs, **more)


def past(dice: random.Random, runs: int) -> list[Signs]:
    return [day(dice) for _ in range(runs)]


@pytest.mark.parametrize(("runs", "most"), [(5, 30), (20, 5)])
def test_false_alarms_are_rare(runs: int, most: int) -> None:
    """Over 2,000 days of three sites, one with 20 to 400 documents a day: with a short past at most one in
    60 days, with a whole one at most one in 400.
    """
    dice = random.Random(1)
    days = past(dice, 2_000 + runs)
    said = [line for n in range(runs, len(days)) for line in alarms(days[n], days[n - runs : n], NEEDED)]
    assert len(said) <= most, said


BROKEN: dict[str, tuple[Any, str]] = {
    "a template changed": (
        lambda now: replace(now, publishers=now.publishers | {"a.example": Volume(500, 300_000, 700_000)}),
        "removed: 70.0% of a.example (500 articles); the median is ",
    ),
    "a pattern fails": (
        lambda now: replace(now, publishers=now.publishers | {"a.example": Volume(500, 490_000, 10_000)}),
        "removed: 2.0% of a.example (500 articles); the median is ",
    ),
    "a feed dried up": (
        lambda now: replace(now, sources={n: c for n, c in now.sources.items() if n != "a.example"}),
        "volume: 0 documents of a.example; the median is ",
    ),
    "a feed repeats itself": (
        lambda now: replace(now, sources=now.sources | {"a.example": 30_000}),
        "volume: 30,000 documents of a.example; the median is ",
    ),
    "all of it is less": (
        lambda now: replace(now, documents=100, rejected=2),
        "volume: 100 documents; the median is ",
    ),
    "more is rejected": (lambda now: replace(now, rejected=now.documents // 8), "rejects: 12."),
    "a charset nobody had": (
        lambda now: replace(now, charsets=now.charsets | {"koi8-r": 7}),
        "charset: 7 articles in koi8-r, which no earlier run had",
    ),
}


@pytest.mark.parametrize("case", BROKEN.items(), ids=lambda case: case[0])
def test_what_broke_is_said_and_nothing_else(case: Any) -> None:
    """One sentence, with what was found and what is usual."""
    change, expected = case[1]
    dice = random.Random(3)
    (said,) = alarms(change(day(dice)), past(dice, 20), NEEDED)
    assert said.startswith(expected)


@pytest.mark.parametrize("case", BROKEN.items(), ids=lambda case: case[0])
def test_half_of_the_past_may_have_been_broken_in_other_ways(case: Any) -> None:
    """Median and MAD do not move for outliers as a mean would."""
    change, expected = case[1]
    dice = random.Random(3)
    outlier = replace(day(dice), documents=50_000, sources={"z.example": 50_000}, publishers={})
    days = past(dice, 14) + [outlier] * 3
    assert any(line.startswith(expected) for line in alarms(change(day(dice)), days, NEEDED))


@pytest.mark.parametrize("runs", range(5))
def test_there_are_no_alarms_before_there_is_a_history(runs: int) -> None:
    """The first runs show what is usual."""
    dice = random.Random(5)
    for change, _ in BROKEN.values():
        assert alarms(change(day(dice)), past(dice, runs), NEEDED) == []


def test_a_run_that_read_nothing_says_nothing_and_is_not_asked() -> None:
    """Schedules run more often than feeds change."""
    dice = random.Random(5)
    nothing = Signs(pipeline="p")
    assert alarms(nothing, past(dice, 20), NEEDED) == []
    days = [run for day_ in past(dice, 20) for run in (day_, nothing, nothing, nothing)]
    assert alarms(day(dice), days, NEEDED) == []


def test_a_run_that_was_stopped_or_resumed_says_nothing_of_volumes() -> None:
    """It read a part, and the next run another; what it removed counts all the same."""
    dice = random.Random(5)
    part = replace(day(dice), whole=False, documents=90, rejected=1, sources={"a.example": 90})
    assert alarms(part, past(dice, 20), NEEDED) == []
    changed = replace(part, publishers={"a.example": Volume(90, 100, 900)})
    assert [line[:14] for line in alarms(changed, past(dice, 20), NEEDED)] == ["removed: 90.0%"]
    assert alarms(day(dice), past(dice, 10) + [part] * 10, NEEDED) == []


def test_a_new_pipeline_reads_everything_again_without_an_alarm() -> None:
    """Volumes are then those of years; the shares are compared, since that is the question after an upgrade."""
    dice = random.Random(5)
    again = replace(day(dice), pipeline="q", documents=90_000, sources={"a.example": 90_000}, rejected=1_800)
    assert alarms(again, past(dice, 20), NEEDED) == []
    after = [*past(dice, 20), again]
    assert alarms(replace(day(dice), pipeline="q"), after, NEEDED) == []


@given(st.integers())
def test_signs_come_back_from_the_state_as_they_were(seed: int) -> None:
    """As JSON, the largest thousand sources and publishers of them."""
    signs = day(random.Random(seed))
    assert Signs.from_dict(json.loads(json.dumps(signs.to_dict()))) == signs
    many = replace(signs, sources={f"s{n}": n for n in range(3_000)})
    assert min(Signs.from_dict(many.to_dict()).sources.values()) == 2_000


def test_adding_up_shards_is_counting_the_run() -> None:
    """A run's signs are the sums of those of its shards."""
    dice = random.Random(9)
    one, two = day(dice), day(dice)
    both = one.plus(two)
    assert both.documents == one.documents + two.documents
    assert (
        both.publishers["a.example"].removed
        == one.publishers["a.example"].removed + two.publishers["a.example"].removed
    )
    assert both.charsets["windows-1252"] == 80
    assert Signs().plus(one) == replace(one, pipeline="")


# In a real run


def write(folder: Path, number: int, documents: int, text: str = "text") -> None:
    rows = [
        {"id": f"{number}-{n}", "text": f"{text} {n} of day {number}", "site": "a.example"}
        for n in range(documents)
    ]
    (folder / f"{number:02}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_an_alarm_stands_in_the_report_the_runs_table_and_the_summary(tmp_path: Path) -> None:
    """There are two usual days, and one with a fiftieth. The alarm is about the run and the site."""
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    settings = Settings(workers=1, min_free_bytes=0, alarm_runs_needed=2)
    columns = Columns(id="id", text="text", publisher="site")
    reports = []
    for number, documents in enumerate([100, 90, 2]):
        write(folder, number, documents)
        request = IngestRequest((str(folder),), str(out), columns, settings=settings)
        reports.append(run_ingest(request, cleaner="cleaners:obedient"))
    expected = ["volume: 2 documents; the median is 95", "volume: 2 documents of a.example; the median is 95"]
    assert [report.alarms for report in reports] == [[], [], expected]
    rows = pq.read_table(out / "runs").sort_by("started_at").to_pylist()
    assert [row["alarms"] for row in rows] == [[], [], expected]
    text = summary(reports[2], "out")
    assert "- `volume: 2 documents of a.example; the median is 95`" in text
    assert "Unusual" not in summary(reports[1], "out")


@pytest.mark.slow
def test_the_exit_code_tells_when_it_is_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is 5 with --fail-on-alarm, otherwise that of any finished run.

    The articles are in the dataset either way.
    """
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    words = ["ingest", str(folder), "--out", str(out), "--direct", "--id-column", "id"]
    words += ["--publisher-column", "site", "--fail-on-alarm"]
    codes = []
    for number in range(7):
        write(
            folder,
            number,
            60 if number < 6 else 1,
            "The council met on Tuesday and spoke of the bridge for hours,",
        )
        codes.append(main(words))
    assert codes == [0, 0, 0, 0, 0, 0, 5]
    assert "Alarm: volume: 1 documents" in " ".join(capsys.readouterr().out.split())
    assert pq.read_table(out / "articles").num_rows == 361
    assert main(words[:-1]) == 0


def test_a_wrong_runner_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Named, with those there are."""
    assert main(["ingest", "x", "--out", "y", "--runner", "spark"]) == 64
    assert "expected one of local, dask, ray" in capsys.readouterr().err
    assert main(["ingest", str(TESTS / "helpers"), "--out", "y", "--direct", "--runner", "dask"]) == 64
    assert "leave --direct out" in capsys.readouterr().err


def test_importing_the_command_line_loads_no_cluster() -> None:
    """Dask and Ray are extras: nothing of them is touched before a run asks for one."""
    code = "import sys, copydesk.flows.cli.commands, copydesk.flows.run; print(sorted({'dask', 'ray', 'distributed', 'prefect'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=TESTS.parent, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_prefect_hears_of_an_alarm(tmp_path: Path, on_server: str) -> None:
    """The flow fails if that was requested, with the alarm in the message. The articles are in the dataset."""
    from copydesk.flows.ingest import ingest
    from copydesk.flows.prefect_tasks import Observer, observer

    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    settings = Settings(workers=1, min_free_bytes=0, alarm_runs_needed=2)
    columns = Columns(id="id", text="text", publisher="site")
    for number, documents in enumerate([100, 110, 90]):
        write(folder, number, documents)
        run_ingest(
            IngestRequest((str(folder),), str(out), columns, settings=settings), cleaner="cleaners:obedient"
        )
    write(folder, 3, 2)
    token = observer.set(Observer(cleaner="cleaners:obedient"))
    try:
        state = ingest(
            inputs=[str(folder)],
            out=str(out),
            id_column="id",
            text_column="text",
            publisher_column="site",
            workers=1,
            settings={"min_free_bytes": 0, "alarm_runs_needed": 2},
            fail_on_alarm=True,
            return_state=True,
        )
    finally:
        observer.reset(token)
    assert state.name == "Failed"
    assert "2 alarms: volume: 2 documents; the median is 100" in str(state.message)
    assert pq.read_table(out / "articles").num_rows == 302
