"""The block model at work: boosted trees over the features of a block and of its neighbours, in numpy.

Every tree asks the same question of all blocks at each of its levels, so the answers of all trees
are one comparison of arrays, and the leaf of each block in each tree is a number made of the
answers' bits (oblivious trees, as CatBoost grows them). What words and class names say is one
number each: the log odds of body among the blocks they were seen in. Training stands in
`tasks/model/train.py`; what was reached, in `tasks/model/MODEL_CARD.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np

from schemas.page import Block
from tasks.model.features import FEATURES, TEXT_FEATURES, Features, features_of

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


@dataclass(frozen=True, slots=True)
class Forest:
    """Trained trees, and whether they look at mark-up."""

    features: Array
    """int32 [trees, depth]: column that each level of each tree asks about."""
    borders: Array
    """float32 [trees, depth]: the answer is yes above it; infinite where a tree has no such level."""
    leaves: Array
    """float32 [trees, 2 ** depth, classes]"""
    bias: Array
    """float32 [classes]"""
    word_odds: Array
    """float32 [word buckets]: log odds of body of the blocks in which a word was seen; 0 for unknown words."""
    token_odds: Array
    """float32 [token buckets]: the same for words of class and id."""
    markup: bool
    version: str
    floor: float
    """Probability of body from which a block stays: see `schemas.page.Page.floor`."""

    @classmethod
    def load(cls, name: str) -> "Forest":
        """Load the trees that ship with copydesk: `text` or `html`."""
        with as_file(files("tasks.model") / f"{name}.npz") as path, np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        return cls(
            features=arrays["features"].astype(np.int32),
            borders=arrays["borders"],
            leaves=arrays["leaves"].astype(np.float32),
            bias=arrays["bias"],
            word_odds=arrays["word_odds"].astype(np.float32),
            token_odds=arrays["token_odds"].astype(np.float32),
            markup=name == "html",
            version=str(arrays["version"]),
            floor=float(arrays["floor"]),
        )

    def odds(self, blocks: Sequence[Block], title: str = "") -> list[tuple[float, ...]]:
        """Probabilities of `schemas.page.CLASSES` for each block of a page."""
        found = features_of(blocks, title, self.markup)
        rows = inputs(found, self.markup, self.word_odds, self.token_odds)
        parts = [self._logits(rows[n : n + _BLOCKS_AT_ONCE]) for n in range(0, len(rows), _BLOCKS_AT_ONCE)]
        logits = parts[0] if len(parts) == 1 else np.vstack(parts)
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        return [tuple(row) for row in (exp / exp.sum(axis=1, keepdims=True)).tolist()]

    def _logits(self, rows: Array) -> Array:
        trees, depth = self.features.shape
        asked = np.ascontiguousarray(rows.T)[self.features.ravel()]
        answers = (asked > self.borders.ravel()[:, None]).view(np.uint8).reshape(trees, depth, len(rows))
        leaf = np.repeat(np.arange(trees)[:, None] << depth, len(rows), axis=1)
        for level in range(depth):  # six additions of whole arrays: np.packbits takes eight times as long
            leaf += answers[:, level].astype(np.intp) << level
        return np.asarray(self.leaves.reshape(-1, len(self.bias)).take(leaf, axis=0).sum(axis=0) + self.bias)


def inputs(found: Features, markup: bool, word_odds: Array, token_odds: Array) -> Array:
    """What the trees ask about: a block's own features, those of its neighbours, and what its words are worth."""
    dense = found.dense
    n, width = dense.shape
    seen = dense[:, _columns(markup)]
    more = seen.shape[1]
    out = np.full((n, width + len(NEIGHBOURS) * more + (6 if markup else 3)), -1.0, np.float32)
    out[:, :width] = dense
    for place, distance in enumerate(NEIGHBOURS):
        at = width + place * more
        if distance < 0:
            out[-distance:, at : at + more] = seen[:distance]
        else:
            out[:-distance, at : at + more] = seen[distance:]
    at = width + len(NEIGHBOURS) * more
    _worth(out[:, at : at + 3], word_odds, found.words, found.word_blocks)
    if markup:
        _worth(out[:, at + 3 :], token_odds, found.tokens, found.token_blocks)
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
