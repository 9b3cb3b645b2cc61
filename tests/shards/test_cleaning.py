"""Shards: nothing lost or doubled in cutting, bounded in memory, and files that the store takes."""

import itertools
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cleaners import document
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.document import Declared, Origin, RawDocument
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import STAGED, Fingerprint
from copydesk.tasks.shards.cleaning import InputEnd, Shard, clean_shard, cut, source_of
from copydesk.tasks.workers.pool import WorkerPool, WorkersError

SETTINGS = Settings(workers=2, shard_documents=10, shard_bytes=1000)


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(SETTINGS, cleaner="cleaners:obedient") as made:
        yield made


def ends(number: int, documents: int) -> InputEnd:
    return InputEnd(Fingerprint(f"input-{number}", 1, 1), documents)


ITEMS = st.one_of(
    st.integers(0, 400).map(lambda n: document("x" * n, "r")),
    st.integers(0, 9).map(lambda n: Reject(Origin("s", str(n)), "read", "bad-json", "")),
    st.integers(0, 9).map(lambda n: ends(n, 1)),
)


@given(st.lists(ITEMS, max_size=80))
def test_cutting_loses_nothing_and_keeps_the_order(items: list[Any]) -> None:
    """Every document, reject and end of an input comes out once, in order, in shards within their bounds."""
    shards = list(cut(items, SETTINGS))
    assert [shard.number for shard in shards] == list(range(len(shards)))
    for kind, name in ((RawDocument, "documents"), (Reject, "rejects"), (InputEnd, "finished")):
        found = [item for shard in shards for item in getattr(shard, name)]
        assert found == [item for item in items if isinstance(item, kind)]
    for shard in shards:
        assert len(shard.documents) + len(shard.rejects) <= 10
        assert sum(len(d.content) for d in shard.documents[:-1]) < 1000
        assert shard.sources.total() == len(shard.documents) + len(shard.rejects)


def test_an_input_is_finished_no_earlier_than_its_last_document() -> None:
    """Were it finished too early, a crash in between would lose documents for ever."""
    stream: list[Any] = [
        *(document("x", f"r{n}") for n in range(10)),
        ends(0, 10),
        document("y", "r10"),
        ends(1, 1),
    ]
    first, second = cut(stream, SETTINGS)
    assert (len(first.documents), first.finished) == (10, [])
    assert second.finished == [ends(0, 10), ends(1, 1)]


def test_the_stream_is_read_no_further_than_the_shard_asked_for() -> None:
    """Reading waits for cleaning: that keeps memory flat."""
    read: list[int] = []

    def stream() -> Iterator[RawDocument]:
        for number in itertools.count():
            read.append(number)
            yield document("x", f"r{number}")

    shards = cut(stream(), SETTINGS)
    next(shards)
    assert len(read) == 10


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (
            Origin("a.jsonl", "1", url="https://News.example.org:80/x", declared=Declared(publisher="P")),
            "news.example.org",
        ),
        (Origin("a.jsonl", "1", url="http://[", declared=Declared(publisher="P")), "P"),
        (Origin("a.jsonl", "1"), "a.jsonl"),
        (Origin("folder/a.txt"), "folder"),
        (Origin("a.txt"), ""),
    ],
)
def test_source_is_what_breaks_together(origin: Origin, source: str) -> None:
    """Site first, then publisher, then the file of records or the folder of files."""
    assert source_of(origin) == source


def test_a_cleaned_shard_is_files_of_the_dataset_schemas_and_counts(pool: WorkerPool, tmp_path: Path) -> None:
    """Rows are sorted by id, rejects of reader and workers are together, and the counts add up."""
    early = Reject(Origin("s", "bad"), "read", "bad-json", "")
    contents = {"r3": "three", "r1": "one", "r2": "reject:empty", "r4": "exit", "r0": "zero"}
    documents = [document(text, record) for record, text in contents.items()]
    shard = Shard(7, documents, [early], sources=Counter(example=6))
    batches: list[int] = []
    staged = clean_shard(shard, pool, tmp_path, lambda parts: batches.append(sum(p.seen for p in parts)))
    articles, ledger = pq.read_table(staged.articles), pq.read_table(staged.ledger)
    assert articles.schema.equals(STAGED)
    assert ledger.schema.equals(LEDGER)
    assert articles["id"].to_pylist() == ["r0", "r1", "r3"]
    assert ledger.select(["id", "seq"]).to_pylist() == [
        {"id": i, "seq": n} for i in ("r0", "r1", "r3") for n in (0, 1)
    ]
    assert sorted(reject.reason for reject in staged.rejects) == ["bad-json", "empty", "worker-died"]
    assert (staged.seen, staged.kept_chars, staged.removed_chars) == (6, 12, 27)
    assert staged.removed_by_label == {"share": 27}
    assert batches == [5]
    assert not shard.documents


def test_a_shard_that_comes_back_with_fewer_documents_is_refused(pool: WorkerPool, tmp_path: Path) -> None:
    """The books of a shard are checked before the store ever sees it."""
    with pytest.raises(WorkersError, match="shard 3: 2 documents went in, 1 came back"):
        clean_shard(
            Shard(3, [document("x", "r0")], sources=Counter(example=2)), pool, tmp_path, lambda parts: None
        )


def test_a_shard_without_documents_is_two_empty_files(pool: WorkerPool, tmp_path: Path) -> None:
    """An input of rejects only, or of nothing, goes the same way as every other."""
    staged = clean_shard(Shard(0), pool, tmp_path, lambda parts: None)
    assert (
        pq.read_table(staged.articles).num_rows == pq.read_table(staged.ledger).num_rows == staged.seen == 0
    )


def test_what_is_staged_does_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    """Byte for byte: how the work was shared out leaves no trace in the files."""
    written = []
    for workers in (1, 3):
        stage = tmp_path / str(workers)
        stage.mkdir()
        with WorkerPool(replace(SETTINGS, workers=workers), cleaner="cleaners:obedient") as pool:
            documents = [document(f"text {n}", f"r{n * 7919 % 500}") for n in range(500)]
            shard = Shard(0, documents, sources=Counter(example=500))
            staged = clean_shard(shard, pool, stage, lambda parts: None)
        written.append([staged.articles.read_bytes(), staged.ledger.read_bytes()])
    assert written[0] == written[1]


def test_memory_stays_flat_however_much_there_is_to_read(tmp_path: Path) -> None:
    """Ten times the documents take hardly more memory (peak of a process of its own)."""

    def peak(documents: int) -> int:
        (stage := tmp_path / str(documents)).mkdir()
        script = textwrap.dedent(f"""
            import resource, sys
            sys.path[:0] = {[str(Path(__file__).parents[1] / "helpers"), str(Path(__file__).parents[2])]!r}
            from pathlib import Path
            from cleaners import document
            from copydesk.schemas.settings import Settings
            from copydesk.tasks.shards.cleaning import clean_shard, cut
            from copydesk.tasks.workers.pool import WorkerPool
            settings = Settings(workers=2, shard_documents=1000)
            stream = (document(f"{{n}} " + "text " * 1000, f"r{{n}}") for n in range({documents}))
            with WorkerPool(settings, cleaner="cleaners:obedient") as pool:
                for shard in cut(stream, settings):
                    clean_shard(shard, pool, Path({str(stage)!r}), lambda parts: None)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        """)
        return int(
            subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        )

    assert peak(20_000) < 1.3 * peak(2_000)
