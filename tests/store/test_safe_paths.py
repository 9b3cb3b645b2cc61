"""A dataset from somebody else: its links, pipes and names lead nowhere, for any command."""

import os
import shutil
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Cli, command_line
from store_kit import SETTINGS, Doc, docs, quick_folder, rows, run

from copydesk.schemas.errors import CopydeskError, ForeignEntryError, StorageError
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.recovery import repair
from copydesk.tasks.store.rejects_view import raw_content, rejected
from copydesk.tasks.store.safe_paths import RAW_NAME, checked_name, empty_folder, open_handle, parquet, remove
from copydesk.tasks.store.snapshot import Layout, resolve
from copydesk.tasks.store.verify import verify

ENTRIES = [
    ".copydesk",
    ".copydesk/current",
    ".copydesk/files",
    ".copydesk/files/articles",
    ".copydesk/files/ledger",
    ".copydesk/files/rejects",
    ".copydesk/files/runs",
    ".copydesk/files/documents",
    ".copydesk/lock",
    ".copydesk/rejects",
    ".copydesk/snap",
    ".copydesk/stage",
    ".copydesk/state.db",
    ".copydesk/state.db-wal",
    ".copydesk/state.db-shm",
    ".copydesk/state.db-journal",
    "articles",
    "ledger",
    "rejects",
    "runs",
    # the newest and an older snapshot, and a file of every kind
    "NEWEST",
    "NEWEST/articles",
    "NEWEST/FILE",
    "OLDER",
    "OLDER/ledger",
    "OLDER/FILE",
    "POOL FILE",
    "DOCUMENTS FILE",
    "RAW FILE",
]
COMMANDS: dict[str, list[str]] = {
    "ingest": ["ingest", "IN", "--out", "OUT", "--direct", "--workers", "1"],
    "verify": ["verify", "OUT"],
    "repair": ["repair", "OUT"],
    "compact": ["compact", "OUT", "--full"],
    "history": ["history", "OUT", "id-0001"],
    "rejects list": ["rejects", "list", "OUT"],
    "rejects show": ["rejects", "show", "OUT", "ID"],
    "rejects replay": ["rejects", "replay", "OUT"],
    "reclean": ["reclean", "OUT", "--dry-run"],
    "path": ["path", "OUT"],
}


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture(scope="module")
def pristine() -> Iterator[Path]:
    """A dataset with two runs and a reject."""
    for folder in quick_folder():
        run(folder / "out", [*docs(range(4)), *docs(["x"], rejected=True)])
        run(folder / "out", [Doc("0001", "changed"), *docs(range(4, 6))], size=2)
        yield folder / "out"


def entry(out: Path, name: str) -> Path:
    """Return the entry for a name in ENTRIES."""
    home = out / ".copydesk"
    newest, older = (home / "snap" / each for each in sorted(os.listdir(home / "snap"))[:1:-1][:2])

    def first(folder: Path) -> Path:
        return folder / min(os.listdir(folder))

    special: dict[str, Path] = {
        "NEWEST": newest,
        "NEWEST/articles": newest / "articles",
        "NEWEST/FILE": first(newest / "articles"),
        "OLDER": older,
        "OLDER/ledger": older / "ledger",
        "OLDER/FILE": first(older / "articles"),
        "POOL FILE": first(home / "files/ledger"),
        "DOCUMENTS FILE": first(home / "files/documents"),
        "RAW FILE": first(home / "rejects"),
    }
    return special.get(name, out / name)


def take_away(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def link_out(path: Path, outside: Path) -> None:
    """To what was there, now outside: a copy of it with a sentinel in it."""
    was_file = path.is_file() and not path.is_symlink()
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, outside / "copy", symlinks=True)
    elif was_file:
        shutil.copy(path, outside / "copy")
    else:
        (outside / "copy").mkdir()
    if (outside / "copy").is_dir():
        (outside / "copy/sentinel").write_text("mine")
    take_away(path)
    path.symlink_to(outside / "copy")


def pipe(path: Path, _: Path) -> None:
    take_away(path)
    os.mkfifo(path)


def folder(path: Path, _: Path) -> None:
    take_away(path)
    path.mkdir()
    (path / "sentinel").write_text("mine")


def dangling(path: Path, outside: Path) -> None:
    take_away(path)
    path.symlink_to(outside / "new")


def portrait(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All that lies in a folder, with the times at which it was read last where they are kept."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("plant", [link_out, dangling, pipe, folder])
@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_outside_a_dataset_is_touched(
    pristine: Path, tmp_path: Path, name: str, plant: Callable[[Path, Path], None]
) -> None:
    """For anything in the place of an entry: no command waits, nothing outside changes, and the message names
    it.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    shutil.copytree(pristine, out, symlinks=True)
    plant(entry(out, name), outside)
    before = portrait(outside)
    for act in (verify, repair, rejected, write, read_raw):
        with suppress(CopydeskError):
            act(out)
        assert portrait(outside) == before, act


def write(out: Path) -> None:
    run(out, [Doc("0002", "changed"), Doc("y", rejected=True)], size=3)
    with Store.open(out, SETTINGS, "p") as store:
        store.compact(full=True)


def read_raw(out: Path) -> None:
    for each in rejected(out):
        raw_content(out, each)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name != "OLDER"])
def test_verify_names_a_link_in_place_of_an_entry(pristine: Path, tmp_path: Path, name: str) -> None:
    """Or the state that is not what it was."""
    out = tmp_path / "out"
    shutil.copytree(pristine, out, symlinks=True)
    path = entry(out, name)
    (tmp_path / "outside").mkdir()
    link_out(path, tmp_path / "outside")
    try:
        said = "\n".join(verify(out))
    except CopydeskError as error:
        said = str(error)
    assert path.name in said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "name", [".copydesk/stage", ".copydesk/files", ".copydesk/rejects", ".copydesk/state.db"]
)
def test_no_command_follows_a_link(
    pristine: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    """Commands that need the entry end with exit code 74."""
    copydesk: Cli = command_line(capfd)
    out = tmp_path / "out"
    (tmp_path / "in.txt").write_text("Headline\n\nA sentence that says what happened in the town today.\n")
    shutil.copytree(pristine, out, symlinks=True)
    (tmp_path / "outside").mkdir()
    link_out(entry(out, name), tmp_path / "outside")
    before = portrait(tmp_path / "outside")
    id_ = rejected(out)[0].id
    names = {"OUT": str(out), "IN": str(tmp_path / "in.txt"), "ID": id_}
    code, _, errors = copydesk(*(names.get(word, word) for word in COMMANDS[command]))
    assert portrait(tmp_path / "outside") == before
    if command not in ("path", "rejects list"):  # which read what is published, and nothing else
        assert (code, bool(errors)) == (74, True)


def test_a_state_or_lock_with_a_second_name_is_not_written(pristine: Path, tmp_path: Path) -> None:
    """Writing in place would change the file outside."""
    for name in ("state.db", "lock"):
        out = tmp_path / f"out-{name}"
        shutil.copytree(pristine, out, symlinks=True)
        outside = tmp_path / f"outside-{name}"
        shutil.copy(out / ".copydesk" / name, outside)
        (out / ".copydesk" / name).unlink()
        os.link(outside, out / ".copydesk" / name)
        good = outside.read_bytes()
        with pytest.raises(ForeignEntryError, match="hard link"):
            run(out, docs(range(9)), size=3)
        assert outside.read_bytes() == good


@pytest.mark.parametrize(
    "name", ["/{outside}/kept", "../../../outside/kept", "..", "", "kept\0", "00000000-x.parquet"]
)
@pytest.mark.parametrize(
    "column", ["files.name", "files.tree", "rejects.content_hash", "history.file", "commits.number"]
)
def test_names_from_the_state_are_checked(pristine: Path, tmp_path: Path, column: str, name: str) -> None:
    """A path in the place of a name opens, writes and deletes nothing."""
    out = tmp_path / "out"
    shutil.copytree(pristine, out, symlinks=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").write_bytes(b"kept")
    table, column = column.split(".")
    with closing(sqlite3.connect(out / ".copydesk/state.db")) as db, db, suppress(sqlite3.Error):
        db.execute("PRAGMA ignore_check_constraints=ON")
        value = name.format(outside=str(tmp_path / "outside").strip("/"))
        db.execute(
            f"UPDATE OR IGNORE {table} SET {column}=? WHERE {column}=(SELECT min({column}) FROM {table})",
            (value,),
        )
    before = portrait(tmp_path / "outside")
    for act in (verify, write, repair, read_raw):
        with suppress(CopydeskError):
            act(out)
        assert portrait(tmp_path / "outside") == before, act


def test_a_hash_in_a_row_of_rejects_is_no_path(pristine: Path, tmp_path: Path) -> None:
    """`rejects show` reads raw bytes by it."""
    (found,) = rejected(pristine)
    (tmp_path / "kept").write_bytes(b"kept")
    for hash_ in (str(tmp_path / "kept"), "../state.db", ""):
        assert raw_content(pristine, found._replace(key=(*found.key[:2], hash_))) is None


def test_a_pipe_a_socket_and_a_device_are_not_opened(tmp_path: Path) -> None:
    """No command waits for them."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "socket", "link", "/dev/zero", "."):
        with pytest.raises(ForeignEntryError):
            open_handle(tmp_path / name)
        with pytest.raises(ForeignEntryError):
            parquet(tmp_path / name)


def test_removing_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    """Also inside a folder that is removed."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("kept")
    (tmp_path / "stage/inner").mkdir(parents=True)
    for place in ("stage/link", "stage/inner/link"):
        (tmp_path / place).symlink_to(tmp_path / "kept")
    empty_folder(tmp_path / "stage")
    assert list((tmp_path / "stage").iterdir()) == []
    (tmp_path / "link").symlink_to("kept")
    remove(tmp_path / "link")
    assert (tmp_path / "kept/file").read_text() == "kept"


def test_a_link_to_the_dataset_itself_is_the_users_choice(pristine: Path, tmp_path: Path) -> None:
    """OUT may lie on another disk."""
    shutil.copytree(pristine, tmp_path / "disk/out", symlinks=True)
    (tmp_path / "out").symlink_to("disk/out")
    run(tmp_path / "out", docs(range(9)), size=3)
    assert verify(tmp_path / "out") == []
    assert len(rows(tmp_path / "out")) == 9


def test_what_somebody_put_into_the_pool_stays_and_is_named(pristine: Path, tmp_path: Path) -> None:
    """Only names that copydesk gives can be left over from a commit."""
    out = tmp_path / "out"
    shutil.copytree(pristine, out, symlinks=True)
    mine = [out / ".copydesk/files/articles/notes.txt", out / ".copydesk/rejects/notes.txt"]
    for path in mine:
        path.write_text("mine")
    run(out, docs(range(9)), size=3)
    assert all(path.read_text() == "mine" for path in mine)
    assert {problem.partition(":")[0] for problem in verify(out)} == set(map(str, mine))


def test_names_that_copydesk_gives(tmp_path: Path) -> None:
    """All files of a dataset have such names. A longer name, or one that leads outside, is refused."""
    run(tmp_path / "out", [*docs(range(4)), *docs(["x"], rejected=True)])
    layout = Layout(tmp_path / "out")
    for tree in ("articles", "ledger", "rejects", "runs", "documents"):
        for name in os.listdir(layout.pool / tree):
            assert layout.pooled(tree, name).name == name
    for name in os.listdir(layout.raw):
        assert layout.raw_file(name).name == name
    good = "00000000-0123456789abcdef.parquet"
    wrong: tuple[Any, ...] = (
        f"{good}\n",
        f"../{good}",
        f"x/{good}",
        f"{good}.x",
        None,
        7,
        "٠٠٠٠٠٠٠٠-0123456789abcdef.parquet",
    )
    for each in wrong:
        with pytest.raises(StorageError):
            layout.pooled("articles", each)
    with pytest.raises(StorageError):
        layout.pooled("../..", good)
    assert checked_name("ab" * 16, RAW_NAME, tmp_path) == "ab" * 16


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_published_files_follow_the_umask_and_the_rest_is_private(tmp_path: Path, umask: int) -> None:
    """Raw documents, raw rejects, state and stage are their owner's; the way to the snapshot can be passed."""
    old = os.umask(umask)
    try:
        run(tmp_path / "out", [*docs(range(4)), *docs(["x"], rejected=True)])
    finally:
        os.umask(old)
    home = tmp_path / "out/.copydesk"

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(home) == 0o711 & ~umask
    for name in ("files", "stage", "rejects"):
        assert mode(home / name) == 0o700, name
    private = [home / "state.db", home / "lock", *(home / "rejects").iterdir()]
    private += (home / "files/documents").iterdir()
    assert {mode(path) for path in private} == {0o600}
    snapshot = resolve(tmp_path / "out")
    for path in (home / "snap", snapshot, snapshot / "articles"):
        assert mode(path) == 0o777 & ~umask, path
    assert {mode(path) for path in snapshot.rglob("*.parquet")} == {0o666 & ~umask}
