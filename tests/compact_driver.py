"""Compacts a dataset and kills it at each point; started by test_store_compact. Prints a line of JSON.

A process of its own, so that it can fork without threads. Arguments: `full` or `small`, and every how many
points to crash at.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from store_crash_driver import SMALL, checked, in_child, kill_at
from store_kit import MEMORY, Doc, bodies, contents, docs, run

from tasks import store_fault, store_files
from tasks.store import Store
from tasks.store_read import verify

BIG = replace(SMALL, file_bytes=1 << 20)
"""No file is ever full, so that all are put together."""


def main() -> None:
    """Crash at every n-th point of a compaction, and look at what is left."""
    store_files.GROUP_ROWS["articles"] = 3
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    full, step = sys.argv[1] == "full", int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        base = Path(folder)
        calm = dataset(base / "calm")
        points: list[str] = []
        compact(calm, full, points.append)
        problems = []
        for number in range(1, len(points) + 1, step):
            out = dataset(base / f"{number}")
            end = in_child(lambda out=out, number=number: compact(out, full, kill_at(number)))  # type: ignore[misc]
            found = [f"ended with {end}"] if end != -9 else []
            found += checked(lambda out=out: look(out, full, calm))  # type: ignore[misc]
            problems += [f"{number} ({points[number - 1]}): {problem}" for problem in found]
        print(json.dumps({"points": points, "problems": problems}))


def dataset(out: Path) -> Path:
    """Small files, changes, rejects, and raw documents that were replaced."""
    for number in range(3):
        keys = range(number * 4, number * 4 + 4)
        run(
            out,
            [*docs(keys), *docs([f"r{number}"], rejected=True), Doc("0001", f"{number}")],
            settings=SMALL,
            size=number,
        )
    return out


def compact(out: Path, full: bool, hook: Callable[[str], None]) -> None:
    """One compaction, with a hook at its points."""
    store_fault.hook = hook
    with Store.open(out, BIG, "p") as store:
        store.compact(full=full)


def look(out: Path, full: bool, calm: Path) -> None:
    """What a reader finds at once, after a start, and when it is done again."""
    store_fault.hook = lambda _: None
    assert bodies(out) == bodies(calm), "rows differ"
    Store.open(out, BIG, "p").close()
    assert bodies(out) == bodies(calm), "rows differ after a start"
    assert verify(out) == [], verify(out)
    compact(out, full, lambda _: None)
    assert contents(out) == contents(calm), "files differ from those of a compaction without a crash"
    assert verify(out) == [], verify(out)


if __name__ == "__main__":
    main()
