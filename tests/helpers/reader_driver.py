"""A writer and readers of one dataset, each in a process of its own; started by test_readers.

    reader_driver.py write OUT STOP                    until the file STOP exists
    reader_driver.py read KIND WAY OUT READS STOP      WAY is `resolved` or `link`

Every commit adds articles, changes some, and updates the article `total`, which holds the number of all
others and a checksum over them. So each read can be checked by itself: with rows of two commits, a row too
few or one too many, the total is wrong. Prints one line of JSON.
"""

import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
from store_kit import SETTINGS, Doc, fingerprint, stage

from copydesk.tasks.store import files
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.snapshot import resolve

SMALL = replace(SETTINGS, file_bytes=12_000)
COMMITS_A_RUN = 4
Rows = list[tuple[str, str]]


def main() -> None:
    """Write or read."""
    mode, *words = sys.argv[1:]
    print(json.dumps(write(*map(Path, words)) if mode == "write" else read(*words)))


def write(out: Path, stop: Path) -> dict[str, Any]:
    """Commit about four times a second.

    After four commits a run ends, and its articles move to their final files; after three runs all files are
    combined.
    """
    files.GROUP_ROWS["articles"] = 20
    texts: dict[str, str] = {}
    number = runs = 0
    while not stop.exists():
        runs += 1
        with Store.open(out, SMALL, "p") as store:
            store.begin(["in"])
            for _ in range(COMMITS_A_RUN):
                number += 1
                fresh = [
                    Doc(f"{len(texts) + n:05d}", f"new {number}", day=number)
                    for n in range(60 if number == 1 else 2)
                ]
                known = sorted(texts)
                changed = [
                    Doc(known[(number * 31 + n * 17) % len(known)], f"changed {number}", day=number)
                    for n in range(3)
                    if known
                ]
                documents = list({doc.key: doc for doc in [*fresh, *changed]}.values())
                texts |= {doc.key: doc.article()["text"] for doc in documents}
                total = Doc("total", f"{len(texts)} {checksum(texts.values())}", day=number)
                store.commit(
                    [stage(store, f"s{number}", [*documents, total])],
                    [(fingerprint(f"{number}"), len(documents) + 1)],
                )
                time.sleep(0.1)
            store.finish()
            if runs % 3 == 0:
                store.compact()
    return {
        "commits": number,
        "runs": runs,
        "articles": len(texts) + 1,
        "files": len(list((out / "articles").iterdir())),
    }


def checksum(texts: Any) -> int:
    """Return a checksum that is the same for the same texts in any order."""
    return sum(zlib.crc32(text.encode()) for text in texts)


def read(kind: str, way: str, out: str, reads: str, stop: str) -> dict[str, Any]:
    """Read `reads` times, or until told to stop; count the failures."""
    reader, failed, wrong = READERS[kind], Counter[str](), Counter[str]()
    last = done = 0
    snapshots = set()
    for done in range(1, int(reads) + 1):
        if Path(stop).exists():
            done -= 1
            break
        folder = resolve(Path(out)) if way == "resolved" else Path(out)
        snapshots.add(folder.name)
        try:
            rows = reader(str(folder / "articles"))
        except Exception as error:
            text = str(error)
            missing = (
                isinstance(error, FileNotFoundError) or "No such file" in text or "does not exist" in text
            )
            failed["no such file" if missing else f"{type(error).__name__}: {text[:300]}"] += 1
            continue
        problem, last = judge(rows, last)
        wrong[problem] += bool(problem)
    return {"reads": done, "snapshots": len(snapshots), "failed": failed, "wrong": +wrong}


def judge(rows: Rows, last: int) -> tuple[str, int]:
    """Return the problem of a read, and the number of articles, which never falls."""
    texts = dict(rows)
    if len(texts) != len(rows):
        return "an id twice", last
    expected = texts.pop("id-total", "").split()
    if expected[1:] != [str(len(texts)), str(checksum(texts.values()))]:
        return "rows of several commits", last
    if len(texts) < last:
        return "fewer rows than before", last
    return "", len(texts)


def _polars(path: str) -> Rows:
    return pl.scan_parquet(path).select("id", "text").collect().rows()


def _pandas(path: str) -> Rows:
    frame = pd.read_parquet(path, columns=["id", "text"])
    return list(zip(frame["id"], frame["text"], strict=True))


def _pyarrow(path: str) -> Rows:
    table = ds.dataset(path, format="parquet").to_table(columns=["id", "text"])
    return list(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))


def _duckdb(path: str, connection: Any) -> Rows:
    found: Rows = connection.execute(f"SELECT id, text FROM read_parquet('{path}/**/*.parquet')").fetchall()
    return found


def _duckdb_afresh(path: str) -> Rows:
    with duckdb.connect() as connection:
        return _duckdb(path, connection)


_CONNECTION = duckdb.connect()
READERS: dict[str, Callable[[str], Rows]] = {
    "duckdb": _duckdb_afresh,
    "duckdb, one connection": lambda path: _duckdb(path, _CONNECTION),
    "polars **": lambda path: _polars(f"{path}/**/*.parquet"),
    "polars folder": _polars,
    "pandas": _pandas,
    "pyarrow": _pyarrow,
}


if __name__ == "__main__":
    main()
