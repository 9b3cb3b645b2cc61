"""Find lines that recur: the most frequent removed lines, and lines that were kept although they recur.

There are two passes. The first counts every short line in a table of bounded size (lossy counting: when it is
full, the rarest lines are dropped). The second counts the few lines for the report exactly, with their
publishers and an example. The first pass may miss a line that is rare in each part of the dataset, but never
a frequent one.
"""

from collections import Counter
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.labels import BODY
from copydesk.schemas.survey import Recurring

_MOST: Final = 400_000
"""Most lines of the first pass: about 60 MB."""
_SHOWN: Final = 40
_LONGEST: Final = 240
_SHORTEST: Final = 4
_ARTICLES: Final = 3
"""A line in fewer articles does not recur."""
_PUBLISHERS: Final = 3

Named = tuple[str, str, str]
"""Text, label, rule; for a kept line only the text."""


class Lines:
    """Counts of removed lines, and of kept lines of the body."""

    def __init__(self) -> None:
        self._removed = _Table()
        self._kept = _Table()
        self._texts: dict[bool, list[str]] = {}
        self._found: dict[bool, dict[Named, Counter[str]]] = {True: {}, False: {}}
        self._examples: dict[tuple[bool, Named], str] = {}

    def count(self, rows: pa.Table, original: pa.ChunkedArray) -> None:
        """Make the first pass."""
        for kept, table in ((False, self._removed), (True, self._kept)):
            table.add(_counted(_those(rows, kept, original), ["text"]))

    def choose(self) -> None:
        """Choose the lines for the second pass."""
        self._texts = {False: self._removed.most(2 * _SHOWN), True: self._kept.most(2 * _SHOWN)}

    def look(self, rows: pa.Table, publishers: pa.ChunkedArray, at: Any, original: pa.ChunkedArray) -> None:
        """Make the second pass."""
        rows = rows.append_column("publisher", publishers.take(at))
        for kept, texts in self._texts.items():
            if not texts:
                continue
            wanted = pc.is_in(rows["text"], value_set=pa.array(texts, pa.string()))
            chosen = _those(rows.filter(wanted), kept, original.filter(wanted))
            names = ["text", "publisher"] if kept else ["text", "label", "rule", "publisher"]
            for row in (
                chosen.group_by(names).aggregate([("id", "count_distinct"), ("id", "min")]).to_pylist()
            ):
                key = row["text"], row.get("label", ""), row.get("rule", "")
                self._found[kept].setdefault(key, Counter())[row["publisher"] or ""] += row[
                    "id_count_distinct"
                ]
                known = self._examples.get((kept, key))
                self._examples[kept, key] = min(filter(None, (known, row["id_min"])))

    def removed(self) -> tuple[Recurring, ...]:
        """Return the most frequent removed lines."""
        return self._most(kept=False)

    def kept(self) -> tuple[Recurring, ...]:
        """Return the most frequent kept lines."""
        return self._most(kept=True)

    def _most(self, *, kept: bool) -> tuple[Recurring, ...]:
        found = [
            Recurring(*key, counts.total(), _first(counts, _PUBLISHERS), self._examples[kept, key])
            for key, counts in self._found[kept].items()
            if counts.total() >= _ARTICLES
        ]
        return tuple(sorted(found, key=lambda each: (-each.articles, each[:3]))[:_SHOWN])


class _Table:
    """Counts by text, bounded in number."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._bound = 0

    def add(self, counted: pa.Table) -> None:
        """Add the counts of a batch."""
        counts = self._counts
        for text, number in zip(
            counted["text"].to_pylist(), counted["id_count_distinct"].to_pylist(), strict=True
        ):
            counts[text] = counts.get(text, self._bound) + number
        while len(self._counts) > _MOST:
            self._bound += 1
            self._counts = {text: number for text, number in self._counts.items() if number > self._bound}

    def most(self, number: int) -> list[str]:
        """Return the most frequent texts that recur."""
        found = [(-count, text) for text, count in self._counts.items() if count >= _ARTICLES]
        return [text for _, text in sorted(found)[:number]]


def _those(rows: pa.Table, kept: bool, original: pa.ChunkedArray) -> pa.Table:
    """Select the rows to count: short removed lines, or short lines of the body of originals."""
    length = pc.utf8_length(rows["text"])
    short = pc.and_(pc.less_equal(length, _LONGEST), pc.greater_equal(length, _SHORTEST))
    if not kept:
        return rows.filter(pc.and_(short, pc.invert(rows["kept"])))
    body = pc.is_in(rows["label"], value_set=pa.array(sorted(BODY)))
    return rows.filter(pc.and_(pc.and_(short, original), pc.and_(rows["kept"], body)))


def _counted(rows: pa.Table, names: list[str]) -> pa.Table:
    return rows.group_by(names).aggregate([("id", "count_distinct")])


def _first(counts: Counter[str], number: int) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:number])
