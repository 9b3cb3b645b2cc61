"""Implement `ingest`, `serve` and `path`: the commands that work on a dataset."""

from pathlib import Path

from copydesk.flows.cli.report import print_report, say, watched
from copydesk.flows.terminal import escape_scraped, fail
from copydesk.schemas.errors import UsageError
from copydesk.schemas.exit_codes import ExitCode
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest, Progress, Status


def run_once(request: IngestRequest, *, direct: bool, verbose: bool) -> int:
    """Ingest once and print the closing table.

    Returns 3 if documents were rejected. With the matching options it returns 5 for an alarm and 66 for an
    empty input.
    """
    from copydesk.tasks.read import empty_inputs

    with watched() as (progress, status):
        report = _ingest(request, progress, status, direct=direct, verbose=verbose)
    print_report(report, request.out)
    if request.fail_on_empty and (not report.seen or empty_inputs(request.inputs)):
        fail("an input holds no documents (--fail-on-empty)")
        return ExitCode.EMPTY
    if report.alarms and request.fail_on_alarm:
        return ExitCode.ALARM
    return ExitCode.REJECTS if report.rejected else 0


def try_out(request: IngestRequest) -> int:
    """Ingest into a folder that is removed again, print the closing table and the first rejects.

    The dataset is not changed and not looked into, except for the columns, settings and rule packs that it remembers:
    every document counts as new. Return 3 if documents were rejected.
    """
    from copydesk.flows.dry_run import run_dry

    with watched() as (progress, status):
        done = run_dry(request, progress=progress, status=status)
    print_report(done.report, "")
    for each in done.rejects:
        where = each.source + (f", record {each.record}" if each.record else "")
        print(escape_scraped(f"rejected: {where}: {each.reason}: {each.detail}", one_line=True))
    if len(done.rejects) < done.report.rejected:
        print(f"... and {done.report.rejected - len(done.rejects):,} more")
    print(escape_scraped(f"Dry run: {request.out} is as it was.", one_line=True))
    return ExitCode.REJECTS if done.report.rejected else 0


def snapshot(dataset: str) -> Path:
    """Return the folder of the snapshot that `dataset` currently shows."""
    from copydesk.tasks.store import resolve

    return resolve(Path(dataset))


def serve_forever(request: IngestRequest, *, every: str, cron: str, name: str, verbose: bool) -> int:
    """Serve the schedule until a signal ends it."""
    from copydesk.flows.prefect_settings import prepare_for_terminal
    from copydesk.flows.serve import serve

    prepare_for_terminal(verbose=verbose)
    serve(request, every=every, cron=cron, name=name, status=say)
    return 0


def _ingest(
    request: IngestRequest, progress: Progress, status: Status, *, direct: bool, verbose: bool
) -> RunReport:
    if direct and request.runner != "local":
        raise UsageError(f"--runner {request.runner} goes through Prefect; leave --direct out")
    if direct:
        from copydesk.flows.run import run_ingest

        return run_ingest(request, progress=progress, status=status)
    from copydesk.flows.prefect_run import run_with_prefect
    from copydesk.tasks.read import expand

    for given in request.inputs:
        next(expand([given]), None)  # report a missing path at once, not after a server has started
    return run_with_prefect(request, progress=progress, status=status, verbose=verbose)
