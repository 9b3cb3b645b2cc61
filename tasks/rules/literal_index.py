"""Find the literals of many rules, and the phrases of the matrix, in one pass over a document."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from copydesk.schemas.page import Phrase
from copydesk.schemas.rule import Rule
from copydesk.tasks.rules.analysis import Analysis
from copydesk.tasks.rules.literal_search import LiteralSearch

_FAR = 1 << 40
"""End of a literal whose match can begin anywhere in the line."""


class Target(NamedTuple):
    """A rule that a literal selects, and what the line must be like; all numbers are characters."""

    number: int
    last: int
    """Last position in the line at which the literal may end."""
    low: int
    high: int
    """Shortest and longest line."""
    tail: int
    """Most characters between the end of the literal and the end of the line."""

    @classmethod
    def of(cls, number: int, rule: Rule, found: Analysis, literal: str) -> "Target":
        """Return where a literal of a rule, the one of this number, must be."""
        if rule.scope in ("span", "suffix"):
            return cls(number, _FAR, found.low, _FAR, found.high if rule.scope == "suffix" else _FAR)
        return cls(number, found.literals[literal] + len(literal) - 1, found.low, found.high, _FAR)


Selecting = Mapping[str, Sequence[int]]
"""Literals, each with the numbers of the rules that it selects."""
Meanings = tuple[Phrase, ...]


class Hit(NamedTuple):
    """A phrase in a line: offsets [start, end) in all lines joined by line feeds."""

    line: int
    start: int
    end: int
    meanings: Meanings


class Literals:
    """Literals of many rules, and phrases, found in one pass over a document, and the rules that each of them selects.

    A pass costs more than what it finds. One for rules that ignore case, one for the others and one for phrases took
    0.25 ms a text; one for all takes 0.1. It sees the text in lower case. Where it finds the literal of a rule with
    case, the text itself decides.
    """

    __slots__ = ("_cased", "_forms", "_known", "_loose", "_phrases", "_search", "_strict", "_target")

    def __init__(
        self,
        loose: Selecting,
        strict: Selecting,
        target: Callable[[int, str], Target],
        phrases: Mapping[str, Meanings] | None = None,
    ) -> None:
        """Take the literals of rules that ignore case, in lower case, those of the others as written, and phrases."""
        self._loose, self._strict, self._target = loose, strict, target
        self._phrases = phrases or {}
        self._cased: dict[str, list[str]] = {}
        """The literals of rules with case, by their spellings in lower case."""
        for literal in strict:
            for spelling in _in_lower_case(literal):
                self._cased.setdefault(spelling, []).append(literal)
        self._forms = list({**loose, **self._cased, **self._phrases})
        self._known: dict[int, tuple[list[tuple[str, list[Target]]], Meanings]] = {}
        """What each literal selects. Made when it occurs for the first time: most of them never do."""
        self._search = LiteralSearch(self._forms)

    def prepare(self) -> None:
        """Build the automaton now, for a process that has much text to search."""
        self._search.prepare()

    def find(self, text: str, low: str, starts: Sequence[int], pairs: set[tuple[int, int]]) -> list[Hit]:
        """Add the (line, rule) pairs that are worth a trial, and return the phrases.

        `low` is the text in lower case. `starts` holds the offset of each line, and one offset after the last line.
        """
        known = self._known
        hits: list[Hit] = []
        at, line, following = 0, starts[0], starts[1]
        for index, start, end in self._search.find(low):
            while end > following:
                at += 1
                line, following = following, starts[at + 1]
            selecting, meanings = known.get(index) or self._selected(index)
            if meanings:
                hits.append(Hit(at, start, end, meanings))
            for literal, selected in selecting:
                if literal and not text.startswith(literal, start):
                    continue
                place, length = end - 1 - line, following - 1 - line
                for number, last, least, most, tail in selected:
                    if place <= last and least <= length <= most and place >= length - tail:
                        pairs.add((at, number))
        return hits

    def _selected(self, index: int) -> tuple[list[tuple[str, list[Target]]], Meanings]:
        form = self._forms[index]
        selecting = [(literal, self._targets(literal, self._strict)) for literal in self._cased.get(form, ())]
        if form in self._loose:
            selecting.append(("", self._targets(form, self._loose)))
        self._known[index] = selecting, self._phrases.get(form, ())
        return self._known[index]

    def _targets(self, literal: str, table: Selecting) -> list[Target]:
        return [self._target(number, literal) for number in table[literal]]


def _in_lower_case(literal: str) -> set[str]:
    """Return the spellings that a literal may have in a text in lower case: a capital sigma has two."""
    return set(map("".join, product(*("\u03c3\u03c2" if c == "\u03a3" else (c.lower(),) for c in literal))))
