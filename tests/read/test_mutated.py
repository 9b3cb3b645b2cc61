"""Mutated inputs of every format: documents and rejects, never an exception; what the mutation left alone comes through."""

import gzip
import io
import json
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read

COUNT = 12
STORIES = [f"Report {n} of the council, which voted on Tuesday to close bridge {n}." for n in range(COUNT)]
ROWS = [{"id": str(n), "text": story} for n, story in enumerate(STORIES)]


def _zip(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for n, story in enumerate(STORIES):
            archive.writestr(zipfile.ZipInfo(f"d/{n}.txt"), story, method)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for n, story in enumerate(STORIES):
            info = tarfile.TarInfo(f"d/{n}.txt")
            info.size = len(story)
            archive.addfile(info, io.BytesIO(story.encode()))
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out, row_group_size=3)
    return out.getvalue()


INPUTS: dict[str, bytes] = {
    "a.zip": _zip(zipfile.ZIP_DEFLATED),
    "stored.zip": _zip(zipfile.ZIP_STORED),
    "a.tar": _tar(),
    "a.tar.gz": gzip.compress(_tar(), mtime=0),
    "a.json": json.dumps(ROWS).encode(),
    "pretty.json": json.dumps(ROWS, indent=1).encode(),
    "list.json": json.dumps({"status": "ok", "articles": ROWS}).encode(),
    "a.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in ROWS),
    "a.csv": b"id,text\n" + b"".join(f'{row["id"]},"{row["text"]}"\n'.encode() for row in ROWS),
    "plain.csv": b"id;text\n" + b"".join(f"{row['id']};{row['text']}\n".encode() for row in ROWS),
    "a.rss": (
        "<rss><channel>"
        + "".join(f"<item><guid>{r['id']}</guid><description>{r['text']}</description></item>" for r in ROWS)
        + "</channel></rss>"
    ).encode(),
    "a.parquet": _parquet(),
}
RESILIENT = [name for name in INPUTS if name not in ("a.tar.gz", "a.parquet")]
"""Formats in which the records after a damaged place can still be found."""


def read_all(
    folder: Path, name: str, content: bytes, cursor: Cursor | None = None
) -> list[RawDocument | Reject]:
    path = folder / name
    path.write_bytes(content)
    return list(read(InputFile(name, path, walked=True), Columns(), Settings(), cursor))


def untouched(items: list[RawDocument | Reject]) -> set[str]:
    found = {
        item.content if isinstance(item.content, str) else item.content.decode("latin-1")
        for item in items
        if isinstance(item, RawDocument)
    }
    return found & set(STORIES)


Mutation = Callable[[bytes], bytes]


@st.composite
def mutations(draw: st.DrawFn, size: int) -> Mutation:
    """Bytes flipped, cut off, doubled, taken out, put in."""
    at = draw(st.integers(0, size - 1))
    kind = draw(st.sampled_from(["flip", "cut", "double", "out", "in"]))
    if kind == "flip":
        bit = 1 << draw(st.integers(0, 7))
        return lambda raw: raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]
    if kind == "cut":
        return lambda raw: raw[:at]
    if kind == "double":
        return lambda raw: raw + raw
    if kind == "out":
        length = draw(st.integers(1, 40))
        return lambda raw: raw[:at] + raw[at + length :]
    more = draw(st.binary(min_size=1, max_size=8))
    return lambda raw: raw[:at] + more + raw[at:]


@pytest.mark.parametrize("name", INPUTS)
@hypothesis_settings(max_examples=60, deadline=None)
@given(st.data())
def test_mutated_inputs_give_documents_and_rejects(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """Never an exception, never a silence: what is lost is in a reject."""
    raw = INPUTS[name]
    content = raw
    for _ in range(data.draw(st.integers(1, 3))):
        if content:
            content = data.draw(mutations(len(content)))(content)
    begin = time.process_time()
    cursor = Cursor()
    items = read_all(tmp_path_factory.getbasetemp(), name, content, cursor)
    assert time.process_time() - begin < 5
    assert all(isinstance(item, RawDocument | Reject) for item in items)
    assert items or cursor.notes or not content.strip(), "something was read, so something is said"


@pytest.mark.parametrize("name", RESILIENT)
@hypothesis_settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_flipped_byte_costs_a_neighbour_at_most(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """Reading continues after the damage. The head of a table or file is not damaged here."""
    raw = INPUTS[name]
    first = raw.index(b"Report 1") if b"Report 1" in raw else 200
    at = data.draw(st.integers(first, raw.index(b"Report 11") if b"Report 11" in raw else len(raw) * 2 // 3))
    flipped = raw[:at] + bytes([raw[at] ^ (1 << data.draw(st.integers(0, 7)))]) + raw[at + 1 :]
    items = read_all(tmp_path_factory.getbasetemp(), name, flipped)
    assert len(untouched(items)) >= COUNT - 2, [item for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_doubled_is_read_twice(tmp_path: Path, name: str) -> None:
    """A file that was appended to itself by mistake; a Parquet file is read from its end."""
    items = read_all(tmp_path, name, INPUTS[name] * 2)
    assert untouched(items) == set(STORIES)
