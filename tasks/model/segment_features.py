"""Measure what the segment model sees: a segment's words, shape, place, and shared words.

All lines of many documents are measured at once with numpy. The result of a document never depends on the
other documents: sums are over whole numbers, or over the document's own values in its own order.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.labels import BODY, FIELDS, FURNITURE
from copydesk.tasks.model.arrays import is_among
from copydesk.tasks.model.segment_phrases import PHRASES, fill, phrases_of
from copydesk.tasks.model.segment_table import (
    _PAIR,
    BUCKETS,
    SPACE,
    FlatText,
    SegmentTable,
    Words,
    bucket,
    mixed,
    stable,
)
from copydesk.tasks.model.segments import stopped
from copydesk.tasks.model.unicode_classes import CLASSES

Array = np.ndarray[Any, Any]

LABELS: Final = (*sorted(BODY), *sorted(FIELDS), *sorted(FURNITURE))
"""The labels in the order of the model's outputs."""
_NEAR: Final = 2
"""Segments on each side that tell nothing new about the subject of an article."""
_LEAD: Final = 6
"""Segments at the beginning of a document: headline, standfirst, first sentences."""
SHAPE: Final = (
    "log_chars", "log_words", *(f"share_{name}" for name in CLASSES), "capital_words", "short_words", "mean_word",
    *(f"first_{name}" for name in CLASSES), *(f"last_{name}" for name in CLASSES),
)  # fmt: skip
PLACE: Final = (
    "line_start", "line_end", "glued_before", "glued_after", "gap_before", "alone", "in_line", "line_segments",
    "line_chars", "place", "from_start", "from_end", "segments", "lines", "line_place",
    "in_word", "stopped", "stopped_before", "opening", "tail",
)  # fmt: skip
SHARED: Final = (
    "known", "known_far", "known_lead", "known_before", "known_after", "rare", "new_names", "names", "title", "titled",
    "copy", "copied", "bridged",
)  # fmt: skip
MARKED: Final = tuple(f"rule_{label}" for label in LABELS if label not in BODY)
DENSE: Final = (*SHAPE, *PLACE, *SHARED, *PHRASES, *MARKED)


class Segments(NamedTuple):
    """n segments, document after document."""

    documents: Array
    """int [documents + 1]: number of the first segment of each document, and n."""
    line: Array
    """int [n]: number of the line in its document."""
    start: Array
    """int [n]: offset in the line."""
    end: Array
    """int [n]: offset in the line, including spaces at the end."""
    tokens: Array
    """int32 hash buckets, segment after segment."""
    token_segments: Array
    """int64 segment of each token, ascending."""
    edges: Array
    """int32 [n, EDGES]: hash buckets of the beginning and end of each segment."""
    dense: Array
    """float32 [n, DENSE]"""


def measure(texts: Sequence[FlatText], rarity: Array) -> Segments:
    """Cut the lines of some documents into segments and measure them.

    `rarity` is float32 [BUCKETS]: how much a shared stem of that bucket connects two segments, 0 to 1.
    """
    found = phrases_of(texts)
    table = SegmentTable(texts, found.cuts())
    dense = np.zeros((table.n, len(DENSE)), np.float32)
    words = Words(table)
    ends = np.cumsum([len(SHAPE), len(PLACE), len(SHARED), len(PHRASES)])
    tokens, of = words.tokens()
    _shape(dense[:, : ends[0]], table, words)
    _place(dense[:, ends[0] : ends[1]], table)
    _shared(dense[:, ends[1] : ends[2]], table, words, rarity, texts)
    fill(dense[:, ends[2] : ends[3]], table, words, found)
    _marked(dense[:, ends[3] :], table, texts)
    return Segments(
        table.documents,
        table.line - table.first_line[table.document],
        table.starts - table.line_starts[table.line],
        table.ends - table.line_starts[table.line],
        tokens,
        of,
        words.edges(),
        dense,
    )


def _shape(out: Array, table: SegmentTable, words: Words) -> None:
    """Fill in the columns of SHAPE."""
    kinds, n = len(CLASSES), table.n
    rows = np.arange(n)
    lengths = table.ends - table.starts
    counts = _counted(table, kinds)
    out[:, 0] = np.log1p(lengths) / 8
    out[:, 1] = np.log1p(words.count) / 6
    at = 2 + kinds
    out[:, 2:at] = counts / np.maximum(1, lengths)[:, None]
    out[:, at] = words.share(table.classes[words.starts] == 1)
    out[:, at + 1] = words.share(words.lengths <= 3)
    out[:, at + 2] = words.per_segment(words.lengths) / 10
    at += 3
    out[rows, at + table.classes[table.starts]] = 1
    out[rows, at + kinds + table.classes[table.last]] = 1


def _counted(table: SegmentTable, kinds: int) -> Array:
    """How many characters of each class a segment has, float64 [n, kinds]; counted by runs of characters of a class."""
    if not table.n:
        return np.zeros((0, kinds))
    changes = np.empty(len(table.classes), bool)
    np.not_equal(table.classes[1:], table.classes[:-1], out=changes[1:])
    changes[table.starts] = True
    changes[: table.starts[0]] = False
    runs = np.flatnonzero(changes)
    lengths = np.diff(runs, append=len(table.classes))
    first = np.append(np.searchsorted(runs, table.starts), len(runs))
    of = np.repeat(np.arange(table.n) * kinds, np.diff(first)) + table.classes[runs]
    return np.bincount(of, lengths, minlength=table.n * kinds).reshape(table.n, kinds)


def _place(out: Array, table: SegmentTable) -> None:
    """Fill in the columns of PLACE."""
    rows = np.arange(table.n)
    first, last = table.first_of_line[table.line], table.first_of_line[table.line + 1] - 1
    begins, ends = rows == first, rows == last
    solid_before = table.classes[table.starts - 1] != SPACE
    glued = solid_before & ~begins
    size = last - first + 1
    low, high = table.documents[table.document], table.documents[table.document + 1]
    line_low, line_high = table.first_line[table.document], table.first_line[table.document + 1]
    doc_start = table.line_starts[line_low]
    doc_end = table.line_ends[line_high - 1]
    double = np.zeros(table.n, bool)
    inner = table.starts > 1
    double[inner] = (table.classes[table.starts[inner] - 1] == SPACE) & (
        table.classes[table.starts[inner] - 2] == SPACE
    )
    ended = stopped()[np.minimum(table.codes[table.last], 0xFFFF)]
    sentence = np.flatnonzero(ended & (table.ends - table.starts >= _SENTENCE))
    document = table.document[sentence]
    count = len(table.documents) - 1
    first_sentence, last_sentence = np.full(count, -1), np.full(count, -1)
    first_sentence[document[::-1]] = sentence[::-1]
    last_sentence[document] = sentence
    opening = np.where(first_sentence < 0, 0, first_sentence)[table.document] - rows
    tail = rows - np.where(last_sentence < 0, rows.max(initial=0), last_sentence)[table.document]
    in_word = glued & (table.classes[table.starts - 1] < _LETTERS) & (table.classes[table.starts] < _LETTERS)
    columns = (
        begins,
        ends,
        glued,
        np.append(glued[1:], False),
        double & ~begins,
        size == 1,
        (rows - first) / np.maximum(1, size - 1),
        np.log1p(size) / 6,
        np.log1p(table.line_ends[table.line] - table.line_starts[table.line]) / 9,
        (table.starts - doc_start) / np.maximum(1, doc_end - doc_start),
        np.log1p(rows - low) / 5,
        np.log1p(high - 1 - rows) / 5,
        np.log1p(high - low) / 6,
        np.log1p(line_high - line_low) / 5,
        (table.line - line_low) / np.maximum(1, line_high - line_low - 1),
        in_word,
        ended,
        np.append(False, ended[:-1])[: table.n] & ~begins,
        np.log1p(np.maximum(0, opening)) / 3,
        np.log1p(np.maximum(0, tail)) / 3,
    )
    for at, column in enumerate(columns):
        out[:, at] = column


_SENTENCE: Final = 60
"""A segment with this many characters and a final stop is most likely a sentence of the body. Menus have
none."""
_LETTERS: Final = 5
"""Classes below this form words."""


def _shared(out: Array, table: SegmentTable, words: Words, rarity: Array, texts: Sequence[FlatText]) -> None:
    """Fill in the columns of SHARED: the share of a segment's stems that recur, weighted by rarity."""
    n = table.n
    buckets = bucket(words.stem)
    order = stable(buckets, BUCKETS)
    stems, segment = buckets[order], words.segment[order]
    document = table.document[segment]
    changes = np.ones(len(order), bool)  # another stem or document than before
    changes[1:] = (stems[1:] != stems[:-1]) | (document[1:] != document[:-1])
    fresh = changes.copy()
    fresh[1:] |= segment[1:] != segment[:-1]
    row = np.empty(len(order), np.int64)
    row[order] = (
        np.cumsum(fresh) - 1
    )  # for each word, its number among the distinct (stem, document, segment)
    some = np.flatnonzero(fresh)
    opens, stems, segment, document = changes[some], stems[some], segment[some], document[some]
    weight = rarity[stems]
    total = np.maximum(1e-3, np.bincount(segment, weight, n))
    size = np.diff(np.flatnonzero(opens), append=len(segment))
    many = np.repeat(size > 1, size)
    capital = np.zeros(len(segment), bool)
    capital[row] = (table.classes[words.starts] == 1) & (words.starts > table.starts[words.segment])
    names = np.bincount(segment[capital], minlength=n)
    out[:, 5] = np.log1p(total) / 3
    out[:, 6] = np.bincount(segment[capital & ~many], minlength=n) / np.maximum(1, names)
    out[:, 7] = np.log1p(names) / 3
    in_title, titled = _in_titles(texts, document, stems)
    if titled.any():
        out[:, 8] = np.bincount(segment, weight * in_title, n) / total
        out[:, 9] = titled[table.document]
    out[:, 10] = _copies(table, words)
    out[:, 11] = _copied(table, words)
    shared = np.flatnonzero(many)
    segment, opens, weight = segment[shared], opens[shared], weight[shared].astype(np.float64)
    out[:, :5] = _known(segment, opens, weight, table) / total[:, None]
    out[:, 12] = _bridged(segment, opens, weight, n)


def _known(segment: Array, opens: Array, weight: Array, table: SegmentTable) -> Array:
    """Return the weight of the stems that each segment shares with others: any, far ones, the first, its neighbours.

    The stems occur in more than one segment of their document; `opens` is true for the first occurrence of each.
    """
    low = np.flatnonzero(opens)
    size = np.diff(low, append=len(segment))
    least, most = np.repeat(segment[low], size), np.repeat(segment[low + size - 1], size)
    step = np.zeros(len(segment) + 1, bool)
    step[1:-1] = (np.diff(segment) == 1) & ~opens[1:]
    columns = (
        weight,
        weight * ((least < segment - _NEAR) | (most > segment + _NEAR)),
        weight * (least < table.documents[table.document[segment]] + _LEAD),
        weight * step[:-1],
        weight * step[1:],
    )
    return np.stack([np.bincount(segment, column, table.n) for column in columns], 1)


def _in_titles(texts: Sequence[FlatText], document: Array, stems: Array) -> tuple[Array, Array]:
    """Return whether each stem of a document occurs in its title, and whether each document has a title."""
    titled = np.array([bool(text.headline.strip()) for text in texts], bool)
    if not titled.any():
        return np.zeros(len(stems), bool), titled
    titles = Words(
        SegmentTable(
            [
                FlatText((text.headline.strip(),) if has else ())
                for text, has in zip(texts, titled, strict=True)
            ]
        )
    )
    known = titles.table.document[titles.segment] << 16 | bucket(titles.stem)
    return is_among(document << 16 | stems, known), titled


def _bridged(segment: Array, opens: Array, weight: Array, n: int) -> Array:
    """Return how much the segments directly before and after share across a segment.

    A teaser has such neighbours.
    """
    if len(segment) < 2:
        return np.zeros(n)
    gap = np.diff(segment)
    over = np.flatnonzero((gap > 1) & (gap <= _BRIDGE) & ~opens[1:])
    worth = np.rint(
        weight[over].astype(np.float32) * 255
    )  # whole numbers: their sums don't depend on the batch
    steps = np.bincount(segment[over] + 1, worth, n + 1) - np.bincount(segment[over + 1], worth, n + 1)
    return np.asarray(np.log1p(np.cumsum(steps)[:n] / 255) / 3)


_BRIDGE: Final = 4
"""Most segments from one occurrence of a word to the next that count as an unbroken context."""


def _copies(table: SegmentTable, words: Words) -> Array:
    """Return whether another segment of the document has the same words."""
    keys = mixed(words.whole() + table.document.astype(np.uint64) * _PAIR)
    _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray((count[inverse] > 1) & (words.count > 0))


def _copied(table: SegmentTable, words: Words) -> Array:
    """Return the share of a segment's word pairs that occur in another segment: pull quotes repeat half."""
    if len(words.hash) < 2:
        return np.zeros(table.n)
    together = np.flatnonzero(words.segment[1:] == words.segment[:-1])
    of = words.segment[together]
    pairs = np.bincount(of, minlength=table.n)
    keys = (words.pairs[together] >> np.uint64(32)).astype(np.int64)
    slots = (keys ^ table.document[of]) & (_SLOTS - 1)
    some = np.flatnonzero((np.bincount(slots, minlength=_SLOTS) > 1)[slots])  # the others occur once
    if not len(some):
        return np.zeros(table.n)
    order = some[stable(keys[some], 1 << 32)]
    keys, here = keys[order], of[order]
    document = table.document[here]
    changes = (keys[1:] != keys[:-1]) | (document[1:] != document[:-1])
    low = np.flatnonzero(np.append(True, changes))
    high = np.append(low[1:], len(keys)) - 1
    many = np.repeat(here[low] != here[high], high - low + 1)
    return np.asarray(np.bincount(here[many], minlength=table.n) / np.maximum(1, pairs))


_SLOTS: Final = 1 << 18
"""Slots to which pairs of words of a document are counted before they are compared."""


def _marked(out: Array, table: SegmentTable, texts: Sequence[FlatText]) -> None:
    """Fill in the columns of MARKED: the share of the segment's characters that rules of each label match."""
    number = {label: n for n, label in enumerate(LABELS)}
    offset = len(BODY)
    for first, text in zip(table.first_line.tolist(), texts, strict=False):
        for line, marks in enumerate(text.marks, first):
            if not marks:
                continue
            base = int(table.line_starts[line])
            low, high = int(table.first_of_line[line]), int(table.first_of_line[line + 1])
            starts, ends = table.starts[low:high] - base, table.ends[low:high] - base
            for mark in marks:
                if mark.label in BODY:
                    continue
                inside = np.minimum(ends, mark.end) - np.maximum(starts, mark.start)
                share = np.clip(inside, 0, None) / np.maximum(1, ends - starts)
                column = out[low:high, number[mark.label] - offset]
                np.maximum(column, share, out=column)
