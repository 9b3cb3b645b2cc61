"""Find posts of a live blog: sibling containers that each begin with a time and hold a text of any length."""

import re
from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Final

from copydesk.schemas.page import BESIDE_ARTICLE, Block
from copydesk.tasks.label.containers import ROOT, Homes, Tree

_CLOCK: Final = re.compile(r"\W{0,3}\d{1,2}[:.h\u6642\u65f6]\d\d(?!\d)")
_TIMES_WITHIN: Final = 3
"""A post must have its time among this many first blocks."""
_TIME: Final = 40
_LONGEST: Final = 200
"""Blocks of the longest post. Without a limit, pages of nested containers take quadratic time."""
_LINKED: Final = 0.4


def live_posts(
    blocks: Sequence[Block], tree: Tree, homes: Homes, live: bool, beside: Collection[int]
) -> set[int]:
    """Return the blocks of live posts without their times.

    The posts are in the story, or on a page that declares itself live (`live`).

    Left alone: teasers, which are mostly links; everything beside the story; and the times, which are fields.
    """
    times = _times(blocks)
    if len(times) < 2:
        return set()
    before = list(accumulate([at in times for at in range(len(blocks))], initial=0))
    children: dict[int, list[range]] = {}
    for box, (first, last) in enumerate(zip(tree.first, tree.last, strict=True)):
        parent = tree.boxes[box].parent
        if first > last or parent == ROOT or before[last + 1] == before[max(0, first - 1)]:
            continue
        span = range(first - (first - 1 in times and _opens(blocks, tree, box)), last + 1)
        if 2 <= len(span) <= _LONGEST and span[0] not in beside and _is_post(blocks, span, times):
            children.setdefault(parent, []).append(span)
    found: set[int] = set()
    for parent, posts in children.items():
        home = homes.around[parent]
        if len(posts) < 2 or not (
            live or (homes.anchors.get(home) and _in_story(blocks, posts, home == parent))
        ):
            continue
        found.update(at for span in posts for at in span if at not in times)
    return found


def _opens(blocks: Sequence[Block], tree: Tree, box: int) -> bool:
    """Return whether the time before the blocks of a container is a direct child of the container too."""
    at = tree.first[box] - 1
    if tree.parents[at] != tree.boxes[box].parent:
        return False
    hints = blocks[at].hints
    return hints.tag == tree.boxes[box].tag and hints.own == tree.boxes[box].own


def _times(blocks: Sequence[Block]) -> set[int]:
    """Return the blocks that are only a time: an element for it, or a short line that begins with one."""
    return {
        at
        for at, b in enumerate(blocks)
        if b.hints.tag == "time" or (len(b.text) <= _TIME // 2 and _CLOCK.match(b.text))
    }


def _is_post(blocks: Sequence[Block], span: range, times: Collection[int]) -> bool:
    if not any(at in times for at in span[:_TIMES_WITHIN]) or blocks[span[0]].hints.region in BESIDE_ARTICLE:
        return False
    texts = [blocks[at] for at in span if at not in times]
    chars = sum(len(b.text) for b in texts)
    linked = sum(len(b.text) * b.hints.link_density for b in texts)
    return bool(chars) and linked <= _LINKED * chars and any(b.kind != "heading" for b in texts)


def _in_story(blocks: Sequence[Block], posts: Sequence[range], at_home: bool) -> bool:
    """Return whether posts belong to the story, on a page that does not declare itself live.

    A card has a headline that is a link, or the model is sure that it is not part of the story.
    """
    inside = [blocks[at] for span in posts for at in span]
    if any(b.kind == "heading" and b.hints.link_density >= _LINKED for b in inside):
        return False
    if not at_home and not all(any(blocks[at].kind == "text" for at in span) for span in posts):
        return False
    telling = [b for b in inside if len(b.text) > _TIME]
    return not telling or any(b.probabilities[0] >= _HOPELESS for b in telling)


_HOPELESS: Final = 0.08
"""Below this probability of body the model is sure that a text is not body."""
