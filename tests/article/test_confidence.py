"""The column that says how sure the model is of a body."""

import pytest

from copydesk import Article, clean
from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.page import Block, Page, Span
from copydesk.tasks.article.confidence import confidence_of

Row = tuple[str, str, tuple[float, ...]]
"""Text, label, probabilities of the model."""


def labelled(*rows: Row, remainders: tuple[tuple[int, float], ...] = ()) -> Page:
    text = "\n".join(text for text, _, _ in rows)
    blocks, spans, at = [], [], 0
    for number, (line, label, probabilities) in enumerate(rows):
        end = at + len(line)
        blocks.append(Block(at, end, line, probabilities=probabilities))
        spans.append(Span(at, end, line, label, True, "", 1.0, number))
        at = end + 1
    decoded = DecodedText(Origin("t"), "text", text, "utf-8", "given", "v", len(text))
    return Page(decoded, text, tuple(blocks), spans=tuple(spans), remainders=remainders)


SURE, DOUBTED, GONE = ((body, 0.0, 0.0, 1 - body) for body in (0.9, 0.5, 0.01))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (labelled(("a" * 30, "paragraph", SURE), ("b" * 10, "list_item", DOUBTED)), 0.8),
        (labelled(("a" * 30, "paragraph", SURE), ("b" * 10, "share", GONE), ("c" * 9, "title", DOUBTED)), 0.9),
        (labelled(("a" * 30, "paragraph", SURE), ("b" * 10, "paragraph", DOUBTED), remainders=((1, 0.98),)), 0.92),
        (labelled(("a" * 30, "paragraph", SURE), ("b" * 10, "paragraph", ())), 0.9),
        (labelled(("a" * 30, "paragraph", ())), None),
        (labelled(("a" * 30, "share", GONE)), None),
        (labelled(("a" * 2, "paragraph", SURE), ("b", "paragraph", DOUBTED)), 0.767),
    ],
    ids=["by characters", "only the body", "without what was cut", "not judged", "no model", "no body", "rounded"],
)  # fmt: skip
def test_the_mean_is_over_the_characters_of_the_body(page: Page, expected: float | None) -> None:
    assert confidence_of(page) == expected


BODY = (
    "The harbour board met on Tuesday and put off the plan for the new quay until the spring, the clerk said. "
    "Fishermen had asked for it a year ago, after two boats were lost in a storm off the northern pier. "
)
SHARE = "Share this article on Facebook Share this article on Twitter Sign up for our daily newsletter. "


def cleaned(source: str) -> Article:
    found = clean(source)
    assert isinstance(found, Article)
    return found


def test_a_line_counts_without_what_was_cut_out_of_it() -> None:
    """Furniture in a giant line makes the body no less sure. A text of a menu would be far less sure."""
    whole, cut = cleaned(BODY + "A vote is due in May."), cleaned(BODY + SHARE + "A vote is due in May.")
    assert cut.removed_chars > 60
    for article in (whole, cut):
        assert article.quality["model_confidence"] is not None
        assert article.quality["model_confidence"] > 0.9


def test_pages_have_it_too() -> None:
    """It is the probability that decides about elements."""
    html = f"<html><body><article><h1>Quay put off</h1><p>{BODY}</p><p>{BODY}</p></article></body></html>"
    found = cleaned(html).quality["model_confidence"]
    assert found is not None
    assert 0.5 < found <= 1
    assert found == round(found, 3)
