"""The summary of a run as Markdown, for Prefect's artifact. File names and reasons stay plain text."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from copydesk.flows.secrets import hide
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.errors import CopydeskError
from copydesk.schemas.report import RunReport
from copydesk.tasks.store import resolve

_LONGEST: Final = 200
_INPUTS_SHOWN: Final = 20


def summary(report: RunReport, out: str) -> str:
    """Return the counts of a run, why documents were rejected and what was removed, as Markdown tables."""
    seconds = (report.finished_at - report.started_at).total_seconds()
    books = "balanced" if report.balanced() else "NOT BALANCED"
    shown = [code(uri) for uri in report.inputs[:_INPUTS_SHOWN]]
    more = len(report.inputs) - len(shown)
    lines = [
        f"Dataset {code(out)}, from {', '.join(shown)}{f' and {more:,} more' if more else ''}",
        "",
        *_table("documents", [
            ("read", report.seen),
            *([("records passed over", sum(report.passed_over.values()))] if report.passed_over else []),
            ("articles written", report.written),
            ("of these near duplicates", report.near_duplicates),
            ("unchanged", report.unchanged),
            ("duplicates", report.duplicate),
            ("rejected", report.rejected),
        ]),
        f"Counts: {books}. {seconds:,.1f} seconds. Run {code(report.run_id)}.",
    ]  # fmt: skip
    if report.notes:
        lines += ["", "About the inputs:", ""]
        lines += [f"- {code(note)}" for note in report.notes[:_INPUTS_SHOWN]]
    if report.alarms:
        lines += ["", "Unusual compared with earlier runs over the same inputs:", ""]
        lines += [f"- {code(alarm)}" for alarm in report.alarms[:_INPUTS_SHOWN]]
    if faults := report.rejects_by_reason.get("internal-error", 0):
        lines += ["", f"{faults:,} rejected as `internal-error`: a fault of copydesk, please report."]
    if report.rejects_by_reason:
        lines += ["", *_table("rejected because", _codes(report.rejects_by_reason))]
    if report.removed_by_label:
        lines += ["", *_table("characters removed as", _codes(report.removed_by_label))]
    return "\n".join([*lines, *_where_to_look(report, out)]) + "\n"


def _where_to_look(report: RunReport, out: str) -> list[str]:
    """Return the addresses of the run's snapshot and rejects, and the commands that make pages of them.

    The addresses are to be copied: browsers open no file from the page of a server, and Prefect's page removes such
    links. Nothing without a snapshot.
    """
    try:
        snapshot = resolve(Path(out)).absolute()
    except (CopydeskError, OSError):
        return []
    places = [("snapshot", snapshot), *([("rejects", snapshot / "rejects")] if report.rejected else [])]
    dataset = shlex.quote(os.path.abspath(out))
    commands = [
        ("a page about the dataset", f"copydesk report {dataset} -o report.html"),
        ("decide what to change", f"copydesk review {dataset}"),
        *([("why documents were rejected", f"copydesk rejects list {dataset}")] if report.rejected else []),
    ]
    return [
        "",
        "Where to look:",
        "",
        *(f"- {name}: `{path.as_uri()}`" for name, path in places),
        *(f"- {name}: {code(command)}" for name, command in commands),
    ]


def code(text: str) -> str:
    r"""Write text as a code span, in which Markdown reads no mark-up and makes no links.

    Backticks and bars would end the span or the table cell. They are written as escapes, as are all
    characters that act on a terminal or reorder what is shown.

    >>> print(code("[x](javascript:alert)|`<b>`\n"))
    `[x](javascript:alert)\x7c\x60<b>\x60\n`
    """
    safe = one_line(text).replace("`", "\\x60").replace("|", "\\x7c").strip()
    return f"`{safe or ' '}`"


def one_line(text: str) -> str:
    """Write text for a log line or a state message: escaped, and at most 200 characters long."""
    safe = escape_scraped(hide(text), one_line=True)
    return safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + "…"


def _table(heading: str, rows: Iterable[tuple[str, int]]) -> list[str]:
    return [f"| {heading} | |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in rows), ""]


def _codes(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(code(name), n) for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
