"""`copydesk ingest` killed at random, with its workers or without: nothing lost, nothing double, nothing torn."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from store_kit import MEMORY

TESTS = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory, if a run has enough space there; otherwise on disk."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 << 30
    with tempfile.TemporaryDirectory(dir=MEMORY if roomy else None) as name:
        yield Path(name)


def drive(driver: str, *words: object) -> dict[str, Any]:
    """Run a driver; returns what it counted."""
    done = subprocess.run(
        [sys.executable, str(TESTS / "helpers" / driver), *map(str, words)],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS / "helpers")]),
            "OMP_NUM_THREADS": "1",
        },
    )
    assert done.returncode == 0, done.stderr[-4000:]
    counts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(words, counts)
    return counts


def campaign(mode: str, kills: int, folder: Path, seed: int = 1) -> dict[str, Any]:
    return drive("kill_driver.py", mode, kills, seed, folder)


def check(counts: dict[str, Any], kills: int) -> None:
    assert counts["problems"] == []
    assert counts["kills"] >= kills
    assert counts["finished"] == 4 * counts["datasets"] > 0


def test_a_few_kills(folder: Path) -> None:
    """The command, its workers, or all of them at once; each dataset ends as one that was left in peace."""
    check(campaign("warm", 8, folder), 8)


def test_the_campaign_notices_commits_that_are_not_one_step(folder: Path) -> None:
    """Control: with the transaction taken out, the same kills leave a dataset that is found at fault."""
    assert campaign("broken", 40, folder)["problems"]


def test_of_many_starts_at_once_one_has_the_folder(folder: Path) -> None:
    """The others end with exit code 75 and touch nothing; killed, the one leaves a folder that is free at once."""
    counts = drive("writers_driver.py", 2, 5, folder)
    assert counts["problems"] == []
    assert (counts["refused"], counts["killed"]) == (8, 1)


@pytest.mark.slow
def test_twenty_starts_at_once_fifty_times(folder: Path) -> None:
    """As above."""
    counts = drive("writers_driver.py", 50, 20, folder)
    assert counts["problems"] == []
    assert (counts["refused"], counts["killed"]) == (950, 25)


@pytest.mark.slow
def test_nine_hundred_kills(folder: Path) -> None:
    """As above, until 900 times a process was killed that was still at work."""
    check(campaign("warm", 900, folder, seed=2), 900)


@pytest.mark.slow
def test_a_hundred_kills_of_the_program_as_a_shell_starts_it(folder: Path) -> None:
    """The real program from the start of its interpreter on."""
    check(campaign("true", 100, folder, seed=3), 100)
