"""Check that the state is unchanged: its structure, the checksum of each table, and near duplicates."""

import sqlite3
from collections.abc import Iterator

from copydesk.tasks.store.migrations import STATE_VERSION
from copydesk.tasks.store.snapshot import Layout
from copydesk.tasks.store.state_checksums import sum_of, summed
from copydesk.tasks.store.structure import structure_problems, version_of


def state_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    """Yield the problems of the state itself. Raise UsageError if it is from a newer copydesk.

    A state from an older copydesk may have no checksums yet; the next run creates them.
    """
    version = version_of(db, layout.state)
    yield from structure_problems(db, layout.state)
    answer = db.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        yield f"{layout.state}: {answer}"
    if db.execute("SELECT 1 FROM sqlite_master WHERE name='sums'").fetchone():
        if version < STATE_VERSION:
            yield f"{layout.state}: has version {version}, but tables of {STATE_VERSION}"
        yield from _sum_problems(layout, db)
    yield from _near_problems(layout, db)


def _sum_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    noted = dict(db.execute("SELECT name, sum FROM sums"))
    for table, columns in summed(db).items():
        if noted.pop(table, None) != sum_of(db, table, columns):
            yield f"{layout.state}: rows of the table {table} have changed since they were written"
    for name in sorted(noted):
        yield f"{layout.state}: the table {name} is missing"


def _near_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    """Yield articles that are wrongly marked as waiting for a rewrite, or wrongly not marked."""
    right = "shown IS NOT coalesce((SELECT o.id FROM near AS o WHERE o.number=near.original), '')"
    for (id_,) in db.execute(f"SELECT id FROM near WHERE pending IS NOT ({right})"):  # noqa: S608
        yield f"{layout.state}: {id_} should repeat another article, or should not"
