"""Evaluate the block model: boosted trees over the features of a block and of its neighbours, in numpy.

Every tree compares one feature of all blocks at each of its levels. So the results of all trees are one
comparison of arrays, and the bits of the results give the leaf of each block in each tree (oblivious trees,
as CatBoost grows them). Words and class names each give one number: the log odds of body among the blocks in
which they occurred. Blocks of pages are rated twice, the second time with the result of the first pass for
the whole page (`context.py`). Training is in `tasks/model/training/train.py`, the quality in
`tasks/model/MODEL_CARD.md`.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.tasks.model.context import Places, context, main_places, places_of, together
from copydesk.tasks.model.features import FEATURES, Features, PageInput, features_of
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
_BLOCKS_AT_ONCE = 256
"""Blocks whose comparisons are held in memory together."""


class _Comparisons(NamedTuple):
    """The different comparisons of some trees, each made once: trees share half of them."""

    features: Array
    """int [comparisons]: the column that each compares."""
    borders: Array
    """float32 [comparisons, 1]"""
    levels: Array
    """int [depth, trees]: the comparison of each level of each tree."""
    offsets: Array
    """int [trees, 1]: where the leaves of each tree begin among all."""


@dataclass(frozen=True)
class Trees:
    """Oblivious trees as arrays."""

    features: Array
    """int32 [trees, depth]: the column that each level of each tree compares."""
    borders: Array
    """float32 [trees, depth]: the bit is 1 above it; infinite if a tree lacks the level."""
    leaves: Array
    """float32 [trees, 2 ** depth, outputs]; depth at most 8"""
    bias: Array
    """float32 [outputs]"""

    def sums(self, rows: Array) -> Array:
        """Add up the leaves of each row, float32 [n, outputs]; the bits are the same in any batch."""
        parts = [self._sums(rows[n : n + _BLOCKS_AT_ONCE]) for n in range(0, len(rows), _BLOCKS_AT_ONCE)]
        return parts[0] if len(parts) == 1 else np.vstack(parts)

    def _sums(self, rows: Array) -> Array:
        if len(rows) == 1:  # numpy adds up a single column in another order
            return self._sums(np.repeat(rows, 2, axis=0))[:1]
        features, borders, levels, offsets = self._comparisons
        columns = np.ascontiguousarray(rows.T)
        above = (columns.take(features, axis=0) > borders).view(np.uint8)
        leaf = above.take(levels[-1], axis=0)  # bytes take a seventh of the time of 64-bit numbers
        for level in levels[-2::-1]:
            leaf += leaf
            leaf |= above.take(level, axis=0)
        leaves = self.leaves.reshape(-1, len(self.bias)).take(leaf + offsets, axis=0)
        return np.asarray(leaves.sum(axis=0) + self.bias)

    @cached_property
    def _comparisons(self) -> _Comparisons:
        trees, depth = self.features.shape
        asked = list(zip(self.features.ravel().tolist(), self.borders.ravel().tolist(), strict=True))
        number = {pair: n for n, pair in enumerate(sorted(set(asked)))}
        levels = np.array([number[pair] for pair in asked]).reshape(trees, depth).T
        return _Comparisons(
            np.array([feature for feature, _ in number]),
            np.array([[border] for _, border in number], np.float32),
            np.ascontiguousarray(levels),
            (np.arange(trees) << depth)[:, None],
        )


@dataclass(frozen=True, slots=True)
class Forest:
    """Trained trees, the log odds of words for them, and whether they use mark-up."""

    first: Trees
    """For a block by itself and its neighbours: one output for each of `copydesk.schemas.page.CLASSES`."""
    second: Trees | None
    """For the same and the first pass over the whole page: log odds of body. None in training, until it is grown."""
    word_log_odds: Array
    """float32 [word buckets]: log odds of body of the blocks in which a word occurred; 0 for unknown words.
    """
    token_log_odds: Array
    """float32 [token buckets]: the same for words of class and id."""
    local_log_odds: Array
    """float32 [token buckets]: the same, only where the page's main place lacks the word; empty without
    second pass."""
    version: str
    body_threshold: float
    """A block stays from this probability of body on: see `copydesk.schemas.page.Page.body_threshold`."""

    @classmethod
    def load(cls) -> "Forest":
        """Load the trees that ship with copydesk."""
        with as_file(files("copydesk.tasks.model") / "html.npz") as path:
            return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> "Forest":
        """Read the trees of a file that `save` has written."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        return cls(
            first=_stored_trees(arrays, ""),
            second=_stored_trees(arrays, "second_") if "second_bias" in arrays else None,
            word_log_odds=arrays["word_odds"].astype(np.float32),
            token_log_odds=arrays["token_odds"].astype(np.float32),
            local_log_odds=arrays.get("local_odds", np.empty(0)).astype(np.float32),
            version=str(arrays["version"]),
            body_threshold=float(arrays["body_threshold"]),
        )

    def save(self, path: Path) -> None:
        """Write the trees, with leaves and log odds as float16, and a hash of their content as version."""
        stored: dict[str, Array] = {
            "word_odds": self.word_log_odds.astype(np.float16),
            "token_odds": self.token_log_odds.astype(np.float16),
        }
        for prefix, trees in (("", self.first), ("second_", self.second)):
            if trees is not None:
                stored |= {
                    f"{prefix}features": trees.features.astype(np.int16),
                    f"{prefix}borders": trees.borders,
                    f"{prefix}leaves": trees.leaves.astype(np.float16),
                    f"{prefix}bias": trees.bias,
                }
        if self.second is not None:
            stored["local_odds"] = self.local_log_odds.astype(np.float16)
        digest = 0
        for key in sorted(stored):
            digest = zlib.crc32(stored[key].tobytes(), digest)
        stored["body_threshold"] = np.array(self.body_threshold)
        np.savez_compressed(path, allow_pickle=False, version=np.array(f"{digest:08x}"), **stored)

    def probabilities(self, page_inputs: Sequence[PageInput]) -> list[list[tuple[float, ...]]]:
        """Return the probabilities of `copydesk.schemas.page.CLASSES` for each block of each page.

        The result of a page does not depend on the other pages.
        """
        found = features_of(page_inputs)
        rows = inputs(found, self.word_log_odds, self.token_log_odds)
        probabilities = self.first_look(rows)
        if self.second is not None:
            places = places_of([page_input.blocks for page_input in page_inputs])
            again = inputs_again(found, places, rows, probabilities[:, 0], self.local_log_odds)
            probabilities = combine_passes(probabilities, together(places, self.second.sums(again)[:, 0]))
        listed = list(map(tuple, probabilities.tolist()))
        return [listed[a:b] for a, b in pairwise(found.pages.tolist())]

    def first_look(self, rows: Array) -> Array:
        """Return the probabilities of the classes, [n, classes], from the first trees alone."""
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
    """Combine two passes: the second gives the probability of body, the first divides the rest."""
    body = 1 / (1 + np.exp(-logit))
    others = probabilities[:, 1:]
    scale = (1 - body) / np.maximum(others.sum(axis=1), 1e-9)
    return np.column_stack((body, others * scale[:, None]))


def inputs_again(found: Features, places: Places, rows: Array, body: Array, local_log_odds: Array) -> Array:
    """Return the input of the second trees: `rows` of the first, the context, and local class words."""
    mains = main_places(places, body)
    words = rows[:, -6:-3]  # see `inputs`
    local = np.empty((len(rows), 3), np.float32)
    _worth(local, local_log_odds, *local_tokens(found, mains))
    return np.hstack((rows, context(places, body, mains, words), local))


def local_tokens(found: Features, mains: Array) -> tuple[Array, Array]:
    """Return the class words of each block that the main place of its page lacks.

    `mains` holds one block of that place for each page.

    One of its blocks gives the place.
    """
    page = np.repeat(np.arange(len(mains)), np.diff(found.pages))
    known = np.zeros((len(mains), TOKEN_BUCKETS), bool)
    in_main = np.zeros(len(page), bool)
    in_main[mains] = True
    of_main = in_main[found.token_blocks]
    known[page[found.token_blocks[of_main]], found.tokens[of_main]] = True
    local = ~known[page[found.token_blocks], found.tokens]
    return found.tokens[local], found.token_blocks[local]


def inputs(found: Features, word_log_odds: Array, token_log_odds: Array) -> Array:
    """Return the input of the trees: a block's features, its neighbours' features, and log odds of its words."""
    dense = found.dense
    n, width = dense.shape
    seen = dense[:, _columns()]
    more = seen.shape[1]
    out = np.empty((n, width + len(NEIGHBOURS) * more + 6), np.float32)
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
    _worth(out[:, at + 3 :], token_log_odds, found.tokens, found.token_blocks)
    return out


@cache
def _columns() -> Array:
    return np.array([FEATURES.index(name) for name in (*_SEEN_OF_NEIGHBOURS, *_SEEN_IN_MARKUP)])


def _worth(out: Array, table: Array, ids: Array, blocks: Array) -> None:
    """Fill in the least, most and mean log odds over each block's ids, [n, 3]; zeros for a block without ids."""
    out[:] = 0
    if len(ids):
        starts = np.flatnonzero(np.diff(blocks, prepend=-1))
        filled = blocks[starts]
        values = table[ids]
        out[filled, 0] = np.minimum.reduceat(values, starts)
        out[filled, 1] = np.maximum.reduceat(values, starts)
        out[filled, 2] = np.add.reduceat(values, starts) / np.diff(starts, append=len(ids))
