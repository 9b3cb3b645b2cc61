"""Find lines of plain text that stay at any probability: lines within the body, lists, broken sentences."""

from collections.abc import Sequence

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.page import Page
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.structure import goes_on, is_brief, is_sentence

_BODY = 0


def sheltered(page: Page, free: Sequence[bool], drafts: Sequence[list[Draft]]) -> set[int]:
    """Return lines of plain text in the middle of the body, which the model alone may not remove.

    A sentence that stays comes before and after such a line, and no rule found furniture within five lines.
    Of sixty such lines in unlabelled texts, about fifty-one were body: lists of names, results of polls,
    subheadings. Lists that mostly stay are sheltered too, and lines that continue a sentence of the line
    before, where a scraper kept the line breaks of a page.
    """
    if not page.blocks or page.blocks[0].kind != "line" or not page.blocks[0].probabilities:
        return set()
    if all(b.probabilities[_BODY] >= page.body_threshold for b in page.blocks):
        return set()  # no line needs shelter
    if all(free) and is_brief(page.blocks):
        return set(range(1, len(page.blocks)))
    stays = [
        at
        for at, b in enumerate(page.blocks)
        if free[at] and b.probabilities[_BODY] >= page.body_threshold and is_sentence(b.text)
    ]
    exposed: set[int] = set()
    for at, parts in enumerate(drafts):
        if any(d.label in FURNITURE for d in parts):
            exposed.update(range(at - _SHELTER, at + _SHELTER + 1))
    inside = range(stays[0] + 1, stays[-1]) if stays else range(0)
    kept = {at for at in inside if free[at] and at not in exposed} | _lists(page, free, exposed)
    for at in range(1, len(page.blocks)):
        before = page.blocks[at - 1]
        stays_before = free[at - 1] and (at - 1 in kept or before.probabilities[_BODY] >= page.body_threshold)
        if stays_before and free[at] and goes_on(before.text, page.blocks[at].text):
            kept.add(at)
    return kept


_SHELTER = 5


def _lists(page: Page, free: Sequence[bool], exposed: set[int]) -> set[int]:
    """Return the lines of long lists that the model mostly keeps: nominees, results, firms.

    They stay or go together.

    A list is eight or more short lines in a row. No rule claimed any of them or removed anything near them.
    """
    stay: set[int] = set()
    run: list[int] = []
    for at, block in enumerate((*page.blocks, None)):
        if (
            block is not None
            and free[at]
            and at not in exposed
            and len(block.text) <= _LIST_LINE
            and not is_sentence(block.text)
        ):
            run.append(at)
            continue
        kept = sum(page.blocks[n].probabilities[_BODY] >= page.body_threshold for n in run)
        if len(run) >= _LIST_LINES and kept >= _LIST_KEPT * len(run):
            stay.update(run)
        run = []
    return stay


_LIST_LINE, _LIST_LINES, _LIST_KEPT = 90, 8, 0.4
