"""Find the must-keep lines of packs in the blocks of a page. Nothing is decided here."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import ahocorasick_rs

from copydesk.schemas.page import Block, Stay
from copydesk.schemas.rule import Keep
from copydesk.tasks.text import fold_characters, fold_line

ALONE: Final = 25
"""Characters from which a must-keep line counts inside longer lines. Shorter ones (`Timeline`) occur by chance
within furniture."""
_UNSPACED: Final = 0x2E80
"""Code point from which characters belong to scripts without spaces between words, apart from a few."""


def kept_form(line: str) -> str:
    """Return a line as must-keep lines are compared: with plain quotes and hyphens, and single spaces.

    >>> kept_form(" The  \u2018River\u2019 \u2014 a timeline ")
    "The 'River' - a timeline"
    """
    return " ".join(fold_characters(line).split())


class KeptLines:
    """The must-keep lines of a rule set, ready to be found."""

    __slots__ = ("_automaton", "_forms", "_ids")

    def __init__(self, keeps: Sequence[Keep]) -> None:
        ids: dict[str, str] = {}
        for keep in keeps:
            for line in keep.lines:
                ids.setdefault(kept_form(line), keep.id)
        self._ids = ids
        self._forms = list(ids)
        kind = ahocorasick_rs.Implementation.ContiguousNFA
        self._automaton: Any = ahocorasick_rs.AhoCorasick(self._forms, implementation=kind)

    def find(self, blocks: Sequence[Block]) -> tuple[Stay, ...]:
        """Return where the lines are, in order of block and position."""
        return tuple(stay for number, block in enumerate(blocks) for stay in self._in(number, block.text))

    def alone_in(self, text: str) -> list[tuple[int, int]]:
        """Return where a removed stretch has lines that would stay, in order and without overlap."""
        found: list[tuple[int, int]] = []
        for stay in self._in(0, text):
            if stay.alone and (not found or stay.start >= found[-1][1]):
                found.append((stay.start, stay.end))
        return found

    def _in(self, number: int, text: str) -> Iterator[Stay]:
        folded = fold_line(text.replace("\n", " "))
        whole = folded.text.strip()
        hits = self._automaton.find_matches_as_indexes(folded.text, overlapping=True)
        for at, start, end in sorted(hits, key=lambda hit: (hit[1], -hit[2])):
            form = self._forms[at]
            alone = form == whole or (len(form) >= ALONE and _is_bounded(folded.text, start, end))
            yield Stay(number, folded.at(start), folded.at(end), self._ids[form], alone)


def _is_bounded(text: str, start: int, end: int) -> bool:
    """Return whether a stretch neither begins nor ends within a word."""
    return not (start and _joined(text[start - 1], text[start])) and not (
        end < len(text) and _joined(text[end - 1], text[end])
    )


def _joined(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum() and ord(one) < _UNSPACED and ord(other) < _UNSPACED
