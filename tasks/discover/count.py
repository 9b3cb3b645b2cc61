"""Count recurring keys, in two passes over the ledger and in nearly constant memory.

The first pass counts hashes of keys in a table of fixed size, one byte each. If two keys share a cell, their
count is too high, never too low. The second pass records, exactly, only the keys whose cell reached the
wanted number of documents.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from copydesk.schemas.labels import BODY
from copydesk.tasks.discover.dataset import Document, Index, Row, digest, documents, rows_in
from copydesk.tasks.discover.inside import Part, inside_parts
from copydesk.tasks.discover.keys import (
    GLUED,
    INSIDE,
    LEAD,
    LINE,
    OPENING_QUOTES,
    SUFFIX,
    WITHIN,
    Line,
    keys_of,
    letter_words,
    line_of,
    without_numbers,
)
from copydesk.tasks.discover.reprints import Clusters

HEAD, MIDDLE, TAIL = 0, 1, 2
PLACE: Final = 3
"""Mask of the position in an occurrence's byte."""
BESIDE_FURNITURE, TERMINAL, REPEATED, QUOTE, SUBHEADING, FRAGMENT = 4, 8, 16, 32, 64, 128
"""Bits of an occurrence's byte."""
BARE: Final = QUOTE
"""The same bit, for the end of a line: a small letter after a word, so that it ends a phrase and begins
nothing."""
_CELLS: Final = (1 << 16, 1 << 26)
_MOST_CELLS: Final = 1 << 25
_LONG: Final = 60
"""Length in characters from which a line indicates republication."""
_TOPIC_WORDS: Final = 24
_TOPIC_LETTERS: Final = 5
_RESTS: Final = 64


@dataclass(slots=True)
class Tally:
    """Statistics of one key in one group: one entry per document in `documents`, `bits` and `beside`."""

    text: str
    """As first seen: the line, cut to 400 characters, or only the end or lead."""
    documents: "array[int]" = field(default_factory=lambda: array("I"))
    bits: "array[int]" = field(default_factory=lambda: array("B"))
    beside: "array[int]" = field(default_factory=lambda: array("Q"))
    """Hashes of the lines before and after, for the first documents."""
    doubt: float = 0.0
    """Sum of 1 - probability of body."""
    rests: set[int] = field(default_factory=set)
    """Hashes of the rest of the line, for an opener or an end; at most `_RESTS`."""
    one_form: bool = True
    """True if an end or lead always has the same capitals."""
    longest: int = 0
    """Characters of the longest rest."""


@dataclass(slots=True)
class Count:
    """Result of both passes."""

    tallies: dict[tuple[int, str], Tally]
    """Tallies by group and key."""
    removed: dict[str, Counter[str]]
    """By key of a line: the labels under which the same line was removed elsewhere."""
    clusters: npt.NDArray[np.int32]
    """Cluster of each document of the index; 0 if it has no ledger."""
    topics: npt.NDArray[np.uint32]
    """Hashes of the first words of each document, `_TOPIC_WORDS` per row, 0 for none."""


def count(
    snapshot: Path, index: Index, known: frozenset[str], least: int, progress: Callable[[str], None]
) -> Count:
    """Count the keys of kept body lines that at least `least` documents of a group share."""
    table = _Table(rows_in(snapshot))
    passes = _Passes(index, known, least, table)
    progress("counting lines")
    for document in documents(snapshot, index):
        passes.count(document)
    progress("recording what recurs")
    result = Count({}, {}, np.zeros(0, np.int32), np.zeros((len(index.ids), _TOPIC_WORDS), np.uint32))
    clusters = Clusters(len(index.ids))
    for document in documents(snapshot, index):
        passes.note(document, result)
        lines = _long_lines(document)
        shared = {digest(line): len(line) for line in lines if table.seen[table.cell("", -1, line)] > 1}
        clusters.add(document.number, shared, sum(map(len, lines)))
        _note_topic(result.topics[document.number], document)
    result.clusters = clusters.of
    result.tallies = {k: t for k, t in result.tallies.items() if len(t.documents) >= least}
    return result


class _Table:
    """One-byte counters that stop at 255, as many as the ledger may need, within fixed limits."""

    def __init__(self, rows: int) -> None:
        low, high = _CELLS
        size = min(max(low, 1 << (16 * rows).bit_length()), high)
        self.seen = bytearray(size)
        self._mask = size - 1

    def cell(self, kind: str, group: int, key: str) -> int:
        return hash((kind, group, key)) & self._mask

    def add(self, cells: set[int]) -> None:
        seen = self.seen
        for cell in cells:
            if seen[cell] < 255:
                seen[cell] += 1


class _Cells:
    """The cells of each kept body row, so that the second pass takes apart only lines that hold something recurring.

    Bounded: rows after the first 32 million cells (128 MB) are taken apart again.
    """

    def __init__(self) -> None:
        self._cells = array("I")
        self._ends = array("L", [0])
        self._row = 0

    def add(self, cells: Iterable[int]) -> None:
        if len(self._cells) < _MOST_CELLS:
            self._cells.extend(cells)
            self._ends.append(len(self._cells))

    def next(self) -> "array[int] | None":
        """Return the cells of the next row, in the order in which they were added; None if they were not kept."""
        self._row += 1
        if self._row >= len(self._ends):
            return None
        return self._cells[self._ends[self._row - 1] : self._ends[self._row]]


def _body_rows(document: Document) -> list[tuple[int, Row]]:
    return [(at, row) for at, row in enumerate(document.rows) if row.label in BODY and row.kept]


def _keys(text: str, parts: Sequence[Part], known: frozenset[str]) -> tuple[Line, dict[str, str]]:
    """Return the line and its keys; those inside it with the segment as it is written."""
    line = line_of(text)
    return line, dict.fromkeys(keys_of(line, known), "") | {part.key: part.written for part in parts}


@dataclass
class _Passes:
    """Both passes over the documents: what they know, and the cells that the first leaves for the second."""

    index: Index
    known: frozenset[str]
    least: int
    table: _Table
    cells: _Cells = field(default_factory=_Cells)

    def count(self, document: Document) -> None:
        """Count the keys of one document, each once."""
        group = int(self.index.groups[document.number])
        rows = [row.text for _, row in _body_rows(document)]
        seen: set[int] = set()
        for text, parts in zip(rows, inside_parts(rows), strict=True):
            cells = [self.table.cell("k", group, key) for key in _keys(text, parts, self.known)[1]]
            self.cells.add(cells)
            seen.update(cells)
        self.table.add(seen)
        self.table.add({self.table.cell("", -1, line) for line in _long_lines(document)})

    def note(self, document: Document, result: Count) -> None:
        """Record the recurring keys of one document."""
        group = int(self.index.groups[document.number])
        rows = document.rows
        for at, row in _body_rows(document):
            cells = self.cells.next()
            if cells is not None and not self._recurs(cells):
                continue
            line, keys = _keys(row.text, inside_parts([row.text])[0], self.known)
            recurring = [
                pair for pair in keys.items() if self._recurs([self.table.cell("k", group, pair[0])])
            ]
            if not recurring:
                continue
            bits, beside = _occurrence(rows, at, line), _beside(rows, at)
            for key, part in recurring:
                written = part or _as_written(row.text, key)
                tally = result.tallies.get((group, key))
                if tally is None:
                    tally = result.tallies[group, key] = Tally(written)
                _add(tally, document.number, _bits_of(bits, row.text, key), beside, row)
                _note_form(tally, key, written, part if key[0] == WITHIN else line.key)
        for row in rows:
            if not row.kept and len(row.text) <= 300:
                key = line_of(row.text).key
                if self._recurs(self.table.cell("k", group, kind + key) for kind in (LINE, INSIDE)):
                    result.removed.setdefault(LINE + key, Counter())[row.label] += 1

    def _recurs(self, cells: Iterable[int]) -> bool:
        """Return whether a key of these cells may occur in enough documents of its group."""
        seen, least = self.table.seen, self.least
        return any(seen[cell] >= least for cell in cells)


def _bits_of(bits: int, text: str, key: str) -> int:
    """Return the bits of an occurrence for one key. A quotation at the start of the line is not one of its parts."""
    if key[0] == SUFFIX:
        return (bits & ~QUOTE) | BARE * _is_bare(text, key)
    return bits & ~QUOTE if key[0] in (INSIDE, WITHIN) else bits


def _note_form(tally: Tally, key: str, written: str, line: str) -> None:
    """Record the spelling and the surroundings of a stretch. `line` is the line that contains it."""
    if key[0] in GLUED and tally.one_form:
        tally.one_form = without_numbers(written) == without_numbers(tally.text)
    if key[0] != LINE:
        tally.longest = max(tally.longest, len(line) + 1 - len(key))
        if len(tally.rests) < _RESTS:
            tally.rests.add(digest(line))


def _as_written(text: str, key: str) -> str:
    """Return how a line, a beginning or an end was written. Numbers may be longer than their placeholder."""
    if key[0] not in (LEAD, SUFFIX):
        return text[:400]
    words = text.split()
    count = key.count(" ") + 1
    return " ".join(words[:count] if key[0] == LEAD else words[-count:])


def _is_bare(text: str, key: str) -> bool:
    words = text.split()
    at = len(words) - key.count(" ") - 1
    return at > 0 and words[at][0].islower() and words[at - 1][-1].isalnum()


def _add(tally: Tally, number: int, bits: int, beside: tuple[int, int], row: Row) -> None:
    if tally.documents and tally.documents[-1] == number:
        tally.bits[-1] = (tally.bits[-1] & ~PLACE) | (bits & PLACE) | REPEATED
        return
    tally.documents.append(number)
    tally.bits.append(bits)
    tally.doubt += 1.0 - row.score
    if len(tally.beside) < 2 * _RESTS:
        tally.beside.extend(beside)


def _occurrence(rows: list[Row], at: int, line: Line) -> int:
    """Return the position and surroundings of a line, as bits."""
    row = rows[at]
    last = len(rows) - 1
    bits = MIDDLE
    if last - at <= 2 or at * 5 >= last * 4:
        bits = TAIL
    if at <= 2 and at < last - at:
        bits = HEAD
    around = [r for r in (rows[at - 1] if at else None, rows[at + 1] if at < last else None) if r]
    bits |= BESIDE_FURNITURE * any(not r.kept for r in around)
    bits |= TERMINAL * line.terminal
    bits |= QUOTE * (line.key[0] in OPENING_QUOTES)
    bits |= SUBHEADING * (row.label == "subheading")
    glued = (at and rows[at - 1].end == row.start) or (at < last and rows[at + 1].start == row.end)
    return bits | FRAGMENT * bool(glued)


def _beside(rows: list[Row], at: int) -> tuple[int, int]:
    before = digest(line_of(rows[at - 1].text[:200]).key) if at else 1
    behind = digest(line_of(rows[at + 1].text[:200]).key) if at + 1 < len(rows) else 2
    return before, behind


def _long_lines(document: Document) -> set[str]:
    """Return lines that usually only the same article has, cut to 400 characters."""
    return {row.text[:400].lower() for row in document.rows if row.kept and len(row.text) >= _LONG}


def _note_topic(into: npt.NDArray[np.uint32], document: Document) -> None:
    """Record the first longer words of a document: its headline and the text after it."""
    words: dict[int, None] = {}
    for row in document.rows:
        if row.kept and (row.label == "title" or len(row.text) >= _LONG):
            for word in letter_words(row.text[:400]):
                if len(word) >= _TOPIC_LETTERS:
                    words[(digest(word) & 0xFFFFFFFF) or 1] = None
        if len(words) >= _TOPIC_WORDS:
            break
    chosen = list(words)[:_TOPIC_WORDS]
    into[: len(chosen)] = chosen
