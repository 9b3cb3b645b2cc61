"""Text as such: charsets, kinds of content, punctuation, folding. Pure functions on str and bytes.

`sniff` distinguishes kinds of input by their first bytes, `charsets` resolves labels to codecs, `folding`
gives the form in which rules see a line.

This folder does not know pages, blocks, labels, or what an article is.

Begin with `folding`: rules and labelling see every line through it.
"""

from copydesk.tasks.text.alignment import align
from copydesk.tasks.text.capitals import headlines_in_capitals
from copydesk.tasks.text.charsets import charset_of, codec_of
from copydesk.tasks.text.folding import Folded, fold_characters, fold_line, fold_lines, squash
from copydesk.tasks.text.patterns import LazyPattern, lazy_pattern
from copydesk.tasks.text.planes import basic_plane
from copydesk.tasks.text.punctuation import (
    CLAUSE_ENDS,
    CLOSERS,
    CLOSING_QUOTES,
    FULL_STOPS,
    TERMINALS,
    ends_sentence,
)
from copydesk.tasks.text.sniff import (
    MOST_CONTROLS,
    binary_kind,
    is_alone,
    is_feed,
    is_html,
    is_json,
    is_json_feed,
    is_jsonl,
    is_page,
)
from copydesk.tasks.text.sniff_markup import has_blocks, is_markup, paragraphs, unescaped

__all__ = [
    "CLAUSE_ENDS",
    "CLOSERS",
    "CLOSING_QUOTES",
    "FULL_STOPS",
    "MOST_CONTROLS",
    "TERMINALS",
    "Folded",
    "LazyPattern",
    "align",
    "basic_plane",
    "binary_kind",
    "charset_of",
    "codec_of",
    "ends_sentence",
    "fold_characters",
    "fold_line",
    "fold_lines",
    "has_blocks",
    "headlines_in_capitals",
    "is_alone",
    "is_feed",
    "is_html",
    "is_json",
    "is_json_feed",
    "is_jsonl",
    "is_markup",
    "is_page",
    "lazy_pattern",
    "paragraphs",
    "squash",
    "unescaped",
]
