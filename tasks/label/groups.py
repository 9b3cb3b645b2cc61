"""Decide blocks that are one structure: a list, table, definition list, accordion, embedded post, or code.

The model rates block by block, and most lines of a list look like a menu by themselves. So a structure is
decided as a whole: by the text around it, by its links, and by the probabilities of all its blocks.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, Literal, NamedTuple

from copydesk.schemas.labels import FIELDS
from copydesk.schemas.page import BESIDE_ARTICLE, Block
from copydesk.tasks.label.coherence import is_coherent, is_menu, shapes
from copydesk.tasks.label.containers import ROOT, Homes, Tree, home_of, homes_of
from copydesk.tasks.label.live import live_posts
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import CLOSERS, FULL_STOPS, ends_sentence

Place = Literal["between", "start", "end", "outside"]

_LISTS: Final = frozenset({"ul", "ol", "dl", "menu", "dir", "table", "details"})
"""Elements that make their blocks one structure."""
_SINGLE: Final = frozenset({"text", "quote", "list_item", "heading", "links", "caption"})
_HOPELESS: Final = 0.03
"""Below this probability of body a single block never stays: no threshold is under log-odds of -3.4."""
_LONG: Final = 40
_LINKED: Final = 0.5


class Group(NamedTuple):
    """Blocks `first` to `last` that are one structure, or one single block."""

    kind: str
    """Name of the element that joins them; otherwise the block's kind or element."""
    first: int
    last: int
    home: int
    """The container of body paragraphs around it, ROOT for none."""
    place: Place
    """Between two paragraphs of the body in that container, before the first, after the last, or elsewhere.
    """


def groups_of(blocks: Sequence[Block], tree: Tree, homes: Homes, body_threshold: float) -> list[Group]:
    """Cut a page into its structures, in order. Single blocks with a clear probability are left out."""
    out: list[Group] = []
    at = 0
    outermost = _outermost(blocks, tree)
    boxed = outermost.get
    parents, count = tree.parents, len(blocks)
    while at < count:
        block = blocks[at]
        last, kind, around = at, str(block.kind), parents[at]
        box = boxed(around, ROOT)
        if box != ROOT:
            last = max(at, tree.last[box])
            kind, around = tree.boxes[box].tag, tree.boxes[box].parent
        elif kind in _SINGLE and not _HOPELESS <= block.probabilities[0] < body_threshold:
            at += 1
            continue
        elif kind == "embed":
            while last + 1 < count and blocks[last + 1].kind == "embed":
                last += 1
        home = home_of(tree, homes, around, at, last)
        out.append(Group(kind, at, last, home, _place(homes, home, at, last)))
        at = last + 1
    return out


def _outermost(blocks: Sequence[Block], tree: Tree) -> dict[int, int]:
    """Return for each container in a list or table the outermost one that is such a structure.

    Lists and tables with running text of their own lay out a page and are no structures.
    """
    found: dict[int, int] = {}
    running: list[int] = []
    cells: list[int] = []
    for box, (tag, parent, _) in enumerate(tree.boxes):
        if parent in found:
            found[box] = found[parent]
        elif tag in _LISTS:
            if tag == "table":
                spoils = cells = cells or _before(
                    [b.kind != "caption" and b.hints.tag != "tr" for b in blocks]
                )
            else:
                spoils = running = running or _before(
                    [len(b.text) >= _RUNNING_TEXT or b.hints.tag == "h1" for b in blocks]
                )
            first, last = tree.first[box], tree.last[box]
            if first <= last and spoils[last + 1] == spoils[first]:
                found[box] = box
    return found


def _before(true: Sequence[bool]) -> list[int]:
    """Count the true values before each place; one number more than places."""
    return [0, *accumulate(true)]


_RUNNING_TEXT: Final = 600
"""A block of at least this many characters is never an item of a list."""


def _place(homes: Homes, home: int, first: int, last: int) -> Place:
    anchors = homes.anchors.get(home, ())
    before = bisect_left(anchors, first)
    after = len(anchors) - bisect_left(anchors, last + 1)
    if before and after:
        return "between"
    return "end" if before else "start" if after else "outside"


class Verdict(NamedTuple):
    """The decision about a block as part of a structure."""

    stays: bool
    rule: str
    listed: bool = False
    """Whether the structure is a list or table."""


def verdicts(  # noqa: C901, PLR0912 - a case for each kind of structure
    blocks: Sequence[Block],
    tree: Tree,
    body_threshold: float,
    beside: Collection[int] = (),
    live: bool = False,
) -> dict[int, Verdict]:
    """Decide the structures of a page as wholes. Blocks that the model decides alone are left out.

    A list, table or other structure between two paragraphs of the body in its own container stays, unless it
    is mostly links. Elsewhere the probability of all its blocks decides, with a threshold for each place.
    Left alone: what rules have claimed, what the page hides, and other stories on the page (`beside`). `live`
    is true if the page declares itself a live blog.
    """
    if not tree.boxes or not blocks or not blocks[0].probabilities:
        return {}
    homes = homes_of(tree, [at for at in _anchors(blocks, body_threshold) if at not in beside])
    alike = shapes(blocks, homes)
    base = _logit(body_threshold)
    found: dict[int, Verdict] = {}
    groups = groups_of(blocks, tree, homes, body_threshold)
    for group in groups:
        if group.first in beside:
            continue
        inside = [at for at in range(group.first, group.last + 1) if not blocks[at].hints.hidden]
        free = [at for at in inside if all(mark.label in _NAMED for mark in blocks[at].marks)]
        if not free or group.kind in _NEVER or 2 * len(free) < len(inside):
            continue
        parts = [blocks[at] for at in free]
        if (
            group.first == group.last
            and is_coherent(parts[0], group.home, alike, group.place)
            and (group.place == "outside" or _is_direct(group, tree, 0))
        ):
            found[group.first] = Verdict(stays=True, rule="structure:coherent")
            continue
        threshold = _threshold(group, parts, tree, base, bool(beside))
        if threshold is None:
            if group.kind in _LISTS and is_menu(parts):
                found |= dict.fromkeys(free, Verdict(stays=False, rule="structure:menu"))
            continue
        stays = _weight(parts) >= threshold
        if not stays:
            chars = sum(len(b.text) for b in parts)
            kept = sum(len(b.text) for b in parts if b.probabilities[0] >= body_threshold)
            if group.first == group.last or kept > _PARTLY * chars:
                continue
        for at in free:
            found[at] = Verdict(stays, f"structure:{group.kind}", group.kind in _LISTS)
    for at in _credited(blocks, tree):
        found[at] = Verdict(stays=False, rule="structure:credited")
    _lead_in(blocks, groups, found)
    for at in live_posts(blocks, tree, homes, live, beside):
        if not blocks[at].hints.hidden and not blocks[at].marks:
            found[at] = Verdict(stays=True, rule="structure:live-post")
    return found


def _credited(blocks: Sequence[Block], tree: Tree) -> Iterator[int]:
    """Yield the captions that share a container with only the credit of their picture after them.

    A single sentence goes at any probability; more than one is body if the model is nearly sure of it. What rules
    have claimed is left alone.
    """
    for at, (block, credit) in enumerate(pairwise(blocks)):
        box = tree.parents[at]
        if (
            credit.marks
            and box != ROOT
            and (tree.first[box], tree.last[box]) == (at, at + 1)
            and not block.marks
            and block.kind == "text"
            and (block.probabilities[0] < _NEARLY_SURE or _is_one_sentence(block.text))
            and any(m.label == "caption" and m.end - m.start == len(credit.text) for m in credit.marks)
        ):
            yield at


_NEARLY_SURE: Final = 0.75


def _is_one_sentence(text: str) -> bool:
    return len(text) <= _LONGEST_CAPTION and not _STOP_WITHIN.search(text)


_LONGEST_CAPTION: Final = 250
_STOP_WITHIN: Final = re.compile(
    f"[{re.escape(FULL_STOPS)}][{re.escape(CLOSERS)}]?\\s+\\w|[\u3002\uff01\uff1f]."
)
"""A full stop with another sentence after it. Some scripts put no space between sentences."""


_NAMED: Final = FIELDS - {"caption"}
_NEVER: Final = frozenset({"links", "caption", "heading"})
_SURE: Final = -99.0
"""Threshold of structures that stay at any probability."""
_PARTLY: Final = 0.15
"""From this share of kept text on, a structure is not a single thing: a forum, cards of a magazine."""
_BETWEEN, _BETWEEN_BOXED, _AT_END, _AT_END_UNLINKED, _AT_START = -6.0, -1.5, -2.0, -3.4, -1.0
"""Log-odds of body from which a list stays at each place.

In order: between paragraphs in the same container, between them in another box, after the last paragraph,
after the last paragraph without any link, before the first. Of 1,600 lists between paragraphs on labelled
pages, 92 % were body at -1 and 50 % at -3; most of the others were cards and boxes of buttons.
"""
_LINKS: Final = -3.2
"""The same between paragraphs for a list of mostly links, if nothing around it has a class: its author wrote
it."""
_SMALL_PAGE: Final = 60
"""Most blocks of a page so small that the model has little evidence. There a sentence stays at any place."""
_SMALL: Final = -0.65
"""Log-odds of body from which a sentence stays there."""
_SHORT_SENTENCE, _LONG_SENTENCE = 20, 80
"""Characters of a sentence, and of one that is a paragraph even if all of it is a link."""
_OPENING: Final = 40
_EDGE_DISTURBED: Final = -1.5
"""The same for the first and last paragraph of a page that also holds other stories or comments.

The model took these for the page's own text, so its probabilities at the edges are less certain.
"""
_SENTENCE: Final = -0.95
"""The same for a single paragraph."""


def _threshold(  # noqa: C901, PLR0912 - evidence in order of its weight
    group: Group, parts: Sequence[Block], tree: Tree, base: float, disturbed: bool
) -> float | None:
    """Return the log-odds of body from which a structure stays, or None if its blocks are decided one by one."""
    first = parts[0]
    if first.hints.region in BESIDE_ARTICLE:
        return None
    linked = _is_linked(parts)
    direct = group.home != ROOT and _is_direct(group, tree)
    if group.kind in _LISTS:
        if first.hints.region == "figure" and group.kind != "table":
            return None
        if linked:
            own_hand = group.place == "between" and direct and _is_plain(group, tree)
            return min(base, _LINKS) if own_hand else None
        plain = all(b.hints.tag in _ITEMS for b in parts)
        if group.place == "between":
            return min(base, _BETWEEN if direct else _BETWEEN_BOXED if plain else base)
        if direct and plain and group.place == "end":
            unlinked = len(parts) > 1 and not any(b.hints.links for b in parts)
            return min(base, _BETWEEN if _are_notes(parts) else _AT_END_UNLINKED if unlinked else _AT_END)
        return min(base, _AT_START) if direct and plain and group.place == "start" else base
    if group.kind in ("embed", "preformatted"):
        return _SURE if direct and group.place in ("between", "end") else min(base, -1.0)
    if group.place == "end" and direct and not linked and _are_notes(parts):
        return min(base, _AT_END_UNLINKED)
    if group.place in ("start", "end") and direct and not linked and width(first.text) >= _OPENING:
        edge = _EDGE_DISTURBED if disturbed else _AT_START if group.place == "start" else base
        return min(base, edge) if ends_sentence(first.text) else None
    if first.hints.region == "figure":
        return None
    sentence = ends_sentence(first.text) and width(first.text) >= _SHORT_SENTENCE
    small = len(tree.parents) <= _SMALL_PAGE and group.place != "between"
    if small and sentence and (not linked or width(first.text) >= _LONG_SENTENCE):
        return min(base, _SMALL)
    if group.place != "between" or not direct:
        return None
    if linked and not (sentence and width(first.text) >= _LONG_SENTENCE):
        return None
    return min(base, _SENTENCE) if _reads(first.text) else None


_ITEMS: Final = frozenset({"li", "dt", "dd", "tr", "p", "summary", "caption"})
"""Elements of the blocks of a plain list. Cards and boxes hold headings and divisions."""


def _is_plain(group: Group, tree: Tree) -> bool:
    """Return whether neither a structure nor its wrappers have a class."""
    box = tree.parents[group.first]
    while box not in (ROOT, group.home):
        if tree.boxes[box].own:
            return False
        box = tree.boxes[box].parent
    return True


def _are_notes(parts: Sequence[Block]) -> bool:
    """Return whether blocks are footnotes, by class, by an arrow back to the text, or by a bracketed number."""
    return any(
        not _NOTES.isdisjoint(b.hints.tokens)
        or b.text[-1:] in _BACK
        or b.text[:1] in _BACK
        or _NUMBERED.match(b.text)
        for b in parts
    )


_NOTES: Final = frozenset({"footnote", "footnotes", "endnote", "endnotes"})
_BACK: Final = tuple("\u21a9\u21a5\u2191\u2934^\u2b11\u21ba")
_NUMBERED: Final = re.compile(r"\[\d{1,3}\]\s|[\u00b9\u00b2\u00b3\u2070-\u2079]")


def _is_linked(parts: Sequence[Block]) -> bool:
    """Return whether a structure is mostly links, by its characters or by its blocks."""
    chars = sum(len(b.text) for b in parts)
    links = [b for b in parts if b.hints.link_density >= _LINKED]
    return (
        2 * len(links) > len(parts)
        or sum(len(b.text) * b.hints.link_density for b in parts) > _LINKED * chars
    )


_BESIDES: Final = 1
"""Blocks that a wrapper may hold before and after the structure: its heading, its source."""


def _is_direct(group: Group, tree: Tree, besides: int = _BESIDES) -> bool:
    """Return whether a structure is directly in its home, or in wrappers that hold little else."""
    box = tree.parents[group.first]
    first, last = group.first - besides, group.last + besides
    while box not in (ROOT, group.home):
        if tree.first[box] < first or tree.last[box] > last:
            return False
        box = tree.boxes[box].parent
    return True


def _reads(text: str) -> bool:
    return (len(text) >= _LONG or ends_sentence(text)) and not _PLAYED.search(text[-_DURATION:])


_PLAYED: Final = re.compile(r"\d:\d\d(?: ?min\.?)?$", re.IGNORECASE)
"""The duration of a film, with which its caption ends."""
_DURATION: Final = 12


def _anchors(blocks: Sequence[Block], body_threshold: float) -> list[int]:
    """Return the certain paragraphs of the body: long enough, no links, no rule's claim, and probably body."""
    return [
        at
        for at, b in enumerate(blocks)
        if b.probabilities[0] >= body_threshold
        and b.kind in _RUNNING
        and not b.marks
        and b.hints.link_density < _LINKED
        and (len(b.text) >= _LONG or (ends_sentence(b.text) and 2 * len(b.text) >= _LONG))
    ]


_RUNNING: Final = frozenset({"text", "list_item", "quote", "table"})


def _lead_in(blocks: Sequence[Block], groups: Sequence[Group], found: dict[int, Verdict]) -> None:
    """Keep the heading, or the line that ends with a colon, directly before a structure that stays."""
    end = 0
    for group in groups:
        at, before = group.first - 1, end
        if group.first != group.last:
            end = group.last + 1
        if group.kind not in _LISTS or at < before or at in found or blocks[at].marks:
            continue
        verdict = found.get(group.first)
        block = blocks[at]
        if verdict is None or not verdict.stays or block.hints.hidden or block.hints.link_density >= _LINKED:
            continue
        if block.kind == "heading" or block.text.rstrip().endswith((":", "\uff1a")):
            found[at] = Verdict(stays=True, rule="structure:lead-in")


def _weight(parts: Sequence[Block]) -> float:
    """Return the mean log-odds of body over the characters of some blocks."""
    chars = sum(len(b.text) for b in parts)
    return sum(len(b.text) * _logit(b.probabilities[0]) for b in parts) / max(1, chars)


def _logit(probabilities: float) -> float:
    bounded = min(max(probabilities, 1e-4), 1 - 1e-4)
    return math.log(bounded / (1 - bounded))
