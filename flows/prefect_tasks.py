"""Record a run in Prefect: a task run and a log line per shard, a state, a summary.

Separate from the flow itself, because a served flow travels to its process pickled with everything in its
module.
"""

import logging
import os
import sys
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from prefect import get_client, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectConcurrentFuture
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed

from copydesk.flows.clusters import cluster_of, cores_given
from copydesk.flows.dataset_name import dataset_name, dataset_tag
from copydesk.flows.record_progress import ProgressArtifact
from copydesk.flows.run import Pending, ShardWork, run_ingest
from copydesk.flows.summary import one_line, summary
from copydesk.schemas.errors import CopydeskError, LockedError, StoppedError
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import Advance, IngestRequest, Note, Progress, Status, ignore
from copydesk.tasks.read import empty_inputs
from copydesk.tasks.shards import clean_order as clean_order_here
from copydesk.tasks.workers import DEFAULT_CLEANER, PoolClosedError

SERVED: Final = "COPYDESK_SERVED"
"""Environment variable that `copydesk serve` sets for the runs that it starts."""


@dataclass(slots=True)
class Observer:
    """The caller of the flow in this process, if there is one: its callbacks, and the results for it."""

    progress: Progress = ignore
    status: Status = ignore
    report: RunReport | None = None
    error: CopydeskError | None = None
    cleaner: str = DEFAULT_CLEANER
    started: bool = False
    """Whether the body was reached; before that, only Prefect can have failed."""


observer: ContextVar[Observer | None] = ContextVar("observer", default=None)


def run_and_record(request: IngestRequest) -> State[dict[str, Any]]:
    """Run the body, and turn its end into a state that describes it in one sentence."""
    who = observer.get() or Observer()
    who.started = True
    log = get_run_logger()
    name = dataset_name(request.out)
    _tag(dataset_tag(request.out))
    try:
        with (
            cluster_of(request, clean_order) as cluster,
            ProgressArtifact(f"copydesk-{name}-progress", one_line(request.out)) as artifact,
        ):

            def progress(now: Advance) -> None:
                who.progress(now)
                artifact.advance(now)

            def status(line: str) -> None:
                who.status(line)
                if isinstance(line, Note):
                    log.info("%s", one_line(line))

            report = run_ingest(
                request,
                submit=None if cluster else _submit,
                progress=progress,
                status=status,
                cleaner=who.cleaner,
                cluster=cluster,
            )
    except CopydeskError as error:
        who.error = error
        ended = Cancelled if isinstance(error, LockedError | StoppedError) else Failed
        log.log(logging.WARNING if ended is Cancelled else logging.ERROR, "%s", one_line(str(error)))
        tell(ended.__name__.lower(), one_line(str(error)))
        return ended(message=one_line(str(error)))
    who.report = report
    create_markdown_artifact(
        summary(report, request.out), key=f"copydesk-{name}", description=f"What {flow_run.name} did"
    )
    counts = {
        name: getattr(report, name) for name in ("seen", "written", "unchanged", "duplicate", "rejected")
    }
    message = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    log.info("%s", message)
    for note in report.notes:
        log.info("%s", one_line(note))
    if request.fail_on_empty and (not report.seen or empty_inputs(request.inputs)):
        return Failed(message=one_line(f"{message}; an input holds no documents"))
    for alarm in report.alarms:
        log.warning("%s", one_line(alarm))
    tell(*_sentence(report, message, request.out))
    if report.alarms and request.fail_on_alarm:
        return Failed(message=one_line(f"{message}; {len(report.alarms)} alarms: {report.alarms[0]}"))
    return Completed(name=_state_name(report), message=message, data={"run_id": report.run_id, **counts})


def _state_name(report: RunReport) -> str:
    """Return the name that Prefect's lists show instead of Completed when somebody should look."""
    unusual = [word for word, found in (("rejects", report.rejected), ("alarms", report.alarms)) if found]
    return f"Completed with {' and '.join(unusual)}" if unusual else "Completed"


def _sentence(report: RunReport, message: str, out: str) -> tuple[str, str]:
    where = f"; why: copydesk rejects list {one_line(out)}" if report.rejected else ""
    return _state_name(report).lower(), message + where


def tell(state: str, message: str) -> None:
    """Print a line on how a run ended, if `copydesk serve` started it. It would otherwise be invisible there."""
    if os.environ.get(SERVED):
        print(
            f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}  {flow_run.name}: {state}: {message}",
            file=sys.stderr,
            flush=True,
        )


def _tag(tag: str) -> None:
    """Give the run the tag of its dataset, however it was started. If no server answers, it gets none."""
    run_id = flow_run.id
    if run_id and tag not in flow_run.tags:
        with suppress(Exception), get_client(sync_client=True) as client:
            client.update_flow_run(UUID(run_id), tags=[*flow_run.tags, tag])


@task(name="clean-shard", task_run_name="shard {number}", cache_policy=NO_CACHE, persist_result=False)
def clean_shard(number: int, work: ShardWork) -> State[None] | None:
    """Clean one shard. The result stays with `work`; Prefect does not see it."""
    log = get_run_logger()
    work()
    if isinstance(work.error, PoolClosedError):
        return Cancelled(message="the run was stopped")
    if work.error is not None:
        return Failed(message=one_line(f"{type(work.error).__name__}: {work.error}"))
    staged = work.staged
    assert staged is not None
    log.info("shard %d: %d documents, %d of them rejected", number, staged.seen, len(staged.rejects))
    return None


@task(name="clean-shard", task_run_name="shard {number}", cache_policy=NO_CACHE, persist_result=False)
def clean_order(number: int, order: str) -> str:
    """Clean one shard on a machine of a cluster; only paths travel there and back."""
    answer = clean_order_here(order, cores_given())
    get_run_logger().info("shard %d: cleaned on %s", number, os.uname().nodename)
    return answer


def _submit(work: ShardWork) -> Pending:
    future = clean_shard.submit(work.shard.number, work)
    assert isinstance(future, PrefectConcurrentFuture)
    return future.wrapped_future
