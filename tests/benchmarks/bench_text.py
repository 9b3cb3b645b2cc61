"""Plain text: copydesk's whole path beside what others take for a part of it.

    python -m tests.benchmarks.bench_text [--documents 1000] [--rounds 3] [--profile]

On a fixed random sample of `eval/text/pool.parquet`, all from UTF-8 bytes: copydesk to article and
ledger; `ftfy.fix_text`; datatrove's `FTFYFormatter` (mojibake alone) and `C4QualityFilter` (line
heuristics). Needs the optional dependencies `bench` and the evaluation folder beside the checkout.
"""

import argparse
import random
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.contest import Batch, Opener, compete, table

POOL = Path(__file__).resolve().parents[3] / "shared" / "eval" / "text" / "pool.parquet"
SEED = 20_261
SLICE = 250
"""Texts in a slice: four batches of `copydesk.tasks.workers.pool`, so that what the other contenders left in the caches counts for little."""
WARM = 400
"""A shard of 10,000 texts pays for its compiled patterns in the first few hundred."""
REFERENCE = "datatrove FTFYFormatter"

Item = tuple[str, bytes]


def sample(count: int) -> list[Item]:
    """A fixed random sample of the pool: (id, UTF-8 bytes). Ends the program if the pool is not there."""
    if not POOL.is_file():
        sys.exit(f"{POOL}: not found; this benchmark needs the evaluation folder beside the checkout")
    import pyarrow.parquet as pq

    rows = pq.read_table(POOL, columns=["id", "text"]).to_pylist()
    chosen = random.Random(SEED).sample(rows, min(count, len(rows)))
    return [(row["id"], row["text"].encode("utf-8", "replace")) for row in chosen]


def copydesk() -> Batch:
    """The whole path, bytes to article and ledger, in batches as a run's workers get them."""
    from copydesk.schemas.document import Origin, RawDocument
    from copydesk.schemas.settings import Settings
    from copydesk.tasks import pipeline
    from copydesk.tasks.pipeline import CleaningContext

    context = CleaningContext.open([], Settings())
    return Batch(
        lambda items: pipeline.clean_many(
            [RawDocument(Origin("pool", name, f"record:{name}"), text, "text") for name, text in items],
            context,
        )
    )


def plain_ftfy() -> Callable[[Item], object]:
    """All of ftfy's fixes, as it comes."""
    import ftfy

    return lambda item: ftfy.fix_text(item[1].decode())


def ftfy_formatter() -> Callable[[Item], object]:
    """Datatrove's formatter: ftfy without the fixes that are a matter of taste."""
    from datatrove.pipeline.formatters import FTFYFormatter

    formatter = FTFYFormatter()
    return lambda item: formatter.format(item[1].decode())


def c4_filter() -> Callable[[Item], object]:
    """Datatrove's C4 line heuristics; most of the time goes to counting sentences."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter

    judge = C4QualityFilter()
    return lambda item: judge.filter(Document(item[1].decode(), item[0]))


CONTENDERS: dict[str, Opener] = {
    "copydesk": copydesk,
    REFERENCE: ftfy_formatter,
    "ftfy.fix_text": plain_ftfy,
    "datatrove C4QualityFilter": c4_filter,
}


def contest(items: list[Item], rounds: int) -> str:
    """The table: each contender's speed and memory, and its time over the reference's."""
    standings = compete(CONTENDERS, items, rounds, SLICE, warm=WARM)
    size = sum(len(content) for _, content in items) * rounds / 1e6
    rows = [("", "documents/cpu-s", "MB/cpu-s", f"time / {REFERENCE}", "start, cpu-s", "peak MiB", "failed")]
    for standing in standings.values():
        total = sum(standing.seconds)
        rows.append(
            (
                standing.name,
                f"{len(items) * rounds / total:,.0f}",
                f"{size / total:.2f}",
                f"{standing.ratio(standings[REFERENCE]):.2f}",
                f"{standing.open_seconds:.1f}",
                f"{standing.peak:.0f}",
                f"{standing.failed}",
            )
        )
    return table(rows)


def profile(items: list[Item], rounds: int) -> str:
    """The table: what each step of copydesk takes of a document."""
    from tests.benchmarks.steps import STEPS, stopwatch

    work = copydesk().work
    work(items[:WARM])
    with stopwatch() as spent:
        for start in range(0, len(items) * rounds, SLICE):
            work((items * rounds)[start : start + SLICE])
    total = sum(spent.values())
    rows = [("step", "ms a document", "share")]
    rows += [(s, f"{1e3 * spent[s] / len(items) / rounds:.3f}", f"{spent[s] / total:.1%}") for s in STEPS]
    return table([*rows, ("all", f"{1e3 * total / len(items) / rounds:.3f}", "")])


def main(argv: list[str] | None = None) -> int:
    """Print the table, or with --profile that of the steps."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--profile", action="store_true", help="the share of each step of copydesk's path instead"
    )
    args = parser.parse_args(argv)
    items = sample(args.documents)
    print(
        f"{len(items):,} documents, {sum(len(c) for _, c in items) / 1e6:.1f} MB, {args.rounds} rounds, one thread each"
    )
    print(profile(items, args.rounds) if args.profile else contest(items, args.rounds))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
