"""The page of a document says what the ledger says, in its order, and nothing of the document becomes mark-up."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import copydesk
from copydesk.schemas.document import Origin
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.tasks.report import Explanation, draw_explanation, fits, reason_of, rebuild_text
from copydesk.tasks.report.reasons import DECISIONS
from copydesk.tasks.rules import load

ROOT = Path(__file__).resolve().parents[2]
TEXT = "Sport\nMedia captionA boat\nIt rained."
ROWS = (
    LedgerRow("i", "", 0, 0, 5, "Sport", "section", True, "structure:rubric", 0.9),
    LedgerRow("i", "", 1, 6, 19, "Media caption", "caption", False, "en/caption/media", 1.0),
    LedgerRow("i", "", 2, 19, 25, "A boat", "caption", True, "en/caption/media", 1.0),
    LedgerRow("i", "", 3, 26, 36, "It rained.", "paragraph", True, "", 1.0),
)


class Reader(HTMLParser):
    """The text of the source, and the text of each stretch with its element and class."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.stretches: list[tuple[str, str]] = []
        self.elements: set[str] = set()
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        of = dict(attrs)
        if of.get("id") == "source":
            self._depth = 1
        elif self._depth:
            self._depth += 1
            self.stretches.append((tag, of.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        self._depth -= bool(self._depth)

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.text += data


def drawn(rows: tuple[LedgerRow, ...], text: str, whys: dict[str, str] | None = None) -> str:
    reject = Reject(Origin("a.txt"), "clean", "not-an-article", "found nothing")
    return draw_explanation(Explanation(Outcome(reject, rows), text, whys or {}, "a.txt"))


def test_the_document_is_shown_as_it_came() -> None:
    """All of the text, in order; what is gone in `del`, what became a field in `mark`."""
    reader = Reader()
    reader.feed(drawn(ROWS, TEXT))
    assert reader.text == TEXT
    assert [(element, classes.split()[1:2]) for element, classes in reader.stretches] == [
        ("mark", ["field"]),
        ("del", ["removed"]),
        ("mark", ["field"]),
        ("span", []),
    ]


def test_each_decision_says_why() -> None:
    """Rule, its reason, its score; structure and models have sentences of their own."""
    page = drawn(ROWS, TEXT, {"en/caption/media": "A player's marker."})
    assert "A player&#x27;s marker." in page
    assert DECISIONS["structure:rubric"] in page
    assert "score 0.90" in page


def test_repair_is_said() -> None:
    """Where the ledger's text is not the scraper's, both are shown."""
    row = LedgerRow("i", "", 0, 0, 6, "It’s on", "share", False, "r", 1.0)
    assert "After repair: <q>It’s on</q>" in drawn((row,), "Itâ€™s on")


@settings(max_examples=60)
@given(st.text(alphabet="<>\"'&/;=a\u202e\x1b\u2028 \n", max_size=40))
def test_no_text_becomes_mark_up(text: str) -> None:
    """Title, name, rule, label, reason and text of a document stay text."""
    row = LedgerRow("i", "", 0, 0, len(text), text, text, False, text, 0.5)
    reject = Reject(Origin(text, text), text, text, text)
    page = draw_explanation(Explanation(Outcome(reject, (row,)), text, {text: text}, text))
    reader, plain = Reader(), Reader()
    reader.feed(page)
    plain.feed(drawn((LedgerRow("i", "", 0, 0, 1, "a", "share", False, "b", 0.5),), "a", {"b": "c"}))
    assert reader.elements <= plain.elements | {"q", "div"}
    assert not re.search("[\u202e\x1b\u2028]", page)


def test_the_policy_admits_no_more_than_the_page_has() -> None:
    """One style and one script, each by its hash; no style attributes, no addresses, nothing to load."""
    page = drawn(ROWS, TEXT)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert page.count("<script") == page.count("<style") == 1
    assert not re.search(r"\bstyle=|\bsrc=|<link|https?://|@import|url\(", page)


def test_every_decision_of_the_code_has_a_sentence() -> None:
    """A new structure or model that decides gets a line in the table; one that is gone leaves it."""
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("label", "article", "repair", "model")
        for path in (ROOT / "tasks" / folder).glob("*.py")
    )
    named = set(re.findall(r'"((?:structure|model|repair):[a-z-]+)"', code))
    assert len(named) > 15
    assert named == set(DECISIONS)
    assert reason_of("structure:ul", {})
    assert "not in force" in reason_of("mine/gone", {})
    assert reason_of("", {}) == ""


def test_a_page_that_is_cleaned_has_a_reason_for_each_stretch() -> None:
    """Of a real page nothing is removed without a sentence that says why."""
    page = (ROOT / "data" / "samples" / "vignes-cookies-json-ld.html").read_bytes()
    rows = [row for row in copydesk.explain(page).ledger if not row.kept]
    whys = {rule.id: rule.why for rule in load().rules}
    assert len(rows) > 10
    assert [row.rule for row in rows if not reason_of(row.rule, whys)] == []


def test_a_text_is_rebuilt_from_its_ledger() -> None:
    """Stretches that touched still touch; offsets count in the new text."""
    text, rows = rebuild_text(ROWS)
    assert text == TEXT
    assert rows == ROWS
    moved = tuple(
        LedgerRow(r.id, r.record, r.seq, r.start + 90, r.end + 90, r.text, r.label, r.kept, r.rule, r.score)
        for r in ROWS
    )
    assert rebuild_text(moved) == (TEXT, ROWS)


@pytest.mark.parametrize(("text", "does"), [(TEXT, True), (TEXT[:-1], False), ("x" * 99, False), ("", False)])
def test_a_text_of_another_reading_is_known(text: str, does: bool) -> None:
    """The ledger is laid over the text that it was written for only."""
    assert fits(ROWS, text) is does


def test_a_day_is_shown_as_a_day() -> None:
    """Where only a day is known, no midnight is made of it; a time stays a time."""
    text = "Quay put off\n14 June 2016\nThe board met on Tuesday and put off the plan for the new quay, she said."
    for published, shown in (
        ("2016-06-14", "2016-06-14<"),
        ("2016-06-14T18:05:00Z", "2016-06-14 18:05:00+00:00<"),
    ):
        outcome = copydesk.explain(text, published=published)
        assert shown in draw_explanation(Explanation(outcome, text, {}, "a.txt"))
        assert shown in outcome._repr_html_()
