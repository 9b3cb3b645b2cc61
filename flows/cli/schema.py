"""The dataset contract as text, rendered from the schemas, so that it can't contradict them."""

import json
import re
from dataclasses import fields
from datetime import date
from typing import Any, Final

import pyarrow as pa

from copydesk.schemas.article import ARTICLES, Article
from copydesk.schemas.kinds import Meaning
from copydesk.schemas.labels import BODY, FIELDS, FURNITURE
from copydesk.schemas.ledger import LEDGER, LedgerRow
from copydesk.schemas.parts import BodyBlock, Caption, Evidence, Part, meanings
from copydesk.schemas.records import plain
from copydesk.schemas.report import REJECTS, RUNS, RejectRow, RunReport

DATASETS = {
    "articles": (ARTICLES, "one row per live article"),
    "ledger": (LEDGER, "one row per stretch of each document, kept or removed"),
    "rejects": (REJECTS, "one row per document that did not become an article"),
    "runs": (RUNS, "one row per run"),
}
_RECORDS: Final = {"articles": Article, "ledger": LedgerRow, "rejects": RejectRow, "runs": RunReport}
_PARTS: Final[dict[str, Part]] = {"blocks": BodyBlock, "captions": Caption, "evidence": Evidence}
"""Columns of articles whose values are lists of records."""
_MARKS = re.compile(r"(<!-- contract -->\n).*?(<!-- /contract -->)", re.DOTALL)


def contract() -> str:
    """Render every dataset, column, type and meaning, and the labels, as Markdown."""
    parts = [dataset(name) for name in DATASETS]
    return "\n".join([*parts, _labels()])


def dataset(name: str) -> str:
    """Render one dataset as a Markdown heading and table."""
    schema, meaning = DATASETS[name]
    version = schema.metadata[b"schema_version"].decode()
    rows = []
    for field in fields(_RECORDS[name]):
        rows.append(_row(field.name, type_name(schema.field(field.name).type), field.metadata["meaning"]))
        if name == "articles" and field.name in _PARTS:
            inside = meanings(_PARTS[field.name])
            rows += [_row(f"{field.name}[].{part}", "string", meaning) for part, meaning in inside.items()]
    return "\n".join(
        [
            f"### `{name}/`: {meaning} (schema version {version})",
            "",
            "| column | type | meaning | example |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(name: str, kind: str, meaning: Meaning) -> str:
    """One row of the table of columns: what it means, how it is written, and a value as it may come."""
    told = f"{meaning.doc}. *Format:* {meaning.format}" if meaning.format else meaning.doc
    return f"| `{name}` | {kind} | {_cell(told)} | `{_cell(_shown(meaning.example))}` |"


def _shown(example: Any) -> str:
    if isinstance(example, str):
        return example.replace("\n", "\\n")
    return json.dumps(plain(example), ensure_ascii=False, default=_iso).strip('"')


def type_name(kind: pa.DataType) -> str:
    """Name an Arrow type briefly: structs by the names of their fields, timestamps with their zone.

    >>> type_name(pa.list_(pa.struct([("kind", pa.string()), ("text", pa.string())])))
    'list<struct<kind, text>>'
    """
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(field.name for field in kind)}>"
    if pa.types.is_map(kind):
        return f"map<{type_name(kind.key_type)}, {type_name(kind.item_type)}>"
    if pa.types.is_timestamp(kind):
        return f"timestamp[{kind.unit}, {kind.tz}]"
    return str(kind)


def update(document: str) -> str:
    """Insert the contract between the `contract` comments of a Markdown document."""
    return _MARKS.sub(lambda hit: f"{hit[1]}\n{contract()}\n{hit[2]}", document)


def _labels() -> str:
    rows = [
        ("body", ", ".join(f"`{label}`" for label in sorted(BODY)), "becomes `text`"),
        ("fields", ", ".join(f"`{label}`" for label in sorted(FIELDS)), "become columns"),
        *(("furniture", f"`{label}`", meaning) for label, meaning in FURNITURE.items()),
    ]
    table = [f"| {kind} | {label} | {_cell(meaning)} |" for kind, label, meaning in rows]
    return "\n".join(["### Labels", "", "| | label | what it is |", "|---|---|---|", *table, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _iso(day: date) -> str:
    return day.isoformat()
