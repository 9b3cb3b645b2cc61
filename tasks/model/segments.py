"""Cut lines of flat text into segments: stretches that almost never hold two kinds of text.

A scraper often stores a whole page as one line, and glues furniture to the body (`says the mayor.Read more:`).
So the unit to label is not the line but the segment. A cut costs nothing where both sides get the same label;
a missing cut costs the body on one side or leaves the furniture on the other. So cut often.

All rules work on character classes with numpy, over many lines at once, in time linear in the text.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import numpy as np

from copydesk.tasks.model.unicode_classes import CLASSES, character_table

Array = np.ndarray[Any, Any]

_LOWER, _UPPER, _UNCASED, _WIDE, _DIGIT, _SPACE = (
    CLASSES.index(name) for name in ("lower", "upper", "uncased", "wide", "digit", "space")
)

_STOPS: Final = (
    ".!?\u2026\u3002\uff01\uff1f\uff61\uff0e\u061f\u06d4\u0964\u0965\u17d4\u104b\u1362\u0589\u203c\u2049"
)
_WIDE_STOPS: Final = "\u3002\uff01\uff1f\uff61\u17d4\u104b"
"""Stops of scripts that put no blank after a sentence."""
_CLOSERS: Final = "\"'\u2019\u201d\u00bb\u203a\u300d\u300f\u3011\u3015)]}\uff09\uff3d\u3009\u300b\u201c*_"
"""What may stand between a stop and the end of its sentence; German and Polish close with U+201C."""
_OPENING: Final = "[{\u3010\u3014\uff3b"
_CLOSING: Final = "]}\u3011\u3015\uff3d"
"""Brackets around what is no part of a sentence; round ones mostly are."""
_BULLETS: Final = (
    "|\uff5c\u00a6\u2022\u25cf\u25cb\u25aa\u25ab\u25a0\u25a1\u25c6\u25c7\u25b6\u25ba\u25b7\u25b2\u25b3\u25bc\u25bd\u25c0\u2605\u2606\u203b\u2192\u21d2"
    "\u27a1\u2794\u261e\u2756\u2714\u2713\u00a9\u24d2\u00bb\u203a\u2023\u2043\u25e6\u00b6\u00a7\u2b50\u2b07\u2190\u21b5\u21d3\u2193\u2191"
)
_SPACED: Final = "-\u2013\u2014\u2015\u2012\u00b7\u30fb/*_+~=<>\u2212#"
"""Signs that separate only with a blank before them."""

_QUOTES: Final = '"\u201c\u201e\u00ab'
"""Quotes that open in some language."""

_STOP, _WIDE_STOP, _CLOSER, _OPEN, _CLOSE, _BULLET, _SPACED_SIGN, _QUOTE = (1 << n for n in range(8))
_THAI: Final = 1 << 8


@cache
def _flags() -> Array:
    """uint16 [65536]: what each character does at the edge of a segment; beyond the basic plane: a bullet, as emoji are."""
    table = np.zeros(0x10000, np.uint16)
    for characters, flag in (
        (_STOPS, _STOP),
        (_WIDE_STOPS, _WIDE_STOP),
        (_CLOSERS, _CLOSER),
        (_OPENING, _OPEN),
        (_CLOSING, _CLOSE),
        (_BULLETS, _BULLET),
        (_SPACED, _SPACED_SIGN),
        (_QUOTES, _QUOTE),
    ):
        for character in characters:
            table[ord(character)] |= flag
    for low, high in ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)):
        table[low : high + 1] |= _THAI
    table[0xFFFF] = _BULLET
    return table


@cache
def stopped() -> Array:
    """bool [65536]: characters that end a sentence, or close quotes or brackets behind its end."""
    table: Array = (_flags() & (_STOP | _WIDE_STOP)) > 0
    for character in '"\u201d\u00bb)':
        table[ord(character)] = True
    return table


def cuts(line: str, spans: Iterable[tuple[int, int]] = ()) -> list[int]:
    """Return the offsets in `line` at which a new segment begins: ascending, without 0, never at a blank.

    `spans` are stretches that rules know, [start, end): they get segments of their own. Blanks between two
    segments belong to the earlier one.

    >>> cuts("It rained, says the mayor.Read more: Floods")
    [26]
    """
    codes = code_points(line)
    begins = boundaries(codes, known_classes(codes))
    for edge in {edge for span in spans for edge in span}:
        while edge < len(line) and line[edge].isspace():
            edge += 1
        if edge < len(line):
            begins[edge] = True
    return [at for at in np.flatnonzero(begins).tolist() if line[:at].strip()]


def code_points(text: str) -> Array:
    """Return the code points of a text, uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def known_classes(codes: Array) -> Array:
    """Return the number in `alphabet.CLASSES` of each code point, uint8."""
    return (character_table().take(codes, mode="clip") & 0xFF).astype(np.uint8)


def boundaries(codes: Array, classes: Array) -> Array:
    """Return for each character whether a segment begins there, as far as characters tell.

    Lines joined by line feeds can be asked together: no rule looks across a line feed for more than the fact that
    it is a blank. Starts of lines are not reported, except by chance: they begin segments anyway.
    """
    n = len(codes)
    if not n:
        return np.zeros(0, bool)
    padded = np.full(n + 2 * _PAD, _SPACE, np.uint8)
    padded[_PAD:-_PAD] = classes
    flags = np.zeros(n + 2 * _PAD, np.uint16)
    flags[_PAD:-_PAD] = _flags().take(codes, mode="clip")
    around = np.full(n + 2 * _PAD, ord(" "), np.uint32)
    around[_PAD:-_PAD] = codes
    look = _Look(padded, flags, around)
    return look.solid(0) & (
        look.sentences() | look.glue() | look.signs() | look.brackets() | look.capitals() | look.wide_gaps()
    )


_PAD: Final = 12
_RUN: Final = 7
"""Characters in which the end of a run of capitals must show: `REKLAMA`, but not `COVID`."""
_RUN_UPPER: Final = 6
"""Capitals among them."""
_AHEAD: Final = 10
"""Characters in which the start of one must show: mostly two words."""
_AHEAD_UPPER: Final = 8
_BACK: Final = np.arange(1, _RUN + 1)
_FORTH: Final = np.arange(_AHEAD)
_TITLES: Final = [
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Sen",
    "Rep",
    "Gov",
    "Gen",
    "St",
    "Prof",
    "Rev",
    "Lt",
    "Col",
    "Sgt",
    "Capt",
    "Hon",
    "Pres",
    "No",
    "Sr",
    "Sra",
    "Srta",
    "Dra",
    "Hr",
    "Fr",
    "Mme",
    "Mlle",
    "Gral",
    "Ing",
    "Lic",
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "Aug",
    "Sept",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
    "vs",
    "al",
]


@cache
def _titles() -> Array:
    """Words of _TITLES, packed letter by letter from the last to the first, 12 bits each."""
    packed = []
    for title in _TITLES:
        value = 0
        for letter in reversed(title):
            value = value << 12 | ord(letter)
        packed.append(value)
    return np.array(sorted(packed), np.uint64)


class _Look:
    """Characters around each character: `is_(kind, by)` asks the one `by` places further on."""

    def __init__(self, classes: Array, flags: Array, codes: Array) -> None:
        self.classes, self.flags, self.codes = classes, flags, codes
        self.n = n = len(codes) - 2 * _PAD
        self.space = classes == _SPACE
        ended = (flags & _STOP) > 0
        closer = (flags & _CLOSER) > 0
        for _ in range(3):
            ended[1:] |= closer[1:] & ended[:-1]
        self.ended = ended
        """The character is a stop, or closes quotes or brackets behind one."""
        place = np.arange(len(classes), dtype=np.int32)
        last = np.maximum.accumulate(np.where(self.space, 0, place))
        self.before = np.zeros_like(last)
        self.before[1:] = last[:-1]
        """Place of the nearest character before that is no blank."""
        self.gap = (place - 1 - self.before)[_PAD : _PAD + n]
        """Blanks right before the character."""

    def part(self, values: Array, by: int = 0) -> Array:
        return values[_PAD + by : _PAD + by + self.n]

    def is_(self, kind: int, by: int = 0) -> Array:
        return np.asarray(self.part(self.classes, by) == kind)

    def has(self, flag: int, by: int = 0) -> Array:
        return np.asarray((self.part(self.flags, by) & flag) > 0)

    def solid(self, by: int) -> Array:
        return np.asarray(~self.part(self.space, by))

    def behind(self, values: Array, some: Array) -> Array:
        """Whether `values` holds for the nearest character before that is no blank; only for those of `some`."""
        found = np.zeros(self.n, bool)
        at = np.flatnonzero(some)
        found[at] = values[self.before[at + _PAD]]
        return found

    def sentences(self) -> Array:
        """After the end of a sentence, where no lower-case letter follows; scripts without blanks need none."""
        after = self.behind(self.ended, (self.gap > 0) & ~self.is_(_LOWER))
        after[self._shortened(np.flatnonzero(after))] = False
        wide = self.flags & _WIDE_STOP > 0
        closer = (self.flags & _CLOSER) > 0
        for _ in range(2):
            wide[1:] |= closer[1:] & wide[:-1]
        return after | (self.part(wide, -1) & ~self.has(_STOP) & ~self.has(_CLOSER))

    def _shortened(self, at: Array) -> Array:
        """Those of `at` that stand behind a full stop of an initial (`Joseph R. Biden`) or a title (`Sen. Warren`)."""
        stop = self.before[at + _PAD]
        letters = [self.codes[np.maximum(stop - by, 0)].astype(np.uint64) for by in range(1, 6)]
        blank = [self.space[np.maximum(stop - by, 0)] for by in range(1, 6)]
        packed = np.zeros(len(at), np.uint64)
        inside = np.ones(len(at), bool)
        for letter, empty in zip(letters, blank, strict=True):
            inside &= ~empty
            packed = np.where(inside, packed << np.uint64(12) | (letter & np.uint64(0xFFF)), packed)
        initial = (self.classes[np.maximum(stop - 1, 0)] == _UPPER) & blank[1]
        titled = np.isin(packed, _titles()) & ~inside
        return np.asarray(at[(initial | titled) & (self.codes[stop] == ord("."))])

    def glue(self) -> Array:
        """Where two texts touch without a blank."""
        upper, digit, uncased = self.is_(_UPPER), self.is_(_DIGIT), self.is_(_UNCASED)
        low = self.is_(_LOWER, 1)
        word = low | self.is_(_UPPER, 1)
        lower3 = self.is_(_LOWER, -1) & self.is_(_LOWER, -2) & self.is_(_LOWER, -3)
        letter2 = self.is_(_LOWER, -2) | self.is_(_UNCASED, -2) | self.is_(_DIGIT, -2) | ~self.has(_STOP, -1)
        ended = self.part(self.ended, -1)
        found = (upper | digit) & lower3  # deviceMedia, effortsA, device7 May
        found |= upper & low & self.is_(_DIGIT, -1) & self.is_(_DIGIT, -2)  # 2013Last
        capitals = self.is_(_UPPER, -1) & self.is_(_UPPER, -2) & self.is_(_UPPER, -3)
        found |= upper & low & self.is_(_LOWER, 2) & capitals  # UPDATESShare
        found |= ((upper & word) | uncased) & ended & letter2  # mayor.Read
        found |= digit & ended & self.is_(_LOWER, -2)  # fighters.190118182118648
        found |= (upper | uncased) & self.has(_CLOSE, -1)  # )Read
        quoted = self.has(_QUOTE) & self.is_(_UPPER, 1)
        found |= quoted & (self.is_(_LOWER, -1) | self.is_(_DIGIT, -1))  # effort"It
        return found

    def signs(self) -> Array:
        """At bullets and bars; at dashes and the like where blanks stand on both sides, or one before and a letter after."""
        bullet = self.has(_BULLET) & ~self.has(_BULLET, -1)
        spaced = (
            self.has(_SPACED_SIGN) & (self.gap > 0) & (self.part(self.space, 1) | self.has(_SPACED_SIGN, 1))
        )
        return bullet | spaced

    def brackets(self) -> Array:
        """Before an opening square bracket, and after a closing one where a sentence may begin."""
        opens = self.has(_OPEN) & (self.gap > 0)
        return opens | self.behind((self.flags & _CLOSE) > 0, (self.gap > 0) & ~self.is_(_LOWER))

    def capitals(self) -> Array:
        """Where a run of words in capitals begins or ends: at least four capitals, no lower case among them."""
        found = np.zeros(self.n, bool)
        starts = self.is_(_UPPER) | self.has(_QUOTE)
        at = np.flatnonzero(starts & (self.gap > 0)) + _PAD
        if not len(at):
            return found
        last = self.before[at] + 1
        back = self.classes[np.maximum(last[:, None] - _BACK, 0)]
        ahead = self.classes[at[:, None] + _FORTH]
        before = ((back == _UPPER).sum(1) >= _RUN_UPPER) & ~(back == _LOWER).any(1)
        after = ((ahead == _UPPER).sum(1) >= _AHEAD_UPPER) & ~(ahead == _LOWER).any(1)
        here, following = self.classes[at] == _UPPER, self.classes[at + 1]
        alone = (following == _SPACE) & (self.classes[at + 2] == _LOWER)  # REKLAMA A co
        ends = before & np.where(here, (following == _LOWER) | alone, following == _UPPER)
        begins = here & after & ~before & (self.classes[self.before[at]] != _UPPER)
        listed = self.codes[self.before[at]] == ord(",")  # BVI, VETAL
        found[at[(ends | begins) & ~listed] - _PAD] = True
        return found

    def wide_gaps(self) -> Array:
        """After two blanks and more; in scripts whose sentences end with a blank, after each."""
        return (self.gap > 1) | ((self.gap > 0) & self.has(_THAI))
