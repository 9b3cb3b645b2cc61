"""Combine the segment model's removals in lines of plain text with the results of rules, structure and shape."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter

from copydesk.schemas.page import Page, Removal
from copydesk.tasks.label.claims import Draft


def by_block(page: Page) -> Mapping[int, Sequence[Removal]]:
    """Return the removals of a page by number of block, in order."""
    found: dict[int, list[Removal]] = defaultdict(list)
    for removal in page.removals:
        found[removal.line].append(removal)
    return found


def with_segments(parts: Sequence[Draft], removals: Sequence[Removal]) -> list[Draft]:
    """Cut removed segments out of the stretches that would stay in the body. Neighbours of one kind join.

    Stretches that rules and structure have decided are left alone.
    """
    out: list[Draft] = []
    for part in parts:
        if part.label == "paragraph":
            _cut(part, removals, out)
        else:
            out.append(part)
    return out


def _cut(part: Draft, removals: Sequence[Removal], out: list[Draft]) -> None:
    at = part.start
    for n in range(bisect_right(removals, at, key=attrgetter("end")), len(removals)):
        removal = removals[n]
        start, end = max(at, removal.start), min(part.end, removal.end)
        if start >= end:
            break
        if start > at:
            out.append(part._replace(start=at, end=start))
        words = "words" if removal.label == "caption" else ""
        before = out[-1] if out else None
        if before and (before.end, before.label, before.part) == (start, removal.label, words):
            out[-1] = before._replace(end=end)
        else:
            out.append(Draft(start, end, removal.label, removal.rule, removal.score, words))
        at = end
    if at < part.end:
        out.append(part._replace(start=at))
