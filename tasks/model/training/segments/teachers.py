"""Let a network learn from others: the mean of their probabilities is a target for every segment, labelled or not.

Two networks of the same training, with other seeds, disagree on whole kinds of furniture of unseen publishers. One that
learns from the mean of several is surer where they agree, and less sure where they don't.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from copydesk.tasks.model.segment_features import Segments
from copydesk.tasks.model.sequence import SegmentModel
from copydesk.tasks.model.training.segments.examples import Example

Array = np.ndarray[Any, Any]

_BATCH = 40


def taught(examples: Sequence[Example], teachers: Sequence[SegmentModel]) -> list[Example]:
    """Return the examples with the mean of the teachers' probabilities."""
    out: list[Example] = []
    for low in range(0, len(examples), _BATCH):
        batch = examples[low : low + _BATCH]
        found = together(batch)
        every = sum((teacher.probabilities(found) for teacher in teachers), np.zeros((), np.float32))
        mean = (every / np.float32(len(teachers))).astype(np.float16)
        for example, first, last in zip(batch, found.documents, found.documents[1:], strict=False):
            out.append(example._replace(taught=mean[first:last]))
    return out


def of_fold(path: Path, hold: int | None) -> Path:
    """Return the file of a teacher that has not seen a fold: the fold's number stands before the suffix."""
    return path if hold is None else path.with_suffix(f".{hold}.npz")


def together(examples: Sequence[Example]) -> Segments:
    """Return the segments of some examples as those of one batch."""
    documents = np.cumsum([0, *(len(example.codes) for example in examples)])

    def column(name: str) -> Array:
        return np.concatenate([getattr(example.segments, name) for example in examples])

    of = [e.segments.token_segments.astype(np.int64) + n for e, n in zip(examples, documents, strict=False)]
    return Segments(
        documents,
        column("line"),
        column("start"),
        column("end"),
        column("tokens").astype(np.int64),
        np.concatenate(of),
        column("edges").astype(np.int64),
        column("dense"),
    )
