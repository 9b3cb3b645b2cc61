"""Literals that a pattern can't match without, so that most lines never meet most patterns.

RE2 answers fast, but some hundreds of patterns for each of some dozens of lines are tens of
thousands of calls a document. One Aho-Corasick pass over the whole document finds the few lines
in which a pattern *can* match; only those are shown to it. The idea is RE2's own FilteredRE2
(`re2/filtered_re2.h`); its Python wrapper tells which patterns match a text, but not where.
"""

import re
from collections.abc import Iterable
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_MAX_SET = 64
"""Most alternatives an anchor may have; a larger cross product is cut at that place instead."""
_MAX_CLASS = 6
"""A character class of up to so many members is spelled out; a larger one ends the literal."""
_MIN_LENGTH = 2

_UNICODE_CLASS = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)")


def anchors(pattern: str, case: bool = False) -> frozenset[str]:
    """Literals of which every match of `pattern` contains one; in lower case unless `case` counts.

    Empty where there are none of two or more characters; such a pattern must see every line.

    >>> sorted(anchors(r"(?:image|media) caption"))
    ['image caption', 'media caption']
    >>> anchors(r"\\d+ of \\d+")
    frozenset({' of '})
    >>> anchors(r"\\d+")
    frozenset()
    """
    exact, required = _sequence(list(_parse(pattern)), case)
    found = _better(exact, required)
    return found if found and _length(found) >= _MIN_LENGTH else frozenset()


def width(pattern: str) -> tuple[int, int]:
    """Fewest and most characters that a match of `pattern` can have.

    >>> width(r"listen \\d{1,2} min")
    (12, 13)
    """
    low, high = _parse(pattern).getwidth()
    return low, high


def _parse(pattern: str) -> Any:
    return _parser.parse(_UNICODE_CLASS.sub(r"\\w", pattern))


Literals = frozenset[str] | None


def _sequence(nodes: Iterable[tuple[Any, Any]], case: bool) -> tuple[Literals, Literals]:
    """What a sequence is exactly, if it is a small set of strings, and the best it can't do without."""
    best: Literals = None
    run: Literals = frozenset({""})
    whole = True
    for code, value in nodes:
        exact, required = _node(code, value, case)
        joined = None
        if exact is not None and run is not None and len(run) * len(exact) <= _MAX_SET:
            joined = frozenset(a + b for a in run for b in exact)
        if joined is not None:
            run = joined
            continue
        whole = False
        best = _better(best, run)
        best = _better(best, required)
        run = exact if exact is not None else frozenset({""})
    return (run, _better(best, run)) if whole else (None, _better(best, run))


def _node(code: Any, value: Any, case: bool) -> tuple[Literals, Literals]:
    """The same for one node of the parse tree."""
    if code is op.LITERAL:
        one = frozenset({_fold(chr(value), case)})
        return one, one
    if code is op.AT:
        return frozenset({""}), None
    if code is op.IN:
        members = _members(value, case)
        return members, members
    if code is op.SUBPATTERN:
        return _sequence(value[-1], case)
    if code is op.BRANCH:
        return _branch([_sequence(branch, case) for branch in value[1]])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = value
        exact, required = _sequence(inner, case)
        if (low, high) == (0, 1) and exact is not None:
            return exact | {""}, None
        if (low, high) == (1, 1):
            return exact, required
        return None, _better(required, exact) if low else None
    return None, None


def _branch(parts: list[tuple[Literals, Literals]]) -> tuple[Literals, Literals]:
    exacts = [e for e, _ in parts]
    if all(e is not None for e in exacts):
        union = frozenset().union(*(e for e in exacts if e is not None))
        return (union, union) if len(union) <= _MAX_SET else (None, union)
    needs = [_better(e, r) for e, r in parts]
    if any(n is None for n in needs):
        return None, None
    return None, frozenset().union(*(n for n in needs if n is not None))


def _members(items: Iterable[tuple[Any, Any]], case: bool) -> Literals:
    found = set()
    for code, value in items:
        if code is op.LITERAL:
            found.add(_fold(chr(value), case))
        elif code is op.RANGE and value[1] - value[0] < _MAX_CLASS:
            found.update(_fold(chr(c), case) for c in range(value[0], value[1] + 1))
        else:
            return None
    return frozenset(found) if len(found) <= _MAX_CLASS else None


def _fold(char: str, case: bool) -> str:
    if case:
        return char
    low = char.lower()
    return low if len(low) == 1 else "i"


def _length(literals: frozenset[str]) -> int:
    return min((len(s.strip()) for s in literals), default=0)


def _better(a: Literals, b: Literals) -> Literals:
    """The set whose shortest literal is longer; of equals, the smaller set."""
    if not a or not _length(a):
        return b if b and _length(b) else None
    if not b or not _length(b):
        return a
    return max(a, b, key=lambda s: (min(_length(s), 12), -len(s)))
