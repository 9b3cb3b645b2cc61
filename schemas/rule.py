"""A rule: knowledge about one kind of news furniture, with the proof that it is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = Literal["line", "prefix", "suffix", "span", "block"]
"""What a match claims.

line    the whole line; the pattern must match all of it.
prefix  the pattern matches at the start of a line; `takes` says how much of the line goes with it.
suffix  the pattern matches at the end of a line; only the match goes.
span    the pattern matches anywhere; only the match goes.
block   the pattern matches a whole line that opens a block (a form, a list of links): that line
        and the lines after it, while they fit `through` or another rule of the same label, go.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack.

    Patterns are RE2 syntax, matched without case unless `case = true`, on the repaired line with
    surrounding space cut, white space runs folded to one space and typographic quotes and
    hyphens folded to ASCII, so write `'` `"` `-` and single spaces.

    `match` lists real furniture that the rule must claim; for prefix, suffix and span rules the
    part that must go is written between `[[` and `]]`, and the rest must stay. `keep` lists
    near misses that must stay whole, under this rule and under every other.
    """

    id: str
    """`pack/family/name`, for example `en/player/bbc-unsupported`; unique over all packs."""
    label: str
    scope: Scope
    pattern: str
    why: str
    """One sentence: what this is on the page, and why it is not the article."""
    seen: str
    """Where and when: publisher, era, or `generic`."""
    match: tuple[str, ...]
    keep: tuple[str, ...]
    publisher: str = ""
    language: str = ""
    """ISO 639-1, or empty for any. Documentation and statistics; matching does not ask."""
    family: str = ""
    part: str = ""
    """For captions: `marker` (goes, what follows on the line is the caption), `credit` (the same, but kept), `words`,
    `end` (a credit that stands behind its caption: on a short line, what is before it is the words)."""
    takes: Literal["match", "line"] = "match"
    """For prefix rules: only the match, or the whole line."""
    through: str = ""
    """For block rules: pattern of the lines that belong to the block."""
    longest: int = 0
    """For line rules: most characters of the line; 0 for as many as the pattern allows. Cheaper for RE2
    than a bound on a repeat, whose states it has to build one by one."""
    within: int = 0
    """For block rules: most lines the block can take after its first."""
    place: Literal["", "head", "tail"] = ""
    """Only in the first lines of a document (head: before the third paragraph), only in the last third (tail)."""
    near: tuple[str, ...] = field(default=())
    """Labels; the rule counts only when a line within two of it was claimed for one of them by a rule without `near`."""
    case: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force, in the order of their ids, with the hash of their content."""

    rules: tuple[Rule, ...]
    version: str
    analyses: Mapping[tuple[str, str, bool, int], Sequence[Any]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What the build found out about shipped patterns: see `copydesk.tasks.rules.analysis`."""
