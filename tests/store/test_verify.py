"""`verify` finds every change: in each column of the state, each stretch of each file, each bit."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from newsroom import story
from store_kit import SETTINGS, Doc, docs, fingerprint, quick_folder, run, stage

from copydesk.schemas.errors import StorageError, UsageError
from copydesk.schemas.memory import Memory
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import ResumePoint
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.migrations import STEPS
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

SMALL = replace(SETTINGS, file_bytes=1)


def columns_of_the_state() -> list[tuple[str, str]]:
    """Table and column, of all tables."""
    with closing(sqlite3.connect(":memory:")) as db:
        for part in ";\n".join(step.strip() for step in STEPS).split(";\n"):
            db.execute(part)
        tables = db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name").fetchall()
        return [(table, row[1]) for (table,) in tables for row in db.execute(f"PRAGMA table_info({table})")]


COLUMNS = columns_of_the_state()


def reprint(key: str, number: int) -> Doc:
    return Doc(key, story(number)["text"].replace(":", ","), day=1)


@pytest.fixture(scope="module")
def dataset() -> Iterator[Path]:
    """Something in every table: changes, rejects, raw bytes, copies, a place inside an input, a run that was stopped."""
    for folder in quick_folder():
        out = folder / "out"
        first = [*docs(range(12)), *docs(["x"], rejected=True), *(reprint(key, 1) for key in "abc")]
        run(out, first, settings=SMALL)
        run(out, [Doc("0003", "changed"), *docs(range(12, 17))], settings=SMALL, size=2)
        stopped(out, SMALL)
        yield out


def stopped(out: Path, settings: Settings) -> None:
    """A run that takes a part of an input, changes an article that others repeat, and ends without `finish`."""
    with Store.open(out, settings, "p") as store:
        store.remember(Memory(columns={"text": "body"}), Memory(), at_once=True)
        store.begin(["in.jsonl"])
        more = [Doc("0004", "once more", day=5), *docs(range(20, 22)), replace(reprint("a", 2), day=9)]
        shard = stage(store, "s", more)
        reject = replace(docs(["y"], rejected=True)[0].reject(), form="text")
        shard = replace(shard, rejects=(reject,), seen=shard.seen + 1)
        store.commit(
            [shard], reached=[(fingerprint("more.jsonl"), ResumePoint(5, line=100, digest="digest"))]
        )


def flipped(value: Any) -> Any:
    """The value with another bit; not the lowest, since there is often a neighbour already."""
    if isinstance(value, int):
        return value ^ 64
    if isinstance(value, float):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"\1"
    return value[:-1] + chr(ord(value[-1]) ^ 64) if value else "x"


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=map(".".join, COLUMNS))
def test_one_bit_in_any_column_of_the_state_is_found(dataset: Path, table: str, column: str) -> None:
    """As a disk would change it, past the program. What the dataset's files say as well is named to the article."""
    state = dataset / ".copydesk/state.db"
    good = state.read_bytes()
    try:
        with closing(sqlite3.connect(state)) as db, db:
            db.execute("PRAGMA ignore_check_constraints=ON")
            query = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY random()"
            (value,) = db.execute(query).fetchone()
            db.execute(f"UPDATE {table} SET {column}=? WHERE {column} IS ?", (flipped(value), value))
        assert told(dataset)
    finally:
        state.write_bytes(good)


def told(out: Path) -> list[str]:
    """Return the messages of `verify`, or its final error."""
    try:
        return verify(out)
    except (StorageError, UsageError) as error:
        return [str(error)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE near SET shown='id-0001' WHERE id='id-b'", "id-b"),
        ("UPDATE near SET shown='' WHERE id='id-b'", "id-b"),
        ("UPDATE near SET original=NULL WHERE id='id-c'", "the table near "),
        ("UPDATE near SET pending=1 WHERE id='id-0001'", "id-0001"),
        ("UPDATE rejected SET place=7", "id-x"),
        ("DELETE FROM inputs", "the table inputs"),
        ("UPDATE sums SET sum=sum+1 WHERE name='near'", "the table near "),
        ("DELETE FROM sums WHERE name='places'", "the table places"),
        ("DROP TABLE places", "the table places is missing"),
        ("PRAGMA user_version=3", "version 3"),
        ("PRAGMA user_version=99", "newer copydesk"),
    ],
)
def test_what_changed_is_named(dataset: Path, change: str, named: str) -> None:
    """It is the article if the dataset's files know it, otherwise the table."""
    state = dataset / ".copydesk/state.db"
    good = state.read_bytes()
    try:
        with closing(sqlite3.connect(state)) as db, db:
            db.execute(change)
        assert named in "\n".join(told(dataset))
    finally:
        state.write_bytes(good)


def rows_of(state: Path) -> dict[str, list[Any]]:
    """All that the state says."""
    with closing(sqlite3.connect(f"{state.as_uri()}?immutable=1", uri=True)) as db:
        db.text_factory = bytes
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in {t for t, _ in COLUMNS}}


def test_one_bit_anywhere_in_the_state_file_is_found_or_means_nothing(dataset: Path) -> None:
    """An unreported bit lies between the rows: each row has its old content."""
    state = dataset / ".copydesk/state.db"
    good, rng, silent = state.read_bytes(), random.Random(5), 0
    said = rows_of(state)
    try:
        for _ in range(60):
            place = rng.randrange(len(good))
            changed = bytearray(good)
            changed[place] ^= 1 << rng.randrange(8)
            state.write_bytes(changed)
            if not told(dataset):
                silent += 1
                assert rows_of(state) == said, place
    finally:
        state.write_bytes(good)
    assert silent < 55


REGIONS = {"first byte": 0.0, "first page": 0.02, "middle": 0.5, "footer": 0.97, "last byte": 1.0}


@pytest.mark.parametrize("where", REGIONS)
@pytest.mark.parametrize("tree", ["articles", "ledger", "rejects", "runs", "documents", "raw rejects"])
def test_one_bit_in_any_part_of_a_file_is_found(dataset: Path, tree: str, where: str) -> None:
    """Of every kind of file that is live, and the file is named."""
    home = dataset / ".copydesk"
    folders = {"documents": home / "files/documents", "raw rejects": home / "rejects"}
    path = max(folders.get(tree, resolve(dataset) / tree).iterdir())
    good = path.read_bytes()
    place = round(REGIONS[where] * (len(good) - 1))
    try:
        path.write_bytes(good[:place] + bytes([good[place] ^ 16]) + good[place + 1 :])
        assert str(path) in "\n".join(told(dataset))
    finally:
        path.write_bytes(good)


def test_links_that_show_another_state_are_found(dataset: Path) -> None:
    """Readers would see yesterday's articles."""
    link = dataset / ".copydesk/current"
    good = link.readlink()
    try:
        link.unlink()
        link.symlink_to(f"snap/{int(good.name) - 1:08d}")
        assert told(dataset)
    finally:
        link.unlink()
        link.symlink_to(good)
    assert told(dataset) == []


def test_a_state_of_before_the_sums_gets_them(dataset: Path, tmp_path: Path) -> None:
    """`verify` has nothing against it, and the next run sums it up."""
    copytree(dataset, tmp_path / "old", symlinks=True)
    state = tmp_path / "old/.copydesk/state.db"
    with closing(sqlite3.connect(state)) as db, db:
        for table, column in (("inputs", "ctime_ns"), ("inputs", "content"), ("places", "ctime_ns")):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("DROP TABLE remembered")
        db.execute("DROP TABLE sums")
        db.execute("PRAGMA user_version=5")
    assert told(tmp_path / "old") == []
    Store.open(tmp_path / "old", SMALL, "p").close()
    assert told(tmp_path / "old") == []
    with closing(sqlite3.connect(state)) as db, db:
        db.execute("UPDATE inputs SET size=size+1")
    assert "the table inputs" in "\n".join(told(tmp_path / "old"))
