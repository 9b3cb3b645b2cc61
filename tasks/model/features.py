"""What the block model sees of each block: shape, place, words, the rules' marks, and mark-up if any.

All blocks of a page are measured at once with numpy, so that a page costs some dozens of array
operations and not a Python loop over its characters: about 0.15 ms for a plain-text article.
Every feature is a share, a logarithm or a flag between 0 and about 1, for texts of any language.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from schemas.labels import FURNITURE
from schemas.page import Block
from tasks.model.alphabet import CLASSES, character_table
from tasks.model.markup import MARKUP, markup_features

Array = np.ndarray[Any, Any]

LONG = 120
"""Characters from which a block counts as a paragraph of its page."""
WORD_BUCKETS: Final = 1 << 13
"""Hash buckets of words; a collision mixes two words, which the context outvotes."""
_FIRST, _LAST = 16, 6
"""Words of a block that are looked at one by one: its first and its last."""
_MAX_WORD = 24
"""Letters of a word that are hashed."""
_SIGNS = "@\u00a9|\u00bb#/"

SHAPE: Final = (
    ["log_chars", "log_words"]
    + [f"share_{name}" for name in CLASSES]
    + ["capital_words", "short_words", "mean_word", "longest_word"]
    + [f"first_{name}" for name in CLASSES]
    + [f"last_{name}" for name in CLASSES]
    + [f"has_{ord(sign):x}" for sign in _SIGNS]
)
PLACE: Final = [
    "place", "from_start", "from_end", "log_blocks", "chars_before",
    "before_body", "after_body", "since_long", "until_long", "repeated", "shared_words", "title_words",
]  # fmt: skip
MARKS: Final = ["furniture_all", "furniture_part", "caption", "field", "covered"]
TEXT_FEATURES: Final = [*SHAPE, *PLACE, *MARKS]
FEATURES: Final = [*TEXT_FEATURES, *MARKUP]


class Features(NamedTuple):
    """Features of the n blocks of a page."""

    dense: Array
    """float32 [n, features]"""
    words: Array
    """int32 hash buckets of words, of all blocks one after the other."""
    word_blocks: Array
    """int32 block number of each of them, ascending."""
    tokens: Array
    """int32 hash buckets of class and id words; empty without mark-up."""
    token_blocks: Array
    """int32 block number of each of them, ascending."""


def features_of(blocks: Sequence[Block], title: str, markup: bool) -> Features:
    """Measure the blocks of a page; `title` is its headline as far as known, `markup` adds what the tree says."""
    texts = [b.text for b in blocks]
    text = _Characters(texts)
    words, word_blocks = text.hashed_words()
    shape, place = len(SHAPE), len(SHAPE) + len(PLACE)
    dense = np.zeros((len(blocks), len(FEATURES if markup else TEXT_FEATURES)), np.float32)
    text.shape(dense[:, :shape])
    _place(dense[:, shape:place], text, texts, title)
    _marks(dense[:, place : place + len(MARKS)], blocks)
    tokens = token_blocks = np.empty(0, np.int32)
    if markup:
        dense[:, place + len(MARKS) :], tokens, token_blocks = markup_features(blocks, text.lengths)
    return Features(dense, words, word_blocks, tokens, token_blocks)


class _Characters:
    """The characters of all blocks in one array, each block followed by a line feed."""

    def __init__(self, texts: list[str]) -> None:
        whole = "\n".join(texts) + "\n"
        codes = np.frombuffer(whole.encode("utf-32-le", "replace"), np.uint32)
        known = character_table().take(codes, mode="clip")
        self.texts = texts
        self.lengths = np.array([len(t) for t in texts])
        self.starts = np.concatenate(([0], np.cumsum(self.lengths + 1)[:-1]))
        self.classes = known.view(np.uint8)[::4]
        self.n = len(texts)
        self._find_words(known)

    def _find_words(self, known: Array) -> None:
        """Words are runs of letters and digits; where a script has no spaces, pairs of characters."""
        wide = self.classes == 3
        narrow = self.classes < 5  # lower, upper, uncased, wide, digit: see alphabet.CLASSES
        pairs = np.flatnonzero(wide[:-1] & wide[1:]) if wide.any() else None
        if pairs is not None:
            narrow &= ~wide
        edges = np.flatnonzero(narrow[1:] != narrow[:-1]) + 1  # the last character is a line feed, so that runs end
        if narrow[0]:
            edges = np.concatenate(([0], edges))
        self.word_starts = edges[::2]
        self.word_lengths = edges[1::2] - self.word_starts
        mixed = self._hash_runs(known, narrow)
        if pairs is not None and len(pairs):
            lower = (known >> 8).astype(np.uint64)
            hashes = lower[pairs] * np.uint64(2654435761) + lower[pairs + 1] * np.uint64(40503)
            at = np.concatenate((self.word_starts, pairs))
            order = np.argsort(at, kind="stable")
            self.word_starts = at[order]
            self.word_lengths = np.concatenate((self.word_lengths, np.full(len(pairs), 2)))[order]
            mixed = np.concatenate((mixed, hashes))[order]
        mixed ^= mixed >> np.uint64(15)
        self.word_hash = (mixed * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(WORD_BUCKETS)
        self.first_words = np.searchsorted(self.word_starts, self.starts)
        self.word_count = np.diff(self.first_words, append=len(self.word_starts))
        self.word_block = np.repeat(np.arange(self.n), self.word_count)

    def _hash_runs(self, known: Array, narrow: Array) -> Array:
        if not len(self.word_starts):
            return np.empty(0, np.uint64)
        where = np.flatnonzero(narrow)
        place = where - np.repeat(self.word_starts, self.word_lengths)
        terms = (known[where] >> 8) * _powers().take(place, mode="clip")
        starts = np.concatenate(([0], np.cumsum(self.word_lengths)[:-1]))
        return np.asarray(np.add.reduceat(terms, starts))

    def per_word(self, values: Array) -> Array:
        """Mean of `values` (one a word) over each block's words; 0 where it has none."""
        return np.bincount(self.word_block, values, self.n) / np.maximum(1, self.word_count)

    def shape(self, out: Array) -> None:
        """Fill in the columns of SHAPE."""
        kinds = len(CLASSES)
        rows = np.arange(self.n)
        counts = np.bincount(np.repeat(rows * kinds, self.lengths + 1) + self.classes, minlength=self.n * kinds)
        some = np.flatnonzero(self.word_count)
        out[:, 0] = np.log1p(self.lengths) / 8
        out[:, 1] = np.log1p(self.word_count) / 6
        at = 2 + kinds
        out[:, 2:at] = counts.reshape(self.n, kinds) / np.maximum(1, self.lengths)[:, None]
        out[:, at] = self.per_word(self.classes[self.word_starts] == 1)
        out[:, at + 1] = self.per_word(self.word_lengths <= 3)
        out[:, at + 2] = self.per_word(self.word_lengths) / 10
        if len(some):
            out[some, at + 3] = np.log1p(np.maximum.reduceat(self.word_lengths, self.first_words[some])) / 4
        at += 4
        out[rows, at + self.classes[self.starts]] = 1
        out[rows, at + kinds + self.classes[self.starts + np.maximum(0, self.lengths - 1)]] = 1
        at += 2 * kinds
        for number, sign in enumerate(_SIGNS):
            for row, text in enumerate(self.texts):
                if sign in text:
                    out[row, at + number] = 1

    def hashed_words(self) -> tuple[Array, Array]:
        """The first and last words of each block as hash buckets, and the block of each."""
        place = np.arange(len(self.word_starts)) - np.repeat(self.first_words, self.word_count)
        left = np.repeat(self.word_count, self.word_count) - place
        chosen = (place < _FIRST) | (left <= _LAST)
        return self.word_hash[chosen].astype(np.int32), self.word_block[chosen].astype(np.int32)


@cache
def _powers() -> Array:
    """Weights of the letters of a word in its hash (FNV prime, modulo 2^64); beyond the last they count alike."""
    powers = [1]
    for _ in range(_MAX_WORD):
        powers.append(powers[-1] * 1099511628211 % (1 << 64))
    return np.array(powers, np.uint64)


def _place(out: Array, text: _Characters, texts: list[str], title: str) -> None:
    """Fill in the columns of PLACE: where the block stands, and what it shares with the page's paragraphs."""
    n = text.n
    at = np.arange(n)
    long = text.lengths >= LONG
    places = np.flatnonzero(long)
    out[:, :4] = _places(n) if n <= _USUAL else _places.__wrapped__(n)
    cumulated = np.cumsum(text.lengths)
    out[:, 4] = (cumulated - text.lengths) / max(1, cumulated[-1])
    if len(places):
        before = np.searchsorted(places, at, "left")
        after = np.searchsorted(places, at, "right")
        out[:, 5] = before == 0
        out[:, 6] = after == len(places)
        out[:, 7] = np.log1p(np.where(before > 0, at - places[np.maximum(0, before - 1)], n)) / 5
        out[:, 8] = np.log1p(np.where(after < len(places), places[np.minimum(after, len(places) - 1)] - at, n)) / 5
    else:
        out[:, 5:7] = 1
        out[:, 7:9] = np.log1p(n) / 5
    if len(set(texts)) < n:
        counts = Counter(texts)
        out[:, 9] = [counts[t] > 1 for t in texts]
    out[:, 10] = _shared(text, long)
    if title.strip():
        out[:, 11] = _title(text, title)


_USUAL = 200
"""Most blocks of a page whose places are remembered for the next page with as many."""


@cache
def _places(n: int) -> Array:
    """The first four columns of PLACE, which hang on the number of blocks only."""
    at = np.arange(n)
    from_start = np.log1p(at) / 6
    return np.column_stack((at / n, from_start, from_start[::-1], np.full(n, np.log1p(n) / 8))).astype(np.float32)


def _shared(text: _Characters, long: Array) -> Array:
    """Share of a block's longer words that stand in another paragraph of the page too."""
    telling = text.word_lengths >= 4
    pairs = text.word_block[telling] * WORD_BUCKETS + text.word_hash[telling].view(np.int64)
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    in_block, bucket = pairs // WORD_BUCKETS, pairs % WORD_BUCKETS
    known = np.bincount(bucket[long[in_block]], minlength=WORD_BUCKETS)
    elsewhere = known[bucket] - long[in_block] > 0
    total = np.bincount(in_block, minlength=text.n)
    return np.bincount(in_block, elsewhere, text.n) / np.maximum(1, total)


def _title(text: _Characters, title: str) -> Array:
    """Share of a block's words that stand in the page's headline."""
    known = np.zeros(WORD_BUCKETS)
    known[_Characters([title]).word_hash] = 1
    return text.per_word(known[text.word_hash])


def _marks(out: Array, blocks: Sequence[Block]) -> None:
    """Fill in the columns of MARKS: what the rules claimed."""
    for at, block in enumerate(blocks):
        for mark in block.marks:
            share = (mark.end - mark.start) / max(1, len(block.text))
            if mark.label in FURNITURE:
                out[at, 0 if share > 0.9 else 1] = 1
            else:
                out[at, 2 if mark.label == "caption" else 3] = 1
            out[at, 4] = max(out[at, 4], share)
