"""Repeated text on a page, and lines beside a picture: summaries, tables of contents, captions, days."""

import pytest
from page_kit import STORIES, article, lines, page

SENTENCES = [
    "The council put off the plan for the new quay until the spring.",
    "Fishermen say that nobody in the town hall ever asked them at all.",
    "A grain ship from the north had to wait three days for the tide.",
    "The bridge keeper has worked the levers for more than nineteen years.",
]


def chapters(texts: list[str]) -> str:
    """A heading and two paragraphs for each of some sentences, which open the chapters."""
    return "".join(
        f"<h2>Chapter {n}</h2><p>{text}</p><p>{STORIES['en'][1 + n % 4]} It was the {n}th time that this happened, and people noticed.</p>"
        for n, text in enumerate(texts)
    )


def test_a_summary_whose_sentences_open_the_chapters_takes_none_of_them_away() -> None:
    """A copy of the article holds little else than the copied text. Here other text comes between."""
    found, ledger = article(page(f"<p>{' '.join(SENTENCES)}</p>{chapters(SENTENCES)}"))
    assert [text for text in SENTENCES if text not in lines(found)] == []
    assert not any(row.rule == "structure:copy" for row in ledger)


CONTENTS = [
    "<ul class=toc>{}</ul>",
    "<nav><ol>{}</ol></nav>",
    "<div>Contents</div><ul>{}</ul>",
]
CHAPTERS = [f"How the {word} was won in the end" for word in ("quay", "bridge", "harbour", "tide")]


@pytest.mark.parametrize("wrap", CONTENTS)
def test_a_table_of_contents_is_no_body(wrap: str) -> None:
    """It is a list of links that each equal a heading further down. The headings stay."""
    toc = wrap.format("".join(f"<li><a href=#{n}>{text}</a></li>" for n, text in enumerate(CHAPTERS)))
    body = "".join(f"<h2 id={n}>{text}</h2><p>{STORIES['en'][1 + n]}</p>" for n, text in enumerate(CHAPTERS))
    found, _ = article(page(toc + body))
    assert [lines(found).count(text) for text in CHAPTERS] == [1, 1, 1, 1]


def test_a_list_that_is_no_table_of_contents_stays() -> None:
    """One of its lines is not a heading, or its lines are not links."""
    plain = "".join(f"<li>{text}</li>" for text in CHAPTERS)
    body = "".join(f"<h2>{text}</h2><p>{STORIES['en'][1 + n]}</p>" for n, text in enumerate(CHAPTERS))
    found, _ = article(page(f"<ul>{plain}</ul>{body}"))
    assert [lines(found).count(text) for text in CHAPTERS] == [2, 2, 2, 2]


DAYS = [
    "17:41 JST, October 13, 2024",
    "Sunday, 13 October 2024",
    "13.10.2024 17:41",
    "13 octobre 2024",
    "2024年10月13日",
]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_alone_above_the_story_is_its_dateline(day: str) -> None:
    """It holds for any mark-up. Within the story only rules may decide so."""
    found, _ = article(page(f"<p class=zq>{day}</p>", at=0))
    assert day not in lines(found)
    _, amid = article(page(f"<p class=zq>{day}</p>", at=4))
    assert "structure:clock" not in {row.rule for row in amid if row.text == day}


@pytest.mark.parametrize("credit", ["Image: Ann Poe/Harbour Newspapers", "Photo: Jo Roe"])
def test_a_doubtful_line_in_a_box_with_a_credit_is_a_caption(credit: str) -> None:
    """The box holds nothing else.

    Without a credit the same line stays between its paragraphs, and a certain one stays too.
    """
    words = "The mayor at the opening of the quay on Monday."
    found, _ = article(page(f"<div><p>{words}</p><p>{credit}</p></div>", at=4))
    assert words not in lines(found)
    found, _ = article(page(f"<div><p>{words}</p></div>", at=4))
    assert words in lines(found)
    sure = f"{SENTENCES[0]} {SENTENCES[1]}"
    found, _ = article(page(f"<div><p>{sure}</p><p>{credit}</p></div>", at=4))
    assert sure in lines(found)
