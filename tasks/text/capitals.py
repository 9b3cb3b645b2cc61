"""Headlines in capitals inside a text that is not: a way to set links to other stories."""

import re
from typing import Final

_WORD: Final = re.compile(r"\w+")
_CHARS, _WORDS = 30, 6
_ENDS: Final = frozenset('.!,*0123456789"\u201d')
"""Last signs of a line in capitals that is not a headline: a stop, a quotation mark, a frame of stars, the
last column of a table."""
_ACCENTS: Final = 1
"""Most letters with accents in an English headline (`FIANC\u00c9E`)."""
_ENGLISH: Final = re.compile(
    r"\b(?:AFTER|AGAINST|AND|ARE|AT|BY|FOR|FROM|HER|HIS|IS|OF|OVER|THE|THEIR|TO|WILL|WITH)\b"
)
_FOREIGN: Final = re.compile(
    r"\b(?:CHE|CON|DAS|DE|DEI|DEL|DELLA|DEN|DER|DES|DI|DIE|DO|DOS|DU|EL|EM|EN|ET|GLI|HET|IL|JEST|LA|LAS|LES|LOS|MIT|NIE|PARA|"
    r"POR|POUR|QUE|SUR|UN|UNA|UND|UNE|VAN|VON|Y)\b"
)
"""Words of other languages. A headline in English has at least one word of the first list, and no more of these."""
LOUD_SHARE: Final = 0.25
"""From this share of capitals on, a text is set in capitals, and they say nothing."""


def is_in_capitals(text: str) -> bool:
    """Return whether a text is in capitals, and half of its letters have case.

    One Latin word does not make a Hindi line capital.
    """
    return text.isupper() and 2 * sum(map(str.isupper, text)) >= sum(map(str.isalpha, text))


def is_headline_in_capitals(text: str) -> bool:
    """Return whether a text in capitals is a headline: six or more words, without a full stop.

    Only for texts that are English by their letters and words: newspapers in Turkish, Spanish and other
    languages set subheadings in capitals.

    >>> is_headline_in_capitals("JUDGE HALTS THREE COUNTIES FROM ERASING DATA")
    True
    >>> is_headline_in_capitals("WHY DIDN'T YOU TELL ANYBODY ELSE, HE SHOUTED.")
    False
    """
    return (
        len(text) >= _CHARS
        and is_in_capitals(text)
        and text[-1] not in _ENDS
        and len(_WORD.findall(text)) >= _WORDS
        and sum(c.isalpha() and c > "\x7f" for c in text) <= _ACCENTS
        and len(_ENGLISH.findall(text)) >= max(1, len(_FOREIGN.findall(text)))
    )
