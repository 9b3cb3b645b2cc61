"""Headlines in capitals inside a text that is not: a way to set links to other stories."""

import re
from collections.abc import Mapping
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
_LOUD_SHARE: Final = 0.25
"""From this share of capitals on, a text is set in capitals, and they say nothing."""


def headlines_in_capitals(texts: Mapping[int, str], characters: int) -> list[int]:
    """Return the numbers of the headlines in capitals among parts of a document; none if much of it is in capitals.

    `characters` is the length of all parts of the document, those that cannot be such headlines too.

    >>> headlines_in_capitals({3: "JUDGE HALTS THREE COUNTIES FROM ERASING DATA"}, 1000)
    [3]
    >>> headlines_in_capitals({3: "WHY DIDN'T YOU TELL ANYBODY ELSE, HE SHOUTED."}, 1000)
    []
    """
    loud = {at: text for at, text in texts.items() if _is_in_capitals(text)}
    if sum(map(len, loud.values())) > _LOUD_SHARE * characters:
        return []
    return [at for at, text in loud.items() if _is_headline(text)]


def _is_in_capitals(text: str) -> bool:
    """Return whether a text is in capitals, and half of its letters have case.

    One Latin word does not make a Hindi line capital.
    """
    return text.isupper() and 2 * sum(map(str.isupper, text)) >= sum(map(str.isalpha, text))


def _is_headline(text: str) -> bool:
    """Return whether a text in capitals is a headline: six or more words, without a full stop, English by letters and words.

    Newspapers in Turkish, Spanish and other languages set subheadings in capitals.
    """
    return (
        len(text) >= _CHARS
        and text[-1] not in _ENDS
        and len(_WORD.findall(text)) >= _WORDS
        and sum(c.isalpha() and c > "\x7f" for c in text) <= _ACCENTS
        and len(_ENGLISH.findall(text)) >= max(1, len(_FOREIGN.findall(text)))
    )
