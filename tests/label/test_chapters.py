"""The heading of a chapter stays between two paragraphs of the story, whatever its words look like."""

import pytest
from page_kit import STORIES, article, doubted, lines, page

ALONE = {
    "bare": "<h2>{}</h2>",
    "in a wrapper": "<div class='css-9x'><h2 class='q1'>{}</h2></div>",
    "under a picture": "<figure><img src='a.jpg'><figcaption>The basin</figcaption></figure><h3>{}</h3>",
}


@pytest.mark.parametrize("language", STORIES)
@pytest.mark.parametrize("kind", ALONE)
def test_a_heading_between_two_paragraphs_stays_though_the_model_doubts_it(language: str, kind: str) -> None:
    """It is in their container, itself or by its wrapper. The ledger names the reason."""
    text = {"zh": "船主的耐心", "ar": "صبر البحارة", "hi": "नाविकों का धैर्य"}.get(language, "Tausend Tage")
    found, ledger = doubted(page(ALONE[kind].format(text), language), {text: 0.15})
    assert text in lines(found)
    assert {row.rule for row in ledger if row.text == text} == {"structure:chapter"}


def marked(headings: list[str]) -> str:
    texts = STORIES["de"][1:]
    return "".join(f"<h2>{head}</h2><p>{text}</p>" for head, text in zip(headings, texts, strict=False))


@pytest.mark.parametrize("word", ["FAQ", "Discussion", "Results", "3. Facebook"])
def test_a_word_of_a_menu_is_a_heading_among_headings(word: str) -> None:
    """The story's other headings are of its level."""
    body = marked(["The gates and the ice", "What the skippers say", word, "The bill for the bridge"])
    known = {
        "The gates and the ice": 0.9,
        "What the skippers say": 0.9,
        word: 0.7,
        "The bill for the bridge": 0.9,
    }
    found, _ = doubted(page(body), known)
    assert word in lines(found)


GONE = {
    "above a list of links": "<h2>{}</h2><ul>"
    + "".join(f"<li><a href='/{n}'>Item {n}</a></li>" for n in range(6))
    + "</ul>",
    "in a box beside": "<aside><h2>{}</h2><p>The trust was founded in the year of the flood by seven skippers.</p></aside>",
    "a link": "<h2><a href='/x'>{}</a></h2>",
    "a box of its own with a text": "<div class='box'><h2>{}</h2><p>Send us your picture of the canal by Friday noon.</p></div>",
}


@pytest.mark.parametrize("kind", GONE)
def test_other_headings_are_left_to_the_model(kind: str) -> None:
    """Near misses: no paragraph of the story's container follows, or it is a link."""
    text = "Pictures of the canal"
    _, ledger = doubted(
        page(GONE[kind].format(text)), {text: 0.15, "Send us your picture of the canal by Friday noon.": 0.1}
    )
    assert "structure:chapter" not in {row.rule for row in ledger}


def test_a_single_heading_with_a_word_of_menus_is_left_to_its_rule() -> None:
    """No other heading of its level stays."""
    found, _ = article(page("<h2>Related</h2>"))
    assert "Related" not in lines(found)
