"""A document as blocks with evidence: the common form of plain text and HTML.

Steps after the front end don't check which format a page came from. The front end sets `kind` and `hints`,
rules add `marks`, the model adds `probabilities`, and labelling turns all of it into spans.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from copydesk.schemas.document import DecodedText

Kind = Literal[
    "line", "text", "heading", "list_item", "quote", "caption", "table", "embed", "links", "preformatted"
]
"""What the front end knows about a block. `line`: a line of plain text; nothing is known. `links`: a series
of links, one per line. `preformatted`: lines of one `<pre>`, with their line breaks."""


class Hints(NamedTuple):
    """Evidence about a block from mark-up. Blocks of plain text keep the defaults."""

    tag: str = ""
    """Name of the block's own element, lower case: `p`, `h2`, `li`, `figcaption`, `div`."""
    path: tuple[str, ...] = ()
    """Tag names of the 64 nearest ancestors, outermost first, without `html` and `body`."""
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
    """The page does not show the block: `hidden`, `aria-hidden`, `display:none`, `noscript`."""
    media: str = ""
    """For captions and credits: image, video, audio; empty when unknown."""
    own: frozenset[str] = frozenset()
    """The part of `tokens` that comes from the block's own element."""
    links: int = 0
    """Number of links in the block."""
    bold: float = 0.0
    """Share of the block's characters inside `<b>` or `<strong>`, 0 to 1."""
    italic: float = 0.0
    """Share of the block's characters inside `<i>` or `<em>`, 0 to 1."""
    breaks: tuple[int, ...] = ()
    """Offsets in `Block.text` at which a single `<br>` ends a line, ascending."""


NO_HINTS = Hints()
BESIDE_ARTICLE: Final = frozenset({"nav", "footer", "aside", "dialog", "form"})
"""Regions (`Hints.region`) beside the article: their headlines, names and days belong to something else. Some steps
add `figure`, whose text is a caption, or `header`, which may be the site's."""
AUTHOR_TOKENS: Final = frozenset(
    [
        "author",
        "authors",
        "autor",
        "autoren",
        "auteur",
        "byline",
        "bylines",
        "writer",
        "contributor",
        "contributors",
    ]
)
"""Words of class, id or itemprop (`Hints.tokens`) of an element that names authors."""
PARAGRAPH: Final = 120
"""Characters from which a line is long enough to be a paragraph: longer than nearly all captions, bylines and links."""
UNSEEN = "rt"
"""`Hints.tag` of text that readers don't see in its line: ruby readings, text for screen readers, fallbacks
of players."""


class Box(NamedTuple):
    """A container of a page: an element that holds blocks or other containers."""

    tag: str
    parent: int
    """Number of the enclosing container; -1 for the outermost."""
    own: frozenset[str] = frozenset()
    """Words of its class, id and role, as in `Hints.own`."""


CLASSES = ("body", "field", "caption", "furniture")
"""Classes that the model distinguishes. `field` covers section, title, byline and dateline."""


class Mark(NamedTuple):
    """A rule's match in a block: offsets [start, end) in `Block.text`."""

    start: int
    end: int
    label: str
    rule: str
    part: str = ""
    """Empty, or the part of a caption: `marker` (`Media caption`, removed), `words`, `credit` or `end` (kept
    as fields). See `Rule.part`."""


class Block(NamedTuple):
    """A line of plain text or a block-level element of a page.

    `start` and `end` are offsets in `Page.text`, the decoded text as it came. Later steps read `text`: it
    equals `Page.text[start:end]` until the repair step, and is the repaired text after it.
    """

    start: int
    end: int
    text: str
    kind: Kind = "line"
    hints: Hints = NO_HINTS
    marks: tuple[Mark, ...] = ()
    probabilities: tuple[float, ...] = ()
    """The model's probabilities of `CLASSES`, which sum to 1; empty if no model ran."""


class Claim(NamedTuple):
    """A value that the document states about itself outside its visible text, and where it states it.

    `field`: title, site, section, author, published, modified, url, language, image, description, flag
    (paywalled, live_blog), body (the article's text: evidence for the model, never used directly). `source`:
    json-ld, microdata, opengraph, meta, twitter, link, profile (a link to an author's page), publisher (a
    site that names itself as author), h1, microformat (a heading of class `entry-title`), title, breadcrumb,
    time, url, html, script (data of the application), front-end, column, text.
    """

    field: str
    value: str
    source: str


class Span(NamedTuple):
    """A labelled stretch: offsets [start, end) in `Page.text`; `text` is the repaired text."""

    start: int
    end: int
    text: str
    label: str
    kept: bool
    rule: str
    score: float
    block: int
    """Number of the block that contains it."""
    part: str = ""
    """As in `Mark.part`; `line` for body text that begins another line of its block."""
    media: str = ""
    """For captions: image, video, audio, or empty when unknown."""


class Removal(NamedTuple):
    """A segment of a plain-text line that does not stay in the body, with the evidence that decided it."""

    line: int
    """Number of its block."""
    start: int
    end: int
    """Offsets in `Block.text`."""
    label: str
    rule: str
    score: float
    """1 - probability of body; 1.0 if a rule decided."""


class Stay(NamedTuple):
    """A must-keep line of a pack, found in a block."""

    line: int
    """Number of its block."""
    start: int
    end: int
    """Offsets in `Block.text`."""
    rule: str
    """Id of the must-keep line."""
    alone: bool
    """True if it counts by itself: the whole block, or long enough. A short line within a block counts only where
    exactly this stretch would be removed."""


class Phrase(NamedTuple):
    """One meaning of a phrase of news furniture: its cell of the matrix and its role."""

    family: str
    role: str
    language: str


class PhraseMatch(NamedTuple):
    """A phrase at [start, end) of a text."""

    start: int
    end: int
    meanings: tuple[Phrase, ...]


class Phrases(NamedTuple):
    """The phrases of a page's blocks, joined by line feeds."""

    folded: str
    """The joined blocks as `copydesk.tasks.rules.fold_text` folds them."""
    matches: tuple[PhraseMatch, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A decoded document cut into blocks, with the evidence about each block.

    Offsets count in `text`: the decoded text itself for plain text, the rendered text (blocks joined by a
    newline) for HTML. Blocks are in order, do not overlap and are never blank. Together with the blocks in
    `unseen` they cover every non-space character of `text`.
    """

    decoded: DecodedText
    text: str
    blocks: tuple[Block, ...]
    claims: tuple[Claim, ...] = ()
    repairs: tuple[str, ...] = ()
    """Names of the repairs made so far, sorted, without repetition."""
    body_threshold: float = 0.5
    """Probability of body from which a block stays in the body; each model has its own."""
    spans: tuple[Span, ...] = ()
    """Empty until the labelling step."""
    unseen: tuple[Block, ...] = ()
    """Blocks with no visible text after repair, in order, such as a line of one zero-width space. Later steps
    skip them; the ledger records them."""
    boxes: tuple[Box, ...] = ()
    """The containers of its blocks, each after its parent. Empty for plain text."""
    removals: tuple[Removal, ...] = ()
    """Segments of plain text that the segment model and the rules do not take for body, in order."""
    stays: tuple[Stay, ...] = ()
    """Must-keep lines of packs, in order."""
    remainders: tuple[tuple[int, float], ...] = ()
    """Number of each block of plain text that loses segments but not all, and the probability of body of the rest.
    """

    phrases: Phrases | None = None
    """The phrases of plain text, from the marking step to the segment model; None before and after."""

    @property
    def headline(self) -> str:
        """Return the headline as the input or the page states it, as found; "" if neither does."""
        if self.decoded.origin.declared.title:
            return self.decoded.origin.declared.title
        return next((claim.value for claim in self.claims if claim.field == "title"), "")
