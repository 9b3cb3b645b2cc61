"""Check that links and folders of a dataset match the state, and that there are no foreign entries."""

import sqlite3
from collections.abc import Iterator

from copydesk.schemas.errors import UsageError
from copydesk.tasks.store.safe_paths import FILE_NAME, RAW_NAME, is_file, is_folder, names_in
from copydesk.tasks.store.snapshot import POOLED, Layout, published, shown_number, snapshots


def shown_problems(layout: Layout, db: sqlite3.Connection, number: int) -> Iterator[str]:
    """Yield problems of the links and the snapshot that show the last commit to readers."""
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
            "the state is older than the files, or belongs to another dataset"
        )
    if shown and not is_folder(layout.snapshot(shown)):
        yield f"{layout.current}: points at {layout.snapshot(shown)}, which is missing"
    if linked < number:
        yield f"commit {number} is not shown to readers yet; the next run will show it"
    base = db.execute("SELECT base FROM head WHERE EXISTS (SELECT 1 FROM round)").fetchone()
    if base and base[0] and not is_folder(layout.snapshot(base[0])):
        yield f"{layout.snapshot(base[0])}: missing; the stopped run started from it"


def strangers(layout: Layout) -> Iterator[str]:
    """Yield foreign entries in the pool or among the raw rejects. They are left alone, and never read."""
    for folder in (*(layout.pool / tree for tree in POOLED), layout.raw):
        pattern = RAW_NAME if folder == layout.raw else FILE_NAME
        for name in names_in(folder):
            if not pattern.fullmatch(name) or not is_file(folder / name):
                yield f"{folder / name}: does not belong to the dataset"
    for name in names_in(layout.snaps):
        if not is_folder(layout.snaps / name):
            yield f"{layout.snaps / name}: does not belong to the dataset"
