"""Find what a page's mark-up tells about a place in it, only for places that hold text.

A `Frame` is a block-level element that is open during the walk. Most frames of a page hold no text of their
own. So the expensive facts are computed when the first block needs them, from the outermost unread ancestor
inwards (with a loop, not a recursion: some pages nest 100,000 deep).
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import turbohtml

from copydesk.schemas.page import NO_HINTS, Hints, Kind

REGIONS: Final = {
    "article": "article", "main": "main", "nav": "nav", "header": "header", "footer": "footer", "aside": "aside",
    "form": "form", "search": "form", "figure": "figure", "dialog": "dialog",
}  # fmt: skip
ROLES: Final = {
    "article": "article", "main": "main", "navigation": "nav", "banner": "header", "contentinfo": "footer",
    "complementary": "aside", "form": "form", "search": "form", "figure": "figure", "dialog": "dialog",
    "alertdialog": "dialog", "menu": "nav", "menubar": "nav", "doc-credit": "figure",
}  # fmt: skip
"""ARIA landmark and document roles, as the regions for which HTML has elements."""
KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list_item"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    **dict.fromkeys(("table", "tr", "td", "th"), "table"),
    "blockquote": "quote",
}  # fmt: skip
_FRESH: Final = frozenset(
    {"article", "section", "main", "aside", "nav", "figure", "form", "footer", "header"}
)
"""Sectioning elements: an element inside one is not a list item only because a list holds the section."""
_FACTS: Final[dict[str, tuple[Kind, str, bool]]] = {
    tag: (KINDS.get(tag, "text"), REGIONS.get(tag, ""), tag in KINDS or tag in _FRESH)
    for tag in {*KINDS, *REGIONS, *_FRESH}
}
"""Kind and region of an element, and whether these hold in any container."""
_NO_FACTS: Final[tuple[Kind, str, bool]] = ("text", "", False)
_EMBEDS: Final = (
    {"twitter", "tweet"}, {"twitter", "video"}, {"instagram", "media"}, {"tiktok", "embed"}, {"fb", "post"},
    {"fb", "video"}, {"reddit", "embed"}, {"reddit", "card"}, {"bluesky", "embed"}, {"telegram", "post"},
    {"mastodon", "embed"}, {"imgur", "embed"}, {"text", "post", "media"},
)  # fmt: skip
"""Classes of the quoted post in the platforms' own embed codes (`twitter-tweet`)."""
_CAPTION_WORDS: Final = frozenset({"caption", "captions", "figcaption", "credit", "credits"})
_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_PLAIN = re.compile(r"[a-z]+|[0-9]+")
_LETTERS: Final = bytes(
    c if chr(c) in "abcdefghijklmnopqrstuvwxyz" else 48 if chr(c).isdigit() else 32 for c in range(256)
)
"""Lower-case letters stay, digits become 0, all others become spaces."""
_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that keyword arguments take."""
_NOTHING: Final[frozenset[str]] = frozenset()
_UNSEEN_CLASS = re.compile(
    r"(?:^|[\s_-])(?:sr-only|visually-?hidden|is-visually-hidden|screen-?reader(?:-text|-only|s?)?|u-?hidden-visually|a11y-hidden"
    r"|visuallyHidden|vis-hidden|vishidden|assistive-text|element-invisible)(?:$|[\s_-])"
)
"""Names of Bootstrap, WordPress, Drupal and others for text that only screen readers get."""
_TELLING: Final = frozenset(
    {
        "tweet",
        "video",
        "media",
        "embed",
        "post",
        "card",
        "only",
        "hidden",
        "visuallyhidden",
        "vishidden",
        "reader",
        "screenreader",
        "readers",
    }
    | {"screenreaders", "visually", "assistive", "invisible", "screen"}
    | _CAPTION_WORDS
)
"""Without one of these words a class list can't mean an embed, a caption or hidden text."""
_MOST_TOKENS = 256
_MOST_PATH = 64
RARE: Final = '[hidden],[aria-hidden="true"],[style],[role],[itemprop],[data-component],dialog,noscript'
"""Elements whose hints need more than tag, class and id. One selector pass finds them all."""


class Meaning(NamedTuple):
    """The meaning of a class list by itself."""

    words: frozenset[str]
    caption: bool
    embed: bool
    hides: bool
    special: bool = False
    """Caption or hidden: the reasons to inspect a span."""


@lru_cache(maxsize=32768)
def meaning_of(classes: str | None) -> Meaning:
    """Read a class list. Sites repeat a few hundred lists on every page, so most calls cost a look-up.

    >>> meaning_of("btn sr-only").hides, meaning_of("hidden-gems").hides, meaning_of("twitter-tweet").embed
    (True, False, True)
    """
    if not classes:
        return _NO_MEANING
    words = _split(classes)
    if words.isdisjoint(_TELLING):
        return Meaning(words, False, False, False)
    embed = any(platform <= words for platform in _EMBEDS)
    caption, hides = not words.isdisjoint(_CAPTION_WORDS), bool(_UNSEEN_CLASS.search(classes))
    return Meaning(words, caption, embed, hides, caption or hides)


_NO_MEANING: Final = Meaning(_NOTHING, False, False, False)


Key = tuple[str, str | None, str | None]


class Place:
    """The meaning of a place in the tree: all of a block's hints that its neighbours share.

    Siblings with the same tag, class and id share one `Place`. So a list of fifty links computes its words,
    region and visibility once.
    """

    __slots__ = (
        "below",
        "caption",
        "captioned",
        "gone",
        "hidden",
        "hints",
        "kind",
        "link_hints",
        "own",
        "path",
        "region",
        "shared",
        "tag",
        "tokens",
    )

    def __init__(self, tag: str, above: "Place | None", meaning: Meaning, own: frozenset[str]) -> None:
        _, caption, embed, hides, _ = meaning
        self.tag = tag
        self.own = own
        self.caption = caption
        self.gone = False
        """Whether the element itself is hidden, by attribute or style, and not a container around it."""
        self.hints = self.link_hints = NO_HINTS
        """Hints of the last plain block here, and of the last block that is one link. Paragraphs of an
        article share them."""
        self.shared: dict[Key, Place] = {}
        self.below: tuple[str, ...] | None = None
        """Path of the places in this one, which share it."""
        known, region, fresh = _FACTS.get(tag, _NO_FACTS)
        kind: Kind = "embed" if embed else known
        if above is None:
            self.hidden, self.captioned, self.kind, self.region = hides, caption, kind, region
            self.path: tuple[str, ...] = ()
            self.below = ()
            self.tokens = own
            return
        self.hidden = hides or above.hidden
        self.captioned = caption or above.caption
        path = above.below
        if path is None:
            path = above.below = (*above.path[1 - _MOST_PATH :], above.tag)
        self.path = path
        tokens = above.tokens
        self.tokens = tokens | own if own and len(tokens) < _MOST_TOKENS else tokens
        self.region = region or above.region
        around = above.kind
        if around != "text" and kind != "embed" and (around == "embed" or not (fresh or around == "table")):
            kind = around
        self.kind = kind

    def hints_at(self, level: int, parent: int, hidden: bool) -> Hints:
        """Hints of a plain block here."""
        first = (self.tag, self.path, self.tokens, 0.0, level, parent, self.region)
        return _new(Hints, (*first, hidden, "", self.own, 0, 0.0, 0.0, ()))


def place_of(node: turbohtml.Element, above: Place, key: Key) -> Place:
    """Return the place of an element that `RARE` does not find, from the place of the block-level element around it.

    `key` is the tag, class and id of the element. No place with this key is known there yet.
    """
    tag, classes, identifier = key
    meaning = meaning_of(classes)
    own = meaning.words | _words(identifier) if identifier else meaning.words
    place = Place(tag, above, meaning, own)
    if tag == "form" and holds_story(node):
        place.region = above.region
    else:
        above.shared[key] = place
    return place


def rare_place(node: turbohtml.Element, above: Place | None) -> Place:
    """Return the place of an element with a role, a property, a style, or a way to be hidden; or of the body."""
    tag, identifier, role = node.tag, node.attr("id"), node.attr("role")
    meaning = meaning_of(node.attr("class"))
    own = meaning.words | _words(identifier) if identifier else meaning.words
    own = own | _words(node.attr("itemprop")) | _words(node.attr("data-component")) | _words(role)
    place = Place(tag, above, meaning, own)
    if role and tag not in REGIONS and role in ROLES:
        place.region = ROLES[role]
    if above is not None and place.region == "form" != above.region and holds_story(node):
        place.region = above.region
    place.gone = tag in _TEXTS and is_gone(node)
    if is_hidden(node) or tag == "noscript" or (tag == "dialog" and node.attr("open") is None):
        place.hidden = True
    return place


def holds_story(form: turbohtml.Element) -> bool:
    """Return whether a form encloses the story, as ASP.NET does with the whole page. It is not a region then."""
    if form.select_one("h1, article, main") is not None:
        return True
    return sum(len(p.text[:_PROSE]) == _PROSE for p in form.select("p")[:_MOST_PARAGRAPHS]) >= _STORY


_PROSE, _MOST_PARAGRAPHS, _STORY = 80, 60, 3
"""Characters of a paragraph; most paragraphs of a form that are inspected; and fewest that make a story."""


def is_hidden(node: turbohtml.Element) -> bool:
    """Return whether the element itself is declared hidden. Style sheets are not read.

    `<div hidden id="S:1">` is content that React streams and shows as soon as it arrives.
    """
    if node.attr("hidden") is not None:
        return not (node.attr("id") or "").startswith("S:")
    style = node.attr("style")
    return node.attr("aria-hidden") == "true" or (style is not None and style_hides(style))


_TEXTS: Final = frozenset(
    {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "blockquote", "tr", "dt", "dd"}
)


def is_gone(node: turbohtml.Element) -> bool:
    """Return whether the element itself is hidden by attribute or style.

    `aria-hidden` text is visible, only not read aloud.
    """
    style = node.attr("style")
    return node.attr("hidden") is not None or (style is not None and style_hides(style))


def vanishes(node: turbohtml.Element, rare: bool) -> bool:
    """Return whether an inline element is hidden, by a class for screen readers or by attribute.

    `aria-hidden` does not count: such text is visible, only not read aloud.
    """
    classes = node.attr("class")
    if classes and meaning_of(classes).hides:
        return True
    if not rare:
        return False
    return is_gone(node)


@lru_cache(maxsize=4096)
def style_hides(style: str) -> bool:
    """Return whether a style attribute hides the element."""
    plain = style.replace(" ", "").lower()
    return "display:none" in plain or "visibility:hidden" in plain


@lru_cache(maxsize=4096)
def _words(value: str | None) -> frozenset[str]:
    return _split(value) if value else _NOTHING


def _split(value: str) -> frozenset[str]:
    """Return the lower-case words of a class list, id or role.

    `articleBody` and `article__body` give the same words.

    There are at most 24 words of 24 characters, because generated class names would fill the memory.
    """
    value = value[:400]
    if value.isascii() and value.islower():
        letters = value.encode().translate(_LETTERS)
        if b"0" not in letters:  # half of all lists; a quarter of the time
            return frozenset([word[:24] for word in letters.decode().split()[:24]])
        return frozenset([word[:24] for word in _PLAIN.findall(value)[:24]])
    return frozenset([word.lower()[:24] for word in _NAME.findall(value)[:24]])
