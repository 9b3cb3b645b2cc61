"""After a kill at any point the dataset is in its old or its new state, and the next run continues."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
PROCESSES = 2


def drive(mode: str, crashes: list[str]) -> list[list[str]]:
    """Run the driver, its work shared out to as many processes as there are cores; returns what each prints."""
    paths = [str(TESTS.parent), str(TESTS / "helpers"), os.environ.get("PYTHONPATH", "")]
    each = -(-len(crashes) // PROCESSES) or 1
    shares = [crashes[start : start + each] for start in range(0, len(crashes), each)] or [[]]
    started = [
        subprocess.Popen(
            [sys.executable, str(TESTS / "helpers" / "store_crash_driver.py"), mode, *share],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        for share in shares
        if share or not crashes
    ]
    answers = [process.communicate() for process in started]
    for process, (_, errors) in zip(started, answers, strict=True):
        assert process.returncode == 0, errors
    return [json.loads(answer.splitlines()[-1]) for answer, _ in answers]


@pytest.fixture(scope="module")
def plan() -> list[list[str]]:
    """The names of the points that each run passes, in order."""
    return drive("plan", [])[0]  # type: ignore[return-value]


def first_of_each(plan: list[list[str]]) -> list[str]:
    """The first and the last point of each name in each run."""
    chosen = []
    for number, names in enumerate(plan):
        places = {names.index(name) for name in names} | {
            len(names) - 1 - names[::-1].index(name) for name in names
        }
        chosen += [f"{number}:{place + 1}" for place in sorted(places)]
    return chosen


def test_the_history_passes_every_kind_of_point(plan: list[list[str]]) -> None:
    """The runs that are crashed exercise all of the protocol: rejects, removals, expiry, recovery."""
    seen = {name for names in plan for name in names}
    assert {
        "raw reject written",
        "file removed",
        "snapshot expired",
        "recovered",
        "before commit",
        "published",
    } <= seen
    assert len(plan) == 4
    assert all(len(names) > 40 for names in plan)


def test_crash_at_each_kind_of_point(plan: list[list[str]]) -> None:
    """Nothing acknowledged is lost, nothing is there twice or torn, and the sequel ends byte-identical."""
    assert [problem for share in drive("crash", first_of_each(plan)[::2]) for problem in share] == []


def test_the_crash_test_notices_a_missing_recovery(plan: list[list[str]]) -> None:
    """Control: with the recovery taken out, the same test finds fault."""
    before_shown = [f"{number}:{plan[number].index('published') - 1}" for number in (0, 1)]
    assert any(drive("broken", before_shown))


@pytest.mark.slow
def test_crash_at_every_point(plan: list[list[str]]) -> None:
    """All points of all runs."""
    crashes = [f"{number}:{place}" for number, names in enumerate(plan) for place in range(1, len(names) + 1)]
    assert [problem for share in drive("crash", crashes) for problem in share] == []


def pairs(crashes: list[str]) -> tuple[int, list[str]]:
    """Crash at each of these points, and again everywhere in the start that follows: number of pairs, problems."""
    found: list[Any] = [answer for share in drive("pairs", crashes) for answer in share]
    pairs, tried, different = (sum(answer[place] for answer in found) for place in range(3))
    print(f"{pairs:,} pairs of crashes, {tried:,} of them tried, {different:,} wrecks that differ")
    return pairs, [problem for *_, problems in found for problem in problems]


def test_crash_again_in_the_recovery(plan: list[list[str]]) -> None:
    """Killed where much is left to do, and killed again at points of the start that does it."""
    places = [names.index("after commit", names.index("pool synced")) + 1 for names in plan[:2]]
    count, problems = pairs([f"{number}:{place}:7" for number, place in enumerate(places)])
    assert problems == []
    assert count > 5


@pytest.mark.slow
def test_crash_again_at_every_point_of_every_recovery(plan: list[list[str]]) -> None:
    """All pairs of a crash and a crash in the recovery from it (some 9,000)."""
    count, problems = pairs(
        [f"{number}:{place}:1" for number, names in enumerate(plan) for place in range(1, len(names) + 1)]
    )
    assert problems == []
    assert count > 2_000
