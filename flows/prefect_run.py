"""Run the flow in this process and return its report: the entry point for the command line.

Imports Prefect only when called, which takes a second or two, and reports slow steps meanwhile.
"""

from contextlib import ExitStack

from copydesk.flows.prefect_server import ServerError, let_prefect_finish, own_server
from copydesk.flows.prefect_settings import prepare_for_one_run, prepare_for_terminal
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest, Progress, Status, ignore
from copydesk.tasks.workers import DEFAULT_CLEANER


def run_with_prefect(
    request: IngestRequest,
    *,
    progress: Progress = ignore,
    status: Status = ignore,
    verbose: bool = False,
    cleaner: str = DEFAULT_CLEANER,
) -> RunReport:
    """Run `ingest` as a flow, on the configured server, or on one that lives as long as the run.

    Raises the errors of `copydesk.flows.run.run_ingest`, and ServerError. If the server goes away during the
    run, the run continues, because the server only records the work.
    """
    status("loading Prefect")
    prepare_for_terminal(verbose=verbose)
    prepare_for_one_run()
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from copydesk.flows.ingest import ingest, parameters_of
    from copydesk.flows.prefect_tasks import Observer, observer

    who = Observer(progress, status, cleaner=cleaner)
    try:
        with ExitStack() as stack:
            stack.callback(observer.reset, observer.set(who))
            url = PREFECT_API_URL.value()
            if url:
                status(f"reporting to the Prefect server at {url}")
            else:
                status("starting a Prefect server for this run (5 to 20 seconds; --direct runs without one)")
                stack.enter_context(temporary_settings({PREFECT_API_URL: stack.enter_context(own_server())}))
            stack.callback(let_prefect_finish)
            ingest(**parameters_of(request))
    except ServerError:
        raise
    except Exception as error:
        if who.error is not None:
            raise who.error from None
        if not who.started:
            raise ServerError(f"Prefect: {error}; --direct runs without it") from error
        if who.report is None:
            raise
        if not (who.report.alarms and request.fail_on_alarm) and not request.fail_on_empty:
            status(f"the run is complete, but Prefect's record of it is not: {error}")
    assert who.report is not None
    return who.report
