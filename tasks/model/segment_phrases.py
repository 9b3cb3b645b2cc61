"""Look up each segment in the phrase matrix: which family opens it, occurs in it, or is the whole of it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.page import Phrase, Phrases
from copydesk.tasks.model.segment_table import FlatText, SegmentTable, Words
from copydesk.tasks.model.unicode_classes import CLASSES
from copydesk.tasks.rules import (
    EDGE_SIGNS,
    FAMILIES,
    FIGURES,
    LONGEST,
    find_phrases,
    fold_text,
    is_unspaced,
    phrase_book,
)

Array = np.ndarray[Any, Any]

NAMES: Final = tuple(FAMILIES)
PHRASES: Final = (
    *(f"opens_{name}" for name in NAMES),
    *(f"holds_{name}" for name in NAMES),
    *(f"is_{name}" for name in NAMES),
    "separated",
)
_NUMBER: Final = {name: number for number, name in enumerate(NAMES)}
_SEPARATORS: Final = ":|\uff1a\uff5c>\u203a\u00bb-\u2013\u2014\u25b6\u25ba"
_COMPLETE: Final = frozenset(("ad", "comment", "continue", "share"))
"""Families whose phrases need nothing after them. A teaser belongs to `Read also`, and a name to `Photo`."""
_LEAST_UNCASED: Final = 8
"""Fewest characters of an opener at the beginning of a segment in a script without capitals."""


class Found(NamedTuple):
    """The phrases of some documents."""

    matches: list[tuple[int, int, tuple[Phrase, ...], bool]]
    """Start and end in all lines joined by line feeds, meanings, and whether a separator follows."""
    folded: list[str]
    """The lines of each document joined by line feeds, in lower case."""

    ends: list[int]
    """Offsets in all lines joined by line feeds at which new text begins after a complete phrase."""

    def cuts(self) -> list[int]:
        """Return the offsets at which an opener begins, and those after a complete phrase."""
        openers = [
            start for start, _, meanings, _ in self.matches if any(p.role == "opener" for p in meanings)
        ]
        return openers + self.ends


def phrases_of(texts: Sequence[FlatText]) -> Found:
    """Find the phrases of each document."""
    matches: list[tuple[int, int, tuple[Phrase, ...], bool]] = []
    folded: list[str] = []
    ends: list[int] = []
    base = 0
    for text in texts:
        joined = "\n".join(text.lines)
        known = text.phrases or _looked_up(joined)
        folded.append(known.folded)
        for start, end, meanings in known.matches:
            after = joined[end : end + 3].lstrip(" ")[:1]
            if not _may_open(joined, start, end):
                meanings = tuple(p._replace(role="notice") for p in meanings)
            matches.append((base + start, base + end, meanings, bool(after) and after in _SEPARATORS))
            if after and _is_complete(meanings, after):
                ends.append(base + joined.index(after, end))
        base += len(joined) + 1 if text.lines else 0
    return Found(matches, folded, ends)


def _looked_up(joined: str) -> Phrases:
    folded = fold_text(joined)
    return Phrases(folded, tuple(find_phrases(joined, folded)))


def _may_open(text: str, start: int, end: int) -> bool:
    """Return whether a phrase within a line can begin something new: not `related` in a Korean sentence."""
    first, before = text[start], text[start - 1 : start]
    if first.isupper() or is_unspaced(first) or before in ("", "\n"):
        return True
    return not first.islower() and (end - start >= _LEAST_UNCASED or not before.isspace())


def _is_complete(meanings: Sequence[Phrase], after: str) -> bool:
    """Return whether a phrase says all by itself, and something new follows: `Story continues The firm said`."""
    opens = any(phrase.family in _COMPLETE and phrase.role == "opener" for phrase in meanings)
    return opens and (after.isupper() or is_unspaced(after))


def fill(out: Array, table: SegmentTable, words: Words, found: Found) -> None:
    """Fill in the columns of PHRASES."""
    size = len(NAMES)
    segments = np.searchsorted(table.starts, [match[0] for match in found.matches], side="right") - 1
    starts = table.starts.tolist()
    for at, (start, _, meanings, separated) in zip(segments.tolist(), found.matches, strict=True):
        for phrase in meanings:
            opens = phrase.role == "opener" and start - starts[at] <= 3
            out[at, _NUMBER[phrase.family] + (0 if opens else size)] = 1
            if opens and separated:
                out[at, 3 * size] = 1
    _fill_first(out, table, words, found)
    _fill_alone(out[:, 2 * size :], table, found)


def _fill_first(out: Array, table: SegmentTable, words: Words, found: Found) -> None:
    """Look up the short openers (`By`, `Av`) of segments whose first word is short."""
    lengths = np.append(words.lengths, 0)[words.first[:-1]]
    classes = table.classes[table.starts]
    few = np.flatnonzero(
        (lengths <= _SHORT) | (words.count == 0) | (classes >= _LETTERS) | (classes == _WIDE)
    )
    first = phrase_book().first
    for at, text, begin, _ in _places(few, table, found):
        word = text[begin : begin + 24].lstrip(EDGE_SIGNS).split(" ", 1)[0]
        if len(word) < _SHORT_WORD:
            for phrase in first(word.rstrip(EDGE_SIGNS)):
                out[at, _NUMBER[phrase.family]] = 0.5


def _fill_alone(out: Array, table: SegmentTable, found: Found) -> None:
    """Look up the phrases that are a whole segment, without signs around them and figures."""
    alone = phrase_book().alone
    short = np.flatnonzero(table.last - table.starts < LONGEST)
    for at, text, begin, end in _places(short, table, found):
        form = text[begin:end].strip(EDGE_SIGNS)
        meanings = alone(form)
        if not meanings and form:
            if form[-1] in _DIGITS:
                meanings = alone(form.rstrip(FIGURES))
            if not meanings and form[0] in _DIGITS:
                meanings = alone(form.lstrip(FIGURES))
        for phrase in meanings:
            out[at, _NUMBER[phrase.family]] = 1


def _places(some: Array, table: SegmentTable, found: Found) -> Iterator[tuple[int, str, int, int]]:
    """Yield some segments, each with the folded text of its document and its place in that text."""
    document = table.document[some]
    first = table.first_line[document]
    begins = table.starts[some] - table.line_starts[first]
    ends = table.last[some] + 1 - table.line_starts[first]
    texts = [found.folded[number] for number in document.tolist()]
    return zip(some.tolist(), texts, begins.tolist(), ends.tolist(), strict=True)


_DIGITS: Final = "0123456789"
_SHORT: Final = 4
"""Letters of the longest short opener."""
_LETTERS, _WIDE = CLASSES.index("space"), CLASSES.index("wide")
_SHORT_WORD: Final = 9
"""Characters of a first word, with the signs after it, that can be a short opener."""
