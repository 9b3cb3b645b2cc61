"""Say which lines a rule can match at all, so that a line meets few of a thousand rules.

Reading a thousand patterns takes some seconds of Python and gives the same answer every time. So the answers for
the shipped packs are worked out when the package is built (`copydesk.tasks.rules.build`); only a pattern that is not
among them, from a user's pack or one that was just edited, is read when it is loaded.
"""

from collections.abc import Sequence
from typing import NamedTuple

from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules.first_characters import openings
from copydesk.tasks.rules.literals import reach, width

LONGEST_LINE = 600
"""Characters of the longest line that a rule for whole lines is shown, unless its pattern ends sooner."""
LONGEST_BARE = 120
"""The same for a rule without a literal to look for, which has to be shown every line."""
LONGEST_TAIL = 240
"""Characters at the end of a line in which a rule for endings is looked for, unless its pattern takes fewer."""


class Analysis(NamedTuple):
    """Where a rule has to be looked for."""

    low: int
    high: int
    """Fewest and most characters of a match; for whole lines bounded."""
    literals: dict[str, int]
    """Literals one of which every match contains, with the most characters that can stand before."""
    begins: tuple[str, ...]
    """Openings one of which every match has; empty for rules that match inside a line."""
    strict: bool
    """Whether the literals are as written, for rules that ask for case, and not in lower case."""


def analyse(rule: Rule) -> Analysis:
    """Read one rule's pattern."""
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
    """Return the analysis of each rule: the one that was shipped for its pattern, else a new one."""
    known = rules.analyses
    return [
        Analysis(*shipped) if (shipped := known.get(pattern_key(rule))) else analyse(rule)
        for rule in rules.rules
    ]


def pattern_key(rule: Rule) -> tuple[str, str, bool, int]:
    """Return all that an analysis depends on."""
    return rule.pattern, rule.scope, rule.case, rule.longest
