"""All characters that end sentences and clauses, in every script in which news is written.

Sources: the Unicode property Sentence_Terminal, without scripts that are no longer written. Thai and Lao end
sentences with a space, so nothing here shows where a Thai sentence ends.
"""

from typing import Final

FULL_STOPS: Final = (
    ".!?"
    "\u3002\uff01\uff1f\uff0e\uff61\ufe52\ufe56\ufe57"  # Chinese, Japanese; small and half-width forms
    "\u203c\u203d\u2047\u2048\u2049"  # doubled and joined marks
    "\u0589\u055c\u055e"  # Armenian: full stop, exclamation, question
    "\u061f\u06d4\u061d\u061e"  # Arabic question mark, Urdu full stop
    "\u0700\u0701\u0702"  # Syriac
    "\u0964\u0965"  # danda of Hindi, Bengali, Marathi, Nepali and other scripts of India
    "\u0df4"  # Sinhala
    "\u104a\u104b"  # Burmese
    "\u1362\u1367\u1368"  # Ethiopic
    "\u17d4\u17d5"  # Khmer
    "\u1803\u1809"  # Mongolian
    "\u0f0d\u0f0e"  # Tibetan shad
    "\u1c7e\u1c7f"  # Santali
    "\ua92f\uabeb"  # Kayah Li, Meitei
)
"""Characters that end a sentence."""
ELLIPSES: Final = "\u2026"
TERMINALS: Final = FULL_STOPS + ELLIPSES
"""Characters that end a sentence or break it off."""
CLAUSE_ENDS: Final = TERMINALS + ":;,\uff1a\uff1b\uff0c\u3001\u060c\u061b\u1363\u1364\u1365"
"""Characters after which a line is no headline: those that end a sentence, and colon, semicolon and comma."""
CLOSING_QUOTES: Final = "\"'\u2019\u201d\u00bb\u203a\u300d\u300f"
CLOSERS: Final = CLOSING_QUOTES + ")]\uff09\u3011\u300b"
"""Characters that may follow the last character of a sentence."""


def ends_sentence(text: str) -> bool:
    """Return whether a text ends a sentence. Quotation marks and brackets at its end are skipped.

    >>> ends_sentence("He left.)"), ends_sentence("\u0935\u0939 \u0917\u092f\u093e\u0964"), ends_sentence("The port,")
    (True, True, False)
    """
    return text.rstrip(CLOSERS)[-1:] in _TERMINALS


_TERMINALS = frozenset(TERMINALS)
