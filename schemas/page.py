"""A document as blocks with evidence: the one shape that plain text and HTML share.

After the front end nothing asks which format a page came from. A front end sets `kind` and
`hints`; rules add `marks`, the model adds `probabilities`; labelling turns all of it into spans.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from copydesk.schemas.document import DecodedText

Kind = Literal[
    "line", "text", "heading", "list_item", "quote", "caption", "table", "embed", "links", "preformatted"
]
"""What the front end knows a block to be. `line`: a line of plain text, of which nothing is known. `links`: a run
of links, a line for each. `preformatted`: lines of `<pre>` that belong together, with their line breaks."""


class Hints(NamedTuple):
    """What mark-up says about a block. Plain text has none of it and leaves the defaults."""

    tag: str = ""
    """Name of the block's own element, lower case: `p`, `h2`, `li`, `figcaption`, `div`."""
    path: tuple[str, ...] = ()
    """Tag names of the ancestors, outermost first, without `html` and `body`; the nearest 64."""
    tokens: frozenset[str] = frozenset()
    """Lower-case words of class, id, role, itemprop and data-component of the block and its ancestors."""
    link_density: float = 0.0
    """Share of the block's characters inside `<a>`, 0 to 1."""
    depth: int = 0
    """Depth of the element in the tree, root = 0."""
    parent: int = -1
    """Number of the nearest block-level container in `Page.boxes`; siblings share it."""
    region: str = ""
    """Structural region by tag or ARIA role: article, main, nav, header, footer, aside, form, figure, dialog."""
    hidden: bool = False
    """The page does not show it: `hidden`, `aria-hidden`, `display:none`, `noscript`."""
    media: str = ""
    """For captions and credits: image, video, audio; empty when unknown."""
    own: frozenset[str] = frozenset()
    """Those of `tokens` that the block's own element has."""
    links: int = 0
    """Number of links in the block."""
    bold: float = 0.0
    """Share of the block's characters inside `<b>` or `<strong>`, 0 to 1."""
    italic: float = 0.0
    """Share of the block's characters inside `<i>` or `<em>`, 0 to 1."""


NO_HINTS = Hints()
UNSEEN = "rt"
"""`Hints.tag` of text that readers don't see in its line: readings of ruby, text for screen readers, fallbacks of players."""


class Box(NamedTuple):
    """A container of a page: an element that holds blocks, or other containers."""

    tag: str
    parent: int
    """Number of the container around it; -1 for the outermost."""
    own: frozenset[str] = frozenset()
    """Words of its class, id and role, as in `Hints.own`."""


CLASSES = ("body", "field", "caption", "furniture")
"""What the model tells apart; `field` is section, title, byline and dateline."""


class Mark(NamedTuple):
    """A rule's claim on a stretch of a block: [start, end) offsets in `Block.text`."""

    start: int
    end: int
    label: str
    rule: str
    part: str = ""
    """Empty, or `marker` (`Media caption`, gone), `words`, `credit` or `end` of a caption (kept as fields): see `Rule.part`."""


class Block(NamedTuple):
    """A line of plain text or a block-level element of a page.

    `start` and `end` are offsets in `Page.text`, the decoded text as it came. `text` is what is
    read from there on: `Page.text[start:end]` until the repair step, the repaired text after it.
    """

    start: int
    end: int
    text: str
    kind: Kind = "line"
    hints: Hints = NO_HINTS
    marks: tuple[Mark, ...] = ()
    probabilities: tuple[float, ...] = ()
    """The model's probabilities of `CLASSES`, which sum to 1; empty where no model was asked."""


class Claim(NamedTuple):
    """Something the document says about itself outside its visible text, and where it says so.

    `field`: title, site, section, author, published, modified, url, language, image, description,
    flag (paywalled, live_blog), body (the article's text: evidence for the model, never taken as it is).
    `source`: json-ld, microdata, opengraph, meta, twitter, link, profile (a
    link to an author's page), publisher (a site that names itself as author), h1, microformat (a heading of class `entry-title`), title,
    breadcrumb, time, url, html, script (data of the application), front-end, column, text.
    """

    field: str
    value: str
    source: str


class Span(NamedTuple):
    """A labelled stretch: [start, end) offsets in `Page.text`, `text` after repair."""

    start: int
    end: int
    text: str
    label: str
    kept: bool
    rule: str
    score: float
    block: int
    """Number of the block it lies in."""
    part: str = ""
    """As in `Mark.part`."""
    media: str = ""
    """For captions: image, video, audio, or empty when unknown."""


class Removal(NamedTuple):
    """A segment of a line of plain text that does not stay in the body, with what decided it."""

    line: int
    """Number of its block."""
    start: int
    end: int
    """Offsets in `Block.text`."""
    label: str
    rule: str
    score: float
    """1 - probability of body; 1.0 where a rule decided."""


@dataclass(frozen=True, slots=True)
class Page:
    """A decoded document cut into blocks, with what is known about each.

    `text` is what offsets count in: the decoded text itself for plain text, the rendered text
    (blocks joined by a newline) for HTML. Blocks are in order, do not overlap, are never blank, and
    together with those in `unseen` cover every non-space character of `text`.
    """

    decoded: DecodedText
    text: str
    blocks: tuple[Block, ...]
    claims: tuple[Claim, ...] = ()
    repairs: tuple[str, ...] = ()
    """Names of the repairs made so far, sorted, each once."""
    body_threshold: float = 0.5
    """Probability of body from which the model that was asked leaves a block in the body."""
    spans: tuple[Span, ...] = ()
    """Empty until the labelling step."""
    unseen: tuple[Block, ...] = ()
    """Blocks of which repair left nothing to see, in order: a line that was one zero-width space. No later step
    looks at them; the ledger records them."""
    boxes: tuple[Box, ...] = ()
    """The containers of its blocks; each comes after the one around it. Empty for plain text."""
    removals: tuple[Removal, ...] = ()
    """Segments of plain text that the segment model, together with the rules, takes for no body, in order."""

    @property
    def headline(self) -> str:
        """The headline as the input or the page itself gives it, as found; empty when neither does."""
        if self.decoded.origin.declared.title:
            return self.decoded.origin.declared.title
        return next((claim.value for claim in self.claims if claim.field == "title"), "")
