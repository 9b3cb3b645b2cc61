"""Near duplicates in the life of a dataset: noted with each commit, written into rows, caught up with.

The rows that a commit writes say what is so at its end. Rows that lie in files already, and now
repeat another article than they say, wait for the end of the run: their files are then written
anew, each once. An article that gets its first copy is not among them: it is its own cluster from
the beginning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.errors import UsageError
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import StagedShard
from copydesk.tasks.dedup import (
    BAND,
    MOST_BANDS,
    UNKNOWN,
    Duplicates,
    DuplicateState,
    Mark,
    Note,
    Plan,
    scheme,
    settings_of,
    sign,
)
from copydesk.tasks.store.decide import BASE, Slot
from copydesk.tasks.store.safe_paths import parquet
from copydesk.tasks.store.state import State

_COLUMNS: Final = (
    "id",
    "title",
    "text",
    "published_at",
    "date_basis",
    "duplicate_of",
    "cluster",
    "signature",
)
_BATCH: Final = 10_000
"""Articles that are taken in together: the index is read through for each lot."""
_DAY: Final = 86_400_000_000


class DuplicateKeeper:
    """What the store does about near duplicates; nothing when the settings say so."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._state = state
        self._near = DuplicateState(state.connection)
        self._settings = settings
        self._on = settings.near_duplicates
        self._signed = True
        """Signatures of the workers are of the scheme."""
        check(settings)

    def begin(self, pool: Path, *, again: bool) -> None:
        """Before a run: sign the articles of the dataset if there are none that are signed in this way.

        So it is when the search is turned on or its settings change, and after a copydesk that knew
        no search. It takes some 0.2 ms an article, and the inputs are not read for it. A run without
        the search leaves the rows as they are, and the next one with it finds out what changed. When
        the articles that are there are cleaned `again`, the search stays as it was.
        """
        if again:
            given, self._settings = self._settings, settings_of(self._near.scheme(), self._settings)
            self._on = self._settings.near_duplicates
            self._signed = scheme(given) == scheme(self._settings)
            return
        wanted = scheme(self._settings) if self._on else ""
        if self._near.scheme() == wanted:
            return
        files = [
            pool / "articles" / file.name for file in self._state.files("articles") if file.tree == "articles"
        ]
        with self._state.transaction():
            self._near.clear()
            self._near.set_scheme("" if files else wanted)
        if not files or not self._on:
            return
        self._take_in(files)
        with self._state.transaction():
            self._near.set_scheme(wanted)

    def _take_in(self, files: Iterable[Path]) -> None:
        """Note articles as they lie in files."""
        notes: dict[str, Note] = {}
        says: dict[str, Mark] = {}
        for rows in chain(*map(_row_groups, files), [None]):
            if rows is not None:
                notes.update(notes_of(rows, self._settings))
                marks = map(Mark, rows["duplicate_of"].to_pylist(), rows["cluster"].to_pylist())
                says.update(zip(rows["id"].to_pylist(), marks, strict=True))
            if rows is None or len(notes) >= _BATCH:
                plan = self.plan(notes)
                with self._state.transaction():
                    self._put(plan, says)
                notes, says = {}, {}

    def notes(
        self, slots: Mapping[str, Slot], shards: Sequence[StagedShard], base: Callable[[int], Path]
    ) -> dict[str, Note]:
        """What a commit writes, from its shards, or from the file that `base` gives for a place."""
        wanted: dict[Path, set[str]] = {}
        for id_, slot in slots.items():
            if slot.origin == BASE:
                assert slot.round is not None
                assert slot.round.base is not None
                wanted.setdefault(base(slot.round.base.place), set()).add(id_)
            elif slot.origin is not None:
                wanted.setdefault(shards[slot.origin].articles, set()).add(id_)
        return (
            dict(note for path, ids in wanted.items() for note in self._read(path, ids)) if self._on else {}
        )

    def _read(self, path: Path, ids: set[str]) -> Iterator[tuple[str, Note]]:
        only = pa.array(sorted(ids), pa.string())
        for rows in _row_groups(path):
            if not self._signed and "signature" in rows.column_names:
                rows = rows.drop_columns("signature")
            yield from notes_of(rows.filter(pc.is_in(rows["id"], value_set=only)), self._settings)

    def plan(self, notes: Mapping[str, Note]) -> Plan:
        """What follows from these articles. Writes nothing."""
        return Duplicates(self._near, self._settings).plan(notes)

    def write(self, plan: Plan) -> None:
        """Write it down, as part of the transaction that writes the articles' rows."""
        if self._on:
            self._put(plan, plan.marks)

    def _put(self, plan: Plan, rows: Mapping[str, Mark]) -> None:
        self._near.put(plan.removed, plan.added, plan.turned)
        for kind, nodes in plan.runs.items():
            self._near.add(kind, nodes)
        self._near.show(
            (id_, None if mark.cluster is None else mark.duplicate_of or "") for id_, mark in rows.items()
        )
        self._near.compare()

    def pending(self) -> tuple[dict[str, Mark], set[int]]:
        """Articles whose row says something that is no longer so: what it should say; and where they lie."""
        rows = self._near.pending() if self._on else []
        return {id_: Mark(original or None, original or id_) for id_, original, _ in rows}, {
            row[2] for row in rows
        }

    def finish_backfill(self) -> None:
        """Note that all rows say what is so, as part of the transaction that makes it true."""
        if self._on:
            self._near.show((id_, original) for id_, original, _ in self._near.pending())
            self._near.compare()

    def count(self, run: int) -> int:
        """Of the articles that a run wrote, those that repeat another one."""
        return self._near.copies_of_run(run) if self._on else 0


def _row_groups(path: Path) -> Iterator[pa.Table]:
    """The columns that matter, a row group at a time: the texts of a whole shard may be too many to hold."""
    with parquet(path) as file:
        columns = [name for name in file.schema_arrow.names if name in _COLUMNS]
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns)


def check(settings: Settings) -> None:
    """UsageError for settings of the search that mean nothing."""
    if not 0.5 <= settings.near_threshold <= 1:
        raise UsageError(f"near_threshold is {settings.near_threshold}; expected 0.5 to 1")
    if not 1 <= settings.near_permutations // BAND <= MOST_BANDS or settings.near_permutations % BAND:
        raise UsageError(
            f"near_permutations is {settings.near_permutations}; expected a multiple of {BAND} to {BAND * MOST_BANDS}"
        )
    if settings.near_shingle < 1:
        raise UsageError(f"near_shingle is {settings.near_shingle}; expected at least one word")


def notes_of(rows: pa.Table, settings: Settings) -> Iterable[tuple[str, Note]]:
    """Id and note of articles; rows without a signature are signed here.

    A date without a time counts as the end of its day: who says «14 June» is not first before who
    says «14 June, 9 o'clock».
    """
    signatures = rows["signature"].to_pylist() if "signature" in rows.column_names else [None] * rows.num_rows
    unsigned = [row for row, signature in enumerate(signatures) if signature is None]
    texts = rows.select(["title", "text"]).take(pa.array(unsigned, pa.int64()))
    pairs = list(zip(texts["title"].to_pylist(), texts["text"].to_pylist(), strict=True))
    for row, signature in zip(unsigned, sign(pairs, settings), strict=True):
        signatures[row] = signature
    late = pc.multiply(pc.equal(rows["date_basis"], "date-only").cast(pa.int64()), _DAY - 1)
    ranks = pc.fill_null(pc.add(rows["published_at"].cast(pa.int64()), late), UNKNOWN).to_pylist()
    return zip(rows["id"].to_pylist(), map(Note, ranks, signatures), strict=True)
