"""Map the gold body of a page to a scraper's text of the page."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Final

import numpy as np

from copydesk.tasks.model.training.segments.pieces import WORD

Array = np.ndarray[Any, Any]

_ANCHOR: Final = 4
"""Words that must be equal, and unique on both sides, to tie the two texts together."""
_GAP: Final = 400
"""Most words on either side of a gap between ties that are compared one by one."""


def in_body(texts: Sequence[str], gold: str) -> list[Array]:
    """Return for each text of a page, in order, whether each character belongs to the gold body.

    Words are compared in order; white space, signs and case don't count. Characters between two words have
    the value of the word before.
    """
    words: list[str] = []
    places: list[tuple[int, int, int]] = []
    for number, text in enumerate(texts):
        for found in _words(text):
            words.append(found[0])
            places.append((number, found[1], found[2]))
    same = matched(words, [word for word, _, _ in _words(gold)])
    out = [np.zeros(len(text), bool) for text in texts]
    for at, ((number, start, _), value) in enumerate(zip(places, same.tolist(), strict=True)):
        last = at + 1 == len(places) or places[at + 1][0] != number
        out[number][start : len(texts[number]) if last else places[at + 1][1]] = value
        if start and (not at or places[at - 1][0] != number):
            out[number][:start] = value
    return out


@lru_cache(maxsize=64)
def _words(text: str) -> list[tuple[str, int, int]]:
    """Return words in lower case with their places; in a script without spaces, its single characters."""
    out = []
    for found in WORD.finditer(text):
        word = found[0].lower()
        if len(word) > 1 and any("\u2e80" <= c <= "\u9fff" or "\u3040" <= c <= "\u30ff" for c in word):
            out += [(c, found.start() + n, found.start() + n + 1) for n, c in enumerate(word)]
        else:
            out.append((word, found.start(), found.end()))
    return out


def matched(words: Sequence[str], gold: Sequence[str]) -> Array:
    """Return whether each word has a counterpart in `gold`: runs of words in the same order in both."""
    out = np.zeros(len(words), bool)
    at = gold_at = 0
    for a, b in [*_ties(words, gold), (len(words), len(gold))]:
        if a < at or b < gold_at:
            continue
        end, gold_end = a, b
        while (
            end > at and gold_end > gold_at and words[end - 1] == gold[gold_end - 1]
        ):  # backwards from the tie
            end, gold_end = end - 1, gold_end - 1
        out[end:a] = True
        _fill(out, words, gold, (at, end), (gold_at, gold_end))
        at, gold_at = a, b
        while at < len(words) and gold_at < len(gold) and words[at] == gold[gold_at]:
            out[at] = True
            at, gold_at = at + 1, gold_at + 1
    return out


def _fill(
    out: Array, words: Sequence[str], gold: Sequence[str], here: tuple[int, int], there: tuple[int, int]
) -> None:
    """Compare the text between two ties word by word."""
    (low, high), (gold_low, gold_high) = here, there
    if low == high or gold_low == gold_high:
        return
    if high - low > _GAP or gold_high - gold_low > _GAP:
        return
    matcher = SequenceMatcher(None, words[low:high], gold[gold_low:gold_high], autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.size >= 2 or block.size == gold_high - gold_low:
            out[low + block.a : low + block.a + block.size] = True


def _ties(words: Sequence[str], gold: Sequence[str]) -> list[tuple[int, int]]:
    """Return places of runs of words that occur once in each text, as many as are in the same order in both."""
    pairs = []
    theirs = _once(gold)
    for run, at in sorted(_once(words).items(), key=lambda item: item[1]):
        if run in theirs:
            pairs.append((at, theirs[run]))
    return _ascending(pairs)


def _once(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    seen: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(words[n:] for n in range(_ANCHOR)), strict=False)):
        seen[run] = -1 if run in seen else at
    return {run: at for run, at in seen.items() if at >= 0}


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence whose second places ascend."""
    if not pairs:
        return []
    tails: list[int] = []
    ends: list[int] = []
    before = [-1] * len(pairs)
    for n, (_, b) in enumerate(pairs):
        at = int(np.searchsorted(tails, b)) if tails else 0
        before[n] = ends[at - 1] if at else -1
        if at == len(tails):
            tails.append(b)
            ends.append(n)
        else:
            tails[at], ends[at] = b, n
    out = []
    n = ends[-1]
    while n >= 0:
        out.append(pairs[n])
        n = before[n]
    return out[::-1]
