"""A sum over the rows of each table of the state, kept along with them: no changed bit goes unnoticed.

SQLite finds damage to its own structure; what a row says is not its business. What the dataset's
files say as well is compared with them (`store_verify`), and names the article. For the rest each
table has a sum over hashes of its rows, the same in any order, which every change of a row changes
along: triggers do it, so that no statement can forget to. They are temporary ones of the writer's
connection; whoever else edits the file leaves the sums behind, and is found out.

Costs 4 µs for a row that comes or goes and 7 for one that changes: some 20 µs an article, 1 % of an ingest.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

APART: Final[dict[str, frozenset[str]]] = {
    "articles": frozenset({"place"}),
    "rejected": frozenset({"place"}),
    "near": frozenset({"shown", "pending"}),
}
"""Columns that change most often, and are held against the dataset's files one by one."""
_LARGE: Final = frozenset({"near_bands"})
"""Tables with values of megabytes."""
_WRAP: Final = 1 << 64


class Sums:
    """Follows the changes of a writer's connection. Hand them on with `write` before each COMMIT."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._changes: Counter[str] = Counter()
        db.create_function("row_changed", -1, self._changed)
        db.execute("PRAGMA recursive_triggers=ON")  # so that REPLACE tells of the row that goes
        for table, columns in summed(db).items():
            old, new = (", ".join(f'{row}."{name}"' for name in columns) for row in ("OLD", "NEW"))
            gone, come = f"row_changed('{table}', -1, {old})", f"row_changed('{table}', 1, {new})"
            names = ", ".join(f'"{name}"' for name in columns)
            for event, calls in (
                ("INSERT", come),
                ("DELETE", gone),
                (f"UPDATE OF {names}", f"{gone}, {come}"),
            ):
                kind = event.split()[0].lower()
                db.execute(
                    f"CREATE TEMP TRIGGER {table}_{kind} AFTER {event} ON main.{table} BEGIN SELECT {calls}; END"
                )

    def _changed(self, table: str, sign: int, *row: object) -> None:
        self._changes[table] += sign * _hash_of(table, row)

    def write(self) -> None:
        """Bring the sums up to date with the changes of a transaction, as part of it."""
        for table, change in self._changes.items():
            if change:
                before = self._db.execute("SELECT sum FROM sums WHERE name=?", (table,)).fetchone()
                value = _signed(change + (before[0] if before else 0))
                self._db.execute("INSERT OR REPLACE INTO sums VALUES (?, ?)", (table, value))
        self.forget()

    def forget(self) -> None:
        """The changes were taken back."""
        self._changes.clear()


def begin_sums(db: sqlite3.Connection) -> None:
    """Sum up a state that had no sums, or other columns."""
    db.executemany(
        "INSERT OR REPLACE INTO sums VALUES (?, ?)",
        [(table, sum_of(db, table, columns)) for table, columns in summed(db).items()],
    )


def summed(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables that have a sum, and the columns that are in it."""
    tables = db.execute(
        "SELECT name FROM main.sqlite_master WHERE type='table' AND name<>'sums' AND name NOT LIKE 'sqlite%'"
    )
    return {
        table: [
            row[1]
            for row in db.execute(f"PRAGMA main.table_info({table})")
            if row[1] not in APART.get(table, ())
        ]
        for (table,) in tables.fetchall()
    }


def sum_of(db: sqlite3.Connection, table: str, columns: Sequence[str]) -> int:
    """The sum over a table as it stands, with the columns that `summed` gives it."""
    names = ", ".join(f'"{name}"' for name in columns)
    rows = db.execute(f"SELECT {names} FROM main.{table}")  # noqa: S608 - names of our own
    return _signed(sum(_hash_of(table, row) for row in rows))


def _hash_of(table: str, row: tuple[object, ...]) -> int:
    """A row as a number of 64 bits; spelt out in ASCII, which no version of Unicode changes."""
    if table in _LARGE:
        row = tuple(blake2b(value).digest() if isinstance(value, bytes) else value for value in row)
    return int.from_bytes(blake2b(ascii(row).encode(), digest_size=8).digest(), "little")


def _signed(value: int) -> int:
    """As SQLite keeps it."""
    value %= _WRAP
    return value - _WRAP if value >= _WRAP >> 1 else value
