"""Read patterns of RE2: their tokens, the parse tree that the analyses walk, and a shorter form for ASCII text."""

import re
import warnings
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

import re2

try:  # private modules of Python: without them nothing is known of a pattern, and its rule sees every line
    parser: Any = import_module("re._parser")
    opcodes: Any = import_module("re._constants")
except ImportError:  # pragma: no cover - a Python that has moved them; a test takes them away
    parser = opcodes = None

_CLASS: Final = r"\\[pP](?:\{\^?\w+\}|\w)"
_OUTSIDE: Final = re.compile(rf"(?s){_CLASS}|\\.|\[\^?\]?|\{{,|[^\\\[{{]+|.")
_IN_SET: Final = re.compile(rf"(?s){_CLASS}|\\.|\[:\^?\w+:\]|[^\\\[\]]+|.")
"""Tokens of RE2's syntax outside of a set and in one. A `]` that opens a set is a member of it."""


def _pieces(pattern: str) -> Iterator[tuple[str, bool]]:
    """Yield the tokens of a pattern, each with whether it is in a set; the brackets of a set are not."""
    at, in_set = 0, False
    while hit := (_IN_SET if in_set else _OUTSIDE).match(pattern, at):
        piece, at = hit[0], hit.end()
        ends = in_set and piece == "]"
        yield piece, in_set and not ends
        in_set = piece[0] == "[" or in_set if not ends else False


def _is_class(piece: str) -> bool:
    return len(piece) > 2 and piece[:2] in (r"\p", r"\P")


@lru_cache(maxsize=4)
def parse(pattern: str) -> Any:
    """Parse a pattern of RE2 with Python's own parser.

    Returns None if this Python has no such parser. Raises `re.error` for syntax that Python does not know.
    """
    if parser is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", FutureWarning
        )  # about set operations; RE2 has none, and Python has none yet
        return parser.parse(as_python(pattern))


def as_python(pattern: str) -> str:
    r"""Rewrite what RE2 reads differently from Python: Unicode and POSIX classes, brackets in sets, and `{,n}`.

    A class becomes `\w`, which the analysis takes as any character. A wrong reading here would be a rule that
    never sees its lines.

    >>> print(as_python(r"[[:digit:][]+ \pL x{,3}"))
    [\w\[]+ \w x\{,3}
    """
    out: list[str] = []
    for piece, in_set in _pieces(pattern):
        if _is_class(piece) or (in_set and piece[:2] == "[:"):
            out.append(r"\w")
        elif in_set and piece == "[":
            out.append(r"\[")
        else:
            out.append(r"\{," if piece == "{," else piece)
    return "".join(out)


def for_ascii(pattern: str) -> str:
    r"""Return a pattern that finds the same in ASCII text, and compiles in a fraction of the time.

    RE2 spends 0.3 ms on each `\pL`, with its 600 ranges, and as much for each repetition in `(?:\pL+ ){5}`.
    In ASCII text only the class's ASCII characters count. RE2 folds their case where the pattern does. A
    pattern with a negated class, which is negated after folding, or with a quoted part (`\Q...\E`) stays as
    it is.

    >>> print(for_ascii(r"By \p{Lu}[\p{Ll}'-]+"))
    By [\x{41}-\x{5a}][\x{61}-\x{7a}'-]+
    """
    if r"\p" not in pattern or re.search(r"\\P|\\p\{\^|\\Q", pattern):
        return pattern
    out: list[str] = []
    for piece, in_set in _pieces(pattern):
        if _is_class(piece):
            ranges = _in_ascii(piece)
            out.append(ranges if in_set else f"[{ranges}]")
        else:
            out.append(piece)
    return "".join(out)


_ASCII: Final = "".join(map(chr, range(128)))
_NEVER: Final = r"\x{100}-\x{100}"
"""A member of a set that is in no ASCII text, for classes without an ASCII character."""


@cache
def _in_ascii(piece: str) -> str:
    """Return the ASCII characters of a class, as ranges for a set."""
    members = {ord(found) for found in re2.compile(piece).findall(_ASCII)}
    first = sorted(code for code in members if code - 1 not in members)
    last = sorted(code for code in members if code + 1 not in members)
    return "".join(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in zip(first, last, strict=True)) or _NEVER
