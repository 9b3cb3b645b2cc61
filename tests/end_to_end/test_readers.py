"""Readers of every kind beside a writer that never rests, each in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reader_driver import READERS
from store_kit import quick_folder

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from quick_folder()


def drive(*words: object) -> "subprocess.Popen[str]":
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS / "helpers")])
    return subprocess.Popen(
        [sys.executable, str(TESTS / "helpers" / "reader_driver.py"), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )


def answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, complaints = process.communicate()
    assert process.returncode == 0, complaints[-3000:]
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def beside_a_writer(folder: Path, way: str, reads: int) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Have each kind of reader read so many times while a writer commits; what writer and readers counted."""
    out, stop, never = folder / "out", folder / "stop", folder / "never"
    writer = drive("write", out, stop)
    while not (out / "articles").exists() and writer.poll() is None:
        time.sleep(0.05)
    readers = {kind: drive("read", kind, way, out, reads, never) for kind in READERS}
    found = {kind: answer(process) for kind, process in readers.items()}
    stop.touch()
    wrote = answer(writer)
    print(json.dumps({"way": way, "writer": wrote, "readers": found}, indent=1))
    return wrote, found


def total(found: dict[str, dict[str, Any]], what: str) -> int:
    return sum(
        sum(answers[what].values()) if what != "reads" else answers[what] for answers in found.values()
    )


def test_reads_through_the_resolved_path_never_fail(folder: Path) -> None:
    """The path that `copydesk path` prints can be read, and holds one commit, during other writes."""
    wrote, found = beside_a_writer(folder, "resolved", 25)
    assert (total(found, "reads"), total(found, "failed"), total(found, "wrong")) == (150, 0, 0)
    assert wrote["commits"] > 4


@pytest.mark.slow
def test_ten_thousand_reads_through_the_resolved_path(folder: Path) -> None:
    """The same, 1,700 times with each kind of reader."""
    wrote, found = beside_a_writer(folder, "resolved", 1_700)
    assert (total(found, "reads"), total(found, "failed"), total(found, "wrong")) == (10_200, 0, 0)
    assert wrote["commits"] > 100


@pytest.mark.slow
def test_reads_through_the_link_fail_loudly_or_are_right(folder: Path) -> None:
    """Through OUT/articles a read that meets a commit may miss a file, and says so; it is never wrong."""
    _, found = beside_a_writer(folder, "link", 500)
    assert total(found, "wrong") == 0
    assert all(set(answers["failed"]) <= {"no such file"} for answers in found.values())
