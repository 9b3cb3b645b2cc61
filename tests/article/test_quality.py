"""Quality signals: counted in arrays, and the same as counted one by one."""

from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.article.quality import (
    _words_one_by_one,
    count_non_space,
    count_non_space_of_each,
    count_words,
    count_words_of_each,
    quality_of,
)

PIECES = [
    "The ",
    "the",
    "be_",
    " to ",
    "of.",
    "AND",
    "That",
    "have",
    "wİth",
    "with",
    "12",
    "½",
    "٣٤",
    "_",
    "é",
    "新聞",
    "\U0001f600",
    "\U00020000",
    "\n",
    "-",
    "ſ",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_words_are_counted_as_one_by_one(text: str) -> None:
    """Words are runs of `\\w` in any script, with the stop words among them."""
    assert count_words(text) == _words_one_by_one(text)


@given(st.lists(st.lists(st.sampled_from(PIECES)).map("".join)))
def test_words_of_several_texts_are_counted_as_of_each_alone(texts: list[str]) -> None:
    """No text takes words, digits or stop words from its neighbours, and an empty one has none."""
    assert count_words_of_each(texts) == [_words_one_by_one(text) for text in texts]
    assert count_non_space_of_each(texts) == [len("".join(text.split())) for text in texts]
    assert count_non_space_of_each(["x" * 999, *texts])[1:] == [len("".join(text.split())) for text in texts]


@given(
    st.text(alphabet=st.sampled_from("a \t\n\x0b\x1c\x85\xa0\u1680\u2003\u2028\u3000\u200b\U0001f600\ud800")),
    st.integers(0, 90),
)
def test_white_space_is_what_python_calls_so(text: str, times: int) -> None:
    """In short texts and in long ones."""
    assert count_non_space(text * times) == len("".join((text * times).split()))


def test_signals_by_hand() -> None:
    """Three blocks, one of them twice."""
    blocks = ["The bridge of 1921 …", "The bridge of 1921 …", "# Short"]
    text = "\n\n".join(blocks)
    signals = quality_of(blocks, count_words(text), text)
    assert signals["lines"] == 3
    assert signals["alpha_word_share"] == 1 - 2 / 9
    assert signals["stop_words"] == 2
    assert signals["symbol_word_ratio"] == 3 / 9
    assert signals["ellipsis_line_share"] == 2 / 3
    assert signals["duplicate_char_share"] == 20 / len(text)
