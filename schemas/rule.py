"""A rule: knowledge about one kind of news furniture, with examples that prove it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = Literal["line", "prefix", "suffix", "span", "block"]
"""What a match covers.

    line    the whole line; the pattern must match all of it.
    prefix  the pattern matches at the start of a line; `takes` decides how much of the line is removed.
    suffix  the pattern matches at the end of a line; only the match is removed.
    span    the pattern matches anywhere; only the match is removed.
    block   the pattern matches a whole line that opens a block (a form, a list of links). That line is
            removed, with the lines after it that match `through` or another rule of the same label.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack.

    Patterns are in RE2 syntax. They ignore case unless `case = true`. They are matched on the repaired line
    after leading and trailing space is stripped, white space runs are folded to one space, and typographic
    quotes and hyphens are folded to ASCII. So write `'` `"` `-` and single spaces.

    `match` lists real furniture that the rule must match. For prefix, suffix and span rules, `[[` and `]]`
    enclose the part that must be removed, and the rest must stay. `keep` lists near misses that must stay
    whole, under this rule and under every other.
    """

    id: str
    """`family/language/what-it-catches`, for example `share/en/share-this-with`; unique over all packs. In a pack of
    one's own any three parts, such as `mine/share/like-our-page`."""
    label: str
    scope: Scope
    pattern: str
    why: str
    """One sentence, for readers of the ledger: what the line is, and why it is not part of the article."""
    seen: str
    """Where and when: publisher, era, or `generic`."""
    match: tuple[str, ...]
    keep: tuple[str, ...]
    publisher: str = ""
    """Set if the rule is bound to one publisher. A matched line that names the publisher is evidence for the
    article's publisher."""
    language: str = ""
    """ISO 639-1, or empty for any. For documentation and statistics; matching ignores it."""
    family: str = ""
    """Free, for packs of one's own. Shipped rules have their family in their id."""
    part: str = ""
    """For captions: `marker` (removed; the rest of the line is the caption), `credit` (the same, but kept),
    `words`, `end` (a credit that follows its caption: on a short line, the text before it is the words)."""
    takes: Literal["match", "line"] = "match"
    """For prefix rules: remove only the match, or the whole line."""
    through: str = ""
    """For block rules: pattern of the lines that belong to the block."""
    longest: int = 0
    """For line rules: maximum length of the line in characters; 0 for no limit. Cheaper for RE2 than a
    bounded repeat, which needs one state per repetition."""
    within: int = 0
    """For block rules: maximum number of lines after the first."""
    place: Literal["", "head", "tail"] = ""
    """`head`: only before the third paragraph of a document. `tail`: only in its last third."""
    near: tuple[str, ...] = field(default=())
    """Labels. The rule counts only if a rule without `near` matched one of these labels within two lines."""
    case: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """Must-keep lines of a pack that belong to no rule: they stay, whatever rules and models say.

    A line counts where it is a whole line of a document, or a whole stretch that would be removed. A line of
    25 characters or more counts inside longer lines, too. Quotes, hyphens and white space are folded as for
    rules; capitals count. A stretch that becomes a field of the article stays a field.
    """

    id: str
    """Three parts, such as `mine/keep/timeline`; unique among the rules and must-keep lines of all packs. The
    ledger names it as the evidence."""
    lines: tuple[str, ...]
    why: str
    """One sentence, for readers of the ledger: why the lines belong to the article."""
    seen: str = ""
    """Where: publisher, article, or `generic`."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force, in the order of their ids, with the hash of their content."""

    rules: tuple[Rule, ...]
    version: str
    """It covers the must-keep lines as well."""
    analyses: Mapping[tuple[str, str, bool, int], Sequence[Any]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Results of analysing the shipped patterns at build time: see `copydesk.tasks.rules.analysis`."""
    keeps: tuple[Keep, ...] = ()
    """Must-keep lines of the packs, in the order of their ids."""

    def whys(self) -> dict[str, str]:
        """Return the reason of each rule and must-keep line, by its id."""
        return {r.id: r.why for r in self.rules} | {k.id: k.why for k in self.keeps}
