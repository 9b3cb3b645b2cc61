"""Estimate from the evidence how likely a key is furniture, and which label it has.

The estimate is a logistic sum of explicit evidence. Each number is shown with the proposal:

    precision = 1 / (1 + exp(-(bias + sum of weight * evidence)))
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from copydesk.schemas.labels import FIELDS, FURNITURE
from copydesk.tasks.discover.count import (
    BARE,
    BESIDE_FURNITURE,
    FRAGMENT,
    HEAD,
    MIDDLE,
    PLACE,
    QUOTE,
    REPEATED,
    SUBHEADING,
    TAIL,
    TERMINAL,
    Count,
    Tally,
)
from copydesk.tasks.discover.dataset import Index
from copydesk.tasks.discover.keys import (
    INSIDE,
    LEAD,
    LINE,
    OPENER,
    OPENING_QUOTES,
    SUFFIX,
    WITHIN,
    letter_words,
)
from copydesk.tasks.discover.lexicon import Words

BIAS: Final = -2.6
WEIGHTS: Final[dict[str, float]] = {
    "documents": 0.45,
    "share": 0.8,
    "spread": 0.8,
    "tail": 1.0,
    "middle": -0.8,
    "furniture beside": 1.2,
    "same neighbours": 0.5,
    "no full stop": 0.8,
    "words of furniture": 0.6,
    "phrases of furniture": 3.0,
    "doubt of the model": 3.0,
    "removed elsewhere": 1.5,
    "one topic": -1.5,
    "varied rest": 0.8,
    "names": -1.6,
    "quote": -1.5,
    "repeated within": -0.8,
    "subheading": -1.2,
    "long": -0.8,
    "part of a phrase": -2.0,
    "inside a line": -1.2,
}
"""What each kind of evidence adds to the log odds. Set by hand while reading proposals, not fitted.

    documents           log2 of the different articles (clusters of copies) with it, at most 8
    share               5 times their share of the publisher's articles, at most 1
    spread              -1, all in one week, to 1, in as many weeks as possible; 0 without dates
    tail, middle        share of the articles that have it there (`count`)
    furniture beside    share of the documents where a line next to it was removed
    same neighbours     share of the commonest line before or after it; whole lines only
    no full stop        share that does not end like a sentence
    words of furniture  mean log of how much likelier its words are in the packs' examples than in
                        paragraphs of this dataset, -3 to 3; -0.5 for a word that no example has
    phrases of furniture  the same for its two strongest pairs of words, 0 to 1
    doubt of the model  mean of 1 - P(body) in the ledger; whole lines and openers only
    removed elsewhere   share of the same line's occurrences that were removed
    one topic           how much oftener than their publisher's others its articles share an opening word
    varied rest         different lines with it, divided by its articles (beginnings and ends)
    names               share of capitalised words that no pack has
    quote, repeated within, subheading (and in the middle)   share of the articles
    long                over 15 words and a full stop
    inside a line       1 for a segment within other text, where sentences of articles recur as well
    part of a phrase    a beginning without a marker, an end that begins no sentence; less its phrases

Evaluated by hand on 10,892 texts of 21 collections to which no rule had been applied, with a minimum of three
documents: all of the first 100 proposals matched furniture only; 3 of them (`this article ...`, `this story
...`, `(this story ...`) were wider than what was seen. On the same texts after rules and model: 13 of 14 were
right at five documents, 47 of 52 at two; wrong were openers (`watch the ...`, `fox news ...`), a heading and
a slogan. The packs knew some of these texts; without any pack 26 proposals are left, 24 of them furniture. So
the estimate is too low rather than too high where packs know the language, and errors are mostly in rare
lines.
"""
_WEEK: Final = 7
_RESTS: Final = 3
"""Minimum number of different lines in which a common beginning or end must occur."""
_DATELINE = re.compile(
    r"^[^a-z]{2,40}(?:, [\w. ]{2,20})?(?: ?\([^()]{2,30}\))? ?-|^\([a-z0-9. /]{2,15}\)|^[\w ,.'/]{2,40} \([^()]{2,20}\)"
)
_MARKERS: Final = ":|>"
"""Characters that close a beginning, as in `See also:`; such a beginning may consist of common words."""
_PAIRS: Final = ("\u00ab\u00bb", "\u300c\u300d", "\u300e\u300f", "\u2039\u203a")
"""Quotes that folding may leave as they are."""
_NAME = re.compile(r"[A-Z\u00c0-\u00de\u0410-\u042f][\w'.-]*")


@dataclass(frozen=True)
class Seen:
    """A key with its evidence."""

    key: str
    group: int
    tally: Tally
    firsts: npt.NDArray[np.int64]
    """One document of each cluster."""
    documents: npt.NDArray[np.int64]
    share: float
    """Share of the clusters of its group."""
    places: tuple[float, float, float]
    """Shares of occurrences in the head, the middle, the tail."""
    evidence: dict[str, float]

    @property
    def precision(self) -> float:
        """Return the estimated probability that a line with this key is furniture."""
        probabilities = BIAS + sum(WEIGHTS[name] * value for name, value in self.evidence.items())
        return 1.0 / (1.0 + math.exp(-probabilities))


class Scale:
    """Score keys in comparison with their whole group."""

    def __init__(self, counted: Count, index: Index, words: Words) -> None:
        self._counted = counted
        self._index = index
        self._words = words
        seen = counted.clusters > 0
        self._of_group = {
            int(g): len(np.unique(counted.clusters[seen & (index.groups == g)]))
            for g in np.unique(index.groups)
        }
        self._topic_share: dict[int, dict[int, float]] = {}

    def weigh(self, group: int, key: str, least: int) -> Seen | None:
        """Return the evidence for a key; None if fewer than `least` clusters have it, or a guard rejects it."""
        tally = self._counted.tallies[group, key]
        code = self._index.languages[group]
        numbers = np.array(tally.documents, dtype=np.int64)
        _, at = np.unique(self._counted.clusters[numbers], return_index=True)
        at.sort()
        if len(at) < least or is_guarded(key, tally.text, self._words, code):
            return None
        bits = np.frombuffer(tally.bits, dtype=np.uint8)[at]
        if key[0] != SUFFIX and float(np.mean(bits & QUOTE > 0)) > 0.5:
            return None  # a quotation; a rule would remove it everywhere it is quoted
        if key[0] == LINE and float(np.mean(bits & FRAGMENT > 0)) > 0.5:
            return None  # the remainder of a line after a rule: a rule for lines would never match it
        if key[0] != LINE and len(tally.rests) < _RESTS:
            return None  # one line in two or three forms; they are counted as lines
        share = len(at) / max(1, self._of_group[group])
        places = tuple(float(np.mean((bits & PLACE) == place)) for place in (HEAD, MIDDLE, TAIL))
        evidence = self._shape(key, tally, bits, code) | self._company(group, key, tally, numbers[at])
        evidence["documents"] = min(8.0, math.log2(len(at)))
        evidence["share"] = min(1.0, 5 * share)
        evidence["tail"], evidence["middle"] = places[TAIL], places[MIDDLE]
        return Seen(
            key, group, tally, numbers[at], numbers, share, (places[0], places[1], places[2]), evidence
        )

    def _shape(self, key: str, tally: Tally, bits: npt.NDArray[np.uint8], code: str) -> dict[str, float]:
        """Return the evidence from the form of the line."""
        size = len(letter_words(key[1:]))
        terminal = (
            float(np.mean(bits & TERMINAL > 0)) if key[0] in (LINE, OPENER) else float(key[-1] in ".!?")
        )
        evidence = {
            "no full stop": 1.0 - terminal,
            "words of furniture": self._words.furniture(key[1:], code),
            "phrases of furniture": self._words.phrases(key[1:], code),
            "names": name_share(tally.text, self._words, code) if key[0] != LEAD else 0.0,
            "quote": float(np.mean(bits & QUOTE > 0)) if key[0] != SUFFIX else 0.0,
            "repeated within": float(np.mean(bits & REPEATED > 0)),
            "subheading": float(np.mean(bits & SUBHEADING > 0)) * float(np.mean((bits & PLACE) == MIDDLE)),
            "long": min(1.0, max(0, size - 15) / 15) * terminal,
        }
        if key[0] in (LINE, OPENER):
            evidence["doubt of the model"] = tally.doubt / len(tally.documents)
        if key[0] == OPENER and key[-1] not in ":|>":
            evidence["part of a phrase"] = 1.0 - evidence["phrases of furniture"]
        evidence["inside a line"] = float(key[0] in (INSIDE, WITHIN))
        if key[0] == SUFFIX:
            evidence["part of a phrase"] = float(np.mean(bits & BARE > 0)) * (
                1.0 - evidence["phrases of furniture"]
            )
        if key[0] != LINE:
            evidence["varied rest"] = min(1.0, len(tally.rests) / min(len(bits), 64))
        return evidence

    def _company(self, group: int, key: str, tally: Tally, firsts: npt.NDArray[np.int64]) -> dict[str, float]:
        """Return the evidence from neighbouring lines, documents and days, and from the same line elsewhere."""
        bits = np.frombuffer(tally.bits, dtype=np.uint8)
        before, behind = tally.beside[0::2], tally.beside[1::2]
        same = max(Counter(side).most_common(1)[0][1] for side in (before, behind)) / len(before)
        removed = self._counted.removed.get(_as_line(key), Counter()).total()
        return {
            "furniture beside": float(np.mean(bits & BESIDE_FURNITURE > 0)),
            "same neighbours": same if len(firsts) > 2 and key[0] == LINE else 0.0,
            "removed elsewhere": removed / (removed + len(tally.documents)),
            "one topic": self._topic(group, firsts),
            "spread": self._spread(group, firsts),
        }

    def _spread(self, group: int, firsts: npt.NDArray[np.int64]) -> float:
        """Return the spread from -1, all in one week, to 1, as many weeks as possible; 0 if days are unknown."""
        days = self._index.known_days(firsts)
        if len(days) * 2 < len(firsts) or len(days) < 2:
            return 0.0
        all_days = self._index.known_days(np.flatnonzero(self._index.groups == group))
        possible = min(len(days), len(np.unique(all_days // _WEEK)))
        if possible < 2:
            return 0.0
        return 2.0 * (len(np.unique(days // _WEEK)) - 1) / (possible - 1) - 1.0

    def _topic(self, group: int, firsts: npt.NDArray[np.int64]) -> float:
        """Return how much more often than its group the documents share one word at their beginning."""
        sample = firsts[:200]
        words, counts = np.unique(self._counted.topics[sample], return_counts=True)
        common = self._common(group)
        shares = [
            float(count - 1) / len(sample) - common.get(int(word), 0.0)
            for word, count in zip(words, counts, strict=True)
            if word and count > 1
        ]
        return max(shares, default=0.0)

    def _common(self, group: int) -> dict[int, float]:
        """Return the share of a group's documents that begin with each word.

        Only the first 20,000 documents and words in 1 % of them count.
        """
        if group not in self._topic_share:
            members = np.flatnonzero((self._index.groups == group) & (self._counted.clusters > 0))[:20_000]
            words, counts = np.unique(self._counted.topics[members], return_counts=True)
            often = counts >= max(2, len(members) // 100)
            pairs = zip(words[often].tolist(), (counts[often] / max(1, len(members))).tolist(), strict=True)
            self._topic_share[group] = dict(pairs)
        return self._topic_share[group]

    def label(self, seen: Seen) -> tuple[str, str]:
        """Return the likeliest label and its basis. It is a guess: the person who accepts the rule decides."""
        twins = self._counted.removed.get(_as_line(seen.key), Counter())
        if twins:
            label, count = min(twins.items(), key=lambda item: (-item[1], item[0]))
            return label, f"the same line is removed as {label} elsewhere ({count} times)"
        scores = {
            label: score
            for label, score in self._words.labels(seen.key[1:], self._index.languages[seen.group]).items()
            if label in FURNITURE or label in FIELDS
        }
        if scores and max(seen.evidence["words of furniture"], seen.evidence["phrases of furniture"]) > 0:
            return max(
                scores, key=lambda label: (scores[label], label)
            ), "its words in the rule packs' examples"
        return "other_boilerplate", "nothing known is like it"


def is_guarded(key: str, text: str, words: Words, code: str) -> bool:
    """Return whether a key is of a kind that recurs in articles themselves.

    Beginnings that open a quotation, or consist of common words (`we are`), begin sentences of any text.
    Agency datelines at the start of a paragraph are body, bare names are speakers and headings, and one word
    is too little evidence unless packs know it.
    """
    kind, bare = key[0], key[1:]
    names = letter_words(bare)
    weight = words.furniture(bare, code)
    if kind != LINE and opens_quotation(bare):
        return True
    if kind in (OPENER, LEAD, INSIDE) and bare[-1] not in _MARKERS and words.only_common(bare, code):
        return True
    if kind in (OPENER, LEAD) and weight < 1.0 and _DATELINE.match(bare.lower()):
        return True
    if (
        kind in (LINE, SUFFIX, INSIDE)
        and len(names) <= 4
        and weight < 0.5
        and name_share(text, words, code) >= 0.99
        and len(names) > 1
    ):
        return True
    return len(names) <= (2 if kind == INSIDE else 1) and weight < 0.5


def opens_quotation(text: str) -> bool:
    """Return whether a folded stretch opens a quotation, or has one half of a pair of quotes.

    What somebody said is the article, and a stretch that ends within a quotation takes a part of it.

    >>> opens_quotation('he said: "we'), opens_quotation('the "new" quay'), opens_quotation("it's here")
    (True, False, False)
    """
    return (
        text[:1] in tuple(OPENING_QUOTES)
        or text.count('"') % 2 == 1
        or any(text.count(left) != text.count(right) for left, right in _PAIRS)
    )


def _as_line(key: str) -> str:
    """Return the key under which removed lines are counted: a segment may stand alone elsewhere."""
    return LINE + key[1:] if key[0] == INSIDE else key


def name_share(text: str, words: Words, code: str) -> float:
    """Return the share of a line's words that look like names.

    Such words have capitals among small letters, and are unknown to the packs.

    It is 0 for lines all in capitals and for scripts without capitals.
    """
    found = [
        word for word in re.findall(r"[^\W\d_][\w'.-]*", text[:300]) if words.weight(word.lower(), code) <= 0
    ]
    total = len(letter_words(text[:300]))
    if not total or text.upper() == text:
        return 0.0
    return sum(bool(_NAME.match(word)) and not word.isupper() for word in found) / total
