"""Try one rule on a line, or many at once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import re2

from copydesk.schemas.rule import Rule
from copydesk.tasks.rules.analysis import Analysis
from copydesk.tasks.rules.first_characters import opening_of
from copydesk.tasks.rules.loading import compile_pattern
from copydesk.tasks.rules.syntax import for_ascii

_FEW = 500
"""Lines that are tried by opening before the automaton is built."""
_SET_MEMORY = 64 << 20
"""Most bytes that RE2 may take for one automaton of many rules. 510 of them need 26 MB, states included."""


class Compiled:
    """A rule ready to run.

    Its patterns are compiled when the first line is tried, because few rules ever need it.
    """

    __slots__ = (
        "_ascii",
        "_literals",
        "_pattern",
        "_strict",
        "_through",
        "asked",
        "cuts",
        "high",
        "low",
        "rule",
    )

    def __init__(self, rule: Rule, found: Analysis) -> None:
        self.rule = rule
        self.low, self.high = found.low, found.high
        self.cuts = "(?P<cut>" in rule.pattern
        self.asked = (
            bool(found.begins)
            or rule.scope == "prefix"
            or (not found.literals and rule.scope in ("line", "block"))
        )
        """Whether `copydesk.tasks.rules.match.RuleBook.together` or `RuleBook.bare` already found that the
        rule matches."""
        self._literals, self._strict = found.literals, found.strict
        self._ascii: Any = None
        self._pattern: Any = None
        self._through: Any = None

    def pattern_for(self, text: str) -> Any:
        """Return the pattern, anchored for its scope, for a text. That for ASCII is compiled in less time.

        It takes the text as UTF-8.
        """
        if text.isascii():
            if self._ascii is None:
                self._ascii = compile_pattern(
                    for_ascii(self._anchored()), self.rule.case, self.rule.id, encoded=True
                )
            return self._ascii
        if self._pattern is None:
            self._pattern = compile_pattern(self._anchored(), self.rule.case, self.rule.id, encoded=True)
        return self._pattern

    def _anchored(self) -> str:
        body = f"(?:{self.rule.pattern})"
        return {"suffix": f"{body}$", "prefix": f"^{body}"}.get(self.rule.scope, body)

    def fits(self, line: str, folded: str) -> bool:
        """Return whether the pattern matches at the start of the line; rules for whole lines match all of it.

        `folded` is the line without case. Most patterns are never compiled, because the line lacks their
        literals.
        """
        if len(line) < self.low:
            return False
        if self._strict:
            possible = any(literal in line for literal in self._literals)
        else:
            possible = any(literal.casefold() in folded for literal in self._literals)
        if not possible and self._literals:
            return False
        pattern, data = self.pattern_for(line), line.encode()
        return (pattern.match(data) if self.rule.scope == "prefix" else pattern.fullmatch(data)) is not None

    @property
    def through(self) -> Any:
        """The pattern of a block's further lines, or None."""
        if self._through is None and self.rule.through:
            self._through = compile_pattern(self.rule.through, self.rule.case, self.rule.id)
        return self._through


class Together:
    """Rules that are tried at once: on the first lines by an index of openings, then by one RE2 automaton.

    A line costs the automaton 2 to 5 microseconds for any number of rules; each rule alone costs as much. But
    the automaton takes 0.5 s and 64 MB to build, so a process that cleans one document never builds it. Only
    rules whose matches begin in a known way may be here. For them the automaton knows after a few characters
    that no rule matches. With the other 150 (`[^.]{1,80}: read more`) it would need a state for each possible
    continuation, and take a thousand times longer.
    """

    __slots__ = ("_index", "_left", "_rules", "_set", "numbers")

    def __init__(self, rules: Sequence[tuple[int, Compiled, Sequence[str]]]) -> None:
        self.numbers = tuple(number for number, _, _ in rules)
        self._rules = tuple((rule, begins) for _, rule, begins in rules)
        self._index: dict[str, list[int]] | None = None
        self._left = _FEW
        self._set: Any = None

    def ask(self, line: str) -> list[int]:
        """Return the numbers of the rules that match at the start of the line, or all of it."""
        if self._set is None:
            if self._left:
                self._left -= 1
                return self._one_by_one(line)
            self.prepare()
        return [self.numbers[index] for index in self._set.Match(line) or ()] if self.numbers else []

    def prepare(self) -> None:
        """Build the automaton now, for a process that has many lines to try."""
        if self._set is not None:
            return
        options = re2.Options()
        options.max_mem = _SET_MEMORY
        options.log_errors = False
        together = re2.Set.MatchSet(options)
        for entry, _ in self._rules:
            rule = entry.rule
            body = f"(?:{rule.pattern})" if rule.case else f"(?i:{rule.pattern})"
            together.Add(body if rule.scope == "prefix" else body + r"\z")
        together.Compile()
        self._set = together
        self._index = None

    def _one_by_one(self, line: str) -> list[int]:
        """Return the same from the rules that have the line's opening or no opening."""
        if self._index is None:
            self._index = defaultdict(list)
            for at, (_, begins) in enumerate(self._rules):
                for opening in begins or ("",):
                    self._index[opening].append(at)
        opening = opening_of(line)
        found = {at for n in range(len(opening) + 1) for at in self._index.get(opening[:n], ())}
        folded = line.casefold()
        return [self.numbers[at] for at in sorted(found) if self._rules[at][0].fits(line, folded)]
