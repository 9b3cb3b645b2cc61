"""A word alone on its line, inside a sentence, is body, whatever button it could be elsewhere."""

import pytest

import copydesk
from copydesk.schemas.article import Article

STORY = "The harbour reopened on Tuesday after a week of repairs, the port authority said."
CUT = [
    ("The minister spoke", "on", "Monday about the harbour and its debts."),
    ("The minister spoke", "more", "than an hour about the harbour and its debts."),
    ("The ministers are", "all", "from the same town on the coast, and know the harbour."),
    ("The minister has", "also", "spoken about the harbour and its debts."),
    ("Der Minister sprach", "in", "Hamburg über den Hafen und seine Schulden."),
    ("El ministro habló", "del", "puerto y de sus deudas ante el consejo."),
    ("Il ministro ha parlato", "ad", "Ancona del porto e dei suoi debiti."),
    ("Those who came were,", "most", "of them, dockers who know the harbour well."),
    ("The ministers promised their full", "support", "for the harbour and its workers."),
    ("They want to", "share", "the debts of the harbour between two towns."),
]


@pytest.mark.parametrize("lines", CUT, ids=[f"{a[:8]} {b}" for a, b, _ in CUT])
def test_a_word_inside_a_sentence_stays(lines: tuple[str, str, str]) -> None:
    """As `get_text` with line breaks writes it, after a story and before its end."""
    made = copydesk.clean("\n".join([STORY, *lines, STORY.replace("Tuesday", "Friday")]))
    assert isinstance(made, Article)
    assert made.text.split("\n\n")[1:4] == list(lines)


@pytest.mark.parametrize("button", ["Share", "share", "Read more", "more", "Print", "ADVERTISEMENT"])
def test_a_button_between_sentences_goes(button: str) -> None:
    """The line before it has ended, so it is in no sentence."""
    made = copydesk.clean("\n".join([STORY, button, STORY.replace("Tuesday", "Friday")]))
    assert isinstance(made, Article)
    assert button not in made.text.split("\n\n")


def test_a_text_with_each_word_on_its_line_keeps_them_all() -> None:
    """No word opens a list of links below it."""
    text = "the council voted on Monday to close all the old bridges in town for more than a year while engineers look at what two floods did"
    made = copydesk.clean("\n".join(text.split()))
    assert isinstance(made, Article)
    assert made.text.split() == text.split()
