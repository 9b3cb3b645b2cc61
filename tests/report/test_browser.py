"""The pages in a real Chromium: they load nothing, run no part of a document, and are accessible."""

import socket
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Watched, accessibility_problems, browser

from copydesk.flows.cli import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
CRANE = SAMPLES / "crane-readme.txt"
HOSTILE = """<!doctype html><title>&lt;img src=x onerror=alert(1)&gt; &lt;/title&gt;&lt;script&gt;alert(2)&lt;/script&gt;</title>
<meta property="og:url" content="javascript:alert(3)"><meta name="author" content='"><svg onload=alert(4)>'>
<article><h1>&lt;img src=x onerror=alert(1)&gt; says the mayor of Port Ansel</h1>
<p>&lt;/div&gt;&lt;script&gt;alert(5)&lt;/script&gt; was what the mayor said on Tuesday, and nobody knew why she had said it.</p>
<p>&lt;a href="javascript:alert(6)" autofocus onfocus=alert(7)&gt; was her answer when the board asked about the new quay.</p>
<p>Share this &lt;iframe src="https://evil.example/"&gt;&lt;/iframe&gt;</p></article>"""
SIZES = [(1280, 900), (390, 844)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def crane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the README's example, as the command writes it."""
    page = tmp_path_factory.mktemp("page") / "crane.html"
    assert main(["explain", str(CRANE), "--html", "-o", str(page)]) == 0
    return page


def test_keys_step_through_what_is_gone(chromium: Any, crane: Path) -> None:
    """J and n step forward, k and p step back, around the ends. The bar shows rule and reason."""
    watched = Watched(chromium)
    page = watched.open(crane)
    seen = []
    for key in "jnjk":
        page.keyboard.press(key)
        seen.append(page.locator(".stretch.now").inner_text())
    assert seen[0].startswith("Share this with Facebook")
    assert seen[1] == seen[3] == "Media playback is unsupported on your device"
    assert seen[2] == "Media caption"
    told = page.locator(".bar").inner_text()
    assert "player removed player/" in told
    assert "film" in told
    assert page.locator(".where").inner_text() == "2 of 6"
    for _ in range(5):
        page.keyboard.press("j")
    assert page.locator(".where").inner_text() == "1 of 6"
    page.keyboard.press("Escape")
    assert page.locator(".stretch.now").count() == 0
    assert watched.trouble == []
    watched.close()


def test_a_pointer_and_a_finger_show_why(chromium: Any, crane: Path) -> None:
    """Hovering shows the reason while it lasts, a tap holds it."""
    watched = Watched(chromium, width=390, height=844)
    page = watched.open(crane)
    page.locator("mark", has_text="14 June 2016").first.hover()
    assert "became a field" in page.locator(".bar").inner_text()
    page.locator("del", has_text="Sign up").first.click()
    assert "newsletter" in page.locator(".bar").inner_text()
    watched.close()


def test_one_label_alone(chromium: Any, crane: Path) -> None:
    """A label's button leaves the others pale, and keys stay within it."""
    watched = Watched(chromium)
    page = watched.open(crane)
    page.get_by_role("button", name="caption").click()
    assert page.locator(".where").inner_text() == "2 removed"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".stretch.now").inner_text() == "Image caption"
    watched.close()


def test_it_says_all_without_a_script(chromium: Any, crane: Path) -> None:
    """With scripts off, the list of reasons is there and the bar is not."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(crane.as_uri())
    assert page.locator(".details li").count() >= 12
    assert not page.locator(".bar").is_visible()
    context.close()


def test_a_hostile_document_runs_nothing_and_loads_nothing(chromium: Any, tmp_path: Path) -> None:
    """The content of the document is shown as text. The only request is for the page itself."""
    source, target = tmp_path / "hostile.html", tmp_path / "page.html"
    source.write_text(HOSTILE, encoding="utf-8")
    assert main(["explain", str(source), "--html", "-o", str(target)]) == 0
    watched = Watched(chromium)
    page = watched.open(target)
    page.keyboard.press("j")
    assert "alert(5)" in page.locator("#source").inner_text()
    assert (
        page.locator(
            "#source :is(img, script, iframe, svg, a), .clean :is(img, script, iframe, svg, a)"
        ).count()
        == 0
    )
    assert watched.trouble == []
    assert watched.requests == [target.as_uri()]
    watched.close()


def test_the_policy_stops_what_escaping_might_miss(chromium: Any, crane: Path, tmp_path: Path) -> None:
    """Were mark-up of a document to get in, nothing of it would run, and nothing would reach a server."""
    broken = tmp_path / "broken.html"
    with socket.create_server(("127.0.0.1", 0)) as server:
        evil = f"http://127.0.0.1:{server.getsockname()[1]}"
        put_in = (
            f'<main><script>document.title="owned"</script><img src="{evil}/x" onerror="document.title=1">'
            f'<iframe src="{evil}/y"></iframe><link rel="stylesheet" href="{evil}/z"><form action="{evil}/">'
        )
        broken.write_text(crane.read_text(encoding="utf-8").replace("<main>", put_in), encoding="utf-8")
        watched = Watched(chromium)
        page = watched.open(broken)
        assert page.title().startswith("Crane that nobody ordered")
        page.evaluate("document.forms[0].requestSubmit()")
        page.wait_for_timeout(300)
        assert page.url == broken.as_uri()
        assert sent_to(server) == b""
    assert len([line for line in watched.trouble if "Content Security Policy" in line]) >= 5
    watched.close()


def sent_to(server: socket.socket) -> bytes:
    """Return the requests to a server. Chromium may connect in advance without a request."""
    server.settimeout(0.3)
    sent = b""
    while True:
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return sent
        with connection:
            connection.settimeout(0.3)
            with suppress(TimeoutError):
                sent += connection.recv(4096)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_anybody_can_read_it(chromium: Any, crane: Path, size: tuple[int, int], scheme: str) -> None:
    """axe-core finds nothing serious, colours included; nothing is wider than the window."""
    watched = Watched(chromium, width=size[0], height=size[1], scheme=scheme)
    page = watched.open(crane)
    page.keyboard.press("j")
    assert accessibility_problems(page) == []
    assert watched.overflow() <= 0
    watched.close()


_NARROW = """() => [...document.querySelectorAll("main > section > table")]
  .filter((table) => table.offsetWidth < 0.9 * table.parentElement.clientWidth - 40)
  .map((table) => table.parentElement.id)"""
"""Tables that are hidden, or do not use the width that they have."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the samples and a hostile page, as the command writes it."""
    folder = tmp_path_factory.mktemp("report")
    hostile = folder / "hostile.html"
    hostile.write_text(HOSTILE, encoding="utf-8")
    for inputs in ([SAMPLES], [SAMPLES, hostile]):
        names = [str(path) for path in inputs]
        assert main(["ingest", *names, "--out", str(folder / "out"), "--direct", "--workers", "1"]) in (0, 3)
    page = folder / "report.html"
    assert main(["report", str(folder / "out"), "-o", str(page)]) == 0
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_anybody_can_read_a_report(chromium: Any, report: Path, size: tuple[int, int], scheme: str) -> None:
    """Nothing serious, nothing wider than the window, nothing loaded, nothing run."""
    watched = Watched(chromium, width=size[0], height=size[1], scheme=scheme)
    page = watched.open(report)
    assert watched.trouble == []
    assert watched.requests == [report.as_uri()]
    assert page.evaluate(_NARROW) == []
    for summary in page.locator("summary").all():
        summary.click()
    page.locator(".wrong").first.click()
    assert accessibility_problems(page) == []
    assert watched.overflow() <= 0
    watched.close()


def test_wrong_removals_are_copied_as_must_keep_lines(chromium: Any, report: Path) -> None:
    """The clipboard has TOML: the lines as they are in the dataset, with rule and article."""
    watched = Watched(chromium)
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = watched.open(report)
    buttons = page.locator("#sample .wrong")
    texts = [buttons.nth(n).get_attribute("data-text") for n in (0, 3)]
    for number in (0, 3):
        buttons.nth(number).click()
    page.get_by_text("2 marked as wrong, copied").wait_for()
    assert "2 of 50" in page.locator(".picked").inner_text()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert tomllib.loads(f"keep = [\n{copied}]")["keep"] == texts
    assert copied.count("# must stay: removed by ") == 2
    page.get_by_role("button", name="Start over").click()
    assert not page.locator(".picked").is_visible()
    assert watched.trouble == []
    watched.close()


def test_it_prints(chromium: Any, crane: Path) -> None:
    """A printed page has no bar, but the list of reasons."""
    watched = Watched(chromium)
    page = watched.open(crane)
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible()
    assert page.locator(".details").is_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"
    watched.close()
