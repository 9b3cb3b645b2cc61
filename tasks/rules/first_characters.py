"""Find what the matches of a pattern begin with, so that few lines are tried for a rule for whole lines.

Literals inside a line (`copydesk.tasks.rules.literals`) let many paragraphs through, because `more` and
`share` occur everywhere. The beginning of a line tells much more. With 671 rules the literals alone leave 369
pairs of line and rule per text; with the openings about 60 are left.
"""

from collections.abc import Iterable
from typing import Any

from copydesk.tasks.rules.syntax import opcodes as op
from copydesk.tasks.rules.syntax import parse

DEEPEST = 6
"""Most characters of an opening."""
_MOST = 3000
"""Most openings of one pattern. A pattern with more is cut at the point reached."""
_SMALL_CLASS = 40

Opening = tuple[str, bool]
"""A text, and whether it is cut, so that anything may follow."""


def openings(pattern: str) -> frozenset[str]:
    """Return texts of at most DEEPEST characters. Every match of `pattern` begins with one of them.

    They are in lower case and lack the signs before the first letter or digit, because `opening_of` reads a
    line in this way. The set is empty if a match can begin with anything.

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
    """Return the first characters of a line in the form of openings.

    >>> opening_of("* Read more here")
    'read m'
    """
    start = 0
    while start < len(line) and not fold(line[start]).isalnum():
        start += 1
    return "".join([fold(character) for character in line[start : start + DEEPEST]])


def fold(character: str) -> str:
    """Return one character for all characters that RE2 takes as the same when case does not count.

    >>> fold("S") == fold("\u017f"), fold("\u03a3") == fold("\u03c2"), fold("\u00df")
    (True, True, '\u00df')
    """
    folded = character.casefold()
    return folded if len(folded) == 1 else _LOWER.get(character, character)


_LOWER = {chr(c): chr(c).lower() for c in range(0x1F88, 0x1FFD) if len(chr(c).lower()) == 1}
_LOWER |= {"\u1e9e": "\u00df", "\u1fd3": "\u0390", "\u1fe3": "\u03b0", "\ufb06": "\ufb05"}
"""Letters whose full case folding has two or three characters, with the letter that RE2 takes as the same."""


def _sequence(nodes: Iterable[tuple[Any, Any]], before: str) -> set[Opening]:
    """Return the openings of a sequence whose beginning `before` is already known."""
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
    """Return `before` extended by one node of the parse tree."""
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
            again = once  # signs before the first letter, any number of them
        else:
            again = {(text, True) for text, _ in once}
        return again | {(before, False)} if low == 0 else again
    return {(before, True)}


def _added(before: str, char: str) -> str:
    char = fold(char)
    return before + char if before or char.isalnum() else ""


def _members(items: Iterable[tuple[Any, Any]]) -> list[str] | None:
    """Return the characters of a class, or None if there are many."""
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
