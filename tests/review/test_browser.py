"""`copydesk review` in a real Chromium: keys alone suffice, anybody can read it, no document runs or loads anything."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Watched, accessibility_problems, browser
from discover_kit import NEWSAGENT
from review_kit import make_dataset, served

from copydesk.tasks.discover.pack_file import read_tables
from copydesk.tasks.review import read_decisions

SIZES = [(1280, 900), (390, 844)]
PAGES = ("", "q/recurring", "q/removal", "q/document", "q/reject")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def dataset(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("review"))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.fixture
def base(dataset: Path, pack: Path) -> Iterator[str]:
    with served(dataset, pack) as address:
        yield address


def opened(watched: Watched, address: str) -> Any:
    watched.page.goto(address)
    return watched.page


def pressed(page: Any, key: str) -> None:
    """Press a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_keys_decide(chromium: Any, base: str, pack: Path) -> None:
    """A accepts, u takes back, r refuses, s skips: one key each, and the next candidate is there."""
    watched = Watched(chromium)
    page = opened(watched, base + "q/recurring")
    before = page.locator(".line").inner_text()
    page.locator("mark.chosen").first.wait_for()
    pressed(page, "a")
    assert len(read_tables(pack).rules) == 1
    assert page.locator(".line").inner_text() != before
    assert "accepted" in page.locator(".done").inner_text()
    pressed(page, "u")
    assert read_tables(pack) == ((), ())
    assert page.locator(".line").inner_text() == before
    pressed(page, "r")
    assert len(read_tables(pack).keeps) == 1
    second = page.locator(".line").inner_text()
    pressed(page, "s")
    assert page.locator(".line").inner_text() != second
    pressed(page, "o")
    assert page.get_by_role("heading", name="Decisions: 1").is_visible()
    page.get_by_role("button", name="Take back").click()
    page.locator(".line").wait_for()
    assert read_decisions(pack) == {}
    assert watched.trouble == []
    watched.close()


def test_a_label_can_be_chosen(chromium: Any, base: str, pack: Path) -> None:
    """The rule gets the label that the list shows; a key in the list decides nothing."""
    watched = Watched(chromium)
    page = opened(watched, base + "q/recurring")
    while NEWSAGENT.lower() not in page.locator(".line").inner_text():
        pressed(page, "s")
    page.get_by_label("as").focus()
    page.keyboard.press("r")
    page.get_by_label("as").select_option("legal")
    assert read_decisions(pack) == {}
    page.get_by_role("button", name="Accept").click()
    page.locator(".done").wait_for()
    (rule,) = read_tables(pack).rules
    assert rule.label == "legal"
    watched.close()


def test_a_stretch_is_marked_by_keys_or_a_finger(chromium: Any, base: str, pack: Path) -> None:
    """In a document, j and k mark a removal and show its reason; r keeps that one."""
    watched = Watched(chromium, width=390, height=844)
    page = opened(watched, base + "q/document")
    page.keyboard.press("j")
    chosen = page.locator(".stretch.now")
    text = chosen.evaluate("e => e.firstChild.textContent")[
        :30
    ]  # the raw text, of which repair takes invisible signs
    assert page.locator(".why-now").inner_text().strip()
    pressed(page, "r")
    (keep,) = read_tables(pack).keeps
    assert keep.lines[0].startswith(text)
    address = page.url.partition("?")[0]
    pressed(page, "u")
    assert page.url == address
    assert read_tables(pack).keeps == ()
    page.keyboard.press("j")
    pressed(page, "r")
    page.locator(".stretch[data-seq]").last.click()
    assert page.locator(".stretch[data-seq]").last.get_attribute("class").endswith("now")
    pressed(page, "a")
    assert {each.kind for each in read_decisions(pack).values()} == {"removal", "document"}
    watched.close()


def test_it_works_without_a_script(chromium: Any, base: str, pack: Path) -> None:
    """The buttons are those of a plain form."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "q/removal")
    page.get_by_role("button", name="Refuse").click()
    page.locator(".done").wait_for()
    assert len(read_tables(pack).keeps) == 1
    context.close()


def test_hostile_documents_run_nothing_and_load_nothing(chromium: Any, base: str) -> None:
    """Over every candidate: no dialog, no error, no request but for pages of the review."""
    watched = Watched(chromium)
    seen = 0
    for kind in PAGES[1:]:
        page = opened(watched, base + kind)
        while page.url != base:
            seen += 1
            page.keyboard.press("j")
            assert page.locator(":is(img, iframe, svg, object, embed)").count() == 0
            assert page.locator("script").count() == 1
            pressed(page, "s")
    assert seen >= 10
    assert watched.trouble == []
    assert [url for url in watched.requests if not url.startswith(base)] == []
    watched.close()


def test_another_page_can_not_decide(chromium: Any, base: str, pack: Path, tmp_path: Path) -> None:
    """A form elsewhere, even one that knows the whole address, is refused; so is a frame around the review."""
    watched = Watched(chromium)
    page = opened(watched, base + "q/removal")
    target = page.url
    evil = tmp_path / "evil.html"
    evil.write_text(
        f'<form method="post" action="{target}"><input name="verdict" value="refused"><button>win</button></form>'
        f'<iframe src="{target}"></iframe>'
    )
    page = watched.open(evil)
    assert "Accept" not in page.frames[-1].content()
    page.get_by_role("button", name="win").click()
    page.get_by_text("must come from the review's own page").wait_for()
    assert read_decisions(pack) == {}
    assert not pack.exists()
    watched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_anybody_can_use_it(
    chromium: Any, base: str, size: tuple[int, int], scheme: str, request: pytest.FixtureRequest
) -> None:
    """axe-core finds nothing serious on any kind of page, colours included; nothing is wider than the window."""
    watched = Watched(chromium, width=size[0], height=size[1], scheme=scheme)
    folder = request.config.getoption("--basetemp")
    for path in PAGES:
        page = opened(watched, base + path)
        if path == "q/recurring":
            pressed(page, "a")
        for summary in page.locator("summary").all():
            summary.click()
        assert accessibility_problems(page) == [], path
        assert watched.overflow() <= 0, path
        if folder:
            name = re.sub(r"\W", "", path) or "overview"
            page.screenshot(path=Path(folder) / f"{name}-{size[0]}-{scheme}.png")
    watched.close()
