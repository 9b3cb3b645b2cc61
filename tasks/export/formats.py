"""Write an article in another format: text, Markdown, JSON, a line of JSON, a line of CSV.

An article is a mapping with the columns of `articles/`. In Markdown, scraped text stays text: no part of it
becomes mark-up, a link or HTML.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson

from copydesk.schemas.escapes import escape_json

Row = Mapping[str, Any]

_MARKUP: Final = re.compile(r"[\\`*_\[\]<>&#|~]")
_LINE_START: Final = re.compile(r"^([^\S\n]*)([-+=:]|\d{1,9}[.)])", re.MULTILINE)
_FENCE: Final = re.compile("`{3,}")
_FACTS: Final = (
    "id",
    "title",
    "authors",
    "published_at",
    "modified_at",
    "publisher",
    "section",
    "language",
    "url",
    "source",
    "record",
    "flags",
)
"""Columns in the YAML header of a Markdown file."""


def text(row: Row) -> bytes:
    """Return only the body: the column `text`."""
    return f"{row['text']}\n".encode()


def as_json(row: Row) -> bytes:
    """Return the whole record, indented."""
    return orjson.dumps(dict(row), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def json_line(row: Row) -> bytes:
    """Return the whole record on one line. Characters that act on a terminal are JSON escapes, which read back exactly."""
    line = orjson.dumps(dict(row)).decode()
    return (escape_json(line) + "\n").encode()


def markdown(row: Row) -> bytes:
    """Return the article with its fields as YAML before it, and its captions after it."""
    facts = [(name, row.get(name)) for name in _FACTS]
    front = "\n".join(f"{name}: {_yaml(value)}" for name, value in facts if value)
    parts = [f"---\n{front}\n---"]
    if row["title"]:
        parts.append(f"# {_one_line(row['title'])}")
    if row["byline"]:
        parts.append(f"*{_one_line(row['byline'])}*")
    kind = ""
    for block in row["blocks"]:
        drawn = _BLOCKS.get(block["kind"], _paragraph)(block["text"])
        if block["kind"] == kind in ("list_item", "table_row"):
            parts[-1] += f"\n{drawn}"
        else:
            parts.append(drawn)
        kind = block["kind"]
    if row["captions"]:
        parts.append("\n".join(map(_caption, row["captions"])))
    return ("\n\n".join(parts) + "\n").encode()


def _yaml(value: Any) -> str:
    """Return a value as YAML. JSON is valid YAML."""
    return json.dumps(value.isoformat() if isinstance(value, date) else value, ensure_ascii=False)


def _escaped(text: str) -> str:
    return (
        _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))
        .replace("\\&", "&amp;")
        .replace("\\<", "&lt;")
    )


def _one_line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _paragraph(text: str) -> str:
    return "  \n".join(_escaped(line.strip()) for line in text.split("\n"))


def _quoted(text: str) -> str:
    return "\n".join(f"> {_escaped(line)}" for line in text.split("\n"))


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(hit) for hit in _FENCE.findall(text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _caption(caption: Mapping[str, str]) -> str:
    credit = f" ({_one_line(caption['credit'])})" if caption["credit"] else ""
    return f"- {caption['medium'] or 'caption'}: {_one_line(caption['text'])}{credit}"


_BLOCKS: Final[Mapping[str, Callable[[str], str]]] = {
    "subheading": lambda text: f"## {_one_line(text)}",
    "list_item": lambda text: f"- {_one_line(text)}",
    "table_row": lambda text: "| " + " | ".join(map(_one_line, text.split("\t"))) + " |",
    "preformatted": _fenced,
    "embed": _quoted,
}

FORMATS: Final[Mapping[str, tuple[str, Callable[[Row], bytes]]]] = {
    "text": ("txt", text),
    "md": ("md", markdown),
    "json": ("json", as_json),
    "jsonl": ("jsonl", json_line),
}
"""The suffix of a file and the function for an article, by the format's name."""


def csv_head(names: Sequence[str]) -> bytes:
    """Return the first line of a CSV file."""
    return _csv(names)


def csv_row(row: Row, names: Sequence[str]) -> bytes:
    """Return an article as a line of CSV: lists of names with semicolons, structures as JSON."""
    return _csv([_cell(row[name]) for name in names])


def _csv(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "; ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
