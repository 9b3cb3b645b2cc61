"""Decide which text repair can't change: an exact test in one pass of RE2.

ftfy takes 1 ms for 6 KB, and changes nothing in most lines. Its own tables define what it can change at all:
it searches mojibake only where `ftfy.badness.BADNESS_RE` matches, entities where `HTML_ENTITY_RE` does, and
the rest (controls, line ends, surrogates, NFC) are sets of characters. So the union of these, compiled from
ftfy's tables into one RE2 automaton, decides. It may answer "could change" in vain, never the reverse;
tests/repair/test_blocks.py proves that. The union has no anchors and no look-around, so that a result for a
page holds for its parts.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, NamedTuple

import re2

LINE_ENDS: Final = "\v\f\r\x85\u2028\u2029"
"""Characters that end a line, besides `\\n`."""
NONCHARACTERS: Final = "".join(
    [
        *map(chr, range(0xFDD0, 0xFDF0)),
        *(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    ]
)
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064"
"""Soft hyphen, zero-width space, ZWNJ, ZWJ, word joiner, invisible operators. Most are removed; some scripts
need some."""
BIDI_MARKS: Final = "\u061c\u200e\u200f"
BIDI_PAIRS: Final = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_WORD: Final = "0-9A-Za-z_\u0080-\U0010ffff"
"""More than Python's `\\w`: RE2 does not know its letters in the same version of Unicode."""


def _plain(verbose: str) -> str:
    """Rewrite a verbose Python pattern for RE2: no layout, no comments, no anchors, Unicode `\\s` and `\\w`."""
    out: list[str] = []
    in_class = in_comment = False
    previous = ""
    for char in verbose:
        if in_comment:
            in_comment = char != "\n"
        elif in_class or previous == "\\":
            out.append(char)
            in_class = in_class and not (char == "]" and previous != "\\")
        elif char == "#":
            in_comment = True
        elif not char.isspace() and char != "^":
            out.append(char)
            in_class = char == "["
        previous = char
    pattern = "".join(out)
    space = _class(chr(c) for c in range(0x3001) if chr(c).isspace())
    return pattern.replace("\\s", space).replace("\\w", f"[{_WORD}]")


def _class(chars: Iterable[str]) -> str:
    """Return a set of characters as a character class, with neighbours as ranges."""
    codes = sorted(set(map(ord, chars)))
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in ranges) + "]"


def _composing() -> str:
    """Return the characters that NFC may change, move, or join to the one before.

    These are all except those with combining class 0 and NFC_Quick_Check=Yes. Only planes 0, 1, 2 and 14 have
    any. Takes 60 ms at start-up, so that the set matches the Unicode version of the running Python.
    """
    joining: set[str] = set()
    found: list[str] = []
    for code in (
        *range(0x300, 0xAC00),
        *range(0xD7A4, 0xD800),
        *range(0xF900, 0x20000),
        *range(0x2F800, 0x2FA20),
    ):
        char = chr(code)
        parts = unicodedata.normalize("NFD", char)
        if len(parts) > 1:
            joining.update(parts[1:])
        if unicodedata.combining(char) or unicodedata.normalize("NFC", char) != char:
            found.append(char)
    # Hangul vowels and finals join to the syllable before them; the syllables themselves are NFC.
    joining.update(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))
    return "".join(sorted({*found, *joining}))


@cache
def controls() -> str:
    """Return the characters that are always removed.

    C0 except tab and line ends, C1, what Unicode deprecates or reserves (annotation marks, U+206A to U+206F,
    noncharacters), byte order marks inside the text.
    """
    from ftfy.chardata import CONTROL_CHARS

    return "".join(
        sorted({*map(chr, CONTROL_CHARS), *map(chr, range(0x7F, 0xA0)), *NONCHARACTERS} - set(LINE_ENDS))
    )


@cache
def _ftfy() -> str:
    """Return the pattern of what ftfy can change. Its tables are loaded with the first text that needs them."""
    from ftfy.badness import BADNESS_RE
    from ftfy.chardata import HTML_ENTITY_RE

    return f"{_plain(BADNESS_RE.pattern)}|{HTML_ENTITY_RE.pattern}|{_class(controls() + LINE_ENDS)}"


@cache
def _visible() -> str:
    return f"{_ftfy()}|{_class(INVISIBLE + BIDI_MARKS + BIDI_PAIRS)}"


_SOUND: Final = re.compile(
    "(?:[\t\n -%'-~\u00a0\u00ab\u00b7\u00bb\u2013\u2014\u2018-\u201a\u201c-\u201e\u2022\u2026\u2039\u203a]++"
    "|&(?![#0-9A-Za-z])"
    "|(?<![^\0-\x7f])[\u00a2\u00a3\u00a5\u00a7\u00a9\u00ae\u00b0\u00c0\u00c1\u00c4-\u0151\u0154-\u017f\u20ac](?![^\0-\x7f]))*+"
)
"""Text in which nothing can be wrong: ASCII with typographic punctuation, and single letters and signs of
western Europe between ASCII. Every alternative of ftfy's table needs another character (`\u00c3`, `\u00c2`, C1),
or two neighbours that are neither ASCII nor such punctuation. Most English and many other European texts are sound, and
need neither ftfy (65 ms to load) nor the automaton."""
_NEVER_COMPOSING: Final = re.compile("[\0-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0]*")
"""The letters of western Europe and the punctuation of newspapers: text of only these is already NFC."""


class _Patterns(NamedTuple):
    """The patterns for composition. They take 25 ms to build, so a process with one western text skips them."""

    all: Any
    long_run: Any
    """A run of more marks than `cap_marks` leaves; RE2 tells that a text has none in a hundredth of Python's time."""
    marks: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    composing = _composing()
    marks = "".join(filter(unicodedata.combining, composing))
    return _Patterns(
        _compile(f"{_visible()}|{_class(composing)}"),
        _compile(_class(marks) + "{31}"),
        re.compile(f"([{marks}]{{30}})[{marks}]+"),
    )


@cache
def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = 64 << 20  # room for the automaton's states over all of Unicode
    return re2.compile(pattern, options)


def could_change(text: str) -> bool:
    """Return whether repair could change `text`: False is certain, True means that it must be tried."""
    if not _compile.cache_info().currsize and _SOUND.fullmatch(text):
        return False
    if not _patterns.cache_info().currsize and _NEVER_COMPOSING.fullmatch(text):
        return more_than_composition(text)
    return _search(_patterns().all, text)


def more_than_composition(text: str) -> bool:
    """Return whether anything except composition (NFC) could change `text`."""
    return _search(_compile(_visible()), text)


def could_be_broken(text: str) -> bool:
    """Return whether ftfy could change `text` (apart from composition)."""
    return _search(_compile(_ftfy()), text)


def cap_marks(text: str) -> str:
    """Cut runs of combining marks to 30, the limit of UAX #15's stream-safe format.

    Longer runs occur in no orthography, and NFC takes quadratic time for them (200 KB: 20 s).
    """
    patterns = _patterns()
    return patterns.marks.sub(r"\1", text) if _search(patterns.long_run, text) else text


def _search(pattern: Any, text: str) -> bool:
    try:
        return pattern.search(text) is not None
    except UnicodeEncodeError:
        return True  # lone surrogates
