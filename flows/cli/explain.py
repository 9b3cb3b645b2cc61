"""Show a document with removed text struck out, and beside each stretch the evidence that decided it.

The view prints the ledger: it decides nothing and recomputes nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from copydesk.flows.terminal import escape_scraped, scraped
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.tasks.article import characters

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

REMOVED, FIELD, KEPT = "-", "=", " "
"""Markers of a stretch: removed, became a field of the article, part of its text."""
_MARKERS = {"removed": REMOVED, "field": FIELD, "body": KEPT}
_GLUED = ">"
"""Second marker: this stretch was in the same line or block as the one before."""
_STYLES = {REMOVED: "red strike", FIELD: "cyan", KEPT: ""}
_NARROW = 72
"""Below this width the notes are under the text, not beside it."""


class Line(NamedTuple):
    """A stretch as it is shown. `note` is empty for body text that had no evidence against it."""

    marker: str
    glued: bool
    text: str
    note: str


def lines(ledger: Sequence[LedgerRow], text: str) -> Iterator[Line]:
    """Yield the ledger of a document as lines to show; its offsets count in `text`."""
    end = -1
    for row in ledger:
        yield Line(_MARKERS[row.fate], end >= 0 and "\n" not in text[end : row.start], row.text, _note(row))
        end = row.end


def plain(outcome: Outcome, text: str) -> str:
    """Render for a pipe or file: one line per stretch, so that `grep '^-'` finds removed text.

    `- ` removed, `= ` became a field, two spaces kept as text. A `>` in the second column marks a stretch
    from the same line or block as the one before. Notes are in brackets at the end. Scraped control
    characters are escaped here as well, because such output is viewed and pasted in terminals.
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
    """Summarise in sentences the result of the document and of its characters."""
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
    """Lay each stretch out as a row of its own, so that long documents appear while they are rendered."""
    from rich.table import Table
    from rich.text import Text

    beside = min(56, width * 2 // 5)
    for line in shown:
        mark = Text(line.marker + (_GLUED if line.glued else " "), style="dim")
        # Styled as a span: a style of the whole Text would strike out the padding as well.
        text, note = (
            Text.assemble((escape_scraped(line.text), _STYLES[line.marker])),
            scraped(_broken(line.note, beside if width >= _NARROW else width), "dim"),
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


_BREAKS = re.compile(r"(?<=[ /-])")


def _broken(note: str, width: int) -> str:
    """Break a note that is wider than its column after a space, slash or hyphen, so that no word of a rule's id is cut.

    >>> print(_broken("credit credit/en/image-copyright-before-caption", 32))
    credit credit/en/image-
    copyright-before-caption
    """
    lines = [""]
    for piece in _BREAKS.split(note):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _note(row: LedgerRow) -> str:
    """Return label and deciding rule, and the score if the decision was uncertain."""
    if row.label == "paragraph" and not row.rule:
        return ""
    score = f" {row.score:.2f}" if row.rule and row.score < 1 else ""
    return f"{row.label} {row.rule}{score}".rstrip()


def _one_line(text: str) -> str:
    return escape_scraped(" ".join(text.split("\n")), one_line=True)
