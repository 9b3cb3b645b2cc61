"""Find the headline of a page whose only title is its `<title>`.

It is the part of the title that the page shows, or the heading above the story.

Old content systems put sections and the paper's name on either side (`Example Post : Sport / Racing : Storm
wins again`). The title does not show where the headline begins, but the page repeats the headline by itself.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from copydesk.schemas.page import BESIDE_ARTICLE, PARAGRAPH, Block, Claim
from copydesk.tasks.metadata.titles import fold, parts_of

_METADATA: Final = frozenset({"opengraph", "json-ld", "microdata", "twitter", "microformat"})
"""Sources that newsrooms fill by hand or that hold only headlines: with them this module is not needed."""
_BLOCKS, _LONGEST = 300, 250
"""Number of blocks that are read; maximum length of a headline, and minimum length of a paragraph of the
story."""
_WORDS, _HEADING_WORDS, _LETTERS = 3, 2, 12
"""Minimum words of a line, and of a heading, that may be a headline; minimum letters in a script without
spaces."""


def shown_title(titles: Sequence[Claim], blocks: Sequence[Block], sites: Iterable[str]) -> Claim | None:
    """Return the headline that the page shows, if only its `<title>` claims one; None if nothing is certain.

    A block that equals some consecutive parts of the title, but not all, is the headline; of several, the
    longest. A block below the story's first paragraph does not count if a first-order heading above that
    paragraph does: it is the site's name. If no block repeats any part of the title, the headline is the last
    first-order heading above that paragraph. If there is none, or if the page claims no title at all, it is a line above
    that paragraph which shares its words with the story, provided that the title does not.
    """
    claimed = [c for c in titles if c.source == "title"]
    if not titles:
        return _about_story(blocks, "")
    if len(claimed) != 1 or any(c.source in _METADATA for c in titles):
        return None
    whole = fold(claimed[0].value)
    runs = _runs(claimed[0].value)
    best: Block | None = None
    repeated = False
    for block in blocks[:_BLOCKS]:
        if best is not None and best.hints.tag == "h1" and _is_paragraph(block):
            break
        if len(block.text) > _LONGEST or block.hints.hidden or _is_menu(block):
            continue
        folded = fold(block.text)
        if folded == whole:
            return None
        repeated = repeated or (len(folded) >= _LETTERS and folded in whole)
        if folded in runs and _could_be(block) and (best is None or len(folded) > len(fold(best.text))):
            best = block
    if best is not None:
        return Claim("title", best.text, "h1" if best.kind == "heading" else "text")
    if repeated:
        return None
    return _above_story(blocks, {fold(site) for site in sites}) or _about_story(blocks, claimed[0].value)


def _runs(title: str) -> set[str]:
    """Return the parts of a title, single and consecutive, without punctuation; not all of them together."""
    parts = [fold(part) for part in parts_of(title)][:12]
    rows = (
        "".join(parts[a:b])
        for a in range(len(parts))
        for b in range(a + 1, len(parts) + 1)
        if b - a < len(parts)
    )
    return {row for row in rows if row}


def _could_be(block: Block) -> bool:
    if (
        block.hints.region in BESIDE_ARTICLE
        or block.hints.link_density > 0.5
        or block.kind not in ("heading", "text", "table")
    ):
        return False
    words = len(block.text.split())
    if words == 1 and not block.text.isascii():
        return len(block.text) >= _LETTERS
    return words >= (_HEADING_WORDS if block.kind == "heading" else _WORDS)


def _is_menu(block: Block) -> bool:
    """Return whether a block leads to other pages. A heading may be a link.

    Such blocks contain the site's name, and other words of a `<title>`.
    """
    return block.hints.region in BESIDE_ARTICLE or (
        block.hints.link_density > 0.5 and block.kind != "heading"
    )


def _is_paragraph(block: Block) -> bool:
    return block.kind == "text" and len(block.text) >= PARAGRAPH and block.hints.link_density < 0.5


def _above_story(blocks: Sequence[Block], sites: set[str]) -> Claim | None:
    """Return the last first-order heading before the first paragraph."""
    found: Block | None = None
    for block in blocks[:_BLOCKS]:
        if _is_paragraph(block):
            break
        if (
            block.kind == "heading"
            and block.hints.tag == "h1"
            and _could_be(block)
            and not block.hints.hidden
        ):
            found = block
    if found is None or len(found.text.split()) < _WORDS or fold(found.text) in sites:
        return None
    return Claim("title", found.text, "h1")


def _about_story(blocks: Sequence[Block], title: str) -> Claim | None:
    """Return the line above the story that shares its words, if the title only has the site's words.

    An example of such a title is `Northern Herald - News, Sport`. The line is the nearest heading, otherwise the
    nearest line with a headline's class, otherwise the nearest bold line. Sentences are standfirsts and left alone.
    """
    first = next((at for at, b in enumerate(blocks[:_BLOCKS]) if _is_text(b)), -1)
    if first < 1:
        return None
    body = _telling(" ".join(b.text for b in blocks[first : first + _STORY] if _is_text(b)))
    if _shared(title, body) > _FOREIGN:
        return None
    best: Block | None = None
    rank = 0
    for block in reversed(blocks[max(0, first - _ABOVE) : first]):
        if block.hints.hidden or not _could_be(block) or block.text.rstrip()[-1:] in _STOPS:
            continue
        own = 3 if block.kind == "heading" else 2 if not _HEADLINES.isdisjoint(block.hints.own) else 1
        if own == 1 and block.hints.bold < _BOLD:
            continue
        if own > rank and len(block.text) <= PARAGRAPH and _shared(block.text, body) >= _OWN:
            best, rank = block, own
    return Claim("title", best.text, "h1" if best.kind == "heading" else "text") if best else None


def _is_text(block: Block) -> bool:
    """Return whether a block is a paragraph, or a cell that holds one."""
    cell = block.kind == "table" and block.hints.tag == "td"
    return _is_paragraph(block._replace(kind="text") if cell else block)


_STORY, _ABOVE = 16, 12
"""Blocks of the story whose words count, and blocks above it that may be its headline."""
_FOREIGN, _OWN, _BOLD = 0.34, 0.5, 0.9
"""Share of its words that a title without the headline has in common with the story at most, and a headline at least; and
the share of a line that is bold."""
_HEADLINES: Final = frozenset({"headline", "title", "header", "heading", "hed", "storytitle", "headlines"})
_STOPS: Final = frozenset(".:。")


def _telling(text: str) -> frozenset[str]:
    """Return the longer words of a text, without case."""
    return frozenset(_WORD.findall(text.casefold()))


_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def _shared(line: str, body: frozenset[str]) -> float:
    """Return the share of the longer words of a line that the story has; 0 for a line without any."""
    words = _telling(line)
    return len(words & body) / max(1, len(words))
