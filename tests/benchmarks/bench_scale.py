"""Many documents: how fast, in how much memory, and whether the last are taken in as fast as the first.

    python -m tests.benchmarks.bench_scale [--documents 50000] [--files 0] [--folder DIR]

Ingests generated wire stories of 1 KB (headline, byline, body, furniture) as `copydesk ingest --direct` does,
50,000 in each file of JSON Lines, and prints documents per second, CPU time, memory of all processes over
the run, the time of each commit, and bytes on disk; then what a second run takes that finds nothing new.
With `--files N`, instead, N small files of one story each: what a scheduled run costs that knows them all.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))
FILE_STORIES = 50_000

RUN = """
    import json, resource, sys, time
    from pathlib import Path
    from copydesk.flows.run import run_ingest
    from copydesk.schemas.request import IngestRequest
    from copydesk.schemas.inputs import Columns
    from copydesk.tasks.store.dataset import Store
    source, out, notes = sys.argv[1:]
    spans = []
    def timed(name, method):
        def call(store, *words, **more):
            began, cpu = time.monotonic(), time.process_time()
            done = method(store, *words, **more)
            spans.append((name, began, time.monotonic() - began, time.process_time() - cpu))
            return done
        return call
    Store.commit, Store.finish = timed("commit", Store.commit), timed("finish", Store.finish)
    columns = Columns(id="id", text="text", url="url", publisher="publisher")
    began = time.monotonic()
    report = run_ingest(IngestRequest((source,), out, columns))
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    Path(notes).write_text(json.dumps({
        "wall": time.monotonic() - began, "began": began, "spans": spans,
        "own": own.ru_utime + own.ru_stime, "workers": others.ru_utime + others.ru_stime, "own_peak": own.ru_maxrss / 1024,
        "seen": report.seen, "written": report.written, "unchanged": report.unchanged, "rejected": report.rejected,
    }))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where there is room for 5 KB a document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        count = options.files or options.documents
        size = write(folder / "in", count, 1 if options.files else FILE_STORIES)
        print(
            f"{count:,} documents, {size / 1e6:,.0f} MB, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}"
        )
        first = measure(folder)
        tell(first, count)
        print("on disk, MB:", {name: round(used / 1e6, 1) for name, used in disk(folder / "out").items()})
        print(
            "the state, MB:",
            {name: round(used / 1e6, 1) for name, used in tables(folder / "out/.copydesk/state.db").items()},
        )
        again = measure(folder)
        assert (again["unchanged"], again["written"]) == (first["written"], 0), again
        print(
            f"a second run that finds nothing new: {again['wall']:.1f} s, {again['own'] + again['workers']:.1f} s of CPU"
        )


def write(folder: Path, count: int, each: int) -> int:
    """Write so many stories, so many a file; returns the bytes."""
    from newsroom import story, write_stories

    folder.mkdir()
    size = 0
    for first in range(0, count, each):
        part = folder / (f"{first // 1000:05d}" if each == 1 else "all")
        part.mkdir(exist_ok=True)
        path = write_stories(part / f"{first:08d}.jsonl", map(story, range(first, min(count, first + each))))
        size += path.stat().st_size
    return size


def measure(folder: Path) -> dict[str, Any]:
    """Run an ingest in a process of its own, and watch its memory."""
    notes = folder / "notes"
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), str(folder / "in"), str(folder / "out"), str(notes)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    memory: list[tuple[float, float]] = []
    ended = threading.Event()
    watcher = threading.Thread(target=watch, args=(run.pid, memory, ended))
    watcher.start()
    status = run.wait()
    ended.set()
    watcher.join()
    if status:
        sys.exit(f"the run ended with {status}")
    found: dict[str, Any] = json.loads(notes.read_text())
    return found | {"memory": memory}


def watch(pid: int, memory: list[tuple[float, float]], ended: threading.Event) -> None:
    """Note once a second how much memory a process and its descendants have, shared pages counted once."""
    while not ended.wait(1.0):
        memory.append((time.monotonic(), sum(map(proportional, family(pid))) / 1024))


def family(pid: int) -> list[int]:
    """A process, and all that it or its children have started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found += family(int(child))
    return found


def proportional(pid: int) -> int:
    """Memory of a process in KiB, of shared pages its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def tell(found: dict[str, Any], count: int) -> None:
    """Print what a run took."""
    own, workers = found["own"], found["workers"]
    print(f"{found['wall']:,.1f} s, {count / found['wall']:,.0f} documents/s, {found['rejected']} rejected")
    print(
        f"CPU {own + workers:,.1f} s: workers {workers / count * 1e3:.2f} ms a document, the rest {own / count * 1e3:.2f} ms"
    )
    commits = [span for span in found["spans"] if span[0] == "commit"]
    seconds = sorted(span[2] for span in commits)
    if seconds:
        slowest = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
        print(
            f"{len(seconds)} commits: median {statistics.median(seconds):.2f} s, p99 {slowest:.2f} s, most {seconds[-1]:.2f} s"
        )
        parts = [part for part in tenths(commits) if part]
        print(
            "CPU s of a commit, by tenth of the run:",
            [round(statistics.mean(s[3] for s in part), 2) for part in parts],
        )
        print(
            "its median time, s, by tenth of the run:",
            [round(statistics.median(s[2] for s in part), 2) for part in parts],
        )
    for name, _, wall, cpu in found["spans"]:
        if name == "finish":
            print(f"finish: {wall:.1f} s, CPU {cpu:.1f} s")
    memory = [size for _, size in found["memory"]]
    if memory:
        print(
            "memory of all processes, MiB, most in each tenth of the run:",
            [round(max(part)) for part in tenths(memory) if part],
        )


def tenths(found: list[Any]) -> list[list[Any]]:
    """A list in ten parts."""
    return [found[len(found) * n // 10 : len(found) * (n + 1) // 10] for n in range(10)]


def tables(state: Path) -> dict[str, int]:
    """Bytes of the tables of the state, and their indexes, that take most; empty where SQLite can't tell."""
    with closing(sqlite3.connect(f"{state.as_uri()}?mode=ro", uri=True)) as db:
        try:
            rows = db.execute(
                "SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
                " ORDER BY 2 DESC LIMIT 5"
            )
            return dict(rows.fetchall())
        except sqlite3.Error:
            return {}


def disk(out: Path) -> dict[str, int]:
    """Bytes by part of the dataset, files with several names counted once."""
    seen: set[int] = set()
    sizes: dict[str, int] = {}
    for path in (out / ".copydesk").rglob("*"):
        status = path.lstat()
        if path.is_file() and not path.is_symlink() and status.st_ino not in seen:
            seen.add(status.st_ino)
            name = path.parent.name if path.suffix == ".parquet" else path.name.split("-")[0]
            sizes[name] = sizes.get(name, 0) + status.st_size
    return sizes


if __name__ == "__main__":
    main()
