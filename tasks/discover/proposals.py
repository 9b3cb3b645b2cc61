"""Find furniture by its repetition, and propose it as rules. Nothing is changed here.

Lines of the body that recur over the documents of a publisher are furniture that no rule knew, or
wire copy, refrains, headings, names. Each proposal says what was seen, where, when, how often, and an
estimate that it is furniture; a person decides. What is accepted becomes a rule like any other
(`copydesk.tasks.discover.acceptance`), so that a label never depends on which documents shared a batch.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from copydesk.schemas.rule import Rule
from copydesk.tasks.discover.count import count
from copydesk.tasks.discover.dataset import Index, Row, digest, index_of, rows_of, sample_paragraphs
from copydesk.tasks.discover.keys import (
    LEAD,
    LINE,
    OPENER,
    SUFFIX,
    cased_pattern_of,
    keys_of,
    line_of,
    pattern_of,
    shown,
)
from copydesk.tasks.discover.lexicon import Words
from copydesk.tasks.discover.score import WEIGHTS, Scale, Seen
from copydesk.tasks.rules import compile_pattern
from copydesk.tasks.text import fold_line

SCOPES: Final = {LINE: "line", OPENER: "prefix", LEAD: "prefix", SUFFIX: "suffix"}
_LEAST_PRECISION: Final = 0.5
"""Proposals that are less likely furniture than not are counted, not shown."""
_SAMPLE: Final = 5_000
_SAME: Final = 0.9
"""Of two beginnings, one in the other, the longer is meant if it has so much of the documents."""
_COVERED: Final = 0.6
"""Share of its documents from which a key that contains another, or stands in it, says nothing new."""
_REST: Final = (20, 200)
"""Fewest and most characters that an opener's rule lets follow it."""


@dataclass(frozen=True, slots=True)
class Example:
    """One place where the stretch stands."""

    document: str
    """id of the article."""
    before: str
    """The line before it, cut to 80 characters; empty at the beginning."""
    line: str
    behind: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch that recurs, with the evidence. `number` is its rank, `id` stays the same over runs."""

    number: int
    id: str
    scope: str
    """line, prefix, suffix."""
    takes: str
    """For a prefix: `line` when the rest of the line goes with it, else `match`."""
    text: str
    """What recurs, in lower case; `#` stands for a number, `<month>` for a month."""
    label: str
    """A guess."""
    label_basis: str
    publisher: str
    language: str
    documents: int
    """Different articles; republished ones count once."""
    copies: int
    """Documents, with republished ones."""
    of_documents: int
    """Different articles of the publisher."""
    share: float
    first_seen: str
    """ISO date, published or else fetched; empty where no date is known."""
    last_seen: str
    head: float
    """Share of the articles that have it among their first three lines."""
    middle: float
    tail: float
    """Share that have it among the last three lines, or in the last fifth."""
    precision: float
    """Estimated probability that it is furniture."""
    evidence: dict[str, float]
    """What each kind of evidence adds to the log odds."""
    elsewhere: dict[str, int]
    """Other publishers with the same stretch, and how many of their articles."""
    pattern: str
    case: bool
    """The pattern asks for capitals: glued to text, the stretch is always written with the same ones."""
    against: str
    """Rule whose must-keep example the pattern would claim; empty where none stands against it."""
    examples: tuple[Example, ...]
    key: str
    """As it was counted."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found in a dataset."""

    proposals: tuple[Proposal, ...]
    documents: int
    """Articles read."""
    articles: int
    """Different ones: republished articles count once."""
    unlikely: int
    """Recurring stretches that are more likely body than furniture, and so are not proposed."""


def discover(
    snapshot: Path,
    rules: Sequence[Rule],
    publisher: str = "",
    least: int = 5,
    progress: Callable[[str], None] = lambda _: None,
) -> Discovery:
    """Propose rules for what recurs in the kept lines of a snapshot, the most telling first.

    `rules` are those whose examples say what furniture is called. A stretch needs `least`
    different articles of one publisher. Raises UsageError when there is no article (of `publisher`).
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
    ]
    proposals = tuple(
        _proposal(number, seen, others, scale, index, ledgers, known, keeps)
        for number, (seen, others) in enumerate(chosen, 1)
    )
    return Discovery(
        proposals,
        len(index.ids),
        len(np.unique(counted.clusters[counted.clusters > 0])),
        len(weighed) - len(likely),
    )


def rank(seen: Seen) -> float:
    """What comes first: likely and frequent."""
    return seen.precision * math.log2(1 + len(seen.firsts))


def _select(found: Iterable[Seen]) -> list[Seen]:
    """Of stretches that lie in each other and stand in the same documents, the best."""
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
    """Without the beginnings and ends that a longer one has nearly as many documents as."""
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
    """The same stretch of several publishers is one proposal: a rule does not ask for the publisher."""
    by_key: dict[str, list[Seen]] = {}
    for seen in chosen:
        by_key.setdefault(seen.key, []).append(seen)
    merged = []
    for same in by_key.values():
        same.sort(key=lambda s: (-rank(s), s.group))
        merged.append((same[0], same[1:]))
    return sorted(merged, key=lambda pair: (-rank(pair[0]), pair[0].key))


def _example_ids(seen: Seen, index: Index) -> list[str]:
    """The first, the middle and the last article by date, each once."""
    order = sorted(seen.firsts.tolist(), key=lambda n: (int(index.days[n]), n))
    return [index.ids[n].decode() for n in dict.fromkeys((order[0], order[len(order) // 2], order[-1]))]


def _proposal(
    number: int,
    seen: Seen,
    others: Sequence[Seen],
    scale: Scale,
    index: Index,
    ledgers: dict[str, list[Row]],
    known: frozenset[str],
    keeps: Sequence[tuple[str, str]],
) -> Proposal:
    days = index.known_days(seen.documents)
    dates = [] if not len(days) else [index.date_of(int(days.min())), index.date_of(int(days.max()))]
    label, basis = scale.label(seen)
    longest = max(s.tally.longest for s in (seen, *others))
    low, high = _REST
    pattern = pattern_of(seen.key, min(high, max(low, -(-longest * 5 // 40) * 10)))
    cased = ""
    if seen.key[0] in (LEAD, SUFFIX) and all(s.tally.one_form for s in (seen, *others)):
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
    """Compile a pattern so that a search finds what its rule would claim."""
    body = f"(?:{pattern})"
    anchored = {SUFFIX: f"{body}$", LEAD: f"^{body}"}.get(key[0], f"^{body}$")
    return compile_pattern(anchored, case, f"proposal {shown(key)!r}")


def _example(document: str, rows: Sequence[Row], key: str, known: frozenset[str]) -> Example | None:
    for at, row in enumerate(rows):
        if row.kept and key in keys_of(line_of(row.text), known):
            before = rows[at - 1].text[:80] if at else ""
            behind = rows[at + 1].text[:80] if at + 1 < len(rows) else ""
            return Example(
                document, before, row.text if len(row.text) <= 300 else _cut(row.text, key), behind
            )
    return None


def _cut(text: str, key: str) -> str:
    """The end of a long line that holds the stretch."""
    return "\u2026" + text[-200:] if key[0] == SUFFIX else text[:200] + "\u2026"
