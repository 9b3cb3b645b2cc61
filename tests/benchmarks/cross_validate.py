"""Score the cleaner on pages whose publisher no model has seen.

    python tests/benchmarks/cross_validate.py [--folds 5] [--fold N] [--no-rules | --no-model] [--weights DIR] [--worst 20]

For each fold a model is trained on the other folds, and the pages of this fold go through the whole path with it.
The result of all folds is written as a dataset and scored by `eval/score.py`. Folds are by publisher:
`copydesk.tasks.model.training.train.fold_of`. With `--weights` the models are kept, and those that are there are not
trained again: after a change of structure alone, a run takes the time of the cleaning. For flat text see `segment_thresholds.py`.
Needs the extra `train` and the evaluation folder beside the checkout.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path

import pyarrow.parquet as pq

from copydesk.schemas.article import ARTICLES, Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.report import Outcome
from copydesk.schemas.settings import Settings
from copydesk.tasks.model.forest import Forest
from copydesk.tasks.model.training.corpus import gather, group_of
from copydesk.tasks.model.training.train import fit, fold_of, prepare
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.rules.match import compile_rules
from copydesk.tasks.workers.protocol import rows_to_table

SHARED = Path(__file__).resolve().parents[3] / "shared"
SETS = ("html/news_pages.parquet", "html/web_articles.parquet", "html/pages_more.parquet")


def documents(name: str) -> Iterator[tuple[str, RawDocument]]:
    """(publisher, page) of an evaluation set; only what a user would have is read as input."""
    path = SHARED / "eval" / name
    for batch in pq.ParquetFile(path).iter_batches(batch_size=32, columns=["id", "url", "publisher", "html"]):
        for row in batch.to_pylist():
            origin = Origin(name, row["id"], f"record:{row['id']}", url=row["url"] or "")
            yield group_of(row), RawDocument(origin, row["html"], "html")


def forests(
    context: CleaningContext, folds: int, only: int | None, weights: Path | None = None
) -> list[Forest | None]:
    """One model a fold, trained on the others; with `only`, for one fold. `weights` is a folder that keeps them."""
    kept = [weights / f"fold{fold}of{folds}.npz" if weights else None for fold in range(folds)]
    if all(path is not None and path.exists() for fold, path in enumerate(kept) if only in (None, fold)):
        return [
            Forest.read(path) if path and only in (None, fold) else None for fold, path in enumerate(kept)
        ]
    pages = prepare(gather(SHARED, context.book, lambda text: print(text, flush=True)))
    out: list[Forest | None] = []
    for fold in range(folds):
        if only not in (None, fold):
            out.append(None)
            continue
        seen = [page for page in pages if fold_of(page.group, folds) != fold]
        model = fit(seen)
        out.append(model)
        if path := kept[fold]:
            path.parent.mkdir(parents=True, exist_ok=True)
            model.save(path)
        print(f"fold {fold}: trained on {len(seen)} of {len(pages)}", flush=True)
    return out


def write(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Write the output of an ingest, as far as the scorer reads it."""
    shutil.rmtree(folder, ignore_errors=True)
    articles = [o.result for o in outcomes if isinstance(o.result, Article)]
    ledger = [row for o in outcomes for row in o.ledger]
    for name, table in (
        ("articles", rows_to_table(articles, ARTICLES)),
        ("ledger", rows_to_table(ledger, LEDGER)),
    ):
        (folder / name).mkdir(parents=True)
        pq.write_table(table, folder / name / "part.parquet")


def gold_of(name: str, folder: Path, fold: int | None, folds: int) -> Path:
    """Return the gold file of a set, or one with the pages of a single fold."""
    path = SHARED / "eval" / name
    if fold is None:
        return path
    table = pq.read_table(path)
    groups = map(group_of, table.select(["id", "url", "publisher"]).to_pylist())
    pq.write_table(table.filter([fold_of(group, folds) == fold for group in groups]), folder / "gold.parquet")
    return folder / "gold.parquet"


def main() -> int:
    """Train, clean, score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--fold", type=int, help="only this one, in a fraction of the time")
    parser.add_argument("--no-rules", action="store_true")
    parser.add_argument("--no-model", action="store_true")
    parser.add_argument("--body-threshold", type=float, help="instead of the trained one")
    parser.add_argument("--weights", type=Path, help="folder of the models of the folds")
    parser.add_argument("--worst", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("build/cross-validation"))
    args = parser.parse_args()
    context = CleaningContext.open([], Settings())
    if args.no_rules:
        context = replace(context, book=compile_rules(replace(context.rules, rules=())))
    folds = [] if args.no_model else forests(context, args.folds, args.fold, args.weights)
    for name in SETS:
        outcomes = []
        for group, raw in documents(name):
            if args.fold not in (None, fold_of(group, args.folds)):
                continue
            model = folds[fold_of(group, args.folds)] if folds else None
            if model is not None and args.body_threshold is not None:
                model = replace(model, body_threshold=args.body_threshold)
            outcomes.append(
                clean(
                    raw, replace(context, models=replace(context.models, blocks=partial(next, repeat(model))))
                )
            )
        folder = args.out / Path(name).stem
        write(outcomes, folder)
        command = [
            sys.executable,
            str(SHARED / "eval/score.py"),
            "html",
            str(gold_of(name, folder, args.fold, args.folds)),
            str(folder),
        ]
        print(name, flush=True)
        subprocess.run([*command, "--worst", str(args.worst)], check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
