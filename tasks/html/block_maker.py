"""Make blocks from the runs of text that the walk over a page collects, with their hints and containers."""

from itertools import pairwise
from typing import Any, Final

import turbohtml

from copydesk.schemas.page import UNSEEN, Block, Box, Hints, Kind
from copydesk.tasks.html.context import RARE, Place, place_of, rare_place
from copydesk.tasks.html.inline_text import collapse, collapsed, line_ends

_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that keyword arguments take."""
_LINED: Final = frozenset({"text", "list_item", "quote", "table"})
"""Kinds of blocks in which a `<br>` may end a line. A headline or caption of two lines is one."""


class BlockMaker:
    """The open elements of a walk, the inline run so far, and the blocks before it.

    A page has twice as many block-level elements as blocks. So the meaning of a place is only computed when
    it holds a block: `places` and `numbers` cover the outermost of the open `frames`.
    """

    def __init__(self, body: turbohtml.Element) -> None:
        self.rare = set(body.select(RARE)) | {body}
        self.blocks: list[Block] = []
        self.at = 0
        self.nodes: list[Any] = [body]
        """The open nodes, outermost first."""
        self.frames = [0]
        """Which of them are block-level elements."""
        self.places: list[Place] = []
        """The meaning of the frames, for those already computed."""
        self.numbers: list[int] = []
        """Number of each of these frames in `boxes`; -1 until it holds a block."""
        self.boxes: list[Box] = []
        self.run: list[str] = []
        self.late: list[str] = []
        """Text of the run's hidden inline elements. It becomes a block after the run."""
        self.linked = self.bold = self.italic = self.links = 0
        """Non-space characters of the run inside links, bold, italics; number of links."""
        self.table = ""
        """The use of the innermost open table, from `grids`."""
        self.tabs: list[int] = []
        """Offsets in the run where cells of a row begin."""
        self.break_at = self.link_at = -1
        """Length of the run at its last `<br>`, and at the end of its last link."""
        self.breaks: list[int] = []
        """Lengths of the run at each `<br>` in it that may end a line."""
        self.flushed = 0
        self.medium, self.medium_at = "", -9
        self.figures: dict[turbohtml.Element, str] = {}
        """The contents of the open figures."""

    def flush(self) -> None:
        """End the run and make a block of its content."""
        self.flushed += 1
        if self.tabs:
            self._tabulate()
        run = self.run
        if run:
            text = "".join(run)
            if words := text.split():
                plain = " ".join(words)
                solid = len(plain) - len(words) + 1
                if self.table != "data" or "\t" not in text:
                    text = plain if text.isascii() else collapsed(text, plain)
                self.emit(text, solid)
                if self.breaks:
                    self._mark_lines()
            run.clear()
            self.breaks.clear()
            self.linked = self.bold = self.italic = self.links = 0
            self.break_at = self.link_at = -1
        if self.late:
            text = collapse("".join(self.late))
            if text:
                self.emit(text, 0)
            self.late.clear()

    def _mark_lines(self) -> None:
        """Write down where the lines of the last block end, if its author broke them with `<br>`."""
        block = self.blocks[-1]
        if block.kind in _LINED and "\t" not in block.text:
            bounds = pairwise([0, *self.breaks, len(self.run)])
            lines = [line for a, b in bounds if (line := collapse("".join(self.run[a:b])))]
            if ends := line_ends(block.text, lines):
                self.blocks[-1] = block._replace(hints=block.hints._replace(breaks=ends))

    def _tabulate(self) -> None:
        """Separate the cells of a row by tabs. Empty cells are left out."""
        bounds = [0, *self.tabs, len(self.run)]
        cells = [collapse("".join(self.run[a:b])) for a, b in pairwise(bounds)]
        self.run[:] = ["\t".join(filter(None, cells))]
        self.tabs.clear()

    def flush_outside(self) -> None:
        """End the run as the text of the frame around the innermost one."""
        inner, known = self.frames.pop(), len(self.places)
        place, number = self.places[len(self.frames) :], self.numbers[len(self.frames) :]
        del self.places[len(self.frames) :], self.numbers[len(self.frames) :]
        self.flush()
        if known > len(self.frames):
            self.places += place
            self.numbers += number
        self.frames.append(inner)

    def leave(self) -> None:
        """Leave the innermost frame; the outermost is never left."""
        frames = self.frames
        if len(frames) > 1:
            if len(self.places) == len(frames):
                self.places.pop()
                self.numbers.pop()
            frames.pop()

    def emit(self, text: str, solid: int, known: Kind = "text") -> None:
        """Add a block with its number of characters without white space; 0 for hidden text."""
        places, numbers, frames = self.places, self.numbers, self.frames
        if len(places) != len(frames):
            self._resolve_open_elements()
        place = places[-1]
        kind, media = place.kind if known == "text" else known, ""
        if place.captioned if kind == "text" else kind == "caption":
            kind, media = self._caption(place, kind)
        elif kind == "table" and self.table == "picture":
            kind, media = "caption", "image"
        above = len(places) - 2 if len(places) > 1 else 0
        if (parent := numbers[above]) < 0:
            parent = self._number(above)
        level = frames[-1] + 1
        if not solid or place.gone:
            kind, hints = place.kind, place.hints_at(level, parent, True)._replace(tag=UNSEEN)
        elif media or self.bold or self.italic or (self.links and (self.links > 1 or self.linked < solid)):
            hints = self._mixed(place, level, parent, solid, media)
        elif self.links:
            hints = place.link_hints
            if hints.parent != parent or hints.depth != level:
                hints = place.link_hints = self._mixed(place, level, parent, solid, media)
        else:
            hints = place.hints
            if hints.parent != parent or hints.depth != level:
                hints = place.hints = place.hints_at(level, parent, place.hidden)
        start = self.at
        end = start + len(text)
        self.at = end + 1
        self.blocks.append(_new(Block, (start, end, text, kind, hints, (), ())))

    def _mixed(self, place: Place, level: int, parent: int, solid: int, media: str) -> Hints:
        """Return the hints of a block with links, bold or italics, or of a caption."""
        size = max(solid, self.linked, self.bold, self.italic)
        rest = (media, place.own, self.links, self.bold / size, self.italic / size, ())
        first = (place.tag, place.path, place.tokens, self.linked / size, level, parent, place.region)
        return _new(Hints, (*first, place.hidden, *rest))

    def _number(self, at: int) -> int:
        """Give an open frame, and those around it, a number as a container."""
        places, numbers = self.places, self.numbers
        first = at
        while first and numbers[first - 1] < 0:
            first -= 1
        for n in range(first, at + 1):
            numbers[n] = len(self.boxes)
            self.boxes.append(_new(Box, (places[n].tag, numbers[n - 1] if n else -1, places[n].own)))
        return numbers[at]

    def _resolve_open_elements(self) -> None:
        """Compute the places of the open frames, with a loop, because some pages nest 100,000 deep."""
        places, numbers, nodes, rare = self.places, self.numbers, self.nodes, self.rare
        place = places[-1] if places else None
        for at in self.frames[len(places) :]:
            node = nodes[at]
            if place is None or node in rare:
                place = rare_place(node, place)
            else:
                key = (node.tag, node.attr("class"), node.attr("id"))
                place = place.shared.get(key) or place_of(node, place, key)
            places.append(place)
            numbers.append(-1)

    def _caption(self, place: Place, kind: Kind) -> tuple[Kind, str]:
        """Return the owner of a caption. Text that is a caption only by its class needs a picture."""
        if place.tag == "caption":
            return kind, ""
        figure = self.figure()
        near = self.medium if len(self.blocks) - self.medium_at <= 2 else ""
        media = (self.figures.get(figure, "") if figure is not None else "") or near
        return ("caption" if media else kind), media

    def saw(self, medium: str) -> None:
        """Record a picture or player: for its figure, and for the captions directly after it."""
        self.medium, self.medium_at = medium, len(self.blocks)
        figure = self.figure()
        if figure is not None and self.figures.get(figure, "image") == "image":
            self.figures[figure] = medium

    def figure(self) -> turbohtml.Element | None:
        """Return the figure around the innermost frame, at most eight levels up."""
        for at in self.frames[:-9:-1]:
            node: turbohtml.Element = self.nodes[at]
            if node.tag == "figure":
                return node
        return None
