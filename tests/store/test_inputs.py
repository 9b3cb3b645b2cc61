"""An input is known by its size and times; where only the system's own time differs, or on demand, by its content."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cli_kit import command_line
from store_kit import SETTINGS, quick_folder, rows

from copydesk.flows.run import run_ingest
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.inputs import content_hash
from copydesk.tasks.store.verify import verify

ONE = replace(SETTINGS, workers=1)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


def page(number: int) -> str:
    """An article; those of one length differ in a digit."""
    return (
        f"Council meets for the session of the month\n\nThe council met on Monday with {number} members and decided on the road "
        "that leads along the river to the old mill.\n\nThe mayor said on Tuesday that work would begin in the spring, "
        "and that the town would pay a third of the cost.\n"
    )


def ingest(folder: Path, *, check: bool = False) -> RunReport:
    request = IngestRequest((str(folder / "in"),), str(folder / "out"), settings=ONE, check_content=check)
    return run_ingest(request)


def counts(report: RunReport) -> tuple[int, int]:
    return report.written, report.unchanged


def put(folder: Path, text: str) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    path = folder / "in/a.txt"
    path.write_text(text)
    return path


def read_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the inputs that are read from here on."""
    from copydesk.flows import run
    from copydesk.tasks.read.formats import read

    seen: list[str] = []

    def noted(file, *more):  # type: ignore[no-untyped-def]
        seen.append(file.uri)
        return read(file, *more)

    monkeypatch.setattr(run, "read", noted)
    return seen


def test_other_content_of_the_same_size_and_time_is_read(tmp_path: Path) -> None:
    """The system notes each write in the ctime, which no program can set."""
    path = put(tmp_path, page(1))
    at = path.stat()
    assert counts(ingest(tmp_path)) == (1, 0)
    path.write_text(page(2))
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert path.stat().st_size == at.st_size
    assert ingest(tmp_path).seen == 1
    assert any("with 2 members" in row["text"] for row in rows(tmp_path / "out"))


def test_the_same_content_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other permissions, another name and back, a copy with its times: hashed once, and known from then on."""
    path = put(tmp_path, page(1))
    ingest(tmp_path)
    seen = read_by(monkeypatch)
    path.chmod(0o600)
    assert counts(ingest(tmp_path)) == (0, 1)
    shutil.copy2(path, tmp_path / "copy")
    shutil.move(tmp_path / "copy", path)
    assert counts(ingest(tmp_path)) == (0, 1)
    assert seen == []
    with closing(sqlite3.connect(tmp_path / "out/.copydesk/state.db")) as db:
        (noted,) = db.execute("SELECT ctime_ns FROM inputs WHERE uri LIKE '%a.txt'").fetchone()
    assert noted == path.stat().st_ctime_ns
    assert verify(tmp_path / "out") == []


def test_check_content_believes_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that keeps no ctime: there only the content tells."""
    path = put(tmp_path, page(1))
    ingest(tmp_path)
    path.write_text(page(2))
    with closing(sqlite3.connect(tmp_path / "out/.copydesk/state.db")) as db, db:
        there = path.stat()
        db.execute("UPDATE inputs SET mtime_ns=?, ctime_ns=?", (there.st_mtime_ns, there.st_ctime_ns))
    assert ingest(tmp_path).unchanged == 1
    assert not any("with 2 members" in text for text in bodies_of(tmp_path))
    ingest(tmp_path, check=True)
    assert any("with 2 members" in text for text in bodies_of(tmp_path))
    seen = read_by(monkeypatch)
    assert ingest(tmp_path, check=True).unchanged == 1
    assert seen == []


def bodies_of(folder: Path) -> list[str]:
    return [row["text"] for row in rows(folder / "out")]


def test_an_input_of_before_ctimes_were_noted_stays_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of copydesk alone has nothing read again for that; `--check-content` reads it once."""
    put(tmp_path, page(1))
    ingest(tmp_path)
    with closing(sqlite3.connect(tmp_path / "out/.copydesk/state.db")) as db, db:
        db.execute("UPDATE inputs SET ctime_ns=NULL, content=''")
    seen = read_by(monkeypatch)
    ingest(tmp_path)
    assert seen == []
    ingest(tmp_path, check=True)
    ingest(tmp_path, check=True)
    assert len(seen) == 1


def test_the_option_reaches_the_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On the command line, and as the flow's parameter."""
    from copydesk.flows.ingest import parameters_of

    copydesk = command_line(capfd)
    put(tmp_path, page(1))
    words = ("ingest", tmp_path / "in", "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert copydesk(*words)[0] == 0
    code, _, said = copydesk(*words, "--check-content")
    assert code == 0, said
    assert parameters_of(IngestRequest(("a",), "b", check_content=True))["check_content"] is True


def test_what_is_no_file_has_no_hash(tmp_path: Path) -> None:
    """The store does not wait for a pipe. A stopped hash is not a hash."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"x" * 10)
    assert content_hash(tmp_path / "pipe") == ""
    assert content_hash(tmp_path / "missing") == ""
    assert content_hash(tmp_path) == ""
    assert content_hash(None) == ""
    assert content_hash(tmp_path / "file", lambda: True) == ""
    assert len(content_hash(tmp_path / "file")) == 32


def test_an_older_dataset_becomes_private_once(tmp_path: Path) -> None:
    """Modes that its owner changes afterwards stay."""
    put(tmp_path, page(1))
    ingest(tmp_path)
    home = tmp_path / "out/.copydesk"
    with closing(sqlite3.connect(home / "state.db")) as db, db:
        for table, column in (("inputs", "ctime_ns"), ("inputs", "content"), ("places", "ctime_ns")):
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        db.execute("PRAGMA user_version=7")
    open_all(home)
    Store.open(tmp_path / "out", SETTINGS, "p").close()
    assert modes(home) == {"files": 0o700, "stage": 0o700, "rejects": 0o700, "snap": 0o755, "state.db": 0o600}
    assert home.stat().st_mode & 0o777 == 0o711
    open_all(home)
    Store.open(tmp_path / "out", SETTINGS, "p").close()
    assert modes(home)["rejects"] == 0o755
    assert verify(tmp_path / "out") == []
    assert len(bodies_of(tmp_path)) == 1


def open_all(home: Path) -> None:
    home.chmod(0o755)
    for name in ("files", "stage", "rejects", "snap"):
        (home / name).chmod(0o755)
    (home / "state.db").chmod(0o644)


def modes(home: Path) -> dict[str, int]:
    return {
        name: (home / name).stat().st_mode & 0o777
        for name in ("files", "stage", "rejects", "snap", "state.db")
    }
