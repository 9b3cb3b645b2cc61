"""Whether time grows with the length of a document, and not with its square.

    python -m tests.benchmarks.bench_linear [--kilobytes 1000] [--rules | --html] [--only TEXT]

Hostile plain text, or with --html hostile pages, of n, 2n and 4n characters (n = a quarter of --kilobytes; 10,000 is the longest
document that is taken) goes through the whole path; each doubling may cost 2.6 times the CPU time. Prints the offenders
with the step that is at fault, and what takes longer than a worker's deadline. --rules repeats each rule's
own examples instead.
"""

import argparse
import gc
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from tests.benchmarks import hostile_html
from tests.benchmarks.contest import table
from tests.benchmarks.hostile_text import HOSTILE, rule_cases
from tests.benchmarks.steps import stopwatch

LIMIT: Final = 2.6
"""Times the CPU time for twice the text; 2 is linear, what is above allows for caches and noise."""
_NOTICED: Final = 0.01
"""CPU seconds below which a step's time at 4n is noise."""
_TRIES: Final = 3
"""An offender is measured again, and is one only if it offends every time."""

Spent = dict[str, float]


class Growth(NamedTuple):
    """CPU seconds of a step ("all": of the whole path) at n, 2n and 4n."""

    step: str
    seconds: tuple[float, float, float]

    @property
    def offends(self) -> bool:
        """Whether it grows by more than LIMIT per doubling over both doublings together, and over the last."""
        first, middle, last = self.seconds
        return last > _NOTICED and last > LIMIT * middle and last > LIMIT * LIMIT * first


def measure(text: str, context: CleaningContext, repeats: int = 1, kind: Format = "text") -> Spent:
    """CPU seconds of each step on one document: the least of `repeats` runs."""
    raw = RawDocument(Origin("bench", identity="record:bench"), text.encode("utf-8", "surrogatepass"), kind)
    best: Spent = {}
    for _ in range(repeats):
        gc.collect()
        gc.disable()  # a full collection falls into one run and not into the other
        try:
            with stopwatch() as spent:
                result = clean(raw, context).result
        finally:
            gc.enable()
        if isinstance(result, Reject) and result.reason == "internal-error":
            raise AssertionError(f"{result.detail}: {text[:60]!r}")
        spent["all"] = sum(spent.values())
        best = spent if not best or spent["all"] < best["all"] else best
    return best


def growth(
    make: Callable[[int], str], size: int, context: CleaningContext, repeats: int = 1, kind: Format = "text"
) -> list[Growth]:
    """How the path and each of its steps grow from `size` / 4 characters to `size`."""
    runs = [measure(make(size // part), context, repeats, kind) for part in (4, 2, 1)]
    return [Growth(step, tuple(run.get(step, 0.0) for run in runs)) for step in runs[-1]]  # type: ignore[arg-type]


def offenders(
    make: Callable[[int], str], size: int, context: CleaningContext, kind: Format = "text"
) -> tuple[list[Growth], list[Growth]]:
    """The steps that are worse than linear each time they are measured, and the last measurement."""
    grown: list[Growth] = []
    for attempt in range(_TRIES):
        grown = growth(make, size, context, 1 + attempt, kind)
        if not any(g.offends for g in grown):
            break
    return [g for g in grown if g.offends], grown


def report(
    cases: Iterable[tuple[str, Callable[[int], str]]], size: int, context: CleaningContext, kind: Format
) -> Iterator[tuple[str, ...]]:
    """A row for each case: name, milliseconds a kilobyte at 4n, growth of the last doubling, who is at fault."""
    for name, make in cases:
        bad, grown = offenders(make, size, context, kind)
        whole = next(g for g in grown if g.step == "all")
        slowest = max((g for g in grown if g.step != "all"), key=lambda g: g.seconds[-1], default=whole)
        late = "over the deadline" if whole.seconds[-1] > context.settings.document_seconds else ""
        faults = ", ".join(
            f"{g.step} {g.seconds[1]:.2f} -> {g.seconds[2]:.2f} s" for g in bad if g.step != "all"
        )
        yield (
            name,
            f"{len(make(size)) / 1e6 / max(1e-9, whole.seconds[-1]):.2f}",
            f"{whole.seconds[2] / max(1e-9, whole.seconds[1]):.2f}",
            slowest.step,
            "; ".join(filter(None, (faults or ("all" if bad else ""), late))) or "-",
        )


def main(argv: list[str] | None = None) -> int:
    """Print a row for each case; 1 if any offends."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kilobytes", type=int, default=1000, help="thousand characters of the longest text")
    parser.add_argument(
        "--rules", action="store_true", help="each rule's own examples repeated (1,000 cases and more)"
    )
    parser.add_argument("--html", action="store_true", help="hostile pages instead of plain text")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    args = parser.parse_args(argv)
    context = CleaningContext.open([], Settings())
    clean(RawDocument(Origin("bench"), "Warm up. " * 100, "text"), context)
    kind: Format = "html" if args.html else "text"
    cases = hostile_html.HOSTILE if args.html else rule_cases(context.rules) if args.rules else HOSTILE
    chosen = [(name, make) for name, make in cases.items() if args.only in name]
    rows: list[tuple[str, ...]] = [
        ("case", "M characters/cpu-s", "last doubling", "slowest step", "at fault")
    ]
    for row in report(chosen, args.kilobytes * 1000, context, kind):
        rows.append(row)
        print("  ".join(row), flush=True)
    guilty = [row for row in rows[1:] if row[-1] != "-"]
    print(f"\n{len(guilty)} of {len(chosen)} cases grow faster than the text or take too long")
    if guilty:
        print(table([rows[0], *guilty]))
    return bool(guilty)


if __name__ == "__main__":
    raise SystemExit(main())
