"""Keep a dataset up to date: a served deployment of the flow, on an interval or a cron schedule.

Runs may come late, in a row, or while another one works: each takes in what is new, and a run that
finds nothing new, or the folder locked, does nothing. So a missed or doubled run costs seconds.
"""

import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from schemas.errors import UsageError
from schemas.request import IngestRequest, Status, ignore

DEPLOYMENT: Final = "copydesk"
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_EVERY: Final = re.compile(r"([0-9]{1,6})([smhd])")


def serve(
    request: IngestRequest,
    *,
    every: str = "",
    cron: str = "",
    name: str = DEPLOYMENT,
    status: Status = ignore,
) -> None:
    """Run the flow whenever the schedule says so, until a signal ends this process.

    `every` is a number with s, m, h or d; `cron` five fields in UTC; one of them is needed. The
    schedule stands on the server under `name`, and is not paused when this process ends: under a
    supervisor that restarts it, a schedule paused for good would be the worse surprise. A run that
    falls due while another one of this deployment works is cancelled. Raises UsageError when the
    schedule makes no sense, or no Prefect server is configured to keep it.
    """
    interval = parse_interval(every) if every else None
    if bool(every) == bool(cron):
        raise UsageError("found " + ("both" if every else "neither") + " of --every and --cron, expected one")
    if "-" in request.inputs:
        raise UsageError(
            "found - (standard input) among the inputs, expected what can be read again and again"
        )
    status("loading Prefect")
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.settings import PREFECT_API_URL
    from prefect.types.entrypoint import EntrypointType

    from flows.ingest import ingest, parameters_of

    url = PREFECT_API_URL.value()
    if not url:
        raise UsageError(
            "no Prefect server is configured to keep the schedule; start one with `prefect server start` and set "
            "PREFECT_API_URL=http://127.0.0.1:4200/api"
        )
    if cron:
        _check_cron(cron)
    status(
        f"serving {ingest.name}/{name} for the server at {url}, {f'every {every}' if every else f'cron {cron}'}"
    )
    ingest.serve(
        name=name,
        interval=interval,
        cron=cron or None,
        parameters=parameters_of(_anchored(request)),
        global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        pause_on_shutdown=False,
        print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def parse_interval(text: str) -> timedelta:
    """Read an interval: a number and a unit.

    >>> parse_interval("15m"), parse_interval("2h")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=7200))

    Raises UsageError for anything else, and for an interval of nothing.
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
    """The same request with absolute paths, so that it means the same in whatever folder a run starts."""
    return replace(
        request,
        inputs=tuple(os.path.abspath(path) for path in request.inputs),
        out=os.path.abspath(request.out),
        rules=tuple(os.path.abspath(path) for path in request.rules),
    )
