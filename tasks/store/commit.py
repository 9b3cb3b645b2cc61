"""Build the files of a commit: which files are rewritten, from which rows, and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa

from copydesk.schemas.shard import StagedShard
from copydesk.tasks.dedup import DuplicateMark
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.decide import BASE, ArticleState
from copydesk.tasks.store.files import ParquetFile, row_groups
from copydesk.tasks.store.merge import (
    ARTICLE_SHELF,
    DOCUMENT_SHELF,
    REJECTED_SHELF,
    Built,
    Shelf,
    Source,
    build,
    file_name,
    ids_of,
    worth_merging,
)
from copydesk.tasks.store.safe_paths import move, names_in, read_table, sync_folder
from copydesk.tasks.store.snapshot import TREES, Layout
from copydesk.tasks.store.state import State
from copydesk.tasks.store.state_tables import FileState, LiveFile

LOG_BYTES: Final = 256 << 10
"""Size at which a file of `rejects/` or `runs/` is full. It is small because each append rewrites the file.
"""


class NewFile(NamedTuple):
    """A file that the commit will add."""

    shelf: Shelf
    built: Built
    state: FileState
    moves: bool
    """True if its rows were in another file before, or are new."""


class Commit:
    """New files in the stage, and what they replace. Nothing outside the stage changes before `install`."""

    def __init__(self, layout: Layout, state: State, base: int, file_bytes: int) -> None:
        self._layout = layout
        self._state = state
        self._base = base
        self.file_bytes = file_bytes
        self._live = {(file.shelf, file.tree, file.place): file for file in state.files.live()}
        self._built: list[NewFile] = []
        self._dropped: list[tuple[Shelf, int]] = []
        self._marks: Mapping[str, DuplicateMark] = {}

    def __bool__(self) -> bool:
        """Return whether readers will see a difference."""
        return bool(self._built or self._dropped)

    def mark(self, marks: Mapping[str, DuplicateMark]) -> None:
        """Overwrite `duplicate_of` and `cluster` in these articles' rows."""
        self._marks = marks

    def articles(self, slots: dict[str, ArticleState], shards: Sequence[StagedShard]) -> None:
        """Rewrite the files whose articles changed; new articles go into new files.

        `compact_round` tops up the last file at the end of the run. If each commit did, every commit of a
        long run would rewrite that file, and the position of an article would depend on its neighbours.
        """
        wanted: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        base_ids: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for id_, slot in slots.items():
            if slot.origin is None or slot.row is None:
                continue
            if slot.origin == BASE:
                assert slot.round is not None
                assert slot.round.base is not None
                base_ids[slot.row.place][slot.round.base.place].add(id_)
            else:
                wanted[slot.row.place][slot.origin].add(id_)
        staged = [{"articles": shard.articles, "ledger": shard.ledger} for shard in shards]
        for place in sorted(wanted.keys() | base_ids.keys()):
            sources = [
                Source(staged[number], frozenset(ids), marks=self._marks)
                for number, ids in sorted(wanted[place].items())
            ]
            sources += [self._base_source(of, frozenset(ids)) for of, ids in sorted(base_ids[place].items())]
            self._write(ARTICLE_SHELF, place, sources)

    def rejected(
        self, origins: dict[str, tuple[int, int]], gone: dict[str, int], shards: Sequence[StagedShard]
    ) -> None:
        """Keep ledgers of rejected documents. `origins` gives the file number (-1 for new) and shard of each.

        `gone` gives the file numbers of documents that became articles.
        """
        wanted: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for id_, (place, shard) in origins.items():
            wanted[place][shard].add(id_)
        leaving: dict[int, set[str]] = defaultdict(set)
        for id_, place in gone.items():
            leaving[place].add(id_)
        for place in sorted(wanted.keys() | leaving.keys()):
            sources = [
                Source({"ledger": shards[number].ledger}, frozenset(ids))
                for number, ids in sorted(wanted[place].items())
            ]
            self._write(REJECTED_SHELF, place, sources, frozenset(leaving[place]))

    def documents(self, slots: dict[str, ArticleState], shards: Sequence[StagedShard]) -> None:
        """Keep the raw documents of the written articles, if their shards brought them."""
        wanted: dict[Path, set[str]] = defaultdict(set)
        for id_, slot in slots.items():
            if slot.row is None or slot.origin is None or slot.origin == BASE:
                continue
            if (path := shards[slot.origin].documents) is not None:
                wanted[path].add(id_)
        sources = [Source({"documents": path}, frozenset(ids)) for path, ids in wanted.items()]
        if sources:
            self._write(DOCUMENT_SHELF, -1, sources)

    def append(self, tree: str, rows: pa.Table) -> None:
        """Append rows to `rejects/` or `runs/`."""
        shelf = Shelf(tree, (tree,), "")
        files = self.of(shelf)
        tail = files[-1] if files and files[-1].size < LOG_BYTES else None
        place = tail.place if tail else self._next_place(shelf)
        old = [_grown(read_table(self._layout.pooled(tree, tail.name)), TREES[tree])] if tail else []
        self._write_log(shelf, place, [table.cast(TREES[tree]) for table in [*old, rows]])

    def gather_log(self, shelf: Shelf, files: Sequence[LiveFile]) -> None:
        """Combine files of `rejects/` or `runs/`, and keep the order of their rows."""
        (tree,) = shelf.trees
        tables = (_grown(read_table(self.path(shelf, file)), TREES[tree]) for file in files)
        self._write_log(shelf, files[0].place, (table.cast(TREES[tree]) for table in tables))
        self._dropped += [(shelf, file.place) for file in files[1:]]

    def rewrite_log(self, shelf: Shelf, file: LiveFile, rows: pa.Table) -> None:
        """Replace the rows of a file of `rejects/` or `runs/`."""
        if rows.num_rows:
            self._write_log(shelf, file.place, [rows])
        else:
            self._dropped.append((shelf, file.place))

    def _write_log(self, shelf: Shelf, place: int, tables: Iterable[pa.Table]) -> None:
        (tree,) = shelf.trees
        with ParquetFile(self._layout.work / f"{tree}-{place:08d}.parquet", TREES[tree]) as file:
            for group in row_groups(tables, tree):
                file.write(group)
            stored = file.close()
        built = Built(place, file_name("", place, [stored.sha256]), {tree: stored})
        self._built.append(NewFile(shelf, built, "settled", moves=False))

    def compact_round(self, unmarked: AbstractSet[int] = frozenset()) -> None:
        """Move the articles of this round into their final files: the last file topped up, rows sorted by id.

        Which rows share a file then depends on the content of the round, not on the order of arrival or the
        number of commits. Files numbered in `unmarked` hold rows that must be rewritten with new marks: see
        `mark`.
        """
        self._compact_shelf(ARTICLE_SHELF, unmarked)
        self._compact_shelf(REJECTED_SHELF, frozenset())
        files = self.of(DOCUMENT_SHELF)
        count = worth_merging([file.size for file in files], self.file_bytes)
        if count:
            self.gather_documents(files[-count:])

    def gather(self, shelf: Shelf, files: Sequence[LiveFile], start: int) -> None:
        """Combine files of a shelf into new ones numbered from `start`, unless the result would be identical."""
        sources = [self._source(shelf, file.place) for file in files]
        built = build(shelf, sources, start, self.file_bytes, self._layout.work)
        if [new.name for new in built] == [file.name for file in files]:
            return
        self._built += [NewFile(shelf, new, "settled", moves=True) for new in built]
        self._dropped += [(shelf, file.place) for file in files]

    def gather_documents(self, files: Sequence[LiveFile]) -> None:
        """Combine files of raw documents into new files, without replaced documents."""
        sources = []
        for file in files:
            source = self._source(DOCUMENT_SHELF, file.place)
            ids = (id_ for group in ids_of(source.files["documents"]) for id_ in group)
            sources.append(
                source._replace(only=frozenset(self._state.articles.documents_at(ids, file.place)))
            )
        place = self._next_place(DOCUMENT_SHELF)
        built = build(DOCUMENT_SHELF, sources, place, self.file_bytes, self._layout.work)
        self._built += [NewFile(DOCUMENT_SHELF, new, "settled", moves=True) for new in built]
        self._dropped += [(DOCUMENT_SHELF, file.place) for file in files]

    def _compact_shelf(self, shelf: Shelf, unmarked: AbstractSet[int]) -> None:
        files = self.of(shelf)
        fresh = [file for file in files if file.state != "settled"]
        final = [file for file in files if file.state == "settled"]
        tail = [final.pop()] if fresh and final and final[-1].size < self.file_bytes else []
        for file in final:
            if file.place in unmarked:
                self._write(shelf, file.place, [])
        if not fresh:
            return
        start = final[-1].place + 1 if final else 0
        in_order = [file.place for file in fresh] == list(range(start, start + len(fresh)))
        one_commit = len({file.added for file in fresh}) == 1 and all(file.state == "built" for file in fresh)
        if not tail and in_order and one_commit and unmarked.isdisjoint(file.place for file in fresh):
            return
        sources = [self._source(shelf, file.place) for file in [*tail, *fresh]]
        built = build(shelf, sources, start, self.file_bytes, self._layout.work)
        self._built += [NewFile(shelf, new, "settled", moves=True) for new in built]
        kept = {new.place for new in built}
        self._dropped += [(shelf, file.place) for file in [*tail, *fresh] if file.place not in kept]

    def _write(
        self, shelf: Shelf, place: int, sources: list[Source], leaving: frozenset[str] = frozenset()
    ) -> None:
        """Write new files (`place` -1), or rewrite an existing file with some rows replaced."""
        if place < 0:
            new = build(shelf, sources, self._next_place(shelf), self.file_bytes, self._layout.work)
            self._built += [NewFile(shelf, built, "built", moves=True) for built in new]
            return
        replaced = leaving.union(*(source.only or () for source in sources))
        old = self._source(shelf, place)._replace(without=replaced)
        new = build(shelf, [old, *sources], place, float("inf"), self._layout.work)
        state: FileState = (
            "settled" if self._live[shelf.name, shelf.trees[0], place].state == "settled" else "rewritten"
        )
        self._built += [NewFile(shelf, built, state, moves=False) for built in new]
        if not new:
            self._dropped.append((shelf, place))

    def path(self, shelf: Shelf, file: LiveFile) -> Path:
        """Return the path of a live file."""
        return self._layout.pooled(shelf.trees[0], file.name)

    def pool_file(self, shelf: Shelf, place: int) -> Path:
        """Return the path of the live file with this number."""
        return self.path(shelf, self._live[shelf.name, shelf.trees[0], place])

    def of(self, shelf: Shelf) -> list[LiveFile]:
        """Return the live files of a shelf's first tree, in order of their numbers."""
        return [
            file
            for (name, tree, _), file in self._live.items()
            if (name, tree) == (shelf.name, shelf.trees[0])
        ]

    def _source(self, shelf: Shelf, place: int) -> Source:
        live = self._live
        files = {tree: self._layout.pooled(tree, live[shelf.name, tree, place].name) for tree in shelf.trees}
        return Source(files, marks=self._marks)

    def _base_source(self, place: int, ids: frozenset[str]) -> Source:
        """Return rows as they were before the round, from the snapshot kept for this purpose."""
        snapshot = self._layout.snapshot(self._base)
        trees = ARTICLE_SHELF.trees
        files = {}
        for tree in trees:
            found = [name for name in names_in(snapshot / tree) if name.startswith(f"{place:08d}-")]
            files[tree] = self._layout.shown(self._base, tree, found[0])
        return Source(files, ids, marks=self._marks)

    def base_file(self, place: int) -> Path:
        """Return the articles file with this number as it was before the round."""
        return self._base_source(place, frozenset()).files["articles"]

    def _next_place(self, shelf: Shelf) -> int:
        return max((file.place for file in self.of(shelf)), default=-1) + 1

    def install(self) -> None:
        """Move the new files into the pool. Readers don't look there, and a restart removes them."""
        trees = set()
        for _, built, _, _ in self._built:
            for tree, file in built.files.items():
                move(file.path, self._layout.pooled(tree, built.name))
                trees.add(tree)
                point("file in pool")
        for tree in sorted(trees):
            sync_folder(self._layout.pool / tree)
        point("pool synced")

    def journal(self, number: int) -> set[tuple[str, str]]:
        """Record the files in the state, as part of the transaction.

        Return tree and name of the replaced files.
        """
        for shelf, place in self._dropped:
            self._state.files.drop(shelf.name, place)
        for shelf, built, state, _ in self._built:
            for tree, file in built.files.items():
                row = LiveFile(
                    shelf.name,
                    tree,
                    built.place,
                    built.name,
                    file.rows,
                    file.size,
                    file.sha256,
                    number,
                    state,
                )
                self._state.files.put(row)
        before = {(file.tree, file.name) for file in self._live.values()}
        return before - {(file.tree, file.name) for file in self._state.files.live()}

    def journal_places(self) -> None:
        """Record which file holds each article, as part of the transaction."""
        for shelf, built, _, moves in self._built:
            if not moves:
                continue
            move = {
                ARTICLE_SHELF: self._state.articles.move,
                REJECTED_SHELF: self._state.rejects.move,
                DOCUMENT_SHELF: self._state.articles.move_documents,
            }[shelf]
            for ids in ids_of(self._layout.pooled(shelf.trees[0], built.name)):
                move(ids, built.place)


def _grown(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows of a file written by an older copydesk, with nulls for the columns it did not have."""
    if rows.column_names == schema.names:
        return rows
    columns = [
        rows[field.name] if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema.names)
