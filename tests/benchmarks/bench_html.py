"""HTML pages: copydesk beside the extractors of the field, quality and speed in one run.

    python -m tests.benchmarks.bench_html [news_pages|web_articles ...] [--limit N] [--only NAME ...]

Quality is measured with the functions of the evaluation folder's `score.py`; what a peer does not
extract (fields) stays empty. A page on which a contender raises or finds nothing counts as empty.
copydesk's weights were trained on these very pages: its quality on pages that no model has seen is
what `cross_validate.py` says. Speed is not touched by that. Needs the optional dependencies
`bench` and the evaluation folder beside the checkout.
"""

import argparse
import importlib.util
import random
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.benchmarks.contest import Standing, compete, table
from tests.benchmarks.extractors import EXTRACTORS, REFERENCE, PageItem

EVALUATION = Path(__file__).resolve().parents[3] / "shared" / "eval"
SETS = ("news_pages", "web_articles")
SEED = 20_261
SLICE = 10
WARM = 60
"""Pages of the other set that each contender sees first: copydesk compiles a pattern when a line first needs
it, 1.5 cpu-seconds in all, which a worker pays once and a shard has 300 to 500 pages for."""

Gold = dict[str, Any]


def pages(name: str, limit: int) -> tuple[list[PageItem], list[Gold]]:
    """Return the pages of a set as a user has them, and their gold content.

    A limit takes a fixed random sample.
    """
    path = EVALUATION / "html" / f"{name}.parquet"
    if not path.is_file():
        sys.exit(f"{path}: not found; this benchmark needs the evaluation folder beside the checkout")
    import pyarrow.parquet as pq

    rows = pq.read_table(path).to_pylist()
    if limit and limit < len(rows):
        rows = random.Random(SEED).sample(rows, limit)
    return [PageItem(row["id"], row["url"] or "", row.pop("html")) for row in rows], rows


def scorer() -> ModuleType:
    """The evaluation folder's own scorer."""
    spec = importlib.util.spec_from_file_location("score", EVALUATION / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"{EVALUATION / 'score.py'}: not found")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def quality(
    answers: Sequence[dict[str, Any] | None], gold: Sequence[Gold], score: ModuleType
) -> dict[str, float | None]:
    """The measures of `score.py html` for the answers of one extractor."""
    found: dict[str, list[float]] = {"body": [], "paragraphs": [], "title": [], "date": [], "authors": []}
    named: set[str] = set()
    for answer, truth in zip(answers, gold, strict=True):
        answer = answer or {}
        named |= answer.keys()
        text = answer.get("text") or ""
        expected = score.expected(truth, text)
        found["body"].append(score.f1(score.words(text), score.words(expected)))
        if truth["paragraphs_exact"]:
            mine, theirs = score.lines(text), score.lines(expected)
            found["paragraphs"].append(2 * (mine & theirs).total() / max(1, mine.total() + theirs.total()))
        if truth["title"]:
            found["title"].append(
                score.f1(score.words(answer.get("title")), score.words(truth["title"])) > 0.9
            )
        if truth["published"]:
            found["date"].append(score.day(answer.get("published")) == truth["published"][:10])
        if truth["authors"]:
            mine, theirs = (
                score.words(" ".join(x["authors"] or [])) for x in ({"authors": []} | answer, truth)
            )
            found["authors"].append(score.f1(mine, theirs) > 0.9)
    asked = (
        {"body", "paragraphs"} | {"title", "authors"} & named | ({"date"} if "published" in named else set())
    )
    return {name: statistics.mean(v) if v and name in asked else None for name, v in found.items()}


def contest(name: str, limit: int, rounds: int, only: Sequence[str]) -> str:
    """The table of one set."""
    items, gold = pages(name, limit)
    before, _ = pages(next(other for other in SETS if other != name), WARM)
    openers = {n: opener for n, opener in EXTRACTORS.items() if not only or n in (*only, REFERENCE)}
    standings = compete(openers, items, rounds, SLICE, before=before, keep=True)
    score = scorer()
    rows: list[tuple[str, ...]] = [
        ("", "body F1", "paragraphs", "title", "date", "authors", "empty",
         "pages/cpu-s", f"speed / {REFERENCE}", "start, cpu-s", "peak MiB")
    ]  # fmt: skip
    rows += [
        _row(standing, standings[REFERENCE], len(items) * rounds, gold, score)
        for standing in standings.values()
    ]
    size = sum(len(item.html) for item in items) / 1e6
    return f"{name}: {len(items):,} pages, {size:.0f} MB, {rounds} rounds, one thread each\n{table(rows)}"


def _row(
    standing: Standing, reference: Standing, count: int, gold: Sequence[Gold], score: ModuleType
) -> tuple[str, ...]:
    measures = quality(standing.answers, gold, score).values()
    return (
        standing.name,
        *("-" if value is None else f"{value:.3f}" for value in measures),
        str(standing.failed),
        f"{count / sum(standing.seconds):,.1f}",
        f"{1 / standing.ratio(reference):.2f}",
        f"{standing.open_seconds:.1f}",
        f"{standing.peak:.0f}",
    )


def main(argv: list[str] | None = None) -> int:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], default=SETS)
    parser.add_argument(
        "--limit", type=int, default=0, help="pages of each set, chosen at random (the same each time)"
    )
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--only", nargs="+", choices=list(EXTRACTORS), default=[], help=f"besides {REFERENCE}"
    )
    args = parser.parse_args(argv)
    for name in args.sets:
        print(contest(name, args.limit, args.rounds, args.only), flush=True)
    print(
        "copydesk's quality is on pages that its weights were trained on; see cross_validate.py for others."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
