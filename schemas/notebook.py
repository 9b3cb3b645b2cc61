"""Draw articles, rejects and ledgers as HTML for a notebook; the pages of `copydesk.tasks.report` share its parts.

All text of a document is escaped, and nothing links or loads: scraped text stays text. The colours are
readable on a light and on a dark background.
"""

from collections.abc import Iterable
from datetime import datetime, time
from html import escape
from typing import Any, Final

from copydesk.schemas.article import Article
from copydesk.schemas.escapes import visible
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject

HUES: Final = {
    "player": 0,
    "related": 28,
    "ad": 52,
    "comment": 88,
    "nav": 140,
    "share": 178,
    "legal": 240,
    "contact_form": 268,
    "newsletter": 300,
    "paywall": 332,
}
"""Colour of what is removed under a label, in degrees of the colour circle; other labels are grey."""
FIELD_HUE: Final = 210
"""Colour of what became a field."""
_NOTE: Final = "opacity:.6;font-size:85%"
_LEFT: Final = "text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere"
_FIELDS: Final = (
    "title",
    "section",
    "byline",
    "authors",
    "published_at",
    "modified_at",
    "publisher",
    "url",
    "flags",
)


def draw(record: Any) -> str:
    """Return the HTML of an article, a reject, a ledger row or an outcome; raise TypeError for anything else."""
    if isinstance(record, Outcome):
        return f"{draw(record.result)}{_ledger(record.ledger)}"
    if isinstance(record, Article):
        return f"{_table(facts(record))}{_body(record)}"
    if isinstance(record, Reject):
        found = [("rejected by", record.stage), ("reason", record.reason), ("detail", record.detail)]
        place = [(name, getattr(record.origin, name)) for name in ("source", "record", "url")]
        return _table([*found, *((name, value) for name, value in place if value)])
    if isinstance(record, LedgerRow):
        return _ledger([record])
    raise TypeError(
        f"found {type(record).__name__}, expected an article, a reject, a ledger row or an outcome"
    )


def facts(article: Article) -> list[tuple[str, str]]:
    """Return the fields that are not empty, by name."""
    values = [(name, getattr(article, name)) for name in _FIELDS]
    shown = [(name, _plain(value, article.date_basis)) for name, value in values if value]
    counts = f"{article.word_count} words; {article.removed_chars} characters removed ({article.removed_share:.1%})"
    return [*shown, ("size", counts)]


def _plain(value: object, date_basis: str) -> str:
    """Return a field in readable form: names separated by commas, a day without an invented midnight."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, datetime) and date_basis == "date-only" and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _body(article: Article) -> str:
    """Draw the blocks of the body."""
    parts = []
    for block in article.blocks:
        style = "font-weight:bold" if block.kind == "subheading" else ""
        parts.append(f'<p style="{_LEFT};max-width:60em;{style}">{escaped(block.text)}</p>')
    return "".join(parts)


def _ledger(rows: Iterable[LedgerRow]) -> str:
    """Draw one table row per stretch: removed text struck through on red, fields on blue, body plain."""
    drawn = []
    for row in rows:
        decided = f"{row.rule} {row.score:.2f}" if row.rule else ""
        drawn.append(
            f'<tr><td style="{_LEFT}"><span style="{_style(row)}">{escaped(row.text)}</span></td>'
            f'<td style="{_LEFT};{_NOTE}">{escaped(row.label)}</td><td style="{_LEFT};{_NOTE}">{escaped(decided)}</td></tr>'
        )
    head = "".join(f'<th style="{_LEFT}">{name}</th>' for name in ("text", "label", "decided by"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(drawn)}</tbody></table>" if drawn else ""


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><th style="{_LEFT}">{escaped(name)}</th><td style="{_LEFT}">{escaped(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><tbody>{''.join(cells)}</tbody></table>"


def _style(row: LedgerRow) -> str:
    """Return the style of a stretch; its colours let both grounds through."""
    if row.fate == "body":
        return ""
    if row.fate == "field":
        return f"background:hsl({FIELD_HUE} 70% 50% / .18)"
    colour = f"hsl({HUES[row.label]} 70% 50% / .2)" if row.label in HUES else "hsl(0 0% 50% / .2)"
    return f"background:{colour};text-decoration:line-through"


def escaped(text: str) -> str:
    """Escape mark-up, and make control and direction characters visible."""
    return escape(visible(text))
