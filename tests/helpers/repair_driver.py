"""Lose a dataset's state, kill the repair at numbered points, and repair again.

Started by tests/store/test_recovery.py.

Prints one line of JSON: the names of the points (`plan`), or the problems (`crash 3 17 ...`). The former
state comes from an older backup, so that there is something to move aside.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from store_crash_driver import copied, in_child, kill_at
from store_kit import MEMORY, Doc, contents, docs, run

from copydesk.schemas.errors import StorageError
from copydesk.tasks.store import crash_points
from copydesk.tasks.store.recovery import repair
from copydesk.tasks.store.verify import verify


def make(out: Path) -> None:
    """Make a dataset whose state is that of its first run, and whose pool lacks a file of the snapshot."""
    run(out, [*docs(range(6)), *docs(["x"], rejected=True)])
    shutil.copy(out / ".copydesk/state.db", out.with_suffix(".db"))
    run(out, [Doc("0003", "changed"), *docs(range(6, 9))], size=2)
    shutil.move(out.with_suffix(".db"), out / ".copydesk/state.db")
    next((out / ".copydesk/files/ledger").iterdir()).unlink()
    (out / ".copydesk/files/runs/00000007-0123456789abcdef.parquet").write_bytes(b"left over")


def main() -> None:
    """Run the mode that the arguments name."""
    mode, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        wreck = Path(folder) / "wreck"
        make(wreck)
        if mode == "plan":
            names: list[str] = []
            crash_points.hook = names.append
            repair(wreck)
            print(json.dumps(names))
            return
        print(json.dumps([problem for point in arguments for problem in crash(wreck, int(point))]))


def crash(wreck: Path, point: int) -> list[str]:
    """Kill a repair at a point. Writing is then refused, or the state is right; a second repair finishes."""
    shown = contents(wreck)
    out = copied(wreck, wreck.with_name(f"crash-{point}"))

    def broken() -> None:
        crash_points.hook = kill_at(point)
        repair(out)

    end = in_child(broken)
    crash_points.hook = lambda _: None
    problems = [] if end == -signal.SIGKILL else [f"{point}: the repair ended with {end}"]
    problems += [] if contents(out) == shown else [f"{point}: readers see something else"]
    left = {path.name for path in out.rglob("*") if "00000007-" in path.name}
    problems += [] if left else [f"{point}: a file was deleted"]
    try:
        run(copied(out, out.with_name("try")), docs(["new"]), size=3)
    except StorageError:
        pass
    else:
        problems += [f"{point}: {each}" for each in verify(out.with_name("try"))]
    shutil.rmtree(out.with_name("try"))
    done = repair(out)
    problems += [f"{point}: {each}" for each in done.problems]
    problems += [] if contents(out) == shown else [f"{point}: readers see something else at the end"]
    report = run(out, [Doc("0003", "changed"), *docs(range(6, 9))], size=4)
    problems += [] if report.unchanged == 4 else [f"{point}: {report.unchanged} of 4 unchanged"]
    problems += [f"{point}: {each}" for each in verify(out)]
    shutil.rmtree(out)
    return problems


if __name__ == "__main__":
    main()
