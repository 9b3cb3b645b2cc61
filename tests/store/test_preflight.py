"""Who may write where, what happens when the system says no, and how long snapshots stay."""

import errno
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from store_kit import SETTINGS, Doc, bodies, contents, docs, fingerprint, quick_folder, rows, run, stage

from copydesk.schemas.errors import CannotWriteError, LockedError, StorageError, UsageError
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.files import storage_errors
from copydesk.tasks.store.snapshot import Layout, resolve, snapshots
from copydesk.tasks.store.state import State
from copydesk.tasks.store.verify import verify

HOLDER = """
import subprocess, sys
from pathlib import Path
from store_kit import SETTINGS
from copydesk.tasks.store.dataset import Store
store = Store.open(Path(sys.argv[1]), SETTINGS, "p")
child = subprocess.Popen(["sleep", "60"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that has the folder open, and a child of its own."""
    out = tmp_path / "out"
    tests = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests / "helpers")])}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    child = int(process.stdout.readline())
    yield process, out
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    os.kill(child, signal.SIGKILL)


def test_the_second_writer_is_refused_and_told_who_the_first_is(
    holder: tuple[subprocess.Popen[str], Path],
) -> None:
    """Exit code 75, at once, with process, host and start of the run that holds the folder."""
    process, out = holder
    with pytest.raises(
        LockedError, match=rf"pid {process.pid} on {re.escape(socket.gethostname())}, since 20"
    ) as refused:
        Store.open(out, SETTINGS, "p")
    assert process.poll() is None, "it waited for the other"
    assert refused.value.exit_code == 75


def test_a_killed_writer_frees_the_folder_though_its_child_lives_on(
    holder: tuple[subprocess.Popen[str], Path],
) -> None:
    """The lock ends with the process that took it; a child that outlives it does not keep it."""
    process, out = holder
    process.kill()
    process.wait()
    run(out, docs(range(2)))
    assert len(bodies(out)) == 2


def test_two_stores_in_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    """Closing twice does no harm."""
    store = Store.open(tmp_path / "out", SETTINGS, "p")
    with pytest.raises(LockedError):
        Store.open(tmp_path / "out", SETTINGS, "p")
    store.close()
    store.close()
    Store.open(tmp_path / "out", SETTINGS, "p").close()


def tree_of(folder: Path) -> dict[str, bytes | str]:
    """Everything in a folder."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = str(path.readlink())
        elif path.is_file():
            found[str(path)] = path.read_bytes()
    return found


def foreign_file(out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("all of it")


def foreign_link(out: Path) -> None:
    run(out, docs(range(2)))
    (out / "articles").unlink()
    (out / "articles").symlink_to("/etc")


def foreign_folder(out: Path) -> None:
    run(out, docs(range(2)))
    (out / "ledger").unlink()
    (out / "ledger").mkdir()


def foreign_home(out: Path) -> None:
    out.mkdir()
    (out.parent / "elsewhere").mkdir()
    (out / ".copydesk").symlink_to("../elsewhere")


def a_file(out: Path) -> None:
    out.write_text("a file")


@pytest.mark.parametrize("make", [foreign_file, foreign_link, foreign_folder, foreign_home, a_file])
def test_a_folder_that_is_not_a_dataset_is_refused_untouched(tmp_path: Path, make: object) -> None:
    """Files that do not belong to copydesk stay as they are."""
    out = tmp_path / "out"
    make(out)  # type: ignore[operator]
    before = tree_of(tmp_path)
    with pytest.raises(UsageError):
        Store.open(out, SETTINGS, "p")
    assert tree_of(tmp_path) == before


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    """As is one whose parents are missing."""
    (tmp_path / "out").mkdir()
    run(tmp_path / "out", docs(range(2)))
    run(tmp_path / "a/b/c", docs(range(2)))
    assert len(bodies(tmp_path / "a/b/c")) == 2


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    """Exit code 73 and the reason, also for root, who is refused by /sys only."""
    if os.geteuid() == 0:
        out = Path("/sys/copydesk")
    else:
        (tmp_path / "closed").mkdir(mode=0o500)
        out = tmp_path / "closed/out"
    with pytest.raises(CannotWriteError, match=str(out)) as refused:
        Store.open(out, SETTINGS, "p")
    assert refused.value.exit_code == 73


def test_too_little_space_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The message says how much there is and how much is wanted."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    before = contents(out)
    with pytest.raises(StorageError, match=r"bytes free, but a run needs 1,\d{3},"):
        Store.open(out, replace(SETTINGS, min_free_bytes=1 << 60), "p")
    assert contents(out) == before
    run(out, docs(range(3)), size=2)


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older copydesk does not write into a dataset it can't understand."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    with sqlite3.connect(out / ".copydesk/state.db") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(UsageError, match="newer"):
        Store.open(out, SETTINGS, "p")


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    """With an error that names the file, not a traceback of SQLite."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    state = out / ".copydesk/state.db"
    state.write_bytes(b"SQLite format 3\0" + os.urandom(4096))
    with pytest.raises(StorageError, match=r"state\.db"):
        Store.open(out, SETTINGS, "p")


FAILURES = [
    *(("fsync", errno.EIO, turn) for turn in range(1, 40, 3)),
    *(("replace", errno.ENOSPC, turn) for turn in range(1, 11, 2)),
    *(("rename", errno.EIO, turn) for turn in range(1, 11, 2)),
]


@pytest.mark.parametrize(("call", "code", "turn"), FAILURES)
def test_a_failing_call_ends_the_commit_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, turn: int
) -> None:
    """The n-th sync or rename fails: the run ends with an error, readers see whole commits, the sequel ends right."""
    run(tmp_path / "calm", docs(range(3)))
    run(tmp_path / "calm", [*docs(range(5)), Doc("0001", "new", day=1), *docs("r", rejected=True)], size=2)
    out = tmp_path / "out"
    run(out, docs(range(3)))
    real, calls = getattr(os, call), 0

    def failing(*arguments: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls == turn:
            raise OSError(code, os.strerror(code))
        return real(*arguments, **more)

    again = [*docs(range(5)), Doc("0001", "new", day=1), *docs("r", rejected=True)]
    monkeypatch.setattr(os, call, failing)
    with suppress(StorageError):
        run(out, again, size=2)
        assert calls < turn, "an error was swallowed"
    monkeypatch.undo()
    assert bodies(out).keys() >= {"0000", "0001", "0002"}
    run(out, again, size=2)
    assert verify(out) == []
    assert contents(out) == contents(tmp_path / "calm")


def test_an_error_says_where_it_happened(tmp_path: Path) -> None:
    """Also where the system names an entry of some folder (rmtree) or the text of a link (symlink)."""
    for names, place in (
        (("entry",), tmp_path),
        (("snap/3/articles", None, str(tmp_path / "link")), tmp_path / "link"),
        ((str(tmp_path / "file"),), tmp_path / "file"),
        ((), tmp_path),
    ):
        with pytest.raises(StorageError, match=f"^{re.escape(str(place))}: "), storage_errors(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device", *names)


def test_where_links_can_not_be_had_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ext4 refuses the 65,001st link to a file; some file systems refuse the first."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMLINK, "Too many links")

    monkeypatch.setattr(os, "link", refuse)
    run(tmp_path / "out", docs(range(3)))
    run(tmp_path / "out", docs(range(5)), size=2)
    assert len(bodies(tmp_path / "out")) == 5
    assert verify(tmp_path / "out") == []


def test_snapshots_stay_for_a_day(tmp_path: Path) -> None:
    """A path that was resolved is readable after many commits."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    first = resolve(out)
    for size in range(2, 6):
        run(out, [Doc("0000", f"{size}")], size=size)
    assert len(list((first / "articles").iterdir())) == 1
    assert snapshots(Layout(out)) == list(range(1, 11))


def test_snapshots_expire_by_the_time_they_were_replaced(tmp_path: Path) -> None:
    """The clock starts when another snapshot takes its place, and the newest three stay in any case."""
    out = tmp_path / "out"
    for size in range(1, 5):
        run(out, [Doc("0000", f"{size}")], size=size)
    state = State(out / ".copydesk/state.db")
    with state.transaction():
        # Eight commits: all were made long ago, but the third was replaced only just now.
        state.connection.execute("UPDATE commits SET at = at - 1000000 WHERE number <> 4")
    state.close()
    Store.open(out, SETTINGS, "p").close()
    assert snapshots(Layout(out)) == [3, 6, 7, 8]
    assert verify(out) == []


def test_old_files_leave_the_pool_with_the_commit_that_replaces_them(tmp_path: Path) -> None:
    """The pool holds what is live; older snapshots hold their own links."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    run(out, [Doc("0000", "new")], size=2)
    pool = (out / ".copydesk/files").rglob("*.parquet")
    live = {path.name for path in pool if path.parent.name != "documents"}  # raw documents are in no snapshot
    assert live <= {path.name for path in resolve(out).rglob("*.parquet")}


def test_leftovers_of_a_crash_are_removed_at_the_next_start(tmp_path: Path) -> None:
    """Stage, pool and raw rejects are brought in line with the state."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    home = out / ".copydesk"
    (home / "stage/half.parquet").write_bytes(b"PAR1")
    (home / "files/articles/00000009-0000000000000000.parquet").write_bytes(b"PAR1")
    (home / "rejects" / ("ab" * 16)).write_bytes(b"raw")
    Store.open(out, SETTINGS, "p").close()
    assert not list((home / "stage").iterdir())
    assert not list((home / "rejects").iterdir())
    assert len(list((home / "files/articles").iterdir())) == 1


def test_a_missing_file_is_an_error_not_a_smaller_dataset(tmp_path: Path) -> None:
    """A deleted file is named, and nothing is published without it."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    (file,) = (out / ".copydesk/files/articles").iterdir()
    file.unlink()
    with pytest.raises(StorageError, match=file.name):
        Store.open(out, SETTINGS, "p")


def test_rejects_have_a_row_for_each_run_and_their_raw_bytes(tmp_path: Path) -> None:
    """The row has the document, the run and the reason; the raw bytes are stored by the hash in the row."""
    out = tmp_path / "out"
    first = run(out, [*docs(range(2)), *docs(["x", "y"], rejected=True)])
    second = run(out, docs(["x"], rejected=True), size=2)
    assert (first.rejected, second.rejected) == (2, 1)
    assert first.rejects_by_reason == {"not-an-article": 2}
    found = rows(out, "rejects")
    assert [(row["record"], row["run_id"]) for row in found] == [
        ("x", first.run_id),
        ("y", first.run_id),
        ("x", second.run_id),
    ]
    for row in found:
        assert (
            out / ".copydesk/rejects" / row["content_hash"]
        ).read_bytes() == f"raw {row['record']} body".encode()


def test_a_rejected_document_of_an_unchanged_input_is_not_seen_again(tmp_path: Path) -> None:
    """Only the articles of the input count as unchanged."""
    out = tmp_path / "out"
    run(out, [*docs(range(4)), *docs(["x"], rejected=True)])
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        assert store.skip_if_done(fingerprint())
        report = store.finish()
    assert (report.seen, report.unchanged, report.rejected) == (4, 4, 0)


def test_raw_rejects_are_capped_each_and_in_all(tmp_path: Path) -> None:
    """Too large a document is not kept; when all are too many, the oldest give way."""
    out = tmp_path / "out"
    size = len("raw 0000 body")
    tight = replace(SETTINGS, reject_bytes=size, rejects_bytes=3 * size)
    run(out, docs(range(2), rejected=True), settings=tight)
    run(out, [*docs(range(2, 4), rejected=True), Doc("large one", rejected=True)], settings=tight, size=2)
    kept = sorted(path.read_text() for path in (out / ".copydesk/rejects").iterdir())
    assert len(kept) == 3
    assert kept[-2:] == ["raw 0002 body", "raw 0003 body"]
    assert len(rows(out, "rejects")) == 5
    assert verify(out) == []


def test_runs_hold_the_books_of_every_run(tmp_path: Path) -> None:
    """One row a run, also for a run with nothing new, and each balances."""
    out = tmp_path / "out"
    reports = [run(out, docs(range(3))), run(out, docs(range(4)), size=2), run(out, docs(range(4)), size=3)]
    found = rows(out, "runs")
    assert [row["run_id"] for row in found] == [report.run_id for report in reports]
    assert [(row["seen"], row["written"], row["unchanged"]) for row in found] == [
        (3, 3, 0),
        (4, 1, 3),
        (4, 0, 4),
    ]


def test_staged_files_of_other_shards_outlast_a_commit(tmp_path: Path) -> None:
    """Shards are staged while others are committed."""
    with Store.open(tmp_path / "out", SETTINGS, "p") as store:
        store.begin([])
        first, second = stage(store, "a", docs(range(3))), stage(store, "b", docs(range(3, 5)))
        store.commit([first])
        assert not first.articles.exists()
        store.commit([second])
        store.finish()
    assert len(bodies(tmp_path / "out")) == 5


def test_links_of_before_there_was_one_for_all_are_replaced(tmp_path: Path) -> None:
    """Each tree had a link of its own into the snapshot; the next run shows all of them through one."""
    out = tmp_path / "out"
    run(out, docs(range(3)))
    snapshot = resolve(out)
    (out / ".copydesk/current").unlink()
    for tree in ("articles", "ledger", "rejects", "runs"):
        (out / tree).unlink()
        (out / tree).symlink_to(f".copydesk/snap/{snapshot.name}/{tree}")
    Store.open(out, SETTINGS, "p").close()
    assert resolve(out) == snapshot
    assert all(str((out / tree).readlink()) == f".copydesk/current/{tree}" for tree in ("articles", "runs"))
    assert len(bodies(out)) == 3


@pytest.mark.parametrize("tree", ["articles", "current"])
def test_something_else_in_place_of_a_link_is_named(tmp_path: Path, tree: str) -> None:
    """It is left as it is."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    link = out / ".copydesk/current" if tree == "current" else out / tree
    link.unlink()
    link.mkdir()
    with pytest.raises(UsageError, match=str(link)):
        Store.open(out, SETTINGS, "p")
    assert link.is_dir()


def test_an_old_link_into_another_tree_is_none_of_ours(tmp_path: Path) -> None:
    """Articles that show the ledger were not put there by a store."""
    out = tmp_path / "out"
    run(out, docs(range(2)))
    (out / "articles").unlink()
    (out / "articles").symlink_to(".copydesk/snap/00000001/ledger")
    with pytest.raises(UsageError, match=str(out / "articles")):
        Store.open(out, SETTINGS, "p")
