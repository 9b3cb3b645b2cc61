"""Does the state still say what was written into it? Its structure, the sum of each table, and near duplicates."""

import sqlite3
from collections.abc import Iterator

from copydesk.tasks.store.migrations import STATE_VERSION
from copydesk.tasks.store.snapshot import Layout
from copydesk.tasks.store.state_checksums import sum_of, summed
from copydesk.tasks.store.structure import structure_problems, version_of


def state_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    """What is wrong with the state as such. UsageError for one of a newer copydesk.

    One of an older copydesk may have no sums yet: the next run makes them.
    """
    version = version_of(db, layout.state)
    yield from structure_problems(db, layout.state)
    answer = db.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        yield f"{layout.state}: {answer}"
    if db.execute("SELECT 1 FROM sqlite_master WHERE name='sums'").fetchone():
        if version < STATE_VERSION:
            yield f"{layout.state}: says version {version}, has tables of {STATE_VERSION}"
        yield from _sum_problems(layout, db)
    yield from _near_problems(layout, db)


def _sum_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    noted = dict(db.execute("SELECT name, sum FROM sums"))
    for table, columns in summed(db).items():
        if noted.pop(table, None) != sum_of(db, table, columns):
            yield f"{layout.state}: rows of the table {table} are not those that were written"
    for name in sorted(noted):
        yield f"{layout.state}: the table {name} is missing"


def _near_problems(layout: Layout, db: sqlite3.Connection) -> Iterator[str]:
    """Which rows wait for what they should say follows from what they say."""
    right = "shown IS NOT coalesce((SELECT o.id FROM near AS o WHERE o.number=near.original), '')"
    for (id_,) in db.execute(f"SELECT id FROM near WHERE pending IS NOT ({right})"):  # noqa: S608
        yield f"{layout.state}: {id_} should say that it repeats another article, or should not"
