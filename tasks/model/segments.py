"""Cut lines of flat text into segments: stretches that almost never hold two kinds of text.

A scraper often stores a whole page as one line, and glues furniture to the body (`says the mayor.Read
more:`). So the model labels segments, not lines. A cut costs nothing if both sides get the same label. A
missing cut loses the body on one side or leaves the furniture on the other. So the cuts are frequent. All
rules work on character classes with numpy, over many lines at once, in time linear in the text.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from copydesk.tasks.model.arrays import is_among
from copydesk.tasks.model.unicode_classes import CLASSES, character_table

Array = np.ndarray[Any, Any]

_LOWER, _UPPER, _UNCASED, _WIDE, _DIGIT, _SPACE = (
    CLASSES.index(name) for name in ("lower", "upper", "uncased", "wide", "digit", "space")
)

_STOPS: Final = (
    ".!?\u2026\u3002\uff01\uff1f\uff61\uff0e\u061f\u06d4\u0964\u0965\u17d4\u104b\u1362\u0589\u203c\u2049"
)
_WIDE_STOPS: Final = "\u3002\uff01\uff1f\uff61\u17d4\u104b"
"""Stops of scripts without a space after a sentence."""
_CLOSERS: Final = "\"'\u2019\u201d\u00bb\u203a\u300d\u300f\u3011\u3015)]}\uff09\uff3d\u3009\u300b\u201c*_"
"""Signs that may come between a stop and the end of its sentence. German and Polish close with U+201C."""
_OPENING: Final = "[{\u3010\u3014\uff3b"
_CLOSING: Final = "]}\u3011\u3015\uff3d"
"""Brackets around text that is not part of a sentence. Round brackets mostly are."""
_BULLETS: Final = (
    "|\uff5c\u00a6\u2022\u25cf\u25cb\u25aa\u25ab\u25a0\u25a1\u25c6\u25c7\u25b6\u25ba\u25b7\u25b2\u25b3\u25bc\u25bd\u25c0\u2605\u2606\u203b\u2192\u21d2"
    "\u27a1\u2794\u261e\u2756\u2714\u2713\u00a9\u24d2\u00bb\u203a\u2023\u2043\u25e6\u00b6\u00a7\u2b50\u2b07\u2190\u21b5\u21d3\u2193\u2191"
)
_SPACED: Final = "-\u2013\u2014\u2015\u2012\u00b7\u30fb/*_+~=<>\u2212#"
"""Signs that separate only after a space."""

_QUOTES: Final = '"\u201c\u201e\u00ab'
"""Quotation marks that open in some language."""

_STOP, _WIDE_STOP, _CLOSER, _OPEN, _CLOSE, _BULLET, _SPACED_SIGN, _QUOTE = (1 << n for n in range(8))
_THAI: Final = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Scripts whose sentences end with a space."""


@cache
def _flags() -> Array:
    """Return uint8 [65536]: the role of each character at the edge of a segment.

    Characters beyond the basic plane count as a bullet, like emoji.
    """
    table = np.zeros(0x10000, np.uint8)
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
    table[0xFFFF] = _BULLET
    return table


@cache
def stopped() -> Array:
    """Return bool [65536]: characters that end a sentence, or close quotes or brackets after its end."""
    table: Array = (_flags() & (_STOP | _WIDE_STOP)) > 0
    for character in '"\u201d\u00bb)':
        table[ord(character)] = True
    return table


def cuts(line: str, spans: Iterable[tuple[int, int]] = ()) -> list[int]:
    """Return the offsets in `line` at which a new segment begins: ascending, without 0, never at a space.

    `spans` are stretches that rules know, [start, end); each gets its own segment. Spaces between two
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


def segment_starts(lines: Sequence[str]) -> list[list[int]]:
    """Return for each of several lines without line feeds what `cuts` returns, at the cost of one call.

    >>> segment_starts(["It rained.Read more: Floods", "No more."])
    [[10], []]
    """
    if not lines:
        return []
    codes = code_points("\n".join(lines))
    begins = np.flatnonzero(boundaries(codes, known_classes(codes)))
    ends = np.cumsum([len(line) + 1 for line in lines])
    parts = np.split(begins, np.searchsorted(begins, ends[:-1]))
    return [
        [at for at in (part - first).tolist() if 0 < at < len(line) and line[:at].strip()]
        for line, part, first in zip(lines, parts, [0, *ends[:-1].tolist()], strict=True)
    ]


def code_points(text: str) -> Array:
    """Return the code points of a text, uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def known_classes(codes: Array) -> Array:
    """Return the number in `alphabet.CLASSES` of each code point, uint8."""
    return (character_table().take(codes, mode="clip") & 0xFF).astype(np.uint8)


def boundaries(codes: Array, classes: Array) -> Array:
    """Return for each character whether a segment begins there, by the characters around it.

    Lines may be joined by line feeds: across a line feed a rule sees only that it is a space. Starts of lines
    are not reported, except by chance; they begin segments anyway.
    """
    n = len(codes)
    if not n:
        return np.zeros(0, bool)
    look = _Look(codes, classes)
    begins = look.wide_sentences() | look.bullets()
    begins &= look.solid[_PAD:-_PAD]
    begins[look.glued()] = True
    starts = look.starts
    found = look.sentences() | look.signs() | look.brackets() | look.capitals() | look.wide_gaps()
    begins[starts[found] - _PAD] = True
    return begins


_PAD: Final = 12
_RUN: Final = 7
"""Characters that must show the end of a run of capitals: `REKLAMA`, but not `COVID`."""
_RUN_UPPER: Final = 6
"""Capitals among them."""
_AHEAD: Final = 10
"""Characters that must show the start of such a run: mostly two words."""
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
    """Return the words of _TITLES, packed letter by letter from the last to the first, 12 bits each."""
    packed = []
    for title in _TITLES:
        value = 0
        for letter in reversed(title):
            value = value << 12 | ord(letter)
        packed.append(value)
    return np.array(sorted(packed), np.uint64)


class _Look:
    """The surroundings of the characters that may begin a segment.

    Most rules check the first character of a word and the last one of the word before: they run word by word.
    The others run over the bytes of all characters. Places count from _PAD spaces before the text.
    """

    def __init__(self, codes: Array, classes: Array) -> None:
        self.codes = codes
        self.classes = np.full(len(codes) + 2 * _PAD, _SPACE, np.uint8)
        self.classes[_PAD:-_PAD] = classes
        self.flags = np.zeros(len(codes) + 2 * _PAD, np.uint8)
        self.flags[_PAD:-_PAD] = _flags().take(codes, mode="clip")
        self.solid = self.classes != _SPACE
        closer = self.has(_CLOSER)
        ended = self.has(_STOP)
        for _ in range(3):
            ended[1:] |= closer[1:] & ended[:-1]
        self.ended = ended
        """Whether the character is a stop, or closes quotes or brackets after one."""
        edges = np.flatnonzero(self.solid[1:] != self.solid[:-1])
        self.starts = edges[::2] + 1
        """Places of the first character of each word. Words are the text between spaces."""
        self.before = np.concatenate(([0], edges[1::2]))[: len(self.starts)]
        """For each of them, the place of the nearest character before that is not a space."""
        self.gap = self.starts - self.before - 1
        """Number of spaces between the two."""
        self.first = self.classes[self.starts]
        self.last = self.classes[self.before]

    def has(self, flag: int) -> Array:
        return np.asarray((self.flags & flag) != 0)

    def at(self, places: Array) -> Array:
        """Code points, with spaces outside the text."""
        inside = (places >= _PAD) & (places < _PAD + len(self.codes))
        return np.asarray(np.where(inside, self.codes.take(places - _PAD, mode="clip"), np.uint32(ord(" "))))

    def sentences(self) -> Array:
        """Cut after the end of a sentence, unless a lower-case letter follows."""
        after = self.ended[self.before] & (self.first != _LOWER)
        after[self._shortened(np.flatnonzero(after))] = False
        return np.asarray(after)

    def _shortened(self, words: Array) -> Array:
        """Return those of some words that follow the full stop of an initial (`Joseph R.

        Biden`) or a title (`Sen. Warren`).
        """
        words = words[self.at(self.before[words]) == ord(".")]
        stop = self.before[words]
        initial = (self.classes[np.maximum(stop - 1, 0)] == _UPPER) & ~self.solid[np.maximum(stop - 2, 0)]
        packed = np.zeros(len(words), np.uint64)
        inside = np.ones(len(words), bool)
        for by in range(1, 6):
            letters = np.maximum(stop - by, 0)
            inside &= self.solid[letters]
            packed = np.where(
                inside,
                packed << np.uint64(12) | (self.at(letters).astype(np.uint64) & np.uint64(0xFFF)),
                packed,
            )
        return np.asarray(words[initial | (is_among(packed, _titles()) & ~inside)])

    def wide_sentences(self) -> Array:
        """Cut after the end of a sentence in scripts that need no space, for all characters."""
        wide = self.has(_WIDE_STOP)
        if not wide.any():
            return np.zeros(len(self.codes), bool)
        closer = self.has(_CLOSER)
        for _ in range(2):
            wide[1:] |= closer[1:] & wide[:-1]
        return np.asarray(wide[_PAD - 1 : -_PAD - 1] & ~self.has(_STOP | _CLOSER)[_PAD:-_PAD])

    def bullets(self) -> Array:
        """Cut at bullets and bars, for all characters."""
        bullet = self.has(_BULLET)
        return np.asarray(bullet[_PAD:-_PAD] & ~bullet[_PAD - 1 : -_PAD - 1])

    def glued(self) -> Array:
        """Cut where two texts touch without a space. The result is offsets in the text."""
        kinds, ended, closing = self.classes, self.ended, self.has(_CLOSE)
        here, stops = kinds[_PAD:-_PAD], (ended | closing)[_PAD - 1 : -_PAD - 1]
        some = ((here == _UPPER) | (here == _DIGIT) | self.has(_QUOTE)[_PAD:-_PAD]) & self.solid[
            _PAD - 1 : -_PAD - 1
        ]
        at = np.flatnonzero(some | ((here == _UNCASED) & stops)) + _PAD
        here, one, two, three = (kinds[at - by] for by in range(4))
        following = kinds[at + 1]
        upper, digit, uncased = here == _UPPER, here == _DIGIT, here == _UNCASED
        low = following == _LOWER
        letter2 = (two == _LOWER) | (two == _UNCASED) | (two == _DIGIT) | ((self.flags[at - 1] & _STOP) == 0)
        ended = ended[at - 1]
        found = (
            (upper | digit) & (one == _LOWER) & (two == _LOWER) & (three == _LOWER)
        )  # deviceMedia, device7 May
        found |= upper & low & (one == _DIGIT) & (two == _DIGIT)  # 2013Last
        capitals = (one == _UPPER) & (two == _UPPER) & (three == _UPPER)
        found |= upper & low & (kinds[at + 2] == _LOWER) & capitals  # UPDATESShare
        found |= ((upper & (low | (following == _UPPER))) | uncased) & ended & letter2  # mayor.Read
        found |= digit & ended & (two == _LOWER)  # fighters.190118182118648
        found |= (upper | uncased) & closing[at - 1]  # )Read
        quoted = ((self.flags[at] & _QUOTE) != 0) & (following == _UPPER)
        found |= quoted & ((one == _LOWER) | (one == _DIGIT))  # effort"It
        return np.asarray(at[found] - _PAD)

    def signs(self) -> Array:
        """Cut at dashes and similar signs between spaces, or after a space and before another such sign."""
        words = np.flatnonzero(self.flags[self.starts] & _SPACED_SIGN)
        after = self.starts[words] + 1
        found = np.zeros(len(self.starts), bool)
        found[words] = ~self.solid[after] | ((self.flags[after] & _SPACED_SIGN) != 0)
        return found

    def brackets(self) -> Array:
        """Cut before an opening square bracket, and after a closing one if a sentence may begin there."""
        opens = (self.flags[self.starts] & _OPEN) != 0
        return np.asarray(opens | (((self.flags[self.before] & _CLOSE) != 0) & (self.first != _LOWER)))

    def capitals(self) -> Array:
        """Cut where a run of words in capitals begins or ends: four capitals or more, no lower case."""
        found = np.zeros(len(self.starts), bool)
        upper = self.first == _UPPER
        likely = (self.last == _UPPER) | (self.classes[np.maximum(self.before - 1, 0)] == _UPPER)
        likely |= (
            upper & (self.classes[self.starts + 1] != _LOWER) & (self.classes[self.starts + 2] != _LOWER)
        )
        likely &= upper | ((self.flags[self.starts] & _QUOTE) != 0)
        words = np.flatnonzero(likely)
        if not len(words):
            return found
        at, last = self.starts[words], self.before[words]
        back = self.classes[np.maximum(last[:, None] + 1 - _BACK, 0)]
        ahead = self.classes[at[:, None] + _FORTH]
        before = ((back == _UPPER).sum(1) >= _RUN_UPPER) & ~(back == _LOWER).any(1)
        after = ((ahead == _UPPER).sum(1) >= _AHEAD_UPPER) & ~(ahead == _LOWER).any(1)
        here, following = upper[words], self.classes[at + 1]
        alone = (following == _SPACE) & (self.classes[at + 2] == _LOWER)  # REKLAMA A co
        ends = before & np.where(here, (following == _LOWER) | alone, following == _UPPER)
        begins = here & after & ~before & (self.last[words] != _UPPER)
        found[words] = (ends | begins) & (self.at(last) != ord(","))  # BVI, VETAL
        return found

    def wide_gaps(self) -> Array:
        """Cut after two or more spaces; in scripts whose sentences end with a space, after each."""
        found = self.gap > 1
        codes = self.at(self.starts)
        thai = np.flatnonzero(codes >= _THAI[0][0])
        for low, high in _THAI:
            found[thai] |= (codes[thai] >= low) & (codes[thai] <= high)
        return np.asarray(found)
