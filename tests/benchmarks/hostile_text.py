"""Plain text that costs a careless cleaner its afternoon, in any length."""

from collections.abc import Callable, Mapping
from typing import Final

from copydesk.schemas.rule import RuleSet

_PROSE: Final = (
    "The minister said on Tuesday that talks would go on, and that no date had been set for a decision. "
)
_FURNITURE: Final = (
    "Media playback is unsupported on your device ",
    "Share this with Facebook Twitter WhatsApp Email ",
    "Image copyright Getty Images Image caption ",
    "Read more: ",
    "Sign up to our newsletter ",
    "Advertisement ",
    "By Jane Doe, BBC News ",
    "7 May 2013 Last updated at 18:47 BST ",
)
"""Literals that rules look for."""


def _fill(piece: str) -> Callable[[int], str]:
    return lambda n: piece * (n // len(piece))  # whole pieces: half of one may take another way


def _between(left: str, piece: str, right: str) -> Callable[[int], str]:
    return lambda n: left + piece * (n // len(piece)) + right


HOSTILE: Final[Mapping[str, Callable[[int], str]]] = {
    # one giant line
    "prose in one line": _fill(_PROSE),
    "one word": _fill("a"),
    "one word of capitals and digits": _fill("A1"),
    "digits": _fill("2026"),
    "dots": _fill("."),
    "open brackets": _fill("("),
    "quotes": _fill("\"'\u201c\u2019"),
    "dashes and bars": _fill("- | "),
    "commas and names": _fill("Jane Doe, "),
    "names after By": _between("By ", "Jane Doe and ", "John Roe"),
    "dates": _fill("7 May 2013 18:47 "),
    "mail addresses": _fill("a.b@example.org "),
    "host names": _fill("www.example."),
    # scripts
    "Chinese without spaces": _fill("\u65b0\u95fb\u62a5\u9053\u8bb0\u8005"),
    "Thai without spaces": _fill("\u0e02\u0e48\u0e32\u0e27\u0e27\u0e31\u0e19\u0e19\u0e35\u0e49"),
    "Hangul in jamo": _fill("\u1112\u1161\u11ab"),
    "Arabic": _fill("\u0642\u0627\u0644 \u0627\u0644\u0648\u0632\u064a\u0631 "),
    "emoji": _fill("\U0001f600\u200d\U0001f525"),
    # many lines
    "short lines": _fill("abc\n"),
    "lines of one character": _fill("x\n"),
    "lines of prose": _fill(_PROSE + "\n"),
    "one paragraph again and again": _fill(_PROSE * 3 + "\n"),
    "menu behind its heading": _between("Skip to content\n", "Home\nSport\nMenu\n", ""),
    "networks behind their heading": _between("Share this with\n", "Facebook\nTwitter\n", ""),
    "subheadings": _fill("What happens next\n"),
    "list items": _fill("- item\n"),
    "blank lines": _between("Head\n", "\n", "Tail."),
    "lines that nobody sees": _fill("\u200b\n"),
    "unseen lines between others": _fill("word\n\ufeff\n"),
    "carriage returns alone": _fill("line\r"),
    "line separators": _fill("line\u2028"),
    "mojibaked line separators": _fill("line\u00e2\u20ac\u00a8"),
    "line feeds as entities": _fill("line&#10;"),
    "capitals before quotes": _fill("\u201cAMANH\u00c3\u201d "),
    "capitals before quotes that nobody opened": _fill("AMANH\u00c3\u201d "),
    "carriage returns": _fill("line\r\n"),
    # runs
    "spaces": _between("a", " ", "b"),
    "spaces two by two": _fill("a  "),
    "tabs": _between("a", "\t", "b"),
    "no-break spaces": _between("a", "\u00a0", "b"),
    "next-line controls": _fill("a\u0085"),
    "escape sequences": _fill("\x1b[31mred"),
    "combining marks": _between("e", "\u0301", ""),
    "combining marks of two classes": _between("e", "\u0301\u0327", ""),
    "composed letter by letter": _fill("e\u0301"),
    "soft hyphens": _fill("a\u00ad"),
    "zero-width joiners": _between("a", "\u200d", "b"),
    "overrides that never end": _between("\u0627", "\u202e", "b"),
    "embeddings closed in the end": lambda n: "\u0627" + "\u202a" * (n // 2) + "\u202c" * (n // 2),
    "isolates closed crosswise": lambda n: "\u0627" + "\u2067\u202a" * (n // 4) + "\u2069\u202c" * (n // 4),
    # repair
    "entities": _fill("&amp; "),
    "a chain of entities": _between("&", "amp;", "lt;"),
    "numeric entities": _fill("&#38;#38;"),
    "entities behind a <": _between("<", "&amp;", ""),
    "ampersands": _fill("&"),
    "mojibake": _fill("It\u00e2\u20ac\u2122s "),
    "mojibake twice": _fill("It\u00c3\u00a2\u00e2\u201a\u00ac\u00e2\u201e\u00a2s "),
    "half of mojibake": _fill("\u00e2\u20ac"),
    "replacement characters": _fill("\ufffd"),
    # rules
    **{f"furniture in one line: {text.strip()}": _fill(text) for text in _FURNITURE},
    **{f"furniture in lines: {text.strip()}": _fill(text.strip() + "\n") for text in _FURNITURE},
    "all furniture in one line": _fill("".join(_FURNITURE)),
    "furniture and prose in one line": _fill(_PROSE.join(_FURNITURE)),
}
"""Name -> text of about n characters."""


def rule_cases(rules: RuleSet) -> dict[str, Callable[[int], str]]:
    """The examples of each rule, without their brackets: repeated in one line, and line by line."""
    cases = {}
    for rule in rules.rules:
        examples = [example.replace("[[", "").replace("]]", "") for example in rule.match]
        cases[f"{rule.id} in one line"] = _fill(" ".join(examples).replace("\n", " ") + " ")
        cases[f"{rule.id} in lines"] = _fill("\n".join(examples) + "\n")
    return cases
