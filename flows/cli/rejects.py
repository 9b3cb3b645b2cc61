"""Implement `rejects list | show | replay`: show what did not become an article and why, and try it again."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.flows.cli.options import Dataset, Json, Rules, Trace, Workers
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from copydesk.tasks.store import Rejected

_SHOWN_BYTES = 2_000
_UNTRIED = {
    "unread": "the reader made no document of it: fix the input, or name other columns, and `ingest` it again",
    "not-kept": "too large to be kept, or displaced by newer ones: `ingest` reads it again when the input or the rules change",
}

Ids = Annotated[
    list[str] | None, typer.Argument(help="Ids from `rejects list`; by default all.", metavar="[ID...]")
]
Stage = Annotated[
    str, typer.Option(help="Only rejects of this step: read, decode, parse, clean, worker.", metavar="NAME")
]
Reason = Annotated[str, typer.Option(help="Only rejects with this reason code.", metavar="CODE")]
Source = Annotated[
    str,
    typer.Option(
        help="Only rejects whose input begins with this, or matches a quoted pattern.", metavar="URI"
    ),
]

rejects_app = typer.Typer(
    help="List, show and replay rejected documents.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(rejects_app, name="rejects")


@rejects_app.command("list")
def list_rejects(
    dataset: Dataset,
    stage: Stage = "",
    reason: Reason = "",
    source: Source = "",
    limit: Annotated[int, typer.Option(help="Maximum number to show; 0 shows all.", min=0, metavar="N")] = 50,
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """List rejected documents: id, step, reason, size, origin.

    A document that several runs rejected is listed once. With --json, print one object per line.
    """
    from copydesk.tasks.store import Filter, rejected

    found = rejected(Path(dataset), Filter(stage, reason, source))
    shown = found[: limit or None]
    for each in shown:
        if as_json:
            print(_json(_record(each)))
        else:
            line = f"{each.id}  {each.stage} {each.reason}  {each.size:,} bytes  {_where(each)}"
            print(escape_scraped(line, one_line=True))
    if not as_json:
        reasons = Counter(f"{each.stage} {each.reason}" for each in found)
        said = ", ".join(
            f"{count:,} {name}" for name, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0]))
        )
        rest = f"; {len(shown):,} shown, --limit 0 shows all" if len(shown) < len(found) else ""
        print(escape_scraped(f"{len(found):,} rejected{': ' + said if said else ''}{rest}", one_line=True))
    return 0


@rejects_app.command("show")
def show_reject(
    dataset: Dataset,
    reject: Annotated[str, typer.Argument(help="Id from `rejects list`, or its beginning.", metavar="ID")],
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Write only the raw bytes, unchanged; not to a terminal."),
    ] = False,
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """Show one rejected document: the reason, and its beginning.

    Characters that could act on a terminal are shown as escapes.
    """
    from copydesk.schemas.errors import UsageError
    from copydesk.tasks.store import Filter, raw_content, rejected, replayable, why_untried

    (found,) = rejected(Path(dataset), Filter(ids=(reject,)))
    content = raw_content(Path(dataset), found)
    if raw:
        if content is None:
            raise UsageError(f"{found.id}: its raw bytes are not kept; {found.size:,} bytes were rejected")
        if sys.stdout.isatty():
            raise UsageError(
                "--raw writes bytes unchanged, which can act on a terminal: redirect them to a file or a pipe"
            )
        sys.stdout.buffer.write(content)
        return 0
    ((_, document),) = replayable(Path(dataset), [found])
    why = "" if document is not None else why_untried(found)
    record = _record(found) | {"replayable": not why, "kept": content is not None, "untried": why}
    if as_json:
        print(_json(record, indent=2))
        return 0
    told = record | {"untried": _UNTRIED.get(why, "")}
    for name, value in ((name, value) for name, value in told.items() if value != ""):
        print(escape_scraped(f"{name:<13} {_plain(value)}", one_line=True))
    if content is not None:
        print()
        print(escape_scraped(content[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")))
        if len(content) > _SHOWN_BYTES:
            print(f"... and {len(content) - _SHOWN_BYTES:,} bytes more; --raw writes them all")
    return 0


@rejects_app.command()
def replay(
    dataset: Dataset,
    ids: Ids = None,
    stage: Stage = "",
    reason: Reason = "",
    source: Source = "",
    rules: Rules = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would pass, and change nothing.")
    ] = False,
    workers: Workers = 0,
    as_json: Json = False,
    verbose: Trace = False,
) -> int:
    """Try rejected documents again, with the current rules.

    A document that passes becomes an article and leaves rejects/. The others stay as they are, and the exit
    code is 3.
    """
    from copydesk.flows.cli.report import watched
    from copydesk.flows.replay import ReplayRequest, run_replay
    from copydesk.schemas.settings import Settings
    from copydesk.tasks.store import Filter, rejected

    chosen = rejected(Path(dataset), Filter(stage, reason, source, tuple(ids or ())))
    with watched() as (progress, status):
        status("cleaning")
        request = ReplayRequest(dataset, tuple(rules or ()), Settings(workers=workers), dry_run)
        done = run_replay(request, chosen, progress=progress)
    if as_json:
        told = {
            "tried": done.tried,
            "passed": done.passed,
            "still_rejected": done.still,
            "without": done.without,
        }
        print(_json(told | {"run_id": done.report.run_id if done.report else None}, indent=2))
    else:
        print(f"tried           {done.tried:>9,}")
        print(f"{'would pass' if dry_run else 'passed':<15} {done.passed:>9,}")
        reasons = ", ".join(f"{count:,} {name}" for name, count in done.still.most_common())
        print(escape_scraped(f"rejected again  {done.still.total():>9,}  {reasons}".rstrip(), one_line=True))
        for why, count in sorted(done.without.items()):
            print(f"can't be tried  {count:>9,}  {_UNTRIED[why]}")
    return ExitCode.REJECTS if done.still or done.without else 0


def _record(found: "Rejected") -> dict[str, Any]:
    return {
        "id": found.id,
        "source": found.source,
        "record": found.record,
        "url": found.url,
        "stage": found.stage,
        "reason": found.reason,
        "detail": found.detail,
        "size": found.size,
        "content_hash": found.hash,
        "run_id": found.run_id,
        "rejected_at": found.rejected_at.isoformat(),
        "times": found.times,
    }


def _where(found: "Rejected") -> str:
    return found.source + (f", record {found.record}" if found.record else "")


def _plain(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _json(record: dict[str, Any], indent: int | None = None) -> str:
    return escape_json(json.dumps(record, ensure_ascii=False, indent=indent))
