"""Scraped text can't act on a terminal, for any content."""

import io
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from copydesk.flows.cli.explain import plain, show
from copydesk.flows.terminal import escape_scraped, scraped
from copydesk.schemas.document import Origin
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x07\x08\x1b\x7f\x85\x9b\x9d\r\n\t\u202e\u2066\u200f\u2028\ufeff\U000e0041[]/\\"
        ),
    ),
    max_size=60,
)
ATTACKS = {
    "window title": "\x1b]0;owned\x07",
    "8-bit CSI": "\x9b31m",
    "clear screen": "\x1b[2J\x1b[H",
    "hyperlink": "\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\",
    "carriage return hides the line": "rm -rf ~\rnothing to see",
    "right-to-left override": "\u202egpj.exe",
    "tag characters": "\U000e0068\U000e0069",
    "next line": "a\x85b",
}
CONSOLE_CODES = re.compile(r"\x1b\[[\d;]*m")
"""The only sequences that a console of ours writes by itself: colours."""


def is_harmless(text: str) -> bool:
    """Stated without the table under test: by Unicode's own categories."""
    return not any(
        (unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t")
        or unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        for c in text
    )


@given(HOSTILE)
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    """Controls, overrides and separators become escapes; with one_line, newlines and tabs, too."""
    assert is_harmless(escape_scraped(text))
    line = escape_scraped(text, one_line=True)
    assert is_harmless(line)
    assert not set("\n\t") & set(line)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_known_attacks_are_shown_not_obeyed(attack: str) -> None:
    """Every sequence that terminals are known to obey comes out as visible text."""
    shown = escape_scraped(attack)
    assert is_harmless(shown)
    assert "\\" in shown


@pytest.mark.parametrize(
    "text",
    [
        "“Zoë”, 60 cm – naïve café…",
        "می‌خواهم",
        "👩‍👩‍👧",
        "Zeit\u00adschrift",
        "上ノ瀬（41）",
        "one\ttab\ntwo lines",
        "C:\\new\\table",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters, typography, joiners and soft hyphens of the world's languages are harmless."""
    assert escape_scraped(text) == text


@given(HOSTILE)
def test_rich_mark_up_is_text(text: str) -> None:
    """Brackets can't style, link or crash a console: every character that goes in comes out."""
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="truecolor", width=10_000).print(
        scraped(text + "[bold]x[/nothing][link=file:///]", one_line=True), end=""
    )
    assert (
        CONSOLE_CODES.sub("", out.getvalue())
        == escape_scraped(text, one_line=True) + "[bold]x[/nothing][link=file:///]"
    )


@given(HOSTILE)
def test_json_stays_exact_and_harmless(text: str) -> None:
    """In JSON the escapes are JSON's own, so that a parser gets back every character."""
    import json

    encoded = escape_json(json.dumps({"text": text}, ensure_ascii=False))
    assert is_harmless(encoded)
    assert json.loads(encoded) == {"text": text}


def _outcome(text: str) -> Outcome:
    row = LedgerRow("id", text, 0, 0, len(text), text, "player", False, text, 0.5)
    return Outcome(Reject(Origin(source=text), text, text, text), (row, row))


@given(HOSTILE)
@example("\x1b]0;owned\x07")
def test_explain_is_harmless_in_a_pipe_and_on_a_terminal(text: str) -> None:
    """The output of explain has no control character from the data, even on a forced terminal."""
    outcome = _outcome(text)
    assert is_harmless(plain(outcome, text))
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="truecolor", width=100, markup=False, emoji=False
    )
    show(outcome, text, console)
    assert is_harmless(CONSOLE_CODES.sub("", out.getvalue()))
