"""Draw bars and columns as plain SVG.

Sizes are attributes and colours are classes, since the page's policy permits no style attributes.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.notebook import escaped
from copydesk.tasks.report.page import tag

_WIDTH, _HEIGHT = 1000, 220
_GAP: Final = 0.25
"""Share of a column that stays empty."""
_WIDEST: Final = 60.0


class Part(NamedTuple):
    """A part of a column: its class, its name for screen readers, its size."""

    style: str
    name: str
    size: int


def bar(share: float, style: str = "") -> str:
    """Draw one bar: `share` of the width, 0 to 1. The page gives the number beside it."""
    return (
        '<svg class="bar-h" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="10"/><rect class="fill {style}" width="{100 * share:.2f}" height="10"/></svg>'
    )


def stack(parts: Mapping[str, int], whole: int) -> str:
    """Draw one bar of labels in their colours. `whole` fills the width."""
    at = 0.0
    drawn = []
    for label, size in sorted(parts.items(), key=lambda each: (-each[1], each[0])):
        width = 100 * size / whole if whole else 0.0
        drawn.append(
            f'<rect class="label-fill {tag(label)}" x="{at:.2f}" width="{width:.2f}" height="10"><title>{escaped(label)}</title></rect>'
        )
        at += width
    return (
        '<svg class="bar-h" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="10"/>{"".join(drawn)}</svg>'
    )


def columns(
    titles: Sequence[str], values: Sequence[Sequence[Part]], line: Sequence[float | None], name: str
) -> str:
    """Draw a column for each run, and over them a line of shares from 0 to 1. `name` is the chart's name."""
    most = max((sum(part.size for part in parts) for parts in values), default=0) or 1
    top = max((share for share in line if share is not None), default=0.0) or 1.0
    step = _WIDTH / max(1, len(values))
    width = min(_WIDEST, step * (1 - _GAP))
    drawn, points = [], []
    for number, parts in enumerate(values):
        middle, foot = step * (number + 0.5), float(_HEIGHT)
        rects = []
        for part in parts:
            height = (_HEIGHT - 20) * part.size / most
            foot -= height
            rects.append(
                f'<rect class="{part.style}" x="{middle - width / 2:.1f}" y="{foot:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
            )
        told = ", ".join(f"{part.size:,} {part.name}" for part in parts if part.size)
        drawn.append(f"<g><title>{escaped(titles[number])}: {told or 'nothing'}</title>{''.join(rects)}</g>")
        share = line[number]
        if share is not None:
            points.append((middle, _HEIGHT - 10 - (_HEIGHT - 40) * share / top))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points)
    return (
        f'<svg class="columns" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escaped(name)}">'
        f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{_HEIGHT}" y2="{_HEIGHT}"/>{"".join(drawn)}'
        f'<polyline class="line" points="{path}"/>{dots}</svg>'
    )
