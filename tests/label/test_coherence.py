"""Sentences with the shape of the body's paragraphs stay at any probability; captions and choices of forms go at any."""

import pytest
from page_kit import STORIES, article, doubted, lines, page

LINKED = {
    "en": "The trust has kept the minutes of all its meetings since the spring of 1911.",
    "de": "Der Verband hat die Protokolle aller seiner Sitzungen seit 1911 aufbewahrt.",
    "hi": "न्यास ने 1911 के वसंत से अपनी सभी बैठकों के विवरण संभाल कर रखे हैं।",
    "zh": "管理局保存了自一九一一年春天以来所有会议的记录，任何人都可以查阅。",
}


@pytest.mark.parametrize("language", LINKED)
@pytest.mark.parametrize("body", ["article", "divs", "sections"])
def test_a_linked_sentence_between_paragraphs_of_its_shape_stays(language: str, body: str) -> None:
    """Whatever the model says. The ledger names the reason."""
    text = LINKED[language]
    html = page(f"<p><a href='/minutes'>{text}</a></p>", language, body)
    found, ledger = doubted(html, {text: 0.04})
    assert text in lines(found)
    assert {row.rule for row in ledger if row.text == text} == {"structure:coherent"}


@pytest.mark.parametrize("language", STORIES)
@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_paragraph_among_its_like_stays(language: str, at: int) -> None:
    """The first one, one between two others, and the last one."""
    text = STORIES[language][1 + at]
    found, _ = doubted(page("", language), {text: 0.04})
    assert [text for text in STORIES[language][1:] if text not in lines(found)] == []


@pytest.mark.parametrize(
    "wrapper", ["<div class='block--{0} p'><p>{1}</p></div>", "<div><p class='a-{0} 1 {0}'>{1}</p></div>"]
)
def test_paragraphs_in_wrappers_of_their_own_are_alike(wrapper: str) -> None:
    """Sites number the wrappers of their paragraphs, or the paragraphs."""
    title, *texts = STORIES["en"]
    body = "".join(wrapper.format(n, text) for n, text in enumerate(texts))
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><div>{body}</div></article></body></html>"
    for text in (texts[2], texts[-1]):
        found, _ = doubted(html, {text: 0.04})
        assert lines(found) == texts


def test_paragraphs_that_share_class_words_are_alike_in_any_container() -> None:
    """The other words of their classes are drawn by chance. What has none of the shared words is decided by the model."""
    title, *texts = STORIES["de"]
    words = ("k1x", "qq zw 7", "r3", "b-9 m", "vv", "t0 p")
    marked = [f"<p class='story-text par {word}'>{text}</p>" for word, text in zip(words, texts, strict=True)]
    body = f"<div>{''.join(marked[:4])}</div><div><div>{marked[4]}</div></div><section>{marked[5]}</section>"
    card = "Unsere Redaktion beantwortet jeden Donnerstag Ihre Fragen zum Kanal und zu den Schleusen."
    html = (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}"
        f"<section><p class='teaser'>{card}</p></section></article></body></html>"
    )
    found, ledger = doubted(html, {texts[4]: 0.04, texts[5]: 0.04, card: 0.04})
    assert lines(found) == texts
    assert {row.rule for row in ledger if row.text in texts[4:]} == {"structure:coherent"}


def test_what_has_another_shape_or_no_end_goes() -> None:
    """The model decides about a box of its own, and about a line of links without a full stop."""
    sentence = "Our editors answer your questions about the canal every Thursday at noon."
    link = "Everything that we have ever written about the upper canal"
    html = page(
        f"<div class=promo><p class=promo-text>{sentence}</p></div><p><a href='/canal'>{link}</a></p>"
    )
    found, _ = doubted(html, {sentence: 0.04, link: 0.04})
    assert sentence not in lines(found)
    box = f"<div><h3>Stay in touch with us</h3><p>{sentence}</p><button>Go</button></div>"
    boxed, _ = doubted(page(box, body="bare", at=6), {sentence: 0.04})
    assert sentence not in lines(boxed)
    assert link not in lines(found)


@pytest.mark.parametrize("probability", [0.2, 0.97])
@pytest.mark.parametrize(
    ("words", "credit"),
    [
        ("The mayor at the opening of the quay on Monday.", "Photo: Jo Roe"),
        ("Die Bürgermeisterin bei der Eröffnung des Kais am Montag.", "Foto: Jo Roe/dpa"),
        ("La maire lors de l’ouverture du quai lundi.", "Crédit photo : Jo Roe/AFP"),
    ],
)
def test_one_sentence_in_a_box_with_a_credit_is_a_caption(
    words: str, credit: str, probability: float
) -> None:
    """The box holds nothing else. Two sentences are body if the model is sure of them."""
    box = f"<div><p>{words}</p><p>{credit}</p></div>"
    found, _ = doubted(page(box, at=4), {words: probability})
    assert words not in lines(found)
    two = f"{words} {words}"
    found, _ = doubted(page(box.replace(words, two), at=4), {two: 0.97})
    assert two in lines(found)


CONTROLS = {
    "en": ("Browse the archive", "October 2012 (77)", "September 2012 (103)"),
    "fr": ("Choisissez un mois", "octobre 2012 (77)", "septembre 2012 (103)"),
    "ru": ("Выберите раздел", "Политика и общество", "Наука и технологии"),
}


@pytest.mark.parametrize("language", CONTROLS)
def test_the_choices_of_a_form_are_no_body(language: str) -> None:
    """Between paragraphs and at any probability: nobody writes an article into a menu."""
    texts = CONTROLS[language]
    menu = f"<select>{''.join(f'<option>{text}</option>' for text in texts)}</select>"
    found, ledger = doubted(page(menu), dict.fromkeys(texts, 0.97))
    assert [text for text in texts if text in lines(found)] == []
    assert {row.rule for row in ledger if row.text in texts} <= {"structure:control", "model:furniture"}
    assert [text for text in STORIES["en"][1:] if text not in lines(found)] == []


def test_a_story_told_in_the_text_beside_its_picture_is_kept() -> None:
    """Pages of a gallery have no other text; a caption of a story with text stays a caption."""
    told = (
        "The new lock gates left the yard on Monday and went up the canal on two barges, slowly, because the water is "
        "low this year and the pilots wanted to see every bank before they passed it."
    )
    figure = f"<div class=wp-caption><img src=a.jpg><p class=wp-caption-text>{told}</p></div>"
    short = (
        "<html><head><title>Gates on their way</title></head><body><main><h1>Gates on their way</h1>"
        f"{figure}</main></body></html>"
    )
    found, _ = article(short)
    assert told in found.text
    found, _ = article(page(figure))
    assert told not in found.text
