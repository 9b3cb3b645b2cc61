"""Sample removed stretches: some at random, and those with the lowest scores.

The random sample uses a hash of article and place: each stretch has the same chance, and the same dataset
gives the same sample.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.survey import Removal

_RANDOM: Final = 50
_DOUBTFUL: Final = 25
_CONTEXT: Final = 220
_LONGEST: Final = 600


class Samples:
    """The samples of a dataset."""

    def __init__(self) -> None:
        self.seen = 0
        self._random: list[tuple[int, Removal]] = []
        self._doubtful: list[tuple[float, int, Removal]] = []

    def take(self, rows: pa.Table, publishers: pa.ChunkedArray, at: Any) -> None:
        """Add the rows of some articles, in the order of their documents."""
        gone = np.flatnonzero(~rows["kept"].to_numpy())
        if not len(gone):
            return
        self.seen += len(gone)
        removed = rows.take(pa.array(gone))
        keys = _hashes(removed["id"], removed["seq"].to_numpy())
        scores = removed["score"].to_numpy().astype(np.float64)
        near = _Context(rows, publishers, at)
        for number in np.argsort(keys, kind="stable")[:_RANDOM]:
            self._random.append((int(keys[number]), near.removal(int(gone[number]))))
        self._random = sorted(self._random, key=lambda each: each[0])[:_RANDOM]
        for number in np.lexsort((keys, scores))[:_DOUBTFUL]:
            if scores[number] < 1:
                removal = near.removal(int(gone[number]))
                self._doubtful.append((float(scores[number]), int(keys[number]), removal))
        self._doubtful = _different(sorted(self._doubtful, key=lambda each: each[:2]))[:_DOUBTFUL]

    def random(self) -> tuple[Removal, ...]:
        """Return the random sample."""
        return tuple(removal for _, removal in self._random)

    def doubtful(self) -> tuple[Removal, ...]:
        """Return the stretches with the lowest scores, lowest first."""
        return tuple(removal for _, _, removal in self._doubtful)


class _Context:
    """Rows of a ledger, by their number, with the rows around them."""

    def __init__(self, rows: pa.Table, publishers: pa.ChunkedArray, at: Any) -> None:
        self._rows = rows
        self._publishers = publishers
        self._at = at

    def removal(self, number: int) -> Removal:
        """Return the row with the text before and after it in its document."""
        row = self._rows.slice(number, 1).to_pylist()[0]
        place = self._at[number].as_py()
        return Removal(
            article=row["id"],
            publisher="" if place is None else self._publishers[place].as_py() or "",
            before=self._beside(number - 1, row["id"])[-_CONTEXT:],
            text=row["text"][:_LONGEST],
            after=self._beside(number + 1, row["id"])[:_CONTEXT],
            label=row["label"],
            rule=row["rule"],
            score=row["score"],
        )

    def _beside(self, number: int, article: str) -> str:
        if not 0 <= number < self._rows.num_rows or self._rows["id"][number].as_py() != article:
            return ""
        text: str = self._rows["text"][number].as_py()
        return text


def _different(found: list[tuple[float, int, Removal]]) -> list[tuple[float, int, Removal]]:
    """Keep one stretch of each text."""
    first = {each[2].text: each for each in reversed(found)}
    return [each for each in found if first[each[2].text] is each]


def _hashes(ids: pa.ChunkedArray, places: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
    """Return a pseudo-random number for each row, always the same: the finalizer of SplitMix64."""
    heads = np.array(pc.utf8_slice_codeunits(ids, 0, 8).to_pylist(), dtype="S8")
    mixed = heads.view(np.uint64) ^ (places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return found
