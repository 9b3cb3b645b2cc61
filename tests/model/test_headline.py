"""The model sees where a block stands towards the headline of its page."""

from typing import Any

import numpy as np
import pytest

from copydesk.schemas.document import DecodedText, Origin
from copydesk.tasks.html import html_blocks
from copydesk.tasks.model.features import FEATURES, PageInput, features_of
from copydesk.tasks.model.headline import HEADLINE

POST = "Short post, but it is all that there is to read here today, dear friends of the canal."
PROFILE = "I am a lock keeper and write about the canal, the eels and the weather since the year 2004."
PAGE = (
    "<div id=a><div id=b><h3>Older post</h3><p>{profile}</p></div>"
    "<div id=c><h3>{shown}</h3><div id=d><p>{post}</p></div></div>"
    "<div id=e><p>{profile}</p></div></div>"
)


def seen(html: str, title: str) -> dict[str, dict[str, float]]:
    """Return the columns of each block by its text; the last block with a text counts."""
    page = html_blocks(DecodedText(Origin("t"), "html", html, "utf-8", "given", "v", 0))
    found = features_of([PageInput(page.blocks, title, boxes=page.boxes)])
    columns = [FEATURES.index(name) for name in HEADLINE]
    rows: Any = found.dense[:, columns]
    return {
        block.text: dict(zip(HEADLINE, row, strict=True))
        for block, row in zip(page.blocks, rows.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("shown", "title", "certain"),
    [
        ("Locks to be rebuilt", "Locks to be  Rebuilt", 1.0),
        ("Schleusen werden erneuert", "Schleusen werden erneuert", 1.0),
        ("\u8fd0\u6cb3\u8239\u95f8\u5c06\u91cd\u5efa", "\u8fd0\u6cb3\u8239\u95f8\u5c06\u91cd\u5efa", 1.0),
        ("Locks to be rebuilt", "Locks to be rebuilt - The Canal Blog", 0.6),
        ("Locks to be rebuilt 06.01.2012 10:15", "Locks to be rebuilt", 1.0),
    ],
)
def test_the_post_under_its_headline_is_nearer_than_a_profile_beside_it(
    shown: str, title: str, certain: float
) -> None:
    """Fewer steps up the tree, after the headline, and no other heading in between."""
    found = seen(PAGE.format(shown=shown, post=POST, profile=PROFILE), title)
    post, profile, older = found[POST], found[PROFILE], found["Older post"]
    assert post["headline"] == pytest.approx(certain)
    assert post["headline_up"] < profile["headline_up"]
    assert post["headline_share"] < profile["headline_share"] == 1
    assert post["since_headline"] > 0 > older["since_headline"]
    assert older["until_headline"] > 0
    assert post["headings_since"] == 0 < older["headings_since"]
    assert profile["headline_gap"] > post["headline_gap"] == 0


def test_a_page_without_its_headline_says_so() -> None:
    """No heading has the title's words, and more than one may be it."""
    found = seen(f"<h1>One</h1><h1>Two</h1><p>{POST}</p>", "Something else entirely")
    assert found[POST]["headline"] == 0
    assert found[POST]["headline_up"] == -1


def test_blocks_of_no_known_container_are_outside_of_all() -> None:
    """Numbers of containers may be missing where a front end keeps none."""
    page = html_blocks(
        DecodedText(Origin("t"), "html", f"<h1>Eels</h1><p>{POST}</p>", "utf-8", "given", "v", 0)
    )
    found = features_of([PageInput(page.blocks, "Eels")])
    assert np.isfinite(found.dense).all()


@pytest.mark.parametrize("shown", ["Locks to be rebuilt while the eels of the lower basin wait", "Locks"])
def test_a_heading_with_much_more_or_less_than_the_title_is_not_it(shown: str) -> None:
    """Near misses of a headline with a day after it."""
    assert (
        seen(PAGE.format(shown=shown, post=POST, profile=PROFILE), "Locks to be rebuilt")[POST]["headline"]
        < 1
    )
