"""What the matches of a pattern begin with, so that a rule for whole lines meets few of them.

Literals inside a line (`copydesk.tasks.rules.literals`) let many paragraphs through: `more` and `share` are
everywhere. How a line begins says much more. Of 369 pairs of line and rule a text that the
literals alone left with 671 rules, the openings leave some 60.
"""

from collections.abc import Iterable
from typing import Any

from copydesk.tasks.rules.literals import opcodes as op
from copydesk.tasks.rules.literals import parse

DEEPEST = 6
"""Most characters of an opening."""
_MOST = 3000
"""Most openings of one pattern; with more of them it is cut short where it stands."""
_SMALL_CLASS = 40

Opening = tuple[str, bool]
"""A text, and whether what follows it is unknown."""


def openings(pattern: str) -> frozenset[str]:
    """Texts of at most DEEPEST characters with one of which every match of `pattern` begins.

    Without case, and without the signs before the first letter or digit: that is how `opening_of`
    reads a line. Empty where a match can begin with anything.

    >>> sorted(openings(r"[-*]* ?(?:read|see) more"))
    ['read m', 'see mo']
    >>> openings(r"[^.]{1,80}: read more")
    frozenset()
    """
    tree = parse(pattern)
    if tree is None:
        return frozenset()
    texts = {text for text, _ in _sequence(tree, "")}
    if "" in texts:
        return frozenset()
    return frozenset(t for t in texts if not any(t[:n] in texts for n in range(1, len(t))))


def opening_of(line: str) -> str:
    """The first characters of a line as openings have them.

    >>> opening_of("* Read more here")
    'read m'
    """
    start = 0
    while start < len(line) and not fold(line[start]).isalnum():
        start += 1
    return "".join([fold(character) for character in line[start : start + DEEPEST]])


def fold(character: str) -> str:
    """Return one character for all that RE2 takes as the same when it does not ask for case.

    >>> fold("S") == fold("\u017f"), fold("\u03a3") == fold("\u03c2"), fold("\u00df")
    (True, True, '\u00df')
    """
    folded = character.casefold()
    return folded if len(folded) == 1 else _LOWER.get(character, character)


_LOWER = {chr(c): chr(c).lower() for c in range(0x1F88, 0x1FFD) if len(chr(c).lower()) == 1}
_LOWER |= {"\u1e9e": "\u00df", "\u1fd3": "\u0390", "\u1fe3": "\u03b0", "\ufb06": "\ufb05"}
"""Letters whose full folding is two or three characters, and the one that RE2 takes as the same."""


def _sequence(nodes: Iterable[tuple[Any, Any]], before: str) -> set[Opening]:
    """Openings of a sequence of which `before` is known already."""
    found: set[Opening] = {(before, False)}
    for code, value in nodes:
        going = {text for text, closed in found if not closed}
        if not going:
            break
        grown = found - {(text, False) for text in going}
        for text in going:
            grown |= {_cut(opening) for opening in _node(code, value, text)}
        if len(grown) > _MOST:
            return {(text, True) for text, _ in found}
        found = grown
    return found


def _cut(opening: Opening) -> Opening:
    text, closed = opening
    return text[:DEEPEST], closed or len(text) >= DEEPEST


def _node(code: Any, value: Any, before: str) -> set[Opening]:
    """`before` continued by one node of the parse tree."""
    if code is op.LITERAL:
        return {(_added(before, chr(value)), False)}
    if code is op.AT:
        return {(before, False)}
    if code is op.IN:
        members = _members(value)
        return {(before, True)} if members is None else {(_added(before, c), False) for c in members}
    if code is op.SUBPATTERN:
        return _sequence(value[-1], before)
    if code is op.BRANCH:
        return set().union(*(_sequence(branch, before) for branch in value[1]))
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = value
        once = _sequence(inner, before)
        if high == 1 or (not before and all(not text for text, _ in once)):
            again = once  # signs before the first letter, however many
        else:
            again = {(text, True) for text, _ in once}
        return again | {(before, False)} if low == 0 else again
    return {(before, True)}


def _added(before: str, char: str) -> str:
    char = fold(char)
    return before + char if before or char.isalnum() else ""


def _members(items: Iterable[tuple[Any, Any]]) -> list[str] | None:
    """The characters of a class, or None when they are many."""
    found: list[str] = []
    for code, value in items:
        if code is op.LITERAL:
            found.append(chr(value))
        elif code is op.RANGE and value[1] - value[0] < _SMALL_CLASS:
            found.extend(chr(c) for c in range(value[0], value[1] + 1))
        elif code is op.CATEGORY and value is op.CATEGORY_DIGIT:
            found.extend("0123456789")
        else:
            return None
    return found
