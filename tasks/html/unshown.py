"""Find the article in mark-up that is not shown: `<noscript>`, `<template>`, `<iframe srcdoc>`."""

from collections.abc import Iterator
from typing import Final

import turbohtml

from copydesk.schemas.page import Block
from copydesk.tasks.html.walk import blocks_of

_MOST: Final = 100
_LONGEST: Final = 4_000_000
"""Most characters of mark-up that are parsed again, in total."""


def unshown(document: turbohtml.Document) -> Iterator[tuple[Block, ...]]:
    """Yield the blocks of each such element of the page's body, in order.

    An element inside another is not read twice.
    """
    left = _LONGEST
    for node in document.select("noscript, template, iframe[srcdoc]")[:_MOST]:
        if node.closest("head") is not None or _is_inside(node):
            continue
        text = (node.attr("srcdoc") if node.tag == "iframe" else node.inner_html) or ""
        left -= len(text)
        if left < 0:
            return
        if text:
            yield parsed(text)


def parsed(mark_up: str) -> tuple[Block, ...]:
    """Return the blocks of a piece of mark-up."""
    return blocks_of(turbohtml.parse_fragment(mark_up, positions=False))


def _is_inside(node: turbohtml.Element) -> bool:
    parent = node.parent
    return isinstance(parent, turbohtml.Element) and parent.closest("noscript, template") is not None
