"""What mark-up adds to the features of a block: its element, its container, its links, its class names."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from schemas.page import Block

Array = np.ndarray[Any, Any]

TOKEN_BUCKETS: Final = 1 << 12
"""Hash buckets of the words in class, id, role and itemprop."""
_KINDS: Final = ("line", "text", "heading", "list_item", "quote", "caption", "table", "embed")
_REGIONS: Final = ("", "article", "main", "nav", "header", "footer", "aside", "form", "figure", "dialog")
_TAGS: Final = (
    "p", "div", "span", "a", "li", "h1", "h2", "h3", "h4", "td", "figcaption",
    "blockquote", "time", "button", "label", "strong", "em", "section", "article",
)  # fmt: skip
_ABOVE: Final = ("article", "main", "section", "aside", "ul", "ol", "table", "form", "header", "footer", "nav", "a", "figure")
_CONTAINER: Final = [
    "link_density", "links", "bold", "italic", "depth", "hidden",
    "siblings", "sibling_chars", "sibling_links", "sibling_paragraphs", "long_siblings",
]  # fmt: skip

MARKUP: Final = [
    *(f"kind_{k}" for k in _KINDS),
    *(f"region_{r or 'none'}" for r in _REGIONS),
    *(f"tag_{t}" for t in _TAGS),
    *(f"above_{t}" for t in _ABOVE),
    *_CONTAINER,
]


def markup_features(blocks: Sequence[Block], pages: Array, lengths: Array) -> tuple[Array, Array, Array]:
    """Dense columns of MARKUP; hash buckets of class and id words; the block number of each of them."""
    rows = []
    token_rows = []
    for block in blocks:
        hints = block.hints
        rows.append(_flags(block.kind, hints.region, hints.tag, hints.path))
        token_rows.append(_buckets(hints.tokens))
    counts = [len(row) for row in token_rows]
    numbers = np.repeat(np.arange(len(blocks), dtype=np.int32), counts)
    return np.hstack([np.array(rows), _container(blocks, pages, lengths)]), np.concatenate(token_rows), numbers


@lru_cache(maxsize=8192)
def _flags(kind: str, region: str, tag: str, path: tuple[str, ...]) -> Array:
    """The flag columns as one row. A page has few different paths, and a site's pages share theirs: cached."""
    above = set(path)
    row = [kind == k for k in _KINDS] + [region == r for r in _REGIONS] + [tag == t for t in _TAGS]
    return np.array(row + [name in above for name in _ABOVE], np.float32)


@lru_cache(maxsize=8192)
def _buckets(tokens: frozenset[str]) -> Array:
    return np.array(sorted({zlib.crc32(t.encode()) % TOKEN_BUCKETS for t in tokens}), np.int32)


def _container(blocks: Sequence[Block], pages: Array, lengths: Array) -> Array:
    """The columns of _CONTAINER: the block's links and depth, and what its siblings are like."""
    links = np.array([b.hints.link_density for b in blocks])
    parents = np.array([b.hints.parent for b in blocks])
    taken = np.cumsum(np.maximum.reduceat(parents, pages[:-1]) + 2)  # no container of one page has the number of another's
    _, group = np.unique(parents + np.repeat(np.concatenate(([0], taken[:-1])), np.diff(pages)), return_inverse=True)
    size = np.bincount(group)
    chars = np.bincount(group, lengths)
    linked = np.bincount(group, lengths * links)
    paragraphs = np.bincount(group, [b.hints.tag == "p" for b in blocks])
    long = np.bincount(group, lengths >= 120)
    return np.column_stack(
        [
            links,
            np.log1p([b.hints.links for b in blocks]) / 3,
            np.array([b.hints.bold for b in blocks]),
            np.array([b.hints.italic for b in blocks]),
            np.array([b.hints.depth for b in blocks]) / 30,
            np.array([b.hints.hidden for b in blocks]),
            np.log1p(size)[group] / 5,
            np.log1p(chars)[group] / 10,
            (linked / np.maximum(1, chars))[group],
            np.log1p(paragraphs)[group] / 5,
            np.log1p(long)[group] / 5,
        ]
    )
