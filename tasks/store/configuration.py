"""The configuration that a dataset remembers in its state: columns, settings, and rule packs with content.

A copy for people is written beside the state as `config.json`. It is written after the state, and read only
if the state is missing.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from copydesk.schemas.errors import LockedError, StorageError
from copydesk.schemas.memory import COLUMN_NAMES, DEFAULTS, Memory, Pack
from copydesk.tasks.store.preflight import connect, state_errors
from copydesk.tasks.store.safe_paths import create_file, read_bytes, remove, replace
from copydesk.tasks.store.snapshot import Layout
from copydesk.tasks.store.state import State

COPY: Final = "config.json"


def recall(out: Path) -> Memory:
    """Return the configuration of the dataset in `out`.

    Empty if there is no dataset yet or an older copydesk made it.
    """
    layout = Layout(out.resolve())
    try:
        missing = not layout.state.is_file()
    except OSError:  # an impossible path: opening the store reports it
        missing = True
    if missing:
        return Memory()
    with state_errors(layout), closing(connect(layout)) as db:
        try:
            return _memory(db.execute("SELECT name, value FROM remembered ORDER BY name"))
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return Memory()
            raise


class MemoryKeeper:
    """The configuration that a store will remember.

    It is written with the next commit, so that a run that adds nothing changes nothing.
    """

    def __init__(self, layout: Layout, state: State) -> None:
        self._layout = layout
        self._state = state
        self._waiting: Memory | None = None
        self._written: Memory | None = None

    def keep(self, memory: Memory, before: Memory) -> None:
        """Remember `memory` from the next commit on.

        Raise LockedError if the dataset no longer remembers `before`.
        """
        if recall(self._layout.out) != before:
            raise LockedError(
                f"{self._layout.out}: another run has just changed the configuration; start again"
            )
        self._waiting = memory if memory != before else None

    def write(self) -> None:
        """Write the pending configuration, as part of a transaction."""
        if self._waiting is not None:
            put_memory(self._state, self._waiting)
            self._written = self._waiting

    def show(self) -> None:
        """Write the copy for people; call this after the transaction."""
        if self._written is not None:
            write_copy(self._layout, self._written)
            self._waiting = self._written = None


def put_memory(state: State, memory: Memory) -> None:
    """Replace the remembered configuration, as part of a transaction."""
    db, rows = state.connection, _rows(memory)
    before = dict(db.execute("SELECT name, value FROM remembered"))
    gone = before.keys() - rows.keys()
    db.executemany("DELETE FROM remembered WHERE name=?", ((name,) for name in sorted(gone)))
    db.executemany("INSERT OR REPLACE INTO remembered VALUES (?, ?)", sorted(rows.items()))


def write_copy(layout: Layout, memory: Memory) -> None:
    """Write the copy for people. A disk error here does not fail the run."""
    path = layout.home / COPY
    fresh = path.with_suffix(".new")
    rules = [pack._asdict() for pack in memory.rules]
    told = {"columns": dict(memory.columns), "settings": dict(memory.settings), "rules": rules}
    with suppress(OSError):
        remove(fresh)
        with create_file(fresh, 0o600) as file:
            file.write(json.dumps(told, ensure_ascii=True, indent=2).encode())
        replace(fresh, path)


def read_copy(layout: Layout) -> Memory:
    """Return the configuration in the copy, for a dataset whose state is lost.

    Empty if there is no valid copy.
    """
    with suppress(OSError, StorageError, ValueError, TypeError, KeyError):
        told = json.loads(read_bytes(layout.home / COPY))
        rules = [(f"rules.{n:04}", json.dumps(pack)) for n, pack in enumerate(told["rules"])]
        named = [
            (f"{kind}.{name}", json.dumps(value))
            for kind in ("columns", "settings")
            for name, value in told[kind].items()
        ]
        return _memory([*named, *rules])
    return Memory()


def _rows(memory: Memory) -> dict[str, str]:
    rows = {f"columns.{name}": json.dumps(value) for name, value in memory.columns.items()}
    rows |= {f"settings.{name}": json.dumps(value) for name, value in memory.settings.items()}
    return rows | {f"rules.{n:04}": json.dumps(pack._asdict()) for n, pack in enumerate(memory.rules)}


def _memory(rows: Iterable[tuple[str, str]]) -> Memory:
    """Return the remembered values that this version knows; a newer version may have stored more."""
    columns: dict[str, str] = {}
    settings: dict[str, Any] = {}
    rules = []
    for name, text in rows:
        kind, _, rest = name.partition(".")
        value = json.loads(text)
        if kind == "columns" and rest in COLUMN_NAMES:
            columns[rest] = value
        elif kind == "settings" and rest in DEFAULTS:
            settings[rest] = value
        elif kind == "rules":
            rules.append(Pack(value["path"], value["text"]))
    return Memory(columns, settings, tuple(rules))
