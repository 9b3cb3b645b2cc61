"""Patterns that are compiled at their first use: as good as `re.Pattern`, and compiled once."""

import re

import pytest

from copydesk.tasks.text.patterns import LazyPattern, lazy_pattern


def test_a_lazy_pattern_does_what_the_pattern_does() -> None:
    """All methods and attributes, with flags and with a function that makes the text."""
    plain = re.compile(r"(?P<word>\w+) more", re.IGNORECASE)
    lazy = lazy_pattern(lambda: r"(?P<word>\w+) more", re.IGNORECASE)
    text = "Read more, SEE MORE"
    assert lazy.findall(text) == plain.findall(text)
    assert [hit.span("word") for hit in lazy.finditer(text)] == [(0, 4), (11, 14)]
    assert lazy.sub("-", text) == plain.sub("-", text)
    assert lazy.split(text) == plain.split(text)
    assert (lazy.pattern, lazy.flags, lazy.groups, lazy.groupindex) == (
        plain.pattern,
        plain.flags,
        plain.groups,
        plain.groupindex,
    )
    with pytest.raises(AttributeError):
        lazy.matches  # type: ignore[attr-defined]  # noqa: B018


def test_it_is_compiled_at_the_first_use_and_once() -> None:
    """Making one costs nothing."""
    made: list[str] = []

    def source() -> str:
        made.append("x")
        return "x"

    lazy = LazyPattern(source, 0)
    assert not made
    for _ in range(3):
        assert lazy.search("x")
        assert not lazy.match("y")
    assert made == ["x"]
