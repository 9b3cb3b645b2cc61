"""Reading continues at the resume point: in a file that grew, and in one that a killed run left half-read."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warc_kit import Rec, archive

from copydesk.flows.run import run_ingest
from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject, RunReport
from copydesk.schemas.request import Advance, IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import ResumePoint
from copydesk.tasks.read.cursor import Cursor, cursor_at
from copydesk.tasks.read.formats import read, resume
from copydesk.tasks.read.streams import Digest
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.verify import verify

TESTS = Path(__file__).parents[1]
SETTINGS = Settings(workers=2, shard_documents=20, min_free_bytes=0)
COLUMNS = Columns(id="id", text="text")


def line(key: str, text: str = "") -> bytes:
    return json.dumps({"id": key, "text": text or f"text {key}"}).encode() + b"\n"


def lines(start: int, stop: int) -> bytes:
    return b"".join(line(f"r{n}") for n in range(start, stop))


def request(out: Path, *inputs: Path, settings: Settings = SETTINGS) -> IngestRequest:
    return IngestRequest(tuple(map(str, inputs)), str(out), COLUMNS, settings=settings)


def run(out: Path, *inputs: Path, settings: Settings = SETTINGS) -> tuple[RunReport, int]:
    """Run; returns the report, and how many documents were cleaned or rejected rather than passed over."""
    told: list[Advance] = [Advance(0, 0, 0, 0)]
    report = run_ingest(
        request(out, *inputs, settings=settings), cleaner="cleaners:obedient", progress=told.append
    )
    assert report.balanced()
    assert verify(out) == []
    return report, told[-1].documents


def books(report: RunReport) -> tuple[int, int, int, int, int]:
    return report.seen, report.written, report.unchanged, report.duplicate, report.rejected


def rows(out: Path) -> dict[str, str]:
    return {row["record"]: row["text"] for row in pq.read_table(out / "articles").to_pylist()}


def contents(out: Path) -> dict[str, bytes]:
    return {
        f"{tree}/{path.name}": path.read_bytes()
        for tree in ("articles", "ledger")
        for path in sorted((out / tree).iterdir())
    }


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


# Files that grow


@pytest.mark.parametrize(
    "name", ["in.jsonl", *(pytest.param(n, marks=pytest.mark.slow) for n in ("in.ndjson", "in.jsonl.gz"))]
)
def test_a_file_that_grew_is_read_on(tmp_path: Path, name: str) -> None:
    """Only the new lines are cleaned; those before count as unchanged; compressed files grow by members."""
    source = tmp_path / name
    pack = gzip.compress if name.endswith(".gz") else bytes
    append(source, pack(lines(0, 50) + line("bad", "reject:empty")))
    assert run(tmp_path / "out", source)[0].rejected == 1
    append(source, pack(lines(50, 60)))
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((60, 10, 50, 0, 0), 10)
    assert len(rows(tmp_path / "out")) == 60
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((60, 0, 60, 0, 0), 0)


@pytest.mark.slow
@pytest.mark.parametrize("gz", [True, False])
def test_an_archive_that_grew_is_read_on(tmp_path: Path, gz: bool) -> None:
    """Record by record, compressed or not; a record that was cut off is taken once it is whole."""
    source = tmp_path / ("in.warc.gz" if gz else "in.warc")
    whole = [archive(_resources([{"id": f"r{n}", "text": f"text {n}"}]), gzip=gz) for n in range(60)]
    append(source, b"".join(whole[:50]) + whole[50][:-30])
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((51, 50, 0, 0, 1), 51)
    assert report.passed_over == {"request": 51}
    assert pq.read_table(tmp_path / "out/runs").to_pylist()[0]["passed_over"] == [("request", 51)]
    source.write_bytes(b"".join(whole))
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((60, 10, 50, 0, 0), 10)
    assert run(tmp_path / "out", source)[1] == 0


@pytest.mark.slow
def test_a_file_that_grew_ends_as_one_that_was_there_at_once(tmp_path: Path) -> None:
    """The published bytes do not tell in how many pieces the file came."""
    source, whole = tmp_path / "in.jsonl", tmp_path / "whole"
    for start, stop in ((0, 7), (7, 30), (30, 31), (31, 100)):
        append(source, lines(start, stop))
        run(tmp_path / "out", source)
    run(whole, source)
    assert contents(tmp_path / "out") == contents(whole)


@pytest.mark.slow
def test_records_without_an_id_go_by_their_line_in_the_file(tmp_path: Path) -> None:
    """Line numbers continue, blank lines included."""
    source = tmp_path / "in.jsonl"
    append(source, b'{"text": "one"}\n\n{"text": "three"}\n')
    columns = Columns(text="text")
    wanted = replace(request(tmp_path / "out", source), columns=columns)
    run_ingest(wanted)
    append(source, b'\n{"text": "five"}\n')
    cursor = Cursor()
    list(read(InputFile("x", source), columns, SETTINGS, cursor))
    assert (cursor.line, cursor.records) == (5, 3)
    place = ResumePoint(2, 0, 3, 35, str(_digest(source, 35)), cursor.columns)
    resumed = resume(InputFile("x", source), place, SETTINGS)
    assert [d.origin.record for d in read(InputFile("x", source), columns, SETTINGS, resumed)] == ["5"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "rewrite",
    {
        "the same length, one byte in the middle": lambda old: old.replace(b"text r25", b"text R25"),
        "shorter": lambda old: old[: len(old) // 2],
        "longer": lambda old: line("new") + old,
        "replaced": lambda old: lines(1000, 1100),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_file_that_was_rewritten_is_read_whole(
    tmp_path: Path, rewrite: tuple[str, Callable[[bytes], bytes]]
) -> None:
    """Growing means that all that was there is there still, byte for byte."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines(0, 50))
    run(tmp_path / "out", source)
    source.write_bytes(rewrite[1](source.read_bytes()) + line("last"))
    documents = source.read_bytes().count(b"\n") + (0 if source.read_bytes().endswith(b"\n") else 1)
    report, cleaned = run(tmp_path / "out", source)
    assert cleaned == documents == report.seen
    expected = {d.origin.record for d in read(InputFile("x", source), COLUMNS, SETTINGS)}
    assert expected - {"26"} <= rows(tmp_path / "out").keys() | {"bad"}


@pytest.mark.slow
def test_a_whole_object_without_a_line_end_is_taken_and_not_taken_twice(tmp_path: Path) -> None:
    """Half an object never parses, so one that does is whole; the line end may come with the next line."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines(0, 3) + line("last")[:-1])
    assert books(run(tmp_path / "out", source)[0]) == (4, 4, 0, 0, 0)
    append(source, b"\n" + line("more"))
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((5, 1, 4, 0, 0), 1)


@pytest.mark.slow
def test_a_line_that_is_still_being_written_is_taken_when_it_is_whole(tmp_path: Path) -> None:
    """Until then it is a reject: lost in silence it would be if its writer had died."""
    source = tmp_path / "in.jsonl"
    whole = line("last", "a text of some length")
    source.write_bytes(lines(0, 3) + whole[:20])
    report, _ = run(tmp_path / "out", source)
    assert (books(report), report.rejects_by_reason) == ((4, 3, 0, 0, 1), {"bad-json": 1})
    append(source, whole[20:] + line("more"))
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((5, 2, 3, 0, 0), 2)
    assert rows(tmp_path / "out")["last"] == "a text of some length"


@pytest.mark.slow
def test_a_gzip_that_is_still_being_written_is_read_on(tmp_path: Path) -> None:
    """An incomplete record is a reject, and the records before it are not cleaned again."""
    source = tmp_path / "in.jsonl.gz"
    noise = random.Random(7)
    texts = b"".join(line(f"r{n}", f"text {noise.randbytes(400).hex()}") for n in range(400))
    packed = gzip.compress(texts)
    source.write_bytes(packed[: len(packed) // 2])
    first, _ = run(tmp_path / "out", source)
    assert first.rejects_by_reason == {"truncated": 1}
    assert 50 < first.written < 350
    source.write_bytes(packed)
    report, cleaned = run(tmp_path / "out", source)
    assert (books(report), cleaned) == ((400, 400 - first.written, first.written, 0, 0), 400 - first.written)


@pytest.mark.slow
def test_a_line_appended_for_a_known_id_is_its_new_version(tmp_path: Path) -> None:
    """The later line counts, like one of a later file."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(line("a", "old") + line("b"))
    run(tmp_path / "out", source)
    append(source, line("a", "new"))
    report, _ = run(tmp_path / "out", source)
    assert books(report) == (3, 1, 2, 0, 0)
    assert rows(tmp_path / "out")["a"] == "new"


@pytest.mark.slow
def test_what_stands_before_the_place_does_not_count_as_absent(tmp_path: Path) -> None:
    """An input that is read on still yields what it yielded before."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines(0, 30))
    run(tmp_path / "out", source)
    append(source, lines(30, 40))
    run(tmp_path / "out", source)
    assert _absent(tmp_path / "out", source) == 0
    source.write_bytes(lines(5, 45))
    run(tmp_path / "out", source)
    assert _absent(tmp_path / "out", source) == 5


@pytest.mark.slow
def test_another_pipeline_reads_the_file_from_its_beginning(tmp_path: Path) -> None:
    """Another setting may have read the first lines differently."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(lines(0, 30))
    run(tmp_path / "out", source)
    append(source, lines(30, 40))
    report, cleaned = run(tmp_path / "out", source, settings=replace(SETTINGS, max_document_chars=9_999))
    assert (report.seen, cleaned) == (40, 40)


@pytest.mark.slow
def test_columns_are_those_of_the_first_lines(tmp_path: Path) -> None:
    """Appended records may have other keys. A file is read with one choice of columns throughout."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"body": "from the body"}\n')
    wanted = replace(request(tmp_path / "out", source), columns=Columns())
    run_ingest(wanted, cleaner="cleaners:obedient")
    append(source, b'{"text": "from another column", "body": "the body again"}\n')
    run_ingest(wanted, cleaner="cleaners:obedient")
    assert rows(tmp_path / "out") == {"1": "from the body", "2": "the body again"}


@given(
    st.lists(
        st.sampled_from([b'{"text": "x"}', b"", b"nope", b'["x"]', b'{"text": ""}', b"\r"]), max_size=12
    ),
    st.booleans(),
    st.data(),
)
def test_read_in_two_pieces_is_read_at_once(pieces: list[bytes], ended: bool, data: st.DataObject) -> None:
    """For any byte at which a file ended once, the second reading adds the rest."""
    whole = b"\n".join(pieces) + b"\n" * ended
    at = data.draw(st.integers(0, len(whole)))
    file = _Memory(whole[:at])
    cursor = Cursor()
    first = list(read(file, Columns(), SETTINGS, cursor))
    place = cursor.place
    assert place.records + place.open == len(first) or place.records == 0
    kept = first[: place.records]
    rest = file.grow(whole)
    resumed = cursor_at(place, BytesIO(whole), SETTINGS) if place.records else Cursor()
    assert resumed is not None
    second = kept + list(read(rest, Columns(), SETTINGS, resumed))
    expected = list(read(rest, Columns(), SETTINGS))
    assert [_shown(item) for item in second] == [_shown(item) for item in expected]


# Runs that were killed


FORMATS = [
    "jsonl",
    *(pytest.param(n, marks=pytest.mark.slow) for n in ("jsonl.gz", "csv", "parquet", "warc.gz", "rss")),
]


def write(path: Path, records: int) -> Path:
    """Write records. A third of them, in the middle, have a text that the test's cleaner waits for."""
    table = pa.table(
        {
            "id": [f"r{n}" for n in range(records)],
            "text": [f"text {n}" if n % 10 else "reject:empty" for n in range(records)],
        }
    )
    if path.name.endswith("parquet"):
        pq.write_table(table, path, row_group_size=70)
    elif path.name.endswith("warc.gz"):
        path.write_bytes(archive(_resources(table.to_pylist()), gzip=True))
    elif path.name.endswith("rss"):
        items = "".join(
            f"<item><guid>{r['id']}</guid><description>{r['text']}</description></item>"
            for r in table.to_pylist()
        )
        path.write_text(f"<rss><channel>{items}</channel></rss>")
    elif path.name.endswith("csv"):
        path.write_text("id,text\n" + "".join(f'{r["id"]},"{r["text"]}"\n' for r in table.to_pylist()))
    else:
        data = b"".join(json.dumps(row).encode() + b"\n" for row in table.to_pylist())
        path.write_bytes(gzip.compress(data) if path.name.endswith("gz") else data)
    return path


def _resources(rows: list[dict[str, str]]) -> Iterator[Rec]:
    for row in rows:
        yield Rec(f"q{row['id']}", b"", "GET / HTTP/1.1", kind="request")
        yield Rec(row["id"], row["text"].encode(), "", "text/plain", "resource")


@pytest.mark.parametrize("name", FORMATS)
def test_a_run_killed_inside_a_file_goes_on_there(tmp_path: Path, name: str) -> None:
    """After SIGKILL only what was not committed is cleaned, and the dataset ends as if nothing had been."""
    source = write(tmp_path / f"in.{name}", 400)
    run(tmp_path / "whole", source)
    out = tmp_path / "out"
    committed = kill_after_commits(out, source, 7)
    assert 100 <= committed < 400
    report, cleaned = run(out, source)
    assert cleaned == 400 - committed
    assert report.rejected == (400 - committed) / 10
    assert report.seen == 400 - committed / 10
    assert contents(out) == contents(tmp_path / "whole")
    assert run(out, source)[1] == 0


@pytest.mark.slow
def test_a_run_killed_again_and_again_gets_to_the_end(tmp_path: Path) -> None:
    """Each run begins at the end of the one before it, for any outcome of that run."""
    source = write(tmp_path / "in.jsonl", 400)
    run(tmp_path / "whole", source)
    out, before = tmp_path / "out", 0
    for _ in range(3):
        committed = kill_after_commits(out, source, 4)
        assert committed > before
        before = committed
    assert run(out, source)[1] == 400 - before
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.slow
def test_a_file_that_grew_after_the_kill_is_read_on_too(tmp_path: Path) -> None:
    """A crash and a growing file at once: still nothing is cleaned twice."""
    source = write(tmp_path / "in.jsonl", 400)
    out = tmp_path / "out"
    committed = kill_after_commits(out, source, 7)
    append(source, lines(1000, 1010))
    assert run(out, source)[1] == 410 - committed
    run(tmp_path / "whole", source)
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_a_changed_file_of_another_format_is_read_whole_after_a_kill(tmp_path: Path, name: str) -> None:
    """A count of records says nothing about a file that is not the same any more."""
    source = write(tmp_path / f"in.{name}", 400)
    kill_after_commits(tmp_path / "out", source, 7)
    write(source, 410)
    assert run(tmp_path / "out", source)[1] == 410


@pytest.mark.slow
def test_a_file_taken_in_part_by_another_pipeline_is_not_taken_for_whole(tmp_path: Path) -> None:
    """Old settings, new settings and killed, old settings again: the last run sets right what the second began."""
    source = write(tmp_path / "in.jsonl", 400)
    out = tmp_path / "out"
    run(out, source)
    kill_after_commits(out, source, 7, max_document_chars=9_999)
    report, cleaned = run(out, source)
    assert (cleaned, report.unchanged) == (400, 360)


def kill_after_commits(out: Path, source: Path, commits: int, **settings: int) -> int:
    """Run in a process that is killed after some commits; returns how many documents these had."""
    script = textwrap.dedent(f"""
        import os, signal, sys
        sys.path[:0] = {[str(TESTS / "helpers"), str(TESTS.parent)]!r}
        from copydesk.flows.run import run_ingest
        from copydesk.schemas.request import IngestRequest
        from copydesk.schemas.settings import Settings
        from copydesk.schemas.inputs import Columns
        from copydesk.tasks.store.dataset import Store
        commit, count, seen = Store.commit, 0, 0
        def counted(self, shards, *more):
            global count, seen
            books = commit(self, shards, *more)
            count, seen = count + len(shards), seen + books.seen
            if count >= {commits}:
                print(seen, flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            return books
        Store.commit = counted
        settings = Settings(workers=2, shard_documents=20, min_free_bytes=0, **{settings!r})
        wanted = IngestRequest(({str(source)!r},), {str(out)!r}, Columns("id", "text"), settings=settings)
        run_ingest(wanted, cleaner="cleaners:obedient")
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    before = int(done.stdout)
    with Store.open(out, SETTINGS, "look") as store:
        (place,) = store._state.connection.execute("SELECT place FROM places").fetchone()
    return max(before, int(json.loads(place)[0]))


def _absent(out: Path, source: Path) -> int:
    with Store.open(out, SETTINGS, "look") as store:
        return store.absent(str(source))


def _digest(path: Path, size: int) -> Digest:
    digest = Digest()
    digest.update(path.read_bytes()[:size])
    return digest


def _shown(item: RawDocument | Reject) -> tuple[str, str, object]:
    return type(item).__name__, item.origin.record, item.content


class _Memory(InputFile):
    """A file for a test that makes hundreds of them."""

    def __init__(self, data: bytes) -> None:
        path = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp") / f"resume-{os.getpid()}.jsonl"
        path.write_bytes(data)
        super().__init__("in.jsonl", path)

    def grow(self, data: bytes) -> "_Memory":
        assert self.path is not None
        assert data.startswith(self.path.read_bytes())
        return _Memory(data)
