"""Let the must-keep lines of packs outweigh all other evidence."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter

from copydesk.schemas.page import Block, Page, Stay
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.spans import is_kept


def stays_by_block(page: Page) -> Mapping[int, Sequence[Stay]]:
    """Return the must-keep lines of a page by number of block, in order."""
    found: dict[int, list[Stay]] = defaultdict(list)
    for stay in page.stays:
        found[stay.line].append(stay)
    return found


def with_stays(block: Block, parts: Sequence[Draft], stays: Sequence[Stay]) -> list[Draft]:
    """Cut must-keep lines out of the stretches that would be removed; they become body.

    Stretches that stay, in the body or as a field, are left alone.
    """
    out: list[Draft] = []
    for part in parts:
        if is_kept(part.label, part.part):
            out.append(part)
        else:
            _cut(block, part, stays, out)
    return out


def _cut(block: Block, part: Draft, stays: Sequence[Stay], out: list[Draft]) -> None:
    text = block.text[part.start : part.end]
    first = part.start + len(text) - len(text.lstrip())
    last = part.start + len(text.rstrip())
    at = part.start
    for stay in stays[: bisect_right(stays, part.end, key=attrgetter("start"))]:
        if not (stay.alone or (stay.start, stay.end) == (first, last)):
            continue
        start, end = max(at, stay.start), min(part.end, stay.end)
        if start >= end:
            continue
        if block.text[at:start].strip():
            out.append(part._replace(start=at, end=start))
        out.append(Draft(start, end, "paragraph", stay.rule, 1.0))
        at = end
    if block.text[at : part.end].strip() or at == part.start:
        out.append(part._replace(start=at))
