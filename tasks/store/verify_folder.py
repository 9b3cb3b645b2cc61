"""Do the links and folders of a dataset show what the state says, and does nothing strange lie among its files?"""

import sqlite3
from collections.abc import Iterator

from copydesk.schemas.errors import UsageError
from copydesk.tasks.store.safe_paths import FILE_NAME, RAW_NAME, is_file, is_folder, names_in
from copydesk.tasks.store.snapshot import POOLED, Layout, published, shown_number, snapshots


def shown_problems(layout: Layout, db: sqlite3.Connection, number: int) -> Iterator[str]:
    """Readers are shown the last commit, by links and a snapshot that are there."""
    shown = shown_number(layout)
    try:
        linked = published(layout)
    except UsageError as error:
        yield str(error)
        return
    newest = max([*snapshots(layout), shown], default=0)
    if newest > number:
        yield (
            f"{layout.state}: its last commit is {number}, but there is a snapshot {newest}: "
            "it is older than the files, or that of another dataset"
        )
    if shown and not is_folder(layout.snapshot(shown)):
        yield f"{layout.current}: points at {layout.snapshot(shown)}, which is missing"
    if linked < number:
        yield f"commit {number} is not shown to readers yet; the next run does that"
    base = db.execute("SELECT base FROM head WHERE EXISTS (SELECT 1 FROM round)").fetchone()
    if base and base[0] and not is_folder(layout.snapshot(base[0])):
        yield f"{layout.snapshot(base[0])}: missing; the run that was stopped began there"


def strangers(layout: Layout) -> Iterator[str]:
    """What somebody else put into the pool or among the raw rejects; it is left alone, and never read."""
    for folder in (*(layout.pool / tree for tree in POOLED), layout.raw):
        pattern = RAW_NAME if folder == layout.raw else FILE_NAME
        for name in names_in(folder):
            if not pattern.fullmatch(name) or not is_file(folder / name):
                yield f"{folder / name}: does not belong to the dataset"
    for name in names_in(layout.snaps):
        if not is_folder(layout.snaps / name):
            yield f"{layout.snaps / name}: does not belong to the dataset"
