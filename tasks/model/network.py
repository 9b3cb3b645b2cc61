"""The block model at work: a small convolutional network over the blocks of a page, in numpy.

Shape: the dense features and the summed embeddings of words and class names of each block go
through one layer, three residual convolutions over neighbouring blocks (5 wide, dilated 1, 3 and
9: 53 blocks of context), and a vector that sums up the whole page, to the odds of four classes.
Training stands in `tasks/model/train.py`; what was reached, in `tasks/model/MODEL_CARD.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np

from schemas.page import Block
from tasks.model.features import FEATURES, TEXT_FEATURES, features_of

Array = np.ndarray[Any, Any]

WIDTH: Final = 5
DILATIONS: Final = (1, 3, 9)


@dataclass(frozen=True, slots=True)
class Network:
    """Trained weights, and whether they look at mark-up. `weights` are float32 arrays by name."""

    weights: dict[str, Array]
    markup: bool
    version: str
    floor: float
    """Probability of body from which a block stays: see `schemas.page.Page.floor`."""

    @classmethod
    def load(cls, name: str) -> "Network":
        """Load the weights that ship with copydesk: `text` or `html`."""
        with as_file(files("tasks.model") / f"{name}.npz") as path, np.load(path, allow_pickle=False) as stored:
            weights = {key: stored[key].astype(np.float32) for key in stored.files if key not in ("version", "floor")}
            version = str(stored["version"])
            floor = float(stored["floor"])
        markup = name == "html"
        expected = len(FEATURES if markup else TEXT_FEATURES)
        if weights["mean"].shape != (expected,):
            raise ValueError(f"{name}.npz: weights for {weights['mean'].shape[0]} features, expected {expected}: train again")
        return cls(weights, markup, version, floor)

    def odds(self, blocks: Sequence[Block], title: str = "") -> list[tuple[float, ...]]:
        """Probabilities of `schemas.page.CLASSES` for each block of a page."""
        w = self.weights
        found = features_of(blocks, title, self.markup)
        n = len(blocks)
        dense = (found.dense - w["mean"]) * w["scale"]
        x = dense @ w["dense"] + w["bias"]
        x += _pooled(w["words"], found.words, found.word_blocks, n) @ w["from_words"]
        if self.markup:
            x += _pooled(w["tokens"], found.tokens, found.token_blocks, n) @ w["from_tokens"]
        x = np.maximum(x, 0)
        for layer, dilation in enumerate(DILATIONS):
            x = x + np.maximum(_convolve(x, w[f"conv{layer}"], dilation) + w[f"conv{layer}_bias"], 0)
        page = np.concatenate((x.mean(axis=0), x.max(axis=0)))
        hidden = np.maximum(x @ w["head"] + (page @ w["from_page"] + w["head_bias"]), 0)
        logits = hidden @ w["out"] + w["out_bias"]
        exp = np.exp(logits - logits.max(axis=1, keepdims=True))
        return [tuple(row) for row in (exp / exp.sum(axis=1, keepdims=True)).tolist()]


def _pooled(table: Array, ids: Array, blocks: Array, n: int) -> Array:
    """Mean of the embeddings of each block's ids; zeros where it has none."""
    out = np.zeros((n, table.shape[1]), np.float32)
    if len(ids):
        counts = np.bincount(blocks, minlength=n)
        filled = np.flatnonzero(counts)
        starts = np.concatenate(([0], np.cumsum(counts[filled])[:-1]))
        out[filled] = np.add.reduceat(table[ids], starts, axis=0) / counts[filled, None]
    return out


def _convolve(x: Array, kernel: Array, dilation: int) -> Array:
    """A convolution over blocks, [n, d] with a kernel [WIDTH, d, d]; what lies beyond the page is zero."""
    n = len(x)
    reach = WIDTH // 2 * dilation
    padded = np.zeros((n + 2 * reach, x.shape[1]), np.float32)
    padded[reach : reach + n] = x
    windows = np.concatenate([padded[k * dilation : k * dilation + n] for k in range(WIDTH)], axis=1)
    return np.asarray(windows @ kernel.reshape(-1, kernel.shape[2]))
