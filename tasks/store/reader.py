"""Read a dataset's articles: a stream of their raw documents, and the rows of selected articles."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import StorageError
from copydesk.tasks.store.merge import FAN_IN, SCHEMAS, merged
from copydesk.tasks.store.preflight import connect, state_errors
from copydesk.tasks.store.raw_documents import Stored, raw_documents
from copydesk.tasks.store.safe_paths import FILE_NAME, checked_name, names_in, parquet
from copydesk.tasks.store.snapshot import Layout

_BATCH: Final = 32
"""Raw documents of a file in memory at a time: pages of 65 KB, so 2 MB per file."""


class StoredDigests(NamedTuple):
    """The state's digests of an article."""

    content: bytes
    ledger: bytes


class RecleanCounts(NamedTuple):
    """Numbers of articles by what a new cleaning can do with them."""

    ready: int
    """Their raw document is kept, and another pipeline cleaned them."""
    done: int
    """Already cleaned by this pipeline."""
    without: int
    """Their raw document is not kept."""


def tree_files(snapshot: Path, tree: str) -> list[Path]:
    """Return the Parquet files of `articles` or another tree of a snapshot, in the order of their names.

    Open them with `parquet`, which follows no link and waits for no pipe.
    """
    folder = snapshot / tree
    return [folder / name for name in names_in(folder) if name.endswith(".parquet")]


class Lookup:
    """A dataset open for reading. Takes no lock.

    A `fixed` lookup sees the dataset as it was when it was opened, regardless of later commits. Otherwise it
    sees each commit of its own process.
    """

    def __init__(self, out: Path, *, fixed: bool) -> None:
        self._layout = Layout(out.resolve())
        with state_errors(self._layout):
            self._db = connect(self._layout)
            try:
                if fixed:
                    self._db.execute("BEGIN")
                number = self._db.execute("SELECT number FROM head").fetchone()[0]
            except BaseException:
                self._db.close()
                raise
        self._files = self._layout.snapshot(number) if fixed else self._layout.pool

    def __enter__(self) -> Self:
        """Return the open lookup."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the state."""
        self._db.close()

    def stock(self, pipeline: str) -> RecleanCounts:
        """Count the articles that `pipeline` still has to clean, and those that it need not or can't clean."""
        with state_errors(self._layout):
            rows = self._db.execute(
                "SELECT count(*), coalesce(sum(document < 0), 0), coalesce(sum(document >= 0 AND p.pipeline = ?), 0)"
                " FROM articles a JOIN pipelines p ON p.number = a.pipeline",
                (pipeline,),
            ).fetchone()
        return RecleanCounts(rows[0] - rows[1] - rows[2], rows[2], rows[1])

    def documents(self, pipeline: str) -> Iterator[Stored]:
        """Yield the raw documents of live articles that another pipeline cleaned.

        They come in order of the ids, as far as 64 files at a time allow. Articles cleaned together are then
        stored together in `articles/`, too.
        """
        with state_errors(self._layout):
            files = self._db.execute(
                "SELECT place, name FROM files WHERE shelf='documents' ORDER BY place"
            ).fetchall()
        for start in range(0, len(files), FAN_IN):
            sources = [self._live(place, name, pipeline) for place, name in files[start : start + FAN_IN]]
            for table in merged(sources, "documents"):
                yield from raw_documents(table)

    def _live(self, place: int, name: str, pipeline: str) -> Iterator[pa.Table]:
        path = self._layout.pooled("documents", name)
        try:
            opened = parquet(path, buffer_size=1 << 20)
        except FileNotFoundError as error:
            raise StorageError(
                f"{path}: gone; another run combined files in the meantime; start again"
            ) from error
        with opened as file:
            for number in range(file.num_row_groups):
                for batch in file.iter_batches(_BATCH, row_groups=[number]):
                    wanted = [self._waits(id_, place, pipeline) for id_ in batch["id"].to_pylist()]
                    table = pa.Table.from_batches([batch]).cast(SCHEMAS["documents"]).filter(pa.array(wanted))
                    if table.num_rows:
                        yield table

    def _waits(self, id_: str, place: int, pipeline: str) -> bool:
        row = self._db.execute(
            "SELECT document, p.pipeline FROM articles a JOIN pipelines p ON p.number = a.pipeline WHERE id=?",
            (id_,),
        ).fetchone()
        return row is not None and row[0] == place and row[1] != pipeline

    def document(self, id_: str) -> Stored | None:
        """Return the raw document of an article; None if it is not stored."""
        with state_errors(self._layout):
            row = self._db.execute(
                "SELECT f.name FROM articles a JOIN files f ON f.shelf='documents' AND f.place=a.document"
                " WHERE a.id=? AND a.document>=0",
                (id_,),
            ).fetchone()
        if row is None:
            return None
        path = self._layout.pooled("documents", row[0])
        try:
            tables = list(_groups_with(path, [id_], SCHEMAS["documents"].names))
        except FileNotFoundError:
            return None  # a run combined files since this was opened
        return next(raw_documents(pa.concat_tables(tables)), None) if tables else None

    def known(self, ids: Iterable[str]) -> dict[str, StoredDigests]:
        """Return the digests of articles, which show whether they change."""
        found = {}
        with state_errors(self._layout):
            for id_ in ids:
                row = self._db.execute("SELECT content, ledger FROM articles WHERE id=?", (id_,)).fetchone()
                if row is not None:
                    found[id_] = StoredDigests(*row)
        return found

    def rows(self, ids: Iterable[str], tree: str, columns: list[str]) -> pa.Table:
        """Return columns of some articles' rows in `articles` or `ledger`.

        Row groups without them are not read.
        """
        by_name: dict[str, list[str]] = defaultdict(list)
        with state_errors(self._layout):
            for id_ in ids:
                row = self._db.execute(
                    "SELECT f.name FROM articles a JOIN files f ON f.shelf='articles' AND f.tree=? AND f.place=a.place"
                    " WHERE a.id=?",
                    (tree, id_),
                ).fetchone()
                if row is not None:
                    by_name[checked_name(row[0], FILE_NAME, self._layout.state)].append(id_)
            tables = [
                table
                for name, wanted in sorted(by_name.items())
                for table in _groups_with(self._files / tree / name, sorted(wanted), columns)
            ]
        schema = pa.schema([SCHEMAS[tree].field(name) for name in columns])
        return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in tables)])


def _groups_with(path: Path, wanted: list[str], columns: list[str]) -> Iterator[pa.Table]:
    only = pa.array(wanted, pa.string())
    with closing(parquet(path)) as file:
        at = file.schema_arrow.names.index("id")
        for group in range(file.num_row_groups):
            ids = file.metadata.row_group(group).column(at).statistics
            if ids is not None and ids.has_min_max and not any(ids.min <= id_ <= ids.max for id_ in wanted):
                continue
            rows = file.read_row_group(group, columns=columns)
            rows = rows.filter(pc.is_in(rows["id"], value_set=only))
            if rows.num_rows:
                yield rows
