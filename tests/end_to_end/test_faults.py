"""The system says no: to any call of the store, once or for good; and when a disk is full for real."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import shim
from newsroom import story, write_stories
from store_kit import rows

from copydesk.tasks.store.verify import verify

TESTS = Path(__file__).resolve().parents[1]
ROOM = 1 << 30
"""Free space that a run asks for before it starts."""


def faults(each: int, folder: Path, *calls: str) -> dict[str, Any]:
    """Run the driver; returns what it counted."""
    if reason := shim.why_not():
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, str(TESTS / "helpers" / "fault_driver.py"), str(each), *calls],
        capture_output=True,
        text=True,
        env=shim.environment(shim.build(folder)),
    )
    assert done.returncode == 0, done.stderr[-4000:]
    counts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(counts, indent=2))
    return counts


def test_a_failing_call_ends_the_run_loudly_or_is_absorbed(tmp_path: Path) -> None:
    """Some of each kind: an error that says where, readers undisturbed, and the sequel as if nothing had been."""
    counts = faults(1, tmp_path, "fsync", "pwrite", "rename", "link")
    assert counts["problems"] == []
    assert counts["runs"] >= 8
    assert all(what.startswith("link EMLINK") for what in counts["absorbed"])


@pytest.mark.slow
def test_six_hundred_faults(tmp_path: Path) -> None:
    """Every kind of call and error, at up to 24 places each.

    Absorbed are: a link that can't be had (a copy takes its place), files that were read and did not
    close, what SQLite tries again by itself, and all that it does to its log after the last commit. No
    write and no sync of a file that readers see.
    """
    counts = faults(24, tmp_path)
    assert counts["problems"] == []
    assert counts["runs"] >= 300
    absorbed = {
        what
        for what in counts["absorbed"]
        if what.startswith(("fsync", "fdatasync", "write", "pwrite", "rename"))
    }
    assert all(".parquet" not in what for what in absorbed)
    assert not [what for what in absorbed if what.startswith(("fsync", "write", "rename"))]


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system with little more room than a run asks for."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        pytest.skip("mounting a small disk needs root on Linux")
    with tempfile.TemporaryDirectory() as folder:
        size = f"size={ROOM + (24 << 20)}"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", folder], capture_output=True)
        if mounted.returncode:
            pytest.skip(mounted.stderr.decode(errors="replace").strip())
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_during_a_run(disk: Path, tmp_path: Path) -> None:
    """Exit code 74 with place and free bytes, readers undisturbed; with room again the run does the rest."""
    source, out = tmp_path / "in", disk / "out"
    source.mkdir()
    write_stories(source / "1.jsonl", map(story, range(20)))
    assert ingest(source, out).returncode == 0
    before = {row["id"] for row in rows(out)}
    write_stories(source / "2.jsonl", map(story, range(20, 1_500)))
    run = start(source, out)
    while not list((out / ".copydesk" / "stage").iterdir()) and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGSTOP)  # or it may be done before the disk is full
    fill(disk / "other", leave=64 << 10)
    run.send_signal(signal.SIGCONT)
    said, _ = run.communicate()
    assert run.returncode == 74, said
    complaint = said.strip().splitlines()[-1]
    assert str(out) in complaint
    assert "No space left on device" in complaint
    assert " bytes free" in complaint
    found = [row["id"] for row in rows(out)]
    assert before <= set(found)
    assert len(found) in (20, 1_500), "part of a commit is there"
    assert ingest(source, out).returncode == 74, "a run does not start on a full disk"
    (disk / "other").unlink()
    assert ingest(source, out).returncode == 0
    assert len(rows(out)) == 1_500
    assert verify(out) == []


def fill(path: Path, leave: int) -> None:
    """Use all free space, even if others use some at the same time, and free some bytes again."""
    size = 0
    with path.open("wb") as file:
        for step in (16 << 20, 1 << 20, 16 << 10):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step
        file.truncate(size - leave)


def start(source: Path, out: Path) -> "subprocess.Popen[str]":
    """The command, as a shell starts it."""
    words = [
        "ingest",
        str(source),
        "--out",
        str(out),
        "--direct",
        "--id-column",
        "id",
        "--text-column",
        "text",
    ]
    program = Path(sys.executable).with_name("copydesk")
    return subprocess.Popen(
        [program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )


def ingest(source: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    """The same, to its end."""
    run = start(source, out)
    said, _ = run.communicate()
    return subprocess.CompletedProcess([], run.returncode, said)
