"""The matrix of phrases: complete, well formed, and silent about its own near misses."""

import pytest

from copydesk.tasks.rules.phrase_matrix import (
    FAMILIES,
    ROLES,
    empty_cells,
    find_phrases,
    load_matrix,
    phrases_alone,
    phrases_first,
)

MATRIX = load_matrix()


def test_no_cell_of_the_matrix_is_empty() -> None:
    """Nineteen families times thirty-one languages have a phrase each; a gap is named."""
    assert len(MATRIX) == 31
    assert empty_cells() == []


@pytest.mark.parametrize("language", sorted(MATRIX))
def test_a_language_file_holds_what_it_may(language: str) -> None:
    """Tables are families, keys are roles or near misses, values are lists of text."""
    for family, cell in MATRIX[language].items():
        assert family in FAMILIES
        assert set(cell) <= {*ROLES, "keep"}
        assert cell["keep"], f"{language}/{family} has no near miss"
        for role, texts in cell.items():
            for text in texts:
                assert text, f"{language}/{family}/{role} holds an empty phrase"
                assert "\n" not in text, f"{language}/{family}/{role}: {text!r}"


@pytest.mark.parametrize("language", sorted(MATRIX))
def test_a_near_miss_is_no_phrase_by_itself(language: str) -> None:
    """A sentence of an article may contain an opener's words, but it is not a button."""
    for family, cell in MATRIX[language].items():
        for sentence in cell["keep"]:
            assert not phrases_alone(sentence), f"{language}/{family}: {sentence}"


@pytest.mark.parametrize(
    ("text", "start", "family"),
    [
        ("said the mayor.Read more: Quay", 15, "related"),
        ("UPDATESShare this article", 7, "share"),
        ("2013Last updated at 18:47", 4, "dateline"),
        ("dit-il. \u00c0 lire aussi : Le quai", 8, "related"),
        ("A LIRE AUSSI Le quai", 0, "related"),
        ("\u8bb0\u8005\u8bf4\u3002\u5ef6\u4f38\u9605\u8bfb\uff1a\u7801\u5934", 4, "related"),
        ("\ub9d0\ud588\ub2e4.\u25b6\uad00\ub828\uae30\uc0ac", 4, "related"),
        (
            "\u0643\u0645\u0627 \u0642\u0627\u0644. \u0627\u0642\u0631\u0623 \u0623\u064a\u0636\u0627: \u0627\u0644\u0645\u064a\u0646\u0627\u0621",
            9,
            "related",
        ),
    ],
)
def test_a_phrase_is_found_where_it_is_glued(text: str, start: int, family: str) -> None:
    """In words without a space between them, capitals, and scripts without spaces, the match begins with the
    phrase.
    """
    assert any(match.start == start and match.meanings[0].family == family for match in find_phrases(text))


@pytest.mark.parametrize(
    "text", ["He has spread more butter.", "subscribed to ourselves", "Bread next to cheese"]
)
def test_a_part_of_a_word_is_no_phrase(text: str) -> None:
    """A phrase begins and ends with a word."""
    assert find_phrases(text) == []


@pytest.mark.parametrize(
    "text", ["Share", "SHARE (12)", "| Tweet |", "Publicit\u00e9", "\u5206\u4eab", "\uad11\uace0"]
)
def test_a_button_is_known_when_it_stands_alone(text: str) -> None:
    """Signs around it and figures after it don't matter."""
    assert phrases_alone(text)


def test_a_short_opener_is_known_where_a_stretch_begins() -> None:
    """`By` opens a byline; inside a sentence it is not looked for."""
    assert {p.family for p in phrases_first("By Anna Berg")} == {"byline"}
    assert not any(p.family == "byline" for m in find_phrases("stopped by the river") for p in m.meanings)
