"""Send rejected documents through the pipeline again; those that pass become articles and leave `rejects/`.

A document that is rejected again keeps its run and reason: a replay that changes nothing writes nothing.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pyarrow.compute as pc

from copydesk.flows.configuration import plan_of
from copydesk.flows.pace import Pace
from copydesk.flows.signals import Stop
from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import StoppedError
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import Advance, IngestRequest, Progress, ignore
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Cleaned
from copydesk.tasks.runs import pipeline_fingerprint
from copydesk.tasks.shards import Shard, cut
from copydesk.tasks.store import Rejected, RejectKey, Store, keys_of, replayable, stage_shard, why_untried
from copydesk.tasks.workers import DEFAULT_CLEANER, WorkerPool, joined

INPUT: Final = "stored rejects"
"""Used instead of inputs in the row of `runs/`."""


class Replayed(NamedTuple):
    """The result of a replay."""

    tried: int
    passed: int
    still: Counter[str]
    """Those rejected again, by their new reason."""
    without: Counter[str]
    """Those that can't be tried, by the reason: see `rejects_view.why_untried`."""
    report: RunReport | None
    """None if none passed, and for a dry run."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The task of a replay."""

    out: str
    """Folder of the dataset."""
    rules: tuple[str, ...] = ()
    """Rule packs in addition to those that the dataset remembers."""
    settings: Settings = field(default_factory=Settings)
    dry_run: bool = False
    """Count what would pass, and change nothing."""


def run_replay(
    request: ReplayRequest,
    chosen: Sequence[Rejected],
    *,
    progress: Progress = ignore,
    cleaner: str = DEFAULT_CLEANER,
) -> Replayed:
    """Replay the chosen rejects of a dataset. Raises the errors of `copydesk.flows.run.run_ingest`."""
    plan = plan_of(IngestRequest((), request.out, rules=request.rules, settings=request.settings))
    settings, rules_version = plan.settings, plan.rules.version
    pipeline = pipeline_fingerprint(rules_version, settings, plan.columns)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop().listening())
        store = (
            None
            if request.dry_run
            else stack.enter_context(Store.open(Path(request.out), settings, pipeline))
        )
        if store:
            store.remember(plan.memory, plan.before)
        packs = plan.write_packs(Path(stack.enter_context(TemporaryDirectory(prefix="copydesk-"))))
        pool = stack.enter_context(WorkerPool(settings, packs, cleaner))
        work = _Replay(request.out, chosen, store, progress)
        pace = Pace(settings, apart=True)
        for shard in stop.reading(
            cut(work.documents(), settings, lambda shard: bool(stop.signum) or pace.full(shard))
        ):
            began = pace.now()
            parts = [part for batch in pool.clean(shard.take()) for part in batch]
            pace.cleaned(shard.seen, began)
            work.take(shard, parts)
        report = work.finish(settings, rules_version)
        if stop.signum:
            raise StoppedError(
                f"stopped by a signal; {work.passed:,} documents passed and are in the dataset", stop.signum
            )
        return Replayed(work.tried, work.passed, work.still, work.without, report)


class _Replay:
    def __init__(
        self,
        out: str,
        chosen: Sequence[Rejected],
        store: Store | None,
        progress: Progress,
    ) -> None:
        self._out = Path(out)
        self._chosen = chosen
        self._store = store
        self._progress = progress
        self._begun = False
        self._keys: set[RejectKey] = set()
        self.tried = self.passed = 0
        self.without: Counter[str] = Counter()
        self.still: Counter[str] = Counter()

    def documents(self) -> Iterator[RawDocument]:
        """Yield those of the chosen rejects that can be tried."""
        for each, raw in replayable(self._out, self._chosen):
            if raw is None:
                self.without[why_untried(each)] += 1
                continue
            self._keys.add(each.key)
            yield raw

    def take(self, shard: Shard, parts: Sequence[Cleaned]) -> None:
        """Commit the documents of a shard that passed."""
        cleaned = joined(parts)
        articles = cleaned.articles
        self.tried += shard.seen
        self.passed += articles.num_rows
        self.still.update(reject.reason for reject in cleaned.rejects)
        if self._store is not None and articles.num_rows:
            if not self._begun:
                self._store.begin([INPUT])
                self._begun = True
            ids = articles["id"].combine_chunks()
            ledger = cleaned.ledger.filter(pc.is_in(cleaned.ledger["id"], value_set=ids))
            passed = replace(cleaned, ledger=ledger, rejects=())
            staged = stage_shard(self._store.stage, f"shard-{shard.number:06}", passed)
            self._store.commit([staged], replayed=self._keys.intersection(keys_of(articles)))
        self._progress(Advance(self.tried, self.still.total(), self.tried, len(self._chosen)))

    def finish(self, settings: Settings, rules_version: str) -> RunReport | None:
        """Finish the run if one was begun, and return its report."""
        if self._store is None or not self._begun:
            return None
        return self._store.finish(
            settings=json.dumps(asdict(settings), sort_keys=True),
            rules_version=rules_version,
            whole=True,
        )
