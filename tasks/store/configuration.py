"""How a dataset is made, kept in its state: columns, settings, and rule packs with their content.

A copy that people can read lies beside the state as `config.json`. It is written after the state and read
only where there is no state any more.
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
    """What the dataset in `out` remembers; nothing where there is no dataset yet, or an older copydesk made it."""
    layout = Layout(out.resolve())
    try:
        missing = not layout.state.is_file()
    except OSError:  # a path that can't be: opening the store says so
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
    """What a store is to remember: written with the next commit, so that a run that takes nothing in changes nothing."""

    def __init__(self, layout: Layout, state: State) -> None:
        self._layout = layout
        self._state = state
        self._waiting: Memory | None = None
        self._written: Memory | None = None

    def keep(self, memory: Memory, before: Memory) -> None:
        """Remember this from the next commit on. LockedError when the dataset does not remember `before` any more."""
        if recall(self._layout.out) != before:
            raise LockedError(
                f"{self._layout.out}: another run changed how it is made a moment ago; start again"
            )
        self._waiting = memory if memory != before else None

    def write(self) -> None:
        """Write what waits, as part of a transaction."""
        if self._waiting is not None:
            put_memory(self._state, self._waiting)
            self._written = self._waiting

    def show(self) -> None:
        """After the transaction: write the copy for people."""
        if self._written is not None:
            write_copy(self._layout, self._written)
            self._waiting = self._written = None


def put_memory(state: State, memory: Memory) -> None:
    """Replace what is remembered, as part of a transaction."""
    db, rows = state.connection, _rows(memory)
    before = dict(db.execute("SELECT name, value FROM remembered"))
    gone = before.keys() - rows.keys()
    db.executemany("DELETE FROM remembered WHERE name=?", ((name,) for name in sorted(gone)))
    db.executemany("INSERT OR REPLACE INTO remembered VALUES (?, ?)", sorted(rows.items()))


def write_copy(layout: Layout, memory: Memory) -> None:
    """Write the copy for people; a disk that refuses it does not fail the run."""
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
    """What the copy says, for a dataset whose state is lost; nothing where there is no sound copy."""
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
    """What is known to this copydesk of what was remembered; a newer one may have remembered more."""
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
