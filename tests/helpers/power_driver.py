"""Cut the power under a running store, repeatedly; started as root by test_power_cut.

    power_driver.py ext4|xfs CUTS SEED FOLDER

An image file is mounted. A process commits to a dataset on it as fast as it can, and records the acknowledged
commits elsewhere. Then FS_IOC_SHUTDOWN stops the file system: everything that was not synced is lost, as when
the power fails. The image is mounted again, which replays its journal, and is checked first as a reader finds
it, then after a start of the store. Prints one line of JSON.
"""

import fcntl
import json
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from store_crash_driver import checked
from store_kit import SETTINGS, Doc, docs, fingerprint, rows, stage

from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.verify import verify

SMALL = replace(SETTINGS, file_bytes=20_000, retention_seconds=5.0)
_SHUTDOWN = 0x8004587D
_NO_LOG_FLUSH = struct.pack("I", 2)
_IMAGE_BYTES = 400 << 20
_RUN = 6
"""Number of commits in a run."""


def main() -> None:
    """Cut, check, recover, continue."""
    kind, cuts, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    os.environ.pop("LD_PRELOAD", None)  # for mkfs and mount; in this process it is already loaded
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    problems: list[str] = []
    # Without syncing, too little of the dataset is left to continue from.
    an_image = 1 if "SYSCALLS_NO_SYNC" in os.environ else 5
    for first in range(0, cuts, an_image):
        disk = Disk(kind, folder / f"{kind}-{first}")
        try:
            for number in range(first, min(cuts, first + an_image)):
                # Sometimes long enough for the system to have written back some of it by itself.
                seconds = rng.uniform(6, 9) if number % 10 == 4 else rng.uniform(0.2, 2.0)
                problems += [f"cut {number}: {problem}" for problem in cut(disk, seconds, counts)]
                counts["cuts"] += 1
        finally:
            disk.remove()
    print(json.dumps(counts | {"problems": problems}))


class Disk:
    """A file system in a file, and the record of the acknowledged commits."""

    def __init__(self, kind: str, folder: Path) -> None:
        folder.mkdir()
        self._image, self._mounted, self.notes = folder / "image", folder / "mounted", folder / "notes"
        self.out = self._mounted / "out"
        self._mounted.mkdir()
        self.notes.touch()
        with self._image.open("wb") as image:
            image.truncate(_IMAGE_BYTES)
        force = "-f" if kind == "xfs" else "-F"
        subprocess.run([f"mkfs.{kind}", "-q", force, self._image], check=True)
        self.mount()

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self._mounted], check=True)

    def shut_down(self) -> None:
        """Stop the file system: nothing more reaches the image, not even pending writes."""
        handle = os.open(self._mounted, os.O_RDONLY)
        fcntl.ioctl(handle, _SHUTDOWN, _NO_LOG_FLUSH)
        os.close(handle)

    def unmount(self) -> None:
        for _ in range(50):
            if subprocess.run(["umount", self._mounted], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"{self._mounted} can't be unmounted")

    def remove(self) -> None:
        self.unmount()
        self._image.unlink()

    def acknowledged(self) -> int:
        """Return the number of acknowledged commits."""
        return len(self.notes.read_text().splitlines())


def cut(disk: Disk, seconds: float, counts: Counter[str]) -> list[str]:
    """Cut once, and return the problems found afterwards."""
    before = disk.acknowledged()
    writer = os.fork()
    if writer == 0:
        write(disk)
    until = time.monotonic() + 30
    while disk.acknowledged() == before and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(seconds)
    disk.shut_down()
    time.sleep(0.01)
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    disk.unmount()
    disk.mount()
    counts["acknowledged"] += disk.acknowledged() - before
    return [
        f"{when}: {problem}"
        for when, check in (("as it was found", look), ("after a start", look_again))
        for problem in checked(lambda check=check: check(disk))  # type: ignore[misc]
    ]


def write(disk: Disk) -> None:
    """Commit for ever; six commits are a run. Never returns."""
    try:
        while True:
            with Store.open(disk.out, SMALL, "p") as store, disk.notes.open("a") as notes:
                store.begin(["in"])
                done = 0
                for number, documents in commits():
                    taken = fingerprint(f"in-{number}")
                    if store.skip_if_done(taken):
                        continue
                    store.commit([stage(store, f"s{number}", documents)], [(taken, len(documents))])
                    notes.write(f"{number}\n")
                    notes.flush()
                    done += 1
                    if done == _RUN:
                        break
                store.finish()
    finally:
        os._exit(1)


def commits() -> Iterator[tuple[int, list[Doc]]]:
    """Yield the documents of each commit: five new ones, an older one changed, a reject."""
    number = 0
    while True:
        older = Doc(f"{(number * 7919) % (5 * number):06d}", body(number), day=number) if number else None
        fresh = [Doc(f"{5 * number + n:06d}", body(number), day=number) for n in range(5)]
        yield number, [*fresh, *([older] if older else []), *docs([f"bad-{number}"], rejected=True)]
        number += 1


def body(number: int) -> str:
    """Return enough text for a file of several blocks."""
    return f"{number} " + random.Random(number).randbytes(600).hex()


def look(disk: Disk) -> None:
    """Check what a reader finds: complete files, each id once, nothing older than what was acknowledged."""
    last = disk.acknowledged() - 1
    if not (disk.out / "articles").exists():
        assert last < 0, f"LOST {last + 1}: nothing is published"
        return
    try:
        found = rows(disk.out)
        for tree in ("ledger", "rejects", "runs"):
            rows(disk.out, tree)
    except Exception as error:
        raise AssertionError(f"TORN: {error}") from error
    texts = {row["id"]: row["text"] for row in found}
    assert len(texts) == len(found), "DOUBLED"
    allowed: dict[str, set[str]] = {}
    for number, documents in commits():
        for doc in (doc for doc in documents if not doc.rejected):
            text = doc.article()["text"]
            if number <= last:
                allowed[doc.id] = {text}
            else:
                allowed.setdefault(doc.id, set()).add(text)
        if number > last + 3:
            break
    expected = [doc.id for number, documents in commits_to(last) for doc in documents if not doc.rejected]
    lost = {id_ for id_ in expected if texts.get(id_) not in allowed[id_]}
    assert not lost, f"LOST {len(lost)} of {len(set(expected))}"
    torn = [id_ for id_, text in texts.items() if text not in allowed.get(id_, ())]
    assert not torn, f"TORN: rows that nobody wrote: {torn}"
    assert {row["id"] for row in rows(disk.out, "ledger")} >= texts.keys(), "TORN: articles without a ledger"


def commits_to(last: int) -> Iterator[tuple[int, list[Doc]]]:
    """Yield the commits up to a number."""
    for number, documents in commits():
        if number > last:
            return
        yield number, documents


def look_again(disk: Disk) -> None:
    """Check after a start of the store: everything as before, and not a byte wrong."""
    Store.open(disk.out, SMALL, "p").close()
    look(disk)
    assert verify(disk.out) == [], verify(disk.out)
    home = disk.out / ".copydesk"
    assert list((home / "stage").iterdir()) == [], "the stage is not empty"
    with closing(sqlite3.connect(f"file:{home / 'state.db'}?mode=ro", uri=True)) as state:
        journalled = set(state.execute("SELECT tree, name FROM files"))
    pool = {(path.parent.name, path.name) for path in (home / "files").rglob("*.parquet")}
    assert pool == journalled, f"orphans in the pool: {pool ^ journalled}"


if __name__ == "__main__":
    main()
