"""Copies of the article on its page: a rough check finds them for any script, quotation marks and white
space.
"""

import pytest

from copydesk.schemas.page import Block, Hints
from copydesk.tasks.label.copies import copies

TEXTS = {
    "Latin": [
        "The harbour board met on Tuesday and put off the plan for the new quay until the spring of next year, when its chairman will have returned.",
        "Fishermen\u2019s boats lay idle. \u201cNobody asked us,\u201d said Ann Poe, who owns two of them and rents a third.",
        "The board will meet again in March, when the engineers have shown what the quay would cost to build and who would have to pay for it.",
    ],
    "Chinese": [
        "\u6e2f\u53e3\u7ba1\u7406\u59d4\u5458\u4f1a\u661f\u671f\u4e8c\u5f00\u4f1a\uff0c\u51b3\u5b9a\u628a\u65b0\u7801\u5934\u7684\u8ba1\u5212\u63a8\u8fdf\u5230\u660e\u5e74\u6625\u5929\u518d\u8ba8\u8bba\u3002",
        "\u6e14\u6c11\u4eec\u7684\u8239\u505c\u5728\u6e2f\u91cc\uff0c\u6ca1\u6709\u4eba\u95ee\u8fc7\u4ed6\u4eec\u7684\u610f\u89c1\uff0c\u4e00\u4f4d\u8239\u4e3b\u8fd9\u6837\u8bf4\u9053\u3002",
        "\u59d4\u5458\u4f1a\u5c06\u5728\u4e09\u6708\u518d\u6b21\u5f00\u4f1a\uff0c\u90a3\u65f6\u5de5\u7a0b\u5e08\u5c06\u4f1a\u8bf4\u660e\u7801\u5934\u9700\u8981\u591a\u5c11\u94b1\u624d\u80fd\u5efa\u6210\u3002",
    ],
    "Hindi": [
        "\u092c\u0902\u0926\u0930\u0917\u093e\u0939 \u092c\u094b\u0930\u094d\u0921 \u0928\u0947 \u092e\u0902\u0917\u0932\u0935\u093e\u0930 \u0915\u094b \u092c\u0948\u0920\u0915 \u0915\u0940 \u0914\u0930 \u0928\u090f \u0918\u093e\u091f \u0915\u0940 \u092f\u094b\u091c\u0928\u093e \u091f\u093e\u0932 \u0926\u0940\u0964",
        "\u092e\u091b\u0941\u0906\u0930\u094b\u0902 \u0915\u0940 \u0928\u093e\u0935\u0947\u0902 \u0916\u093e\u0932\u0940 \u0916\u0921\u093c\u0940 \u0930\u0939\u0940\u0902 \u0914\u0930 \u0915\u093f\u0938\u0940 \u0928\u0947 \u0909\u0928\u0938\u0947 \u0915\u0941\u091b \u0928\u0939\u0940\u0902 \u092a\u0942\u091b\u093e\u0964",
        "\u092c\u094b\u0930\u094d\u0921 \u092e\u093e\u0930\u094d\u091a \u092e\u0947\u0902 \u092b\u093f\u0930 \u092e\u093f\u0932\u0947\u0917\u093e \u091c\u092c \u0907\u0902\u091c\u0940\u0928\u093f\u092f\u0930 \u0918\u093e\u091f \u0915\u0940 \u0932\u093e\u0917\u0924 \u092c\u0924\u093e\u090f\u0902\u0917\u0947\u0964",
    ],
}


TEXTS["Chinese"] += [text[:-1] + "\uff0c" + text for text in TEXTS["Chinese"]]
TEXTS["Hindi"] += [text[:-1] + ", " + text for text in TEXTS["Hindi"]]


def blocks_of(texts: list[str]) -> list[Block]:
    """Paragraphs of a page with a high probability of body."""
    return [Block(0, len(t), t, "text", Hints(tag="p"), (), (0.9, 0.0, 0.0, 0.1)) for t in texts]


@pytest.mark.parametrize("script", TEXTS)
def test_the_second_of_two_versions_goes(script: str) -> None:
    """It holds for any signs that end its sentences."""
    texts = TEXTS[script]
    first = len(texts) + 1
    assert copies(blocks_of([*texts, "Share", *texts]), 0.5) == set(range(first, first + len(texts)))


@pytest.mark.parametrize("space", ["\u00a0", "  ", "\n", "\u202f"])
def test_white_space_is_no_difference(space: str) -> None:
    """Copies have other line breaks, and other spaces between words."""
    texts = TEXTS["Latin"]
    other = [text.replace(" ", space) for text in texts]
    assert copies(blocks_of([*texts, "Share", *other]), 0.5) == {4, 5, 6}


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (TEXTS["Latin"], "nothing stands there twice"),
        (
            [*TEXTS["Latin"], "Read more about the quay.", "Read more about the quay."],
            "a short line comes again",
        ),
        ([*TEXTS["Latin"], TEXTS["Latin"][0]], "one sentence is a pull quote or a summary"),
    ],
)
def test_what_is_no_copy_stays(texts: list[str], why: str) -> None:
    """A stretch of 250 characters at least is a copy."""
    assert copies(blocks_of(texts), 0.5) == set(), why
