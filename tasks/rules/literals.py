"""Find literals that every match of a pattern contains, so that most lines never meet most patterns.

RE2 is fast, but some hundreds of patterns for each of some dozens of lines are tens of thousands of calls per
document. One Aho-Corasick pass over the whole document finds the few lines in which a pattern can match; the
pattern is tried only there. The idea comes from RE2's own FilteredRE2 (`re2/filtered_re2.h`). Its Python
wrapper tells which patterns match a text, but not where.
"""

import re
from collections.abc import Iterable
from typing import Any

from copydesk.tasks.rules.syntax import opcodes, parse, parser

_MAX_SET = 128
"""Most alternatives of a required literal. A larger cross product is cut at that place."""
_MAX_CLASS = 6
"""A character class of at most this many members is expanded. A larger one ends the literal."""
_MIN_LENGTH = 2
_FAR = 1_000_000
"""Position of a literal, or length of a match, without an upper bound."""
_RARE = frozenset("/@#{}[]|<>_~\u00a9\u00ae\u24d2\u2022\u25ba\u2192\u25a0")
"""Characters so rare in running text that one of them selects lines as well as two letters do."""
_WIDE = "\u2e80"
"""The scripts of East Asia begin here. One of their characters selects lines as well as two letters do."""


def reach(pattern: str, case: bool = False) -> dict[str, int]:
    """Return literals, with the most characters that can precede each.

    Every match of `pattern` contains one of them.

    They are in lower case unless `case` is true. The result is empty if there are no literals of two or more
    characters; such a pattern must see every line.

    >>> sorted(reach(r"(?:image|media) caption"))
    ['image caption', 'media caption']
    >>> reach(r"\\d+ of \\d+") == {" of ": 1_000_000}, reach(r"\\d+"), list(reach(r"\\w+@\\w+"))
    (True, {}, ['@'])
    >>> reach(r"(?i:photo) AFP", case=True)
    {' AFP': 5}
    >>> reach(r"[*-]? ?(?:read|see) more[^.]{1,80}")
    {'read more': 2, 'see more': 2}
    """
    tree = parse(pattern)
    if tree is None:
        return {}
    exact, required = _sequence(list(tree), case, tree.state)
    found = _better(_at(exact, 0), required)
    return _shortest(found) if found and _length(found) >= _MIN_LENGTH else {}


def _shortest(found: dict[str, int]) -> dict[str, int]:
    """Drop literals that contain another literal of the set, because the shorter one finds them too."""
    kept: dict[str, int] = {}
    for literal in sorted(found, key=lambda s: (len(s), s)):
        inside = next((k for k in kept if k in literal), None)
        if inside is None:
            kept[literal] = found[literal]
        else:
            last = literal.rindex(inside)
            kept[inside] = max(kept[inside], found[literal] + last)
    return dict(sorted(kept.items()))


def width(pattern: str) -> tuple[int, int]:
    """Return the fewest and the most characters of a match of `pattern`.

    >>> width(r"listen \\d{1,2} min")
    (12, 13)
    """
    tree = parse(pattern)
    if tree is None:
        return 0, _FAR
    low, high = tree.getwidth()
    return low, min(high, _FAR)


Literals = frozenset[str] | None
Placed = dict[str, int] | None
"""Literals with the most characters that can precede each."""


def _sequence(nodes: Iterable[tuple[Any, Any]], case: bool, state: Any) -> tuple[Literals, Placed]:
    """Return the exact strings of a sequence if they are few, and the best literals that it requires."""
    best: Placed = None
    run: Literals = frozenset({""})
    run_at = at = 0
    whole = True
    for node in nodes:
        exact, required = _node(*node, case, state)
        widest = parser.SubPattern(state, [node]).getwidth()[1]
        joined = None
        if exact is not None and run is not None and len(run) * len(exact) <= _MAX_SET:
            joined = frozenset(a + b for a in run for b in exact)
        if joined is not None:
            run = joined
        else:
            whole = False
            best = _better(best, _at(run, run_at))
            best = _better(best, _moved(required, at))
            run, run_at = (exact, at) if exact is not None else (frozenset({""}), min(at + widest, _FAR))
        at = min(at + widest, _FAR)
    return (run if whole else None), _better(best, _at(run, run_at))


def _node(code: Any, value: Any, case: bool, state: Any) -> tuple[Literals, Placed]:
    """Return the same for one node of the parse tree."""
    if code is opcodes.LITERAL:
        one = frozenset({_fold(chr(value), case)})
        return one, _at(one, 0)
    if code is opcodes.AT:
        return frozenset({""}), None
    if code is opcodes.IN:
        members = _members(value, case)
        return members, _at(members, 0)
    if code is opcodes.SUBPATTERN:
        if case and value[1] & re.IGNORECASE:
            return None, None  # `(?i:photo) AFP`: the part in the group has many spellings
        return _sequence(value[-1], case, state)
    if code is opcodes.BRANCH:
        return _branch([_sequence(branch, case, state) for branch in value[1]])
    if code in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT):
        low, high, inner = value
        exact, required = _sequence(inner, case, state)
        if (low, high) == (0, 1) and exact is not None:
            return exact | {""}, None
        if (low, high) == (1, 1):
            return exact, required
        return None, _better(required, _at(exact, 0)) if low else None
    return None, None


def _branch(parts: list[tuple[Literals, Placed]]) -> tuple[Literals, Placed]:
    exacts = [e for e, _ in parts]
    if all(e is not None for e in exacts):
        union = frozenset().union(*(e for e in exacts if e is not None))
        return (union if len(union) <= _MAX_SET else None), _at(union, 0)
    united: dict[str, int] = {}
    for exact, required in parts:
        needs = _better(_at(exact, 0), required)
        if needs is None:
            return None, None
        for literal, before in needs.items():
            united[literal] = max(before, united.get(literal, 0))
    return None, united


def _at(literals: Literals, before: int) -> Placed:
    return None if literals is None else dict.fromkeys(literals, before)


def _moved(literals: Placed, by: int) -> Placed:
    return (
        None
        if literals is None
        else {literal: min(before + by, _FAR) for literal, before in literals.items()}
    )


def _members(items: Iterable[tuple[Any, Any]], case: bool) -> Literals:
    found = set()
    for code, value in items:
        if code is opcodes.LITERAL:
            found.add(_fold(chr(value), case))
        elif code is opcodes.RANGE and value[1] - value[0] < _MAX_CLASS:
            found.update(_fold(chr(c), case) for c in range(value[0], value[1] + 1))
        else:
            return None
    return frozenset(found) if len(found) <= _MAX_CLASS else None


def _fold(char: str, case: bool) -> str:
    if case:
        return char
    low = char.lower()
    return low if len(low) == 1 else "i"


def _length(literals: Iterable[str]) -> int:
    return min(
        (len(s.strip()) + (not _RARE.isdisjoint(s) or max(s, default="") >= _WIDE) for s in literals),
        default=0,
    )


def _better(a: Placed, b: Placed) -> Placed:
    """Return the set whose shortest literal is longer; among equals, the smaller set."""
    if not a or not _length(a):
        return b if b and _length(b) else None
    if not b or not _length(b):
        return a
    return max(a, b, key=lambda s: (min(_length(s), 12), -len(s)))
