"""One walk over the tree in document order, which turns inline runs of text into blocks.

What ends a block is what ends a line in a browser: block-level elements, two `<br>` in a row, a
line of `<pre>`. Decisions where the standard leaves room:

- a single `<br>` is a space: authors use it for verse and addresses as well as for wrapping;
- buttons, labels and custom elements are lines of their own, except within a paragraph or heading;
- a table row is one block; a cell of more than 120 characters is one of its own (layout tables);
- `</a><a>` without a space between gets one: menus are set apart by style sheets, words never are;
- hidden inline text, and the readings of ruby, would break the sentence around them: they
  become a hidden block behind it.

Nothing in Python recurses; each node is visited once.
"""

import re
from typing import Final

import turbohtml

from schemas.page import Block, Hints, Kind
from tasks.html_hints import RARE, Frame, vanishes

_BLOCK, _SKIP, _BREAK, _LINK, _BOLD, _ITALIC, _MEDIA, _SOFT, _CELL, _ASIDE, _SPAN, _LINES = range(1, 13)
_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
    frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav noscript ol optgroup option p
    search section summary table tbody textarea tfoot thead tr ul
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
}
"""What an element means for the walk; an element without a code is inline."""
_PROSE: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "caption", "dt", "summary", "pre", "button", "label"})
_MEDIA_OF: Final = {"video": "video", "amp-video": "video", "audio": "audio", "amp-audio": "audio"}
_LONG_CELL = 120
_SENTENCE, _TERMINAL = 80, ".!?…\"”»“'’。！？"
_ODD_SPACE = re.compile(r"[\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_SPACES = re.compile(r"[ \t\n\r\f]+")


def collapse(text: str) -> str:
    """Collapse white space as a browser does: ASCII space only; NBSP and its kin stay, but at the ends.

    >>> collapse("\\u00a0 a \\n b\\u00a0 c ")
    'a b\\xa0 c'
    """
    if text.isascii() or not _ODD_SPACE.search(text):
        return " ".join(text.split())
    return _SPACES.sub(" ", text).strip()


def blocks_of(body: turbohtml.Element) -> tuple[Block, ...]:
    """Walk an element and return its blocks, with offsets in the text that joins them by newlines."""
    walk = _Walk(body)
    run, late, rare, undo = walk.run, walk.late, walk.rare, [0]
    nodes: list[turbohtml.Node] = [body]
    text, element, code_of = turbohtml.Text, turbohtml.Element, _CODES.get
    for node in body.descendants:
        parent = node.parent
        while nodes[-1] is not parent:
            nodes.pop()
            if code := undo.pop():
                if code == _BLOCK:
                    if run or late:
                        walk.flush()
                    walk.frame = walk.frame.parent or walk.frame
                elif code == _LINK:
                    walk.in_link -= 1
                    walk.odd -= 1
                    walk.link_at = len(run)
                else:
                    walk.close(code)
        if type(node) is text:
            data = node.data
            if walk.odd:
                walk.odd_text(data)
            elif run or not data.isspace():
                run.append(data)
            continue
        code = 0
        if type(node) is element and not walk.skipping:
            tag = node.tag
            code = code_of(tag) or (_SOFT if "-" in tag else 0)
            if code == _BLOCK and not walk.in_aside:
                if run or late:
                    walk.flush()
                walk.frame = Frame(node, tag, walk.frame, len(nodes) + 1)
            elif code == _SPAN and not vanishes(node, node in rare):
                code = 0
            elif code == _LINK and node not in rare:
                walk.links += 1
                walk.in_link += 1
                walk.odd += 1
                if walk.link_at == len(run) > 0:
                    run.append(" ")
            elif code:
                code = walk.open(node, tag, code, len(nodes) + 1)
        nodes.append(node)
        undo.append(code)
    for code in reversed(undo):
        walk.close(code)
    walk.flush()
    return tuple(walk.blocks)


class _Walk:
    """The state of a walk: open block-level elements, the inline run so far, the blocks behind it."""

    def __init__(self, body: turbohtml.Element) -> None:
        self.rare = set(body.select(RARE)) | {body}
        self.blocks: list[Block] = []
        self.at = 0
        self.frame = Frame(body, body.tag, None, 1)
        self.frames = 0
        self.run: list[str] = []
        self.late: list[str] = []
        """Text of the run's hidden inline elements: a block of its own behind the run."""
        self.linked = self.bold = self.italic = self.links = 0
        """Non-space characters of the run inside links, bold, italics; number of links."""
        self.odd = self.in_link = self.in_bold = self.in_italic = self.in_aside = self.in_lines = 0
        """Open elements that text must be looked at for; `odd` is their sum."""
        self.skipping = False
        self.break_at = self.link_at = -1
        """Length of the run at its last `<br>`, and at the end of its last link."""
        self.cells: list[tuple[int, ...]] = []
        self.flushed = 0
        self.medium, self.medium_at = "", -9

    def odd_text(self, data: str) -> None:
        """Take text that lies in a link, in bold or italics, out of sight or in preformatted lines."""
        if self.skipping:
            return
        if self.in_aside:
            self.late.append(data)
            return
        if self.in_lines and "\n" in data:
            *lines, data = data.split("\n")
            for line in lines:
                self.run.append(line)
                self.flush()
        if data.isspace() and not self.run:
            return
        self.run.append(data)
        size = len(data) - data.count(" ") - data.count("\n")
        if self.in_link:
            self.linked += size
        if self.in_bold:
            self.bold += size
        if self.in_italic:
            self.italic += size

    def open(self, node: turbohtml.Element, tag: str, code: int, level: int) -> int:
        """Open an element that means something; returns what `close` must undo, 0 for nothing."""
        if code == _SPAN or (code == _LINK and vanishes(node, True)):
            code = _ASIDE if self.run or self.frame.tag in _PROSE else _BLOCK
        if self.in_aside and code in (_BLOCK, _LINES, _SOFT, _CELL):
            self.late.append(" ")
            return 0
        if code == _SOFT:
            if self.frame.tag in _PROSE:
                return 0
            code = _BLOCK
        if code in (_BLOCK, _LINES):
            self.flush()
            self.frame = Frame(node, tag, self.frame, level)
            if code == _LINES:
                self._count(code, 1)
        elif code == _CELL:
            if self.run:
                self.run.append(" ")
            self.cells.append((self.flushed, len(self.run), self.linked, self.bold, self.italic, self.links))
            self.frame = Frame(node, tag, self.frame, level)
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
        if code in (_BLOCK, _LINES):
            self.flush()
            self.frame = self.frame.parent or self.frame
            if code == _LINES:
                self._count(code, -1)
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
            self.late.append(" ")
        elif code == _LINES:
            self.in_lines += by
        elif code == _SKIP:
            self.skipping = by > 0

    def _break(self) -> None:
        """A `<br>`: a space, or the end of a paragraph where another one was just before."""
        if not self.run:
            return
        since = "".join(self.run[max(self.break_at, 0) :]).strip()
        if not since or (len(since) >= _SENTENCE and since[-1] in _TERMINAL):
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
            frame = self.frame
            self.frame = frame.parent or frame
            self.flush()
            self.frame = frame
            self.run += cell
            self.linked, self.bold, self.italic, self.links = (a - b for a, b in zip(counts, before, strict=True))
            self.flush()
        self.frame = self.frame.parent or self.frame

    def _saw(self, medium: str) -> None:
        """Remember a picture or player: for its figure, and for the captions right behind it."""
        self.medium, self.medium_at = medium, len(self.blocks)
        figure = _figure_of(self.frame)
        if figure is not None and figure.media in ("", "image"):
            figure.media = medium

    def flush(self) -> None:
        """End the run: what it holds becomes a block."""
        self.flushed += 1
        if self.run:
            text = collapse("".join(self.run))
            if text:
                self._emit(text)
            self.run.clear()
            self.linked = self.bold = self.italic = self.links = 0
            self.break_at = self.link_at = -1
        if self.late:
            text = collapse("".join(self.late))
            if text:
                self._emit(text, aside=True)
            self.late.clear()

    def _emit(self, text: str, *, aside: bool = False) -> None:
        frame = self.frame
        place = frame.place or frame.settle(self.rare)
        kind, media = place.kind, ""
        if kind == "caption" or (kind == "text" and place.captioned):
            kind, media = self._caption(frame, kind)
        above = frame.parent or frame
        if (parent := above.number) < 0:
            parent = above.number = self.frames
            self.frames += 1
        hints = place.hints
        if hints.parent != parent or hints.depth != frame.level:
            hints = place.hints = Hints(
                place.tag, place.path, place.tokens, 0.0, frame.level, parent, place.region, place.hidden, "", place.own
            )
        if aside:
            kind, hints = place.kind, hints._replace(hidden=True)
        elif self.links or self.bold or self.italic or media:
            size = max(_solid(text), self.linked, self.bold, self.italic)
            hints = Hints(
                place.tag,
                place.path,
                place.tokens,
                self.linked / size,
                frame.level,
                parent,
                place.region,
                place.hidden,
                media,
                place.own,
                self.links,
                self.bold / size,
                self.italic / size,
            )
        end = self.at + len(text)
        self.blocks.append(Block(self.at, end, text, kind, hints))
        self.at = end + 1

    def _caption(self, frame: Frame, kind: Kind) -> tuple[Kind, str]:
        """Say what a caption belongs to; text that only its class calls a caption needs a picture."""
        if frame.tag == "caption":
            return kind, ""
        figure = _figure_of(frame)
        near = self.medium if len(self.blocks) - self.medium_at <= 2 else ""
        media = (figure.media if figure else "") or near
        return ("caption" if media else kind), media


def _figure_of(frame: Frame) -> Frame | None:
    """The figure that a frame lies in; looked for eight levels up at most."""
    here: Frame | None = frame
    for _ in range(8):
        if here is None or here.tag == "figure":
            return here
        here = here.parent
    return None


def _solid(text: str) -> int:
    """Number of characters that are not white space; never 0 for a text that is none."""
    return len("".join(text.split()))
