"""The segment model at run time: probabilities of all labels for each segment, in exact arithmetic.

Weights are whole numbers of 8 bits, activations whole numbers of at most 10. Every sum of products stays below 2^24,
so that float32 holds it exactly, whatever the order in which a matrix product adds it up. The rest is addition,
multiplication, division and rounding of single numbers. So a document gets the same bytes alone and in any batch,
and on any machine.
"""

from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from math import factorial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.labels import BODY
from copydesk.tasks.model.segment_features import LABELS, Segments, measure
from copydesk.tasks.model.segment_table import FlatText

Array = np.ndarray[Any, Any]

MOST: Final = 511
"""Largest activation: 192 of them times weights of at most 127 stay below 2^24."""
BODY_COLUMNS: Final = tuple(n for n, label in enumerate(LABELS) if label in BODY)
_STEPS: Final = 1 << 13
"""Probabilities are multiples of one part in so many."""


class Dense(NamedTuple):
    """A linear layer on whole numbers."""

    weight: Array
    """float32 [inputs, outputs], whole numbers from -127 to 127."""
    scale: Array
    """float32 [outputs]: what a sum of one is worth in activations of the next layer."""
    bias: Array
    """float32 [outputs]"""

    def __call__(self, *values: Array) -> Array:
        """Return the weighed sums, not yet rounded. Inputs may come in parts, one beside the other."""
        low = len(values[0].T)
        out = values[0] @ self.weight[:low]
        for part in values[1:]:
            out += part @ self.weight[low : low + len(part.T)]
            low += len(part.T)
        return self.scaled(out)

    def scaled(self, out: Array) -> Array:
        """Turn sums of products into activations that are not yet rounded, in place."""
        out *= self.scale
        out += self.bias
        return np.asarray(out)


class Segment(NamedTuple):
    """A stretch of a line with what the model says of it."""

    line: int
    """Number of its line in the document."""
    start: int
    end: int
    """Offsets in the line; blanks at the end belong to it."""
    probabilities: Sequence[float]
    """Of each of LABELS; they sum to 1 but for rounding."""
    body: float
    """Probability that it is body: the sum of those of the labels that are."""


class Classified(NamedTuple):
    """The segments of some documents with what the model says of them, those of one document after those of the other."""

    documents: Array
    """int [documents + 1]: number of the first segment of each document, and that of all segments."""
    line: Array
    """int: number of the line in its document."""
    start: Array
    end: Array
    """int: offsets in the line; blanks at the end belong to the segment."""
    probabilities: Array
    """float32 [segments, LABELS]"""
    body: Array
    """float64: probability that it is body. Multiples of 1 / _STEPS, as all probabilities: their sums are exact."""

    def of(self, document: int) -> list[Segment]:
        """Return the segments of one document."""
        some = slice(int(self.documents[document]), int(self.documents[document + 1]))
        return [
            Segment(*parts) for parts in zip(*(column[some].tolist() for column in self[1:]), strict=True)
        ]


class SegmentModel:
    """The trained network. Build it with `load`; all else is pure."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.rarity = arrays["rarity"].astype(np.float32) / 255
        self.words = _packed(arrays["words"]).T.copy()
        self.bag_scale = float(arrays["bag_scale"])
        self.edges = _packed(arrays["edges"])
        self.edge_scale = float(arrays["edge_scale"])
        self.dense_scale = float(arrays["dense_scale"])
        self.dilations = tuple(arrays["dilations"].tolist())
        names = {key.rpartition(".")[0] for key in arrays if "." in key}
        self.layers = {
            name: Dense(
                *(arrays[f"{name}.{part}"].astype(np.float32) for part in ("weight", "scale", "bias"))
            )
            for name in names
        }

    @classmethod
    def load(cls, path: Path | None = None) -> "SegmentModel":
        """Read the weights that ship with copydesk, or those of a file."""
        data = (
            path.read_bytes() if path else files("copydesk.tasks.model").joinpath("segments.npz").read_bytes()
        )
        with np.load(BytesIO(data)) as arrays:
            return cls(dict(arrays))

    def classify(self, texts: Sequence[FlatText]) -> list[list[Segment]]:
        """Cut some documents into segments and classify these. What a document gets does not depend on the others."""
        found = self.classify_together(texts)
        return [found.of(number) for number in range(len(texts))]

    def classify_together(self, texts: Sequence[FlatText]) -> Classified:
        """Do the same, and leave the numbers in arrays: most documents need only a look at the sum of them."""
        if not any(text.lines for text in texts):
            none = np.zeros(0, np.int64)
            rows = np.zeros((0, len(LABELS)), np.float32)
            return Classified(np.zeros(len(texts) + 1, np.int64), none, none, none, rows, np.zeros(0))
        found = measure(texts, self.rarity)
        rows = self.probabilities(found)
        body = rows[:, BODY_COLUMNS].sum(1, dtype=np.float64)
        return Classified(found.documents, found.line, found.start, found.end, rows, body)

    def probabilities(self, segments: Segments) -> Array:
        """Return the probability of each label for each segment, float32 [n, LABELS]."""
        n = len(segments.line)
        if not n:
            return np.zeros((0, len(LABELS)), np.float32)
        bag = self._bag(segments)
        documents = _Documents(segments.documents)
        topic = _whole(self.layers["topic"](bag))
        same = _whole(topic * documents.mean(topic)[documents.of] * np.float32(1 / 64))
        dense = _whole(segments.dense * np.float32(self.dense_scale))
        edge = _unpacked(self.edges.take(segments.edges, axis=0).sum(1), segments.edges.shape[1])
        edge = _whole(edge * np.float32(self.edge_scale))
        first = _positive(self.layers["inward"](bag, edge, dense, same))
        last = self._layered(first, documents)
        return _softmax(self.layers["outward"](first, last))

    def _bag(self, segments: Segments) -> Array:
        """The sum of the vectors of a segment's words over the root of their number."""
        n = len(segments.line)
        counts = np.bincount(segments.token_segments, minlength=n)
        starts = np.cumsum(counts) - counts
        parts = -(-counts // _LANE)
        first = np.cumsum(parts) - parts
        part = np.arange(int(parts.sum())) - np.repeat(first, parts)
        size = np.minimum(np.repeat(counts, parts) - part * _LANE, _LANE)
        every = self.words.take(segments.tokens, axis=1)
        sums = _unpacked(
            np.add.reduceat(every, np.repeat(starts, parts) + part * _LANE, axis=1).T, size[:, None]
        )
        if len(part) > n:
            sums = np.add.reduceat(sums, first, axis=0)
        root = np.sqrt(counts.astype(np.float32))
        return _whole(sums * (np.float32(self.bag_scale) / root)[:, None])

    def _layered(self, x: Array, documents: "_Documents") -> Array:
        half = len(self.dilations) // 2
        for number, dilation in enumerate(self.dilations):
            layer = self.layers[f"layer{number}"]
            left, here, right = np.split(layer.weight, 3)
            sums = x @ here
            documents.add_shifted(sums, x @ left, dilation)
            documents.add_shifted(sums, x @ right, -dilation)
            inner = _positive(layer.scaled(sums))
            x = _positive(x + _whole(self.layers[f"mix{number}"](inner)))
            if number == half:
                pooled = _whole(documents.mean(x))
                x = _positive(x + _whole(self.layers["whole"](pooled))[documents.of])
        return x


_LANE: Final = 256
"""Most numbers from 0 to 255 whose sum two bytes hold."""


def _packed(table: Array) -> Array:
    """Rows of whole numbers from -127 to 127 as rows of 64-bit numbers, four in each: one addition adds four of them."""
    return np.asarray((table.astype(np.int16) + 128).astype(np.uint16).view(np.uint64))


def _unpacked(sums: Array, count: Any) -> Array:
    """float32 sums of `count` rows of a packed table each, at most _LANE: exact, as all whole numbers below 2^24 are."""
    lanes = np.ascontiguousarray(sums).view(np.uint16).astype(np.int32)
    return np.asarray(lanes - 128 * count, np.float32)


class _Documents:
    """Which segment belongs to which document."""

    def __init__(self, bounds: Array) -> None:
        self.bounds = bounds
        self.count = np.diff(bounds)
        self.of = np.repeat(np.arange(len(self.count)), self.count)

    def mean(self, values: Array) -> Array:
        """Mean of whole numbers over each document; their sums are exact. A document without segments gets 0."""
        sums = np.zeros((len(self.count), values.shape[1]), np.float64)
        some = np.flatnonzero(self.count)
        sums[some] = np.add.reduceat(values, self.bounds[some], axis=0, dtype=np.float64)
        return np.rint(sums / np.maximum(1, self.count)[:, None]).astype(np.float32)

    def add_shifted(self, sums: Array, values: Array, by: int) -> None:
        """Add to each segment's sums the values of the one `by` places before it in its document; these are used up."""
        near = abs(by)
        if near >= len(values):
            return
        last = self.of[:-near] != self.of[near:]  # the other one belongs to another document
        if by > 0:
            values[:-near][last] = 0
            sums[near:] += values[:-near]
        else:
            values[near:][last] = 0
            sums[:-near] += values[near:]


def _whole(values: Array) -> Array:
    """Round to whole numbers within the largest activation, in place."""
    np.rint(values, out=values)
    return np.asarray(np.clip(values, -MOST, MOST, out=values))


def _positive(values: Array) -> Array:
    """Round to whole numbers from 0 to the largest activation, in place."""
    np.rint(values, out=values)
    return np.asarray(np.clip(values, 0, MOST, out=values))


def _softmax(logits: Array) -> Array:
    """Probabilities in whole parts of 1 / _STEPS, made of additions, multiplications and divisions alone."""
    powers = _exponential(np.maximum(logits - logits.max(1, keepdims=True), -30).astype(np.float64))
    total = powers[:, 0].copy()
    for column in range(1, powers.shape[1]):
        total += powers[:, column]
    return (np.rint(powers / total[:, None] * _STEPS) / _STEPS).astype(np.float32)


def _exponential(values: Array) -> Array:
    """e to the power of numbers from -30 to 0: `numpy.exp` differs in the last bit between processors."""
    scaled = values / 64
    sums = np.full_like(scaled, _SERIES[0])
    for factor in _SERIES[1:]:
        sums *= scaled
        sums += factor
    for _ in range(6):
        sums *= sums
    return sums


_SERIES: Final = tuple(1 / factorial(power) for power in range(8, -1, -1))
"""Factors of the powers of e's series, the highest first."""
