"""Acknowledged data survives a power cut, on the two file systems that most Linux machines have."""

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
import shim
from store_kit import MEMORY

DRIVER = Path(__file__).parents[1] / "helpers" / "power_driver.py"
KINDS = ("ext4", "xfs")


def why_not(kind: str) -> str:
    """Why no such file system can be mounted here; empty if it can."""
    if reason := shim.why_not():
        return reason
    if os.geteuid() != 0:
        return "mounting an image needs root"
    missing = [tool for tool in (f"mkfs.{kind}", "mount", "umount") if not shutil.which(tool)]
    if missing:
        return f"needs {', '.join(missing)}"
    with tempfile.TemporaryDirectory() as name:
        image = Path(name, "image")
        with image.open("wb") as file:
            file.truncate(400 << 20)
        tried = subprocess.run([f"mkfs.{kind}", "-q", image], capture_output=True)
        if tried.returncode == 0:
            tried = subprocess.run(["mount", "-o", "loop", image, name], capture_output=True)
        if tried.returncode == 0:
            subprocess.run(["umount", name], check=True)
        return tried.stderr.decode(errors="replace").strip() if tried.returncode else ""


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """A file system that can be mounted here; the test is skipped where it can't, and says why."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    return str(request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        yield Path(name)


def cut(kind: str, cuts: int, folder: Path, *, sync: bool = True, seed: int = 1) -> dict[str, Any]:
    """Run the driver; returns what it counted."""
    done = subprocess.run(
        [sys.executable, str(DRIVER), kind, str(cuts), str(seed), str(folder)],
        capture_output=True,
        text=True,
        env=shim.environment(shim.build(folder), sync=sync),
    )
    assert done.returncode == 0, done.stderr[-4000:]
    counts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(kind, "synced" if sync else "not synced", counts)
    return counts


def test_a_power_cut_loses_nothing_that_was_acknowledged(kind: str, folder: Path) -> None:
    """There are two cuts. Readers find whole commits at once, and the store continues from them."""
    counts = cut(kind, 2, folder)
    assert counts["problems"] == []
    assert counts["cuts"] == 2
    assert counts["acknowledged"] > 2


def test_without_syncing_a_power_cut_loses_what_was_acknowledged(kind: str, folder: Path) -> None:
    """Control: the same with every sync a lie. If this passed, the test above would prove nothing."""
    counts = cut(kind, 1, folder, sync=False)
    # How far the system had written back by itself decides whether a file is lost or torn, or the state is empty.
    assert any("as it was found" in problem for problem in counts["problems"])


@pytest.mark.slow
def test_many_power_cuts(kind: str, folder: Path) -> None:
    """Twenty cuts at random moments, some after the system wrote back by itself what was not synced yet."""
    counts = cut(kind, 20, folder, seed=2)
    assert counts["problems"] == []
    assert counts["cuts"] == 20


@pytest.mark.slow
def test_without_syncing_every_power_cut_loses_something(kind: str, folder: Path) -> None:
    """Control, four times."""
    counts = cut(kind, 4, folder, sync=False, seed=3)
    assert sum("as it was found" in problem for problem in counts["problems"]) == 4
