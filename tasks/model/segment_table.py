"""Put the characters of many lines into one array, cut it into segments and words, and hash them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.page import Mark, Phrases
from copydesk.tasks.model.segments import boundaries, code_points
from copydesk.tasks.model.unicode_classes import CLASSES, character_table
from copydesk.tasks.model.word_hash import LONGEST, letter_weights

Array = np.ndarray[Any, Any]

BUCKETS: Final = 1 << 16
"""Hash buckets of words, pairs and edges. A collision mixes two of them; the context outweighs it."""
STEM: Final = 5
"""Letters of a word that form its stem, for comparisons across a document."""


class FlatText(NamedTuple):
    """A document of flat text as input of the model."""

    lines: Sequence[str]
    """Its lines that are not blank, trimmed."""
    marks: Sequence[Sequence[Mark]] = ()
    """The matches of rules in each line; empty if no rule was tried."""
    headline: str = ""
    """Its headline if known from elsewhere, or empty."""
    phrases: Phrases | None = None
    """The phrases of its lines if they are known."""


class SegmentTable:
    """The characters of all lines in one array, a line feed after each line, and the segments in it."""

    def __init__(self, texts: Sequence[FlatText], openers: Sequence[int] = ()) -> None:
        """Store the texts. `openers` are offsets of known phrases, in all lines joined by line feeds."""
        lines = [line for text in texts for line in text.lines]
        self.codes = code_points("\n".join(lines) + "\n")
        self.known = character_table().take(self.codes, mode="clip")
        self.classes = self.known.view(np.uint8)[::4].copy()
        lengths = np.array([len(line) for line in lines], np.int64)
        self.line_starts = np.concatenate(([0], np.cumsum(lengths + 1)[:-1]))
        self.line_ends = self.line_starts + lengths
        self.first_line = np.cumsum([0, *(len(text.lines) for text in texts)])
        begins = boundaries(self.codes, self.classes)
        begins[np.asarray(openers, np.int64)] = True
        self._cut_at_marks(begins, texts)
        begins[self.line_starts] = True
        begins &= self.classes != SPACE
        self.starts: Array = np.flatnonzero(begins)
        self.n = len(self.starts)
        self.line = np.searchsorted(self.line_starts, self.starts, side="right") - 1
        self.ends = np.minimum(np.append(self.starts[1:], len(self.codes)), self.line_ends[self.line])
        self.document = np.searchsorted(self.first_line, self.line, side="right") - 1
        self.documents = np.searchsorted(self.document, np.arange(len(texts) + 1))
        self.first_of_line = np.searchsorted(self.line, np.arange(len(lines) + 1))
        self.last = self._last_solid()
        """Place of the last character of each segment that is not a space."""

    def _last_solid(self) -> Array:
        last = self.ends - 1
        for _ in range(4):
            last -= self.classes[last] == SPACE
        if (self.classes[last] == SPACE).any():
            place = np.where(self.classes == SPACE, 0, np.arange(len(self.classes)))
            last = np.maximum.accumulate(place)[self.ends - 1]
        return np.asarray(np.maximum(last, self.starts))

    def _cut_at_marks(self, begins: Array, texts: Sequence[FlatText]) -> None:
        for first, text in zip(self.first_line.tolist(), texts, strict=False):
            for number, marks in enumerate(text.marks, first):
                base, end = int(self.line_starts[number]), int(self.line_ends[number])
                for edge in {base + edge for mark in marks for edge in (mark.start, mark.end)}:
                    at = edge
                    while at < end and self.classes[at] == SPACE:
                        at += 1
                    begins[at] = at < end


SPACE: Final = CLASSES.index("space")


class Words:
    """The words of all segments: runs of letters and digits; in scripts without spaces, pairs of characters."""

    def __init__(self, table: SegmentTable) -> None:
        self.table = table
        known, classes = table.known, table.classes
        wide = classes == CLASSES.index("wide")
        narrow = classes < _WORDS
        some_wide = bool(wide.any())
        if some_wide:
            narrow &= ~wide
        edges = np.flatnonzero(narrow[1:] != narrow[:-1]) + 1
        if narrow[0]:
            edges = np.concatenate(([0], edges))
        # A word with a cut inside (`deviceMedia`) is two words.
        inside = table.starts[narrow[table.starts] & narrow[table.starts - 1] & (table.starts > 0)]
        if len(inside):
            edges = np.sort(np.concatenate((edges, inside, inside)), kind="stable")
        self.starts = edges[::2]
        self.lengths = edges[1::2] - self.starts
        self.hash, self.stem = self._hashed(known)
        if some_wide:
            self._add_pairs(known, wide)
        self.first = np.append(np.searchsorted(self.starts, table.starts), len(self.starts))
        self.count = np.diff(self.first)
        self.segment = np.repeat(np.arange(table.n), self.count)

    def _hashed(self, known: Array) -> tuple[Array, Array]:
        """Return 64-bit hashes of each word and of its stem: sums of its letters times powers of a prime.

        The loop takes one letter of every word at a time, with the longest words first, so that the longer
        words are always at the front.
        """
        order = np.argsort(-np.minimum(self.lengths, LONGEST + 1).astype(np.int8), kind="stable")
        starts = self.starts[order]
        longer = len(starts) - np.cumsum(
            np.bincount(np.minimum(self.lengths, LONGEST + 1), minlength=LONGEST + 2)
        )
        sums = np.zeros(len(starts), np.uint64)
        stems = sums
        for place, power in enumerate(letter_weights()[:-1]):
            some = int(longer[place])
            if not some:
                break
            if place == STEM:
                stems = sums.copy()
            sums[:some] += (known[starts[:some] + place] >> 8) * power
        some = int(longer[LONGEST])
        if some:  # letters after the last share its weight
            ends = np.stack((starts[:some] + LONGEST, starts[:some] + self.lengths[order[:some]]), 1)
            sums[:some] += (
                np.add.reduceat(known >> 8, ends.ravel(), dtype=np.uint64)[::2] * letter_weights()[-1]
            )
        hashes, short = np.empty_like(sums), np.empty_like(sums)
        hashes[order], short[order] = sums, stems
        return mixed(hashes), mixed(short)

    def _add_pairs(self, known: Array, wide: Array) -> None:
        pairs = np.flatnonzero(wide[:-1] & wide[1:])
        lower = (known >> 8).astype(np.uint64)
        hashes = mixed(lower[pairs] * np.uint64(2654435761) + lower[pairs + 1] * np.uint64(40503))
        at = np.concatenate((self.starts, pairs))
        order = np.argsort(at, kind="stable")
        self.starts = at[order]
        self.lengths = np.concatenate((self.lengths, np.full(len(pairs), 2)))[order]
        self.hash = np.concatenate((self.hash, hashes))[order]
        self.stem = np.concatenate((self.stem, hashes))[order]

    def per_segment(self, values: Array) -> Array:
        """Return the mean of `values` (one per word) over each segment's words; 0 for none.

        0 for a segment without words.
        """
        return np.bincount(self.segment, values, self.table.n) / np.maximum(1, self.count)

    def share(self, flags: Array) -> Array:
        """Return the share of the words of each segment for which a flag is set; 0 for none."""
        some = np.flatnonzero(flags)
        return np.bincount(self.segment[some], minlength=self.table.n) / np.maximum(1, self.count)

    def tokens(self) -> tuple[Array, Array]:
        """Return the hash buckets of words, of stems of long words, and of pairs, with the segment of each."""
        table = self.table
        self.pairs = mixed(self.hash[:-1] * _PAIR + self.hash[1:])
        together = np.flatnonzero(self.segment[1:] == self.segment[:-1])
        after = self.starts[together] + self.lengths[together]
        after = table.classes[np.minimum(after, len(table.classes) - 1)].astype(np.uint64)
        long = np.flatnonzero(self.lengths > STEM)
        ones = np.arange(table.n)
        parts = (
            (self.hash, self.segment, self.count),
            (self.stem[long] ^ _SALTS[0], self.segment[long], None),
            (
                self.pairs[together] + (after << np.uint64(20)),
                self.segment[together],
                np.maximum(0, self.count - 1),
            ),
            (np.full(table.n, _SALTS[7]), ones, 1),
        )
        counts = [np.bincount(of, minlength=table.n) if count is None else count for _, of, count in parts]
        total = np.sum(np.broadcast_arrays(*counts), 0)
        base = np.cumsum(total) - total
        out = np.empty(int(total.sum()), np.int32)
        for (hashes, of, _), count in zip(parts, counts, strict=True):
            first = np.cumsum(np.broadcast_to(count, table.n)) - count
            out[np.arange(len(of)) + (base - first)[of]] = bucket(hashes)
            base = base + count
        return out, np.repeat(ones, total)

    def edges(self) -> Array:
        """Return hash buckets of the beginning and end of each segment, int32 [n, EDGES].

        In order: first word, first two, first three; last word, last two; all words together; first and last
        character. A segment without such words gets bucket 0.
        """
        table = self.table
        out = np.zeros((table.n, EDGES), np.int32)
        low, high = self.first[:-1], self.first[1:] - 1
        hashes = np.append(self.hash, np.zeros(3, np.uint64))
        first, last = hashes[low], hashes[high]
        two = mixed(first * _PAIR + hashes[low + 1])
        three = mixed(two * _PAIR + hashes[low + 2])
        final = mixed(hashes[high - 1] * _PAIR + last)
        ends = [table.codes[at].astype(np.uint64) * _PAIR for at in (table.starts, table.last)]
        every = (
            (first, 1), (two, 2), (three, 3), (last, 1), (final, 2), (self.whole(), 1), (mixed(ends[0]), 0), (mixed(ends[1]), 0),
        )  # fmt: skip
        for at, ((found, least), salt) in enumerate(zip(every, _SALTS, strict=True)):
            out[:, at] = np.where(self.count >= least, bucket(found ^ salt), 0)
        return out

    @cached_property
    def _wholes(self) -> Array:
        place = (np.arange(len(self.hash)) - self.first[self.segment]).astype(np.uint64)
        sums = np.concatenate(([np.uint64(0)], np.cumsum(mixed(self.hash + place * _PAIR), dtype=np.uint64)))
        return np.asarray(sums[self.first[1:]] - sums[self.first[:-1]])

    def whole(self) -> Array:
        """Return the 64-bit hash of all words of each segment, in their order."""
        return self._wholes


EDGES: Final = 8


_WORDS: Final = 5
"""Classes below this form words: see alphabet.CLASSES."""
_PAIR: Final = np.uint64(0x9E3779B97F4A7C15)
_SALTS: Final = tuple(np.uint64(0xA5A5A5A5 * (n + 3) << 18) for n in range(8))


def mixed(hashes: Array) -> Array:
    """Return hashes in which every bit depends on every bit of the input."""
    hashes = hashes ^ (hashes >> np.uint64(31))
    hashes = hashes * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(hashes ^ (hashes >> np.uint64(29)))


def bucket(hashes: Array) -> Array:
    """Return the bucket of each hash, 0 to BUCKETS - 1."""
    return ((hashes * _PAIR) >> np.uint64(48)).astype(np.int32)


def stable(values: Array, below: int) -> Array:
    """Return the stable order that sorts whole numbers from 0 to `below`.

    It is linear if two bytes hold them.
    """
    if below <= 1 << 16:
        return np.argsort(values.astype(np.uint16), kind="stable")
    low = np.argsort((values & 0xFFFF).astype(np.uint16), kind="stable")
    high = np.argsort((values[low] >> 16).astype(np.uint16), kind="stable")
    return np.asarray(low[high])
