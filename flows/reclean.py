"""Clean the stored documents of a dataset again with newer rules; only the dataset itself is read.

The same worker processes clean as in an ingest, under the same limits, and the same store commits. What
changes becomes a new version; the old one is in the history. An article whose document is now rejected stays
as it is.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotReadyError
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from copydesk.flows.breaker import Breaker
from copydesk.flows.configuration import plan_of
from copydesk.flows.pace import Pace
from copydesk.flows.signals import Stop
from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import BreakerError, StoppedError
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import Advance, IngestRequest, Note, Progress, Status, ignore
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Cleaned
from copydesk.tasks.rules import renamed
from copydesk.tasks.runs import Diff, pipeline_fingerprint
from copydesk.tasks.shards import Shard, cut
from copydesk.tasks.store import Lookup, RecleanCounts, Store, resolve, stage_shard
from copydesk.tasks.workers import DEFAULT_CLEANER, WorkerPool, joined

_GRACE: Final = 3.0
"""Seconds that a shard in flight has to end after a signal."""
INPUT: Final = "stored documents"
"""Used instead of inputs in the row of `runs/`."""

Key = tuple[str, str, str]
"""Source, record and version: they identify the document from which an article was cleaned."""


@dataclass(frozen=True, slots=True)
class RecleanRequest:
    """What to clean again, and how."""

    out: str
    rules: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    dry_run: bool = False
    show: int = 10
    """How many of the articles with the greatest losses are kept in detail."""


class Recleaned(NamedTuple):
    """The result of a re-clean."""

    diff: Diff
    stock: RecleanCounts
    """The numbers before the re-clean."""
    report: RunReport | None
    """None for a dry run, and if there was nothing to do."""


def run_reclean(
    request: RecleanRequest,
    *,
    progress: Progress = ignore,
    status: Status = ignore,
    cleaner: str = DEFAULT_CLEANER,
) -> Recleaned:
    """Clean every article whose raw document is kept, unless this very pipeline cleaned it already.

    A dry run takes no lock and writes nothing. Raises the errors of `copydesk.flows.run.run_ingest`; what was
    committed before stays, and the next call continues from there.
    """
    resolve(Path(request.out))
    plan = plan_of(IngestRequest((), request.out, rules=request.rules, settings=request.settings))
    settings, rules_version = replace(plan.settings, keep_raw=False), plan.rules.version
    pipeline = pipeline_fingerprint(rules_version, settings, plan.columns)
    for line in plan.said:
        status(Note(line))
    with ExitStack() as stack:
        stop = stack.enter_context(Stop().listening())
        store = (
            None
            if request.dry_run
            else stack.enter_context(Store.open(Path(request.out), settings, pipeline))
        )
        if store:
            store.remember(plan.memory, plan.before)
        rules = plan.write_packs(Path(stack.enter_context(TemporaryDirectory(prefix="copydesk-"))))
        lookup = stack.enter_context(Lookup(Path(request.out), fixed=request.dry_run))
        stock = lookup.stock(pipeline)
        if stock.ready == 0:
            return Recleaned(Diff(), stock, None)
        work = _Reclean(store, lookup, settings, Diff(request.show, renamed()), stock, progress)
        work.pool = stack.enter_context(WorkerPool(settings, rules, cleaner))
        work.background = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="shard"))
        try:
            work.go(pipeline, stop)
        except BreakerError:
            if store:
                work.finish(rules_version, whole=False)
            raise
        report = work.finish(rules_version, whole=not stop.signum) if store else None
        if stop.signum:
            far = f"stopped by a signal after {work.diff.articles:,} articles"
            told = "run the same command again to continue" if store else "nothing was changed"
            raise StoppedError(f"{far}; {told}", stop.signum)
        return Recleaned(work.diff, stock, report)


class _Reclean:
    pool: WorkerPool
    background: ThreadPoolExecutor

    def __init__(
        self,
        store: Store | None,
        lookup: Lookup,
        settings: Settings,
        diff: Diff,
        stock: RecleanCounts,
        progress: Progress,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._settings = settings
        self.diff = diff
        self._stock = stock
        self._progress = progress
        self._breaker = Breaker(settings)
        self._pace = Pace(settings, apart=True)
        self._ids: dict[Key, set[str]] = defaultdict(set)
        if store is not None:
            store.begin([INPUT], again=True)

    def go(self, pipeline: str, stop: Stop) -> None:
        """Clean shard after shard; while one is cleaned, the one before is compared and committed."""
        ahead: tuple[Shard, Future[list[Cleaned]], dict[Key, set[str]]] | None = None
        documents = self._documents(pipeline)
        for shard in stop.reading(
            cut(documents, self._settings, lambda shard: bool(stop.signum) or self._pace.full(shard))
        ):
            ids, self._ids = self._ids, defaultdict(set)
            future = self.background.submit(self._clean, shard)
            if ahead is not None:
                self._take(*ahead)
            ahead = (shard, future, ids)
        if ahead is not None and self._in_time(ahead[1], stop):
            self._take(*ahead)

    def finish(self, rules_version: str, *, whole: bool = True) -> RunReport:
        """Finish the run and return its report."""
        assert self._store is not None
        settings = json.dumps(asdict(self._settings), sort_keys=True)
        return self._store.finish(settings=settings, rules_version=rules_version, whole=whole)

    def _documents(self, pipeline: str) -> Iterator[RawDocument]:
        for id_, version, raw in self._lookup.documents(pipeline):
            self._ids[raw.origin.source, raw.origin.record, version].add(id_)
            yield raw

    def _clean(self, shard: Shard) -> list[Cleaned]:
        began, documents = self._pace.now(), shard.seen
        parts = [part for batch in self.pool.clean(shard.take()) for part in batch]
        self._pace.cleaned(documents, began)
        return parts

    def _in_time(self, future: Future[list[Cleaned]], stop: Stop) -> bool:
        """Wait for the last shard; after a signal, only for a short time."""
        while not future.done():
            try:
                future.result(timeout=0.2)
            except NotReadyError:
                if stop.signum and stop.seconds() > _GRACE:
                    self.pool.close()
                    return False
        return True

    def _take(self, shard: Shard, future: Future[list[Cleaned]], ids: dict[Key, set[str]]) -> None:
        """Compare a cleaned shard with the dataset, and commit it unless this is a dry run."""
        parts = future.result()
        cleaned = joined(parts)
        rejects, articles, ledger = list(cleaned.rejects), cleaned.articles, cleaned.ledger
        same = pa.array(
            [
                row["id"] in ids[row["source"], row["record"], row["version"]]
                for row in articles.select(["id", "source", "record", "version"]).to_pylist()
            ],
            pa.bool_(),
        )
        others, articles = articles.filter(pc.invert(same)), articles.filter(same)
        ledger = ledger.filter(pc.invert(_of(ledger, others)))
        self.diff.renamed += others.num_rows
        self.diff.rejected.update(reject.reason for reject in rejects)
        self.diff.add(articles, ledger.filter(_of(ledger, articles)), self._lookup)
        self._breaker.count(shard.sources, rejects)
        if self._store is not None:
            changed = replace(cleaned, articles=articles, ledger=ledger, documents=DOCUMENTS.empty_table())
            staged = stage_shard(self._store.stage, f"shard-{shard.number:06}", changed)
            self._store.commit([staged])
        done = self.diff.articles + self.diff.renamed + self.diff.rejected.total()
        self._progress(Advance(done, self.diff.rejected.total(), done, self._stock.ready))


def _of(ledger: pa.Table, articles: pa.Table) -> pa.ChunkedArray:
    """Return which rows of a ledger belong to these articles."""
    return pc.is_in(ledger["id"], value_set=articles["id"].combine_chunks())
