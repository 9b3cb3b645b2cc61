"""Labelled pages for training: classes by the gold body, and what is not scored where customs of the sets differ."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk.tasks.model.training.corpus import Example, group_of, labelled_pages
from copydesk.tasks.rules import compile_rules, load

STORY = "The waterways trust said on Monday that three of the seven locks would be rebuilt before the regatta in October."
SUBHEADING = "Ice in the gates"
COMMENT = "They should have done this years ago, and everybody who rows there knows it well, I think."
MENU = "Imprint and contact of the newspaper, with all its editors and their telephone numbers"
HTML = (
    f"<title>Locks</title><article><h1>Locks</h1><p>{STORY}</p><h2>{SUBHEADING}</h2><p>{COMMENT}</p></article>"
    f"<footer><p>{MENU}</p></footer>"
)


def row(name: str, **more: Any) -> dict[str, Any]:
    plain = {"id": name, "set": name, "url": "http://example.org/a", "publisher": "", "html": HTML}
    gold = {"text": f"{STORY}\n{SUBHEADING}\n{COMMENT}", "title": "Locks", "authors": [], "weight": 0.5}
    return plain | gold | {"headline": "", "supplemental": "", "related": "", "comments": ""} | more


def examples(tmp_path: Path, *rows: dict[str, Any]) -> list[Example]:
    pq.write_table(pa.Table.from_pylist(list(rows)), tmp_path / "pages.parquet")
    return list(labelled_pages(tmp_path / "pages.parquet", compile_rules(load()), news=False))


def classes(example: Example) -> dict[str, int]:
    return {block.text: found for block, found in zip(example.blocks, example.classes, strict=True)}


def test_sets_with_other_customs_are_scored_in_part_and_count_less(tmp_path: Path) -> None:
    """Headlines, subheadings, and a body that the set itself calls comments are left out."""
    close, other = examples(tmp_path, row("l3s_gn1"), row("dragnet", comments=COMMENT))
    assert (close.weight, other.weight) == (1.0, 0.5)
    assert classes(close)[STORY] == classes(close)[SUBHEADING] == classes(close)[COMMENT] == 0
    assert classes(other) == {"Locks": -1, STORY: 0, SUBHEADING: -1, COMMENT: -1, MENU: 3}


def test_a_set_without_weight_is_left_out(tmp_path: Path) -> None:
    """Nobody knows how its gold was made."""
    assert examples(tmp_path, row("goose3", weight=0.0)) == []


@pytest.mark.parametrize(
    ("publisher", "url", "group"),
    [("Example", "http://a.org/", "Example"), ("", "http://a.org/x", "a.org"), ("", "", "p1")],
)
def test_pages_of_a_publisher_are_one_group(publisher: str, url: str, group: str) -> None:
    assert group_of({"publisher": publisher, "url": url, "id": "p1"}) == group
