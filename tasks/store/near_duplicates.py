"""Near duplicates in a dataset: record them with each commit, write them into rows, and update older rows.

The rows that a commit writes are correct at its end. Older rows that now repeat another article than they
state wait for the end of the run; their files are then rewritten once each. An article that gets its first
copy needs no rewrite: it is its own cluster from the beginning.
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
    DuplicateMark,
    Duplicates,
    DuplicateState,
    Note,
    Plan,
    scheme,
    settings_of,
    sign,
)
from copydesk.tasks.store.decide import BASE, ArticleState
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
"""Articles added at a time: the whole index is read once per batch."""
_DAY: Final = 86_400_000_000


class DuplicateKeeper:
    """Handle near duplicates for the store; do nothing if the settings turn them off."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._state = state
        self._near = DuplicateState(state.connection)
        self._settings = settings
        self._on = settings.near_duplicates
        self._signed = True
        """Whether the workers' signatures follow the dataset's scheme."""
        check(settings)

    def begin(self, pool: Path, *, again: bool) -> None:
        """Prepare a run: compute the signatures of existing articles if none follow the current scheme.

        This happens when the search is turned on, when its settings change, and after an older copydesk
        without a search. It takes about 0.2 ms per article and does not read the inputs. A run without the
        search leaves the rows unchanged, and the next run with it finds the changes. When existing articles
        are cleaned `again`, the search keeps its settings.
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
            pool / "articles" / file.name
            for file in self._state.files.live("articles")
            if file.tree == "articles"
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
        """Record the articles in these files."""
        notes: dict[str, Note] = {}
        says: dict[str, DuplicateMark] = {}
        for rows in chain(*map(_row_groups, files), [None]):
            if rows is not None:
                notes.update(notes_of(rows, self._settings))
                marks = map(DuplicateMark, rows["duplicate_of"].to_pylist(), rows["cluster"].to_pylist())
                says.update(zip(rows["id"].to_pylist(), marks, strict=True))
            if rows is None or len(notes) >= _BATCH:
                plan = self.plan(notes)
                with self._state.transaction():
                    self._put(plan, says)
                notes, says = {}, {}

    def notes(
        self, slots: Mapping[str, ArticleState], shards: Sequence[StagedShard], base: Callable[[int], Path]
    ) -> dict[str, Note]:
        """Return notes on the articles that a commit writes.

        They come from its shards, or from the file that `base` returns for a file number.
        """
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
        """Return the consequences of these articles. Writes nothing."""
        return Duplicates(self._near, self._settings).plan(notes)

    def write(self, plan: Plan) -> None:
        """Record a plan, as part of the transaction that writes the articles' rows."""
        if self._on:
            self._put(plan, plan.marks)

    def _put(self, plan: Plan, rows: Mapping[str, DuplicateMark]) -> None:
        self._near.put(plan.removed, plan.added, plan.turned)
        for kind, nodes in plan.runs.items():
            self._near.add(kind, nodes)
        self._near.show(
            (id_, None if mark.cluster is None else mark.duplicate_of or "") for id_, mark in rows.items()
        )
        self._near.compare()

    def pending(self) -> tuple[dict[str, DuplicateMark], set[int]]:
        """Return the articles whose rows are outdated with their right marks, and the numbers of their files."""
        rows = self._near.pending() if self._on else []
        return {id_: DuplicateMark(original or None, original or id_) for id_, original, _ in rows}, {
            row[2] for row in rows
        }

    def finish_backfill(self) -> None:
        """Record that all rows are up to date, as part of the transaction that makes it true."""
        if self._on:
            self._near.show((id_, original) for id_, original, _ in self._near.pending())
            self._near.compare()

    def count(self, run: int) -> int:
        """Return how many of the articles that a run wrote repeat another one."""
        return self._near.copies_of_run(run) if self._on else 0


def _row_groups(path: Path) -> Iterator[pa.Table]:
    """Yield the needed columns, one row group at a time: the texts of a whole shard may not fit into memory."""
    with parquet(path) as file:
        columns = [name for name in file.schema_arrow.names if name in _COLUMNS]
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns)


def check(settings: Settings) -> None:
    """Raise UsageError for invalid settings of the search."""
    if not 0.5 <= settings.near_threshold <= 1:
        raise UsageError(f"near_threshold is {settings.near_threshold}; expected 0.5 to 1")
    if not 1 <= settings.near_permutations // BAND <= MOST_BANDS or settings.near_permutations % BAND:
        raise UsageError(
            f"near_permutations is {settings.near_permutations}; expected a multiple of {BAND} up to {BAND * MOST_BANDS}"
        )
    if settings.near_shingle < 1:
        raise UsageError(f"near_shingle is {settings.near_shingle}; expected at least one word")


def notes_of(rows: pa.Table, settings: Settings) -> Iterable[tuple[str, Note]]:
    """Return id and note of each article. Rows without a signature get one here.

    A date without a time counts as the end of its day: an article dated 14 June is not published before one
    dated 14 June, 9 o'clock.
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
