"""Find what proposals would remove from a dataset: every kept line that their patterns match.

Arrow selects the lines that hold a word of a pattern, and an automaton over the longest literal of each pattern
finds the few that can match. Only these are folded and searched. The same pass collects lines that share words with a proposal and would stay.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple

import ahocorasick_rs

from copydesk.schemas.rule import Keep
from copydesk.tasks.discover.dataset import body_lines, removed_lines
from copydesk.tasks.discover.keys import letter_words, line_of, literal_of
from copydesk.tasks.discover.proposals import Proposal, compile_key
from copydesk.tasks.discover.score import opens_quotation
from copydesk.tasks.rules import KeptLines
from copydesk.tasks.text import fold_characters, fold_line

_SHOWN: Final = 10
"""Most stretches stored as examples of what would go."""
_MOST_NEAR: Final = 4_000
"""Most lines inspected for near misses of one proposal."""


@dataclass(slots=True)
class Effect:
    """The text that a rule would remove from the current dataset."""

    lines: int = 0
    documents: set[int] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)
    """The first different stretches that would be removed, by key."""
    quotation: str = ""
    """The first stretch that opens a quotation, or takes a part of one. No rule may remove such a stretch."""

    def add(self, gone: str, key: str, document: int) -> None:
        """Count a stretch that would be removed."""
        self.lines += 1
        self.documents.add(document)
        if len(self.shown) < _SHOWN:
            self.shown.setdefault(key, gone)
        if not self.quotation and opens_quotation(fold_characters(gone.lstrip())):
            self.quotation = gone


class Hit(NamedTuple):
    """A kept line and its relation to a proposal."""

    proposal: int
    text: str
    document: int
    start: int
    end: int
    """[start, end) would be removed; empty if the line shares words and stays."""


def dry_run(snapshot: Path, proposals: Sequence[Proposal], near: int = 0) -> tuple[list[Effect], list[Hit]]:  # fmt: skip
    """Return the effect of each proposal on the dataset.

    With `near`, return also the lines that match, and those that contain one of the `near` longest words of a
    proposal.
    """
    effects = [Effect() for _ in proposals]
    hits = []
    for hit in _hits(snapshot, proposals, near):
        if hit.end > hit.start:
            gone = hit.text[hit.start : hit.end]
            effects[hit.proposal].add(gone, line_of(gone).key, hit.document)
        if near:
            hits.append(hit)
    return effects, hits


def dry_run_keep(snapshot: Path, lines: Sequence[str]) -> Effect:
    """Return what must-keep lines would bring back: removed stretches of the dataset that are one of them, or hold one.

    A line that is part of a longer stretch counts if it is long enough to count by itself.
    """
    effect = Effect()
    kept = KeptLines([Keep("", tuple(lines), "")])
    documents: dict[str, int] = {}
    for ids, texts in removed_lines(snapshot, [fold_characters(line) for line in lines]):
        for id_, text in zip(ids, texts, strict=True):
            for start, end in kept.alone_in(text):
                line = text[start:end]
                effect.add(line, line_of(line).key, documents.setdefault(id_, len(documents)))
    return effect


def _hits(snapshot: Path, proposals: Sequence[Proposal], near: int) -> Iterator[Hit]:
    searches = [finder(proposal) for proposal in proposals]
    literals: dict[str, list[tuple[int, bool]]] = {}
    for number, proposal in enumerate(proposals):
        literals.setdefault(literal_of(proposal.key), []).append((number, True))
        for word in sorted(letter_words(proposal.key[1:]), key=lambda w: (-len(w), w))[:near]:
            literals.setdefault(word, []).append((number, False))
    patterns = sorted(literals)
    kind = ahocorasick_rs.Implementation.ContiguousNFA
    automaton = ahocorasick_rs.AhoCorasick(patterns, implementation=kind)
    seen = [0] * len(proposals)
    documents: dict[str, int] = {}
    for ids, texts in body_lines(snapshot, patterns):
        found: dict[int, dict[int, bool]] = {}
        for at, pattern in _lines_with(automaton, texts):
            for number, whole in literals[patterns[pattern]]:
                found.setdefault(at, {})[number] = whole or found.get(at, {}).get(number, False)
        for at, numbers in sorted(found.items()):
            document = documents.setdefault(ids[at], len(documents))
            for number, whole in sorted(numbers.items()):
                span = searches[number](texts[at]) if whole else None
                if span is None and (not near or seen[number] >= _MOST_NEAR):
                    continue
                seen[number] += span is None
                yield Hit(number, texts[at], document, *(span or (0, 0)))


def _lines_with(automaton: Any, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (line, pattern) pairs for the lines that contain a pattern, folded and in lower case."""
    lowered = [" ".join(line.split()) for line in fold_characters("\n".join(texts)).lower().split("\n")]
    starts = list(accumulate((len(line) + 1 for line in lowered), initial=0))
    hits = automaton.find_matches_as_indexes("\n".join(lowered), overlapping=True)
    yield from dict.fromkeys((bisect_right(starts, start) - 1, pattern) for pattern, start, _ in hits)


def finder(proposal: Proposal) -> Callable[[str], tuple[int, int] | None]:
    """Return a function that finds the part of a line that the rule of a proposal would remove."""
    compiled = compile_key(proposal.key, proposal.pattern, proposal.case)
    group = "cut" if "(?P<cut>" in proposal.pattern else 0

    def search(text: str) -> tuple[int, int] | None:
        folded = fold_line(text)
        hit = compiled.search(folded.text)
        if hit is None:
            return None
        if proposal.takes == "line":
            return 0, len(text)
        start, end = hit.span(compiled.groupindex["cut"]) if group else hit.span()
        return folded.at(start), folded.at(end)

    return search
