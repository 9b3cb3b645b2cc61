"""The block model at work: boosted trees over the features of a block and of its neighbours, in numpy.

Every tree asks the same question of all blocks at each of its levels, so the answers of all trees
are one comparison of arrays, and the leaf of each block in each tree is a number made of the
answers' bits (oblivious trees, as CatBoost grows them). What words and class names say is one
number each: the log odds of body among the blocks they were seen in. Blocks of pages are weighed
twice: the second time with what the first said of the page in view (`context.py`). Training stands in
`tasks/model/training/train.py`; what was reached, in `tasks/model/MODEL_CARD.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.tasks.model.context import Places, context, main_places, places_of, together
from copydesk.tasks.model.features import FEATURES, TEXT_FEATURES, Features, PageInput, features_of
from copydesk.tasks.model.markup import TOKEN_BUCKETS

Array = np.ndarray[Any, Any]

NEIGHBOURS: Final = (-2, -1, 1, 2)
_SEEN_OF_NEIGHBOURS: Final = (
    "log_chars", "log_words", "share_upper", "share_digit", "share_comma", "capital_words", "last_terminal",
    "last_colon", "repeated", "shared_words", "furniture_all", "caption", "field",
)  # fmt: skip
_SEEN_IN_MARKUP: Final = (
    "link_density", "kind_heading", "kind_list_item", "tag_p", "region_article", "region_aside", "region_footer",
    "region_nav", "depth", "long_siblings", "sibling_chars",
)  # fmt: skip
_BLOCKS_AT_ONCE = 512
"""Blocks whose answers are held in memory together."""


class Trees(NamedTuple):
    """Oblivious trees as arrays."""

    features: Array
    """int32 [trees, depth]: column that each level of each tree asks about."""
    borders: Array
    """float32 [trees, depth]: the answer is yes above it; infinite where a tree has no such level."""
    leaves: Array
    """float32 [trees, 2 ** depth, outputs]; depth at most 8"""
    bias: Array
    """float32 [outputs]"""

    def sums(self, rows: Array) -> Array:
        """What the leaves of each row add up to, float32 [n, outputs]; the same bits in whatever company."""
        if len(rows) == 1:  # numpy adds up a single column in another order
            return self._sums(np.repeat(rows, 2, axis=0))[:1]
        parts = [self._sums(rows[n : n + _BLOCKS_AT_ONCE]) for n in range(0, len(rows), _BLOCKS_AT_ONCE)]
        return parts[0] if len(parts) == 1 else np.vstack(parts)

    def _sums(self, rows: Array) -> Array:
        trees, depth = self.features.shape
        columns = np.ascontiguousarray(rows.T)
        leaf = np.zeros(
            (trees, len(rows)), np.uint8
        )  # bytes: a seventh of the time that numbers of 64 bits take
        for level in range(depth):
            answers = columns.take(self.features[:, level], axis=0) > self.borders[:, level, None]
            leaf |= answers.view(np.uint8) << np.uint8(level)
        places = leaf + (np.arange(trees) << depth)[:, None]
        return np.asarray(
            self.leaves.reshape(-1, len(self.bias)).take(places, axis=0).sum(axis=0) + self.bias
        )


@dataclass(frozen=True, slots=True)
class Forest:
    """Trained trees, what words are worth to them, and whether they look at mark-up."""

    first: Trees
    """Of a block by itself and its neighbours: one output for each of `copydesk.schemas.page.CLASSES`."""
    second: Trees | None
    """Of the same and of how the whole page was weighed: log odds of body; None where one look is all (plain text)."""
    word_log_odds: Array
    """float32 [word buckets]: log odds of body of the blocks in which a word was seen; 0 for unknown words."""
    token_log_odds: Array
    """float32 [token buckets]: the same for words of class and id."""
    local_log_odds: Array
    """float32 [token buckets]: the same, counted only where the page's main place lacks the word; empty without second look."""
    markup: bool
    version: str
    body_threshold: float
    """Probability of body from which a block stays: see `copydesk.schemas.page.Page.body_threshold`."""

    @classmethod
    def load(cls, name: str) -> "Forest":
        """Load the trees that ship with copydesk: `text` or `html`."""
        with (
            as_file(files("copydesk.tasks.model") / f"{name}.npz") as path,
            np.load(path, allow_pickle=False) as stored,
        ):
            arrays = {key: stored[key] for key in stored.files}
        return cls(
            first=_stored_trees(arrays, ""),
            second=_stored_trees(arrays, "second_") if "second_bias" in arrays else None,
            word_log_odds=arrays["word_odds"].astype(np.float32),
            token_log_odds=arrays["token_odds"].astype(np.float32),
            local_log_odds=arrays.get("local_odds", np.empty(0)).astype(np.float32),
            markup=name == "html",
            version=str(arrays["version"]),
            body_threshold=float(arrays["floor"]),
        )

    def probabilities(self, page_inputs: Sequence[PageInput]) -> list[list[tuple[float, ...]]]:
        """Probabilities of `copydesk.schemas.page.CLASSES` for each block of each page; a page gets what it gets alone."""
        found = features_of(page_inputs, self.markup)
        rows = inputs(found, self.markup, self.word_log_odds, self.token_log_odds)
        probabilities = self.first_look(rows)
        if self.second is not None:
            places = places_of([page_input.blocks for page_input in page_inputs])
            again = inputs_again(found, places, rows, probabilities[:, 0], self.local_log_odds)
            probabilities = combine_passes(probabilities, together(places, self.second.sums(again)[:, 0]))
        listed = list(map(tuple, probabilities.tolist()))
        return [listed[a:b] for a, b in pairwise(found.pages.tolist())]

    def first_look(self, rows: Array) -> Array:
        """Probabilities of the classes, [n, classes], by the first trees alone."""
        logits = self.first.sums(rows)
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exp / exp.sum(axis=1, keepdims=True))


def _stored_trees(arrays: Mapping[str, Array], prefix: str) -> Trees:
    return Trees(
        features=arrays[f"{prefix}features"].astype(np.int32),
        borders=arrays[f"{prefix}borders"],
        leaves=arrays[f"{prefix}leaves"].astype(np.float32),
        bias=arrays[f"{prefix}bias"],
    )


def combine_passes(probabilities: Array, logit: Array) -> Array:
    """The second look says how probable body is; the first, what else a block may be."""
    body = 1 / (1 + np.exp(-logit))
    others = probabilities[:, 1:]
    scale = (1 - body) / np.maximum(others.sum(axis=1), 1e-9)
    return np.column_stack((body, others * scale[:, None]))


def inputs_again(found: Features, places: Places, rows: Array, body: Array, local_log_odds: Array) -> Array:
    """What the second trees ask about: `rows`, which the first ones saw, their odds of body in context, local class words."""
    mains = main_places(places, body)
    words = rows[:, -6:-3]  # see `inputs`
    local = np.empty((len(rows), 3), np.float32)
    _worth(local, local_log_odds, *local_tokens(found, mains))
    return np.hstack((rows, context(places, body, mains, words), local))


def local_tokens(found: Features, mains: Array) -> tuple[Array, Array]:
    """Class words of each block which the main place of its page, given by one of its blocks, does not have."""
    page = np.repeat(np.arange(len(mains)), np.diff(found.pages))
    known = np.zeros((len(mains), TOKEN_BUCKETS), bool)
    in_main = np.zeros(len(page), bool)
    in_main[mains] = True
    of_main = in_main[found.token_blocks]
    known[page[found.token_blocks[of_main]], found.tokens[of_main]] = True
    local = ~known[page[found.token_blocks], found.tokens]
    return found.tokens[local], found.token_blocks[local]


def inputs(found: Features, markup: bool, word_log_odds: Array, token_log_odds: Array) -> Array:
    """What the trees ask about: a block's own features, those of its neighbours, and what its words are worth."""
    dense = found.dense
    n, width = dense.shape
    seen = dense[:, _columns(markup)]
    more = seen.shape[1]
    out = np.empty((n, width + len(NEIGHBOURS) * more + (6 if markup else 3)), np.float32)
    out[:, :width] = dense
    page = np.repeat(np.arange(len(found.pages) - 1), np.diff(found.pages))
    for place, distance in enumerate(NEIGHBOURS):
        at = width + place * more
        beside = np.arange(n) + distance
        inside = np.clip(beside, 0, n - 1)
        out[:, at : at + more] = np.where(
            ((beside == inside) & (page[inside] == page))[:, None], seen[inside], -1.0
        )
    at = width + len(NEIGHBOURS) * more
    _worth(out[:, at : at + 3], word_log_odds, found.words, found.word_blocks)
    if markup:
        _worth(out[:, at + 3 :], token_log_odds, found.tokens, found.token_blocks)
    return out


@cache
def _columns(markup: bool) -> Array:
    names = FEATURES if markup else TEXT_FEATURES
    wanted = (*_SEEN_OF_NEIGHBOURS, *_SEEN_IN_MARKUP) if markup else _SEEN_OF_NEIGHBOURS
    return np.array([names.index(name) for name in wanted])


def _worth(out: Array, table: Array, ids: Array, blocks: Array) -> None:
    """Fill in least, most and mean log odds over each block's ids, [n, 3]; zeros where it has none."""
    out[:] = 0
    if len(ids):
        starts = np.flatnonzero(np.diff(blocks, prepend=-1))
        filled = blocks[starts]
        values = table[ids]
        out[filled, 0] = np.minimum.reduceat(values, starts)
        out[filled, 1] = np.maximum.reduceat(values, starts)
        out[filled, 2] = np.add.reduceat(values, starts) / np.diff(starts, append=len(ids))
