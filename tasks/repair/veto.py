"""Veto repairs of sound pairs of characters that look like mojibake but are no evidence of it by themselves.

`Ã”` is how `Ô` looks when its UTF-8 is read as Windows-1252; it is also how every Portuguese quotation in
capitals ends (`“AMANHÃ”`). Languages that write words in capitals with such a letter at the end (Portuguese,
Vietnamese, French, Romanian, Turkish, Czech, ...) put quotes, dashes and spaces after it. So one such pair,
after capitals and at the end of its word, is left alone unless the text around it is broken as well. The
cost: a lone `METRÃ”` stays broken.
"""

from collections.abc import Iterator
from typing import Final

from copydesk.tasks.text import lazy_pattern

_QUOTES: Final = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_RUNS_ON: Final = "\u2013\u2014\u2026\u00a0"
"""Characters that a letter may follow: dashes, the ellipsis, the no-break space."""
_SIGNS: Final = "\u2022\u2122\u2020\u2021\u00a9\u00ae\u00b0\u00b7\u00b9\u00b2\u00b3"
_LETTER: Final = r"[^\W\d_]"
_PAIR: Final = lazy_pattern(
    rf"(?<!\w)({_LETTER}*(?=[\u0080-\U0010ffff]){_LETTER})(?:([{_QUOTES}{_SIGNS}])(?!{_LETTER})|([{_RUNS_ON}]))"
)
_PARTNERS: Final = {
    "\u201d": "\u201c\u201e\u201d",
    "\u201c": "\u201e",
    "\u2019": "\u2018\u201a",
    "\u2018": "\u201a",
    "\u00bb": "\u00ab",
    "\u00ab": "\u00bb",
    "\u203a": "\u2039",
    "\u2039": "\u203a",
}
"""A closing quote, and the quotes that open it in various languages."""
_FAR: Final = 300
"""Number of characters before a closing quote in which its partner is searched."""
_FIRM: Final = 3
"""Minimum letters of a word in capitals before a no-break space or a sign: shorter ones are more likely
`L\u00e0`, `O\u00d9`."""


def partnered(text: str) -> list[int]:
    """Return positions between a letter and a closing quote that has its opening quote before it.

    Text that was decoded wrongly has wrong opening quotes as well: `â€œPALETÃ”`.

    >>> partnered("“AMANHÃ”, diz"), partnered("METRÃ” FECHA")
    ([7], [])
    """
    return [at for at in _places(text) if _opened(text, at)]


def lone(text: str) -> list[int]:
    """Return positions between letter and sign that are no evidence of mojibake without further evidence.

    >>> lone("METRÃ” FECHA"), lone("dÃ©cidÃ©"), lone("3 Ã— 4")
    ([5], [], [])
    """
    return [at for at in _places(text) if text[at - 2 : at - 1].isalpha() or _opened(text, at)]


def _places(text: str) -> Iterator[int]:
    """Yield the position after the last letter of each word in capitals that a sign follows."""
    for pair in _PAIR.finditer(text):
        word = pair[1]
        sign = text[pair.end(1)]
        firm = len(word) >= _FIRM or (sign != "\u00a0" and sign not in _SIGNS)
        if word.isupper() and word[-1].isalpha() and firm:
            yield pair.end(1)


def _opened(text: str, at: int) -> bool:
    """Return whether the quote at a position closes an earlier one, with none of its kind between."""
    openers = _PARTNERS.get(text[at], "")
    before = text[max(0, at - _FAR) : at]
    last = max((before.rfind(opener) for opener in openers), default=-1)
    return last >= 0 and text[at] not in before[last + 1 :]


def parts(text: str, places: list[int]) -> Iterator[str]:
    """Yield the parts of a text cut at some positions, so that no part contains a pair."""
    for start, end in zip([0, *places], [*places, len(text)], strict=True):
        yield text[start:end]
