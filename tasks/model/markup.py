"""Measure what mark-up adds to the features of a block: its element, container, links and class names."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import numpy as np

from copydesk.schemas.page import Block, Hints

Array = np.ndarray[Any, Any]

TOKEN_BUCKETS: Final = 1 << 12
"""Hash buckets of the words in class, id, role and itemprop."""
_KINDS: Final = ("line", "text", "heading", "list_item", "quote", "caption", "table", "embed", "links")
_REGIONS: Final = ("", "article", "main", "nav", "header", "footer", "aside", "form", "figure", "dialog")
_TAGS: Final = (
    "p", "div", "span", "a", "li", "h1", "h2", "h3", "h4", "td", "figcaption",
    "blockquote", "time", "button", "label", "strong", "em", "section", "article",
)  # fmt: skip
_ABOVE: Final = (
    "article",
    "main",
    "section",
    "aside",
    "ul",
    "ol",
    "table",
    "form",
    "header",
    "footer",
    "nav",
    "a",
    "figure",
)
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


def markup_features(
    blocks: Sequence[Block], pages: Array, lengths: Array, long: Array
) -> tuple[Array, Array, Array]:
    """Return the dense columns of MARKUP, the hash buckets of class and id words, and the block of each.

    `long` marks the blocks that count as paragraphs.
    """
    _, _, _, kinds, hints, _, _ = zip(*blocks, strict=True)
    tags, paths, tokens, _, _, _, regions, *_ = zip(*hints, strict=True)
    # All blocks of a place share one path and one set of tokens. Comparing identity needs no hashing.
    flags: dict[tuple[str, str, str, int], int] = {}
    known: dict[int, int] = {}
    row_of = [flags.setdefault(k, len(flags)) for k in zip(kinds, regions, tags, map(id, paths), strict=True)]
    set_of = [known.setdefault(k, len(known)) for k in map(id, tokens)]
    path_of = dict(zip(map(id, paths), paths, strict=True))
    rows = np.array([_flags(kind, region, tag, path_of[path]) for kind, region, tag, path in flags])
    words = dict(zip(map(id, tokens), tokens, strict=True))
    found, counts = _buckets([words[k] for k in known])
    chosen = np.array(set_of)
    sizes = counts[chosen]
    numbers = np.repeat(np.arange(len(blocks), dtype=np.int32), sizes)
    ahead = (np.cumsum(counts) - counts)[chosen] - (np.cumsum(sizes) - sizes)
    ids = found[np.arange(len(numbers)) + np.repeat(ahead, sizes)]
    return (
        np.hstack([rows[row_of], _container(hints, pages, lengths, long)]),
        ids,
        numbers,
    )


@lru_cache(maxsize=8192)
def _flags(kind: str, region: str, tag: str, path: tuple[str, ...]) -> Array:
    """Return the flag columns as one row. The result is cached, because the pages of a site share few paths."""
    above = set(path)
    row = (
        [k == ("text" if kind == "preformatted" else kind) for k in _KINDS]
        + [region == r for r in _REGIONS]
        + [tag == t for t in _TAGS]
    )
    return np.array(row + [name in above for name in _ABOVE], np.float32)


def _buckets(sets: Sequence[frozenset[str]]) -> tuple[Array, Array]:
    """Return the hash buckets of some sets of words, and how many buckets each set has.

    The buckets are ascending and unique within a set, and the sets follow each other.
    """
    sizes = np.array([len(words) for words in sets])
    buckets = np.fromiter(map(_BUCKETS.__getitem__, chain.from_iterable(sets)), np.int64, sizes.sum())
    placed = np.sort(np.repeat(np.arange(len(sets)), sizes) * TOKEN_BUCKETS + buckets)
    placed = placed[np.diff(placed, prepend=-1) != 0]
    return (placed % TOKEN_BUCKETS).astype(np.int32), np.bincount(
        placed // TOKEN_BUCKETS, minlength=len(sets)
    )


class _Buckets(dict[str, int]):
    """Words and their buckets. A look-up costs a third of the hash, and sites use few words."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS:
            self.clear()
        bucket = self[word] = zlib.crc32(word.encode()) % TOKEN_BUCKETS
        return bucket


_BUCKETS: Final = _Buckets()
_MOST_WORDS = 1 << 16


def _container(hints: Sequence[Hints], pages: Array, lengths: Array, long: Array) -> Array:
    """Return the columns of _CONTAINER: the block's links and depth, and the properties of its siblings."""
    tags, _, _, densities, depths, around, _, hidden, _, _, numbers, bold, italic, *_ = zip(
        *hints, strict=True
    )
    links, parents = np.array(densities), np.array(around)
    taken = np.cumsum(
        np.maximum.reduceat(parents, pages[:-1]) + 2
    )  # the containers of different pages get different numbers
    _, group = np.unique(
        parents + np.repeat(np.concatenate(([0], taken[:-1])), np.diff(pages)), return_inverse=True
    )
    size = np.bincount(group)
    chars = np.bincount(group, lengths)
    linked = np.bincount(group, lengths * links)
    paragraphs = np.bincount(group, [tag == "p" for tag in tags])
    return np.column_stack(
        [
            links,
            np.log1p(numbers) / 3,
            bold,
            italic,
            np.array(depths) / 30,
            hidden,
            np.log1p(size)[group] / 5,
            np.log1p(chars)[group] / 10,
            (linked / np.maximum(1, chars))[group],
            np.log1p(paragraphs)[group] / 5,
            np.log1p(np.bincount(group, long))[group] / 5,
        ]
    )
