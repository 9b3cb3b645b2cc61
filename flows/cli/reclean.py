"""Implement `reclean`: show what newer rules change in existing articles, and apply it."""

import json
import os
from collections.abc import Iterator
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer

from copydesk.flows.cli.options import Dataset, Json, Rules, Trace, Workers
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.exit_codes import ExitCode

if TYPE_CHECKING:
    from copydesk.flows.reclean import Recleaned
    from copydesk.tasks.runs import Diff, Loss

_PUBLISHERS = 20
_NARROWEST, _WIDEST = 60, 160
_LINES = 12


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(reclean)


def reclean(
    dataset: Dataset,
    rules: Rules = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    show: Annotated[
        int,
        typer.Option(
            help="Number of articles with the greatest losses to show.", min=0, max=1000, metavar="N"
        ),
    ] = 10,
    as_json: Json = False,
    workers: Workers = 0,
    breaker_share: Annotated[
        float,
        typer.Option(
            help="Stop when more than 100 documents and more than this share are rejected; 1 means never.",
            min=0,
            max=1,
        ),
    ] = 0.2,
    verbose: Trace = False,
) -> int:
    """Clean the articles of a dataset again, with the current rules.

    Uses the documents that `ingest` kept, so nothing is read or fetched again. Shows how many articles
    change, by label and publisher, and the greatest losses, old lines beside new ones. Changed articles
    become new versions; see `history`. Articles whose document is now rejected stay as they are.
    """
    from copydesk.flows.cli.report import watched
    from copydesk.flows.reclean import RecleanRequest, run_reclean
    from copydesk.schemas.settings import Settings

    settings = Settings(workers=workers, breaker_share=breaker_share)
    request = RecleanRequest(dataset, tuple(rules or ()), settings, dry_run, show)
    with watched() as (progress, status):
        status("cleaning")
        done = run_reclean(request, progress=progress, status=status)
    if as_json:
        print(escape_json(json.dumps(_record(done), ensure_ascii=False, indent=2)))
    else:
        for line in _lines(done):
            print(escape_scraped(line, one_line=True))
    return ExitCode.REJECTS if done.diff.rejected else 0


def _record(done: "Recleaned") -> dict[str, object]:
    diff = done.diff
    return {
        "run_id": done.report.run_id if done.report else None,
        "articles": diff.articles,
        "already_clean": done.stock.done,
        "without_document": done.stock.without,
        "changed": diff.changed,
        "ledger_only": diff.ledger_only,
        "rule_names_only": diff.rule_names_only,
        "rejected": diff.rejected,
        "other_id": diff.renamed,
        "words": diff.words,
        "removed_before": diff.removed_before,
        "removed_after": diff.removed_after,
        "publishers": {name: share._asdict() for name, share in sorted(diff.publishers.items())},
        "most": [{**loss._asdict(), "lines": [line._asdict() for line in loss.lines]} for loss in diff.most],
    }


def _lines(done: "Recleaned") -> Iterator[str]:
    diff, stock = done.diff, done.stock
    yield from _counts(done)
    yield from _by_label(diff)
    yield from _by_publisher(diff)
    if diff.most:
        yield ""
        yield "lose most"
    for number, loss in enumerate(diff.most, 1):
        yield from _loss(number, loss)
    yield ""
    if stock.ready == 0:
        yield "Nothing to do."
    elif done.report:
        yield f"Committed as run {done.report.run_id}. What was replaced: copydesk history DIR ID"
    else:
        yield "Nothing was changed. Run the same command without --dry-run to apply it."


def _counts(done: "Recleaned") -> Iterator[str]:
    diff, stock = done.diff, done.stock
    would = "" if done.report else "would "
    if stock.ready:
        yield f"{'cleaned again':<16} {diff.articles:>9,}  articles"
        yield f"{would + 'change':<16} {diff.changed:>9,}  {_share(diff.changed, diff.articles)}, {diff.words:+,} words"
        yield f"{'ledger alone':<16} {diff.ledger_only:>9,}  another label or rule, the same article"
    if diff.rule_names_only:
        yield f"{'rule names alone':<16} {diff.rule_names_only:>9,}  the same rules under their new ids"
    if diff.rejected:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in diff.rejected.most_common())
        yield f"{'rejected now':<16} {diff.rejected.total():>9,}  {reasons}; their articles stay as they are"
    if diff.renamed:
        yield f"{'other id now':<16} {diff.renamed:>9,}  their URL is read differently; left as they are"
    if stock.done:
        yield f"{'clean already':<16} {stock.done:>9,}  by these rules"
    if stock.without:
        yield f"{'no document':<16} {stock.without:>9,}  ingested with --no-keep-raw, or by an older copydesk; left as they are"


def _by_label(diff: "Diff") -> Iterator[str]:
    rows = [
        (label, diff.removed_before[label], diff.removed_after[label])
        for label in sorted(diff.removed_before.keys() | diff.removed_after.keys())
    ]
    rows = sorted((row for row in rows if row[1] != row[2]), key=lambda row: -abs(row[2] - row[1]))
    if rows:
        yield ""
        yield "characters removed    before      after"
    for label, before, after in rows:
        yield f"  {label:<17} {before:>9,}  {after:>9,}  {after - before:+,}"


def _by_publisher(diff: "Diff") -> Iterator[str]:
    rows = sorted(
        ((name, share) for name, share in diff.publishers.items() if share.changed),
        key=lambda row: (row[1].words, row[0]),
    )
    if rows:
        yield ""
        yield "articles by publisher  change      of   words"
    for name, share in rows[:_PUBLISHERS]:
        yield f"  {_cut(name or '(unknown)', 20):<20} {share.changed:>6,}  {share.articles:>6,}  {share.words:>+6,}"
    if len(rows) > _PUBLISHERS:
        yield f"  and {len(rows) - _PUBLISHERS:,} more"


def _loss(number: int, loss: "Loss") -> Iterator[str]:
    """Yield an article and its lines that differ, old ones on the left, new ones on the right."""
    yield f"{number}. {loss.title or '(no headline)'}"
    where = loss.source + (f", record {loss.record}" if loss.record else "")
    yield f"   {loss.id}  words {loss.words_before:,} -> {loss.words_after:,}  {loss.publisher or where}"
    width = (min(max(_columns(), _NARROWEST), _WIDEST) - 8) // 2
    for line in loss.lines[:_LINES]:
        left, right = (
            wrap(escape_scraped(text, one_line=True), width) or [""] for text in (line.before, line.after)
        )
        if not line.after:
            right = wrap(f"[{line.why or 'gone'}]", width)
        for row in range(max(len(left), len(right))):
            old, new = (side[row] if row < len(side) else "" for side in (left, right))
            yield f"   {old:<{width}} | {new}".rstrip()
    if len(loss.lines) > _LINES:
        yield f"   and {len(loss.lines) - _LINES:,} more lines"


def _columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:  # a pipe or file
        return 100


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "0%"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
