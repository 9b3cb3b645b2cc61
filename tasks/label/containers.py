"""The containers of a page: which blocks each holds, and which of them hold the paragraphs of the body.

A paragraph in a container is evidence that the list or table beside it belongs to the body. Class names tell
less: many sites generate them, and they differ between all sites.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from copydesk.schemas.page import Block, Box

ROOT: Final = -1
_CLIMB: Final = 4
"""Containers around a single paragraph that count as its wrapper."""


class Tree(NamedTuple):
    """The containers of a page with their blocks, direct or nested."""

    boxes: Sequence[Box]
    first: list[int]
    """Number of the first block in each container."""
    last: list[int]
    """Number of its last block; less than `first` for an empty container."""
    parents: list[int]
    """Number of the container of each block."""

    def holds(self, box: int, block: int) -> bool:
        """Return whether a container holds a block, at any depth."""
        return box == ROOT or self.first[box] <= block <= self.last[box]


def tree_of(blocks: Sequence[Block], boxes: Sequence[Box]) -> Tree:
    """Find which blocks each container holds. A block of an unknown container is put at the top."""
    first, last = [len(blocks)] * len(boxes), [-1] * len(boxes)
    parents = [parent if 0 <= (parent := b.hints.parent) < len(boxes) else ROOT for b in blocks]
    for at, box in enumerate(parents):
        if box != ROOT:
            if last[box] < 0:
                first[box] = at
            last[box] = at
    for box in range(len(boxes) - 1, 0, -1):  # each container follows the one around it
        above = boxes[box].parent
        if (
            above != ROOT
        ):  # runs for each container of a page, where calls of min and max would take half of the time
            if first[box] < first[above]:
                first[above] = first[box]
            if last[box] > last[above]:
                last[above] = last[box]
    return Tree(boxes, first, last, parents)


class Homes(NamedTuple):
    """The containers of the body's paragraphs."""

    before: list[int]
    """How many anchors precede each block; one number more than blocks."""
    anchors: dict[int, list[int]]
    """The anchors of each container, by its number, ascending."""
    around: list[int]
    """For each container the innermost one, itself or around it, that holds an anchor."""

    def inside(self, first: int, last: int) -> int:
        """Return how many anchors are between two blocks, both included."""
        return self.before[last + 1] - self.before[first] if last >= first else 0


def homes_of(tree: Tree, anchors: Sequence[int]) -> Homes:
    """Find the containers of the anchors, which are the certain paragraphs of the body.

    A container around a single paragraph is its wrapper: the paragraph belongs to the container outside.
    """
    steps = [0] * (len(tree.parents) + 1)
    for at in anchors:
        steps[at + 1] = 1
    before = list(accumulate(steps))
    around: list[int] = []
    homes = Homes(before, {}, around)
    for box, (first, last, (_, above, _)) in enumerate(zip(tree.first, tree.last, tree.boxes, strict=True)):
        if first <= last and before[last + 1] != before[first]:
            around.append(box)
        else:
            around.append(ROOT if above == ROOT else around[above])
    for at in anchors:
        box = tree.parents[at]
        for _ in range(_CLIMB):
            if box == ROOT or homes.inside(tree.first[box], tree.last[box]) > 1:
                break
            box = tree.boxes[box].parent
        homes.anchors.setdefault(box, []).append(at)
    return homes


def home_of(tree: Tree, homes: Homes, box: int, first: int, last: int) -> int:
    """Return the innermost container with an anchor besides blocks `first` to `last`: `box` or one around it."""
    held = homes.inside(first, last)
    for _ in range(_DEEPEST):
        if box != ROOT:
            box = homes.around[box]
        if box == ROOT or homes.inside(tree.first[box], tree.last[box]) > held:
            return box
        box = tree.boxes[box].parent
    return ROOT


_DEEPEST: Final = 64
"""Most containers around a group that are inspected: some pages nest 100,000 deep."""
