"""Find furniture by its repetition, and propose it as rules. Nothing is changed here.

Body lines that recur across the documents of a publisher are furniture unknown to the rules, or wire copy,
refrains, headings, names. Each proposal states what was seen, where, when, how often, and an estimated
probability that it is furniture; a person decides. An accepted proposal becomes a rule like any other
(`copydesk.tasks.discover.acceptance`), so that a label never depends on which documents shared a batch.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.rule import Keep, Rule
from copydesk.tasks.discover.count import count
from copydesk.tasks.discover.dataset import Index, Row, digest, index_of, rows_of, sample_paragraphs
from copydesk.tasks.discover.inside import inside_parts
from copydesk.tasks.discover.keys import (
    GLUED,
    INSIDE,
    LEAD,
    LINE,
    OPENER,
    SUFFIX,
    WITHIN,
    cased_pattern_of,
    keys_of,
    line_of,
    pattern_of,
    shown,
)
from copydesk.tasks.discover.lexicon import Words
from copydesk.tasks.discover.score import WEIGHTS, Scale, Seen
from copydesk.tasks.rules import compile_pattern
from copydesk.tasks.text import fold_characters, fold_line

SCOPES: Final = {
    LINE: "line",
    OPENER: "prefix",
    LEAD: "prefix",
    SUFFIX: "suffix",
    INSIDE: "span",
    WITHIN: "span",
}
_LEAST_PRECISION: Final = 0.5
"""Proposals that are more likely body than furniture are counted, not shown."""
_SAMPLE: Final = 5_000
_SAME: Final = 0.9
"""If one beginning contains another, the longer one is chosen if it has at least this share of the documents.
"""
_COVERED: Final = 0.6
"""Share of its documents from which a key that contains another, or is contained in it, adds nothing."""
_REST: Final = (20, 200)
"""Minimum and maximum of the characters that an opener's rule allows after it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One occurrence of the stretch."""

    document: str
    """Id of the article."""
    before: str
    """The line before it, cut to 80 characters; empty at the beginning."""
    line: str
    behind: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch that recurs, with the evidence. `number` is its rank; `id` stays the same across runs."""

    number: int
    id: str
    scope: str
    """line, prefix or suffix."""
    takes: str
    """For a prefix: `line` if the rest of the line is removed with it, otherwise `match`."""
    text: str
    """The recurring text, in lower case; `#` replaces a number, `<month>` a month."""
    label: str
    """A guess."""
    label_basis: str
    publisher: str
    language: str
    documents: int
    """Number of different articles; republished ones count once."""
    copies: int
    """Number of documents, including republished ones."""
    of_documents: int
    """Number of different articles of the publisher."""
    share: float
    first_seen: str
    """ISO date of publication, or else of fetching; empty if no date is known."""
    last_seen: str
    head: float
    """Share of the articles that have it among their first three lines."""
    middle: float
    tail: float
    """Share of the articles that have it among the last three lines, or in the last fifth."""
    precision: float
    """Estimated probability that it is furniture."""
    evidence: dict[str, float]
    """Contribution of each kind of evidence to the log odds."""
    elsewhere: dict[str, int]
    """Other publishers with the same stretch, and the number of their articles."""
    pattern: str
    case: bool
    """True if the pattern respects capitals: glued to text, the stretch always has the same ones."""
    against: str
    """Rule whose must-keep example the pattern would match; empty if there is none."""
    examples: tuple[Example, ...]
    key: str
    """The key as it was counted."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found in a dataset."""

    proposals: tuple[Proposal, ...]
    documents: int
    """Number of articles read."""
    articles: int
    """Number of different articles: republished ones count once."""
    unlikely: int
    """Recurring stretches that are more likely body than furniture, and so are not proposed."""


def discover(
    snapshot: Path,
    rules: Sequence[Rule],
    publisher: str = "",
    least: int = 5,
    progress: Callable[[str], None] = lambda _: None,
    stays: Sequence[Keep] = (),
) -> Discovery:
    """Propose rules for recurring kept lines of a snapshot, the strongest first.

    The examples of `rules` show what furniture looks like. `stays` are must-keep lines of packs, which count against
    a proposal like those of rules. A stretch needs `least` different articles of one publisher. Raises UsageError if there is no article (of `publisher`).
    """
    index = index_of(snapshot, publisher, least)
    words = Words(rules)
    words.learn_text(sample_paragraphs(snapshot, _SAMPLE))
    known = words.known()
    counted = count(snapshot, index, known, least, progress)
    scale = Scale(counted, index, words)
    progress("weighing the evidence")
    weighed = [seen for group, key in counted.tallies if (seen := scale.weigh(group, key, least)) is not None]
    likely = [seen for seen in weighed if seen.precision >= _LEAST_PRECISION]
    chosen = _merge(_select(likely))
    ids = {example for seen, _ in chosen for example in _example_ids(seen, index)}
    ledgers = rows_of(snapshot, ids)
    keeps = [
        (rule.id, fold_line(line.strip()).text)
        for rule in rules
        for example in rule.keep
        for line in example.split("\n")
    ] + [(each.id, fold_line(line.strip()).text) for each in stays for line in each.lines]
    dataset = _Dataset(scale, index, ledgers, known, keeps)
    proposals = tuple(
        _proposal(number, seen, others, dataset) for number, (seen, others) in enumerate(chosen, 1)
    )
    return Discovery(
        proposals,
        len(index.ids),
        len(np.unique(counted.clusters[counted.clusters > 0])),
        len(weighed) - len(likely),
    )


def rank(seen: Seen) -> float:
    """Return the rank of a stretch: likely and frequent ones come first."""
    return seen.precision * math.log2(1 + len(seen.firsts))


def _select(found: Iterable[Seen]) -> list[Seen]:
    """Return the best of stretches that contain each other and occur in the same documents."""
    by_group: dict[int, list[Seen]] = {}
    for seen in sorted(found, key=lambda s: (-rank(s), -len(s.key), s.key)):
        by_group.setdefault(seen.group, []).append(seen)
    chosen = []
    for group in by_group.values():
        kept: list[Seen] = []
        for seen in _longest(group):
            if not any(_covers(other, seen) for other in kept):
                kept.append(seen)
        chosen.extend(kept)
    return chosen


def _longest(group: list[Seen]) -> list[Seen]:
    """Drop beginnings and ends if a longer one has nearly as many documents."""
    sizes = {seen.key: len(seen.firsts) for seen in group}
    shorter = set()
    for key, size in sizes.items():
        words = key[1:].split(" ")
        for cut in range(1, len(words)):
            part = key[0] + " ".join(words[cut:] if key[0] == SUFFIX else words[:-cut])
            if key[0] in (OPENER, SUFFIX) and part in sizes and size >= _SAME * sizes[part]:
                shorter.add(part)
    return [seen for seen in group if seen.key not in shorter]


def _covers(better: Seen, seen: Seen) -> bool:
    one, other = better.key[1:], seen.key[1:]
    if one not in other and other not in one:
        return False
    return float(np.mean(np.isin(seen.documents, better.documents))) >= _COVERED


def _merge(chosen: Iterable[Seen]) -> list[tuple[Seen, list[Seen]]]:
    """Merge the same stretch of several publishers: a rule does not depend on the publisher."""
    by_key: dict[str, list[Seen]] = {}
    for seen in chosen:
        by_key.setdefault(seen.key, []).append(seen)
    merged = []
    for same in by_key.values():
        same.sort(key=lambda s: (-rank(s), s.group))
        merged.append((same[0], same[1:]))
    return sorted(merged, key=lambda pair: (-rank(pair[0]), pair[0].key))


def _example_ids(seen: Seen, index: Index) -> list[str]:
    """Return the first, the middle and the last article by date, each once."""
    order = sorted(seen.firsts.tolist(), key=lambda n: (int(index.days[n]), n))
    return [index.ids[n].decode() for n in dict.fromkeys((order[0], order[len(order) // 2], order[-1]))]


class _Dataset(NamedTuple):
    """What a proposal is made from, besides its key."""

    scale: Scale
    articles: Index
    ledgers: dict[str, list[Row]]
    """Ledgers of the example articles, by id."""
    known: frozenset[str]
    keeps: Sequence[tuple[str, str]]
    """Rule and line of each example that must stay."""


def _proposal(number: int, seen: Seen, others: Sequence[Seen], dataset: _Dataset) -> Proposal:
    scale, index, ledgers, known, keeps = dataset
    days = index.known_days(seen.documents)
    dates = [] if not len(days) else [index.date_of(int(days.min())), index.date_of(int(days.max()))]
    label, basis = scale.label(seen)
    longest = max(s.tally.longest for s in (seen, *others))
    low, high = _REST
    pattern = pattern_of(seen.key, min(high, max(low, -(-longest * 5 // 40) * 10)))
    cased = ""
    if seen.key[0] in GLUED and all(s.tally.one_form for s in (seen, *others)):
        cased = cased_pattern_of(seen.key, seen.tally.text)
    compiled = compile_key(seen.key, cased or pattern, bool(cased))
    examples = (_example(i, ledgers.get(i, []), seen.key, known) for i in _example_ids(seen, index))
    return Proposal(
        number=number,
        id=f"{digest(seen.key) >> 32:08x}",
        scope=SCOPES[seen.key[0]],
        takes="line" if seen.key[0] in (LINE, OPENER) else "match",
        text=shown(seen.key),
        label=label,
        label_basis=basis,
        publisher=index.names[seen.group],
        language=index.languages[seen.group],
        documents=len(seen.firsts),
        copies=len(seen.documents),
        of_documents=round(len(seen.firsts) / seen.share),
        share=round(seen.share, 4),
        first_seen=str(dates[0]) if dates else "",
        last_seen=str(dates[1]) if dates else "",
        head=round(seen.places[0], 2),
        middle=round(seen.places[1], 2),
        tail=round(seen.places[2], 2),
        precision=round(seen.precision, 3),
        evidence={
            name: round(WEIGHTS[name] * value, 2)
            for name, value in seen.evidence.items()
            if abs(value) >= 0.005
        },
        elsewhere={index.names[other.group]: len(other.firsts) for other in others},
        pattern=cased or pattern,
        case=bool(cased),
        against=next((rule for rule, line in keeps if compiled.search(line)), ""),
        examples=tuple(example for example in examples if example is not None),
        key=seen.key,
    )


def compile_key(key: str, pattern: str, case: bool) -> Any:
    """Compile a pattern so that a search finds what its rule would match."""
    body = f"(?:{pattern})"
    forms = {SUFFIX: f"{body}$", LEAD: f"^{body}", INSIDE: body, WITHIN: body}
    anchored = forms.get(key[0], f"^{body}$")
    return compile_pattern(anchored, case, f"proposal {shown(key)!r}")


def _example(document: str, rows: Sequence[Row], key: str, known: frozenset[str]) -> Example | None:
    for at, row in enumerate(rows):
        if row.kept and _holds(row.text, key, known):
            before = rows[at - 1].text[:80] if at else ""
            behind = rows[at + 1].text[:80] if at + 1 < len(rows) else ""
            return Example(
                document, before, row.text if len(row.text) <= 300 else _cut(row.text, key), behind
            )
    return None


def _holds(text: str, key: str, known: frozenset[str]) -> bool:
    if key[0] in (INSIDE, WITHIN):
        return any(part.key == key for part in inside_parts([text])[0])
    return key in keys_of(line_of(text), known)


def _cut(text: str, key: str) -> str:
    """Return the part of a long line that contains the stretch."""
    if key[0] in (INSIDE, WITHIN):
        written = next((part.written for part in inside_parts([text])[0] if part.key == key), "")
        at = max(0, fold_characters(text).find(written) - 100)
        return f"\u2026{text[at : at + 300]}\u2026"
    return "\u2026" + text[-200:] if key[0] == SUFFIX else text[:200] + "\u2026"
