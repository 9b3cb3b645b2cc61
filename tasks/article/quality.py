"""Quality signals of a body, as Gopher, C4 and FineWeb define them: columns, never a filter.

Sources: Rae et al. 2021 (Gopher, table A1), Raffel et al. 2020 (C4, section 2.2), Penedo et al. 2024
(FineWeb, section 3.6). `copydesk.schemas.article.QUALITY` describes each signal, with the thresholds of those
papers.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.tasks.text import CLOSING_QUOTES, TERMINALS, basic_plane

Array = np.ndarray[Any, Any]

_WORD: Final = re.compile(r"\w+")
_STOP: Final = ("the", "be", "to", "of", "and", "that", "have", "with")
_ENDS = tuple(TERMINALS + CLOSING_QUOTES)
_SHORT = 30
_LETTER, _DECIMAL = 1, 2
_PLANE: Final = 1 << 16
_BEYOND: Final = chr(_PLANE)


class Words(NamedTuple):
    """Counts of the words of a text: its runs of letters, digits and underscores (`\\w+`)."""

    total: int
    chars: int
    decimal: int
    """Words that consist of decimal digits."""
    stop: int
    """Distinct words among Gopher's eight stop words, in any case."""


def count_words(text: str) -> Words:
    """Count the words of a text.

    >>> count_words("The 24 of them, the_rest")
    Words(total=5, chars=19, decimal=1, stop=2)
    """
    return count_words_of_each([text])[0]


def count_words_of_each(texts: Sequence[str]) -> list[Words]:
    """Count the words of several texts at once in numpy, in an eighth of the time that lists of them take.

    Python handles texts with characters beyond the first 65,536 (emoji, rare ideographs).
    """
    codes = _codes("\n".join(texts) + "\n")
    bounds = list(accumulate((len(text) + 1 for text in texts), initial=0))
    kinds = np.zeros(len(codes) + 2, np.uint8)
    np.take(_kinds(), codes, out=kinds[1:-1], mode="clip")
    inside = kinds > 0
    edges = np.flatnonzero(inside[1:] != inside[:-1])  # where words begin and end
    digits = kinds == _DECIMAL
    turns = np.flatnonzero(digits[1:] != digits[:-1])
    alone = (kinds[turns[::2]] == 0) & (kinds[turns[1::2] + 1] == 0)  # digits with nothing beside them
    words = np.diff(np.searchsorted(edges[::2], bounds)).tolist()
    decimal = np.diff(np.searchsorted(turns[::2][alone], bounds)).tolist()
    stop = _stop_words(codes, edges[::2], edges[1::2], bounds)
    found = [
        Words(total, int(np.count_nonzero(inside[begin + 1 : end + 1])), *others)
        for total, begin, end, *others in zip(words, bounds, bounds[1:], decimal, stop, strict=False)
    ]
    if codes.max() >= _PLANE:
        return [
            _words_one_by_one(text) if max(text, default="") >= _BEYOND else counted
            for text, counted in zip(texts, found, strict=True)
        ]
    return found


def _codes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _stop_words(codes: Array, starts: Array, ends: Array, bounds: Sequence[int]) -> list[int]:
    """Return how many of the stop words occur in each text. `bounds` are the offsets at which the texts begin.

    Each word of up to four letters is read as one number, a byte per letter; a letter that is not ASCII is no letter.
    """
    lengths = ends - starts
    short = np.flatnonzero(lengths <= _LONGEST_STOP)
    data = np.zeros(len(codes) + _LONGEST_STOP, np.uint8)
    np.minimum(codes, 0x7F, out=data[: len(codes)], casting="unsafe")
    windows = np.ndarray((len(codes),), "<u4", data.tobytes(), strides=(1,))
    # The bit makes ASCII capitals small, and no other character a letter.
    keys = (windows[starts[short]] | np.uint32(0x20202020)) & _LOW_BYTES[lengths[short]]
    number = np.searchsorted(_STOP_KEYS, keys)
    known = np.flatnonzero(_STOP_KEYS.take(number, mode="clip") == keys)
    seen = np.zeros((len(bounds) - 1, len(_STOP)), bool)
    text = np.searchsorted(bounds, starts[short[known]], side="right") - 1
    seen[text, number[known]] = True
    counts: list[int] = seen.sum(1).tolist()
    return counts


_LONGEST_STOP: Final = max(map(len, _STOP))
_STOP_KEYS: Final = np.array(sorted(int.from_bytes(word.encode(), "little") for word in _STOP), np.uint32)
_LOW_BYTES: Final = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)


def _words_one_by_one(text: str) -> Words:
    words = _WORD.findall(text)
    stop = set(_STOP).intersection(map(str.lower, set(words)))
    return Words(len(words), sum(map(len, words)), sum(map(str.isdecimal, words)), len(stop))


@cache
def _kinds() -> Array:
    """Return uint8 [65536]: whether a character is part of words, and whether it is a decimal digit."""
    return np.where(_plane_of(r"\d+"), np.uint8(_DECIMAL), np.uint8(_LETTER)) * _plane_of(r"\w+")


def _plane_of(pattern: str) -> Array:
    """bool [65536]: whether a pattern for runs of characters takes each character."""
    table = np.zeros(_PLANE, bool)
    for run in re.finditer(pattern, basic_plane()):
        table[run.start() : run.end()] = True
    return table


def count_non_space(text: str) -> int:
    """Count the characters that are not white space.

    >>> count_non_space("a b\\u3000c\\n")
    3
    """
    return count_non_space_of_each([text])[0]


def count_non_space_of_each(texts: Sequence[str]) -> list[int]:
    """Count the same in each of several texts, at once if they are long."""
    if sum(map(len, texts)) < _SHORT_TEXT:
        return [len("".join(text.split())) for text in texts]
    solid = _solid_characters().take(_codes("".join(texts)), mode="clip")
    bounds = list(accumulate(map(len, texts), initial=0))
    return [int(np.count_nonzero(solid[begin:end])) for begin, end in pairwise(bounds)]


_SHORT_TEXT = 400
"""Number of characters from which numpy is faster."""


@cache
def _solid_characters() -> Array:
    """Return bool [65536]: whether a character is not white space; no later character is."""
    return ~_plane_of(r"\s+")


def quality_of(blocks: Sequence[str], words: Words, text: str) -> dict[str, float]:
    """Return the signals of `copydesk.schemas.article.QUALITY` that a body's text alone decides.

    `text` is its joined blocks.
    """
    count = max(1, words.total)
    lines = len(blocks)
    ellipses = text.count("\u2026") + text.count("...")
    repeated = 0
    if len(set(blocks)) < lines:
        seen: set[str] = set()
        for block in blocks:
            repeated += len(block) if block in seen else 0
            seen.add(block)
    return {
        "lines": lines,
        "mean_word_length": words.chars / count,
        "alpha_word_share": 1 - words.decimal / count,
        "stop_words": words.stop,
        "symbol_word_ratio": (text.count("#") + ellipses) / count,
        "ellipsis_line_share": sum(b.endswith(("\u2026", "...")) for b in blocks) / lines,
        "terminal_line_share": sum(b.endswith(_ENDS) for b in blocks) / lines,
        "short_line_share": sum(len(b) <= _SHORT for b in blocks) / lines,
        "duplicate_char_share": repeated / max(1, len(text)),
        "replacement_chars": text.count("\ufffd"),
    }
