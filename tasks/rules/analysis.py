"""Work out which lines a rule can match at all, so that each line meets only a few of a thousand rules.

The analysis of a thousand patterns takes some seconds of Python and always gives the same result. So the
analyses of the shipped packs are computed when the package is built (`copydesk.tasks.rules.build`). A pattern
that is not among them, from a user's pack or from an edited pack, is analysed when it is loaded.
"""

from collections.abc import Sequence
from typing import NamedTuple

from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules.first_characters import openings
from copydesk.tasks.rules.literals import reach, width

LONGEST_LINE = 600
"""Characters of the longest line that a rule for whole lines sees, unless its own limit is lower."""
LONGEST_BARE = 120
"""The same limit for a rule without a literal to look for, which must see every line."""
LONGEST_TAIL = 240
"""Characters at the end of a line in which a rule for line ends is tried, unless its matches are shorter."""


class Analysis(NamedTuple):
    """Where a rule must be tried."""

    low: int
    high: int
    """Fewest and most characters of a match; bounded for whole lines."""
    literals: dict[str, int]
    """Literals, with the most characters that can precede each. Every match contains one of them."""
    begins: tuple[str, ...]
    """Openings. Every match begins with one of them. Empty for rules that match inside a line."""
    strict: bool
    """Whether the literals are as written, because the rule is case-sensitive, and not in lower case."""


def analyse(rule: Rule) -> Analysis:
    """Analyse one rule's pattern."""
    written = reach(rule.pattern, case=True) if rule.case else {}
    literals = written or reach(rule.pattern)
    low, high = width(rule.pattern)
    if rule.scope in ("line", "block"):
        high = min(high, rule.longest or (LONGEST_LINE if literals else LONGEST_BARE))
    if rule.scope == "suffix":
        high = min(high, LONGEST_TAIL)
    inside = rule.scope in ("span", "suffix")
    return Analysis(
        low,
        high,
        literals,
        () if inside else tuple(sorted(openings(rule.pattern))),
        bool(written),
    )


def analyses(rules: RuleSet) -> Sequence[Analysis]:
    """Return the analysis of each rule: the shipped one if there is one for its pattern, otherwise a new one."""
    known = rules.analyses
    return [
        Analysis(*shipped) if (shipped := known.get(pattern_key(rule))) else analyse(rule)
        for rule in rules.rules
    ]


def pattern_key(rule: Rule) -> tuple[str, str, bool, int]:
    """Return everything that an analysis depends on."""
    return rule.pattern, rule.scope, rule.case, rule.longest
