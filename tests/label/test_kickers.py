"""Captions that open with words in capitals and a colon, and lines that only look like them."""

import pytest

from copydesk import Article, clean
from copydesk.schemas.page import Block
from copydesk.tasks.label.kickers import kickers

STORY = "The board met on Tuesday and put off the plan for the new quay until the spring."
WAITING = "WAITING: Passengers stand in line at the ferry on Monday morning."
EMPTY = "EMPTY SHELVES: The shop in the harbour had sold all its bread by noon."
CLOSED = "CLOSED: The gate of the old quay, seen from the hill in autumn."
CAPTIONS = [STORY, WAITING, STORY, EMPTY, STORY, CLOSED]

CASES: dict[str, tuple[list[str], set[int]]] = {
    "captions between paragraphs": (CAPTIONS, {1, 3, 5}),
    "in another script": ([STORY, "\u041e\u0411\u0421\u0422\u0420\u0415\u041b: \u041f\u043e\u0436\u0430\u0440\u043d\u044b\u0435 \u0442\u0443\u0448\u0430\u0442 \u0434\u043e\u043c \u0432 \u0446\u0435\u043d\u0442\u0440\u0435 \u0433\u043e\u0440\u043e\u0434\u0430.", STORY, EMPTY, STORY, CLOSED], {1, 3, 5}),
    "one alone may be a dateline": (["DUNMORE: The board met on Tuesday and put off the plan.", STORY, STORY], set()),
    "two may be notices": (["UPDATE: The board has put off the plan until the spring.", STORY, "CORRECTION: The quay is older than this text said at first."], set()),
    "numbers make no other words": ([STORY, "UPDATE 1: The board has met in the town hall.", STORY, "UPDATE 2: The board has put off the plan.", STORY, "UPDATE 3: The mayor has gone home for the day.", STORY], set()),
    "speakers recur": ([STORY, CLOSED, STORY, "BERG: We have waited for this quay for ten years now.", STORY, "BERG: And we will wait no longer than we must.", STORY], set()),
    "an interview stands together": ([CLOSED, "PAPER: What happened on the ferry that night?", "BERG: We heard a bang, and then the lights went out."], set()),
    "points of a list have no stop": ([STORY, CLOSED, STORY, "ONE: The quay is older than the town itself", STORY, "TWO: Nobody knows who will pay for the works", STORY], set()),
    "a headline in capitals": ([STORY, CLOSED, STORY, "FERRY CRISIS: BOARD PUTS OFF THE NEW QUAY AGAIN.", STORY, "QUAY: WHO WILL PAY FOR ALL OF IT IN THE END?", STORY], set()),
    "a sentence with a colon": ([STORY, CLOSED, STORY, "The NATO: It was founded in the year of 1949.", STORY, "A word on GDP: It grew by two in a hundred.", STORY], set()),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES)
def test_captions_by_their_form(lines: list[str], expected: set[int]) -> None:
    blocks = [Block(0, len(line), line) for line in lines]
    assert kickers(blocks, [True] * len(blocks)) == expected


def test_what_a_rule_has_claimed_is_left_to_it() -> None:
    blocks = [Block(0, len(line), line) for line in CAPTIONS]
    assert kickers(blocks, [True, False, True, True, True, True]) == {3, 5}


def test_elements_of_a_page_have_captions_of_their_own() -> None:
    blocks = [Block(0, len(line), line, "text") for line in CAPTIONS]
    assert kickers(blocks, [True] * len(blocks)) == set()


def test_they_become_captions_of_the_article() -> None:
    """The words in capitals stay with what they introduce."""
    article = clean("\n\n".join(CAPTIONS))
    assert isinstance(article, Article)
    assert [caption.text for caption in article.captions] == [WAITING, EMPTY, CLOSED]
    assert article.text == "\n\n".join([STORY] * 3)
