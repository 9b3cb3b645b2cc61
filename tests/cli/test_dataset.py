"""`copydesk verify` and `copydesk history`: damage is found and named, and versions are listed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line
from store_kit import SETTINGS, Doc, docs, quick_folder, run

from copydesk.tasks.store.migrations import STATE_VERSION, STEPS
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.state import State


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two runs: articles and rejects; then a change, so that a snapshot was replaced."""
    run(tmp_path / "out", [*docs(range(6)), *docs(["x"], rejected=True)])
    run(tmp_path / "out", [Doc("0003", "changed"), Doc("0009")], size=2)
    return tmp_path / "out"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.unlink()  # so that this name alone changes, and not the other links to the same bytes
    path.write_bytes(bytes(content))


def test_a_sound_dataset_is_said_to_be_sound(cli: Cli, dataset: Path) -> None:
    """One line that says what was checked; exit code 0."""
    code, out, err = cli("verify", dataset)
    assert (code, err) == (0, "")
    assert "7 articles, 2 runs: all sound" in out
    code, out, _ = cli("verify", dataset, "--json")
    told = json.loads(out)
    assert (code, told["sound"], told["problems"], told["articles"]) == (0, True, [], 7)
    assert told["snapshot"] == str(resolve(dataset))


@pytest.mark.parametrize("tree", ["articles", "ledger", "rejects", "runs"])
@pytest.mark.parametrize("where", ["current snapshot", "older snapshot", "pool"])
def test_a_flipped_byte_is_found_in_every_kind_of_file(
    cli: Cli, dataset: Path, where: str, tree: str
) -> None:
    """The file is named, on standard output and in JSON; exit code 74."""
    folder = {
        "current snapshot": resolve(dataset),
        "older snapshot": dataset / ".copydesk/snap/00000002",
        "pool": dataset / ".copydesk/files",
    }[where]
    path = min((folder / tree).glob("0*.parquet"))
    flip(path)
    code, out, err = cli("verify", dataset)
    assert code == 74
    assert str(path) in out
    assert "damaged" in err
    code, out, _ = cli("verify", dataset, "--json")
    assert code == 74
    assert any(str(path) in problem for problem in json.loads(out)["problems"])


def test_a_flipped_byte_is_found_in_the_raw_bytes_of_a_reject(cli: Cli, dataset: Path) -> None:
    """They would be replayed as another document."""
    (raw,) = (dataset / ".copydesk/rejects").iterdir()
    flip(raw)
    code, out, _ = cli("verify", dataset)
    assert code == 74
    assert str(raw) in out


def test_an_empty_tree_is_checked_as_well(cli: Cli, tmp_path: Path) -> None:
    """The check covers the placeholder file of an empty tree. The one of an older copydesk is not damage."""
    run(tmp_path / "out", docs(range(2)))
    path = resolve(tmp_path / "out") / "rejects/empty.parquet"
    older = pa.schema([("source", pa.string())], metadata={"dataset": "rejects", "schema_version": "0"})
    good = path.read_bytes()
    path.unlink()
    pq.write_table(older.empty_table(), path)
    assert cli("verify", tmp_path / "out")[0] == 0
    path.write_bytes(good)
    flip(path)
    code, out, _ = cli("verify", tmp_path / "out")
    assert code == 74
    assert str(path) in out


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE articles SET version='v' WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET content=x'00' WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET ledger=x'00' WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET place=9 WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET pipeline=9 WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET seen=9 WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET source=9 WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET written=99 WHERE id='id-0004'", "id-0004"),
        ("UPDATE articles SET document=5 WHERE id='id-0004'", "raw documents"),
        ("UPDATE articles SET id='id-0044' WHERE id='id-0004'", "id-0004"),
        ("DELETE FROM articles WHERE id='id-0004'", "id-0004"),
        ("UPDATE rejected SET ledger=x'00'", "id-x"),
        ("UPDATE files SET sha256='0' WHERE tree='ledger'", "ledger/"),
        ("UPDATE files SET name='0.parquet' WHERE tree='runs'", "0.parquet"),
        ("UPDATE rejects SET size=1", "rejects/"),
        ("UPDATE runs SET books=replace(books, '\"rejected\": 1', '\"rejected\": 2')", "balance"),
        ("UPDATE runs SET books='{' WHERE number=1", "state.db"),
        ("UPDATE head SET number=1", "does not belong"),
    ],
)  # fmt: skip
def test_a_changed_row_of_the_state_is_found(cli: Cli, dataset: Path, change: str, named: str) -> None:
    """State and files vouch for each other: what one says and the other doesn't is named."""
    with sqlite3.connect(dataset / ".copydesk/state.db") as db:
        db.execute(change)
    db.close()
    code, out, err = cli("verify", dataset)
    assert code == 74
    assert named in out + err


def test_a_flipped_byte_of_the_state_file_itself(cli: Cli, dataset: Path) -> None:
    """In a page's own bookkeeping, where it is SQLite that notices."""
    state = dataset / ".copydesk/state.db"
    content = bytearray(state.read_bytes())
    content[4096 * 3 + 3] ^= 0xFF  # the number of cells on a page
    state.write_bytes(bytes(content))
    code, out, err = cli("verify", dataset)
    assert code == 74
    assert "state.db" in out + err


def test_no_dataset_is_a_wrong_command_line(cli: Cli, tmp_path: Path) -> None:
    """Not damage."""
    for command in (("verify", tmp_path), ("history", tmp_path, "id-0001")):
        code, _, err = cli(*command)
        assert code == 64
        assert str(tmp_path) in err


def test_history_tells_versions_apart(cli: Cli, dataset: Path) -> None:
    """It lists the time, the run and the changes; the live version is last."""
    code, out, _ = cli("history", dataset, "id-0003", "--json")
    old, new = map(json.loads, out.splitlines())
    assert code == 0
    assert (old["live"], new["live"]) == (False, True)
    assert old["run_id"] != new["run_id"]
    assert (old["version"], new["version"]) == ("v-body", "v-changed")
    assert old["about"].keys() == {"title", "words", "removed_share", "rules_version", "cleaner_version"}
    assert Path(old["path"]).is_file()
    assert "changed: source" in cli("history", dataset, "id-0003")[1]


def test_history_outlives_the_snapshots(cli: Cli, tmp_path: Path) -> None:
    """The file of a version expires; what it was about stays."""
    short = replace(SETTINGS, retention_seconds=0.0, retention_snapshots=1)
    for number in range(3):
        run(tmp_path / "out", [Doc("1", f"body {number}")], settings=short, size=number)
    _, out, _ = cli("history", tmp_path / "out", "id-1", "--json")
    versions = [json.loads(line) for line in out.splitlines()]
    assert [version["version"] for version in versions] == ["v-body 0", "v-body 1", "v-body 2"]
    assert versions[0]["path"] is None
    assert versions[0]["about"]["words"] == 0
    assert "its file has expired" in cli("history", tmp_path / "out", "id-1")[1]


def test_an_id_may_be_shortened_while_it_names_one_article(cli: Cli, dataset: Path) -> None:
    """Too short, or too many: nothing is guessed."""
    assert cli("history", dataset, "id-0009")[0] == 0
    code, _, err = cli("history", dataset, "id-0")
    assert code == 64
    assert "id-0001" in err
    assert cli("history", dataset, "nobody")[0] == 64


def test_what_is_scraped_can_not_act_on_the_terminal(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A headline with an escape sequence is shown, not obeyed."""
    article = Doc.article
    monkeypatch.setattr(Doc, "article", lambda doc: article(doc) | {"title": "\x1b]0;owned\x07"})
    run(tmp_path / "out", docs(range(1)))
    for words in ([], ["--json"]):
        _, out, err = cli("history", tmp_path / "out", "id-0000", *words)
        assert "owned" in out
        assert "\x1b" not in out + err


def test_a_state_of_the_first_version_is_brought_up_to_date(dataset: Path) -> None:
    """Tables and columns that were added later exist, and nothing else changes."""
    today, first = dataset / ".copydesk/state.db", dataset / ".copydesk/first.db"
    with closing(sqlite3.connect(first)) as db, db:
        for statement in STEPS[0].strip().split(";\n"):
            db.execute(statement)
        db.execute("DELETE FROM head")
        db.execute("ATTACH ? AS today", (str(today),))
        for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type='table'").fetchall():
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} SELECT {columns} FROM today.{table}")
        db.execute("PRAGMA main.user_version=1")
    State(first).close()
    with closing(sqlite3.connect(today)) as new, closing(sqlite3.connect(first)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (STATE_VERSION,)
        for db in (new, old):
            db.execute("UPDATE articles SET document=-1")
            db.execute("UPDATE history SET about=''")
            db.execute("UPDATE inputs SET ctime_ns=NULL")  # unknown where an older copydesk took an input in
        shape = "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name"
        for (table,) in new.execute(shape).fetchall():
            rows = f"SELECT * FROM {table}"
            if table in STEPS[0]:
                assert old.execute(rows).fetchall() == new.execute(rows).fetchall()
        assert old.execute(shape).fetchall() == new.execute(shape).fetchall()


def test_raw_documents_can_be_left_out(cli: Cli, tmp_path: Path) -> None:
    """By default they are kept."""
    sample = Path(__file__).parents[2] / "data/samples/crane-readme.txt"
    for name, words in (("with", []), ("without", ["--no-keep-raw"])):
        code, _, err = cli("ingest", sample, "--out", tmp_path / name, "--direct", "--workers", "1", *words)
        assert code == 0, err
        files = list((tmp_path / name / ".copydesk/files/documents").iterdir())
        assert len(files) == (1 if name == "with" else 0)
        assert cli("verify", tmp_path / name)[0] == 0
