"""Compaction: fewer files, the same rows, and a crash at any point loses nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_kit import SETTINGS, Doc, bodies, contents, docs, quick_folder, rows, run, stage

from copydesk.flows.cli import main
from copydesk.tasks.store import files as store_files
from copydesk.tasks.store.compact import Compacted
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.queries import history
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

TESTS = Path(__file__).resolve().parents[1]
SMALL = replace(SETTINGS, file_bytes=1)
"""Every row group is a file of its own."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture(autouse=True)
def _few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(store_files.GROUP_ROWS, "articles", 5)


def compact(out: Path, *, full: bool = False) -> Compacted:
    with Store.open(out, SETTINGS, "p") as store:
        return store.compact(full=full)


def names(out: Path, tree: str = "articles") -> list[str]:
    return sorted(path.name for path in (out / tree).iterdir())


def test_small_files_become_one_with_the_same_rows(tmp_path: Path) -> None:
    """Articles and ledger stay in step, and `verify` has nothing to say."""
    out = tmp_path / "out"
    run(out, docs(range(30)), settings=SMALL)
    before, ledger = bodies(out), rows(out, "ledger")
    assert len(names(out)) == 6
    done = compact(out)
    assert len(names(out)) == len(names(out, "ledger")) == 1
    assert (bodies(out), rows(out, "ledger")) == (before, ledger)
    assert done.files < done.files_before
    assert verify(out) == []


@pytest.mark.parametrize("full", [False, True])
def test_a_second_time_there_is_nothing_to_do(tmp_path: Path, full: bool) -> None:
    """Not a byte changes, and no commit is made."""
    out = tmp_path / "out"
    run(out, [*docs(range(30)), *docs(["x", "y"], rejected=True)], settings=SMALL)
    run(out, [Doc("0003", "changed")], settings=SMALL, size=2)
    compact(out, full=full)
    before, snapshot = contents(out, ("articles", "ledger", "rejects", "runs")), resolve(out)
    done = compact(out, full=full)
    assert contents(out, ("articles", "ledger", "rejects", "runs")) == before
    assert resolve(out) == snapshot
    assert done.files_before == done.files


def test_the_same_rows_give_the_same_files(tmp_path: Path) -> None:
    """They may come in any runs and any order, with --full."""
    one, other = tmp_path / "one", tmp_path / "other"
    run(one, docs(range(40)), settings=SMALL)
    for number in (3, 1, 0, 2):
        run(other, docs(range(number * 10, number * 10 + 10)), settings=SMALL, size=number)
    assert contents(one) != contents(other)
    for settings in (SMALL, replace(SETTINGS, file_bytes=9_000), SETTINGS):
        for out in (one, other):
            with Store.open(out, settings, "p") as store:
                store.compact(full=True)
        assert contents(one) == contents(other)
        assert (len(names(one)) > 1) == (settings is not SETTINGS)
    ids = [row["id"] for row in rows(one)]
    assert ids == sorted(ids)


def test_full_files_are_left_alone(tmp_path: Path) -> None:
    """Only files well below the full size are written again."""
    out = tmp_path / "out"
    run(out, docs(range(30)), settings=SMALL)
    full = {path.name: path.stat().st_ino for path in (resolve(out) / "articles").iterdir()}
    with Store.open(out, SMALL, "p") as store:
        store.compact()
    assert {path.name: path.stat().st_ino for path in (resolve(out) / "articles").iterdir()} == full


def test_books_and_rejects_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their rows are in their original order."""
    monkeypatch.setattr("copydesk.tasks.store.commit.LOG_BYTES", 1)
    out = tmp_path / "out"
    for number in range(5):
        run(out, docs([f"x{number}"], rejected=True), size=number)
    before = [(row["run_id"], row["record"]) for row in rows(out, "rejects")]
    runs = [row["run_id"] for row in rows(out, "runs")]
    assert len(names(out, "runs")) == len(names(out, "rejects")) == 5
    compact(out)
    assert len(names(out, "runs")) == len(names(out, "rejects")) == 1
    assert [(row["run_id"], row["record"]) for row in rows(out, "rejects")] == before
    assert [row["run_id"] for row in rows(out, "runs")] == runs
    assert verify(out) == []


def test_readers_may_stay_in_the_snapshot_before(tmp_path: Path) -> None:
    """It is kept as long as any other that was replaced, and so is the history of an article."""
    out = tmp_path / "out"
    run(out, docs(range(30)), settings=SMALL)
    run(out, [Doc("0003", "changed")], settings=SMALL, size=2)
    before = resolve(out)
    found = {path.name: path.read_bytes() for path in (before / "articles").iterdir()}
    compact(out)
    assert resolve(out) != before
    assert {path.name: path.read_bytes() for path in (before / "articles").iterdir()} == found
    old, new = history(out, "id-0003")
    assert old.path is not None
    assert new.path is not None
    assert new.live


def test_runs_go_on_after_it(tmp_path: Path) -> None:
    """Changed, new and unchanged articles are recognised as before."""
    out = tmp_path / "out"
    run(out, docs(range(12)), settings=SMALL)
    run(out, docs(range(12, 24)), settings=SMALL, size=2)
    compact(out)
    report = run(out, [*docs(range(20)), Doc("0021", "changed"), Doc("9")], size=3)
    assert (report.written, report.unchanged) == (2, 20)
    assert len(bodies(out)) == 25
    assert verify(out) == []


def test_a_run_that_was_stopped_goes_on_after_it(tmp_path: Path) -> None:
    """Its documents count as known, and nothing is there twice."""
    out = tmp_path / "out"
    with Store.open(out, SMALL, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([stage(store, "s", docs(range(8)))])
    compact(out)
    report = run(out, docs(range(12)))
    assert (report.written, report.unchanged) == (4, 8)
    assert len(bodies(out)) == 12
    assert verify(out) == []


def test_the_command_says_what_it_did(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Files and bytes before and after; JSON for machines; no dataset is a wrong command line."""
    out = tmp_path / "out"
    run(out, docs(range(30)), settings=SMALL)
    run(out, [Doc("0001", "changed")], settings=SMALL, size=2)
    assert main(["compact", str(tmp_path / "nothing")]) == 64
    assert not (tmp_path / "nothing").exists()
    capfd.readouterr()
    assert main(["compact", str(out)]) == 0
    said = capfd.readouterr().out
    assert "files  " in said
    assert "raw documents of replaced versions dropped: 1" in said
    assert main(["compact", str(out), "--full", "--json"]) == 0
    told: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert told["documents"] == 0
    assert main(["compact", str(out), "--full"]) == 0
    assert "Nothing to do" in capfd.readouterr().out
    assert told["files"] <= told["files_before"]


def crash(work: str, step: int) -> dict[str, list[str]]:
    paths = [str(TESTS.parent), str(TESTS / "helpers"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(TESTS / "helpers" / "compact_driver.py"), work, str(step)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    assert len(found["points"]) > 30
    return found


@pytest.mark.parametrize("work", ["small", "replay"])
def test_a_crash_at_some_points_loses_nothing(work: str) -> None:
    """The rows are there at once and after a start, and the sequel gives the files of one without a crash."""
    assert crash(work, 9)["problems"] == []


@pytest.mark.slow
@pytest.mark.parametrize("work", ["small", "full", "replay"])
def test_a_crash_at_any_point_loses_nothing(work: str) -> None:
    """All points of a compaction, and of a replay of rejects."""
    assert crash(work, 1)["problems"] == []
