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
from tasks.model.alphabet import CLASSES, char_classes, lower_table
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
    text = _Characters([b.text for b in blocks])
    words, word_blocks = text.hashed_words()
    columns = [text.shape(), _place(text, blocks, title), _marks(blocks)]
    tokens = token_blocks = np.empty(0, np.int32)
    if markup:
        dense, tokens, token_blocks = markup_features(blocks, text.lengths)
        columns.append(dense)
    return Features(np.hstack(columns).astype(np.float32), words, word_blocks, tokens, token_blocks)


class _Characters:
    """The characters of all blocks in one array, each block followed by a line feed."""

    def __init__(self, texts: list[str]) -> None:
        whole = "\n".join(texts) + "\n"
        codes = np.frombuffer(whole.encode("utf-32-le", "replace"), np.uint32)
        self.codes = np.minimum(codes, 0xFFFF)
        self.lengths = np.array([len(t) for t in texts])
        self.starts = np.concatenate(([0], np.cumsum(self.lengths + 1)[:-1]))
        self.classes = char_classes()[self.codes]
        self.n = len(texts)
        self._find_words()

    def _find_words(self) -> None:
        """Words are runs of letters and digits; where a script has no spaces, pairs of characters."""
        kind = self.classes
        wordy = kind < 5  # lower, upper, uncased, wide, digit: see alphabet.CLASSES
        wide = kind == 3
        narrow = wordy & ~wide
        begins = narrow.copy()
        begins[1:] &= ~narrow[:-1]
        ends = narrow.copy()
        ends[:-1] &= ~narrow[1:]
        first, last = np.flatnonzero(begins), np.flatnonzero(ends) + 1
        pairs = np.flatnonzero(wide[:-1] & wide[1:])
        lower = lower_table()[self.codes].astype(np.uint64)
        hashes = self._hash_runs(lower, narrow, first, last)
        pair_hashes = lower[pairs] * np.uint64(2654435761) + lower[pairs + 1] * np.uint64(40503)
        at = np.concatenate((first, pairs))
        order = np.argsort(at, kind="stable")
        self.word_starts = at[order]
        self.word_lengths = np.concatenate((last - first, np.full(len(pairs), 2)))[order]
        mixed = np.concatenate((hashes, pair_hashes))[order]
        mixed ^= mixed >> np.uint64(15)
        self.word_hash = (mixed * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(WORD_BUCKETS)
        self.word_block = np.searchsorted(self.starts, self.word_starts, "right") - 1
        self.word_count = np.bincount(self.word_block, minlength=self.n)

    @staticmethod
    def _hash_runs(lower: Array, narrow: Array, first: Array, last: Array) -> Array:
        if not len(first):
            return np.empty(0, np.uint64)
        where = np.flatnonzero(narrow)
        run = np.repeat(np.arange(len(first)), last - first)
        weight = _powers()[np.minimum(where - first[run], _MAX_WORD)]
        terms = lower[where] * weight
        starts = np.concatenate(([0], np.cumsum(last - first)[:-1]))
        return np.asarray(np.add.reduceat(terms, starts))

    def share(self, mask: Array) -> Array:
        """Share of each block's characters in `mask`."""
        return np.asarray(np.add.reduceat(mask.astype(np.float32), self.starts) / np.maximum(1, self.lengths))

    def per_word(self, values: Array) -> Array:
        """Mean of `values` (one a word) over each block's words; 0 where it has none."""
        return np.bincount(self.word_block, values, self.n) / np.maximum(1, self.word_count)

    def shape(self) -> Array:
        """The columns of SHAPE."""
        kinds = len(CLASSES)
        counts = np.bincount(
            np.repeat(np.arange(self.n), self.lengths + 1) * kinds + self.classes, minlength=self.n * kinds
        ).reshape(self.n, kinds)
        longest = np.zeros(self.n)
        np.maximum.at(longest, self.word_block, self.word_lengths)
        eye = np.eye(kinds)
        upper = (self.classes[self.word_starts] == 1).astype(np.float64)
        return np.column_stack(
            [
                np.log1p(self.lengths) / 8,
                np.log1p(self.word_count) / 6,
                counts / np.maximum(1, self.lengths)[:, None],
                self.per_word(upper),
                self.per_word((self.word_lengths <= 3).astype(np.float64)),
                self.per_word(self.word_lengths.astype(np.float64)) / 10,
                np.log1p(longest) / 4,
                eye[self.classes[self.starts]],
                eye[self.classes[self.starts + np.maximum(0, self.lengths - 1)]],
                *[self.share(self.codes == ord(sign)) > 0 for sign in _SIGNS],
            ]
        )

    def hashed_words(self) -> tuple[Array, Array]:
        """The first and last words of each block as hash buckets, and the block of each."""
        firsts = np.concatenate(([0], np.cumsum(self.word_count)[:-1]))
        place = np.arange(len(self.word_starts)) - firsts[self.word_block]
        left = self.word_count[self.word_block] - place
        chosen = (place < _FIRST) | (left <= _LAST)
        return self.word_hash[chosen].astype(np.int32), self.word_block[chosen].astype(np.int32)


@cache
def _powers() -> Array:
    """Weights of the letters of a word in its hash (FNV prime, modulo 2^64); beyond the last they count alike."""
    powers = [1]
    for _ in range(_MAX_WORD):
        powers.append(powers[-1] * 1099511628211 % (1 << 64))
    return np.array(powers, np.uint64)


def _place(text: _Characters, blocks: Sequence[Block], title: str) -> Array:
    """The columns of PLACE: where the block stands, and what it shares with the page's paragraphs."""
    n = text.n
    at = np.arange(n)
    long = text.lengths >= LONG
    places = np.flatnonzero(long)
    before = np.searchsorted(places, at, "left")
    after = np.searchsorted(places, at, "right")
    since = np.where(before > 0, at - places[np.maximum(0, before - 1)] if len(places) else 0, n)
    until = np.where(after < len(places), places[np.minimum(after, len(places) - 1)] - at if len(places) else 0, n)
    cumulated = np.cumsum(text.lengths)
    counts = Counter([b.text for b in blocks])
    repeated = np.array([counts[b.text] > 1 for b in blocks])
    return np.column_stack(
        [
            at / n,
            np.log1p(at) / 6,
            np.log1p(n - 1 - at) / 6,
            np.full(n, np.log1p(n) / 8),
            (cumulated - text.lengths) / max(1, cumulated[-1]),
            before == 0,
            after == len(places),
            np.log1p(since) / 5,
            np.log1p(until) / 5,
            repeated,
            _shared(text, long),
            _title(text, title),
        ]
    )


def _shared(text: _Characters, long: Array) -> Array:
    """Share of a block's longer words that stand in another paragraph of the page too."""
    telling = text.word_lengths >= 4
    pairs = np.unique(text.word_block[telling].astype(np.int64) * WORD_BUCKETS + text.word_hash[telling].astype(np.int64))
    in_block, bucket = pairs // WORD_BUCKETS, pairs % WORD_BUCKETS
    known = np.bincount(bucket[long[in_block]], minlength=WORD_BUCKETS)
    elsewhere = known[bucket] - long[in_block] > 0
    total = np.bincount(in_block, minlength=text.n)
    return np.bincount(in_block, elsewhere, text.n) / np.maximum(1, total)


def _title(text: _Characters, title: str) -> Array:
    """Share of a block's words that stand in the page's headline; 0 where it is not known."""
    if not title.strip():
        return np.zeros(text.n)
    known = np.zeros(WORD_BUCKETS)
    known[_Characters([title]).word_hash] = 1
    return text.per_word(known[text.word_hash])


def _marks(blocks: Sequence[Block]) -> Array:
    """The columns of MARKS: what the rules claimed."""
    out = np.zeros((len(blocks), len(MARKS)))
    for at, block in enumerate(blocks):
        for mark in block.marks:
            share = (mark.end - mark.start) / max(1, len(block.text))
            if mark.label in FURNITURE:
                out[at, 0 if share > 0.9 else 1] = 1
            else:
                out[at, 2 if mark.label == "caption" else 3] = 1
            out[at, 4] = max(out[at, 4], share)
    return out
