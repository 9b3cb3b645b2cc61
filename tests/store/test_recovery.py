"""A state that is lost, foreign or damaged stops every run; `repair` rebuilds it from the files."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cli_kit import command_line
from store_kit import SETTINGS, Doc, bodies, contents, docs, quick_folder, rows, run

from copydesk.schemas.errors import StateError, StorageError, UsageError
from copydesk.schemas.memory import Memory
from copydesk.tasks.store.configuration import recall
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.queries import find_article, history
from copydesk.tasks.store.recovery import repair
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify
from tests.store.test_verify import reprint, stopped

SMALL = replace(SETTINGS, file_bytes=1)
FIRST = [*docs(range(12)), *docs(["x"], rejected=True), *(reprint(key, 1) for key in "abc")]
LATER = [Doc("0003", "changed"), *docs(range(12, 17))]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A dataset with something of everything; the backup of a state beside it, and another dataset."""
    out = tmp_path / "out"
    run(out, FIRST, settings=SMALL)
    shutil.copy(out / ".copydesk/state.db", tmp_path / "backup.db")
    run(out, LATER, settings=SMALL, size=2)
    run(tmp_path / "other", docs(range(40, 44)), settings=SMALL)
    run(tmp_path / "other", docs(range(40, 45)), settings=SMALL, size=2)
    return out


def state_of(out: Path) -> Path:
    return out / ".copydesk/state.db"


def gone(out: Path) -> None:
    state_of(out).unlink()


def emptied(out: Path) -> None:
    state_of(out).write_bytes(b"")


def of_another_application(out: Path) -> None:
    gone(out)
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")


def of_another_application_with_a_version(out: Path) -> None:
    of_another_application(out)
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("PRAGMA user_version=4")


def without_tables(out: Path) -> None:
    gone(out)
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA user_version=0")


def of_another_dataset(out: Path) -> None:
    shutil.copy(out.parent / "other/.copydesk/state.db", state_of(out))


def of_a_new_dataset(out: Path) -> None:
    Store.open(out.parent / "new", SMALL, "p").close()
    shutil.copy(out.parent / "new/.copydesk/state.db", state_of(out))


def from_a_backup(out: Path) -> None:
    shutil.copy(out.parent / "backup.db", state_of(out))


def garbage(out: Path) -> None:
    state_of(out).write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)


def cut(out: Path) -> None:
    state_of(out).write_bytes(state_of(out).read_bytes()[: 3 * 4096 + 100])


def with_another_column(out: Path) -> None:
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("ALTER TABLE articles RENAME COLUMN fetched TO fetcied")


def with_a_trigger(out: Path) -> None:
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("CREATE TRIGGER t AFTER UPDATE ON head BEGIN DELETE FROM articles; END")


def naming_a_path(out: Path) -> None:
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("UPDATE files SET name='/etc/passwd' WHERE tree='runs'")


WRONG: list[Callable[[Path], None]] = [
    gone,
    emptied,
    of_another_application,
    of_another_application_with_a_version,
    without_tables,
    of_another_dataset,
    of_a_new_dataset,
    from_a_backup,
    garbage,
    cut,
    with_another_column,
    with_a_trigger,
    naming_a_path,
]


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the state and the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(("state.db", "lock"))
    }


@pytest.mark.parametrize("damage", WRONG)
def test_a_state_that_is_not_that_of_the_files_stops_the_run_and_is_rebuilt(
    out: Path, damage: Callable[[Path], None]
) -> None:
    """Nothing is written and nothing deleted; the message says what to do; after the repair nothing is doubled."""
    before, shown = everything(out), contents(out)
    number = int(resolve(out).name)
    damage(out)
    with pytest.raises(StorageError, match=r"copydesk repair|names the file") as refused:
        run(out, docs(range(30, 33)), settings=SMALL, size=3)
    assert refused.value.exit_code == 74
    assert everything(out) == before
    assert told(out)
    done = repair(out)
    assert done.why
    assert done.rebuilt is not None
    assert done.problems == []
    assert contents(out) == shown
    assert int(resolve(out).name) >= number
    assert done.aside is not None
    again = run(out, FIRST, settings=SMALL, size=4)
    assert (again.written, again.unchanged + again.duplicate) == (1, len(FIRST) - 2)  # 0003 is changed back
    again = run(out, LATER, settings=SMALL, size=5)
    assert (again.written, again.unchanged) == (1, len(LATER) - 1)
    assert len(bodies(out)) == 20
    assert verify(out) == []
    assert int(resolve(out).name) > number


def told(out: Path) -> list[str]:
    try:
        return verify(out)
    except StorageError as error:
        return [str(error)]


def test_the_command_says_what_it_did(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit 74 of `verify` names the command, which then says what it found, rebuilt and can't know."""
    copydesk = command_line(capfd)
    gone(out)
    code, _, errors = copydesk("verify", out)
    assert code == 74
    assert "copydesk repair" in errors
    code, said, errors = copydesk("repair", out)
    assert (code, errors) == (0, "")
    assert "20 articles (20 with their raw document), 1 replaced versions, 1 rejects, 2 runs" in said
    assert "moved aside" in said
    assert copydesk("verify", out)[0] == 0
    assert "nothing was changed" in copydesk("repair", out)[1]


def test_a_sound_dataset_is_left_alone(out: Path) -> None:
    """Not a byte of it changes."""
    before = everything(out)
    done = repair(out)
    assert (done.why, done.rebuilt, done.problems) == ("", None, [])
    assert everything(out) == before


def test_what_the_new_state_knows(out: Path) -> None:
    """Books, replaced versions, raw documents and near duplicates are those of before."""
    id_ = find_article(out, "id-0003")
    before = history(out, id_)
    told = rows(out, "runs"), rows(out, "rejects"), rows(out)
    gone(out)
    assert repair(out).problems == []
    after = history(out, id_)
    assert [(each.version, each.live, each.raw, each.about) for each in after] == [
        (each.version, each.live, each.raw, each.about) for each in before
    ]
    assert all(each.path and each.path.exists() for each in after)
    assert (rows(out, "runs"), rows(out, "rejects"), rows(out)) == told
    run(out, [reprint("d", 1)], settings=SMALL, size=3)
    (copy,) = (row for row in rows(out) if row["id"] == "id-d")
    assert copy["duplicate_of"] == "id-a"
    assert verify(out) == []


def test_how_the_dataset_is_made_is_remembered(out: Path) -> None:
    """From the copy that lies beside the state."""
    made = Memory(columns={"text": "body"}, settings={"keep_raw": False})
    with Store.open(out, SMALL, "p") as store:
        store.remember(made, Memory(), at_once=True)
    gone(out)
    repair(out)
    assert recall(out) == made


def test_a_repair_in_the_midst_of_a_run(out: Path) -> None:
    """Unfinished work of a stopped run is like any older article."""
    stopped(out, SMALL)
    shown = bodies(out)
    gone(out)
    assert repair(out).problems == []
    assert bodies(out) == shown
    run(out, docs(range(20, 24)), settings=SMALL, size=6)
    assert verify(out) == []


def test_snapshots_that_are_gone_do_not_matter(out: Path) -> None:
    """The pool holds the live files; their number is not used again."""
    shown, number = contents(out), int(resolve(out).name)
    gone(out)
    shutil.rmtree(out / ".copydesk/snap")
    assert repair(out).problems == []
    assert contents(out) == shown
    assert int(resolve(out).name) > number


def test_files_that_left_the_pool_come_back_from_the_snapshot(out: Path) -> None:
    """As hard links; the state that misses them is rebuilt."""
    for path in (out / ".copydesk/files/articles").iterdir():
        path.unlink()
    with pytest.raises(StateError, match="copydesk repair"):
        Store.open(out, SMALL, "p")
    assert repair(out).problems == []
    assert verify(out) == []


def test_a_damaged_file_is_named_and_nothing_is_changed(out: Path) -> None:
    """No state can repair it."""
    gone(out)
    (path, *_) = (resolve(out) / "articles").iterdir()
    path.write_bytes(path.read_bytes()[:-8] + b"changed!")
    before = everything(out)
    with pytest.raises(StorageError, match=path.name):
        repair(out)
    assert everything(out) == before


def test_a_newer_state_is_left_to_a_newer_copydesk(out: Path) -> None:
    """It would lose what it knows."""
    with closing(sqlite3.connect(state_of(out))) as db, db:
        db.execute("PRAGMA user_version=99")
    good = state_of(out).read_bytes()
    with pytest.raises(UsageError, match="newer copydesk"):
        repair(out)
    assert state_of(out).read_bytes() == good


def test_there_must_be_a_dataset(tmp_path: Path) -> None:
    """`repair` makes none."""
    with pytest.raises(UsageError, match="no dataset"):
        repair(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["current", "snapshot", "file of the snapshot", "link"])
def test_what_is_not_shown_any_more_is_named_and_put_back(out: Path, what: str) -> None:
    """`current` without a target, a missing snapshot, or a missing file of it is found and repaired."""
    shown, snapshot = contents(out), resolve(out)
    if what == "current":
        link = out / ".copydesk/current"
        link.unlink()
        link.symlink_to("snap/00000000")
    elif what == "snapshot":
        shutil.rmtree(snapshot)
    elif what == "link":
        (out / "ledger").unlink()
    else:
        next((snapshot / "ledger").iterdir()).unlink()
    assert told(out)
    assert repair(out).problems == []
    assert contents(out) == shown
    assert verify(out) == []


def drive(*arguments: str) -> list[str]:
    tests = Path(__file__).resolve().parents[1]
    paths = [str(tests.parent), str(tests / "helpers"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, str(tests / "helpers" / "repair_driver.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_repair_that_is_killed_is_begun_again() -> None:
    """At each kind of point; no run writes in between, unless the state is right already."""
    names = drive("plan")
    assert {"file back in pool", "state rebuilt", "state aside", "file aside", "state in place"} <= set(names)
    assert drive("crash", *(str(names.index(name) + 1) for name in dict.fromkeys(names))) == []


@pytest.mark.slow
def test_a_repair_that_is_killed_at_any_point_is_begun_again() -> None:
    """At each point."""
    assert drive("crash", *map(str, range(1, len(drive("plan")) + 1))) == []
