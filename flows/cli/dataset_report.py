"""`report`: one page about a dataset, for people."""

import os
from pathlib import Path
from typing import Annotated

import typer

from copydesk.flows.cli.options import Dataset, Trace
from copydesk.flows.terminal import escape_scraped

_DEFAULT = "copydesk-report.html"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(report)


def report(
    dataset: Dataset,
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help=f"File to write; - is standard output. Default: {_DEFAULT}.", metavar="FILE"
        ),
    ] = "",
    verbose: Trace = False,
) -> int:
    """Write a page about a dataset: figures, charts, lines to check.

    The page is one file that loads nothing. It shows documents, articles and rejects over the runs; what was
    removed by label, publisher and language; the changes of the last run; alarms; the most frequent removed
    lines; kept lines that recur; a random sample of removals; rejects by reason. The command reads a
    snapshot, takes no lock and changes nothing.
    """
    from copydesk.flows.cli.pages import STDOUT, write_page
    from copydesk.flows.configuration import plan_of
    from copydesk.schemas.request import IngestRequest
    from copydesk.tasks.report import draw_report
    from copydesk.tasks.store import Scan
    from copydesk.tasks.survey import survey

    found = survey(Scan(Path(dataset)), dataset)
    page = draw_report(found, plan_of(IngestRequest((), dataset)).rules.whys())
    write_page(page, out or _DEFAULT, overwrite=bool(out))
    if out != STDOUT:
        print(escape_scraped(f"The report is in {os.path.abspath(out or _DEFAULT)}", one_line=True))
    return 0
