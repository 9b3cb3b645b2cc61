"""Show a run to its user: progress while it lasts, a table when it is done."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.flows.progress_lines import ProgressLines, time_left
from copydesk.flows.secrets import hide
from copydesk.flows.terminal import console, escape_scraped, scraped
from copydesk.schemas.report import RunReport
from copydesk.schemas.request import Advance, Note, Progress, Status

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_LABELS_SHOWN = 20
_KINDS_SHOWN = 4
_FAULTS_SHOWN = 3
INTERNAL_ERROR = "internal-error"
_FAULT = "a fault of copydesk, please report"
_UNKNOWN_SIZE = 1.0


@contextmanager
def watched() -> Iterator[tuple[Progress, Status]]:
    """Show progress on standard error.

    On a terminal it is a bar; elsewhere it is one line per change of status, and one per minute.

    Elsewhere one line per change of status, and one per minute.

    The bar counts bytes, because the number of documents is known only at the end.
    """
    out = console(stderr=True)
    if not out.is_terminal:
        with ProgressLines(say) as lines:
            yield lines.advance, say
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[counts]}", markup=False),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=out, transient=True) as bar:
        task = bar.add_task("starting", total=_UNKNOWN_SIZE, counts="")
        started = time.monotonic()
        lock = threading.Lock()

        def advance(now: Advance) -> None:
            with lock:
                seconds = time.monotonic() - started
                rate = now.documents / max(seconds, 0.1)
                rejected = f", {now.rejected:,} rejected" if now.rejected else ""
                counts = f"{now.documents:,} documents{rejected}, {rate:,.0f}/s"
                counts += f", {left}" if (left := time_left(now, seconds)) else ""
                bar.update(task, completed=now.done_bytes, total=now.total_bytes or None, counts=counts)

        def status(line: str) -> None:
            if isinstance(line, Note):
                bar.console.print(scraped(hide(line), one_line=True), soft_wrap=True)
                return
            bar.update(task, description=escape_scraped(hide(line), one_line=True))

        yield advance, status


def say(line: str) -> None:
    """Print a status line on standard error."""
    console(stderr=True).print(scraped(hide(line), one_line=True), soft_wrap=True)


def print_report(report: RunReport, out: str) -> None:
    """Print the closing table: the counts, reasons of rejects, what was removed, where the dataset is."""
    from rich.table import Table

    seconds = (report.finished_at - report.started_at).total_seconds()
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_column()
    _row(grid, "documents in", report.seen)
    if report.passed_over:
        kinds = ", ".join(name for name, _ in _falling(report.passed_over)[:_KINDS_SHOWN])
        _row(grid, "passed over", sum(report.passed_over.values()), f"records that are no documents: {kinds}")
    _row(grid, "articles out", report.written, "new or changed")
    if report.near_duplicates:
        _row(grid, "  near duplicates", report.near_duplicates, "of others; kept, with duplicate_of")
    _row(grid, "unchanged", report.unchanged)
    _row(grid, "duplicates", report.duplicate)
    _row(grid, "rejected", report.rejected)
    for reason, count in _falling(report.rejects_by_reason):
        _row(grid, f"  {reason}", count, _FAULT if reason == INTERNAL_ERROR else "")
    whole = report.kept_chars + report.removed_chars
    share = f"characters, {report.removed_chars / whole:.1%} of all" if whole else "characters"
    _row(grid, "removed", report.removed_chars, share)
    for label, count in _falling(report.removed_by_label)[:_LABELS_SHOWN]:
        _row(grid, f"  {label}", count)
    grid.add_row(scraped("seconds"), scraped(f"{seconds:,.1f}"), "")
    screen = console()
    screen.print(grid)
    for fault in _faults(report, out):
        screen.print(scraped(fault, one_line=True), soft_wrap=True)
    for note in report.notes:
        if note.startswith("columns: "):
            continue  # reported when reading began
        screen.print(scraped(f"Note: {note}", one_line=True), soft_wrap=True)
    for alarm in report.alarms:
        screen.print(scraped(f"Alarm: {alarm}", one_line=True), soft_wrap=True)
    if out:
        _say_where(report, out, screen)


def _say_where(report: RunReport, out: str, screen: "Console") -> None:
    """Print where the articles and the rejects are."""
    screen.print(
        scraped(f"The articles are in {os.path.join(out, 'articles')}", one_line=True), soft_wrap=True
    )
    if report.rejected:
        screen.print(
            scraped(f"Why documents were rejected: {os.path.join(out, 'rejects')}", one_line=True),
            soft_wrap=True,
        )


def _faults(report: RunReport, out: str) -> list[str]:
    """Return a line for each document on which copydesk itself failed, at most three.

    It states what to report, and how.
    """
    count = report.rejects_by_reason.get(INTERNAL_ERROR, 0)
    if not count:
        return []
    from copydesk.tasks.store import Filter, rejected

    found = [r for r in rejected(Path(out), Filter(reason=INTERNAL_ERROR)) if r.run_id == report.run_id]
    lines = [
        f"A fault of copydesk, please report: {each.detail}, in {each.source}"
        f"{f' record {each.record}' if each.record else ''}. Its content: copydesk rejects show {out} {each.id} --raw"
        for each in found[:_FAULTS_SHOWN]
    ]
    return lines + ([f"{count - len(lines):,} more such faults in this run."] if count > len(lines) else [])


def _row(grid: "Table", name: str, count: int, note: str = "") -> None:
    grid.add_row(scraped(name, one_line=True), scraped(f"{count:,}"), scraped(note, "dim"))


def _falling(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Sort by count, largest first; equal counts by name, so that the table is the same each time."""
    return sorted(((name, n) for name, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0]))
