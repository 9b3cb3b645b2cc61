"""Evaluate the segment model: probabilities of all labels for each segment, in exact arithmetic.

Weights are whole numbers of 8 bits, activations whole numbers of at most 10 bits. Every sum of products stays
below 2^24, so float32 holds it exactly, in any order of addition in a matrix product. The rest is addition,
multiplication, division and rounding of single numbers. So a document gets the same bytes alone, in any batch
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
"""Probabilities are multiples of 1 / _STEPS."""


def product(rows: Array, weight: Array) -> Array:
    """Return the matrix product of float32 rows and weights, in the thread of the caller.

    OpenBLAS divides a product of more than 2^18 multiplications among threads. On a busy machine these spin while
    they wait for each other: a text took 5.9 ms of CPU beside two busy processes, and 2.7 in one thread. So numpy gets the rows in stacks, which it
    multiplies one after the other. The sums are exact and do not depend on the stack. No setting of the process is
    changed: a program that uses copydesk keeps its own threads.
    """
    inputs, outputs = weight.shape
    height = max(1, _ONE_THREAD // (inputs * outputs))
    whole = len(rows) // height * height
    if len(rows) <= height:
        return np.asarray(rows @ weight)
    out = np.empty((len(rows), outputs), np.float32)
    np.matmul(rows[:whole].reshape(-1, height, inputs), weight, out=out[:whole].reshape(-1, height, outputs))
    np.matmul(rows[whole:], weight, out=out[whole:])
    return out


_ONE_THREAD: Final = 1 << 18
"""Most multiplications of a product that OpenBLAS computes in one thread
(`SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD`, unchanged since version 0.2)."""


class Dense(NamedTuple):
    """A linear layer on whole numbers."""

    weight: Array
    """float32 [inputs, outputs], whole numbers from -127 to 127."""
    scale: Array
    """float32 [outputs]: activations of the next layer for each unit of a sum."""
    bias: Array
    """float32 [outputs]"""

    def __call__(self, *values: Array) -> Array:
        """Return the weighted sums, not yet rounded. The input may be several arrays side by side."""
        low = len(values[0].T)
        out = product(values[0], self.weight[:low])
        for part in values[1:]:
            out += product(part, self.weight[low : low + len(part.T)])
            low += len(part.T)
        return self.scaled(out)

    def scaled(self, out: Array) -> Array:
        """Turn sums of products into activations that are not yet rounded, in place."""
        out *= self.scale
        out += self.bias
        return np.asarray(out)


class Segment(NamedTuple):
    """A stretch of a line with its probabilities."""

    line: int
    """Number of its line in the document."""
    start: int
    end: int
    """Offsets in the line. Spaces at the end belong to the segment."""
    probabilities: Sequence[float]
    """For each of LABELS. Without rounding, they sum to 1."""
    body: float
    """Probability of body: the sum over the labels of body."""


class Classified(NamedTuple):
    """The segments of some documents with their probabilities, document after document."""

    documents: Array
    """int [documents + 1]: number of the first segment of each document, and the number of all segments."""
    line: Array
    """int: number of the line in its document."""
    start: Array
    end: Array
    """int: offsets in the line. Spaces at the end belong to the segment."""
    probabilities: Array
    """float32 [segments, LABELS]"""
    body: Array
    """float64: probability of body, in multiples of 1 / _STEPS like all probabilities, so that sums are
    exact."""

    def of(self, document: int) -> list[Segment]:
        """Return the segments of one document."""
        some = slice(int(self.documents[document]), int(self.documents[document + 1]))
        new = tuple.__new__  # of all fields, in a third of the time that the constructor takes
        return [
            new(Segment, parts) for parts in zip(*(column[some].tolist() for column in self[1:]), strict=True)
        ]


class SegmentModel:
    """The trained network. Build it with `load`. No other method has side effects."""

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
        """Cut some documents into segments and classify them.

        The result of a document does not depend on the others.
        """
        found = self.classify_together(texts)
        return [found.of(number) for number in range(len(texts))]

    def classify_together(self, texts: Sequence[FlatText]) -> Classified:
        """Do the same, but leave the numbers in arrays: most documents need only a look at their sum."""
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
        """Return the sum of the vectors of a segment's words, divided by the root of their number."""
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
            sums = product(x, here)
            documents.add_shifted(sums, product(x, left), dilation)
            documents.add_shifted(sums, product(x, right), -dilation)
            inner = _positive(layer.scaled(sums))
            x = _positive(x + _whole(self.layers[f"mix{number}"](inner)))
            if number == half:
                pooled = _whole(documents.mean(x))
                x = _positive(x + _whole(self.layers["whole"](pooled))[documents.of])
        return x


_LANE: Final = 256
"""Most numbers from 0 to 255 whose sum fits into two bytes."""


def _packed(table: Array) -> Array:
    """Pack rows of whole numbers from -127 to 127 into 64-bit numbers.

    Each holds four of them, so one addition adds four.
    """
    return np.asarray((table.astype(np.int16) + 128).astype(np.uint16).view(np.uint64))


def _unpacked(sums: Array, count: Any) -> Array:
    """Return the float32 sums of `count` rows of a packed table each, at most _LANE.

    The sums are exact, as all whole numbers below 2^24 are.
    """
    lanes = np.ascontiguousarray(sums).view(np.uint16).astype(np.int32)
    return np.asarray(lanes - 128 * count, np.float32)


class _Documents:
    """The documents of the segments."""

    def __init__(self, bounds: Array) -> None:
        self.bounds = bounds
        self.count = np.diff(bounds)
        self.of = np.repeat(np.arange(len(self.count)), self.count)

    def mean(self, values: Array) -> Array:
        """Return the mean of whole numbers over each document.

        The sums are exact. A document without segments gets 0.
        """
        sums = np.zeros((len(self.count), values.shape[1]), np.float64)
        some = np.flatnonzero(self.count)
        sums[some] = np.add.reduceat(values, self.bounds[some], axis=0, dtype=np.float64)
        return np.rint(sums / np.maximum(1, self.count)[:, None]).astype(np.float32)

    def add_shifted(self, sums: Array, values: Array, by: int) -> None:
        """Add the values of the segment `by` places before in the same document to each segment's sums.

        The added values are overwritten.
        """
        near = abs(by)
        if near >= len(values):
            return
        last = self.of[:-near] != self.of[near:]  # the other segment belongs to another document
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
    """Return probabilities in multiples of 1 / _STEPS, from additions, multiplications and divisions alone."""
    powers = _exponential(np.maximum(logits - logits.max(1, keepdims=True), -30).astype(np.float64))
    total = powers[:, 0].copy()
    for column in range(1, powers.shape[1]):
        total += powers[:, column]
    return (np.rint(powers / total[:, None] * _STEPS) / _STEPS).astype(np.float32)


def _exponential(values: Array) -> Array:
    """Return e to the power of numbers from -30 to 0. `numpy.exp` differs in the last bit between processors."""
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
