"""Measure what the block model sees of each block: shape, place, words, the rules' marks, and mark-up if any.

All blocks of many pages are measured at once with numpy. So a page costs a share of some dozens of array
operations and not a Python loop over its characters. The result of a page never depends on the other pages
(`tests/model/test_model.py`). Every feature is a share, a logarithm or a flag between 0 and about 1, for
texts of any language.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.page import PARAGRAPH, Block, Box
from copydesk.tasks.model.headline import HEADLINE, Shapes, headline_features
from copydesk.tasks.model.markup import MARKUP, markup_features
from copydesk.tasks.model.unicode_classes import CLASSES, character_table
from copydesk.tasks.model.word_hash import letter_weights

Array = np.ndarray[Any, Any]

LONG = PARAGRAPH
"""A block of at least this many characters counts as a paragraph of its page."""
WORD_BUCKETS: Final = 1 << 13
"""Hash buckets of words. A collision mixes two words; the context outweighs it."""
_FIRST, _LAST = 16, 6
"""Words of a block that are used singly: its first and its last words."""
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
SAID: Final = ["in_description", "of_description", "description", "in_stated", "stated", "stated_share"]
FEATURES: Final = [*SHAPE, *PLACE, *MARKS, *MARKUP, *SAID, *HEADLINE]


class Features(NamedTuple):
    """Features of n blocks, page after page."""

    dense: Array
    """float32 [n, features]"""
    pages: Array
    """int [pages + 1]: number of the first block of each page, and n."""
    words: Array
    """int32 hash buckets of words, block after block."""
    word_blocks: Array
    """int32 block number of each of them, ascending."""
    tokens: Array
    """int32 hash buckets of class and id words."""
    token_blocks: Array
    """int32 block number of each of them, ascending."""


class PageInput(NamedTuple):
    """A page as input of the model."""

    blocks: Sequence[Block]
    title: str
    """Its headline if known, or empty."""
    description: str = ""
    """The page's own description in one sentence: often its standfirst, or the beginning of its body."""
    stated: str = ""
    """The body from the page's data (JSON-LD's `articleBody`), or empty. It may be cut, or belong to another
    story."""
    boxes: Sequence[Box] = ()
    """Its containers, which `Hints.parent` numbers."""


def features_of(page_inputs: Sequence[PageInput]) -> Features:
    """Measure the blocks of some pages."""
    blocks = [block for page_input in page_inputs for block in page_input.blocks]
    texts = [b.text for b in blocks]
    pages = np.cumsum([0, *(len(page_input.blocks) for page_input in page_inputs)])
    text = _Characters(texts)
    words, word_blocks = text.hashed_words()
    shape, place = len(SHAPE), len(SHAPE) + len(PLACE)
    dense = np.zeros((len(blocks), len(FEATURES)), np.float32)
    text.shape(dense[:, :shape])
    long = (text.lengths >= LONG) & np.array([b.kind != "links" for b in blocks])
    _place(dense[:, shape:place], text, pages, [page_input.title for page_input in page_inputs], long)
    _marks(dense[:, place : place + len(MARKS)], blocks)
    place += len(MARKS)
    dense[:, place : place + len(MARKUP)], tokens, token_blocks = markup_features(
        blocks, pages, text.lengths, long
    )
    place += len(MARKUP)
    _said(dense[:, place : place + len(SAID)], text, pages, page_inputs)
    headings = dense[:, place - len(MARKUP) + MARKUP.index("kind_heading")] > 0
    runs = dense[:, place - len(MARKUP) + MARKUP.index("kind_links")]
    links = np.maximum(runs, dense[:, place - len(MARKUP) + MARKUP.index("link_density")])
    title_words = dense[:, shape + PLACE.index("title_words")]
    for number, page_input in enumerate(page_inputs):
        own = slice(pages[number], pages[number + 1])
        headline_features(
            dense[own, place + len(SAID) :],
            page_input.blocks,
            page_input.boxes,
            page_input.title,
            Shapes(text.lengths[own], links[own], headings[own], title_words[own]),
        )
    return Features(dense, pages, words, word_blocks, tokens, token_blocks)


class _Characters:
    """The characters of all blocks in one array. A line feed follows each block."""

    def __init__(self, texts: list[str]) -> None:
        self.whole = "\n".join(texts) + "\n"
        codes = np.frombuffer(self.whole.encode("utf-32-le", "replace"), np.uint32)
        known = character_table().take(codes, mode="clip")
        self.texts = texts
        self.lengths = np.array([len(t) for t in texts])
        self.starts = np.concatenate(([0], np.cumsum(self.lengths + 1)[:-1]))
        self.classes = known.view(np.uint8)[::4]
        self.n = len(texts)
        self._find_words(known)

    def _find_words(self, known: Array) -> None:
        """Find the words: runs of letters and digits; in scripts without spaces, pairs of characters."""
        wide = self.classes == 3
        narrow = self.classes < 5  # lower, upper, uncased, wide, digit: see alphabet.CLASSES
        pairs = np.flatnonzero(wide[:-1] & wide[1:]) if wide.any() else None
        if pairs is not None:
            narrow &= ~wide
        edges = (
            np.flatnonzero(narrow[1:] != narrow[:-1]) + 1
        )  # the last character is a line feed, so that every run ends
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
        starts = np.concatenate(([0], np.cumsum(self.word_lengths)[:-1]))
        letters = known[narrow] >> 8
        place = np.arange(len(letters), dtype=np.int32) - np.repeat(
            starts.astype(np.int32), self.word_lengths
        )
        return np.asarray(np.add.reduceat(letters * letter_weights().take(place, mode="clip"), starts))

    def per_word(self, values: Array) -> Array:
        """Return the mean of `values` (one per word) over each block's words; 0 for none."""
        return np.bincount(self.word_block, values, self.n) / np.maximum(1, self.word_count)

    def shape(self, out: Array) -> None:
        """Fill in the columns of SHAPE."""
        kinds = len(CLASSES)
        rows = np.arange(self.n)
        counts = np.bincount(
            np.repeat(rows * kinds, self.lengths + 1) + self.classes, minlength=self.n * kinds
        )
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
        starts = self.starts.tolist()
        for number, sign in enumerate(_SIGNS):
            found = self.whole.find(sign)
            while found >= 0:
                row = bisect_right(starts, found) - 1
                out[row, at + number] = 1
                found = self.whole.find(sign, starts[row + 1]) if row + 1 < self.n else -1

    def hashed_words(self) -> tuple[Array, Array]:
        """Return the first and last words of each block as hash buckets, and the block of each."""
        place = np.arange(len(self.word_starts)) - np.repeat(self.first_words, self.word_count)
        left = np.repeat(self.word_count, self.word_count) - place
        chosen = (place < _FIRST) | (left <= _LAST)
        return self.word_hash[chosen].astype(np.int32), self.word_block[chosen].astype(np.int32)


def _place(out: Array, text: _Characters, pages: Array, titles: Sequence[str], long: Array) -> None:
    """Fill in the columns of PLACE: the block's position, and words shared with the page's `long` paragraphs."""
    sizes = np.diff(pages)
    first = np.repeat(pages[:-1], sizes)
    n = np.repeat(sizes, sizes)
    every = np.arange(text.n)
    at = every - first
    out[:, 0] = at / n
    out[:, 1] = np.log1p(at) / 6
    out[:, 2] = np.log1p(n - 1 - at) / 6
    out[:, 3] = np.log1p(n) / 8
    sums = np.concatenate(([0], np.cumsum(text.lengths)))
    out[:, 4] = (sums[:-1] - sums[first]) / np.maximum(1, sums[first + n] - sums[first])
    before = np.maximum.accumulate(
        np.concatenate(([-1], np.where(long, every, -1)[:-1]))
    )  # the paragraph before a block
    after = np.minimum.accumulate(np.where(long, every, text.n)[::-1])[
        ::-1
    ]  # the block itself, or the next one
    behind = np.append(after[1:], text.n)
    none_before, none_behind = before < first, behind >= first + n
    out[:, 5] = none_before
    out[:, 6] = none_behind
    out[:, 7] = np.log1p(np.where(none_before, n, every - before)) / 5
    out[:, 8] = np.log1p(np.where(none_behind, n, behind - every)) / 5
    for page, start in enumerate(pages[:-1].tolist()):
        texts = text.texts[start : pages[page + 1]]
        if len(set(texts)) < len(texts):
            counts = Counter(texts)
            out[start : pages[page + 1], 9] = [counts[t] > 1 for t in texts]
    page_of_block = np.repeat(np.arange(len(sizes)), sizes)
    out[:, 10] = _shared(text, long, page_of_block)
    if any(title.strip() for title in titles):
        out[:, 11] = _title(text, titles, page_of_block)


def _shared(text: _Characters, long: Array, page_of_block: Array) -> Array:
    """Return the share of a block's longer words that also occur in another paragraph of the page."""
    telling = text.word_lengths >= 4
    pairs = text.word_block[telling] * WORD_BUCKETS + text.word_hash[telling].view(np.int64)
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    in_block, bucket = pairs // WORD_BUCKETS, pairs % WORD_BUCKETS
    word = page_of_block[in_block] * WORD_BUCKETS + bucket
    in_long = long[in_block]
    known = np.bincount(word[in_long], minlength=(page_of_block[-1] + 1) * WORD_BUCKETS)
    elsewhere = known[word] - in_long > 0
    total = np.bincount(in_block, minlength=text.n)
    return np.bincount(in_block, elsewhere, text.n) / np.maximum(1, total)


def _title(text: _Characters, titles: Sequence[str], page_of_block: Array) -> Array:
    """Return the share of a block's words that occur in its page's headline."""
    headlines = _Characters(list(titles))
    known = np.zeros(len(titles) * WORD_BUCKETS)
    known[headlines.word_block * WORD_BUCKETS + headlines.word_hash.view(np.int64)] = 1
    return text.per_word(known[page_of_block[text.word_block] * WORD_BUCKETS + text.word_hash.view(np.int64)])


def _said(out: Array, text: _Characters, pages: Array, page_inputs: Sequence[PageInput]) -> None:
    """Fill in the columns of SAID: what each block shares with the page's data about the article."""
    out[:, 3] = -1
    descriptions = _Characters([page_input.description[:_LONGEST_DESCRIPTION] for page_input in page_inputs])
    described = np.append(descriptions.first_words, len(descriptions.word_hash)).tolist()
    bounds = np.searchsorted(text.word_block, pages).tolist()
    for number, page_input in enumerate(page_inputs):
        first, last = pages[number], pages[number + 1]
        own = slice(bounds[number], bounds[number + 1])
        hashes, block = text.word_hash[own].view(np.int64), text.word_block[own] - first
        counts = np.maximum(1, text.word_count[first:last])
        if page_input.description.strip():
            known = _known(
                descriptions.word_hash[described[number] : described[number + 1]].view(np.int64), WORD_BUCKETS
            )
            shared = np.bincount(block, known[hashes], last - first)
            out[first:last, 0] = shared / counts
            out[first:last, 1] = np.minimum(1.5, shared / max(1, known.sum()))
            out[first:last, 2] = 1
        if len(page_input.stated) >= _SHORTEST_STATED:
            stated = _Characters([page_input.stated[:_LONGEST_STATED]])
            known = _known(_pairs(stated.word_hash.view(np.int64)), _PAIR_BUCKETS)
            pairs = known[_pairs(hashes)] * (block[1:] == block[:-1])
            out[first:last, 3] = np.bincount(block[1:], pairs, last - first) / np.maximum(1, counts - 1)
            out[first:last, 4] = np.log1p(len(page_input.stated)) / 10
            out[first:last, 5] = len(page_input.stated) / max(1, text.lengths[first:last].sum())


_SHORTEST_STATED, _LONGEST_STATED, _LONGEST_DESCRIPTION = 200, 100_000, 2_000
"""Characters. A shorter body is a teaser, and the longest articles of the evaluation sets have 40,000."""
_PAIR_BUCKETS: Final = 1 << 17


def _known(buckets: Array, size: int) -> Array:
    """Return float64 [size]: 1 for each bucket in the list."""
    out = np.zeros(size)
    out[buckets] = 1
    return out


def _pairs(words: Array) -> Array:
    """Return hash buckets for each two consecutive words."""
    return np.asarray((words[:-1] * 8191 + words[1:] * 31) % _PAIR_BUCKETS)


def _marks(out: Array, blocks: Sequence[Block]) -> None:
    """Fill in the columns of MARKS: the claims of the rules."""
    for at, block in enumerate(blocks):
        for mark in block.marks:
            share = (mark.end - mark.start) / max(1, len(block.text))
            if mark.label in FURNITURE:
                out[at, 0 if share > 0.9 else 1] = 1
            else:
                out[at, 2 if mark.label == "caption" else 3] = 1
            out[at, 4] = max(out[at, 4], share)
