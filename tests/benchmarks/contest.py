"""Contenders side by side on a machine that others use as well.

Each contender runs in a process of its own, opened once and warmed up, on one thread. They take
the same slice of the items one after the other, then the next slice, so that what else the machine
does hits all of them alike. CPU time is counted, never wall time; a ratio is the median over slices.
"""

import gc
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Work = Callable[[Any], Any]


@dataclass(frozen=True)
class Batch:
    """The work of a contender that takes a slice of items at once, and gives as many answers; None where it has none."""

    work: Callable[[Sequence[Any]], Sequence[Any]]


Opener = Callable[[], Work | Batch]
"""Loads what a contender needs and returns its work on one item; a function of a module, so that it can be sent."""

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
WARM = 20
"""Items that each contender sees before it is timed, so that caches, automata and lazy imports are filled.
copydesk compiles a pattern when a line first needs it: after 20 items it has most of them to go."""


@dataclass
class Standing:
    """The cost of one contender: CPU seconds of each slice in each round, MiB of memory, results of the first
    round.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    open_seconds: float = 0.0
    """CPU time from an empty process to the first item."""
    peak: float = 0.0
    """Most resident memory of the process, MiB; the items themselves, which all hold, are in it."""
    answers: list[Any] = field(default_factory=list)
    failed: int = 0
    """Items on which the contender raised."""

    def ratio(self, other: "Standing") -> float:
        """Time over the other's time: the median over slices."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


def compete(
    openers: Mapping[str, Opener],
    items: Sequence[Any],
    rounds: int,
    slice_size: int,
    *,
    warm: int = WARM,
    before: Sequence[Any] = (),
    keep: bool = False,
) -> dict[str, Standing]:
    """Let all contenders work through the items `rounds` times, after those of `before` or else the first `warm` of them.

    `keep` collects the answers of the first round.
    """
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    spawn = multiprocessing.get_context("spawn")
    standings = {name: Standing(name) for name in openers}
    wires: dict[str, Any] = {}
    processes = []
    for name, opener in openers.items():
        wires[name], end = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(end, opener), daemon=True)
        process.start()
        end.close()
        processes.append(process)
        wires[name].send((list(items), list(before or items[:warm])))
        standings[name].open_seconds = wires[name].recv()
    for turn in range(rounds):
        for start in range(0, len(items), slice_size):
            for name, wire in wires.items():
                keeping = keep and turn == 0
                wire.send((start, start + slice_size, keeping))
                seconds, answers, failed = wire.recv()
                standings[name].seconds.append(seconds)
                standings[name].answers.extend(answers)
                standings[name].failed += failed if turn == 0 else 0
            print(
                f"\rround {turn + 1}/{rounds}, item {start:,}/{len(items):,} ",
                end="",
                file=sys.stderr,
                flush=True,
            )
    print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
    for name, wire in wires.items():
        wire.send(None)
        standings[name].peak = wire.recv()
    for process in processes:
        process.join()
    return standings


def _serve(wire: Connection, opener: Opener) -> None:
    """One contender's process: open, warm up, then a slice at a time."""
    items, before = wire.recv()
    began = time.process_time()
    work = opener()
    opened = time.process_time() - began
    _run(work, before, False)
    gc.collect()
    gc.freeze()  # as copydesk's workers do; what a contender has opened and the items are not looked through again
    wire.send(opened)
    while (order := wire.recv()) is not None:
        start, stop, keep = order
        batch = items[start:stop]
        began = time.process_time()
        answers, failed = _run(work, batch, keep)
        spent = time.process_time() - began
        wire.send((spent, answers, failed))
    wire.send(_peak())


def _peak() -> float:
    """Most resident memory in MiB. `ru_maxrss` survives exec, so that a child begins with its parent's peak."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(work: Work | Batch, items: Sequence[Any], keep: bool) -> tuple[list[Any], int]:
    if isinstance(work, Batch):
        found = work.work(items)
        return (list(found) if keep else []), sum(answer is None for answer in found)
    answers, failed = [], 0
    for item in items:
        try:
            answer = work(item)
        except Exception:  # a contender that raises has no answer; how often is in the table
            answer = None
            failed += 1
        if keep:
            answers.append(answer)
    return answers, failed


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns, the first of them left, the others right.

    >>> print(table([("name", "n"), ("a", "12")]))
    name   n
    a     12
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )
