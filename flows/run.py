"""One run, from inputs to a committed dataset: the body that Prefect and `--direct` both run.

The main thread reads, cuts shards, and commits them in order. Shards are cleaned in the background, on this
machine never more than two at a time. So memory is limited to three shards, reading waits when cleaning is
slower, and committed data is always a complete prefix of the input. A commit takes all shards that are
finished by then (`copydesk.flows.pace`). A cluster gets one or two shards per core; their documents are kept
in files meanwhile.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from copydesk.flows.addresses import refuse_address
from copydesk.flows.breaker import Breaker
from copydesk.flows.configuration import plan_of
from copydesk.flows.executors import IN_FLIGHT, Cluster, Local, Remote, ShardExecutor
from copydesk.flows.pace import Pace
from copydesk.flows.portion import Portion
from copydesk.flows.secrets import hide
from copydesk.flows.signals import Stop
from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import BreakerError, StoppedError
from copydesk.schemas.report import Reject, RunReport
from copydesk.schemas.request import Advance, IngestRequest, Note, Progress, Status, ignore
from copydesk.schemas.run_statistics import Signs
from copydesk.schemas.shard import Fingerprint, StagedShard
from copydesk.tasks.read import Cursor, InputFile, empty_inputs, expand, fingerprint, read, resume, why_empty
from copydesk.tasks.runs import PAST_RUNS, alarms, pipeline_fingerprint
from copydesk.tasks.shards import InputEnd, InputStart, Shard, Terms, cut
from copydesk.tasks.store import Store, content_hash
from copydesk.tasks.workers import DEFAULT_CLEANER, WorkerPool, WorkersError

_WAITING: Final = 4
"""Limit on shards in flight, as a multiple of capacity. Shards are committed in order, so one slow shard
blocks only so many finished ones."""
_THREADS: Final = 1024
"""Maximum number of shards that a cluster gets at a time: each has a waiting thread here."""
_GRACE: Final = 3.0
"""Seconds that shards in flight have to end after a signal; the run ends within ten."""
_POLL: Final = 0.2
_NOTES: Final = 1_000
"""Maximum number of notes of a run."""


class Pending(Protocol):
    """Result of `submit`: tells whether the thread or task that cleans the shard has ended."""

    def done(self) -> bool:
        """Return whether it has ended, with or without success."""


class ShardWork:
    """A shard in flight: call it once, in any thread. It does not raise, but keeps the error."""

    def __init__(
        self, shard: Shard, clean: Callable[[Shard], StagedShard], ended: "SimpleQueue[ShardWork]"
    ) -> None:
        self.shard = shard
        self.staged: StagedShard | None = None
        self.error: BaseException | None = None
        self.pending: Pending | None = None
        self._clean = clean
        self._ended = ended

    def __call__(self) -> None:
        """Clean the shard, and notify the run."""
        try:
            self.staged = self._clean(self.shard)
        except BaseException as error:  # noqa: BLE001 - raised again in the run's own thread
            self.error = error
        self._ended.put(self)

    @property
    def ended(self) -> bool:
        """Return whether there is a result or an error."""
        return self.staged is not None or self.error is not None


Submit = Callable[[ShardWork], Pending]
"""Clean a shard in the background: in a thread, or in a Prefect task."""


def run_ingest(
    request: IngestRequest,
    *,
    submit: Submit | None = None,
    progress: Progress = ignore,
    status: Status = ignore,
    cleaner: str = DEFAULT_CLEANER,
    cluster: Cluster | None = None,
) -> RunReport:
    """Ingest the inputs into the dataset at `request.out`. Known inputs and documents are left alone.

    With a `cluster` the shards are cleaned there; otherwise on this machine, in threads that `submit` starts.
    Returns the counts of the run, which balance. Raises UsageError (a missing input or rule pack),
    LockedError (another run holds the folder), BreakerError (too many rejects), StoppedError (a signal),
    StorageError and CannotWriteError. On any error, committed data stays and all workers are stopped; running
    again continues where this run ended.
    """
    for given in (*request.inputs, *request.rules, request.out):
        refuse_address(given)
    plan = plan_of(request)
    settings, rules_version = plan.settings, plan.rules.version
    request = replace(request, columns=plan.columns, settings=settings)
    total = sum(max(0, fingerprint(file).size) for file in expand(request.inputs))
    pipeline = pipeline_fingerprint(rules_version, settings, request.columns)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop().listening())
        store = stack.enter_context(Store.open(Path(request.out), settings, pipeline))
        store.remember(plan.memory, plan.before)
        for line in plan.said:
            status(Note(line))
        rules = plan.write_packs(store.stage)
        if submit is None:
            most = _THREADS if cluster else IN_FLIGHT
            submit = stack.enter_context(ThreadPoolExecutor(most, thread_name_prefix="shard")).submit
        executor: ShardExecutor
        if cluster:
            terms = Terms(settings, request.columns, tuple(map(str, rules)), pipeline, cleaner)
            executor = stack.enter_context(Remote(cluster, terms))
        else:
            executor = stack.enter_context(Local(WorkerPool(settings, rules, cleaner)))
        status("cleaning")
        parts = _Parts(store, executor, stop, submit, _Meter(progress, total), status)
        return _Run(request, pipeline, parts).go(rules_version)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a run works with."""

    store: Store
    executor: ShardExecutor
    stop: Stop
    submit: Submit
    meter: "_Meter"
    status: Status


class _Run:
    def __init__(self, request: IngestRequest, pipeline: str, parts: _Parts) -> None:
        self._request = request
        self._store = parts.store
        self._executor = parts.executor
        self._stop = parts.stop
        self._submit = parts.submit
        self._meter = parts.meter
        self._status = parts.status
        self._breaker = Breaker(request.settings)
        self._portion = Portion(request.limit, request.sample)
        self._pace = Pace(request.settings, apart=isinstance(parts.executor, Remote))
        self._under_way: deque[ShardWork] = deque()
        self._done: list[tuple[Shard, StagedShard]] = []
        """Finished shards that are not committed yet."""
        self._ended: SimpleQueue[ShardWork] = SimpleQueue()
        self._cleaning = self._committed = 0
        self._signs = Signs(pipeline=pipeline)
        self._notes: dict[str, None] = {}

    def go(self, rules_version: str) -> RunReport:
        """Read, clean, commit, and finish the run whenever that is possible."""
        self._store.begin([hide(given) for given in self._request.inputs])
        try:
            self._read_all()
            self._drain()
            self._flush()
        except BreakerError:
            self._signs = replace(self._signs, whole=False)
            self._finish(rules_version)
            raise
        if self._stop.signum or not self._portion.whole:
            self._signs = replace(self._signs, whole=False)
        report = self._finish(rules_version)
        if self._stop.signum:
            raise StoppedError(self._how_it_stopped(report), self._stop.signum)
        return report

    def _how_it_stopped(self, report: RunReport) -> str:
        """Describe in one sentence what a stopped run leaves."""
        again = "run the same command again to continue"
        taken = report.seen - report.unchanged
        if not taken:
            return f"stopped by a signal before anything new was added; {again}"
        became = f"{report.written:,} articles, {report.rejected:,} rejected"
        lost = self._meter.documents - self._committed
        rest = f"; {lost:,} more were cleaned but not written, and will be read again" if lost > 0 else ""
        return f"stopped by a signal after {taken:,} documents; they are in the dataset ({became}){rest}; {again}"

    def _read_all(self) -> None:
        for shard in self._stop.reading(
            cut(self._portion.of(self._documents()), self._request.settings, self._full)
        ):
            while self._busy() and not self._stop.signum:
                self._wait()
                self._commit()
            if self._busy():
                return
            work = ShardWork(shard, self._clean, self._ended)
            self._under_way.append(work)
            self._cleaning += 1
            try:
                work.pending = self._submit(work)
            except RuntimeError as error:  # "can't start new thread"
                raise WorkersError(
                    f"cannot start a thread for a shard: {error}; close other programs or raise the limit (ulimit -u)"
                ) from error
            self._commit()

    def _full(self, shard: Shard) -> bool:
        return bool(self._stop.signum) or self._pace.full(shard)

    def _busy(self) -> bool:
        places = self._executor.places()
        return self._cleaning >= places or len(self._under_way) >= _WAITING * places

    def _drain(self) -> None:
        while self._cleaning and self._stop.seconds() < _GRACE:
            self._wait()
            self._commit()
        if self._cleaning:
            self._executor.close()

    def _documents(self) -> Iterator[RawDocument | Reject | InputStart | InputEnd]:
        for file in self._files():
            taken = fingerprint(
                file
            )  # before it is read: a file that changes meanwhile is read again next time
            if self._stop.signum:
                return
            content = cache(partial(content_hash, file.path, lambda: bool(self._stop.signum)))
            if self._store.skip_if_done(taken, content, check=self._request.check_content):
                self._meter.skip(taken.size)
                continue
            taken = taken._replace(content=content())
            cursor = self._cursor(file, taken)
            count = cursor.records
            yield InputStart(taken, cursor)
            for document in read(file, self._request.columns, self._request.settings, cursor):
                count += 1
                if cursor.notes:
                    self._note(cursor.notes)
                yield document
            self._note(cursor.notes)
            if not (count or cursor.passed or any(said.startswith(f"{file.uri}: ") for said in self._notes)):
                self._note([f"{file.uri}: holds no documents"])
            if cursor.passed:  # adding nothing would still copy the statistics of all sites
                self._signs = self._signs.plus(Signs(passed=dict(cursor.passed)))
            yield InputEnd(taken, count, cursor.place)

    def _files(self) -> Iterator[InputFile]:
        """Yield the files of all inputs, and note inputs without any."""
        yield from expand(self._request.inputs)
        for given in empty_inputs(self._request.inputs):
            self._note([f"{given}: {why_empty(given)}"])

    def _note(self, lines: list[str]) -> None:
        """Keep notes about an input, and report each sentence once and at once."""
        for line in lines:
            if line not in self._notes and len(self._notes) < _NOTES:
                self._notes[line] = None
                self._status(Note(line))
        lines.clear()

    def _cursor(self, file: InputFile, taken: Fingerprint) -> Cursor:
        """Return a cursor at an earlier run's resume point, or at the former end of a file that has grown."""
        place = self._store.resume_point(taken)
        cursor = resume(file, place, self._request.settings) if place else None
        if place is None or cursor is None:
            return Cursor()
        if not self._store.count_before_resume_point(taken):
            self._signs = replace(self._signs, whole=False)
        self._meter.count([], 0, max(0, place.offset))
        return cursor

    def _clean(self, shard: Shard) -> StagedShard:
        began, documents = self._pace.now(), shard.seen
        self._meter.count(shard.rejects, len(shard.rejects), 0)
        staged = self._executor.clean(shard, self._store.stage, self._meter.count)
        self._pace.cleaned(documents, began)
        return staged

    def _wait(self) -> None:
        """Wait briefly for a shard to end."""
        lost = [work for work in self._under_way if work.pending and work.pending.done() and not work.ended]
        try:
            work = self._ended.get(timeout=_POLL)
        except Empty:
            if any(not work.ended for work in lost):
                raise WorkersError(
                    "a shard was given up before it was cleaned; see Prefect's log of this run"
                ) from None
            return
        self._cleaning -= 1
        if work.error is not None:
            raise work.error

    def _commit(self) -> None:
        """Commit finished shards, up to the first unfinished one, when there are enough or it is time."""
        tripped: BreakerError | None = None
        while tripped is None and self._under_way and (staged := self._under_way[0].staged) is not None:
            shard = self._under_way.popleft().shard
            try:
                self._breaker.count(shard.sources, staged.rejects)
                self._done.append((shard, staged))
            except BreakerError as error:
                tripped = error
        documents, size = (
            sum(n) for n in zip((0, 0), *((s.seen, s.size) for s, _ in self._done), strict=True)
        )
        if self._done and (tripped or self._pace.due(documents, size)):
            self._flush()
        if tripped is not None:
            raise tripped

    def _flush(self) -> None:
        """Commit all finished shards."""
        done, self._done = self._done, []
        if not done:
            return
        finished = [end for shard, _ in done for end in shard.finished]
        reached = done[-1][0].reached
        self._store.commit(
            [staged for _, staged in done],
            [(end.fingerprint, end.documents) for end in finished],
            [*((end.fingerprint, end.place) for end in finished), *([reached] if reached else [])],
        )
        self._pace.committed()
        for shard, staged in done:
            self._committed += staged.seen
            self._signs = self._signs.plus(
                replace(
                    staged.signs,
                    documents=staged.seen,
                    rejected=len(staged.rejects),
                    sources=dict(shard.sources),
                )
            )
        self._meter.finish(finished)

    def _finish(self, rules_version: str) -> RunReport:
        return self._store.finish(
            settings=json.dumps(asdict(self._request.settings), sort_keys=True),
            rules_version=rules_version,
            signs=self._signs,
            alarms=alarms(self._signs, self._past(), self._request.settings.alarm_runs_needed),
            notes=list(self._notes),
        )

    def _past(self) -> list[Signs]:
        """Return statistics of earlier runs over the same inputs, latest last; none if this run read nothing."""
        if not self._signs.documents:
            return []
        return self._store.earlier_statistics(PAST_RUNS)


class _Meter:
    """Add up what the threads report, and pass it on."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._lock = threading.Lock()
        self.documents = self._rejected = self._finished = self._current = 0

    def count(self, rejects: Sequence[Reject], documents: int, size: int) -> None:
        """Record documents that are done; `size` is approximately their part of the input."""
        with self._lock:
            self.documents += documents
            self._rejected += len(rejects)
            self._current += size + sum(reject.size for reject in rejects)
            self._tell()

    def skip(self, size: int) -> None:
        """Record an input that need not be read."""
        with self._lock:
            self._finished += max(0, size)
            self._tell()

    def finish(self, inputs: list[InputEnd]) -> None:
        """Record committed inputs: from here on their size is known, not estimated."""
        with self._lock:
            self._finished += sum(max(0, end.fingerprint.size) for end in inputs)
            if inputs:
                self._current = 0
            self._tell()

    def _tell(self) -> None:
        done = min(self._finished + self._current, self._total)
        self._progress(Advance(self.documents, self._rejected, done, self._total))
