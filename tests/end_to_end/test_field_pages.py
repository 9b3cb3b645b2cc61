"""The pages from the field: what went wrong on them at first is right."""

from pathlib import Path

import pytest
from page_kit import article, lines

FIELD = Path(__file__).parents[1] / "field"
KEPT = {
    "02-body-ul-bare/page.html": ("it knew about the crack in May,", "it told nobody before June, and"),
    "02-body-ul-bare/rich-ul-names.html": ("Marta Kowal (Independent)", "Ann Greaves (Green)"),
    "02-body-ul-bare/rich-ul-links.html": ("The survey of the bearings, June 2024",),
    "04-figure-table/rich-results.html": ("Labour\t1,204\t41%", "Independent\t811\t28%"),
    "04-figure-table/page.html": ("Week\tLanes open", "One to four\tNone"),
    "07-linked-paragraph/page.html": ("A trial date was set for the second of March at the county court.",),
    "09-split-first-para/page.html": (
        "If the weather holds, the first lorries should be able to cross again in the second week of March.",
    ),
    "102-briefs/brief-2-small.html": ("The port had no comment.",),
    "102-briefs/brief-4.html": ("The ferry is back.", "It left on time."),
    "102-briefs/box-score.html": ("Doyle scored twice.", "The crowd was 4,112."),
    "103-nonlatin/list-ar.html": ("ممنوع مرور الشاحنات",),
    "103-nonlatin/list-zh.html": ("自行车道开放",),
    "11-footnotes/rich.html": ("See the minutes of the harbour board for 12 May, page 41.",),
    "12-details-accordion/page.html": ("When does it close?", "Can I walk across?"),
    "14-pre-code/rich.html": ("06:00  closed\n07:15  open  (one lane)\n10:00  closed",),
    "15-dl/page.html": ("Bearing", "Leaf"),
    "18-recipe/rich.html": ("Ingredients", "200g flour", "Beat the eggs."),
    "89-tweet/a.html": ("The bridge is shut, and so is my shop.",),
    "99-live-blog/a.html": ("Good morning from the quay.", "Post 8: Barriers up"),
    "99-live-blog/article-nold.html": ("Good morning from the quay.", "Barriers up"),
}
GONE = {
    "16-ruby/page.html": ("ひょうぎかい", "わた"),
    "87-hidden-premium/d.html": ("The bridge was built in 1911",),
    "90-noscript-img/b.html": ("Workers on the west quay", "Port Photo"),
    "90-noscript-img/c.html": ("Workers on the west quay",),
    "02-body-ul-bare/rich-ul.html": ("Grain ship waits", "Terms and conditions"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_was_lost_stays(name: str) -> None:
    """Each line is a block of the body."""
    found, _ = article((FIELD / name).read_text(encoding="utf-8"))
    assert [text for text in KEPT[name] if text not in lines(found)] == []


@pytest.mark.parametrize("name", GONE)
def test_what_leaked_is_gone(name: str) -> None:
    """Readings, hidden lines, captions and menus are not body."""
    found, _ = article((FIELD / name).read_text(encoding="utf-8"))
    assert [text for text in GONE[name] if text in found.text] == []
