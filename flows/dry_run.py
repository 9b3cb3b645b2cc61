"""Ingest into a temporary folder, to see the result."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from copydesk.flows.configuration import plan_of
from copydesk.flows.run import run_ingest
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import IngestRequest, Note, Progress, Status, ignore
from copydesk.schemas.settings import Settings
from copydesk.tasks.store import Rejected, rejected

_REJECTS: Final = 10


class Tried(NamedTuple):
    """The result of a dry run."""

    report: RunReport
    rejects: list[Rejected]
    """The first of them."""


def run_dry(request: IngestRequest, *, progress: Progress = ignore, status: Status = ignore) -> Tried:
    """Ingest like the dataset at `request.out`, without a change to it. Every document counts as new.

    Raises the errors of `run_ingest`, except those about the dataset itself.
    """
    plan = plan_of(request)
    for line in plan.said:
        status(Note(line))
    with TemporaryDirectory(prefix="copydesk-dry-run-") as folder:
        packs = plan.write_packs(Path(folder))
        aside = replace(
            request,
            out=str(Path(folder) / "out"),
            columns=plan.columns,
            rules=tuple(map(str, packs)),
            settings=replace(plan.settings, keep_raw=False),
            given=frozenset(Settings.__dataclass_fields__),
            forget_rules=False,
        )
        report = run_ingest(aside, progress=progress, status=status)
        return Tried(report, rejected(Path(aside.out))[:_REJECTS])
