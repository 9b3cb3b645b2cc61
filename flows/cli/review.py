"""`review`: a page on this machine where a person decides on candidates one by one."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from copydesk.flows.cli.options import Dataset, Trace
from copydesk.flows.terminal import escape_scraped


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(review)


def review(
    dataset: Dataset,
    pack: Annotated[
        str,
        typer.Option(
            help="Rule pack (TOML) that decisions are written to; by default the one that the dataset "
            "remembers, otherwise DIR.rules.toml beside the dataset.",
            metavar="FILE",
        ),
    ] = "",
    min_documents: Annotated[
        int,
        typer.Option(
            help="Minimum number of articles of one publisher that contain a line that recurs.",
            min=2,
            metavar="N",
        ),
    ] = 5,
    port: Annotated[
        int, typer.Option(help="Port of the page; 0 takes a free one.", min=0, max=65535, metavar="N")
    ] = 0,
    verbose: Trace = False,
) -> int:
    """Decide on candidates one by one, in a browser.

    Serves a page on this machine alone, at the address that is printed, until Ctrl-C. It shows lines that recur
    and stay, removals with low scores, documents that lost most, and rejects, each in its context, with what
    an answer would change in the whole dataset. Keys: a accepts, r refuses, u takes back, s skips.

    Accepting a line that recurs writes a rule to the pack, refusing writes a must-keep line. The list of
    decisions is beside the pack. The dataset changes when `reclean DIR --rules FILE` cleans it again.
    """
    from copydesk.flows.cli.review_server import serve_review
    from copydesk.flows.cli.review_session import ReviewSession

    with ReviewSession(dataset, _pack(dataset, pack), min_documents) as session:
        return serve_review(session, port)


def _pack(dataset: str, given: str) -> Path:
    """Return the pack for the decisions: the given one, the dataset's only one, or a new one beside it."""
    from copydesk.flows.configuration import plan_of
    from copydesk.schemas.errors import UsageError
    from copydesk.schemas.request import IngestRequest
    from copydesk.tasks.store import resolve

    resolve(Path(dataset))
    if given:
        return Path(os.path.abspath(given))
    known = [pack.path for pack in plan_of(IngestRequest((), dataset)).memory.rules]
    if len(known) > 1:
        raise UsageError(
            f"{dataset}: remembers {len(known)} rule packs; name one of them with --pack, such as {shlex.quote(known[0])}"
        )
    if known and not Path(known[0]).exists():
        raise UsageError(
            f"{escape_scraped(known[0])}: the dataset's rule pack is gone; name another one with --pack"
        )
    return Path(known[0] if known else f"{os.path.abspath(dataset)}.rules.toml")
