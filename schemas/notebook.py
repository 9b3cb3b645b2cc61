"""Draw articles, rejects and ledgers as HTML for a notebook.

All text of a document is escaped, and nothing links or loads: scraped text stays text. The colours are
readable on a light and on a dark background.
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from copydesk.schemas.article import Article
from copydesk.schemas.labels import BODY
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject

_REMOVED: Final = "background:rgba(220,60,50,.16);text-decoration:line-through"
_FIELD: Final = "background:rgba(50,120,220,.18)"
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
        return f"{_table(_facts(record))}{_body(record)}"
    if isinstance(record, Reject):
        found = [("rejected by", record.stage), ("reason", record.reason), ("detail", record.detail)]
        place = [(name, getattr(record.origin, name)) for name in ("source", "record", "url")]
        return _table([*found, *((name, value) for name, value in place if value)])
    if isinstance(record, LedgerRow):
        return _ledger([record])
    raise TypeError(
        f"found {type(record).__name__}, expected an article, a reject, a ledger row or an outcome"
    )


def _facts(article: Article) -> list[tuple[str, str]]:
    """Return the fields that are not empty, by name."""
    values = [(name, getattr(article, name)) for name in _FIELDS]
    shown = [(name, ", ".join(v) if isinstance(v, list) else v) for name, v in values if v]
    counts = f"{article.word_count} words; {article.removed_chars} characters removed ({article.removed_share:.1%})"
    return [*((name, str(value)) for name, value in shown), ("size", counts)]


def _body(article: Article) -> str:
    """Draw the blocks of the body."""
    parts = []
    for block in article.blocks:
        style = "font-weight:bold" if block["kind"] == "subheading" else ""
        parts.append(f'<p style="{_LEFT};max-width:60em;{style}">{_text(block["text"])}</p>')
    return "".join(parts)


def _ledger(rows: Iterable[LedgerRow]) -> str:
    """Draw one table row per stretch: removed text struck through on red, fields on blue, body plain."""
    drawn = []
    for row in rows:
        style = _REMOVED if not row.kept else "" if row.label in BODY else _FIELD
        decided = f"{row.rule} {row.score:.2f}" if row.rule else ""
        drawn.append(
            f'<tr><td style="{_LEFT}"><span style="{style}">{_text(row.text)}</span></td>'
            f'<td style="{_LEFT};{_NOTE}">{_text(row.label)}</td><td style="{_LEFT};{_NOTE}">{_text(decided)}</td></tr>'
        )
    head = "".join(f'<th style="{_LEFT}">{name}</th>' for name in ("text", "label", "decided by"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(drawn)}</tbody></table>" if drawn else ""


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (
        f'<tr><th style="{_LEFT}">{_text(name)}</th><td style="{_LEFT}">{_text(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><tbody>{''.join(cells)}</tbody></table>"


def _text(text: str) -> str:
    """Escape mark-up, and make control and direction characters visible."""
    return escape(
        "".join(c if c == "\n" or c.isprintable() or c.isspace() else f"\\u{ord(c):04x}" for c in text)
    )
