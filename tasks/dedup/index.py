"""Data for finding near duplicates: the articles' signatures, their originals, and an index of bands.

It is part of the state, so that it changes with the commit or not at all. The index consists of *runs*. A run
holds, for each band, the values of a batch of articles in order with the articles' numbers, as two arrays. A
commit adds a run; four runs of about the same size are merged into one (a log-structured merge), so that each
value is written about log4(commits) times. In a table with an index, SQLite would rewrite most of its pages
with each commit, because the values are random. Originals and copies have separate runs, so that a further
copy of an article with a thousand copies is compared with its original only.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

import numpy as np

from copydesk.tasks.dedup.minhash import BAND

ORIGINALS: Final = 0
COPIES: Final = 1
_FAN: Final = 4
"""Number of runs of about the same size that are merged into one."""
MOST_BANDS: Final = 256
"""Maximum number of bands in a signature."""
_PLACES: Final = 1 << 12
_LOT: Final = 32_768
"""Pairs that are compared at a time: about 10 MB."""
_MOST_PAIRS: Final = 8 << 20
"""Maximum number of pairs in memory; a commit with more is looked up in halves."""
_LOW: Final = 0xFFFFFFFF
_DENSE: Final = 8
"""Number of rows whose sequential read takes as long as one look-up."""
_NODE: Final = "SELECT number, id, rank, signature, original FROM near"


@dataclass(slots=True)
class Node:
    """An article in the index. If its text or date changes, it becomes another node."""

    number: int
    id: str
    rank: int
    signature: bytes
    original: int | None = -1
    """Number of the article that it repeats; None for an original, -1 before it is decided."""

    @property
    def key(self) -> tuple[int, str]:
        """Return the sort key of the articles: the first published comes first."""
        return self.rank, self.id


class DuplicateState:
    """Queries and changes of the index. Changes are allowed only inside a transaction of the state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def scheme(self) -> str:
        """Return the scheme of the signatures; "" if some may be missing."""
        return str(self._db.execute("SELECT scheme FROM near_scheme").fetchone()[0])

    def set_scheme(self, scheme: str) -> None:
        """Record the scheme."""
        self._db.execute("UPDATE near_scheme SET scheme=?", (scheme,))

    def clear(self) -> None:
        """Remove all articles."""
        for table in ("near", "near_runs", "near_bands"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    # Articles

    def by_id(self, ids: Iterable[str]) -> dict[str, Node]:
        """Return the known articles among these ids."""
        nodes = (self._one(f"{_NODE} WHERE id=?", id_) for id_ in ids)
        return {node.id: node for node in nodes if node}

    def node(self, number: int) -> Node | None:
        """Return an article if it is known."""
        return self._one(f"{_NODE} WHERE number=?", number)

    def _one(self, query: str, value: int | str) -> Node | None:
        row = self._db.execute(query, (value,)).fetchone()
        return Node(*row) if row else None

    def next_number(self) -> int:
        """Return a number greater than that of any article."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM near").fetchone()[0]) + 1

    def copies(self, originals: Iterable[int]) -> list[int]:
        """Return the numbers of the articles that repeat one of these."""
        query = "SELECT number FROM near WHERE original=?"
        return [row[0] for number in originals for row in self._db.execute(query, (number,))]

    def put(self, removed: Iterable[Node], added: Iterable[Node], turned: Iterable[Node]) -> None:
        """Remove articles, add new ones, and record changed originals."""
        self._db.executemany("DELETE FROM near WHERE number=?", ((node.number,) for node in removed))
        self._db.executemany(
            "INSERT INTO near (number, id, rank, signature, original) VALUES (?, ?, ?, ?, ?)",
            ((node.number, node.id, node.rank, node.signature, node.original) for node in added),
        )
        self._db.executemany(
            "UPDATE near SET original=?, pending=1 WHERE number=?", ((n.original, n.number) for n in turned)
        )

    def show(self, shown: Iterable[tuple[str, str | None]]) -> None:
        """Record what an article's row states: id of its original, "" for none, None if it states nothing."""
        self._db.executemany(
            "UPDATE near SET shown=?, pending=1 WHERE id=?", ((text, id_) for id_, text in shown)
        )

    def compare(self) -> None:
        """Keep only those articles pending whose row differs from the result."""
        self._db.execute(
            "UPDATE near SET pending=0 WHERE pending AND shown IS coalesce("
            "(SELECT o.id FROM near AS o WHERE o.number=near.original), '')"
        )

    def pending(self) -> list[tuple[str, str, int]]:
        """Return articles whose row is outdated: id, id of the original or "", number of the row's file."""
        return self._db.execute(
            "SELECT near.id, coalesce(o.id, ''), articles.place FROM near JOIN articles ON articles.id=near.id"
            " LEFT JOIN near AS o ON o.number=near.original WHERE near.pending ORDER BY near.id"
        ).fetchall()

    def copies_of_run(self, run: int) -> int:
        """Count the articles written by a run that repeat another one. Call it before the round ends."""
        query = (
            "SELECT count(*) FROM round JOIN near ON near.id=round.id"
            " WHERE round.run=? AND is_written AND near.original IS NOT NULL"
        )
        return int(self._db.execute(query, (run,)).fetchone()[0])

    # The index

    def find(self, kind: int, signatures: Sequence[bytes], enough: int) -> list[list[int]]:
        """Return for each signature the near articles: those that share a band and agree in `enough` bytes.

        Each is given by its number.

        Some of them may have changed to the other kind.
        """
        wanted = _bands(signatures)
        pairs: list[Any] = [np.zeros(0, np.int64)]
        total = 0
        for band, column in enumerate(wanted.T):
            order = np.argsort(column, kind="stable")
            values = column[order]
            for run, _ in self._runs(kind):
                keys, found = self._band(run, band)
                first = np.searchsorted(keys, values)
                hits = np.flatnonzero(keys[np.minimum(first, len(keys) - 1)] == values)
                first = first[hits]
                count = np.searchsorted(keys, values[hits], "right") - first
                total += int(count.sum())
                if total > _MOST_PAIRS and len(signatures) > 1:
                    half = len(signatures) // 2
                    parts = (signatures[:half], signatures[half:])
                    return [numbers for part in parts for numbers in self.find(kind, part, enough)]
                asked = np.repeat(order[hits], count)
                pairs.append((found[_ranges(first, count)].astype(np.int64) << 32) | asked)
        near = np.sort(self._agreeing(np.sort(np.concatenate(pairs)), signatures, enough))
        bounds = np.searchsorted(near >> 32, np.arange(1, len(signatures)))
        return [part.tolist() for part in np.split(near & _LOW, bounds)]

    def _agreeing(self, pairs: Any, signatures: Sequence[bytes], enough: int) -> Any:
        """Return the pairs that have enough equal bytes, in swapped order.

        A pair is the number of an article and the row of a signature.

        Texts from one template share hundreds of bands without being near duplicates. So all candidates of a
        commit are compared together, in order of their numbers, and each is read once. An article that was
        removed matches nothing.
        """
        pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))] if len(pairs) else pairs
        rows = np.frombuffer(b"".join(signatures), np.uint8).reshape(len(signatures), -1)
        near = [pairs[:0]]
        for part in np.split(pairs, range(_LOT, len(pairs), _LOT)):
            numbers, asked = part >> 32, part & _LOW
            known, found = self._signatures(numbers)
            at = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
            agree = (known[at] == numbers) & ((rows[asked] == found[at]).sum(axis=1) >= enough)
            near.append((asked[agree] << 32) | numbers[agree])
        return np.concatenate(near)

    def _signatures(self, numbers: Any) -> tuple[Any, Any]:
        """Return existing articles in order, including those with these numbers, and their signatures."""
        if not len(numbers):
            return np.full(1, -1), np.zeros((1, 1), np.uint8)
        wanted = numbers[np.concatenate(([True], numbers[1:] != numbers[:-1]))]
        low, high = int(wanted[0]), int(wanted[-1])
        if high - low < _DENSE * len(wanted):
            query = "SELECT number, signature FROM near WHERE number BETWEEN ? AND ? ORDER BY number"
            found = self._db.execute(query, (low, high)).fetchall()
        else:
            query = "SELECT number, signature FROM near WHERE number=?"
            rows = (self._db.execute(query, (number,)).fetchone() for number in wanted.tolist())
            found = [row for row in rows if row]
        if not found:
            return np.full(1, -1), np.zeros((1, 1), np.uint8)
        joined = np.frombuffer(b"".join([signature for _, signature in found]), np.uint8)
        return np.array([number for number, _ in found]), joined.reshape(len(found), -1)

    def add(self, kind: int, nodes: Sequence[Node]) -> None:
        """Add articles to the index as a run, and merge runs if there are enough of one size."""
        if not nodes:
            return
        numbers = np.array([node.number for node in nodes], np.uint32)
        columns = ((column, numbers) for column in _bands([node.signature for node in nodes]).T)
        self._write(kind, columns, len(nodes))
        while runs := self._too_many(kind):
            self._merge(kind, runs)

    def _runs(self, kind: int) -> list[tuple[int, int]]:
        """Return number and size of the runs."""
        rows = self._db.execute("SELECT run, entries FROM near_runs WHERE kind=? ORDER BY run", (kind,))
        return [(run, entries) for run, entries in rows]

    def _too_many(self, kind: int) -> list[int]:
        """Return runs of about the same size that should be merged."""
        by_size: dict[int, list[int]] = {}
        for run, entries in self._runs(kind):
            by_size.setdefault(int(log(entries, _FAN)), []).append(run)
        return next((runs for _, runs in sorted(by_size.items()) if len(runs) >= _FAN), [])

    def _merge(self, kind: int, runs: list[int]) -> None:
        """Merge several runs into one, without articles that were removed or changed to the other kind."""
        numbers = np.unique(np.concatenate([self._band(run, 0)[1] for run in runs]))
        live = numbers[self._of_kind(kind, numbers)]
        first = runs[0] * _PLACES
        count = "SELECT count(*) FROM near_bands WHERE place BETWEEN ? AND ?"
        bands = self._db.execute(count, (first, first + _PLACES - 1)).fetchone()[0]
        if len(live):
            self._write(kind, (self._merged(runs, band, live) for band in range(bands)), len(live))
        for run in runs:
            self._db.execute("DELETE FROM near_runs WHERE run=?", (run,))
            self._db.execute(
                "DELETE FROM near_bands WHERE place BETWEEN ? AND ?", (run * _PLACES, run * _PLACES + bands)
            )

    def _of_kind(self, kind: int, numbers: Any) -> Any:
        """Return which of these sorted numbers are articles of a kind."""
        is_copy = "IS NOT NULL" if kind == COPIES else "IS NULL"
        query = f"SELECT number FROM near WHERE number BETWEEN ? AND ? AND original {is_copy}"  # noqa: S608
        found = self._db.execute(query, (int(numbers[0]), int(numbers[-1])))
        return np.isin(numbers, np.fromiter((row[0] for row in found), np.uint32), assume_unique=True)

    def _merged(self, runs: list[int], band: int, live: Any) -> tuple[Any, Any]:
        parts = [self._band(run, band) for run in runs]
        keys = np.concatenate([keys for keys, _ in parts])
        numbers = np.concatenate([numbers for _, numbers in parts])
        places = np.searchsorted(live, numbers)
        stay = live[np.minimum(places, len(live) - 1)] == numbers
        return keys[stay], numbers[stay]

    def _write(self, kind: int, columns: Iterable[tuple[Any, Any]], entries: int) -> None:
        row = self._db.execute("INSERT INTO near_runs (kind, entries) VALUES (?, ?)", (kind, entries))
        assert row.lastrowid is not None
        for band, (keys, numbers) in enumerate(columns):
            # Sorting them as single numbers takes half the time of sorting two columns.
            both = np.sort((keys.astype(np.uint64) << np.uint64(32)) | numbers)
            halves = ((both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32))
            values = (row.lastrowid * _PLACES + band, *(half.tobytes() for half in halves))
            self._db.execute("INSERT INTO near_bands VALUES (?, ?, ?)", values)

    def _band(self, run: int, band: int) -> tuple[Any, Any]:
        query = "SELECT keys, numbers FROM near_bands WHERE place=?"
        keys, numbers = self._db.execute(query, (run * _PLACES + band,)).fetchone()
        return np.frombuffer(keys, np.uint32), np.frombuffer(numbers, np.uint32)


def _bands(signatures: Sequence[bytes]) -> Any:
    """Return the bands of signatures as numbers, one row per signature."""
    return np.frombuffer(b"".join(signatures), f"<u{BAND}").reshape(len(signatures), -1)


def _ranges(starts: Any, counts: Any) -> Any:
    """Return the numbers of several ranges, one after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)
