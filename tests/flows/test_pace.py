"""Commits by time: what was cleaned a while ago survives a stop and a kill, and the dataset shows no trace of it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cleaners import document
from waiting import until

from copydesk.flows.pace import Pace
from copydesk.flows.run import run_ingest
from copydesk.schemas.errors import InterruptedReading
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Fingerprint, ResumePoint
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.shards.cleaning import InputStart, Shard, cut

TESTS = Path(__file__).parents[1]
COLUMNS = Columns(id="id", text="text")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


def holding(documents: int, number: int = 0) -> Shard:
    return Shard(number, sources=Counter({"s": documents}))


def limit(pace: Pace, number: int = 0) -> int:
    """Return the number of documents of a full shard."""
    return next(n for n in range(1, 100_000) if pace.full(holding(n, number)))


def test_the_first_shard_is_small_and_the_next_follow_the_speed() -> None:
    """Twenty documents a second: shards stay small. A thousand: they grow, step by step, to what 2 s take."""
    clock = Clock()
    slow, fast = Pace(Settings(), now=clock), Pace(Settings(), now=clock)
    assert limit(slow) == 256
    for _ in range(4):
        began = clock.time
        clock.time += 12.8
        slow.cleaned(256, began)
    assert limit(slow, number=1) == 64
    sizes = []
    for _ in range(3):
        began, size = clock.time, limit(fast)
        clock.time += size / 1_000
        fast.cleaned(size, began)
        sizes.append(size)
    assert sizes == [256, 1024, 2000]


def test_a_shard_never_exceeds_its_settings() -> None:
    """A maximum of the user is never exceeded."""
    pace = Pace(Settings(shard_documents=20), now=Clock())
    pace.cleaned(20, 999.9999)
    assert limit(pace) == 20


def test_a_shard_that_fills_slowly_is_closed_by_time() -> None:
    """A pipe that brings a document a minute: each is cleaned soon."""
    clock = Clock()
    pace = Pace(Settings(commit_seconds=30), now=clock)
    assert not pace.full(holding(1))
    clock.time += 31
    assert pace.full(holding(2))
    assert not pace.full(holding(1, number=1))


def test_a_commit_is_due_by_count_by_size_and_by_time() -> None:
    """Whichever comes first."""
    clock = Clock()
    settings = Settings(commit_seconds=30, shard_documents=100, shard_bytes=1_000)
    pace = Pace(settings, now=clock)
    assert not pace.due(99, 999)
    assert pace.due(100, 0)
    assert pace.due(1, 1_000)
    clock.time += 30
    assert pace.due(1, 1)
    pace.committed()
    assert not pace.due(1, 1)


def jsonl(path: Path, texts: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps({"id": id_, "text": text}) + "\n" for id_, text in texts.items()))
    return path


def run_of(tmp_path: Path, *inputs: str, seconds: float) -> "subprocess.Popen[str]":
    """A run in a process of its own, with shards of ten thousand documents."""
    script = textwrap.dedent(f"""
        import sys
        sys.path[:0] = {[str(TESTS / "helpers"), str(TESTS.parent)]!r}
        from copydesk.flows.run import run_ingest
        from copydesk.schemas.errors import CopydeskError
        from copydesk.schemas.request import IngestRequest
        from copydesk.schemas.settings import Settings
        from copydesk.schemas.inputs import Columns
        settings = Settings(workers=2, document_seconds=60, min_free_bytes=0, commit_seconds={seconds})
        wanted = IngestRequest({inputs!r}, {str(tmp_path / "out")!r}, Columns("id", "text"), settings=settings)
        try:
            run_ingest(wanted, cleaner="cleaners:obedient", status=lambda line: print(line, flush=True))
        except CopydeskError as error:
            print(error, flush=True)
            sys.exit(error.exit_code)
    """)
    return subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def articles(tmp_path: Path) -> int:
    try:
        return int(pq.read_table(tmp_path / "out" / "articles").num_rows)
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_what_was_cleaned_is_kept_long_before_the_shard_of_old_is_full(tmp_path: Path, signum: int) -> None:
    """Of 3,000 documents, far fewer than a shard may have, some are in the dataset while others are cleaned."""
    texts = {f"r{n:04}": "burn:0.02" if n % 7 else f"text {n}" for n in range(3_000)}
    source = jsonl(tmp_path / "in.jsonl", texts)
    with run_of(tmp_path, str(source), seconds=0.5) as run:
        assert run.stdout is not None
        until(lambda: articles(tmp_path), 120, 0.1)
        run.send_signal(signum)
        said = run.stdout.read()
        run.wait(30)
    kept = articles(tmp_path)
    assert 0 < kept < 3_000
    if signum == signal.SIGINT:
        assert run.returncode == 130
        assert (
            f"stopped by a signal after {kept:,} documents; they are in the dataset ({kept:,} articles, 0 rejected)"
            in said
        )
        last = pq.read_table(tmp_path / "out" / "runs").to_pylist()[-1]
        assert last["seen"] == kept
    settings = Settings(workers=2, document_seconds=60, min_free_bytes=0)
    easy = IngestRequest((str(source),), str(tmp_path / "out"), COLUMNS, settings=settings)
    rest = run_ingest(easy, cleaner="cleaners:obedient")
    assert (rest.unchanged, rest.written) == (kept, 3_000 - kept)
    assert articles(tmp_path) == 3_000


def test_a_stop_before_the_first_document_says_so(tmp_path: Path) -> None:
    """It claims nothing of a dataset that has nothing new."""
    with run_of(tmp_path, "-", seconds=30) as run:
        said = run.stdout
        assert said is not None
        until(lambda: said.readline().strip() == "cleaning", 120, 0.1)
        run.send_signal(signal.SIGINT)
        assert "stopped by a signal before anything new was added" in said.read()
        assert run.wait(30) == 130


@pytest.mark.parametrize(("size", "kept"), [(-1, 5), (1_000, 0)])
def test_a_stop_keeps_what_came_through_a_pipe(size: int, kept: int) -> None:
    """A pipe can't be read again, so the open shard still comes out; a file is read on from its last place."""
    fingerprint = Fingerprint("-", size, 1)

    def stream() -> Iterator[Any]:
        yield InputStart(fingerprint, Cursor())
        for n in range(5):
            yield document(f"text {n}", f"r{n}")
        raise InterruptedReading

    shards: list[Shard] = []
    with suppress(InterruptedReading):
        shards.extend(cut(stream(), Settings()))
    assert (
        [shard.seen for shard in shards] == [len(shard.documents) for shard in shards] == [kept] * bool(kept)
    )
    assert [shard.reached for shard in shards] == [(fingerprint, ResumePoint(0))] * len(shards)


def snapshot(folder: Path) -> dict[str, bytes]:
    trees = ("articles", "ledger")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for tree in trees
        for path in sorted((folder / tree).rglob("*.parquet"))
    }


def test_the_dataset_is_the_same_however_often_was_committed(tmp_path: Path) -> None:
    """Commits at every shard, and one at the end: byte for byte the same articles and ledger."""
    texts = {f"r{n:04}": f"text {n}" for n in range(700)} | {f"b{n}": "reject:empty" for n in range(20)}
    source = jsonl(tmp_path / "in.jsonl", texts)
    found = []
    for name, seconds in (("often", 0.0), ("once", 1e6)):
        settings = Settings(workers=2, min_free_bytes=0, commit_seconds=seconds)
        wanted = IngestRequest((str(source),), str(tmp_path / name), COLUMNS, settings=settings)
        run_ingest(wanted, cleaner="cleaners:obedient")
        found.append(snapshot(tmp_path / name))
    assert found[0] == found[1]
    assert len(os.listdir(tmp_path / "often" / ".copydesk" / "snap")) > 2
