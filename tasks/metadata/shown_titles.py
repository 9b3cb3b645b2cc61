"""Find the headline of a page whose metadata claims none: only a `<title>`, headings, or nothing.

It is the part of the title that the page shows, or the heading above the story.

Old content systems put sections and the paper's name on either side (`Example Post : Sport / Racing : Storm
wins again`). The title does not show where the headline begins, but the page repeats the headline by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from copydesk.schemas.page import BESIDE_ARTICLE, Block, Claim
from copydesk.tasks.metadata.dateline import is_day
from copydesk.tasks.metadata.story_headlines import (
    above_story,
    could_be,
    first_paragraph,
    headline_of,
    is_text,
)
from copydesk.tasks.metadata.titles import fold, names_site, parts_of

_METADATA: Final = frozenset({"opengraph", "json-ld", "microdata", "twitter", "microformat"})
"""Sources that newsrooms fill by hand or that hold only headlines: with them this module is not needed."""
_BLOCKS, _LONGEST = 300, 250
"""Number of blocks that are read; maximum length of a headline."""
_LETTERS: Final = 12
"""Minimum letters of a line that makes the title certain."""
_REPEATED: Final = 0.6
"""Share of a title from which a line that repeats it shows that the title is the headline, not the site's name."""
_MOST_OF: Final = 0.4
"""Minimum share of a title's letters that a line at its beginning or end has, without a separator between them."""


def shown_title(titles: Sequence[Claim], blocks: Sequence[Block], sites: Iterable[str]) -> Claim | None:
    """Return the headline that the page shows, if no metadata claims one; None if nothing is certain.

    A block that equals some consecutive parts of the title, but not all, is the headline; of several, the
    longest. A byline or a day after it in the block does not count. A block below the story's first paragraph does not
    count if a first-order heading above that paragraph does: it is the site's name. Without separators, a heading at
    the beginning or end of the title is the headline. If no block repeats any part of the title, the headline is
    found above the story (`above_story`).
    """
    if any(c.source in _METADATA for c in titles):
        return None
    sites = list(sites)
    titles = [c for c in titles if not is_day(c.value)]
    claimed = [c for c in titles if c.source == "title"]
    repeated = 0.0
    if len(claimed) == 1:
        best, repeated = _shown_part(
            claimed[0].value, blocks, {fold(c.value) for c in titles if c.source == "h1"}, sites
        )
        if best is not None:
            return best
    if repeated >= _REPEATED:
        return None
    return above_story(titles, blocks, {fold(site) for site in sites}, shown=repeated > 0)


def _shown_part(
    title: str, blocks: Sequence[Block], headings: set[str], sites: Sequence[str]
) -> tuple[Claim | None, float]:
    """Return the part of a title that a block shows, and the largest share of the title that any block repeats.

    Headings that are links count only if no other does, and of those the last one above the story: the first is the
    site's name. None counts if one of the page's first-order `headings` is another one.
    """
    whole, runs = fold(title), _runs(title)
    found: list[tuple[int, Block, str]] = []
    repeated = 0.0
    story = first_paragraph(blocks)
    starts = tuple(run for run in runs if len(run) >= (_LETTERS if run.isascii() else _LETTERS // 2))
    for at, block in enumerate(blocks[:_BLOCKS]):
        if any(b.hints.tag == "h1" and not _is_linked(b) for _, b, _ in found) and is_text(block):
            break
        if len(block.text) > _LONGEST or block.hints.hidden or _is_menu(block):
            continue
        folded = fold(block.text)
        if folded == whole:
            return None, 1.0
        if len(folded) >= _LETTERS and folded in whole:
            repeated = max(repeated, len(folded) / len(whole))
        headed = at < story and (block.kind == "heading" or "headline" in block.hints.own)
        if not headed and folded not in runs and not folded.startswith(starts):
            continue
        shown = block.text if folded in runs else headline_of(block)
        folded = fold(shown)
        if (folded in runs or (headed and _is_end(folded, title, whole))) and could_be(block):
            found.append((at, block, shown))
    own = [f for f in found if not _is_linked(f[1])]
    linked = [f for f in found if f[0] < story and _is_linked(f[1]) and not names_site(f[2], sites)][-1:]
    if headings - {fold(f[2]) for f in found}:
        linked = []
    if not (own or linked):
        return None, repeated
    _, best, text = max(own or linked, key=lambda f: len(fold(f[2])))
    return Claim("title", text, "h1" if best.kind == "heading" else "text"), 1.0


def _is_linked(block: Block) -> bool:
    return block.hints.link_density > 0.5


def _is_end(folded: str, title: str, whole: str) -> bool:
    """Return whether a heading is the beginning or the end of a title, with whole words left over."""
    if len(folded) < max(_LETTERS, _MOST_OF * len(whole)) or not (
        whole.startswith(folded) or whole.endswith(folded)
    ):
        return False
    words = title.split()
    return any(
        fold("".join(words[n:])) == folded or fold("".join(words[:n])) == folded for n in range(1, len(words))
    )


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


def _is_menu(block: Block) -> bool:
    """Return whether a block leads to other pages. A heading may be a link.

    Such blocks contain the site's name, and other words of a `<title>`.
    """
    return block.hints.region in BESIDE_ARTICLE or (
        block.hints.link_density > 0.5 and block.kind != "heading"
    )
