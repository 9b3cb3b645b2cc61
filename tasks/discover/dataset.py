"""Read the articles and ledger of a dataset in their stored order, one batch at a time.

About 30 bytes per article are held in memory (id, group, day), 30 MB for a million, and at most one batch of
the ledger.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import StorageError, UsageError
from copydesk.schemas.labels import BODY
from copydesk.schemas.page import PARAGRAPH
from copydesk.tasks.store import parquet, tree_files

_BATCH: Final = 20_000
_NEVER: Final = -(1 << 31)
_EPOCH: Final = date(1970, 1, 1)
WITHOUT: Final = "(no publisher)"
"""Group of the documents without a publisher whose source has too few documents to form a group."""


class Row(NamedTuple):
    """The columns of a ledger row that counting needs."""

    text: str
    label: str
    kept: bool
    score: float
    start: int
    end: int


class Document(NamedTuple):
    """One document of the ledger, with its number in the index."""

    number: int
    rows: list[Row]


@dataclass(frozen=True)
class Index:
    """The articles that are counted: all, or those of one publisher, ordered by id."""

    ids: npt.NDArray[np.bytes_]
    groups: npt.NDArray[np.int32]
    names: tuple[str, ...]
    """Name of each group: a publisher, a source without one, or `WITHOUT`."""
    languages: tuple[str, ...]
    """Most frequent language of each group."""
    days: npt.NDArray[np.int32]
    """Day of publication, or else of fetching, in days since 1970; `_NEVER` if neither is known."""

    @staticmethod
    def date_of(days: int) -> date:
        """Return the date of a day of the index."""
        return _EPOCH + timedelta(days)

    def known_days(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the days of those articles that have one."""
        days: npt.NDArray[np.int32] = self.days[numbers]
        known: npt.NDArray[np.int32] = days[days != _NEVER]
        return known


def index_of(snapshot: Path, publisher: str, least: int) -> Index:
    """Read the articles. Raise UsageError if there are none, or none of `publisher`.

    Documents without a publisher are grouped by their source if it has at least `least` of them, and
    otherwise together. Near duplicates are included: counting treats copies as one.
    """
    parts: list[tuple[npt.NDArray[np.bytes_], list[str], npt.NDArray[np.int32]]] = []
    publishers: Counter[str] = Counter()
    languages: dict[str, Counter[str]] = {}
    for batch in _batches(
        snapshot, "articles", ["id", "publisher", "source", "language", "published_at", "fetched_at"]
    ):
        names = batch["publisher"].to_pylist()
        publishers.update(name for name in names if name)
        if publisher:
            batch = batch.filter(pc.equal(batch["publisher"], publisher))
            names = batch["publisher"].to_pylist()
        groups = [f"p{n}" if n else f"s{s}" for n, s in zip(names, batch["source"].to_pylist(), strict=True)]
        for group, language in zip(groups, batch["language"].to_pylist(), strict=True):
            languages.setdefault(group, Counter())[language] += 1
        parts.append((np.array(batch["id"].to_pylist(), dtype=np.bytes_), groups, _days(batch)))
    if not sum(len(part[0]) for part in parts):
        known = ", ".join(repr(name) for name, _ in publishers.most_common(5))
        what = f"no article of publisher {publisher!r}" if publisher else "no article"
        raise UsageError(f"{snapshot}: found {what}; expected one of {known or 'some'}")
    sizes = Counter(group for part in parts for group in part[1])
    named = {g: g[1:] if g[0] == "p" or n >= least else WITHOUT for g, n in sizes.items()}
    names_ = sorted(set(named.values()))
    place = {name: at for at, name in enumerate(names_)}
    spoken: dict[str, Counter[str]] = {name: Counter() for name in names_}
    for group, counts in languages.items():
        spoken[named[group]].update(counts)
    most = tuple(min(counts, key=lambda code: (-counts[code], code)) for counts in spoken.values())
    ids = np.concatenate([part[0] for part in parts])
    groups_ = np.array([place[named[group]] for part in parts for group in part[1]], dtype=np.int32)
    days = np.concatenate([part[2] for part in parts])
    order = np.argsort(ids)
    return Index(ids[order], groups_[order], tuple(names_), most, days[order])


def _days(batch: pa.RecordBatch) -> npt.NDArray[np.int32]:
    when = pc.coalesce(batch["published_at"], batch["fetched_at"])
    return np.array(
        pc.fill_null(when.cast(pa.date32()).cast(pa.int32()), _NEVER).to_numpy(zero_copy_only=False),
        dtype=np.int32,
    )


def sample_paragraphs(snapshot: Path, most: int) -> Iterator[tuple[str, str]]:
    """Yield language and beginning of long body blocks of the first articles: running text of this dataset."""
    for batch in _batches(snapshot, "articles", ["language", "text"]):
        for language, text in zip(batch["language"].to_pylist(), batch["text"].to_pylist(), strict=True):
            for block in [b for b in text.split("\n\n") if len(b) >= PARAGRAPH][:5]:
                yield language, block[:300]
                most -= 1
            if most <= 0:
                return


def rows_in(snapshot: Path) -> int:
    """Return the number of ledger rows."""
    count = 0
    for path in tree_files(snapshot, "ledger"):
        with parquet(path) as file:
            count += file.metadata.num_rows
    return count


def documents(snapshot: Path, index: Index) -> Iterator[Document]:
    """Yield the documents of the index, each with its whole ledger, in stored order.

    The store guarantees that the rows of a document are adjacent.
    """
    pending: Document | None = None
    for batch in _batches(snapshot, "ledger", ["id", "text", "label", "kept", "score", "start", "end"]):
        ids = np.array(batch["id"].to_pylist(), dtype=np.bytes_)
        at = np.minimum(np.searchsorted(index.ids, ids), len(index.ids) - 1)
        numbers = np.where(index.ids[at] == ids, at, -1).tolist()
        columns = [batch[name].to_pylist() for name in Row._fields]
        rows = zip(numbers, map(Row._make, zip(*columns, strict=True)), strict=True)
        for number, group in groupby(rows, key=lambda pair: pair[0]):
            if number < 0:
                continue
            mine = [row for _, row in group]
            if pending is not None and pending.number == number:
                pending.rows.extend(mine)
                continue
            if pending is not None:
                yield pending
            pending = Document(number, mine)
    if pending is not None:
        yield pending


def body_lines(snapshot: Path, with_any: Sequence[str] = ()) -> Iterator[tuple[list[str], list[str]]]:
    """Yield ids and texts of the kept body rows of the ledger without line feeds, a batch at a time.

    With `with_any`, only lines that can contain one of these folded stretches, in any case. Arrow selects
    them, so that a search of the whole dataset costs a second for some 100,000 lines of text, not ten.
    """
    body = pa.array(sorted(BODY), pa.string())
    pattern = _any_of(with_any)
    for batch in _batches(snapshot, "ledger", ["id", "text", "label", "kept"]):
        wanted = pc.and_(batch["kept"], pc.is_in(batch["label"], value_set=body))
        wanted = pc.and_(wanted, pc.invert(pc.match_substring(batch["text"], "\n")))
        if pattern:
            wanted = pc.and_(wanted, pc.match_substring_regex(batch["text"], pattern))
        rows = batch.filter(wanted)
        yield rows["id"].to_pylist(), rows["text"].to_pylist()


def removed_lines(snapshot: Path, with_any: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield ids and texts of the removed rows that can contain one of these stretches, a batch at a time."""
    pattern = _any_of(with_any)
    for batch in _batches(snapshot, "ledger", ["id", "text", "kept"]):
        wanted = pc.invert(batch["kept"])
        if pattern:
            wanted = pc.and_(wanted, pc.match_substring_regex(batch["text"], pattern))
        rows = batch.filter(wanted)
        yield rows["id"].to_pylist(), rows["text"].to_pylist()


def _any_of(stretches: Sequence[str]) -> str:
    """Return a pattern for all texts that can contain one of some folded stretches; empty if it would select little.

    It has the longest word of each, because folding replaces quotes, hyphens, spaces, and the letter of
    `_DOTTED`.

    >>> _any_of(["read more: \u2026", "12 shares"])
    '(?i)read|shares'
    """
    words = [max(_WORDS.findall(stretch), key=len, default="") for stretch in stretches]
    if not words or len(words) > _MOST_WORDS or not all(len(word) > 1 for word in words):
        return ""
    plain = dict.fromkeys(word.lower().replace("i", _DOTTED) for word in words)
    return "(?i)" + "|".join(plain)


_WORDS: Final = re.compile(r"[^\W_]+")
_DOTTED: Final = "[i\u0130]"
_MOST_WORDS: Final = 400
"""Most stretches for which RE2 builds a pattern within its memory."""


def rows_of(snapshot: Path, ids: set[str]) -> dict[str, list[Row]]:
    """Return the ledger of some documents, read from the row groups that can contain them."""
    found: dict[str, list[Row]] = {}
    wanted = pa.array(sorted(ids), pa.string())
    for path in tree_files(snapshot, "ledger"):
        with parquet(path) as file:
            for number in range(file.metadata.num_row_groups):
                bounds = file.metadata.row_group(number).column(0).statistics
                if (
                    bounds is not None
                    and bounds.has_min_max
                    and not any(bounds.min <= i <= bounds.max for i in ids)
                ):
                    continue
                table = file.read_row_group(number, columns=["id", *Row._fields])
                table = table.filter(pc.is_in(table["id"], wanted))
                for key, *values in zip(
                    *(table[name].to_pylist() for name in ("id", *Row._fields)), strict=True
                ):
                    found.setdefault(key, []).append(Row._make(values))
    return found


def digest(text: str) -> int:
    """Return a 64-bit hash that is the same in every process."""
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )


def _batches(snapshot: Path, tree: str, columns: list[str]) -> Iterator[Any]:
    """Yield record batches of a tree. Raise StorageError if a file can't be read."""
    for path in tree_files(snapshot, tree):
        try:
            with parquet(path) as file:
                yield from file.iter_batches(batch_size=_BATCH, columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise StorageError(f"{path}: cannot be read: {error}") from error
