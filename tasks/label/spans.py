"""Map decided stretches of blocks to their place in the page's text."""

from typing import Final

from copydesk.schemas.labels import BODY
from copydesk.schemas.page import Block, Page, Span
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.decisions import by_model
from copydesk.tasks.label.structure import body_kind
from copydesk.tasks.text import align

_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that keyword arguments take."""


def plain_span(block: Block, number: int, body_threshold: float) -> Span | None:
    """Return the span of a block of a page that only the model has judged; None where more must be looked at."""
    start, end, text, kind, hints, _, probabilities = block
    if kind in _LOOKED_AT or not probabilities or text != text.strip():
        return None
    body = probabilities[0]
    if body < body_threshold:
        label, rule, part = by_model(block)
        kept = label in _KEPT_FIELDS
        return _new(Span, (start, end, text, label, kept, rule, 1 - body, number, part, hints.media))
    if kind == "links" or hints.breaks:
        return None
    label = body_kind(block, number, number)
    return _new(Span, (start, end, text, label, True, "", body, number, "", hints.media))


_LOOKED_AT: Final = frozenset({"line", "caption"})


def single_span(block: Block, number: int, draft: Draft, kind: str) -> Span | None:
    """Return the span of a draft that covers a whole block.

    Returns None if white space must be trimmed, or if nothing else is in the block.
    """
    text = block.text
    if draft.end - draft.start == len(text) and text == text.strip() != "":
        return _span(block, number, draft, kind, block.start, block.end)
    return None


def spans_of(page: Page, number: int, parts: list[Draft], kind: str) -> list[Span]:
    """Map drafts to their place in the page's text, without white space at both ends."""
    block = page.blocks[number]
    trimmed = []
    for d in parts:
        piece = block.text[d.start : d.end]
        body = piece.strip()
        if body:
            start = d.start + len(piece) - len(piece.lstrip())
            trimmed.append(d._replace(start=start, end=start + len(body)))
    if len(trimmed) == 1:
        places = [block.start, block.end]
    else:
        cuts = [cut for d in trimmed for cut in (d.start, d.end)]
        raw = page.text[block.start : block.end]
        places = [block.start + cut for cut in align(raw, block.text, cuts)]
        if places:
            places[0], places[-1] = block.start, block.end
        for n in range(
            2, len(places), 2
        ):  # characters that repair removed between two stretches belong to the first one
            places[n - 1] += len(page.text[places[n - 1] : places[n]].rstrip())
    return [_span(block, number, d, kind, places[2 * n], places[2 * n + 1]) for n, d in enumerate(trimmed)]


def unseen_span(block: Block) -> Span:
    """Return the record of a block of invisible characters: repair removed them all."""
    return Span(block.start, block.end, "", "other_boilerplate", False, "repair:nothing-visible", 1.0, -1)


def _span(block: Block, number: int, d: Draft, kind: str, start: int, end: int) -> Span:
    label = kind if d.label == "paragraph" else d.label
    kept = is_kept(label, d.part)
    text = block.text[d.start : d.end]
    return _new(Span, (start, end, text, label, kept, d.rule, d.score, number, d.part, block.hints.media))


def is_kept(label: str, part: str) -> bool:
    """Return whether a stretch with this label stays, in the body or as a field of the article."""
    return label in BODY or (part != "marker" and label in _KEPT_FIELDS)


_KEPT_FIELDS = frozenset({"section", "title", "byline", "dateline", "caption"})
