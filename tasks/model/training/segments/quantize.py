"""Turn a trained network into the whole numbers that `copydesk.tasks.model.sequence` uses."""

from typing import Any, Final

import numpy as np

from copydesk.tasks.model.segment_features import DENSE
from copydesk.tasks.model.training.segments.network import EDGED, TOPIC, Network

Array = np.ndarray[Any, Any]

GRID: Final = 64.0
"""Activations are multiples of 1 / GRID."""
DENSE_GRID: Final = 256.0


def quantized(network: Network, rarity: Array) -> dict[str, Array]:
    """Return the arrays of the weights file."""
    state = {key: value.detach().numpy().astype(np.float64) for key, value in network.state_dict().items()}
    words, words_step = _table(state.pop("words.weight"))
    edges, edges_step = _table(state.pop("edges.weight"))
    out: dict[str, Array] = {
        "rarity": np.rint(rarity * 255).astype(np.uint8),
        "words": words,
        "bag_scale": np.array(words_step * GRID),
        "edges": edges,
        "edge_scale": np.array(edges_step * GRID),
        "dense_scale": np.array(DENSE_GRID),
        "dilations": np.array(network.dilations),
    }
    embedded = words.shape[1]
    grids = {"inward": np.repeat([GRID, DENSE_GRID, GRID], [embedded + EDGED, len(DENSE), TOPIC])}
    for key in sorted(state):
        name, _, part = key.rpartition(".")
        if part != "weight":
            continue
        weight = state[key].T / (grids[name][:, None] if name in grids else GRID)
        scale = np.abs(weight).max(0) / 127
        out_grid = 1.0 if name == "outward" else GRID
        flat = name.replace(".", "")
        flat = {"layers": "layer", "mix": "mix"}.get(
            flat.rstrip("0123456789"), flat.rstrip("0123456789")
        ) + flat[len(flat.rstrip("0123456789")) :]
        out[f"{flat}.weight"] = np.rint(weight / np.maximum(scale, 1e-12)).astype(np.int8)
        out[f"{flat}.scale"] = (scale * out_grid).astype(np.float32)
        out[f"{flat}.bias"] = (state[f"{name}.bias"] * out_grid).astype(np.float32)
    return out


def _table(weights: Array) -> tuple[Array, float]:
    """Return a table of vectors in whole numbers of 8 bits, and the value of one unit."""
    step = float(np.percentile(np.abs(weights).max(1), 99.9)) / 127
    return np.clip(np.rint(weights / step), -127, 127).astype(np.int8), step
