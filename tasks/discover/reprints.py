"""Recognise documents that are the same article again: they share most of their long lines."""

from typing import Final

import numpy as np
import numpy.typing as npt

_MOST_CLUSTERS: Final = 64
"""A line that occurs in this many otherwise different articles is no evidence of republication."""
_SHARE: Final = 0.5
"""Share of the characters in long lines that two documents must have in common, relative to the shorter one.
"""


class Clusters:
    """Assign each document to the cluster of the first one that it copies.

    Wire copy that a publisher prints twenty times, or a story that gets a paragraph each hour, is one piece
    of evidence for its recurring lines, not twenty. Linear in the ledger: a document is compared only with
    the first document of each cluster, and only through lines of fewer than `_MOST_CLUSTERS` clusters. The
    result depends on the order of the documents, which is that of the snapshot. A document that consists
    mostly of long furniture joins others like it; they count as one.
    """

    def __init__(self, size: int) -> None:
        self.of: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        """Cluster of each document, from 1; 0 for those not seen."""
        self._holders: dict[int, list[int]] = {}
        """By line: the clusters whose first document contains it."""
        self._chars: list[int] = [0]
        """By cluster: characters in the long lines of its first document."""

    def add(self, number: int, shared: dict[int, int], chars: int) -> None:
        """Assign a document; `shared` are the lengths of its long lines that other documents also have."""
        common: dict[int, int] = {}
        for line, length in shared.items():
            holders = self._holders.get(line, ())
            if len(holders) < _MOST_CLUSTERS:
                for cluster in holders:
                    common[cluster] = common.get(cluster, 0) + length
        best = max(common, key=lambda c: (common[c], -c), default=0)
        if best and common[best] >= _SHARE * min(chars, self._chars[best]):
            self.of[number] = best
            return
        self._chars.append(chars)
        cluster = self.of[number] = len(self._chars) - 1
        for line in shared:
            holders = self._holders.setdefault(line, [])
            if len(holders) < _MOST_CLUSTERS:
                holders.append(int(cluster))
