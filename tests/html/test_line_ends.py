"""A single `<br>` ends a line of the article where its author meant it, and not where text was wrapped at a width."""

import pytest
from page_kit import STORIES, article, lines, outcome, page

from copydesk.schemas.article import Article
from copydesk.schemas.page import Block, Hints
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.decisions import line_by_line

BROKEN = {
    "verse": ["The lock is old, the gate is grey,", "the water finds another way,", "and so do we."],
    "programme": ["Monday 9 am: the upper lock", "Tuesday 2 pm: the middle lock", "Friday noon: the basin"],
    "signs": ["• three gates of oak", "• twelve hinges", "• a crane"],
    "questions": [
        "Q: Will it hold?",
        "A: Yes, for a century.",
        "Q: And the eels?",
        "A: They leave in August.",
    ],
    "Chinese": ["周一上午：上游船闸检查", "周二下午：中间船闸放水", "周五中午：开放参观"],
    "a heading in bold": [
        "<b>The gates</b>",
        "They are made of oak from the next valley, and each of them weighs as much as two loaded carts do.",
    ],
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("wrapper", ["<p>{}</p>", "<div>{}</div>", "<blockquote>{}</blockquote>"])
def test_lines_broken_by_their_author_are_lines_of_the_article(kind: str, wrapper: str) -> None:
    """Each is a paragraph of its own, with a row of its own in the ledger."""
    want = [line.replace("<b>", "").replace("</b>", "") for line in BROKEN[kind]]
    html = page(wrapper.format("<br>".join(BROKEN[kind])), "zh" if kind == "Chinese" else "en")
    found, ledger = article(html)
    got = lines(found)
    start = got.index(want[0])
    assert got[start : start + len(want)] == want
    assert [row.text for row in ledger if row.text in want] == want


WHOLE = {
    "wrapped": "<p>The oldest of the gates was cut from a single trunk that the<br>mills had kept since the great flood, and the trust<br>wants to "
    "show it in the hall beside<br>the basin.</p>",
    "wrapped with names": "<p>The trust thanked its members, the skippers and the mills of Lower<br>Ansel, whose gifts paid for the crane and<br>"
    "the hinges, and the anglers of the valley for their patience.</p>",
    "a subheading": "<h2>The gates,<br>the hinges and the crane</h2>",
    "a cell": "<table><tr><th>Lock</th><td>Upper<br>and lower</td></tr><tr><th>Boats</th><td>12</td></tr></table>",
}


@pytest.mark.parametrize("kind", WHOLE)
def test_wrapped_lines_subheadings_and_cells_stay_whole(kind: str) -> None:
    """These are one block of the article."""
    found, ledger = article(page(WHOLE[kind], "en"))
    plain = WHOLE[kind].replace("<br>", " ").split(">", 1)[1].rsplit("<", 1)[0]
    want = "Lock\tUpper and lower" if kind == "a cell" else plain
    assert want in [block.text for block in found.blocks]
    assert want in [row.text for row in ledger]


def test_a_caption_of_two_lines_is_one() -> None:
    """Its credit may be on the second line."""
    figure = "<figure><img src='lock.jpg'><figcaption>The middle lock in winter<br>Picture: Ann Poe</figcaption></figure>"
    found, _ = article(page(figure, "en"))
    assert len(found.captions) == 1
    assert "The middle lock in winter" not in lines(found)


def test_a_page_of_verse_is_an_article_as_before() -> None:
    """Its lines are no sentences, and it was none before its lines were cut."""
    verse = [
        "The lock is old and the gate is grey",
        "the water finds another way",
        "past the mill and the orchard wall",
        "over the weir and into the fall",
        "a skipper sings and the night is long",
        "and all the eels have heard his song",
    ]
    title = STORIES["en"][0]
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{'<br>'.join(verse)}</p></article></body></html>"
    found = outcome(html).result
    assert isinstance(found, Article), found
    assert lines(found) == verse


def test_line_ends_are_found_again_in_repaired_text() -> None:
    """Repair makes the first line shorter."""
    html = page(
        "<p>The trustâ€™s first gate is â€œoldâ€\x9d oak<br>Itâ€™s the skippersâ€™ gate<br>The last</p>", "en"
    )
    found, _ = article(html)
    assert "The last" in lines(found)
    assert any(line.endswith("skippers’ gate") and line.startswith("It’s") for line in lines(found))


@pytest.mark.parametrize(
    ("parts", "want"),
    [
        ([(0, 14, "paragraph")], [("one", ""), ("two", "line"), ("three", "line")]),
        ([(0, 4, "paragraph"), (4, 7, "share"), (7, 13, "paragraph")], [("one", ""), ("two", None), ("three", "line")]),
        ([(0, 8, "share"), (8, 13, "paragraph")], [("one two", None), ("three", "")]),
        ([(0, 9, "paragraph"), (9, 11, "share"), (11, 13, "paragraph")], [("one", ""), ("two", "line"), ("t", "line"), ("hr", None), ("ee", "")]),
    ],
)  # fmt: skip
def test_what_rules_removed_between_lines_leaves_them_apart(
    parts: list[tuple[int, int, str]], want: list[tuple[str, str | None]]
) -> None:
    """Only body begins lines. What goes has no part (`None`)."""
    block = Block(0, 13, "one two three", "text", Hints(breaks=(3, 7)))
    cut = line_by_line(block, [Draft(a, b, label, "", 1.0) for a, b, label in parts])
    got = [
        (text, d.part if d.label == "paragraph" else None)
        for d in cut
        if (text := block.text[d.start : d.end].strip())
    ]
    assert got == want


def test_many_breaks_take_linear_time() -> None:
    """A page of 50,000 lines in one paragraph is read in seconds."""
    found, ledger = article(page(f"<p>{'a lock<br>' * 50_000}</p>", "en"))
    assert len(ledger) < 60_000
    assert STORIES["en"][1] in lines(found)
