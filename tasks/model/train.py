"""Train the block model.

    python -m tasks.model.train text|html [--shared ../shared] [--out tasks/model]

Needs the extra `train` (CatBoost, which grows the trees; they run without it). The same seed, data
and rules give the same weights on one machine. What came out stands in `MODEL_CARD.md`.
"""

import argparse
import json
import random
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from catboost import CatBoostClassifier

from tasks.mark import compile_rules
from tasks.model.corpus import Corpus, Example, flat, gather
from tasks.model.features import WORD_BUCKETS, Features, Sheet, features_of
from tasks.model.forest import Forest, inputs
from tasks.model.markup import TOKEN_BUCKETS
from tasks.rulebook import load

Array = np.ndarray[Any, Any]

SEED = 20_260_101
_TREES = {False: 250, True: 400}
_DEPTH, _RATE, _SMOOTH, _COLUMNS, _BORDERS = 6, 0.08, 5, 0.3, 64
_FLOOR = {False: 0.2, True: 0.35}
"""Probability of body from which a block stays, by whether there is mark-up: chosen by cross-validation.
A flat text is mostly body, and losing a paragraph of it costs more than a leak; a page is mostly furniture."""
_FORGET = (0.0, 0.5, 1.0)
"""Shares of the rules' marks that are hidden in the copies of a document: the model must know furniture
that no rule knows, and the rules were written with half of these documents in sight."""
_CUTS = 2
"""Cuts of each page as flat text, for the text model."""
_WEIGHT_TEXT, _WEIGHT_CUT, _WEIGHT_WEAK = 6.0, 1.0, 1.0
_PARTS = 3
"""Parts in which the worth of words is learned from the other parts, so that no block speaks for itself."""
_SEEN = 3
"""Blocks in which a word must have been seen to be worth anything."""


class Prepared(NamedTuple):
    """A measured document; blocks with class -1 are not learned from."""

    group: str
    found: Features
    classes: Array
    weights: Array


def prepare(corpus: Corpus, markup: bool) -> list[Prepared]:
    """Measure all that a model learns from: pages; or labelled texts, weakly labelled ones, and pages cut as flat text."""
    chance = random.Random(SEED)  # noqa: S311  reproducible, not secret
    chosen: list[tuple[Example, float, tuple[float, ...]]]
    if markup:
        chosen = [(page, 1.0, (_FORGET[1],)) for page in corpus.pages]
    else:
        cuts = [cut for page in corpus.pages for _ in range(_CUTS) if (cut := flat(page, chance))]
        chosen = [(text, _WEIGHT_TEXT / len(_FORGET), _FORGET) for text in corpus.texts]
        chosen += [(cut, _WEIGHT_CUT, (_FORGET[1],)) for cut in cuts]
        chosen += [(text, _WEIGHT_WEAK, (_FORGET[2],)) for text in corpus.weak]
    return [
        _measure(example, markup, weight, share, chance) for example, weight, shares in chosen for share in shares
    ]


def _measure(example: Example, markup: bool, weight: float, forget: float, chance: random.Random) -> Prepared:
    blocks = [b._replace(marks=()) if b.marks and chance.random() < forget else b for b in example.blocks]
    found = features_of([Sheet(blocks, example.title if chance.random() < _TITLED else "")], markup)
    # Words are what is scored, but a leaked line annoys however short it is: the root is between.
    lengths = np.clip(np.sqrt([len(b.text) for b in blocks]), 2, 25)
    return Prepared(example.group, found, np.array(example.classes), weight * lengths / lengths.sum())


_TITLED = 0.8


def fit(documents: Sequence[Prepared], markup: bool) -> Forest:
    """Grow the trees on measured documents."""
    rows, classes, weights = [], [], []
    for part in range(_PARTS):
        others = [d for d in documents if fold_of(d.group, _PARTS) != part]
        tables = worth(others, "words", WORD_BUCKETS), worth(others, "tokens", TOKEN_BUCKETS)
        for document in (d for d in documents if fold_of(d.group, _PARTS) == part):
            scored = document.classes >= 0
            rows.append(inputs(document.found, markup, *tables)[scored])
            classes.append(document.classes[scored])
            weights.append(document.weights[scored])
    model = CatBoostClassifier(
        loss_function="MultiClass", iterations=_TREES[markup], depth=_DEPTH, learning_rate=_RATE, l2_leaf_reg=_SMOOTH,
        rsm=_COLUMNS, border_count=_BORDERS, random_seed=SEED, thread_count=2, verbose=0, allow_writing_files=False,
    )  # fmt: skip
    weight = np.concatenate(weights)
    model.fit(np.vstack(rows), np.concatenate(classes), sample_weight=weight * len(weight) / weight.sum())
    tables = worth(documents, "words", WORD_BUCKETS), worth(documents, "tokens", TOKEN_BUCKETS)
    return export(model, tables, markup)


def worth(documents: Iterable[Prepared], kind: str, size: int) -> Array:
    """Log odds of body of the blocks in which each hashed word was seen; each document speaks once a class."""
    body, other = np.zeros(size), np.zeros(size)
    for document in documents:
        ids: Array = getattr(document.found, kind)
        blocks: Array = getattr(document.found, f"{kind[:-1]}_blocks")
        of = document.classes[blocks]
        body[np.unique(ids[of == 0])] += 1
        other[np.unique(ids[of > 0])] += 1
    odds = np.log((body + 0.5) / (other + 0.5))
    return np.where(body + other >= _SEEN, odds, 0.0).astype(np.float32)


def export(model: CatBoostClassifier, tables: tuple[Array, Array], markup: bool) -> Forest:
    """The trees as arrays: see `tasks.model.forest.Forest`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        stored = json.loads(path.read_text())
    trees = stored["oblivious_trees"]
    features = np.zeros((len(trees), _DEPTH), np.int32)
    borders = np.full((len(trees), _DEPTH), np.inf, np.float32)
    leaves = np.zeros((len(trees), 1 << _DEPTH, len(stored["scale_and_bias"][1])), np.float32)
    for n, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"] or []):
            features[n, level], borders[n, level] = split["float_feature_index"], split["border"]
        values = np.array(tree["leaf_values"], np.float32).reshape(-1, leaves.shape[2])
        leaves[n, : len(values)] = values
    bias = np.array(stored["scale_and_bias"][1], np.float32)
    return Forest(features, borders, leaves, bias, *tables, markup=markup, version="training", floor=_FLOOR[markup])


def save(forest: Forest, path: Path) -> None:
    """Write the trees, leaves and odds as float16, with a hash of themselves as version."""
    stored: dict[str, Any] = {
        "features": forest.features.astype(np.int16), "borders": forest.borders, "leaves": forest.leaves.astype(np.float16),
        "bias": forest.bias, "word_odds": forest.word_odds.astype(np.float16), "token_odds": forest.token_odds.astype(np.float16),
    }  # fmt: skip
    digest = 0
    for key in sorted(stored):
        digest = zlib.crc32(stored[key].tobytes(), digest)
    np.savez_compressed(path, version=np.array(f"{digest:08x}"), floor=np.array(forest.floor), **stored)


def fold_of(group: str, folds: int) -> int:
    """The fold of a publisher or collection: by a hash of its name, so that it never moves."""
    return zlib.crc32(group.encode()) % folds


def main() -> int:
    """Train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=("text", "html"))
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    corpus = gather(args.shared, compile_rules(load()), print)
    markup = args.model == "html"
    save(fit(prepare(corpus, markup), markup), args.out / f"{args.model}.npz")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
