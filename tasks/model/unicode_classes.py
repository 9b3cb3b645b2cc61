"""Characters by what they do in a line of news, for any script."""

import unicodedata
from collections import defaultdict
from functools import cache
from typing import Any, Final

import numpy as np

from copydesk.tasks.text import TERMINALS, basic_plane

Array = np.ndarray[Any, Any]

CLASSES: Final = (
    "lower", "upper", "uncased", "wide", "digit",
    "space", "terminal", "comma", "colon", "quote", "bracket", "dash", "sign",
)  # fmt: skip
"""The first five make words; `wide` are the scripts that write words without spaces."""

_BY_CHARACTER: Final = {
    "terminal": TERMINALS,
    "comma": ",;\u3001\uff0c\u060c\u061b\uff1b",
    "colon": ":\uff1a",
    "quote": "\"'\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f",
    "dash": "-\u2010\u2011\u2012\u2013\u2014\u2015",
}
_WIDE: Final = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)
"""Thai, Lao, Burmese, Khmer, kana and Han; Hangul spaces its words."""


_BY_CATEGORY: Final = {
    "Ll": "lower", "Lu": "upper", "Lt": "upper", "Lo": "uncased", "Lm": "uncased", "Mn": "uncased", "Mc": "uncased",
    "Nd": "digit", "Zs": "space", "Cc": "space", "Ps": "bracket", "Pe": "bracket", "Pd": "dash",
}  # fmt: skip
"""By Unicode's general category; the others are `sign`."""


@cache
def char_classes() -> Array:
    """uint8 [65536]: the number in CLASSES of each character; beyond the basic plane: `sign`."""
    number = defaultdict(
        lambda: CLASSES.index("sign"), {kind: CLASSES.index(name) for kind, name in _BY_CATEGORY.items()}
    )
    kinds = map(unicodedata.category, basic_plane()[:0xFFFF])
    table = np.frombuffer(bytes((*map(number.__getitem__, kinds), number[""])), np.uint8).copy()
    for low, high in _WIDE:
        letters = table[low : high + 1]
        letters[letters == CLASSES.index("uncased")] = CLASSES.index("wide")
    for name, characters in _BY_CHARACTER.items():
        for character in characters:
            table[ord(character)] = CLASSES.index(name)
    return table


@cache
def lower_table() -> Array:
    """uint16 [65536]: each character in lower case, one for one."""
    table = np.arange(0x10000, dtype=np.uint16)
    for code in np.flatnonzero(
        np.isin(char_classes(), [CLASSES.index("upper"), CLASSES.index("sign")])
    ).tolist():
        low = chr(code).lower()
        if len(low) == 1:
            table[code] = ord(low)
    return table


@cache
def character_table() -> Array:
    """uint32 [65536]: class (lowest byte) and lower case (the rest) of each character, for one look-up of both."""
    return lower_table().astype("<u4") << 8 | char_classes()
