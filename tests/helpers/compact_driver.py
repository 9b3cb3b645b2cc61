"""Compact a dataset and crash at each point of it; started by tests/store/test_compact.py.

Prints a line of JSON.

It is a process of its own, so that it can fork without threads. Arguments: `full` or `small` for a
compaction, or `replay` for rejects that become articles; and the step between crash points.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa
from store_crash_driver import SMALL, checked, in_child, kill_at
from store_kit import MEMORY, Doc, bodies, contents, docs, rows, run, stage

from copydesk.tasks.store import crash_points, files
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.rejects_view import rejected
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

BIG = replace(SMALL, file_bytes=1 << 20)
"""No file is ever full, so that all are combined."""


def main() -> None:
    """Crash at every n-th point of a compaction, and check what is left."""
    files.GROUP_ROWS["articles"] = 3
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    work, step = WORK[sys.argv[1]], int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        base = Path(folder)
        calm = dataset(base / "calm")
        points: list[str] = []
        work(calm, points.append)
        problems = []
        for number in range(1, len(points) + 1, step):
            out = dataset(base / f"{number}")
            end = in_child(lambda out=out, number=number: work(out, kill_at(number)))  # type: ignore[misc]
            found = [f"ended with {end}"] if end != -9 else []
            found += checked(lambda out=out: look(out, work, calm))  # type: ignore[misc]
            problems += [f"{number} ({points[number - 1]}): {problem}" for problem in found]
        print(json.dumps({"points": points, "problems": problems}))


def dataset(out: Path) -> Path:
    """Make a dataset with small files, changes, rejects, and replaced raw documents."""
    for number in range(3):
        keys = range(number * 4, number * 4 + 4)
        run(
            out,
            [*docs(keys), *docs([f"r{number}"], rejected=True), Doc("0001", f"{number}")],
            settings=SMALL,
            size=number,
        )
    return out


Work = Callable[[Path, Callable[[str], None]], None]


def compact(out: Path, hook: Callable[[str], None], *, full: bool) -> None:
    """Compact once, with a hook at the points."""
    crash_points.hook = hook
    with Store.open(out, BIG, "p") as store:
        store.compact(full=full)


def replay(out: Path, hook: Callable[[str], None]) -> None:
    """Turn two of the rejects into articles, which removes them from the rejects."""
    crash_points.hook = hook
    with Store.open(out, BIG, "p") as store:
        store.begin(["stored rejects"])
        again = [reject.key for reject in rejected(out) if reject.record in ("r0", "r2")]
        store.commit([stage(store, "again", [Doc("r0"), Doc("r2")])], replayed=again)
        store.finish(whole=True)


WORK: dict[str, Work] = {
    "small": partial(compact, full=False),
    "full": partial(compact, full=True),
    "replay": replay,
}


def look(out: Path, work: Work, calm: Path) -> None:
    """Check what a reader finds at once, after a start, and after a repetition."""
    crash_points.hook = lambda _: None
    for _ in range(2):
        found = bodies(resolve(out))
        waiting = {row["record"] for row in rows(resolve(out), "rejects")}
        assert found.keys() | waiting >= bodies(calm).keys(), "a document is neither article nor reject"
        assert not found.keys() & waiting, "a document is both article and reject"
        assert found.items() <= bodies(calm).items(), "a row that nobody wrote"
        Store.open(out, BIG, "p").close()
        assert verify(out) == [], verify(out)
    work(out, lambda _: None)
    assert bodies(out) == bodies(calm), "rows differ"
    assert contents(out) == contents(calm), "files differ from those without a crash"
    assert {row["record"] for row in rows(out, "rejects")} == {row["record"] for row in rows(calm, "rejects")}
    assert verify(out) == [], verify(out)


if __name__ == "__main__":
    main()
