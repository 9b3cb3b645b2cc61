"""Patterns of RE2: the shorter form for ASCII text finds what the pattern itself finds."""

import re2
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.rules.loading import load
from copydesk.tasks.rules.syntax import for_ascii

PIECES = [
    r"\pL", r"\PL", r"\p{Lu}", r"\p{^Lu}", r"[\p{Ll}'-]", r"[^\p{Lu}]", r"[^\PL]", r"[\p{Han}]", r"[^\p{Han}x]", r"\p{Greek}",
    r"[\pL-z]", r"[]\pL]", r"[^]\pN]", r"[[:alpha:]\p{Nd}]", r"[[\pP]", r"\\pL", r"(?i:\p{Lu}k)", r"(?i:[^\p{Ll}])", r"(?-i:\p{Lu})",
    "a", "Sk", "[.!?]", ".", "(?:b|c)", r"\b", r"\d", "-",
]  # fmt: skip
ASCII = st.text(st.characters(max_codepoint=127), max_size=12)


def found(pattern: str, text: str, *, case: bool) -> list[tuple[int, int]]:
    options = re2.Options()
    options.case_sensitive = case
    return [hit.span() for hit in re2.compile(pattern, options).finditer(text)]


@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", "*", "+?", "{2,3}", "?"])), max_size=5),
    st.one_of(ASCII, st.text("aAbBkKsSzZ .-]1p\\", max_size=12)),
    st.booleans(),
)
def test_the_form_for_ascii_finds_the_same(parts: list[tuple[str, str]], text: str, case: bool) -> None:
    """Same places, with and without case, in sets and outside, negated and not."""
    pattern = "".join(
        piece + ("" if piece == r"\b" else repeat) for piece, repeat in parts if piece != "\\b" or not repeat
    )
    assert found(for_ascii(pattern), text, case=case) == found(pattern, text, case=case)


def test_quoted_parts_are_no_classes() -> None:
    """A pattern with `\\Q`, or with a negated class, stays as it is."""
    assert for_ascii(r"[\PL1]") == r"[\PL1]"
    assert for_ascii(r"\Q\pL\E\pL") == r"\Q\pL\E\pL"


def test_all_rules_compile_in_the_form_for_ascii() -> None:
    """No shipped pattern becomes one that RE2 refuses, and none keeps a class."""
    for rule in load().rules:
        short = for_ascii(rule.pattern)
        assert r"\p" not in short, rule.id
        found(short, "", case=rule.case)
