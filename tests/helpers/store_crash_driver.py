"""Run a fixed history of a dataset and kill it at numbered points; started by tests/store/test_crash.py.

It is a process of its own, so that it can fork. A crash is a child that ends by SIGKILL; another child checks
what it left, starts again, and compares. Prints one line of JSON.
"""

import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from store_kit import MEMORY, SETTINGS, Doc, contents, docs, fingerprint, rows, stage

from copydesk.tasks.store import crash_points, files, publication
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

# Files of a few rows, and snapshots that expire as soon as possible.
SMALL = replace(SETTINGS, file_bytes=1, retention_seconds=0.0)

# Four runs: new articles, rejects and duplicates over three commits; changes, a reject that becomes an
# article, a file that is topped up; a change that is reverted; a run with nothing new.
RUNS: list[list[list[Doc]]] = [
    [
        docs(range(4)) + docs(["r1", "r2"], rejected=True),
        [*docs(range(4, 7)), Doc("0001", "one", day=1)],
        [*docs(range(7, 9)), Doc("0001", "two", day=2)],
    ],
    [
        [Doc("0002", "changed"), Doc("r1", "article"), *docs(range(9, 12))],
        [Doc("0007", "changed"), Doc("0003")],
    ],
    [
        [Doc("0002", "back and forth", day=1)],
        [Doc("0002", "changed", day=2), Doc("r2", "again", rejected=True)],
    ],
    [docs(range(4, 6))],
]


Crash = tuple[int, ...]
"""Number of the run, the point at which it is killed, and the point at which the next start is killed, if
any."""


def main() -> None:
    """Run the mode that the arguments name.

    `plan` prints the points of each run. `crash 0:17 2:5:3` tries these crashes; `broken` does so without
    recovery. `pairs 0:17:1` crashes at that point and then at every point of the following start, each time
    from the same wreck; `0:17:5` at every fifth point.
    """
    files.GROUP_ROWS["articles"] = 3
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    mode, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        base = Path(folder)
        points = [live_through(base, number) for number in range(len(RUNS))]
        if mode == "plan":
            print(json.dumps(points))
            return
        if mode == "broken":
            publication.recover = lambda *_: None  # type: ignore[attr-defined]
        crashes = [tuple(map(int, argument.split(":"))) for argument in arguments]
        if mode == "pairs":
            print(json.dumps([try_pairs(base, *crash) for crash in crashes]))
            return
        print(json.dumps([f"{crash}: {problem}" for crash in crashes for problem in try_crash(base, crash)]))


def live_through(base: Path, number: int) -> list[str]:
    """Run without a crash, on a copy of the dataset before the run; return the points."""
    names: list[str] = []
    work(copy_of(base, number, f"before-{number + 1}"), number, names.append)
    return names


def copy_of(base: Path, number: int, name: str) -> Path:
    """Return a copy, under another name, of the dataset before a run."""
    return copied(base / f"before-{number}", base / name)


def copied(source: Path, out: Path) -> Path:
    """Return a copy, under another name, of a dataset (if there is one) and of what was acknowledged."""
    if source.exists():
        shutil.copytree(source, out, symlinks=True)
    if source.with_suffix(".notes").exists():
        shutil.copy(source.with_suffix(".notes"), out.with_suffix(".notes"))
    return out


def work(out: Path, number: int, hook: Callable[[str], None]) -> None:
    """Do a run, or the rest of it."""
    crash_points.hook = hook
    with Store.open(out, SMALL, "p") as dataset:
        dataset.begin([f"{number}"])
        for part, documents in enumerate(RUNS[number]):
            taken = fingerprint(f"{number}-{part}", size=number)
            if dataset.skip_if_done(taken):
                continue
            note(out, f"reading {number}-{part}")
            dataset.commit([stage(dataset, f"s{part}", documents)], [(taken, len(documents))])
            note(out, f"committed {number}-{part}")
        dataset.finish()


def kill_at(last: int) -> Callable[[str], None]:
    """Return a hook that ends the process at the point with this number."""
    count = itertools.count(1)

    def hook(_: str) -> None:
        if next(count) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook


def note(out: Path, line: str) -> None:
    """Record what was acknowledged, outside the dataset."""
    with out.with_suffix(".notes").open("a") as notes:
        notes.write(line + "\n")


def try_crash(base: Path, crash: Crash) -> list[str]:
    """Crash once or more; then check as a reader, start again, and compare with a run that did not crash."""
    number, *points = crash
    name = "-".join(map(str, crash))
    out = copy_of(base, number, name)
    problems: list[str] = []
    for point in points:
        end = in_child(lambda point=point: work(out, number, kill_at(point)))  # type: ignore[misc]
        if end not in (0, -signal.SIGKILL):
            problems.append(f"ended with {end}")
    problems += checked(lambda: inspect(out, number, base / f"before-{number + 1}"))
    shutil.rmtree(out, ignore_errors=True)
    return problems


def try_pairs(base: Path, number: int, point: int, step: int) -> tuple[int, int, int, list[str]]:
    """Crash at a point, and again at each point of the following start, or each `step`th.

    Returns the number of such pairs, of those tried, and of the different wrecks among them, and the
    problems. A start first empties the stage. After that, two wrecks that differ only in the stage are equal,
    so the second need not be crashed at the same points again; nor can a wreck that was seen before have
    another sequel. Times and run ids are ignored.
    """
    wreck = copy_of(base, number, f"{number}-{point}")
    in_child(lambda: work(wreck, number, kill_at(point)))
    names = points_of_start(wreck, base / f"{number}-{point}-0")
    known = portrait(wreck, number, stage=False)
    emptied = names.index("stage emptied") + 1
    places = range(1, 1 + (emptied if known in _SEEN else len(names)), step)
    _SEEN.add(known)
    problems: list[str] = []
    new = 0
    for second in places:
        out = copied(wreck, base / f"{number}-{point}-{second}")
        end = in_child(lambda out=out, second=second: start(out, kill_at(second)))  # type: ignore[misc]
        if end != -signal.SIGKILL:
            problems.append(f"{number}:{point}:{second}: ended with {end}")
        elif (seen := portrait(out, number)) not in _SEEN:
            _SEEN.add(seen)
            new += 1
            found = checked(lambda out=out: inspect(out, number, base / f"before-{number + 1}"))  # type: ignore[misc]
            problems += [f"{number}:{point}:{second}: {problem}" for problem in found]
        remove(out)
    remove(wreck)
    return len(range(1, 1 + len(names), step)), len(places), new, problems


def points_of_start(wreck: Path, copy: Path) -> list[str]:
    """Return the points of a start that finds this wreck."""
    reader, writer = os.pipe()

    def hook(name: str) -> None:
        os.write(writer, f"{name}\n".encode())

    in_child(lambda: start(copied(wreck, copy), hook))
    os.close(writer)
    remove(copy)
    with os.fdopen(reader) as lines:
        return lines.read().splitlines()


def remove(out: Path) -> None:
    """Remove a dataset, and the record of what was acknowledged."""
    shutil.rmtree(out, ignore_errors=True)
    out.with_suffix(".notes").unlink(missing_ok=True)


_SEEN: set[str] = set()
_VARIES = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}|\d+\.\d+|([0-9a-f]{16,})")


def portrait(out: Path, number: int, *, stage: bool = True) -> str:
    """Return everything in a folder and in its state, without times, run ids, and values derived from them."""
    lines = [
        f"{number} {stage}",
        out.with_suffix(".notes").read_text() if out.with_suffix(".notes").exists() else "",
    ]
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if not stage and name.startswith(".copydesk/stage/"):
            continue
        if path.is_symlink():
            lines.append(f"{name} -> {path.readlink()}")
        elif path.is_dir() or path.name.startswith(("state.db", "lock")):
            lines.append(path.name)
        elif "runs" in name or "rejects" in name:
            lines.append(_VARIES.sub("*", name))
        else:
            lines.append(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}")
    path = out / ".copydesk" / "state.db"
    if path.exists():
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as state:
            for line in state.iterdump():
                ours = "runs" in line or "rejects" in line
                masked = _VARIES.sub("*" if ours else _only_times, line)
                lines.append(re.sub(r"(?<=\*\.parquet'),\d+,\d+", "", masked))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _only_times(found: re.Match[str]) -> str:
    return found[0] if found[1] else "*"


def start(out: Path, hook: Callable[[str], None]) -> None:
    """Open a dataset. This recovers it and does nothing else."""
    crash_points.hook = hook
    Store.open(out, SMALL, "p")


def inspect(out: Path, number: int, calm: Path) -> None:
    """Do all checks after a crash."""
    crash_points.hook = lambda _: None
    look(out)
    recover(out)
    look(out)
    work(out, number, lambda _: None)
    compare(out, calm)


def look(out: Path) -> None:
    """Check what a reader finds after a crash, before recovery.

    Commits must be complete, and no fewer than were acknowledged.
    """
    if not (out / "articles").exists():
        assert not promised(out), "nothing is published although commits were acknowledged"
        return
    for tree in ("articles", "ledger", "rejects", "runs"):
        names = [path.name for path in (out / tree).iterdir()]
        assert all(name.endswith(".parquet") for name in names), names
    allowed: dict[str, set[str]] = {}
    for commits in RUNS:
        for doc in (doc for documents in commits for doc in documents if not doc.rejected):
            allowed.setdefault(doc.id, set()).add(doc.article()["text"])
    found = rows(out)
    texts = {row["id"]: row["text"] for row in found}
    assert len(texts) == len(found), "an id is there twice"
    assert all(text in allowed[id_] for id_, text in texts.items()), "a row that nobody wrote"
    expected = promised(out)
    missing = expected.keys() - texts.keys()
    assert not missing, f"acknowledged articles are missing: {missing}"
    behind = {id_ for id_, choice in expected.items() if texts[id_] not in choice}
    assert not behind, f"readers are behind what was acknowledged: {behind}"
    for path in (resolve(out) / "articles").glob("0*.parquet"):
        ids = set(pq.read_table(path)["id"].to_pylist())
        twin = pq.read_table(resolve(out) / "ledger" / path.name)
        assert set(twin["id"].to_pylist()) == ids, "ledger and articles differ"


def promised(out: Path) -> dict[str, set[str]]:
    """Return the texts by id that readers may see: those of the acknowledged commits or of any later ones."""
    notes = out.with_suffix(".notes")
    lines = notes.read_text().splitlines() if notes.exists() else []
    acknowledged = {line.split()[1] for line in lines if line.startswith("committed")}
    texts: dict[str, set[str]] = {}
    for number, commits in enumerate(RUNS):
        for part, documents in enumerate(commits):
            for doc in (doc for doc in documents if not doc.rejected):
                text = doc.article()["text"]
                if f"{number}-{part}" in acknowledged:
                    texts[doc.id] = {text}
                elif doc.id in texts:
                    texts[doc.id].add(text)
    return texts


def recover(out: Path) -> None:
    """Check after a start without any work: nothing is left over, and nothing is missing."""
    Store.open(out, SMALL, "p").close()
    home = out / ".copydesk"
    assert list((home / "stage").iterdir()) == [], "the stage is not empty"
    pool = {path for path in (home / "files").rglob("*.parquet") if path.parent.name != "documents"}
    published = (
        {path.name for path in resolve(out).rglob("*.parquet")} if (out / "articles").exists() else set()
    )
    assert all(path.name in published for path in pool), "the pool holds files that are not published"
    assert verify(out) == [], verify(out)


def compare(out: Path, calm: Path) -> None:
    """Check the dataset after the sequel.

    It must equal that of a run without a crash byte for byte, and no work was repeated.
    """
    assert contents(out) == contents(calm), "files differ from those of a run without a crash"
    assert verify(out) == [], verify(out)
    rejected = {(row["record"], row["content_hash"]) for row in rows(out, "rejects")}
    assert rejected == {(row["record"], row["content_hash"]) for row in rows(calm, "rejects")}, (
        "rejects differ"
    )
    lines = out.with_suffix(".notes").read_text().splitlines()
    for line in {line for line in lines if line.startswith("committed")}:
        again = lines[lines.index(line) + 1 :]
        assert f"reading {line.split()[1]}" not in again, f"read again after it was acknowledged: {line}"


def in_child(task: Callable[[], None]) -> int:
    """Run a task in a fork; return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            task()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def checked(check: Callable[[], None]) -> list[str]:
    """Run a check in a fork; return the problems."""
    reader, writer = os.pipe()

    def task() -> None:
        try:
            check()
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            os.write(writer, f"{where.name}: {type(error).__name__}: {error}"[:2000].encode())

    end = in_child(task)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    return [text or f"the check ended with {end}"] if text or end else []


if __name__ == "__main__":
    main()
