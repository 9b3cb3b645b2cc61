"""The printed contract is the code's, and complete."""

import re
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pytest

from copydesk.flows.cli.schema import DATASETS, contract, dataset, type_name, update
from copydesk.schemas.article import Article
from copydesk.schemas.labels import LABELS
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.parts import BodyBlock, Caption, Evidence, Part, meanings, struct_of
from copydesk.schemas.report import RejectRow, RunReport

RECORDS = [Article, LedgerRow, RejectRow, RunReport]
COLUMNS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "columns.md"


@pytest.mark.parametrize("name", DATASETS)
def test_every_column_stands_in_its_table(name: str) -> None:
    """They are in the order of the schema, each with a type, a meaning and an example.

    Parts of a column are below it.
    """
    rows = re.findall(r"^\| `([\w.\[\]]+)` \| ([^|]+) \| (.+) \| `(.+)` \|$", dataset(name), re.MULTILINE)
    assert [row[0] for row in rows if "[]" not in row[0]] == DATASETS[name][0].names
    assert all(all(row) for row in rows)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_examples_are_values_of_their_columns(record: type) -> None:
    """A reader who types an example into a query gets no error of types."""
    columns = fields(record)
    assert columns
    for column in columns:
        meaning = column.metadata["meaning"]
        assert pa.scalar(meaning.example, column.metadata["arrow"]).is_valid, column.name
        assert not meaning.doc.endswith("."), column.name
        assert not meaning.format.endswith("."), column.name


@pytest.mark.parametrize("part", [BodyBlock, Caption, Evidence], ids=lambda part: part.__name__)
def test_parts_have_meanings_and_become_their_struct(part: Part) -> None:
    """Each field says what it means; Arrow takes a part as it is, and gives its fields back by name."""
    found = meanings(part)
    assert list(found) == list(part._fields)
    assert all(meaning.doc and isinstance(meaning.example, str) for meaning in found.values())
    value = part(*[meaning.example for meaning in found.values()])
    assert pa.scalar(value, struct_of(part).arrow()).as_py() == value._asdict()


def test_every_label_is_explained() -> None:
    """A reader of the ledger finds each label in the contract."""
    assert {label for label in LABELS if f"`{label}`" in contract()} == LABELS


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.timestamp("us", tz="UTC"), "timestamp[us, UTC]"),
        (pa.map_(pa.string(), pa.int64()), "map<string, int64>"),
        (pa.list_(pa.struct([("a", pa.string()), ("b", pa.int32())])), "list<struct<a, b>>"),
        (pa.bool_(), "bool"),
    ],
)
def test_types_are_named_briefly(kind: pa.DataType, name: str) -> None:
    """Nested types by what is inside, timestamps with their zone."""
    assert type_name(kind) == name


def test_update_replaces_only_what_lies_between_the_comments() -> None:
    """The rest of a document is left alone, and doing it twice changes nothing."""
    document = "before\n<!-- contract -->\nWHAT STOOD HERE\n<!-- /contract -->\nafter\n"
    once = update(document)
    assert once.startswith("before\n<!-- contract -->\n")
    assert once.endswith("<!-- /contract -->\nafter\n")
    assert "WHAT STOOD HERE" not in once
    assert update(once) == once


def test_the_reference_holds_the_contract_of_the_code() -> None:
    """Regenerate with `make docs` when a column changed."""
    text = COLUMNS.read_text(encoding="utf-8")
    assert "<!-- contract -->" in text
    assert update(text) == text
