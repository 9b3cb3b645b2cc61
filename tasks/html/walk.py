"""Walk over the tree once in document order, and turn inline runs of text into blocks.

A block ends where a line ends in a browser: at block-level elements, two `<br>` in a row, a line of `<pre>`.
The decisions where the standard leaves room:

- a single `<br>` is a space in the block, and its hints tell where a line ends: in verse, addresses and lists, but not
  where lines were wrapped at a width (`inline_text.line_ends`);
- buttons, labels and custom elements are lines of their own, except within a paragraph or heading;
- a row of a table of data is one block, with tabs between its cells; in a table that lays out the page a cell of more
  than 120 characters is its own block (`grids`);
- lines of `<pre>` that belong together are one block with its line breaks (`verbatim`);
- `</a><a>` without a space gets one: style sheets separate menus, but never words;
- hidden inline text, and the readings of ruby, would break the sentence around them: they become a hidden block after
  it, with the tag `rt`;
- a span with a class for captions or credits is a line of its own beside a picture.

No Python function recurses, and each node is visited once. `block_maker` makes the blocks, `elements` lists
the elements.
"""

from typing import Any

import turbohtml

from copydesk.schemas.page import PARAGRAPH, Block, Box
from copydesk.tasks.html.block_maker import BlockMaker
from copydesk.tasks.html.context import meaning_of, vanishes
from copydesk.tasks.html.elements import (
    ASIDE,
    BLOCK,
    BOLD,
    BREAK,
    CELL,
    CODES,
    GRID_CELL,
    ITALIC,
    LINES,
    LINK,
    MEDIA,
    MEDIA_OF,
    PROSE,
    RUBY,
    SKIP,
    SOFT,
    SPAN,
    TABLE,
    TITLES,
    VERBATIM,
)
from copydesk.tasks.html.grids import use_of
from copydesk.tasks.html.inline_text import is_paragraph
from copydesk.tasks.html.verbatim import verbatim

_LONG_CELL = PARAGRAPH


def blocks_of(body: turbohtml.Element) -> tuple[Block, ...]:
    """Walk an element and return its blocks, with offsets in the text that joins them by newlines."""
    return walk(body)[0]


def walk(body: turbohtml.Element) -> tuple[tuple[Block, ...], tuple[Box, ...]]:
    """Walk an element and return its blocks, and the containers that their `hints.parent` names."""
    state = _Walk(body)
    state.descend(body)
    return tuple(state.blocks), tuple(state.boxes)


class _Walk(BlockMaker):
    """The state of a walk: that of `BlockMaker`, and the open elements that change how text is handled."""

    def __init__(self, body: turbohtml.Element) -> None:
        super().__init__(body)
        self.undo = [0]
        """What must be undone when each of the open nodes ends."""
        self.in_link = 0
        self.odd = self.in_bold = self.in_italic = self.in_aside = self.in_lines = 0
        """Counts of open elements for which text must be inspected, besides links; `odd` is their sum."""
        self.in_ruby = self.in_grid_cell = 0
        self.flat = 0
        """Count of open elements in which no block ends a line: `in_aside` plus `in_grid_cell`."""
        self.verbatim = ""
        """Text of the open `<pre>` whose lines belong together."""
        self.skipping = False
        self.cells: list[tuple[int, ...]] = []

    def descend(self, body: turbohtml.Element) -> None:  # noqa: C901, PLR0912, PLR0915 - runs for each node of a page: what is frequent is written out
        """Visit each node below an element once, in document order.

        Frequent cases are handled here, the others elsewhere.
        """
        nodes, undo, frames, places, numbers = self.nodes, self.undo, self.frames, self.places, self.numbers
        run, late, rare = self.run, self.late, self.rare
        text, element, comment, code_of = turbohtml.Text, turbohtml.Element, turbohtml.Comment, CODES.get
        here: turbohtml.Node = body
        node: Any
        for node in body.descendants:
            parent = node.parent
            while here is not parent:
                if code := undo.pop():
                    if code == BLOCK:
                        if run or late:
                            self.flush()
                        if len(places) == len(frames):
                            del places[-1], numbers[-1]
                        del frames[-1]
                    elif code == LINK:
                        self.in_link -= 1
                        self.link_at = len(run)
                    else:
                        self.close(code)
                nodes.pop()
                here = nodes[-1]
            kind = type(node)
            if kind is text:
                if self.odd:
                    if not self.skipping:
                        self.odd_text(node.data)
                    continue
                data = node.data
                if run or not data.isspace():
                    run.append(data)
                    if self.in_link:
                        self.linked += len(data) - data.count(" ") - data.count("\n")
                continue
            if kind is comment:
                continue
            code = 0
            if kind is element and not self.skipping:
                tag = node.tag
                code = code_of(tag) or (SOFT if "-" in tag else 0)
                if code == BLOCK and not self.flat:
                    if run or late:
                        self.flush()
                    frames.append(len(nodes))
                elif code == SPAN and node not in rare and not meaning_of(node.attr("class")).special:
                    code = 0
                elif code == LINK and node not in rare:
                    self.links += 1
                    self.in_link += 1
                    if self.link_at == len(run) > 0:
                        run.append(" ")
                elif code:
                    code = self.open(node, tag, code)
            here = node
            nodes.append(node)
            undo.append(code)
        for code in reversed(undo):
            self.close(code)
        self.flush()

    def odd_text(self, data: str) -> None:
        """Add text that is bold, italic, hidden or in preformatted lines."""
        if self.in_aside:
            self.late.append(data)
            return
        if self.in_ruby and (data.isspace() or data.strip() > "\u2e80"):
            data = data.strip()  # mark-up on lines of its own; words of these scripts have no spaces inside
        if self.in_lines and "\n" in data:
            *lines, data = data.split("\n")
            for line in lines:
                self.run.append(line)
                self.flush()
        if not self.run and data.isspace():
            return
        self.run.append(data)
        size = len(data) - data.count(" ") - data.count("\n")
        if self.in_link:
            self.linked += size
        if self.in_bold:
            self.bold += size
        if self.in_italic:
            self.italic += size

    def open(self, node: turbohtml.Element, tag: str, code: int) -> int:  # noqa: C901, PLR0912 - the same
        """Open an element with a meaning. Returns what `close` must undo, 0 for nothing."""
        if code == MEDIA and tag not in MEDIA_OF:
            self.saw("image")
            return 0
        if code == BREAK:
            self._break()
            return 0
        if code in (SPAN, LINK):
            if vanishes(node, True):
                code = ASIDE if self.run or self.nodes[self.frames[-1]].tag in PROSE else BLOCK
            elif code == SPAN:
                if not self._is_caption(node):
                    return 0
                code = BLOCK
        if self.flat and code in (BLOCK, LINES, SOFT, CELL, TABLE):
            (self.late if self.in_aside else self.run).append(" ")
            return 0
        if code == SOFT:
            if self.nodes[self.frames[-1]].tag in PROSE:
                return 0
            code = BLOCK
        if code == TABLE:
            self.table = use_of(node)
        elif code == LINES and (text := verbatim(node)):
            self.verbatim = text
            code = VERBATIM
        elif code == CELL and self.table == "data":
            code = GRID_CELL
        if code in (BLOCK, LINES, TABLE, VERBATIM):
            self.flush()
            self.frames.append(len(self.nodes))
            if code in (LINES, VERBATIM):
                self._count(code, 1)
        elif code == GRID_CELL:
            self.tabs.append(len(self.run))
            self._count(code, 1)
        elif code == CELL:
            if self.run:
                self.run.append(" ")
            self.cells.append((self.flushed, len(self.run), self.linked, self.bold, self.italic, self.links))
            self.frames.append(len(self.nodes))
        elif code == MEDIA:
            self.saw(MEDIA_OF[tag])
            code = ASIDE  # text inside <video> is for browsers that can't play it
            self._count(code, 1)
        else:
            if code == LINK:
                if self.link_at == len(self.run) > 0:
                    self.run.append(" ")
                self.links += 1
            elif tag == "iframe":
                self.saw("video")
            self._count(code, 1)
        return code

    def close(self, code: int) -> None:
        """Undo the effects of `open`."""
        if code in (BLOCK, LINES, TABLE):
            self.flush()
            self.leave()
            if code == LINES:
                self._count(code, -1)
            elif code == TABLE:
                self.table = ""
        elif code == VERBATIM:
            self._count(code, -1)
            self.emit(self.verbatim, len("".join(self.verbatim.split())), "preformatted")
            self.leave()
        elif code == CELL:
            self._close_cell()
        elif code:
            self._count(code, -1)
            if code == LINK:
                self.link_at = len(self.run)

    def _count(self, code: int, by: int) -> None:
        """Count the open elements of a kind up or down."""
        if code == LINK:
            self.in_link += by
            return
        self.odd += by
        if code == BOLD:
            self.in_bold += by
        elif code == ITALIC:
            self.in_italic += by
        elif code == ASIDE:
            self.in_aside += by
            self.flat += by
            self.late.append(" ")
        elif code == LINES:
            self.in_lines += by
        elif code == RUBY:
            self.in_ruby += by
        elif code == GRID_CELL:
            self.in_grid_cell += by
            self.flat += by
        elif code in (SKIP, VERBATIM):
            self.skipping = by > 0

    def _break(self) -> None:
        """Handle a `<br>`: a space, or the end of a paragraph directly after another `<br>`."""
        if not self.run:
            return
        since = "".join(self.run[max(self.break_at, 0) :]).strip()
        if not self.flat and (not since or is_paragraph(since)):
            self.flush()
            return
        self.break_at = len(self.run)
        if not self.flat:
            self.breaks.append(self.break_at)
        self.run.append(" ")

    def _close_cell(self) -> None:
        """Leave a table cell: its text joins the row's, unless it is long or held blocks."""
        flushed, mark, *before = self.cells.pop()
        if flushed != self.flushed:
            self.flush()
        elif len(self.run) > mark and sum(map(len, self.run[mark:])) > _LONG_CELL:
            cell, counts = self.run[mark:], (self.linked, self.bold, self.italic, self.links)
            breaks = [at - mark for at in self.breaks if at >= mark]
            del self.run[mark:], self.breaks[len(self.breaks) - len(breaks) :]
            self.linked, self.bold, self.italic, self.links = before
            self.flush_outside()
            self.run += cell
            self.breaks += breaks
            self.linked, self.bold, self.italic, self.links = (
                a - b for a, b in zip(counts, before, strict=True)
            )
            self.flush()
        self.leave()

    def _is_caption(self, node: turbohtml.Element) -> bool:
        """Return whether a span is the words or credit of a picture, by its class and a picture near it."""
        if (
            self.flat
            or not meaning_of(node.attr("class")).caption
            or self.nodes[self.frames[-1]].tag in TITLES
        ):
            return False
        return len(self.blocks) - self.medium_at <= 2 or self.figure() is not None
