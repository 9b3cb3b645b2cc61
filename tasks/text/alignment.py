"""Map positions in repaired text to positions in the text as it came."""

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

_EXACT = 4_000
"""Maximum length in characters of a difference that is aligned letter by letter (`difflib` is quadratic)."""


def align(raw: str, repaired: str, cuts: Sequence[int]) -> list[int]:
    """Return the offsets in `raw` that correspond to the offsets `cuts` (ascending) in `repaired`.

    Equal text at both ends maps one to one. The middle is aligned by its longest common stretches, or by
    proportion if it is too long for that. The result ascends, and the ends map to the ends, so that stretches
    cut there still cover everything.

    >>> align("Itâ€™s on. Email", "It’s on. Email", [0, 8, 14])
    [0, 10, 16]
    """
    if raw == repaired:
        return list(cuts)
    head = _common(raw, repaired)
    tail = _common(raw[head:][::-1], repaired[head:][::-1])
    a, b = raw[head : len(raw) - tail], repaired[head : len(repaired) - tail]
    points = [(head, head), *_anchors(a, b, head), (len(repaired) - tail, len(raw) - tail)]
    shift = len(raw) - len(repaired)
    out: list[int] = []
    for cut in cuts:
        if cut < head:
            at = cut
        elif cut >= len(repaired) - tail:
            at = cut + shift
        else:
            at = _between(points, cut)
        out.append(max(at, out[-1] if out else 0))
    return out


def _common(a: str, b: str) -> int:
    """Return the length of the common start."""
    if a.startswith(b) or b.startswith(a):
        return min(len(a), len(b))
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _anchors(a: str, b: str, head: int) -> list[tuple[int, int]]:
    """Return (repaired, raw) offsets of the ends of equal stretches in the middle."""
    if not a or not b or len(a) > _EXACT or len(b) > _EXACT:
        return []
    points = []
    for i, j, size in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        if size:
            points += [(head + j, head + i), (head + j + size, head + i + size)]
    return points


def _between(points: list[tuple[int, int]], cut: int) -> int:
    at = max(1, min(bisect_left(points, (cut, -1)), len(points) - 1))
    (b0, a0), (b1, a1) = points[at - 1], points[at]
    if b1 == b0:
        return a1
    return a0 + round((cut - b0) * (a1 - a0) / (b1 - b0))
