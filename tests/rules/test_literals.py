"""The analysis of a pattern holds for each of its matches. Otherwise a rule would never see its lines."""

import warnings

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.rules.first_characters import opening_of, openings
from copydesk.tasks.rules.literals import reach, width
from copydesk.tasks.rules.syntax import parse

PIECES: dict[str, list[str]] = {
    "ab": ["ab", "aB"],
    "read more": ["read more", "READ MORE"],
    r"[[:digit:]]+": ["1", "123"],
    r"[[:^digit:]]": ["x", "!"],
    r"[[:alpha:]_]": ["q", "_"],
    r"[[:punct:]]{1,3}": [":", "[]!"],
    r"[[]": ["["],
    r"[]a]": ["]", "a"],
    r"[^]a]": ["z", "["],
    r"[[a]{2}": ["[a", "aa"],
    "x{,3}": ["x{,3}"],
    "(?:ab|c){,2}": ["ab{,2}", "c{,2}"],
    "x{2,}": ["xx", "xxxx"],
    r"\pL": ["k", "\u00e9"],
    r"\p{Lu}\PL": ["K1"],
    r"[\p{Greek}:]": [":", "\u03b2"],
    r"\\pL": [r"\pL", r"\pl"],
    r"\[[\]]": ["[]"],
    "(?:ab|c)?": ["", "ab", "c"],
    "[a-c]{2}": ["ab", "Cc"],
    r"[\w&&|~-]": ["&", "-", "9"],
    "b*": ["", "bb"],
    ".": ["!", "w"],
}
"""Pieces of patterns, with texts that each matches as RE2 reads it."""
CHOICES = st.sampled_from([(piece, text) for piece, texts in PIECES.items() for text in texts])


def compiled(pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


@given(st.lists(CHOICES, min_size=1, max_size=6))
def test_every_match_has_what_its_pattern_requires(parts: list[tuple[str, str]]) -> None:
    """Literals, with what may precede them; openings; the number of characters."""
    pattern = "".join(piece for piece, _ in parts)
    text = "".join(text for _, text in parts)
    assert compiled(pattern).fullmatch(text), "the pieces match as RE2 reads them"
    needed = reach(pattern)
    lower = text.lower()
    assert not needed or any(0 <= lower.find(word) <= before for word, before in needed.items())
    known = openings(pattern)
    assert not known or any(opening_of(text).startswith(each) for each in known)
    least, most = width(pattern)
    assert least <= len(text) <= most


@pytest.mark.parametrize("pattern", ["[[]", "[a&&b]", "[a||b]", "[a~~b]"])
def test_reading_a_pattern_warns_nobody(pattern: str) -> None:
    """Python warns about such sets at parse time, but the author of a pack can't change that."""
    parse.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(pattern)
