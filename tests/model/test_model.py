"""The block model: what it sees, that it runs as it was trained, and that it is small."""

from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.page import CLASSES, NO_HINTS, Block, Mark
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.model.context import CONTEXT, context, main_places, places_of, together
from copydesk.tasks.model.features import FEATURES, PageInput, features_of
from copydesk.tasks.model.forest import Forest, Trees, inputs, inputs_again, local_tokens
from copydesk.tasks.model.unicode_classes import CLASSES as CHARACTERS
from copydesk.tasks.model.unicode_classes import char_classes

BODY = "The council met on Tuesday evening and agreed, after four hours, that the bridge would be rebuilt in stone by the end of the year."


def block(text: str, *marks: Mark) -> Block:
    """A line of plain text."""
    return Block(0, len(text), text, "line", NO_HINTS, marks)


def feature(blocks: list[Block], name: str, title: str = "") -> list[float]:
    """One column of the features."""
    dense = features_of([PageInput(blocks, title)]).dense
    return [round(float(v), 4) for v in dense[:, FEATURES.index(name)]]


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=12))
def test_any_blocks_have_finite_features_of_the_promised_shape(texts: list[str]) -> None:
    """For any characters, each block has one row, each word one bucket, and no figure is infinite."""
    found = features_of([PageInput([block(t) for t in texts], "A title")])
    assert found.dense.shape == (len(texts), len(FEATURES))
    assert np.isfinite(found.dense).all()
    assert len(found.words) == len(found.word_blocks)
    assert all(a <= b for a, b in pairwise(found.word_blocks.tolist()))


def test_features_say_what_their_names_promise() -> None:
    """Counted by hand on three lines."""
    blocks = [block("SHARE THIS: now"), block(BODY), block(BODY)]
    assert feature(blocks, "share_upper")[0] == round(9 / 15, 4)
    assert feature(blocks, "share_colon")[0] == round(1 / 15, 4)
    assert feature(blocks, "capital_words")[0] == round(2 / 3, 4)
    assert feature(blocks, "first_upper") == [1, 1, 1]
    assert feature(blocks, "last_terminal") == [0, 1, 1]
    assert feature(blocks, "repeated") == [0, 1, 1]
    assert feature(blocks, "before_body") == [1, 0, 0] or feature(blocks, "before_body") == [1, 1, 0]
    assert feature(blocks, "title_words", "share now")[0] == round(2 / 3, 4)


def test_marks_are_seen() -> None:
    """Claims of rules are distinguished by their share of the block and by their label."""
    blocks = [
        block("Share this", Mark(0, 10, "share", "r")),
        block("By Ada. " + BODY, Mark(0, 7, "byline", "r")),
        block(BODY),
    ]
    assert feature(blocks, "furniture_all") == [1, 0, 0]
    assert feature(blocks, "field") == [0, 1, 0]


def test_words_are_the_same_in_any_case_and_place() -> None:
    """The hash of a word depends on its letters only."""
    one = features_of([PageInput([block("Newsletter sign up")], "")]).words
    two = features_of([PageInput([block("xyz"), block("up, NEWSLETTER!"), block("Sign")], "")]).words
    assert set(one.tolist()) <= set(two.tolist())


def test_scripts_without_spaces_have_words() -> None:
    """In Chinese and Japanese, pairs of characters are words."""
    assert len(features_of([PageInput([block("\u5e7f\u544a\u8bf7\u7ee7\u7eed\u9605\u8bfb")], "")]).words) == 6
    assert CHARACTERS[char_classes()[ord("\u5e7f")]] == "wide"


def test_the_model_that_ships_is_small_and_fits_its_features() -> None:
    """Under 2 MB, columns that exist, probabilities that sum to one, the same answer twice."""
    assert len((files("copydesk.tasks.model") / "html.npz").read_bytes()) < 2_000_000
    forest = Forest.load()
    page = html_blocks(
        DecodedText(
            Origin("t"),
            "html",
            f"<nav><a href=/>Home</a></nav><h1>Bridge</h1><p>{BODY}</p><p>{BODY} Yes.</p>",
            "utf-8",
            "given",
            "v",
            0,
        )
    )
    found = features_of([PageInput(page.blocks, "Bridge")])
    assert found.dense.shape[1] == len(FEATURES)
    rows = inputs(found, forest.word_log_odds, forest.token_log_odds)
    assert forest.first.features.max() < rows.shape[1]
    assert forest.second is not None
    if forest.second is not None:
        again = inputs_again(found, places_of([page.blocks]), rows, np.ones(len(rows)), forest.local_log_odds)
        assert forest.second.features.max() < again.shape[1]
    (probabilities,) = forest.probabilities([PageInput(page.blocks, "Bridge")])
    assert [probabilities] == forest.probabilities([PageInput(page.blocks, "Bridge")])
    assert all(len(row) == len(CLASSES) and sum(row) == pytest.approx(1) for row in probabilities)


def test_what_training_writes_is_what_ships(tmp_path: Path) -> None:
    """The file of the weights has the names that reading looks for, and the version is that of its content."""
    forest = Forest.load()
    forest.save(tmp_path / "html.npz")
    again = Forest.read(tmp_path / "html.npz")
    assert again.version == forest.version
    assert again.body_threshold == forest.body_threshold
    for name in ("word_log_odds", "token_log_odds", "local_log_odds"):
        assert np.array_equal(getattr(again, name), getattr(forest, name))
    for one, other in ((again.first, forest.first), (again.second, forest.second)):
        assert one is not None
        assert other is not None
        for name in ("features", "borders", "leaves", "bias"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_trees_are_read_as_they_were_grown() -> None:
    """Two trees small enough to follow by hand: the bits of the answers choose the leaf, leaves add up."""
    trees = Trees(
        features=np.array([[0, 1], [1, 0]], np.int32),
        borders=np.array([[0.5, 0.5], [2.0, np.inf]], np.float32),
        leaves=np.array([[[0], [1], [2], [3]], [[10], [20], [30], [40]]], np.float32),
        bias=np.array([100], np.float32),
    )
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 3]], np.float32)
    assert trees.sums(rows).ravel().tolist() == [110, 111, 112, 123]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from([BODY, "Share this", "\u5e7f\u544a\u8bf7\u7ee7\u7eed", "By Ada", "x @ y"]),
                min_size=1,
            ),
            st.sampled_from(["", "The bridge"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_pages_weighed_together_get_what_each_gets_alone(pages: list[tuple[list[str], str]]) -> None:
    """To the last bit: no label may depend on which documents shared a batch."""
    forest = Forest.load()
    page_inputs = [PageInput([block(t) for t in texts], title) for texts, title in pages]
    assert forest.probabilities(page_inputs) == [
        probabilities for page_input in page_inputs for probabilities in forest.probabilities([page_input])
    ]


def test_containers_of_pages_weighed_together_stay_apart() -> None:
    """The containers of each page are numbered from 0, and are not siblings of the other page's."""
    forest = Forest.load()
    sources = [
        "<div><p>One.<p>Two.</div>" * 9,
        f"<article><p>{BODY}<p>{BODY} Yes.</article><aside><a>More</a></aside>",
        f"<p>{BODY}",
    ]
    pages = [html_blocks(DecodedText(Origin("t"), "html", s, "utf-8", "given", "v", 0)) for s in sources]
    page_inputs = [PageInput(page.blocks, "Bridge") for page in pages]
    assert forest.probabilities(page_inputs) == [
        probabilities for page_input in page_inputs for probabilities in forest.probabilities([page_input])
    ]


PAGE = f"""<nav><a href=/>Home</a><a href=/x>News</a></nav>
<main class=story><h1>Bridge</h1><p>{BODY}</p><p>{BODY} Yes.</p><h2>Read more</h2><div class=box><p>{BODY}</p></div></main>"""


def columns_of(probabilities: list[float]) -> dict[str, list[float]]:
    """The second look's columns by name, for the blocks of PAGE: Home News, Bridge, body, body, Read more, copy of the body."""
    blocks = html_blocks(DecodedText(Origin("t"), "html", PAGE, "utf-8", "given", "v", 0)).blocks
    places, body = places_of([blocks]), np.array(probabilities)
    rows = context(places, body, main_places(places, body), np.arange(3 * len(blocks)).reshape(-1, 3))
    return {name: [round(float(v), 3) for v in column] for name, column in zip(CONTEXT, rows.T, strict=True)}


def test_the_second_look_sees_the_page_as_the_first_weighed_it() -> None:
    """Counted by hand on a page of six blocks."""
    seen = columns_of([0, 0.25, 1, 1, 0.5, 0.5])
    assert seen["body"] == [0, 0.25, 1, 1, 0.5, 0.5]
    assert seen["body-1"] == [-1, 0, 0.25, 1, 1, 0.5]
    assert seen["body+1"] == [0.25, 1, 1, 0.5, 0.5, -1]
    assert seen["in_main"] == [0, 0, 1, 1, 0, 0]
    assert seen["place_body"][2:4] == [1, 1], "of the other block there"
    assert seen["parent_body"][5] == -1, "alone in its box"
    assert seen["copy"] == [0, 0, 1, 0, 0, 2]
    assert seen["down"] == [0, 0, 0, 0, 0, 0.1], "one step further down the tree, into the box"
    assert seen["up"][2:] == [0, 0, 0, 0]
    assert seen["more"][5] == 0.1, "the box's class"
    assert seen["missing"][0] == 1, "the menu has none of the story's classes"
    assert seen["heading_body"] == [-1, 0.25, 0.25, 0.25, 0.5, 0.5]
    assert seen["heading_least_word"] == [-9, 3, 3, 3, 12, 12]
    assert seen["since_sure"][:3] == [2, 2, 2], "no paragraph before is surely body"
    assert seen["sure_share"] == [0, 0, 0, 0.5, 1, 1]


def test_items_of_a_list_stay_or_go_together_by_half() -> None:
    """Two items of one length meet half-way to their mean; a paragraph, and an item alone in its list, are left as they are."""
    html = "<main><p>Some text<ul><li>Tulip<li>Roses</ul><ul><li>Sedge</ul></main>"
    places = places_of([html_blocks(DecodedText(Origin("t"), "html", html, "utf-8", "given", "v", 0)).blocks])
    assert places.items.tolist() == [False, True, True, True]
    assert together(places, np.array([9.0, 2.0, -2.0, -9.0])).tolist() == [9, 1, -1, -9]
    assert together(places, np.array([0.0, 5.0, 50.0, 0.0])).tolist() == [0, 5.5, 6.5, 0], (
        "however sure, no more than 7"
    )


def test_class_words_that_set_a_block_apart_are_those_that_its_page_s_main_place_lacks() -> None:
    """`story` is above both; `box` is only above the box."""
    blocks = html_blocks(DecodedText(Origin("t"), "html", PAGE, "utf-8", "given", "v", 0)).blocks
    found = features_of([PageInput(blocks, "")])
    places = places_of([blocks])
    tokens, of = local_tokens(found, main_places(places, np.array([0, 0, 1, 1, 0, 0.0])))
    assert of.tolist() == [5]
    assert (
        tokens.tolist()
        == features_of(
            [
                PageInput(
                    html_blocks(
                        DecodedText(Origin("t"), "html", "<p class=box>x", "utf-8", "given", "v", 0)
                    ).blocks,
                    "",
                )
            ]
        ).tokens.tolist()
    )


def test_what_the_page_s_data_says_is_evidence() -> None:
    """These are words of the description, and pairs of words of the stated body; -1 without a stated body."""
    blocks = [block("The bridge is old"), block(BODY)]
    columns = [FEATURES.index(name) for name in ("in_description", "description", "in_stated")]
    told = features_of([PageInput(blocks, "", "Old bridge", BODY + " " + BODY)]).dense[:, columns]
    assert told[0].tolist() == [0.5, 1, pytest.approx(1 / 3)], "`the bridge` stands in the stated body"
    assert told[1, 2] == 1
    assert features_of([PageInput(blocks, "")]).dense[:, columns].tolist() == [[0, 0, -1], [0, 0, -1]]


def test_a_row_alone_adds_up_to_the_same_bits() -> None:
    """One block of one page, and one output: numpy would add its leaves in pairs."""
    forest = Forest.load()
    assert forest.second is not None
    width = int(forest.second.features.max()) + 1
    rows = np.random.default_rng(1).random((513, width), np.float32)  # 513 leave one for the last batch
    together = forest.second.sums(rows)
    assert all(
        np.array_equal(forest.second.sums(rows[n : n + 1]), together[n : n + 1])
        for n in range(0, len(rows), 4)
    )
