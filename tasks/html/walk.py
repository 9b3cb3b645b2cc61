"""One walk over the tree in document order, which turns inline runs of text into blocks.

What ends a block is what ends a line in a browser: block-level elements, two `<br>` in a row, a
line of `<pre>`. Decisions where the standard leaves room:

- a single `<br>` is a space: authors use it for verse and addresses as well as for wrapping;
- buttons, labels and custom elements are lines of their own, except within a paragraph or heading;
- a row of a table of data is one block, its cells apart by a tab; in a table that lays the page out a cell
  of more than 120 characters is one of its own (`html_grids`);
- lines of `<pre>` that belong together are one block with its line breaks (`html_verbatim`);
- `</a><a>` without a space between gets one: menus are set apart by style sheets, words never are;
- hidden inline text, and the readings of ruby, would break the sentence around them: they
  become a hidden block behind it, with `rt` for its tag;
- a span whose class calls it a caption or credit is a line of its own beside a picture.

Nothing in Python recurses; each node is visited once.
"""

import re
from itertools import pairwise
from typing import Any, Final

import turbohtml

from copydesk.schemas.page import PARAGRAPH, UNSEEN, Block, Box, Hints, Kind
from copydesk.tasks.html.context import RARE, Place, meaning_of, place_of, vanishes
from copydesk.tasks.html.grids import use_of
from copydesk.tasks.html.verbatim import verbatim
from copydesk.tasks.text import CLOSERS, CLOSING_QUOTES, TERMINALS

_BLOCK, _SKIP, _BREAK, _LINK, _BOLD, _ITALIC, _MEDIA, _SOFT, _CELL, _ASIDE, _SPAN, _LINES = range(1, 13)
_TABLE, _GRID_CELL, _RUBY, _VERBATIM = range(13, 17)
_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
    frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav noscript ol optgroup option p
    search section summary tbody textarea tfoot thead tr ul
"""
_UNSEEN = "head script style template iframe noframes noembed object applet title desc defs metadata symbol"
_CODES: Final[dict[str, int]] = {
    **dict.fromkeys(_BLOCKS.split(), _BLOCK),
    **dict.fromkeys(("pre", "listing", "plaintext", "xmp"), _LINES),
    **dict.fromkeys(_UNSEEN.split(), _SKIP),
    **dict.fromkeys(("img", "picture", "amp-img", "video", "audio", "amp-video", "amp-audio"), _MEDIA),
    **dict.fromkeys(("b", "strong"), _BOLD),
    **dict.fromkeys(("i", "em"), _ITALIC),
    **dict.fromkeys(("button", "label"), _SOFT),
    **dict.fromkeys(("td", "th"), _CELL),
    **dict.fromkeys(("rt", "rp"), _ASIDE),
    **dict.fromkeys(("span", "small", "font"), _SPAN),
    "br": _BREAK,
    "a": _LINK,
    "table": _TABLE,
    "ruby": _RUBY,
}
"""What an element means for the walk; an element without a code is inline."""
_PROSE: Final = frozenset(
    {
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "figcaption",
        "caption",
        "dt",
        "summary",
        "pre",
        "button",
        "label",
    }
)
_TITLES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MEDIA_OF: Final = {"video": "video", "amp-video": "video", "audio": "audio", "amp-audio": "audio"}
_LONG_CELL = PARAGRAPH
_SENTENCE = 80
"""Characters before a `<br>` that end like a sentence and so are a paragraph; a wide character counts as two."""
_ENDS: Final = frozenset(TERMINALS + CLOSING_QUOTES + "\u201c")
_ODD_SPACE = re.compile(r"[\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_new: Final = tuple.__new__
"""Makes a named tuple of all its fields, in a third of the time that naming them takes."""


def collapse(text: str) -> str:
    """Collapse white space as a browser does: ASCII space only; NBSP and its kin stay, but at the ends.

    >>> collapse("\\u00a0 a \\n b\\u00a0 c ")
    'a b\\xa0 c'
    """
    plain, bare = " ".join(text.split()), text.strip()
    if plain == bare or text.isascii() or not _ODD_SPACE.search(text):
        return plain
    return _SPACES.sub(" ", bare)


def blocks_of(body: turbohtml.Element) -> tuple[Block, ...]:
    """Walk an element and return its blocks, with offsets in the text that joins them by newlines."""
    return walk(body)[0]


def walk(body: turbohtml.Element) -> tuple[tuple[Block, ...], tuple[Box, ...]]:
    """Walk an element and return its blocks, and the containers that their `hints.parent` names."""
    state = _Walk(body)
    state.descend(body)
    return tuple(state.blocks), tuple(state.boxes)


def _is_paragraph(text: str) -> bool:
    """Whether text before a `<br>` is long enough for a paragraph, and ends like one."""
    if text.rstrip(CLOSERS)[-1:] not in _ENDS and text[-1] not in _ENDS:
        return False
    return len(text) >= _SENTENCE or len(text) + sum(map("\u2e80".__lt__, text)) >= _SENTENCE


class _Walk:
    """The state of a walk: open elements, the inline run so far, the blocks before it.

    A page has twice as many block-level elements as blocks, so that what a place means is only
    worked out when a block stands there: `places` and `numbers` know the outermost of the open `frames`.
    """

    def __init__(self, body: turbohtml.Element) -> None:
        self.rare = set(body.select(RARE)) | {body}
        self.blocks: list[Block] = []
        self.at = 0
        self.nodes: list[Any] = [body]
        """The open nodes, outermost first."""
        self.undo = [0]
        """What must be undone when each of them ends."""
        self.frames = [0]
        """Which of them are block-level elements."""
        self.places: list[Place] = []
        """What the frames mean, as far as they have been asked."""
        self.numbers: list[int] = []
        """Number of each of these frames in `boxes`, given when a block stands in it; -1 before."""
        self.boxes: list[Box] = []
        self.run: list[str] = []
        self.late: list[str] = []
        """Text of the run's hidden inline elements: a block of its own behind the run."""
        self.linked = self.bold = self.italic = self.links = 0
        """Non-space characters of the run inside links, bold, italics; number of links."""
        self.odd = self.in_link = self.in_bold = self.in_italic = self.in_aside = self.in_lines = 0
        """Open elements that text must be looked at for; `odd` is their sum."""
        self.in_ruby = self.in_grid_cell = 0
        self.flat = 0
        """Open elements in which no block ends a line: `in_aside` and `in_grid_cell` together."""
        self.table = ""
        """What the innermost open table is for, as `html_grids` says."""
        self.verbatim = ""
        """Text of the open `<pre>` whose lines belong together."""
        self.tabs: list[int] = []
        """Where in the run cells of a row begin."""
        self.skipping = False
        self.break_at = self.link_at = -1
        """Length of the run at its last `<br>`, and at the end of its last link."""
        self.cells: list[tuple[int, ...]] = []
        self.flushed = 0
        self.medium, self.medium_at = "", -9
        self.figures: dict[turbohtml.Element, str] = {}
        """What the open figures hold."""

    def descend(self, body: turbohtml.Element) -> None:  # noqa: C901, PLR0912, PLR0915 - runs for each node of a page: what is frequent is written out
        """Visit each node below an element once, in document order. What is frequent is done here, the rest elsewhere."""
        nodes, undo, frames, places, numbers = self.nodes, self.undo, self.frames, self.places, self.numbers
        run, late, rare = self.run, self.late, self.rare
        text, element, comment, code_of = turbohtml.Text, turbohtml.Element, turbohtml.Comment, _CODES.get
        here: turbohtml.Node = body
        node: Any
        for node in body.descendants:
            parent = node.parent
            while here is not parent:
                if code := undo.pop():
                    if code == _BLOCK:
                        if run or late:
                            self.flush()
                        if len(places) == len(frames):
                            del places[-1], numbers[-1]
                        del frames[-1]
                    elif code == _LINK:
                        self.in_link -= 1
                        self.odd -= 1
                        self.link_at = len(run)
                    else:
                        self.close(code)
                nodes.pop()
                here = nodes[-1]
            kind = type(node)
            if kind is text:
                data = node.data
                if self.odd != self.in_link:
                    self.odd_text(data)
                elif run or not data.isspace():
                    run.append(data)
                    if self.in_link:
                        self.linked += len(data) - data.count(" ") - data.count("\n")
                continue
            if kind is comment:
                continue
            code = 0
            if kind is element and not self.skipping:
                tag = node.tag
                code = code_of(tag) or (_SOFT if "-" in tag else 0)
                if code == _BLOCK and not self.flat:
                    if run or late:
                        self.flush()
                    frames.append(len(nodes))
                elif code == _SPAN and node not in rare and not meaning_of(node.attr("class")).special:
                    code = 0
                elif code == _LINK and node not in rare:
                    self.links += 1
                    self.in_link += 1
                    self.odd += 1
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

    def leave(self) -> None:
        """Leave the innermost frame; the outermost is never left."""
        frames = self.frames
        if len(frames) > 1:
            if len(self.places) == len(frames):
                self.places.pop()
                self.numbers.pop()
            frames.pop()

    def odd_text(self, data: str) -> None:
        """Take text that lies in a link, in bold or italics, out of sight or in preformatted lines."""
        if self.skipping:
            return
        if self.in_aside:
            self.late.append(data)
            return
        if self.in_ruby and (data.isspace() or data.strip() > "\u2e80"):
            data = data.strip()  # mark-up set in lines; words of these scripts have no blanks inside
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
        """Open an element that means something; returns what `close` must undo, 0 for nothing."""
        if code in (_SPAN, _LINK):
            if vanishes(node, True):
                code = _ASIDE if self.run or self.nodes[self.frames[-1]].tag in _PROSE else _BLOCK
            elif code == _SPAN:
                if not self._is_caption(node):
                    return 0
                code = _BLOCK
        if self.flat and code in (_BLOCK, _LINES, _SOFT, _CELL, _TABLE):
            (self.late if self.in_aside else self.run).append(" ")
            return 0
        if code == _SOFT:
            if self.nodes[self.frames[-1]].tag in _PROSE:
                return 0
            code = _BLOCK
        if code == _TABLE:
            self.table = use_of(node)
        elif code == _LINES and (text := verbatim(node)):
            self.verbatim = text
            code = _VERBATIM
        elif code == _CELL and self.table == "data":
            code = _GRID_CELL
        if code in (_BLOCK, _LINES, _TABLE, _VERBATIM):
            self.flush()
            self.frames.append(len(self.nodes))
            if code in (_LINES, _VERBATIM):
                self._count(code, 1)
        elif code == _GRID_CELL:
            self.tabs.append(len(self.run))
            self._count(code, 1)
        elif code == _CELL:
            if self.run:
                self.run.append(" ")
            self.cells.append((self.flushed, len(self.run), self.linked, self.bold, self.italic, self.links))
            self.frames.append(len(self.nodes))
        elif code == _BREAK:
            self._break()
            return 0
        elif code == _MEDIA:
            self._saw(_MEDIA_OF.get(tag, "image"))
            if tag not in _MEDIA_OF:
                return 0
            code = _ASIDE  # what stands in <video> is for browsers that can't play it
            self._count(code, 1)
        else:
            if code == _LINK:
                if self.link_at == len(self.run) > 0:
                    self.run.append(" ")
                self.links += 1
            elif tag == "iframe":
                self._saw("video")
            self._count(code, 1)
        return code

    def close(self, code: int) -> None:
        """Undo what `open` did."""
        if code in (_BLOCK, _LINES, _TABLE):
            self.flush()
            self.leave()
            if code == _LINES:
                self._count(code, -1)
            elif code == _TABLE:
                self.table = ""
        elif code == _VERBATIM:
            self._count(code, -1)
            self._emit(self.verbatim, len("".join(self.verbatim.split())), "preformatted")
            self.leave()
        elif code == _CELL:
            self._close_cell()
        elif code:
            self._count(code, -1)
            if code == _LINK:
                self.link_at = len(self.run)

    def _count(self, code: int, by: int) -> None:
        """Count the open elements of a kind up or down."""
        self.odd += by
        if code == _LINK:
            self.in_link += by
        elif code == _BOLD:
            self.in_bold += by
        elif code == _ITALIC:
            self.in_italic += by
        elif code == _ASIDE:
            self.in_aside += by
            self.flat += by
            self.late.append(" ")
        elif code == _LINES:
            self.in_lines += by
        elif code == _RUBY:
            self.in_ruby += by
        elif code == _GRID_CELL:
            self.in_grid_cell += by
            self.flat += by
        elif code in (_SKIP, _VERBATIM):
            self.skipping = by > 0

    def _break(self) -> None:
        """A `<br>`: a space, or the end of a paragraph where another one was just before."""
        if not self.run:
            return
        since = "".join(self.run[max(self.break_at, 0) :]).strip()
        if not self.flat and (not since or _is_paragraph(since)):
            self.flush()
            return
        self.break_at = len(self.run)
        self.run.append(" ")

    def _close_cell(self) -> None:
        """Leave a table cell: its text joins the row's, unless it is long or held blocks."""
        flushed, mark, *before = self.cells.pop()
        if flushed != self.flushed:
            self.flush()
        elif len(self.run) > mark and sum(map(len, self.run[mark:])) > _LONG_CELL:
            cell, counts = self.run[mark:], (self.linked, self.bold, self.italic, self.links)
            del self.run[mark:]
            self.linked, self.bold, self.italic, self.links = before
            self._flush_outside()
            self.run += cell
            self.linked, self.bold, self.italic, self.links = (
                a - b for a, b in zip(counts, before, strict=True)
            )
            self.flush()
        self.leave()

    def _flush_outside(self) -> None:
        """End the run as the text of the frame around the innermost one."""
        inner, known = self.frames.pop(), len(self.places)
        place, number = self.places[len(self.frames) :], self.numbers[len(self.frames) :]
        del self.places[len(self.frames) :], self.numbers[len(self.frames) :]
        self.flush()
        if known > len(self.frames):
            self.places += place
            self.numbers += number
        self.frames.append(inner)

    def _saw(self, medium: str) -> None:
        """Remember a picture or player: for its figure, and for the captions right behind it."""
        self.medium, self.medium_at = medium, len(self.blocks)
        figure = self._figure()
        if figure is not None and self.figures.get(figure, "image") == "image":
            self.figures[figure] = medium

    def flush(self) -> None:
        """End the run: what it holds becomes a block."""
        self.flushed += 1
        if self.tabs:
            self._tabulate()
        if self.run:
            text = "".join(self.run)
            words = text.split()
            if words and "\t" in text and self.table == "data":
                self._emit(text, sum(map(len, words)))
            elif words:
                plain = " ".join(words)
                if plain != (bare := text.strip()) and not text.isascii() and _ODD_SPACE.search(text):
                    self._emit(_SPACES.sub(" ", bare), sum(map(len, words)))
                else:
                    self._emit(plain, len(plain) - len(words) + 1)
            self.run.clear()
            self.linked = self.bold = self.italic = self.links = 0
            self.break_at = self.link_at = -1
        if self.late:
            text = collapse("".join(self.late))
            if text:
                self._emit(text, 0)
            self.late.clear()

    def _tabulate(self) -> None:
        """Set the cells of a row apart by tabs. Empty cells are left out."""
        bounds = [0, *self.tabs, len(self.run)]
        cells = [collapse("".join(self.run[a:b])) for a, b in pairwise(bounds)]
        self.run[:] = ["\t".join(filter(None, cells))]
        self.tabs.clear()

    def _emit(self, text: str, solid: int, known: Kind = "text") -> None:
        """Add a block of so many characters that are not white space; 0 for text that is out of sight."""
        places, numbers = self.places, self.numbers
        if len(places) != len(self.frames):
            self._resolve_open_elements()
        place = places[-1]
        kind, media = known if known != "text" else place.kind, ""
        if kind == "caption" or (kind == "text" and place.captioned):
            kind, media = self._caption(place, kind)
        elif self.table == "picture" and kind == "table":
            kind, media = "caption", "image"
        above = len(places) - 2 if len(places) > 1 else 0
        if (parent := numbers[above]) < 0:
            parent = self._number(above)
        level = self.frames[-1] + 1
        hints = place.hints
        if not solid or place.gone:
            kind, hints = place.kind, place.hints_at(level, parent, True)._replace(tag=UNSEEN)
        elif self.links or self.bold or self.italic or media:
            size = max(solid, self.linked, self.bold, self.italic)
            rest = (media, place.own, self.links, self.bold / size, self.italic / size)
            hints = _new(
                Hints,
                (
                    place.tag,
                    place.path,
                    place.tokens,
                    self.linked / size,
                    level,
                    parent,
                    place.region,
                    place.hidden,
                    *rest,
                ),
            )
        elif hints.parent != parent or hints.depth != level:
            hints = place.hints = place.hints_at(level, parent, place.hidden)
        start = self.at
        self.at = end = start + len(text)
        self.at += 1
        self.blocks.append(_new(Block, (start, end, text, kind, hints, (), ())))

    def _number(self, at: int) -> int:
        """Give an open frame, and those around it, a number as a container."""
        places, numbers = self.places, self.numbers
        first = at
        while first and numbers[first - 1] < 0:
            first -= 1
        for n in range(first, at + 1):
            numbers[n] = len(self.boxes)
            self.boxes.append(Box(places[n].tag, numbers[n - 1] if n else -1, places[n].own))
        return numbers[at]

    def _resolve_open_elements(self) -> None:
        """Work out the places of the open frames that no block has asked about; a loop, for pages nest 100,000 deep."""
        places, nodes, rare = self.places, self.nodes, self.rare
        place = places[-1] if places else None
        for at in self.frames[len(places) :]:
            node = nodes[at]
            place = place_of(node, place, node in rare)
            places.append(place)
            self.numbers.append(-1)

    def _caption(self, place: Place, kind: Kind) -> tuple[Kind, str]:
        """Say what a caption belongs to; text that only its class calls a caption needs a picture."""
        if place.tag == "caption":
            return kind, ""
        figure = self._figure()
        near = self.medium if len(self.blocks) - self.medium_at <= 2 else ""
        media = (self.figures.get(figure, "") if figure is not None else "") or near
        return ("caption" if media else kind), media

    def _is_caption(self, node: turbohtml.Element) -> bool:
        """Whether a span is the words or the credit of a picture: its class says so, and a picture is near."""
        if (
            self.flat
            or not meaning_of(node.attr("class")).caption
            or self.nodes[self.frames[-1]].tag in _TITLES
        ):
            return False
        return len(self.blocks) - self.medium_at <= 2 or self._figure() is not None

    def _figure(self) -> turbohtml.Element | None:
        """The figure that the innermost frame lies in; looked for eight levels up at most."""
        for at in self.frames[:-9:-1]:
            node: turbohtml.Element = self.nodes[at]
            if node.tag == "figure":
                return node
        return None
