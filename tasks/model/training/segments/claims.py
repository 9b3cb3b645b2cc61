"""What the shipped rules say of training texts: input of the network, and labels for texts that have none."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from copydesk.schemas.labels import BODY
from copydesk.schemas.page import Mark
from copydesk.tasks.model.training.segments.pieces import Draft, Piece
from copydesk.tasks.rules import RuleBook, compile_rules, find_claims, load
from copydesk.tasks.text import fold_lines

_MOST: Final = 0.7
"""Share of a piece from which on a match is about the piece."""
_SOME: Final = 0.1
"""Share from which on a piece is no longer certain."""


@cache
def _rules() -> RuleBook:
    return compile_rules(load([]))


def marks_of(lines: Sequence[str]) -> list[tuple[Mark, ...]]:
    """Return the matches of the shipped rules in each line."""
    found = find_claims(fold_lines(list(lines)), _rules())
    return [
        tuple(sorted(set(found.get(n, ())), key=lambda m: (m.rule, m.start, m.end)))
        for n in range(len(lines))
    ]


def claimed(draft: Draft) -> Draft:
    """Return an unlabelled text with the labels of the rules that match its pieces.

    Without them a stock sentence that stands in few texts of its publisher counts as body. What comes right after
    a claimed piece is not certain: it may belong to it.
    """
    return draft._replace(pieces=tuple(_claimed(draft.pieces)))


def _claimed(pieces: Sequence[Piece]) -> Iterator[Piece]:
    lines, places = _lines(pieces)
    marks = marks_of(lines)
    after = False
    for piece, (line, start, end) in zip(pieces, places, strict=True):
        known = _known(piece, marks[line], start, end)
        if known == "body" and after:
            known = "unknown"
        after = known not in ("body", "unknown")
        yield piece._replace(known=known)


def _known(piece: Piece, marks: Sequence[Mark], start: int, end: int) -> str:
    """Return the label of the first rule that matches most of a piece, or how certain it still is."""
    known = piece.known
    for mark in marks:
        if mark.label in BODY:
            continue
        covered = min(end, mark.end) - max(start, mark.start)
        if covered > _MOST * (end - start):
            return mark.label
        if covered > _SOME * (end - start):
            known = "unknown"
    return known


def _lines(pieces: Sequence[Piece]) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Return the lines of some pieces, and line, start and end of each piece."""
    lines: list[str] = []
    places = []
    for piece in pieces:
        if not lines or "\n" in piece.before:
            lines.append("")
        else:
            lines[-1] += piece.before
        start = len(lines[-1])
        lines[-1] += piece.text
        places.append((len(lines) - 1, start, start + len(piece.text.rstrip())))
    return lines, places
