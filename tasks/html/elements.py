"""The meaning of each HTML element for the walk over a page: a table of codes."""

from typing import Final

BLOCK, SKIP, BREAK, LINK, BOLD, ITALIC, MEDIA, SOFT, CELL, ASIDE, SPAN, LINES = range(1, 13)
TABLE, GRID_CELL, RUBY, VERBATIM = range(13, 17)
"""In order: a line of its own; skipped; `<br>`; a link; bold; italics; a picture or player; a line of its own
except in prose; a cell; out of the line; a span, whose class may make it a caption; preformatted lines; a
table; a cell of a table of data; ruby; a `<pre>` whose lines belong together."""
_BLOCKS = """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form
    frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav noscript ol optgroup option p
    search section summary tbody textarea tfoot thead tr ul
"""
_UNSEEN = "head script style template iframe noframes noembed object applet title desc defs metadata symbol"
CODES: Final[dict[str, int]] = {
    **dict.fromkeys(_BLOCKS.split(), BLOCK),
    **dict.fromkeys(("pre", "listing", "plaintext", "xmp"), LINES),
    **dict.fromkeys(_UNSEEN.split(), SKIP),
    **dict.fromkeys(("img", "picture", "amp-img", "video", "audio", "amp-video", "amp-audio"), MEDIA),
    **dict.fromkeys(("b", "strong"), BOLD),
    **dict.fromkeys(("i", "em"), ITALIC),
    **dict.fromkeys(("button", "label"), SOFT),
    **dict.fromkeys(("td", "th"), CELL),
    **dict.fromkeys(("rt", "rp"), ASIDE),
    **dict.fromkeys(("span", "small", "font"), SPAN),
    "br": BREAK,
    "a": LINK,
    "table": TABLE,
    "ruby": RUBY,
}
"""The meaning of an element for the walk. An element without a code is inline."""
TITLES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
PROSE: Final = TITLES | {"p", "figcaption", "caption", "dt", "summary", "pre", "button", "label"}
"""Elements in which a button, a label or a custom element is a part of the line."""
MEDIA_OF: Final = {"video": "video", "amp-video": "video", "audio": "audio", "amp-audio": "audio"}
"""Players. Every other medium is an image."""
