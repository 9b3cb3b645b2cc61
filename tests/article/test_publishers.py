"""Publishers: named by evidence, never guessed from the form of a line."""

from functools import cache
from pathlib import Path

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.page import Span
from copydesk.schemas.settings import Settings
from copydesk.tasks.article.publishers import publishers_named
from copydesk.tasks.pipeline import CleaningContext, clean

SAMPLES = Path(__file__).parents[1].parent / "data" / "samples"


@cache
def context() -> CleaningContext:
    """The shipped rules and models, opened once."""
    return CleaningContext.open((), Settings())


def test_a_text_with_furniture_of_a_known_form_has_no_publisher() -> None:
    """The sample is signed by another paper; only its captions have the form of one publisher's."""
    made = clean(
        RawDocument(Origin("a"), (SAMPLES / "crane-readme.txt").read_bytes(), "text"), context()
    ).result
    assert isinstance(made, Article)
    assert made.publisher == ""


@pytest.mark.parametrize(
    ("text", "label", "names"),
    [
        ("Follow Example News on Facebook", "share", {"Example News"}),
        ("FOLLOW EXAMPLE NEWS", "share", {"Example News"}),
        ("Media caption", "caption", set()),
        ("Image copyright Example News", "caption", set()),
        ("Sign up for the newsletter", "newsletter", set()),
        ("Follow Example Newsroom", "share", set()),
    ],
)
def test_furniture_must_name_the_publisher(text: str, label: str, names: set[str]) -> None:
    """A whole name in furniture counts; a form, a part of a word, or the credit of a picture does not."""
    span = Span(0, len(text), text, label, False, "a/b", 1.0, 0)
    assert publishers_named([span], {"a/b": "Example News"}) == names
