"""Posts of a live blog: containers side by side that each begin with a time and hold a text, however short."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from schemas.page import Block
from tasks.containers import ROOT, Homes, Tree

_CLOCK: Final = re.compile(r"\W{0,3}\d{1,2}[:.h\u6642\u65f6]\d\d(?!\d)")
_TIMES_WITHIN: Final = 3
"""Blocks at the beginning of a post of which one is its time."""
_TIME: Final = 40
_LONGEST: Final = 200
"""Blocks of the longest post; without a limit pages of nested containers take quadratic time."""
_LINKED: Final = 0.4
_BESIDE: Final = frozenset({"nav", "footer", "form", "aside", "dialog"})


def live_posts(
    blocks: Sequence[Block], tree: Tree, homes: Homes, live: bool, beside: Collection[int]
) -> set[int]:
    """Return the blocks of live posts without their times, in the story or on a page that calls itself live (`live`).

    Left alone: teasers, which are mostly links, what stands beside the story, and the times, which are fields.
    """
    children: dict[int, list[range]] = {}
    for box, (_, parent, _) in enumerate(tree.boxes):
        span = range(tree.first[box] - _opens(blocks, tree, box), tree.last[box] + 1)
        if parent != ROOT and 2 <= len(span) <= _LONGEST and span[0] not in beside and _is_post(blocks, span):
            children.setdefault(parent, []).append(span)
    found: set[int] = set()
    for parent, posts in children.items():
        if len(posts) < 2 or not (live or homes.around[parent] == parent or _has_text(blocks, posts)):
            continue
        if live or homes.anchors.get(homes.around[parent]):
            found.update(at for span in posts for at in span if not is_time(blocks[at]))
    return found


def _opens(blocks: Sequence[Block], tree: Tree, box: int) -> bool:
    """Whether the block before those of a container is a time that stands in the container itself, beside its blocks."""
    at = tree.first[box] - 1
    if not 0 <= at < len(blocks) or tree.parents[at] != tree.boxes[box].parent:
        return False
    hints = blocks[at].hints
    return hints.tag == tree.boxes[box].tag and hints.own == tree.boxes[box].own and is_time(blocks[at])


def is_time(block: Block) -> bool:
    """Whether a block is nothing but a time: an element for it, or a short line that begins with a clock's figures."""
    return block.hints.tag == "time" or (
        len(block.text) <= _TIME // 2 and _CLOCK.match(block.text) is not None
    )


def _is_post(blocks: Sequence[Block], span: range) -> bool:
    if not any(is_time(blocks[at]) for at in span[:_TIMES_WITHIN]) or blocks[span[0]].hints.region in _BESIDE:
        return False
    texts = [b for b in (blocks[at] for at in span) if not is_time(b)]
    chars = sum(len(b.text) for b in texts)
    linked = sum(len(b.text) * b.hints.link_density for b in texts)
    return bool(chars) and linked <= _LINKED * chars and any(b.kind != "heading" for b in texts)


def _has_text(blocks: Sequence[Block], posts: Sequence[range]) -> bool:
    return all(any(blocks[at].kind == "text" for at in span) for span in posts)
