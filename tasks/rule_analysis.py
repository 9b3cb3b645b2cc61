"""What a rule's pattern says about the lines it can match, and a store for it between processes.

Reading a thousand patterns this way costs some seconds of Python, and says the same every time.
So the answers are kept in the user's cache folder, in a file named after the hash of the rules and
of the code that reads them. It can be deleted at any time; where it can't be written, the work is
done again.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from schemas.rule import Rule, RuleSet
from tasks.anchors import reach, width
from tasks.openings import openings

LONGEST_LINE = 600
"""Characters of the longest line that a rule for whole lines is shown, unless its pattern ends sooner."""
LONGEST_BARE = 120
"""The same for a rule without a literal to look for, which has to be shown every line."""
LONGEST_TAIL = 240
"""Characters at the end of a line in which a rule for endings is looked for, unless its pattern takes fewer."""
_WORTH = 50
"""Rules from which the cache is asked: fewer are read as fast as the file is."""
_CODE = ("rule_analysis.py", "anchors.py", "openings.py")


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
    """The analysis of each rule, from the cache folder if it is there."""
    if len(rules.rules) < _WORTH:
        return [analyse(rule) for rule in rules.rules]
    path = _folder() / f"rules-{_fingerprint(rules)}.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = [Analysis(a, b, c, tuple(d), e) for a, b, c, d, e in rows]
        if len(found) == len(rules.rules):
            return found
    except (OSError, ValueError, TypeError):
        pass  # not there, or not whole: it is written anew
    found = [analyse(rule) for rule in rules.rules]
    _write(path, json.dumps(found, ensure_ascii=False))
    return found


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "copydesk"


def _fingerprint(rules: RuleSet) -> str:
    """Hash of all that an analysis depends on: what the rules ask, and the code that reads it."""
    digest = hashlib.blake2b(digest_size=12)
    for name in _CODE:
        digest.update((Path(__file__).parent / name).read_bytes())
    for rule in rules.rules:
        digest.update(
            repr((rule.pattern, rule.scope, rule.case, rule.longest)).encode("utf-8", "surrogatepass")
        )
    return digest.hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, since several workers may start at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(text)
        os.replace(file.name, path)
    except OSError:
        return  # a read-only home: the next process reads the patterns again
