"""JSON that is not one object a line: arrays, objects that hold a list, single records; streamed, and resilient."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read

FIELD = Path(__file__).parents[1] / "field"
ROWS = [
    {"id": f"r{n}", "text": f'text {n}, with [brackets] {{and}} "quotes"', "tags": [{"a": 1}]}
    for n in range(5)
]


def items(
    path: Path, content: str | bytes, cursor: Cursor | None = None, **limits: Any
) -> list[RawDocument | Reject]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(InputFile(path.name, path, walked=True), Columns(), Settings(**limits), cursor))


def texts(found: list[RawDocument | Reject]) -> list[object]:
    return [item.content if isinstance(item, RawDocument) else item.reason for item in found]


WHOLE = [row["text"] for row in ROWS]
FORMS = {
    "an array": json.dumps(ROWS),
    "an array on many lines": json.dumps(ROWS, indent=2),
    "an object with a list": json.dumps({"status": "ok", "totalResults": 5, "articles": ROWS}),
    "an object with a list on many lines": json.dumps(
        {"meta": {"n": [1]}, "articles": ROWS, "next": None}, indent=1
    ),
    "an object of objects": json.dumps({f"k{n}": row for n, row in enumerate(ROWS)}),
    "objects one after the other": "\n".join(json.dumps(row, indent=1) for row in ROWS),
    "with a byte order mark": "\ufeff" + json.dumps(ROWS),
    "an array in an array": json.dumps([ROWS]),
    "an array twice": json.dumps(ROWS[:2]) + json.dumps(ROWS[2:]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["a.json", "a", "a.json.gz"])
def test_records_come_through(tmp_path: Path, form: str, name: str) -> None:
    """They are found in any container, each with its id."""
    found = items(tmp_path / name, FORMS[form])
    assert texts(found) == WHOLE
    assert [item.origin.record for item in found] == [f"r{n}" for n in range(5)]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_single_record_is_a_file(tmp_path: Path, indent: int | None) -> None:
    """Changed, it is a new version of the same article."""
    found = items(
        tmp_path / "a.json",
        json.dumps({"title": "T", "text": "One.", "images": [{"url": "x"}]}, indent=indent),
    )
    assert texts(found) == ["One."]
    assert (found[0].origin.record, found[0].origin.identity) == ("", f"file:{tmp_path}/a.json")


def test_reading_goes_on_inside_an_array(tmp_path: Path) -> None:
    """It continues after the records of an earlier run."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROWS))
    cursor = Cursor()
    reading = read(InputFile("a.json", path), Columns(), Settings(), cursor)
    first = [next(reading), next(reading)]
    rest = read(InputFile("a.json", path), Columns(), Settings(), Cursor(cursor.place))
    assert texts([*first, *rest]) == WHOLE


BROKEN = {
    "a word in place of a value": ('"text": nope', "bad-json"),
    "an open quote": ('"text": "never closed\n', "bad-json"),
    "a bracket too few": ('"text": "x", "more": {"a": 1', "bad-json"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("envelope", [False, True])
def test_a_broken_record_costs_itself(tmp_path: Path, what: str, indent: int | None, envelope: bool) -> None:
    """The records before and after it are read."""
    inner, reason = BROKEN[what]
    parts = [json.dumps(row, indent=indent) for row in ROWS]
    parts[2] = '{"id": "bad", ' + inner + "}"
    content = "[" + ",\n".join(parts) + "]"
    content = '{"status": "ok", "articles": ' + content + "}" if envelope else content
    assert texts(items(tmp_path / "a.json", content)) == [*WHOLE[:2], reason, *WHOLE[3:]]


def test_an_array_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    """A reject reports it."""
    found = items(tmp_path / "a.json", json.dumps(ROWS)[:-40])
    assert texts(found) == [*WHOLE[:4], "truncated"]


def test_a_record_that_is_too_large_costs_itself(tmp_path: Path) -> None:
    """It is passed over without being held."""
    rows = [*ROWS[:2], {"id": "big", "text": "x" * 300_000}, *ROWS[2:]]
    found = items(tmp_path / "a.json", json.dumps(rows), max_line_bytes=200_000)
    assert texts(found) == [*WHOLE[:2], "too-large", *WHOLE[2:]]


@pytest.mark.parametrize("envelope", [False, True])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, envelope: bool) -> None:
    """40 MB of records pass through a few chunks, also inside an object larger than a record may be."""
    row = json.dumps({"text": "x" * 10_000})
    with (tmp_path / "a.json").open("w") as file:
        file.write('{"status": "ok", "articles": [' if envelope else "[")
        file.write(",".join([row] * 4000))
        file.write("]}" if envelope else "]")
    tracemalloc.start()
    path = InputFile("a.json", tmp_path / "a.json")
    count = sum(
        isinstance(item, RawDocument) for item in read(path, Columns(), Settings(max_line_bytes=1 << 20))
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4000
    assert peak < 8 << 20


def test_files_beside_documents(tmp_path: Path) -> None:
    """Notes of a crawler are rejects with the reason; named, they end the run."""
    for name in ("zz-meta.json", "zz-pretty.json"):
        source = FIELD / "101-metadata-json" / name
        (found,) = read(InputFile(name, source, walked=True), Columns(), Settings())
        assert isinstance(found, Reject)
        assert found.reason == "no-text-column"
        assert "its columns: " in found.detail
        with pytest.raises(UsageError):
            list(read(InputFile(name, source), Columns(), Settings()))


@pytest.mark.parametrize(
    "name", ["deep.json", "p1_dict.parquet", "p2_dict9.parquet", "p7_ts.parquet", "p9_dupcols.parquet"]
)
def test_attacks(name: str) -> None:
    """A reject of the file or the record, or a document: never an error, never gigabytes."""
    found = list(read(InputFile(name, FIELD / "attack" / name), Columns(), Settings()))
    reasons = {item.reason for item in found if isinstance(item, Reject)}
    expected = {"deep.json": "no-content", "p7_ts.parquet": None, "p9_dupcols.parquet": "bad-columns"}
    assert reasons == {expected.get(name, "too-large")} - {None}
    assert found


def test_deeply_nested_values(tmp_path: Path) -> None:
    """A reject of the record."""
    deep = '{"text":' + "[" * 100_000 + "]" * 100_000 + "}"
    found = items(tmp_path / "a.json", f'[{{"text": "a"}},{deep},{{"text": "b"}}]')
    assert texts(found) == ["a", "bad-json", "b"]


EMPTY = {
    "[]": "a.json: the list has no records",
    "[ ]\n": "a.json: the list has no records",
    "[[]]": "a.json: the list has no records",
    '{"status": "ok", "totalResults": 0, "articles": []}': "a.json: the list `articles` has no records",
    '{"results": [], "next": null}': "a.json: the list `results` has no records",
}


@pytest.mark.parametrize("content", EMPTY)
def test_a_list_without_records_is_no_fault(tmp_path: Path, content: str) -> None:
    """The answer of an interface that found nothing: the run goes on, and says so."""
    cursor = Cursor()
    assert not items(tmp_path / "a.json", content, cursor)
    assert cursor.notes == [EMPTY[content]]


@pytest.mark.parametrize(
    "content", ["null", '""', "true", "12", '"a text in quotes, not an object"', "NaN", "nothing"]
)
def test_a_value_alone_is_no_article(tmp_path: Path, content: str) -> None:
    """A file named `.json` that holds no object is rejected, with what was found."""
    found = items(tmp_path / "a.json", content)
    assert texts(found) == ["bad-json"] * len(found)
    assert found
    assert "expected a JSON object" in found[0].detail  # type: ignore[union-attr]


@pytest.mark.parametrize("content", [" ", "\n\n", "\ufeff"])
def test_a_file_of_blanks_is_empty(tmp_path: Path, content: str) -> None:
    assert texts(items(tmp_path / "a.json", content)) == ["empty"]
