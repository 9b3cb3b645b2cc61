"""Train the block model.

    python -m copydesk.tasks.model.training.train [--shared ../shared] [--out tasks/model]

It needs the extra `train` (CatBoost, which grows the trees; they run without it). The same seed, data and
rules give the same weights on one machine. `MODEL_CARD.md` has the results.
"""

import argparse
import json
import random
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from catboost import CatBoostClassifier

from copydesk.tasks.model.context import Places, main_places, places_of
from copydesk.tasks.model.features import WORD_BUCKETS, Features, PageInput, features_of
from copydesk.tasks.model.forest import Forest, Trees, inputs, inputs_again, local_tokens
from copydesk.tasks.model.markup import TOKEN_BUCKETS
from copydesk.tasks.model.training.corpus import Example, gather
from copydesk.tasks.rules import compile_rules, load

Array = np.ndarray[Any, Any]

SEED = 20_260_101
_DEPTH, _SMOOTH, _COLUMNS, _BORDERS = 6, 5, 0.3, 64
_THRESHOLD = 0.4
"""A block stays from this probability of body on. Cross-validation chose it; a page is mostly furniture."""
_FORGET = 0.5
"""Share of the rules' marks that are hidden. The model must recognise furniture that no rule matches, but the
authors of the rules saw half of these documents."""
_WEIGHT_NEWS = 5.0
"""Weight of a news page. A page of the wider web has 1 or less, and there are thirty times as many of them."""
_PARTS = 3
"""Number of parts of the publishers. The log odds of words, and the first pass that the second sees, are
learned from the other parts, so that no block is its own evidence."""
_SEEN = 3
"""Fewest blocks with a word before its log odds count."""


class Growth(NamedTuple):
    """How trees are grown."""

    loss: str
    trees: int
    rate: float


_GROWTH = Growth("MultiClass", 200, 0.15)
"""The first pass."""
_AGAIN = Growth("Logloss", 450, 0.1)


class Prepared(NamedTuple):
    """A measured document.

    Blocks with class -1 are not used for training; those with weight 0 are only counted.
    """

    group: str
    found: Features
    places: Places
    classes: Array
    weights: Array


def prepare(pages: Sequence[Example]) -> list[Prepared]:
    """Measure all pages."""
    chance = random.Random(SEED)  # noqa: S311  reproducible, not secret
    return [_measure(page, page.weight * (_WEIGHT_NEWS if page.news else 1.0), chance) for page in pages]


def _measure(example: Example, weight: float, chance: random.Random) -> Prepared:
    blocks = [b._replace(marks=()) if b.marks and chance.random() < _FORGET else b for b in example.blocks]
    known = (example.title, example.description, example.stated)
    title, description, stated = (
        text if chance.random() < share else "" for text, share in zip(known, _TOLD, strict=True)
    )
    found = features_of([PageInput(blocks, title, description, stated, example.boxes)])
    # The score counts words, but even a short leaked line annoys. The root is a compromise.
    lengths = np.clip(np.sqrt([len(b.text) for b in blocks]), 2, 25)
    classes = np.array(example.classes)
    weights = weight * lengths / lengths.sum() * _thinned(classes, lengths, chance)
    return Prepared(example.group, found, places_of([blocks]), classes, weights)


_TOLD = (0.8, 0.8, 0.7)
"""Shares of the pages whose headline, description and stated body the model sees."""


def _thinned(classes: Array, roots: Array, chance: random.Random) -> Array:
    """Sample one in four of the short blocks of furniture far from the body, with weight four.

    The others have weight 1.

    Menus are most of a page's blocks and teach the least. Without three quarters of them training takes 0.6
    of the time.
    """
    body = np.flatnonzero(classes == 0)
    at = np.arange(len(classes))
    near = np.zeros(len(classes), bool)
    if len(body):
        behind = np.searchsorted(body, at)
        near |= at - body[np.maximum(behind - 1, 0)] <= _NEAR
        near &= (behind > 0) | (body[0] - at <= _NEAR)
        near |= (behind < len(body)) & (body[np.minimum(behind, len(body) - 1)] - at <= _NEAR)
    kept = np.array([chance.random() < 1 / _ONE_IN for _ in at])
    return np.where((classes != _FURNITURE) | near | (roots >= _LONG_ROOT), 1, np.where(kept, _ONE_IN, 0))


_NEAR, _ONE_IN, _FURNITURE, _LONG_ROOT = 10, 4, 3, 9


def fit(documents: Sequence[Prepared]) -> Forest:
    """Grow the trees on measured documents."""
    return _fit_second(documents, _fit_first(documents))


def _fit_first(documents: Sequence[Prepared]) -> Forest:
    rows, classes, weights = [], [], []
    for others, part in _parts(documents):
        tables = _tables(others)
        for document in part:
            learned = (document.classes >= 0) & (document.weights > 0)
            rows.append(inputs(document.found, *tables)[learned])
            classes.append(document.classes[learned])
            weights.append(document.weights[learned])
    trees = grow(np.vstack(rows), np.concatenate(classes), np.concatenate(weights), _GROWTH)
    return Forest(trees, None, *_tables(documents), np.empty(0, np.float32), "training", _THRESHOLD)


def _fit_second(documents: Sequence[Prepared], first: Forest) -> Forest:
    """Grow the trees of the second pass on first passes of trees that have not seen the publisher."""
    rows, classes, weights = [], [], []
    seen: list[tuple[Prepared, Array]] = []
    for others, part in _parts(documents):
        stranger = _fit_first(others)
        looks = [
            (
                d,
                stranger.first_look(inputs(d.found, stranger.word_log_odds, stranger.token_log_odds))[:, 0],
            )
            for d in part
        ]
        seen.extend((d, body) for d, body in looks)
    local = [_local(document, body) for document, body in seen]
    body_of = {id(document): body for document, body in seen}
    local_of = {id(document): tokens for (document, _), tokens in zip(seen, local, strict=True)}
    for others, part in _parts(documents):
        tables, log_odds = _tables(others), worth((local_of[id(d)] for d in others), TOKEN_BUCKETS)
        for document in part:
            learned = (document.classes >= 0) & (document.weights > 0)
            found = inputs(document.found, *tables)
            rows.append(
                inputs_again(document.found, document.places, found, body_of[id(document)], log_odds)[learned]
            )
            classes.append(document.classes[learned] == 0)
            weights.append(document.weights[learned])
    trees = grow(np.vstack(rows), np.concatenate(classes).astype(int), np.concatenate(weights), _AGAIN)
    return replace(first, second=trees, local_log_odds=worth(local, TOKEN_BUCKETS))


def _parts(documents: Sequence[Prepared]) -> Iterator[tuple[list[Prepared], list[Prepared]]]:
    """Yield for each part of the publishers the documents of all others, and its own."""
    for part in range(_PARTS):
        own = [fold_of(d.group, _PARTS) == part for d in documents]
        yield (
            [d for d, mine in zip(documents, own, strict=True) if not mine],
            [d for d, mine in zip(documents, own, strict=True) if mine],
        )


class Seen(NamedTuple):
    """Return hashed words, the block of each, and the classes of the blocks."""

    ids: Array
    blocks: Array
    classes: Array


def _local(document: Prepared, body: Array) -> Seen:
    return Seen(*local_tokens(document.found, main_places(document.places, body)), document.classes)


def _tables(documents: Sequence[Prepared]) -> tuple[Array, Array]:
    """Return the log odds of words, and of words of class and id."""
    words = (Seen(d.found.words, d.found.word_blocks, d.classes) for d in documents)
    tokens = (Seen(d.found.tokens, d.found.token_blocks, d.classes) for d in documents)
    return worth(words, WORD_BUCKETS), worth(tokens, TOKEN_BUCKETS)


def worth(documents: Iterable[Seen], size: int) -> Array:
    """Return the log odds of body of the blocks with each hashed word. A document counts once per class."""
    body, other = np.zeros(size), np.zeros(size)
    for ids, blocks, classes in documents:
        of = classes[blocks]
        body[np.unique(ids[of == 0])] += 1
        other[np.unique(ids[of > 0])] += 1
    log_odds = np.log((body + 0.5) / (other + 0.5))
    return np.where(body + other >= _SEEN, log_odds, 0.0).astype(np.float32)


def grow(rows: Array, classes: Array, weights: Array, growth: Growth) -> Trees:
    """Grow trees with CatBoost."""
    model = CatBoostClassifier(
        loss_function=growth.loss, iterations=growth.trees, depth=_DEPTH, learning_rate=growth.rate, l2_leaf_reg=_SMOOTH,
        rsm=_COLUMNS, border_count=_BORDERS, random_seed=SEED, thread_count=2, verbose=0, allow_writing_files=False,
    )  # fmt: skip
    model.fit(rows, classes, sample_weight=weights * len(weights) / weights.sum())
    return export(model)


def export(model: CatBoostClassifier) -> Trees:
    """Return the trees as arrays."""
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
    return Trees(features, borders, leaves, bias)


def fold_of(group: str, folds: int) -> int:
    """Return the fold of a publisher or collection by a hash of its name, so that it never changes."""
    return zlib.crc32(group.encode()) % folds


def main() -> int:
    """Train on everything and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1])
    args = parser.parse_args()
    pages = gather(args.shared, compile_rules(load()), print)
    fit(prepare(pages)).save(args.out / "html.npz")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
