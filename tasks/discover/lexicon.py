"""Word statistics: how typical a line's words are of the furniture in rule packs, and the likely label."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from copydesk.schemas.rule import Rule
from copydesk.tasks.discover.keys import letter_words
from copydesk.tasks.text import FULL_STOPS

_GOES = re.compile(r"\[\[((?:[^\[\]\n]|\[(?!\[)|\](?!\]))*)\]\]")
_STOPS: Final = re.compile(f"[{re.escape(FULL_STOPS)}]")
_CAP: Final = 3.0
_UNKNOWN: Final = -0.5
"""Weight of a word that no pack has: mostly names and subject matter."""
_KNOWN: Final = 1.5
"""Weight from which a word may open a notice: 4.5 times as frequent in furniture as in running text."""
_COMMON, _FEW_PARAGRAPHS = 0.02, 3
"""Minimum share and number of paragraphs that contain a common word."""
_SMOOTH: Final = 20
"""Additional paragraphs assumed as seen, so that few real ones prove nothing."""


@dataclass(slots=True)
class _Language:
    """Terms (words and pairs of words) of one language's furniture, and how many paragraphs contain them."""

    inside: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    by_label: dict[str, Counter[str]] = field(default_factory=dict)
    examples: Counter[str] = field(default_factory=Counter)
    frequent: Counter[str] = field(default_factory=Counter)
    """Words of running text, and how many paragraphs contain them."""
    paragraphs: int = 0
    sentences: set[int] = field(default_factory=set)
    """Hashes of the sentences seen, of some thousand paragraphs."""

    def new_sentences(self, paragraph: str) -> str:
        """Return a paragraph without the sentences that came before: what recurs does not make its words common.

        The last sentence counts only if it is whole, or the only one.
        """
        *whole, rest = (sentence.strip() for sentence in _STOPS.split(paragraph.lower()))
        new = [sentence for sentence in whole or [rest] if hash(sentence) not in self.sentences]
        self.sentences.update(map(hash, new))
        return " ".join(new)

    def weight(self, term: str) -> float:
        """Return the log of how much likelier a term is in furniture than in running text, within +/- `_CAP`."""
        if term not in self.inside:
            return _UNKNOWN
        inside = self.inside[term] / max(_SMOOTH, self.examples.total())
        outside = (self.outside[term] + 0.5) / max(_SMOOTH, self.paragraphs)
        return max(-_CAP, min(_CAP, math.log(inside / outside)))


class Words:
    """Word statistics of the rules' match examples, compared with paragraphs of the dataset, per language.

    They are kept per language because a word's share of all examples means little: of 2,200 examples 100 are
    Portuguese. Rules without a language count for every language.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._languages: dict[str, _Language] = {"": _Language()}
        general = []
        for rule in rules:
            if rule.part == "words":  # the words of captions can be about anything
                continue
            if rule.language:
                _learn(self._languages.setdefault(rule.language, _Language()), rule)
            else:
                general.append(rule)
        for language in self._languages.values():
            for rule in general:
                _learn(language, rule)

    def learn_text(self, paragraphs: Iterable[tuple[str, str]]) -> None:
        """Add running text: language and paragraph."""
        for code, paragraph in paragraphs:
            language = self.of(code)
            language.paragraphs += 1
            language.frequent.update(set(letter_words(language.new_sentences(paragraph))))
            language.outside.update({term for term in _terms(paragraph) if term in language.inside})

    def of(self, code: str) -> _Language:
        """Return the statistics of a language, or of all languages together if packs have none of it."""
        return self._languages.get(code) or self._languages[""]

    def known(self) -> frozenset[str]:
        """Return words that indicate furniture in some language."""
        return frozenset(
            word
            for language in self._languages.values()
            for word in language.inside
            if " " not in word and language.weight(word) >= _KNOWN
        )

    def weight(self, word: str, code: str) -> float:
        """Return the weight of one word."""
        return self.of(code).weight(word)

    def only_common(self, text: str, code: str) -> bool:
        """Return whether a stretch has only words that are common in any text: `we are`, `in the`, `es ist`.

        A word is common if 2 % of the dataset's own paragraphs contain it, so no list is needed for any
        language.
        """
        language, words = self.of(code), letter_words(text)
        least = max(_FEW_PARAGRAPHS, _COMMON * language.paragraphs)
        return bool(words) and all(language.frequent[word] >= least for word in words)

    def furniture(self, text: str, code: str) -> float:
        """Return the mean weight of the words of a stretch, from `-_CAP` to `_CAP`; 0 without words."""
        language, words = self.of(code), letter_words(text)
        return sum(map(language.weight, words)) / len(words) if words else 0.0

    def phrases(self, text: str, code: str) -> float:
        """Return the weight of the two strongest pairs of words, from 0 to 1.

        `sign up` is stronger evidence than its words.
        """
        language = self.of(code)
        pairs = [" ".join(pair) for pair in pairwise(letter_words(text))]
        best = sorted(
            (max(0.0, language.weight(pair)) for pair in pairs if pair in language.inside), reverse=True
        )
        return sum(best[:2]) / (_CAP * max(1, min(2, len(pairs))))

    def labels(self, text: str, code: str) -> dict[str, float]:
        """Return for each label its share in the pack examples with the indicative terms of a stretch."""
        language = self.of(code)
        found: dict[str, float] = {}
        for term in dict.fromkeys(_terms(text)):
            weight = language.weight(term) * (2 if " " in term else 1)
            if term in language.inside and weight > 0:
                for label, counts in sorted(language.by_label.items()):
                    if counts[term]:
                        found[label] = found.get(label, 0.0) + weight * counts[term] / language.inside[term]
        return found


def _learn(language: _Language, rule: Rule) -> None:
    counts = language.by_label.setdefault(rule.label, Counter())
    for example in rule.match:
        terms = set(_terms(" ".join(_GOES.findall(example)) or example))
        language.inside.update(terms)
        counts.update(terms)
        language.examples[rule.label] += 1


def _terms(text: str) -> Iterator[str]:
    words = letter_words(text)
    yield from words
    for pair in pairwise(words):
        yield " ".join(pair)
