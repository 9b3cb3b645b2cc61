"""Order and shape: headline, section, subheadings, lists."""

import pytest

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.page import Block
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.label.repeats import doubled, repeats
from copydesk.tasks.label.structure import (
    body_kind,
    head,
    looks_like_subheading,
    shouted,
    trailing,
    words,
)
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.text import squash

LONG = "The council met on Tuesday evening and agreed, after four hours, that the bridge would be rebuilt in stone by the end of the year."


def votes(text: str, known: str = "") -> list[tuple[int, str]]:
    """Line number and label of what the head of `text` is taken for."""
    blocks = text_blocks(DecodedText(Origin("t"), "text", text, "utf-8", "given", "v", 0)).blocks
    found = head(blocks, [True] * len(blocks), known)
    return sorted((at, vote.label) for at, vote in found.items())


def test_rubric_and_headline_before_the_first_paragraph() -> None:
    """The longest line that is not a sentence is the headline. A short line before it is the section."""
    assert votes(f"Local news\n\nBridge to be rebuilt in stone\n\n{LONG}") == [(0, "section"), (1, "title")]


def test_no_headline_where_the_body_opens_at_once() -> None:
    """A text without a headline keeps its first paragraph."""
    assert votes(f"{LONG}\n\nA subheading\n\n{LONG}") == []


def test_a_sentence_is_no_headline() -> None:
    """A standfirst that ends in a full stop stays in the body."""
    assert votes(f"The bridge will be rebuilt.\n\n{LONG}") == []


def test_the_known_headline_is_found_wherever_it_stands_and_however_often() -> None:
    """The headline from the input is searched for, not guessed."""
    text = f'Home\n\nBridge \u201cto be rebuilt\u201d\n\nBridge "to be rebuilt"\n\n{LONG}'
    assert votes(text, 'Bridge "to be rebuilt"') == [(0, "section"), (1, "title"), (2, "title")]
    assert votes(f"Another line here\n\n{LONG}", "Bridge to be rebuilt") == []


@pytest.mark.parametrize(
    "first",
    [
        "Bridge rebuilt in stone | The Port Post",
        "The Port Post: Bridge rebuilt in stone",
        "Bridge rebuilt in stone - The Port Post",
    ],
)
def test_the_text_of_a_whole_page_begins_with_its_title(first: str) -> None:
    """The headline is the line after it that `<title>` contains, not the site's name, which it contains too."""
    text = f"{first}\n\nThe Port Post\n\nHome\n\nBridge rebuilt in stone\n\n{LONG}"
    assert votes(text) == [(0, "other_boilerplate"), (3, "title")]
    assert (0, "title") in votes(f"{first}\n\nHome\n\n{LONG}")


@pytest.mark.parametrize(
    "line", ["Offices struck", "'Handcuffs are in place'", "Who pays?", "\u8c01\u6765\u4ed8\u94b1"]
)
def test_subheadings(line: str) -> None:
    """Short lines without the end of a sentence, in quotes or not, in any script."""
    assert looks_like_subheading(line)


@pytest.mark.parametrize(
    "line",
    [
        "Talks go on.",
        "and so on",
        "He said: \u201cNo.\u201d",
        LONG,
        "What would she have done if the whole town had come to see?",
    ],
)
def test_what_is_no_subheading(line: str) -> None:
    """Sentences, continuations and long questions."""
    assert not looks_like_subheading(line)


def test_lists_are_known_by_their_signs() -> None:
    """Bullets, dashes and numbers."""
    lines = (
        "Intro line that is here.\n\u2022 One thing\n- Another thing\n3. A third\n-5 degrees were measured."
    )
    blocks = text_blocks(DecodedText(Origin("t"), "text", lines, "utf-8", "given", "v", 0)).blocks
    kinds = [body_kind(b, n, len(blocks) - 1) for n, b in enumerate(blocks)]
    assert kinds == ["paragraph", "list_item", "list_item", "list_item", "paragraph"]


def blocks_of(*lines: str) -> tuple[Block, ...]:
    """Lines of plain text as blocks."""
    return text_blocks(DecodedText(Origin("t"), "text", "\n".join(lines), "utf-8", "given", "v", 0)).blocks


def test_links_behind_the_last_sentence_go_with_their_heading() -> None:
    """They stay if a sentence follows, because the article is not over."""
    heading = [False, True, False, False]
    assert trailing(
        blocks_of(LONG, "More on this story", "Poles plan rejected", "Trams"), heading, heading
    ) == {2, 3}
    assert (
        trailing(blocks_of(LONG, "More on this story", "Poles plan rejected", LONG), heading, heading)
        == set()
    )


def test_a_quoted_line_that_stands_in_the_body_is_a_pull_quote() -> None:
    """Without quotation marks it may be a standfirst, and stays."""
    quote = "agreed, after four hours, that the bridge would be rebuilt in stone"
    assert repeats(blocks_of("Title", LONG, f"\u201c{quote}\u201d"), [True] * 3) == {2}
    assert repeats(blocks_of("Title", LONG, quote), [True] * 3) == set()


def test_headlines_in_capitals_are_links_in_a_text_that_is_not() -> None:
    """A text in capitals is an old wire story, and stays."""
    loud = "COUNCIL AGREES TO REBUILD THE OLD BRIDGE IN STONE"
    assert shouted(blocks_of(LONG, loud, LONG), [True] * 3) == {1}
    assert shouted(blocks_of(LONG.upper(), loud, LONG.upper()), [True] * 3) == set()
    for row in (
        "CLEAR CREEK AT THE OLD MILL BRIDGE 45.60",
        "* THE COUNCIL ANSWERS ITS CRITICS AT LAST *",
        "“THIS BRIDGE WILL NEVER CARRY A TRAIN”",
    ):
        assert shouted(blocks_of(LONG, row, LONG), [True] * 3) == set()


def test_words_are_counted_where_they_are_not_spaced() -> None:
    """Two characters of Chinese or Japanese count as a word."""
    assert words("a b c") == 3
    assert words("\u8c01\u6765\u4ed8\u94b1\u7ed9\u5979") == 3


def test_lines_are_compared_without_their_typography() -> None:
    """Curly quotes, case and space make no difference."""
    assert squash(" It\u2019s\u00a0 ON ") == "it's on"


def page_blocks(html: str) -> tuple[Block, ...]:
    """The blocks of a page."""
    return html_blocks(DecodedText(Origin("t"), "html", html, "utf-8", "given", "v", 0)).blocks


def test_of_a_paragraph_that_stands_there_twice_one_stays() -> None:
    """The second goes; but where the model takes the first for a teaser, that one goes and the second is the text."""
    blocks = page_blocks(f"<p>{LONG}</p><h2>Bridge</h2><p>{LONG}</p>")
    assert doubled(blocks, [True] * 3, 0.4) == {2}
    teaser = blocks[0]._replace(probabilities=(0.1, 0, 0, 0.9))
    assert (
        doubled((teaser, blocks[1], blocks[2]._replace(probabilities=(0.9, 0, 0, 0.1))), [True] * 3, 0.4)
        == set()
    )


def test_of_a_paragraph_that_is_shown_and_hidden_the_one_that_is_shown_stays() -> None:
    """It holds at any place.

    Short hidden lines, and hidden text without a visible copy, are left to the model.
    """
    line = "The council met on Tuesday and agreed that the bridge would be rebuilt."
    blocks = page_blocks(
        f"<div hidden><p>{line}</p><p>Bridge</p><p>{LONG}</p></div><p>{line}</p><h2>Bridge</h2>"
    )
    assert [b.hints.hidden for b in blocks] == [True, True, True, False, False]
    assert doubled(blocks, [True] * 5, 0.4) == {0}
    unsure = blocks[3]._replace(probabilities=(0.1, 0, 0, 0.9))
    assert doubled((*blocks[:3], unsure, blocks[4]), [True] * 5, 0.4) == set()
