"""Find the parts of a long line that can recur inside it: its segments, and markers that open a segment.

A scraper that stores a page as one line glues furniture to paragraphs. A segment lies between two sentence
ends, bullets or words without a space between them (`the mayor.Read also: ...`).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from copydesk.tasks.discover.keys import INSIDE, WITHIN, has_letters, key_of, marker_of
from copydesk.tasks.model import segment_starts
from copydesk.tasks.text import fold_characters

_SHORTEST_LINE: Final = 40
_LENGTHS: Final = range(12, 161)
"""Lengths of counted segments, in characters."""
_MOST_WORDS: Final = 24
_DASHES: Final = "-*/_+~=<>#\u00b7"
"""A segment that begins with one of these continues the sentence before it."""
_EDGES: Final = " -*|>\u2022\u00b7\u25b6\u25ba\u2192"


class Part(NamedTuple):
    """A key inside a line, and the text of its segment."""

    key: str
    written: str


def inside_parts(texts: Sequence[str]) -> list[list[Part]]:
    """Return for each line the keys inside it; none for a line of one segment."""
    lines = [" ".join(fold_characters(text).split()) if len(text) >= _SHORTEST_LINE else "" for text in texts]
    return [
        list(_parts(line, starts)) if starts else []
        for line, starts in zip(lines, segment_starts(lines), strict=True)
    ]


def _parts(line: str, starts: Sequence[int]) -> Iterator[Part]:
    inner = [at for at in starts if line[at] not in _DASHES]
    for begin, end in pairwise([0, *inner, len(line)]) if inner else ():
        written = line[begin:end].strip(_EDGES)
        if len(written) not in _LENGTHS or written.count(" ") >= _MOST_WORDS:
            continue
        key = key_of(written)
        if not has_letters(key):
            continue
        yield Part(INSIDE + key, written)
        if marker := marker_of(key):
            yield Part(WITHIN + marker, written)
