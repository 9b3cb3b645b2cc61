"""Keep a dataset up to date: a served deployment of the flow, on an interval or a cron schedule.

Runs may be late, queue up, or overlap: each reads what is new, and a run that finds nothing new, or the
folder locked, does nothing. So a missed or doubled run costs seconds.
"""

import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from copydesk.flows.addresses import refuse_address
from copydesk.flows.dataset_name import dataset_name, dataset_tag
from copydesk.flows.prefect_server import ServerError
from copydesk.schemas.errors import UsageError
from copydesk.schemas.request import IngestRequest, Status, ignore

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_EVERY: Final = re.compile(r"([0-9]{1,6})([smhd])")


def serve(
    request: IngestRequest,
    *,
    every: str = "",
    cron: str = "",
    name: str = "",
    status: Status = ignore,
) -> None:
    """Run the flow on schedule, until a signal ends this process.

    `every` is a number with s, m, h or d; `cron` has five fields in UTC; exactly one of them is needed. The
    server keeps the schedule under `name`, by default derived from the output folder, so that several
    datasets are served side by side. Ctrl-C pauses the schedule, and the next start resumes it. SIGTERM
    leaves it active: if a supervisor restarts the process, a permanently paused schedule would be worse. A
    run that is due while another one of this deployment works is cancelled. Raises UsageError if the schedule
    makes no sense, if the name belongs to another dataset or a live process serves it differently, or if no
    Prefect server is configured to keep it.
    """
    for path in (*request.inputs, *request.rules, request.out):
        refuse_address(path)
    interval = parse_interval(every) if every else None
    if bool(every) == bool(cron):
        raise UsageError("found " + ("both" if every else "neither") + " of --every and --cron, expected one")
    if "-" in request.inputs:
        raise UsageError(
            "found - (standard input) among the inputs, expected inputs that can be read repeatedly"
        )
    status("loading Prefect")
    from copydesk.flows.ingest import ingest, parameters_of

    url = _server_url()
    if cron:
        _check_cron(cron)
    name = name or dataset_name(request.out)
    parameters = parameters_of(_anchored(request))
    full_name = f"{ingest.name}/{name}"
    _check_free(full_name, parameters, status)
    when = f"every {every}" if every else f"cron {cron}"
    status(f"serving {full_name} for the server at {url}, {when}; Ctrl-C stops and pauses it")
    schedule = {"interval": interval, "cron": cron or None}
    try:
        _serve_until_stopped(name, schedule, parameters, dataset_tag(request.out))
    except SystemExit:  # how Prefect's runner answers SIGTERM
        status(
            f"stopped; the schedule of {full_name} stays active, and its runs wait until it is served again"
        )
        raise
    status(_paused(full_name))


def _server_url() -> str:
    """Return the address of Prefect's server. Raise UsageError if none is configured."""
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    if not url:
        raise UsageError(
            "no Prefect server is configured to keep the schedule; start one with `copydesk server` and set "
            "PREFECT_API_URL=http://127.0.0.1:4200/api"
        )
    return str(url)


def _serve_until_stopped(name: str, schedule: dict[str, Any], parameters: dict[str, Any], tag: str) -> None:
    """Put the schedule on the server and run what is due, one run at a time."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    from copydesk.flows.ingest import ingest
    from copydesk.flows.prefect_tasks import SERVED

    os.environ[SERVED] = "1"
    ingest.serve(
        name=name,
        **schedule,
        paused=False,
        parameters=parameters,
        tags=[tag],
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _check_free(full_name: str, parameters: dict[str, Any], status: Status) -> None:
    """Raise UsageError if this deployment belongs to another dataset, or is currently served differently.

    Raises ServerError if the server does not answer.
    """
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import PREFECT_API_URL

    try:
        with get_client(sync_client=True) as client:
            known = client.read_deployment_by_name(full_name)
    except ObjectNotFound:
        return
    except httpx.TransportError as error:
        raise ServerError(
            f"Prefect's server at {PREFECT_API_URL.value()} does not answer ({error}); nothing is scheduled. "
            "Start one with `copydesk server`, or set PREFECT_API_URL"
        ) from error
    there = known.parameters
    if there.get("out") != parameters["out"]:
        raise UsageError(
            f"--name: the deployment {full_name} already exists, for the dataset {there.get('out')}; "
            f"expected another name for {parameters['out']}"
        )
    if there == parameters:
        return
    differing = sorted(n for n in there.keys() | parameters.keys() if there.get(n) != parameters.get(n))
    told = ", ".join(f"{n} {_short(there.get(n))}" for n in differing)
    alive = known.status is not None and known.status.value == "READY" and not known.paused
    if alive:
        raise UsageError(
            f"{full_name} is served by another process, with {told}; stop that one, "
            "or choose a --name for a second schedule of this dataset"
        )
    status(f"{full_name}: replaces the existing schedule, with {told}")


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "left out" if value is None else text[:80]


def _paused(full_name: str) -> str:
    """Pause the schedule; return a message about it."""
    from prefect.client.orchestration import get_client

    try:
        with get_client(sync_client=True) as client:
            client.pause_deployment(client.read_deployment_by_name(full_name).id)
    except Exception as error:  # noqa: BLE001 - the process reports any error and ends
        return (
            f"stopped, but Prefect's server can't be reached ({type(error).__name__}): the schedule of {full_name} stays "
            "active there, and its runs wait until it is served again"
        )
    return f"stopped; the schedule of {full_name} is paused, and the same command resumes it"


def parse_interval(text: str) -> timedelta:
    """Read an interval: a number and a unit.

    >>> parse_interval("15m"), parse_interval("2h")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=7200))

    Raises UsageError for anything else, and for an interval of zero.
    """
    match = _EVERY.fullmatch(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise UsageError(
            f"--every: found {text!r}, expected a number with s, m, h or d, such as 30s, 15m, 2h"
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _check_cron(cron: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=cron)
    except ValueError as error:
        raise UsageError(f"--cron: found {cron!r}, expected five fields such as '0 6 * * *'") from error


def _anchored(request: IngestRequest) -> IngestRequest:
    """Return the same request with absolute paths, so that it means the same in any working folder."""
    return replace(
        request,
        inputs=tuple(os.path.abspath(path) for path in request.inputs),
        out=os.path.abspath(request.out),
        rules=tuple(os.path.abspath(path) for path in request.rules),
    )
