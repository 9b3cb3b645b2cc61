"""Check that a state has the tables that copydesk created, and nothing else.

SQLite trusts the file: a foreign trigger or view would run with the next statement, and a flipped bit in the
text of a table definition renames a column.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from copydesk.schemas.errors import StateError, UsageError
from copydesk.tasks.store.migrations import STATE_VERSION, STEPS


def make_tables(db: sqlite3.Connection, version: int) -> None:
    """Upgrade the tables of a state from this version."""
    _take(db, STEPS[version:])


def _take(db: sqlite3.Connection, steps: Sequence[str]) -> None:
    for step in steps:
        for part in step.strip().split(";\n"):
            db.execute(part)


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """Return the version of a state; 0 if it has no tables yet.

    Raises UsageError for a state of a newer copydesk, StateError for a database that is not a state.
    """
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > STATE_VERSION:
        raise UsageError(
            f"{path}: written by a newer copydesk (state {version}, this one knows {STATE_VERSION}): update copydesk"
        )
    found = _entries(db)
    if version < 0 or (version == 0 and found) or (version and not found.keys() & _expected(version).keys()):
        raise StateError(
            f"{path}: this database belongs to another application; it has {_some(found)}; nothing was changed"
        )
    return version


def check_structure(db: sqlite3.Connection, path: Path) -> None:
    """Raise StateError unless the tables have their original columns and there is no foreign trigger or view."""
    version = version_of(db, path)
    wanted, found = _expected(version), _entries(db)
    for name, (kind, _) in found.items():
        if name not in wanted or kind != wanted[name][0]:
            raise StateError(
                f"{path}: has a {kind} {name!r} that copydesk did not create; nothing was changed"
            )
    for name, (kind, _) in wanted.items():
        if kind == "table" and (name not in found or _columns(db, name) != _columns(_model(version), name)):
            raise StateError(f"{path}: the table {name} is missing or has other columns; nothing was changed")


def structure_problems(db: sqlite3.Connection, path: Path) -> Iterator[str]:
    """Yield each table, index, view or trigger whose definition differs from copydesk's."""
    version = version_of(db, path)
    wanted, found = _expected(version), _entries(db)
    for name in sorted(wanted.keys() | found.keys()):
        if name not in wanted:
            yield f"{path}: has a {found[name][0]} {name!r} that copydesk did not create"
        elif name not in found:
            yield f"{path}: the {wanted[name][0]} {name} is missing"
        elif wanted[name] != found[name]:
            yield f"{path}: the definition of the {wanted[name][0]} {name} has changed"


def _entries(db: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Return kind and definition of everything in a database except SQLite's own entries."""
    rows = db.execute("SELECT name, type, tbl_name, sql FROM main.sqlite_master WHERE sql IS NOT NULL")
    return {
        str(name): (str(kind), f"{table} {' '.join(str(sql).split())}") for name, kind, table, sql in rows
    }


def _columns(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.execute(f"PRAGMA main.table_xinfo({table})")]


@cache
def _model(version: int) -> sqlite3.Connection:
    """Return a state of some version without rows."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    _take(db, STEPS[:version])
    return db


@cache
def _expected(version: int) -> dict[str, tuple[str, str]]:
    return _entries(_model(version))


def _some(found: dict[str, tuple[str, str]]) -> str:
    names = sorted(found)
    return ", ".join(f"{found[name][0]} {name!r}" for name in names[:3]) or "no tables"
