"""A must-keep line of a pack stays, whatever rules and models say; all else is decided as before."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from copydesk.flows.cli import main
from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean

STORY = (
    "The board met on Tuesday, 3 May 2022, and put off the plan for the new quay, which the fishermen had asked for.",
    "Two hours later the ferry left without the mayor, who had gone back to the town hall to fetch her umbrella.",
    "Nobody on the island could remember a meeting that ended so early, or a storm that came from the south.",
)
SHARE = "Share this with Facebook"
READ = "Read more: Ten lamps for the quay"
RULE = """[[rule]]
id = "mine/ad/lamps"
label = "ad"
scope = "span"
pattern = 'visit our shop of lamps[^.]*\\.'
why = "An advertisement."
seen = "test"
match = ["Visit our shop of lamps today."]
keep = ["A shop of lamps opened."]
"""
GLUED = "Visit our shop of lamps today."


def context(folder: Path, *lines: str) -> CleaningContext:
    """A context whose pack has a rule, and these must-keep lines."""
    pack = folder / "mine.toml"
    keep = (
        f'[[keep]]\nid = "mine/keep/test"\nlines = {list(lines)}\nwhy = "A person said so."\n'
        if lines
        else ""
    )
    pack.write_text(RULE + keep, encoding="utf-8")
    return CleaningContext.open([pack], Settings())


def ledger(text: str, made: CleaningContext, fmt: Format = "text") -> Sequence[LedgerRow]:
    return clean(RawDocument(Origin("t"), text.encode(), fmt), made).ledger


def fates(rows: Sequence[LedgerRow]) -> dict[str, tuple[str, str]]:
    return {row.text: (row.fate, row.rule) for row in rows}


TEXT = "\n\n".join([STORY[0], SHARE, STORY[1], READ, f"{STORY[2]} {GLUED}"])


@pytest.mark.parametrize("line", [SHARE, READ, GLUED])
def test_a_must_keep_line_stays(tmp_path: Path, line: str) -> None:
    """A whole line and a stretch glued to a paragraph; the ledger names the must-keep line, all else is as before."""
    before = fates(ledger(TEXT, context(tmp_path)))
    assert before[line][0] == "removed", "no rule removes this any more; take another line"
    after = fates(ledger(TEXT, context(tmp_path, line)))
    assert after.pop(line) == ("body", "mine/keep/test")
    before.pop(line)
    assert after == before


def test_it_is_part_of_the_text_again(tmp_path: Path) -> None:
    """The paragraph that a rule had cut is whole."""
    made = context(tmp_path, GLUED)
    result = clean(RawDocument(Origin("t"), TEXT.encode(), "text"), made).result
    assert f"{STORY[2]} {GLUED}" in result.text  # type: ignore[union-attr]


def test_a_line_of_a_page_stays(tmp_path: Path) -> None:
    """Pages as well: a block that the model of pages or a rule removes."""
    page = f"<title>Quay</title><article><h1>Quay put off</h1>{''.join(f'<p>{p}</p>' for p in STORY)}<p>{READ}</p></article>"
    before = fates(ledger(page, context(tmp_path), "html"))
    assert before[READ][0] == "removed"
    assert fates(ledger(page, context(tmp_path, READ), "html"))[READ] == ("body", "mine/keep/test")


def test_a_part_of_a_removed_stretch_stays(tmp_path: Path) -> None:
    """A long line within a longer removed stretch is cut out of it; no character is lost."""
    text = "\n\n".join([*STORY, f"{READ} beside the old fish market"])
    made = context(tmp_path, "Ten lamps for the quay beside")
    rows = ledger(text, made)
    last = [(row.text, row.fate) for row in rows][-3:]
    assert last == [
        ("Read more:", "removed"),
        ("Ten lamps for the quay beside", "body"),
        ("the old fish market", "removed"),
    ]
    assert "".join("".join(row.text.split()) for row in rows) == "".join(text.split())


def test_a_short_line_saves_no_part_of_furniture(tmp_path: Path) -> None:
    """`Ten lamps` is no reason to keep two words of a link."""
    text = "\n\n".join([*STORY, READ])
    assert fates(ledger(text, context(tmp_path, "Ten lamps"))) == fates(ledger(text, context(tmp_path)))


def test_a_field_stays_a_field(tmp_path: Path) -> None:
    """What becomes the byline is not lost, so it does not become body."""
    text = "\n\n".join(["Quay put off", "By Anna Berg", *STORY])
    before = fates(ledger(text, context(tmp_path)))
    assert before["By Anna Berg"][0] == "field"
    assert fates(ledger(text, context(tmp_path, "By Anna Berg"))) == before


def test_nothing_is_looked_for_without_must_keep_lines(tmp_path: Path) -> None:
    """A pack of rules alone costs a page nothing."""
    assert context(tmp_path).book.keeps is None
    assert context(tmp_path, "x").book.keeps is not None


def test_explain_shows_the_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line is kept, with the id of the must-keep line beside it, and on the page with the reason."""
    context(tmp_path, SHARE)
    source, pack, page = tmp_path / "story.txt", tmp_path / "mine.toml", tmp_path / "story.html"
    source.write_text(TEXT, encoding="utf-8")
    assert main(["explain", str(source), "--rules", str(pack)]) == 0
    assert f"  {SHARE}  [subheading mine/keep/test]\n" in capsys.readouterr().out
    assert main(["explain", str(source), "--rules", str(pack), "--html", "-o", str(page)]) == 0
    assert '<p class="why">A person said so.</p>' in page.read_text(encoding="utf-8")
