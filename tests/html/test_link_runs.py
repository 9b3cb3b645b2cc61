"""Only runs of links become one block."""

from functools import cache

import pytest

from copydesk.schemas.document import DecodedText, Origin, RawDocument
from copydesk.schemas.page import Block, Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.label.labelling import label
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.rules.match import mark

STORY = "".join(
    f"<p>The harbour board met for the {n}th time this year and put off the plan for the new quay once more, to the anger of the fishermen.</p>"
    for n in range(4, 10)
)


@cache
def context() -> CleaningContext:
    return CleaningContext.open([], Settings())


def page_of(html: str) -> Page:
    return html_blocks(DecodedText(Origin("test"), "html", html, "utf-8", "given", "v", len(html)))


def links(*names: str) -> str:
    return "<ul>" + "".join(f'<li><a href="/{n}">{n}</a></li>' for n in names) + "</ul>"


def kinds(html: str) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in page_of(html).blocks]


def test_four_links_one_after_the_other_are_one_block_with_a_line_for_each() -> None:
    page = page_of(f"<nav>{links('Home', 'World', 'Sport', 'Arts')}</nav><p>Text.</p>")
    menu, text = page.blocks
    assert (menu.kind, menu.text, menu.hints.region, menu.hints.links) == (
        "links",
        "Home\nWorld\nSport\nArts",
        "nav",
        4,
    )
    assert page.text[menu.start : menu.end] == menu.text
    assert text.text == "Text."


@pytest.mark.parametrize(
    "html",
    [
        links("Home", "World", "Sport"),
        f"<nav>{links('Home', 'World')}</nav><footer>{links('Imprint', 'Contact')}</footer>",
        links("Home", "World") + "<p>Text between.</p>" + links("Sport", "Arts"),
        f"<div hidden>{links('Home', 'World')}</div>{links('Sport', 'Arts')}",
        f'<div class="byline">{links("Anna Berg", "Olu Ade", "Mei Lin", "Jan Kos")}</div>',
        "".join(f'<h2><a href="/{n}">Headline {n}</a></h2>' for n in range(5)),
        "<ul>" + "".join(f'<li><a href="/{n}">Story {n}</a> and more</li>' for n in range(5)) + "</ul>",
        links(*(f"{n} " + "A whole paragraph that somebody made a link. " * 4 for n in range(4))),
    ],
)
def test_what_is_no_run_of_links_stays_as_it_is(html: str) -> None:
    assert "links" not in {kind for kind, _ in kinds(html)}


def test_a_run_that_stays_is_a_list_of_its_links() -> None:
    """In a list of sources in an article, each source is an item with its own place in the ledger."""
    page = page_of(f"<p>See also the papers of the board.</p>{links('Plan', 'Budget', 'Minutes', 'Map')}")
    kept = tuple(Block(*block[:-1], probabilities=(1.0, 0.0, 0.0, 0.0)) for block in page.blocks)
    labelled = label(Page(page.decoded, page.text, kept))
    assert [(s.label, s.text) for s in labelled.spans[1:]] == [
        ("list_item", name) for name in ("Plan", "Budget", "Minutes", "Map")
    ]
    assert all(page.text[s.start : s.end] == s.text for s in labelled.spans)


def test_a_run_of_which_rules_know_most_has_their_label() -> None:
    """Names of networks need company elsewhere; here they have it."""
    page = mark(
        page_of(f"<p>Text.</p>{links('Facebook', 'Twitter', 'WhatsApp', 'Copy link')}"), context().book
    )
    assert [m.label for m in page.blocks[1].marks] == ["share"]
    page = mark(page_of(f"<p>Text.</p>{links('Home', 'World', 'Harbour news', 'Facebook')}"), context().book)
    assert [m.label for m in page.blocks[1].marks] == []


def test_a_menu_is_one_row_of_the_ledger() -> None:
    html = f"<html><body><nav>{links('Home', 'World', 'Sport', 'Arts')}</nav><article><h1>Quay put off</h1>{STORY}</article></body></html>"
    found = clean(RawDocument(Origin("test"), html, "html"), context())
    rows = [row for row in found.ledger if "World" in row.text]
    assert [(row.text, row.kept) for row in rows] == [("Home\nWorld\nSport\nArts", False)]
    assert rows[0].rule
