"""Literals that are searched for together: the first texts and the later ones get the same answer."""

from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.rules import literal_search
from copydesk.tasks.rules.literal_search import LiteralSearch

LITERALS = st.lists(st.text("abé字 ", min_size=1, max_size=5), min_size=1, max_size=12, unique=True)


def by_hand(literals: list[str], text: str) -> list[tuple[int, int, int]]:
    """Every place of every literal."""
    return sorted(
        (number, at, at + len(literal))
        for number, literal in enumerate(literals)
        for at in range(len(text))
        if text.startswith(literal, at)
    )


@given(LITERALS, st.text("abé字 ", max_size=40))
def test_few_characters_and_many_are_searched_alike(literals: list[str], text: str) -> None:
    """Overlapping literals, literals inside others, letters of several bytes: numbers and places are the same."""
    search = LiteralSearch(literals)
    assert sorted(search.find(text)) == by_hand(literals, text)
    search.prepare()
    assert sorted(search.find(text)) == by_hand(literals, text)


def test_the_automaton_is_built_when_there_is_much_text() -> None:
    """A process with many documents builds it by itself, and a single long text is enough."""
    search = LiteralSearch(["more"])
    for _ in range(literal_search._FEW // 1000):
        search.find("x" * 1000)
        assert search._automaton is None
    search.find("more" * 1000)
    assert search._automaton is not None
    long = LiteralSearch(["more"])
    assert len(long.find("more " * literal_search._FEW)) == literal_search._FEW
    assert long._automaton is not None
