"""The explanation is the ledger in another form: nothing is left out, nothing added."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from copydesk.flows.cli.explain import Line, lines, plain, show, summary
from copydesk.schemas.document import Origin
from copydesk.schemas.inputs import Columns
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.pipeline import FRONT_ENDS, CleaningContext, clean
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import expand

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
TEXT = "Sport\nMedia captionA boat\nIt rained."
ROWS = (
    LedgerRow("i", "", 0, 0, 5, "Sport", "section", True, "structure:section", 0.9),
    LedgerRow("i", "", 1, 6, 19, "Media caption", "caption", False, "en/caption/media", 1.0),
    LedgerRow("i", "", 2, 19, 25, "A boat", "caption", True, "en/caption/media", 1.0),
    LedgerRow("i", "", 3, 26, 36, "It rained.", "paragraph", True, "", 1.0),
)


def outcome(*rows: LedgerRow) -> Outcome:
    return Outcome(Reject(Origin("a.txt"), "clean", "not-an-article", "found nothing"), rows)


def test_lines_say_what_became_of_each_stretch() -> None:
    """Removed, a field, or text; glued to the one before or not; with label, rule and doubt."""
    assert list(lines(ROWS, TEXT)) == [
        Line("=", False, "Sport", "section structure:section 0.90"),
        Line("-", False, "Media caption", "caption en/caption/media"),
        Line("=", True, "A boat", "caption en/caption/media"),
        Line(" ", False, "It rained.", ""),
    ]


def test_plain_form() -> None:
    """There is one line per stretch. The marker is in the first column, so that grep finds it."""
    assert plain(outcome(*ROWS), TEXT).splitlines() == [
        "= Sport  [section structure:section 0.90]",
        "- Media caption  [caption en/caption/media]",
        "=>A boat  [caption en/caption/media]",
        "  It rained.",
        "",
        "kept 19 characters, removed 12 (38.7%) in 1 stretches",
        "rejected by clean: not-an-article: found nothing",
    ]


def test_a_stretch_over_several_lines_is_one_line() -> None:
    """A line break inside a stretch must not look like a new stretch."""
    row = LedgerRow("i", "", 0, 0, 7, "one\ntwo", "paragraph", True, "", 1.0)
    assert plain(outcome(row), "one\ntwo").splitlines()[0] == "  one two"


def test_nothing_at_all() -> None:
    """A document without stretches still says what became of it."""
    assert summary(outcome())[0] == "kept 0 characters, removed 0 in 0 stretches"


@pytest.mark.parametrize("width", [40, 100])
def test_terminal_form_strikes_out_what_is_gone(width: int) -> None:
    """Struck through with the terminal's own code; beside it, or below on a narrow one, the reason."""
    out = io.StringIO()
    show(outcome(*ROWS), TEXT, Console(file=out, force_terminal=True, color_system="standard", width=width))
    screen = out.getvalue()
    assert re.search(r"\x1b\[9;31mMedia caption", screen)
    assert not re.search(r"\x1b\[9[;\d]*mA boat", screen)
    assert "en/caption/media" in screen
    assert "It rained." in screen


def test_a_long_id_breaks_between_its_words() -> None:
    """At 80 columns the notes have 32; an id of more must not be cut in the middle of a word."""
    rule = "credit/en/image-copyright-before-caption"
    row = LedgerRow("i", "", 0, 0, 5, "Image", "caption", False, rule, 1.0)
    out = io.StringIO()
    show(outcome(row), "Image", Console(file=out, width=80))
    shown = [line.split() for line in out.getvalue().splitlines()[:2]]
    assert shown == [["-", "Image", "caption", "credit/en/image-"], ["copyright-before-caption"]]


@pytest.mark.parametrize(
    "name", ["ferry-player-notice-2012.txt", "vignes-cookies-json-ld.html", "mina-rtl.html"]
)
def test_every_stretch_of_a_real_document_is_shown(name: str) -> None:
    """As many lines as ledger rows, in their order, for text and for HTML."""
    settings = Settings()
    (file,) = expand([str(SAMPLES / name)])
    (raw,) = read(file, Columns(), settings)
    assert not isinstance(raw, Reject)
    result = clean(raw, CleaningContext.open((), settings))
    text = FRONT_ENDS[raw.format](decode(raw, settings)).text
    shown = list(lines(result.ledger, text))
    assert [line.text for line in shown] == [row.text for row in result.ledger]
    assert {line.marker for line in shown} == {"-", "=", " "}
