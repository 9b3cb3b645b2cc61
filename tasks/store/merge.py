"""Merge old files and shards into new files by id, holding a small part of each in memory.

Which file a row goes to, and the bytes of that file, depend on the merged rows alone: not on the number of
sources, their order, or their batch borders.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.article import ARTICLES
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.tasks.store.files import ParquetFile, StoredFile, row_groups
from copydesk.tasks.store.safe_paths import parquet

SCHEMAS: Final = {"articles": ARTICLES, "ledger": LEDGER, "documents": DOCUMENTS}
_BATCH_ROWS: Final[dict[str, int]] = {"articles": 256, "ledger": 8_192, "documents": 64}
_BUFFER: Final = 1 << 20
"""With these batches and this buffer, about 5 MB of each source are in memory; without a buffer, a whole row
group."""
_FEW: Final = 8
FAN_IN: Final = 64
"""Sources merged at once; more are merged in several rounds."""


class Shelf(NamedTuple):
    """Trees of files that hold the same ids. The size of the first tree decides when a file is full."""

    name: str
    trees: tuple[str, ...]
    prefix: str


ARTICLE_SHELF: Final = Shelf("articles", ("articles", "ledger"), "")
"""Articles, each file with a ledger file of the same name."""
REJECTED_SHELF: Final = Shelf("rejected", ("ledger",), "rejected-")
"""Ledgers of documents that did not become an article."""
DOCUMENT_SHELF: Final = Shelf("documents", ("documents",), "")
"""Raw documents of the articles. Files are only added, and combined from time to time. A changed article
leaves its former document in place until then, so that no change rewrites thousands of pages."""


class Source(NamedTuple):
    """Rows to merge: one file per tree, sorted by id."""

    files: dict[str, Path]
    only: frozenset[str] | None = None
    """The ids to take; None for all."""
    without: frozenset[str] = frozenset()
    """The ids to leave out."""
    marks: Mapping[str, tuple[str | None, str | None]] = MappingProxyType({})
    """New values of `duplicate_of` and `cluster` by article id; other articles keep theirs."""


class Built(NamedTuple):
    """A new file of a shelf, still in the stage: its name in the pool, and one file per tree."""

    place: int
    name: str
    files: dict[str, StoredFile]

    @property
    def rows(self) -> int:
        """Return the number of rows in all its trees."""
        return sum(file.rows for file in self.files.values())


def build(shelf: Shelf, sources: Sequence[Source], place: int, file_bytes: float, stage: Path) -> list[Built]:
    """Merge sources into files numbered from `place`, each of at least `file_bytes` except the last.

    An id must come from one source only. Without rows no file is written.
    """
    tag = f"{shelf.name}-{place:08d}"
    sources = _narrowed(shelf, sources, stage, tag)
    first, *others = shelf.trees
    files, last_ids = _write_by_size(_merge(sources, first), first, file_bytes, stage, tag)
    twins = [_write_by_id(_merge(sources, tree), tree, last_ids, stage, tag) for tree in others]
    built = []
    for number, group in enumerate(zip(files, *twins, strict=True)):
        name = file_name(shelf.prefix, place + number, [file.sha256 for file in group])
        built.append(Built(place + number, name, dict(zip(shelf.trees, group, strict=True))))
    return built


def worth_merging(sizes: Sequence[int], full: float) -> int:
    """Return how many of the last files to combine: 0, or at least eight of similar size.

    A file joins if it is no larger than all files after it together, so that each row is rewritten once per
    doubling of its file: for a run every quarter of an hour, seven times in the first month.
    """
    count = total = 0
    for size in reversed(sizes):
        if size >= full or (count and size > total):
            break
        count += 1
        total += size
    return count if count >= _FEW else 0


def file_name(prefix: str, place: int, hashes: Sequence[str]) -> str:
    """Return a name made of the file's number and the hash of its content.

    The same inputs thus give the same names, however many commits they took. A reader who opens a path twice
    finds the same bytes or no file.
    """
    return f"{prefix}{place:08d}-{name_hash(hashes)}.parquet"


def name_hash(hashes: Iterable[str]) -> str:
    """Return the part of a file name that identifies the content of files with these hashes."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:16]


def ids_of(path: Path) -> Iterator[list[str]]:
    """Yield the ids of a file, one row group at a time."""
    with parquet(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=["id"])["id"].to_pylist()


def _narrowed(shelf: Shelf, sources: Sequence[Source], stage: Path, tag: str) -> Sequence[Source]:
    """Return at most FAN_IN sources with the same rows."""
    turn = 0
    while len(sources) > FAN_IN:
        merged = []
        for start in range(0, len(sources), FAN_IN):
            turn += 1
            part = sources[start : start + FAN_IN]
            merged.append(
                Source(
                    {tree: _spill(part, tree, stage / f"{tag}-{turn}.{tree}.merge") for tree in shelf.trees}
                )
            )
        sources = merged
    return sources


def _spill(sources: Sequence[Source], tree: str, path: Path) -> Path:
    with ParquetFile(path, SCHEMAS[tree], lasting=False) as file:
        for group in row_groups(_merge(sources, tree), tree):
            file.write(group)
        file.close()
    return path


def _write_by_size(
    rows: Iterable[pa.Table], tree: str, file_bytes: float, stage: Path, tag: str
) -> tuple[list[StoredFile], list[str]]:
    """Write files of at least `file_bytes` each except the last. Return them with their last ids."""
    files: list[StoredFile] = []
    last_ids: list[str] = []
    groups = row_groups(rows, tree)
    group = next(groups, None)
    last = ""
    while group is not None:
        with ParquetFile(stage / f"{tag}-{len(files)}.{tree}.parquet", SCHEMAS[tree]) as file:
            while group is not None:
                last = group["id"][-1].as_py()
                file.write(group)
                group = next(groups, None)
                # All ledger rows of one document must stay in one file.
                if file.size >= file_bytes and group is not None and group["id"][0].as_py() != last:
                    break
            files.append(file.close())
            last_ids.append(last)
    return files, last_ids


def _write_by_id(
    rows: Iterable[pa.Table], tree: str, last_ids: Sequence[str], stage: Path, tag: str
) -> list[StoredFile]:
    """Write one file for each of `last_ids`, with the rows up to that id."""
    files = []
    feed = _Feed(iter(rows))
    for number, last in enumerate(last_ids):
        with ParquetFile(stage / f"{tag}-{number}.{tree}.parquet", SCHEMAS[tree]) as file:
            for group in row_groups(feed.until(last), tree):
                file.write(group)
            files.append(file.close())
    return files


class _Feed:
    """A stream of sorted tables that can be consumed up to an id."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._rest: pa.Table | None = None

    def until(self, last: str) -> Iterator[pa.Table]:
        """Yield the rows with an id up to and including `last`."""
        while (table := self._rest if self._rest is not None else next(self._tables, None)) is not None:
            count = _count_below(table, last, including=True)
            self._rest = table.slice(count) if count < table.num_rows else None
            if count:
                yield table.slice(0, count)
            if self._rest is not None:
                return


def _merge(sources: Sequence[Source], tree: str) -> Iterator[pa.Table]:
    return merged([_read(source, tree) for source in sources], tree)


def merged(sources: Sequence[Iterator[pa.Table]], tree: str) -> Iterator[pa.Table]:
    """Yield the rows of all sorted sources in order of their ids (in the ledger, of id and seq)."""
    streams = [_Stream(source) for source in sources]
    while live := [stream for stream in streams if stream.fill()]:
        if len(live) == 1:
            yield live[0].take(None)
            continue
        bounds = [stream.last for stream in live if not stream.exhausted]
        bound = min(bounds) if bounds else None
        parts = [part for stream in live if (part := stream.take(bound)).num_rows]
        if parts:
            yield _sorted(parts, tree)
        else:
            for stream in live:
                if stream.last == bound:
                    stream.extend()


class _Stream:
    """The next rows of one source. Rows of the last available id are held back, because more may follow."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._table: pa.Table | None = None
        self.exhausted = False

    def fill(self) -> bool:
        """Make rows available. Return False when none are left."""
        if self._table is None or not self._table.num_rows:
            self._table = next(self._tables, None)
            self.exhausted = self._table is None
        return self._table is not None

    @property
    def last(self) -> str:
        """Return the last available id."""
        assert self._table is not None
        return str(self._table["id"][-1].as_py())

    def take(self, bound: str | None) -> pa.Table:
        """Remove and return the rows with an id below `bound`, or all rows for None."""
        assert self._table is not None
        count = self._table.num_rows if bound is None else _count_below(self._table, bound, including=False)
        taken, self._table = self._table.slice(0, count), self._table.slice(count)
        return taken

    def extend(self) -> None:
        """Read the next table and keep the available rows."""
        more = next(self._tables, None)
        if more is None:
            self.exhausted = True
        else:
            self._table = pa.concat_tables([self._table, more])


def _read(source: Source, tree: str) -> Iterator[pa.Table]:
    """Yield a source's rows in batches, never an empty one; a row group is decoded batch by batch."""
    only = None if source.only is None else pa.array(sorted(source.only), pa.string())
    without = pa.array(sorted(source.without), pa.string())
    with parquet(source.files[tree], buffer_size=_BUFFER) as file:
        for number in range(file.num_row_groups):
            for batch in file.iter_batches(
                _BATCH_ROWS[tree], row_groups=[number], columns=SCHEMAS[tree].names
            ):
                table = pa.Table.from_batches([batch]).cast(SCHEMAS[tree])
                if only is not None:
                    table = table.filter(pc.is_in(table["id"], value_set=only))
                if len(without):
                    table = table.filter(pc.invert(pc.is_in(table["id"], value_set=without)))
                if table.num_rows:
                    yield _marked(table, source.marks) if tree == "articles" else table


def _marked(rows: pa.Table, marks: Mapping[str, tuple[str | None, str | None]]) -> pa.Table:
    """Return the articles with their current marks."""
    ids = rows["id"].to_pylist()
    if marks.keys().isdisjoint(ids):
        return rows
    for number, name in enumerate(("duplicate_of", "cluster")):
        old = rows[name].to_pylist()
        new = [marks[id_][number] if id_ in marks else value for id_, value in zip(ids, old, strict=True)]
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(name), pa.array(new, pa.string()))
    return rows


def _sorted(parts: Sequence[pa.Table], tree: str) -> pa.Table:
    if len(parts) == 1:
        return parts[0]
    rows = pa.concat_tables(parts)
    keys = ["id", "seq"] if tree == "ledger" else ["id"]
    return rows.take(pc.sort_indices(rows.select(keys), [(key, "ascending") for key in keys]))


def _count_below(table: pa.Table, bound: str, *, including: bool) -> int:
    """Return the number of rows of a sorted table that are below `bound`, or up to it."""
    compare = pc.less_equal if including else pc.less
    return int(pc.sum(compare(table["id"], bound)).as_py() or 0)
