"""New files out of old ones and shards: a merge by id that holds a little of each at a time.

Which file a row lands in, and the bytes of that file, depend on the rows that are merged and on
nothing else: not on the number of sources, their order, or where their batches end.
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
"""With these, some 5 MB of each source are in memory; without a buffer it would be the row group."""
_FEW: Final = 8
FAN_IN: Final = 64
"""Sources merged at once; more are merged in several rounds."""


class Shelf(NamedTuple):
    """Files that hold the same ids side by side. The first tree's size decides when a file is full."""

    name: str
    trees: tuple[str, ...]
    prefix: str


ARTICLE_SHELF: Final = Shelf("articles", ("articles", "ledger"), "")
"""Articles, each file with its twin of the same name in the ledger."""
REJECTED_SHELF: Final = Shelf("rejected", ("ledger",), "rejected-")
"""Ledgers of documents that did not become an article."""
DOCUMENT_SHELF: Final = Shelf("documents", ("documents",), "")
"""Raw documents of the articles. Files are only added, and put together now and then: an article that
changes leaves its former document behind until then, so that no change rewrites pages by the thousand."""


class Source(NamedTuple):
    """A place to take rows from: a file for each tree, sorted by id."""

    files: dict[str, Path]
    only: frozenset[str] | None = None
    """The ids to take; None for all."""
    without: frozenset[str] = frozenset()
    """The ids to leave."""
    marks: Mapping[str, tuple[str | None, str | None]] = MappingProxyType({})
    """What `duplicate_of` and `cluster` of articles say from now on, by id; others stay as they are."""


class Built(NamedTuple):
    """A new file of a shelf, still in the stage: its name in the pool, and one file for each tree."""

    place: int
    name: str
    files: dict[str, StoredFile]

    @property
    def rows(self) -> int:
        """Rows in all its trees."""
        return sum(file.rows for file in self.files.values())


def build(shelf: Shelf, sources: Sequence[Source], place: int, file_bytes: float, stage: Path) -> list[Built]:
    """Merge sources into files of `file_bytes` and up, the last one excepted, from `place` on.

    An id must come from one source only. Without rows there is no file.
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
    """How many of the last files to put together: 0, or eight and more that are about as small as each other.

    A file joins when it is no larger than all behind it, so that each row is written again once for
    each doubling of its file: for a run every quarter of an hour seven times in the first month.
    """
    count = total = 0
    for size in reversed(sizes):
        if size >= full or (count and size > total):
            break
        count += 1
        total += size
    return count if count >= _FEW else 0


def file_name(prefix: str, place: int, hashes: Sequence[str]) -> str:
    """A name that says where the file stands, and that no other content can have.

    The same inputs thus give the same names, however many commits it took, and whoever opens a
    path twice finds the same bytes or none.
    """
    return f"{prefix}{place:08d}-{name_hash(hashes)}.parquet"


def name_hash(hashes: Iterable[str]) -> str:
    """What stands for the content of files with these hashes in their common name."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:16]


def ids_of(path: Path) -> Iterator[list[str]]:
    """The ids of a file, a row group at a time."""
    with parquet(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=["id"])["id"].to_pylist()


def _narrowed(shelf: Shelf, sources: Sequence[Source], stage: Path, tag: str) -> Sequence[Source]:
    """At most FAN_IN sources with the same rows."""
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
    """Write files of at least `file_bytes` each but the last; returns them with their last ids."""
    files: list[StoredFile] = []
    last_ids: list[str] = []
    groups = row_groups(rows, tree)
    group = next(groups, None)
    while group is not None:
        with ParquetFile(stage / f"{tag}-{len(files)}.{tree}.parquet", SCHEMAS[tree]) as file:
            while group is not None:
                last = group["id"][-1].as_py()
                file.write(group)
                group = next(groups, None)
                # The ledger rows of one document must not part.
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
    """A stream of sorted tables that can be taken up to an id."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._rest: pa.Table | None = None

    def until(self, last: str) -> Iterator[pa.Table]:
        """The rows with an id up to `last`, that one included."""
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
    """The rows of all sources, each sorted, in order of their ids (in the ledger, of id and seq)."""
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
    """The next rows of one source. Rows of the last id in sight are held back: more may follow."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._table: pa.Table | None = None
        self.exhausted = False

    def fill(self) -> bool:
        """Have rows at hand; False when there are none left."""
        if self._table is None or not self._table.num_rows:
            self._table = next(self._tables, None)
            self.exhausted = self._table is None
        return self._table is not None

    @property
    def last(self) -> str:
        """The last id at hand."""
        assert self._table is not None
        return str(self._table["id"][-1].as_py())

    def take(self, bound: str | None) -> pa.Table:
        """Remove and return the rows with an id below `bound`; all of them for None."""
        assert self._table is not None
        count = self._table.num_rows if bound is None else _count_below(self._table, bound, including=False)
        taken, self._table = self._table.slice(0, count), self._table.slice(count)
        return taken

    def extend(self) -> None:
        """Read on, keeping what is at hand."""
        more = next(self._tables, None)
        if more is None:
            self.exhausted = True
        else:
            self._table = pa.concat_tables([self._table, more])


def _read(source: Source, tree: str) -> Iterator[pa.Table]:
    """A source's rows in batches, never empty ones; a row group is decoded batch by batch."""
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
    """Articles with their marks as they are now."""
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
    """Rows of a sorted table before those above `bound`."""
    compare = pc.less_equal if including else pc.less
    return int(pc.sum(compare(table["id"], bound)).as_py() or 0)
