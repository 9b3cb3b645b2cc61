"""Join runs of links to one block: a menu is one thing, for readers of the ledger and for the model.

Half of the blocks of a news page are links one after the other (118 of 242 on the 125 news pages of the
evaluation set), and the cost of all further steps grows with the blocks. Of the 15,600 links in such runs, 5
were in the body that the gold requires. On web articles it was 1,370 of 57,000, mostly in runs that are body
as a whole. So a run is kept or removed as one. If it is kept, each of its links becomes a list item.
"""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import AUTHOR_TOKENS, Block

_LEAST: Final = 4
"""Fewest links of a run. Fewer may be topics, authors, or a headline and its section."""
_LONGEST: Final = 150
"""Most characters of a link in a run. A longer one may be a paragraph that is linked as a whole."""
_ALL: Final = 0.99
_OWN_LINE: Final = frozenset({"heading", "caption", "embed"})
_FIELDS: Final = AUTHOR_TOKENS | {"dateline", "headline"}
"""Class words of links that are names and titles. Fields are read from them."""


def gather_menus(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Join each run of four or more links to one block of kind `links`, with one line per link.

    A run ends where the region ends, where text becomes hidden or visible, and at any block that is not
    completely a link: a heading, a caption, a name or title. The block has the hints of the first link and
    the number of all links. Its offsets run from the first to the last link, because newlines already join
    the blocks in `Page.text`.
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
    """Add a run to `out`, as one block if it is long enough, and empty it."""
    if len(run) < _LEAST:
        out += run
    else:
        hints = run[0].hints._replace(links=sum(block.hints.links for block in run))
        out.append(Block(run[0].start, run[-1].end, "\n".join([block.text for block in run]), "links", hints))
    run.clear()
