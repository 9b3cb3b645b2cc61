"""Draw the parts of a report that come from runs: alarms, the runs over time, the last run's changes."""

from collections.abc import Mapping, Sequence
from typing import Final

from copydesk.schemas.notebook import escaped
from copydesk.schemas.survey import Run
from copydesk.tasks.report.charts import Part, columns

_ALARMS: Final = 20
_NOTABLE: Final = 0.001
"""Least change of a share that the report shows."""


def alarms(runs: Sequence[Run]) -> str:
    """Draw the alarms of the last run, and those of earlier runs."""
    if not runs:
        return ""
    last = "".join(f"<li>{escaped(alarm)}</li>" for alarm in runs[-1].alarms)
    before = [(run, alarm) for run in reversed(runs[:-1]) for alarm in run.alarms]
    earlier = "".join(f"<li>{_day(run)}: {escaped(alarm)}</li>" for run, alarm in before[:_ALARMS])
    if not last and not earlier:
        return ""
    return (
        '<section class="alarms" aria-labelledby="h-alarms"><h2 id="h-alarms">Alarms</h2>'
        + (f"<ul>{last}</ul>" if last else "<p>The last run raised none.</p>")
        + (
            f"<details><summary>{len(before):,} of earlier runs</summary><ul>{earlier}</ul></details>"
            if earlier
            else ""
        )
        + "</section>"
    )


def runs(of: Sequence[Run]) -> str:
    """Draw the documents of each run, and over them the share of removed characters."""
    if not of:
        return "<p>There are no runs.</p>"
    values = [
        [
            Part("new", "new or changed articles", run.written),
            Part("same", "unchanged", run.unchanged),
            Part("twice", "duplicates", run.duplicate),
            Part("refused", "rejected", run.rejected),
        ]
        for run in of
    ]
    line = [run.share if run.kept_chars + run.removed_chars else None for run in of]
    legend = "".join(
        f'<li class="{style}">{name}</li>'
        for style, name in (
            ("new", "new or changed"),
            ("same", "unchanged"),
            ("twice", "duplicate"),
            ("refused", "rejected"),
            ("line", "removed share"),
        )
    )
    rows = "".join(
        f'<tr><th scope="row">{_minute(run)}</th><td class="n">{run.seen:,}</td><td class="n">{run.written:,}</td><td class="n">{run.unchanged:,}</td>'
        f'<td class="n">{run.duplicate:,}</td><td class="n">{run.rejected:,}</td><td class="n">{run.share:.1%}</td></tr>'
        for run in reversed(of)
    )
    names = ("run", "documents", "new or changed", "unchanged", "duplicates", "rejected", "removed")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return (
        columns(
            [_minute(run) for run in of],
            values,
            line,
            "Documents of each run, by what became of them",
        )
        + f'<ul class="legend">{legend}</ul>'
        + f'<details><summary>The figures, run by run</summary><div class="scroll" tabindex="0" role="region" aria-label="Figures of runs">{table}</div></details>'
    )


def changes(of: Sequence[Run]) -> str:
    """Draw a comparison of the last run with the one before."""
    if len(of) < 2:
        return "<p>There is one run: nothing to compare with yet.</p>"
    old, new = of[-2], of[-1]
    rows = [
        *(
            _counted(name, getattr(old, field), getattr(new, field))
            for name, field in (
                ("documents", "seen"),
                ("new or changed articles", "written"),
                ("unchanged", "unchanged"),
                ("duplicates", "duplicate"),
                ("near duplicates", "near_duplicates"),
                ("rejected", "rejected"),
            )
        ),
        _shared("removed", old.share, new.share),
        *(
            _shared(f"removed as {label.replace('_', ' ')}", before, after)
            for label, before, after in _apart(_parts(old), _parts(new))
        ),
        *(
            _counted(
                f"rejected as {reason}",
                old.rejects_by_reason.get(reason, 0),
                new.rejects_by_reason.get(reason, 0),
            )
            for reason in sorted(old.rejects_by_reason.keys() | new.rejects_by_reason.keys())
        ),
    ]
    said = [
        f"{name} <code>{escaped(before)}</code> → <code>{escaped(after)}</code>"
        for name, before, after in (
            ("rules", old.rules_version, new.rules_version),
            ("copydesk", old.cleaner_version, new.cleaner_version),
        )
        if before != after
    ]
    other = "" if old.inputs == new.inputs else " They read different inputs."
    return (
        f"<p>{_minute(new)} beside {_minute(old)}.{other}{' Changed: ' + ', '.join(said) + '.' if said else ''}</p>"
        '<table><thead><tr><td></td><th scope="col">before</th><th scope="col">last run</th><th scope="col">change</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _parts(run: Run) -> dict[str, float]:
    whole = run.kept_chars + run.removed_chars
    return {label: size / whole for label, size in run.removed_by_label.items()} if whole else {}


def _apart(old: Mapping[str, float], new: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Return the labels whose share changed, the largest change first."""
    found = [(label, old.get(label, 0.0), new.get(label, 0.0)) for label in old.keys() | new.keys()]
    found = [each for each in found if abs(each[2] - each[1]) >= _NOTABLE]
    return sorted(found, key=lambda each: (-abs(each[2] - each[1]), each[0]))


def _counted(name: str, old: int, new: int) -> str:
    change = f"{new - old:+,}" if new != old else "="
    return f'<tr><th scope="row">{escaped(name)}</th><td class="n">{old:,}</td><td class="n">{new:,}</td><td class="n">{change}</td></tr>'


def _shared(name: str, old: float, new: float) -> str:
    points = 100 * (new - old)
    change = f"{points:+.1f} points" if abs(points) >= 0.05 else "="
    return f'<tr><th scope="row">{escaped(name)}</th><td class="n">{old:.1%}</td><td class="n">{new:.1%}</td><td class="n">{change}</td></tr>'


def _minute(run: Run) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M}"


def _day(run: Run) -> str:
    return f"{run.started_at:%Y-%m-%d}"
