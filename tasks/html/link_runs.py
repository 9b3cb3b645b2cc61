"""Runs of links become one block: a menu is one thing, to whoever reads the ledger and to the model.

Half of the blocks of a news page are links one after the other (118 of 242 on the 125 news pages of
the evaluation set), and all that follows costs by the block. Of the 15,600 links in such runs 5 stood
in the body that the gold wants; on web articles 1,370 of 57,000, mostly in runs that are wholly body,
so that a run is kept or removed as one. Where it is kept, its links are list items of their own.
"""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import Block

_LEAST: Final = 4
"""Links that make a run: fewer may be topics, authors, a headline and its rubric."""
_LONGEST: Final = 150
"""Characters of a link of a run; a longer one may be a paragraph that somebody linked as a whole."""
_ALL: Final = 0.99
_OWN_LINE: Final = frozenset({"heading", "caption", "embed"})
_FIELDS: Final = frozenset({"author", "authors", "byline", "autor", "auteur", "dateline", "headline"})
"""Class words of links that are names and titles, which fields are read from."""


def gather_menus(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Join each run of four links and more to one block of kind `links`, a line for each link.

    A run ends where the region does, where text becomes hidden or visible, and at whatever is not
    a link from end to end: a heading, a caption, a name or title. The block has the hints of the
    first link and the number of all. Offsets are those of the first and last: blocks are joined by
    newlines in `Page.text` already.
    """
    out: list[Block] = []
    run: list[Block] = []
    for block in blocks:
        hints = block.hints
        if (
            hints.link_density >= _ALL
            and len(block.text) <= _LONGEST
            and block.kind not in _OWN_LINE
            and hints.tag != "time"
            and _FIELDS.isdisjoint(hints.tokens)
        ):
            if run and ((first := run[0].hints).region != hints.region or first.hidden != hints.hidden):
                _close(run, out)
            run.append(block)
        else:
            if run:
                _close(run, out)
            out.append(block)
    _close(run, out)
    return tuple(out)


def _close(run: list[Block], out: list[Block]) -> None:
    """Put a run into `out`, as one block if it is long enough, and begin anew."""
    if len(run) < _LEAST:
        out += run
    else:
        hints = run[0].hints._replace(links=sum(block.hints.links for block in run))
        out.append(Block(run[0].start, run[-1].end, "\n".join([block.text for block in run]), "links", hints))
    run.clear()
