"""Readers of every kind see whole commits, and `verify` sees what is wrong."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from store_kit import SETTINGS, Doc, docs, quick_folder, run, stage

from copydesk.schemas.arrow import SCHEMA_VERSION
from copydesk.schemas.article import ARTICLES
from copydesk.schemas.errors import StorageError, UsageError
from copydesk.tasks.store import files as store_files
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

SMALL = replace(SETTINGS, file_bytes=1)
"""Every row group begins a new file."""


def by_duckdb(glob: str) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT id, text FROM read_parquet('{glob}')").fetchall()


def by_polars(glob: str) -> list[tuple[str, str]]:
    return pl.scan_parquet(glob).select("id", "text").collect().rows()


def by_pandas(folder: str) -> list[tuple[str, str]]:
    frame = pd.read_parquet(folder, columns=["id", "text"])
    return list(zip(frame["id"], frame["text"], strict=True))


def by_pyarrow(folder: str) -> list[tuple[str, str]]:
    table = ds.dataset(folder, format="parquet").to_table(columns=["id", "text"])
    return list(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))


READERS: dict[str, Callable[[Path], list[tuple[str, str]]]] = {
    "duckdb **": lambda path: by_duckdb(f"{path}/**/*.parquet"),
    "duckdb *": lambda path: by_duckdb(f"{path}/*.parquet"),
    "polars **": lambda path: by_polars(f"{path}/**/*.parquet"),
    "polars folder": lambda path: by_polars(str(path)),
    "pandas": lambda path: by_pandas(str(path)),
    "pyarrow": lambda path: by_pyarrow(str(path)),
}


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Several files, a change, rejects."""
    monkeypatch.setitem(store_files.GROUP_ROWS, "articles", 5)
    run(tmp_path / "out", [*docs(range(12)), *docs(["x"], rejected=True)], settings=SMALL)
    run(tmp_path / "out", [Doc("0003", "changed"), *docs(range(12, 17))], settings=SMALL, size=2)
    return tmp_path / "out"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("way", ["through the link", "resolved"])
def test_every_reader_sees_every_article_once(dataset: Path, reader: str, way: str) -> None:
    """Glob or folder, through OUT/articles or its snapshot: the same rows."""
    path = dataset / "articles" if way == "through the link" else resolve(dataset) / "articles"
    found = READERS[reader](path)
    expected = {f"id-{key:04d}": f"{key:04d}: {'changed' if key == 3 else 'body'}" for key in range(17)}
    assert len(found) == 17
    assert dict(found) == expected


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_reads_a_dataset_without_articles(tmp_path: Path, reader: str) -> None:
    """An empty result, not an error."""
    run(tmp_path / "out", docs(["x"], rejected=True))
    assert READERS[reader](tmp_path / "out/articles") == []


def test_the_contract_is_in_the_files(dataset: Path) -> None:
    """Schema, meaning of each column, version; compressed, with a checksum on each page."""
    for path in (dataset / "articles").iterdir():
        schema = pq.read_schema(path)
        assert schema.equals(ARTICLES)
        assert [field.metadata for field in schema] == [field.metadata for field in ARTICLES]
        assert schema.field("id").metadata[b"description"].startswith(b"stable id")
        assert schema.metadata[b"schema_version"] == SCHEMA_VERSION.encode()
        assert pq.read_metadata(path).row_group(0).column(0).compression == "ZSTD"


def test_readers_beside_a_writer_see_whole_commits_only(tmp_path: Path) -> None:
    """Each commit rewrites all articles: a read through a resolved path never fails, mixes or lacks anything."""
    out = tmp_path / "out"
    run(out, docs(range(30), body="0"))
    problems: list[str] = []
    reads = 0
    over = threading.Event()

    def read(reader: Callable[[Path], list[tuple[str, str]]]) -> None:
        nonlocal reads
        last = 0
        while not over.is_set():
            try:
                found = reader(resolve(out) / "articles")
            except Exception as error:
                problems.append(repr(error))
                return
            versions = {text.split(": ")[1] for _, text in found}
            if len(found) != 30 or len(versions) != 1 or int(min(versions)) < last:
                problems.append(f"{len(found)} rows of {versions} after {last}")
            last = int(min(versions, default="0"))
            reads += 1

    threads = [threading.Thread(target=read, args=(reader,)) for reader in READERS.values()]
    for thread in threads:
        thread.start()
    with Store.open(out, SETTINGS, "p") as store:
        store.begin([])
        for number in range(1, 25):
            store.commit([stage(store, f"s{number}", docs(range(30), body=f"{number}", day=number))])
        store.finish()
    over.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert reads > len(threads)


def test_resolve_needs_a_dataset(tmp_path: Path) -> None:
    """A folder without one is named."""
    with pytest.raises(UsageError, match=str(tmp_path)):
        resolve(tmp_path)
    with pytest.raises(UsageError, match=str(tmp_path)):
        verify(tmp_path)


def test_verify_finds_every_flipped_byte(dataset: Path) -> None:
    """One changed byte anywhere in any published file is found and the file named."""
    rng = random.Random(7)
    files = sorted(path for path in resolve(dataset).rglob("*.parquet") if path.name != "empty.parquet")
    assert verify(dataset) == []
    for _ in range(20):
        path = rng.choice(files)
        good = path.read_bytes()
        place = rng.randrange(len(good))
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([good[place] ^ (1 << rng.randrange(8))]))
        assert any(str(path) in problem for problem in verify(dataset)), (path, place)
        with path.open("r+b") as file:
            file.write(good)
    assert verify(dataset) == []


def test_verify_finds_missing_cut_and_foreign_files(dataset: Path) -> None:
    """As well as raw rejects that are gone."""
    snapshot = resolve(dataset)
    path = min((snapshot / "articles").iterdir())
    (snapshot / "articles/stray.parquet").write_bytes(path.read_bytes())
    assert any("stray.parquet" in problem for problem in verify(dataset))
    (snapshot / "articles/stray.parquet").unlink()
    (raw,) = (dataset / ".copydesk/rejects").iterdir()
    raw.unlink()
    assert any(raw.name in problem for problem in verify(dataset))
    good = path.read_bytes()
    path.unlink()
    assert any(path.name in problem and "missing" in problem for problem in verify(dataset))
    path.write_bytes(good[:-10])
    assert any(path.name in problem and "bytes" in problem for problem in verify(dataset))


def test_verify_after_a_crash_between_commit_and_publishing(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the files of the commit lie in the pool beside those they replace, and nothing is wrong with that."""

    def crash(*_: object) -> None:
        raise OSError("crash")

    with monkeypatch.context() as patch:
        patch.setattr("copydesk.tasks.store.publication.publish", crash)
        with pytest.raises(StorageError):
            run(dataset, [Doc("0005", "changed"), *docs(["y"], rejected=True)], settings=SMALL, size=3)
    (problem,) = verify(dataset)
    assert problem.endswith("is not shown to readers yet; the next run will show it")
    Store.open(dataset, SMALL, "p").close()
    assert verify(dataset) == []


def test_verify_works_beside_a_writer(dataset: Path) -> None:
    """It takes no lock, and checks the commit that was current when it began."""
    with Store.open(dataset, SETTINGS, "p") as store:
        store.begin([])
        store.commit([stage(store, "s", docs(range(20, 25)))])
        assert verify(dataset) == []
