"""Turn labelled pages into the flat texts that scrapers make of them."""

import random
from collections.abc import Sequence
from typing import Any, Final

from copydesk.tasks.model.training.segments.align import in_body
from copydesk.tasks.model.training.segments.pieces import Draft, Piece, sentences

_COVERED: Final = 0.6
"""Least share of the gold body that a scraper must have kept."""
_AROUND: Final = 30
"""Most texts kept before and after the body: a menu is not worth a thousand sentences."""


def draft_of(
    page: dict[str, Any],
    scraper: str,
    parts: Sequence[str],
    language: str,
    captions: frozenset[str] = frozenset(),
) -> Draft | None:
    """Return a scraper's text of a page, labelled, with a line for each part; None if it lacks the body.

    `captions` are texts that the page itself marks as captions.
    """
    parts = [" ".join(part.split()) for part in parts if part.strip()]
    if sum(map(len, parts)) > 120_000:
        return None
    body = in_body(parts, page["text"] or "")
    letters = sum(int(flags.sum()) for flags in body)
    if letters < _COVERED * len(page["text"] or "") or letters < 400:
        return None
    kept = [n for n, flags in enumerate(body) if flags.any()]
    low, high = max(0, kept[0] - _AROUND), kept[-1] + 1 + _AROUND
    title = (page.get("title") or "").strip()
    names = {name.lower() for name in page.get("authors") or () if len(name) > 4}
    pieces: list[Piece] = []
    for part, flags in zip(parts[low:high], body[low:high], strict=True):
        before = "\n" if pieces else ""
        at = 0
        for sentence in sentences(part):
            share = float(flags[at : at + len(sentence)].mean())
            at += len(sentence)
            pieces.append(Piece(sentence, _known(sentence, share, title, names), before))
            before = ""
    pieces = [with_caption(piece, captions) for piece in pieces]
    return Draft(
        f"{page['id']}|{scraper}", page["publisher"] or page["id"], language, "pages", tuple(pieces), title
    )


def _known(text: str, share: float, title: str, names: set[str]) -> str:
    bare = text.strip().lower()
    if title and bare == title.lower():
        return "title"
    if share >= 0.8:
        return "body"
    if share > 0.2:
        return "unknown"
    if len(bare) < 80 and any(name in bare for name in names):
        return "byline"
    return "not_body"


def with_caption(piece: Piece, captions: frozenset[str]) -> Piece:
    """Label a piece outside the body as a caption if the page marks it so."""
    text = piece.text.strip()
    if (
        piece.known in ("not_body", "unknown")
        and len(text) > 8
        and any(text in caption for caption in captions)
    ):
        return piece._replace(known="caption")
    return piece


def separated(draft: Draft, chance: random.Random) -> Draft:
    """Join the parts like a scraper: on lines of their own, by spaces, or by nothing.

    With less of the surroundings.
    """
    draw = chance.random()
    joint = "\n" if draw < 0.4 else "\n\n" if draw < 0.5 else " " if draw < 0.85 else ""
    keep = chance.choice((0.1, 0.3, 0.6, 1.0))
    body = [n for n, piece in enumerate(draft.pieces) if piece.known == "body"]
    low, high = body[0] - chance.choice((0, 1, 3, 10, 60)), body[-1] + chance.choice((0, 2, 8, 20, 60))
    out: list[Piece] = []
    lines: list[list[tuple[int, Piece]]] = []
    for number, piece in enumerate(draft.pieces):
        if piece.before or not lines:
            lines.append([])
        lines[-1].append((number, piece))
    for line in lines:
        has_body = any(piece.known == "body" for _, piece in line)
        if not has_body and (line[0][0] < low or line[0][0] > high or chance.random() > keep):
            continue
        for number, (_, piece) in enumerate(line):
            before = "" if number or not out else joint
            out.append(piece._replace(before=before))
    return draft._replace(pieces=tuple(out))
