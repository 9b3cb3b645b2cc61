"""Show a document with what was removed struck out, and beside each stretch what decided it.

The view is the ledger, printed: it decides nothing and recomputes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from copydesk.flows.terminal import escape_scraped, scraped
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.tasks.article import characters

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

REMOVED, FIELD, KEPT = "-", "=", " "
"""Markers of a stretch: gone, became a field of the article, part of its text."""
_MARKERS = {"removed": REMOVED, "field": FIELD, "body": KEPT}
_GLUED = ">"
"""Second marker: this stretch stood in one line or block with the one before."""
_STYLES = {REMOVED: "red strike", FIELD: "cyan", KEPT: ""}
_NARROW = 72
"""Below this width the notes stand under the text, not beside it."""


class Line(NamedTuple):
    """A stretch as it is shown. `note` is empty for body text that nothing spoke against."""

    marker: str
    glued: bool
    text: str
    note: str


def lines(ledger: Sequence[LedgerRow], text: str) -> Iterator[Line]:
    """Turn the ledger of a document into lines to show; `text` is what its offsets count in."""
    end = -1
    for row in ledger:
        yield Line(_MARKERS[row.fate], end >= 0 and "\n" not in text[end : row.start], row.text, _note(row))
        end = row.end


def plain(outcome: Outcome, text: str) -> str:
    """Render for a pipe or file: one line for each stretch, so that `grep '^-'` finds what is gone.

    `- ` removed, `= ` became a field, two spaces kept as text; `>` in the second place where the
    stretch was glued to the one before. Notes stand in brackets at the end. Scraped control
    characters are escaped here as well: such output is paged and pasted into terminals.
    """
    shown = (
        f"{line.marker}{_GLUED if line.glued else ' '}{_one_line(line.text)}{f'  [{_one_line(line.note)}]' if line.note else ''}"
        for line in lines(outcome.ledger, text)
    )
    return escape_scraped("\n".join([*shown, "", *summary(outcome)]))  # a reject's reason quotes the document


def show(outcome: Outcome, text: str, console: "Console") -> None:
    """Render for a terminal: two columns, removed text struck out."""
    for item in _rendered(lines(outcome.ledger, text), console.width):
        console.print(item)
    console.print()
    for sentence in summary(outcome):
        console.print(scraped(sentence, "bold"))


def summary(outcome: Outcome) -> list[str]:
    """Say in sentences what became of the document and of its characters."""
    counted = characters(outcome.ledger)
    gone = sum(not row.kept for row in outcome.ledger)
    share = f" ({counted.share:.1%})" if outcome.ledger else ""
    counts = f"kept {counted.kept:,} characters, removed {counted.gone:,}{share} in {gone} stretches"
    result = outcome.result
    if isinstance(result, Reject):
        return [counts, f"rejected by {result.stage}: {result.reason}: {result.detail}"]
    fields = {
        "title": result.title,
        "section": result.section,
        "byline": result.byline,
        "published": result.published_raw,
        "modified": result.modified_raw,
        "language": result.language,
        "repairs": ", ".join(result.repairs),
    }
    return [counts, *(f"{name}: {_one_line(value)}" for name, value in fields.items() if value)]


def _rendered(shown: Iterable[Line], width: int) -> Iterator["RenderableType"]:
    """Lay each stretch out as a row of its own, so that long documents appear as they are rendered."""
    from rich.table import Table
    from rich.text import Text

    beside = min(56, width * 2 // 5)
    for line in shown:
        mark = Text(line.marker + (_GLUED if line.glued else " "), style="dim")
        # Styled as a span: a style of the whole Text would strike out the padding as well.
        text, note = (
            Text.assemble((escape_scraped(line.text), _STYLES[line.marker])),
            scraped(line.note, "dim"),
        )
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(width=2)
        grid.add_column(ratio=1, overflow="fold")
        if width >= _NARROW:
            grid.add_column(width=beside, overflow="fold")
            grid.add_row(mark, text, note)
        else:
            grid.add_row(mark, Text("  ").join([text, note]) if line.note else text)
        yield grid


def _note(row: LedgerRow) -> str:
    """Name label and decider; the score where the decision was less than certain."""
    if row.label == "paragraph" and not row.rule:
        return ""
    score = f" {row.score:.2f}" if row.rule and row.score < 1 else ""
    return f"{row.label} {row.rule}{score}".rstrip()


def _one_line(text: str) -> str:
    return escape_scraped(" ".join(text.split("\n")), one_line=True)
