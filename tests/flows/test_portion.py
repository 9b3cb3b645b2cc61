"""A part of the inputs: --limit continues at its end, --sample leaves inputs unread, --dry-run leaves no
files.
"""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line
from newsroom import story, write_stories

from copydesk.flows.run import run_ingest
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.store import examine


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def ingest(inputs: list[Path], out: Path, limit: int = 0, sample: float = 1.0) -> RunReport:
    names = tuple(map(str, inputs))
    return run_ingest(
        IngestRequest(names, str(out), settings=Settings(workers=1), limit=limit, sample=sample)
    )


def new(report: RunReport) -> int:
    """Documents that the run read for the first time; `seen` counts those of known inputs, too."""
    return report.written + report.rejected


def records(out: Path) -> list[str]:
    return sorted(pq.read_table(out / "articles", columns=["record"])["record"].to_pylist())


def two_files(folder: Path) -> list[Path]:
    return [
        write_stories(folder / "a.jsonl", [story(n) for n in range(7)], broken_lines=1),
        write_stories(folder / "b.jsonl", [story(n) for n in range(7, 12)]),
    ]


def test_a_limit_goes_on_where_it_ended(tmp_path: Path) -> None:
    """Each run takes the next documents, across files, none twice and none left out; then there is nothing new."""
    inputs, out = two_files(tmp_path), tmp_path / "out"
    assert [new(ingest(inputs, out, limit=5)) for _ in range(4)] == [5, 5, 3, 0]
    assert records(out) == [f"wire-{n:07d}" for n in range(12)]
    assert examine(out).problems == []
    whole = tmp_path / "whole"
    ingest(inputs, whole)
    assert pq.read_table(out / "articles").equals(pq.read_table(whole / "articles"))


def test_a_limit_after_which_all_is_read(tmp_path: Path) -> None:
    """A run without a limit reads what is left."""
    inputs, out = two_files(tmp_path), tmp_path / "out"
    assert new(ingest(inputs, out, limit=3)) == 3
    assert new(ingest(inputs, out)) == 10
    assert len(records(out)) == 12


def test_a_sample_is_the_same_each_time_and_leaves_inputs_unread(tmp_path: Path) -> None:
    """The sample has about the requested share.

    The next run reads everything, and finds the sample unchanged.
    """
    source = write_stories(tmp_path / "a.jsonl", [story(n) for n in range(200)])
    out, other = tmp_path / "out", tmp_path / "other"
    first = ingest([source], out, sample=0.2)
    assert 20 <= first.written <= 60
    ingest([source], other, sample=0.2)
    assert records(out) == records(other)
    again = ingest([source], out, sample=0.2)
    assert (again.written, again.unchanged) == (0, first.written)
    rest = ingest([source], out)
    assert (rest.written, rest.unchanged) == (200 - first.written, first.written)
    assert examine(out).problems == []
    assert new(ingest([source], out)) == 0


def test_a_dry_run_leaves_no_trace(cli: Cli, tmp_path: Path) -> None:
    """It says what would come, by the columns that the dataset remembers, and changes nothing."""
    rows = [{"key": str(n), "body": story(n)["text"]} for n in range(5)]
    source = tmp_path / "a.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{\n", encoding="utf-8")
    out = tmp_path / "out"
    first = tmp_path / "first.jsonl"
    first.write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    assert cli("ingest", first, "-o", out, "--direct", "--text-column", "body", "--id-column", "key")[0] == 0
    before = {
        path: path.read_bytes() for path in out.rglob("*") if path.is_file() and "lock" not in path.name
    }
    code, told, _ = cli("ingest", source, "-o", out, "--dry-run", "--workers", "1")
    assert code == 3
    assert "articles out" in told
    assert "rejected: " in told
    assert "bad-json" in told
    assert str(tmp_path / "out") in told.splitlines()[-1]
    assert {path: path.read_bytes() for path in before} == before
    new = tmp_path / "new"
    assert cli("ingest", source, "-o", new, "--dry-run", "--text-column", "body", "--limit", "2")[0] == 0
    assert not new.exists()


def test_what_makes_no_sense_is_said(cli: Cli, tmp_path: Path) -> None:
    """A share of nothing, or of more than all."""
    for words in (["--sample", "0"], ["--sample", "2"], ["--limit", "-1"]):
        code, _, error = cli("ingest", tmp_path, "-o", tmp_path / "out", "--direct", *words)
        assert (code, words[0] in error) == (64, True)
