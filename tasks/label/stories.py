"""What else stands on a page besides its own story: copies of it, stories loaded below it, readers' comments.

Each is a stretch of containers, told by its shape: the same sentences again; another headline with a text
of its own in a container of its own; siblings that each have a name, a time and a text. Class names help for
comments only, where they say so in plain words; sites generate the others.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import AUTHOR_TOKENS, BESIDE_ARTICLE, Block
from copydesk.tasks.label.containers import ROOT, Tree
from copydesk.tasks.label.structure import squash, width
from copydesk.tasks.text import FULL_STOPS

_SENTENCE_END: Final = re.compile(f"(?<=[{re.escape(FULL_STOPS)}])[\"'\u2019\u201d\u00bb\u300d)]*\\s*")
_TELLING: Final = 30
"""Characters of a sentence that is not the same by chance; wide characters count twice."""
_LINKED: Final = 0.5
_REPEATED: Final = 0.85
"""Share of a block's telling sentences that stand elsewhere in one that is a copy."""
_LEAST_COPY, _GAP = 250, 6
"""Characters of a copied stretch at least, and blocks between two of its copied blocks at most."""


def copies(blocks: Sequence[Block], body_threshold: float) -> set[int]:
    """Return the blocks of a stretch that repeats another one: the article for narrow screens, or to print.

    What the page shows is the text, then what the model keeps more of, then what comes first. A single short
    sentence that comes again is left alone: pull quotes and summaries are not looked for here. So are sentences of a
    summary that come again one by one amid other text: the stretch that goes holds little else.
    """
    if not _says_twice(blocks):
        return set()
    seen: dict[str, int] = {}
    pairs: list[_Pair] = []
    for at, block in enumerate(blocks):
        if block.hints.link_density >= _LINKED or len(block.text) < _TELLING // (
            1 if block.text.isascii() else 2
        ):
            continue
        telling = list(_sentences(block.text))
        known = sum(width(s) for s in telling if s in seen)
        if known and known >= _REPEATED * sum(map(width, telling)):
            pairs.append(_Pair(sorted({seen[s] for s in telling if s in seen}), at, known))
        for sentence in telling:
            seen.setdefault(sentence, at)
    found: set[int] = set()
    for run in _runs(pairs):
        if sum(pair.size for pair in run) >= _LEAST_COPY and not any(
            at in found for pair in run for at in pair.originals
        ):
            found |= _copy(blocks, run, body_threshold)
    return found


def _says_twice(blocks: Sequence[Block]) -> bool:
    """Whether enough of a page stands there twice, at a rough look; most pages are done with it."""
    told = [b.text for b in blocks if len(b.text) >= _TELLING // 2 and b.hints.link_density < _LINKED]
    pieces = [piece for piece in _pieces(told) if len(piece) >= _TELLING // 2]
    seen = set(pieces)
    if 2 * (sum(map(len, pieces)) - sum(map(len, seen))) < _ROUGHLY:
        return False
    return sum(map(width, pieces)) - sum(map(width, seen)) >= _ROUGHLY


def _pieces(texts: Sequence[str]) -> list[str]:
    """Cut texts at full stops, without their white space, in which copies differ. A pattern takes three times as long."""
    text = "".join("\0".join(texts).split())
    for stop in _ASCII_STOPS if text.isascii() else FULL_STOPS:
        text = text.replace(stop, "\0")
    first, *others = text.split("\0")
    return [first, *[piece.lstrip(_CLOSING) for piece in others]]


_ASCII_STOPS: Final = "".join(stop for stop in FULL_STOPS if stop.isascii())
_CLOSING: Final = "\"'\u2019\u201d\u00bb\u300d)"
_ROUGHLY: Final = 200
"""Narrow characters of a copied stretch, less some: sentences may differ in their case."""


class _Pair(NamedTuple):
    """A block that says what others before it say."""

    originals: list[int]
    copy: int
    size: int


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a text that tell it from others, white space and case apart."""
    for sentence in _SENTENCE_END.split(text):
        plain = "".join(sentence.split()).casefold()
        if width(plain) >= _TELLING:
            yield plain


def _runs(pairs: Sequence[_Pair]) -> Iterator[list[_Pair]]:
    """Cut pairs into stretches whose copies stand close together and in the order of what they copy."""
    run: list[_Pair] = []
    for pair in pairs:
        if run and (
            pair.copy - run[-1].copy > _GAP
            or pair.originals[0] < run[-1].originals[0]
            or pair.originals[-1] >= run[0].copy
        ):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def _copy(blocks: Sequence[Block], run: Sequence[_Pair], body_threshold: float) -> set[int]:
    """Return the side of a run that goes: its copied blocks, and the short ones among and beside them that both sides have."""
    originals = sorted({at for pair in run for at in pair.originals})
    copied = [pair.copy for pair in run]
    one, other = (originals[0], originals[-1]), (copied[0], copied[-1])
    while one[0] and other[0] - 1 > one[1] and blocks[one[0] - 1].text == blocks[other[0] - 1].text:
        one, other = (one[0] - 1, one[1]), (other[0] - 1, other[1])
    last = len(blocks) - 1
    while one[1] + 1 < other[0] and other[1] < last and blocks[one[1] + 1].text == blocks[other[1] + 1].text:
        one, other = (one[0], one[1] + 1), (other[0], other[1] + 1)
    gone, stays, sure = other, one, set(copied)
    if _worth(blocks, copied, body_threshold) > _worth(blocks, originals, body_threshold):
        gone, stays, sure = one, other, set(originals)
    texts = {blocks[at].text for at in range(stays[0], stays[1] + 1)}
    twice = sure | {at for at in range(gone[0], gone[1] + 1) if blocks[at].text in texts}
    if 2 * _running(blocks, twice, body_threshold) < _running(
        blocks, range(gone[0], gone[1] + 1), body_threshold
    ):
        return set()
    return twice


def _running(blocks: Sequence[Block], numbers: Iterable[int], body_threshold: float) -> int:
    """Width of those of some blocks that the model keeps."""
    chosen = (blocks[at] for at in numbers)
    return sum(width(b.text) for b in chosen if b.probabilities and b.probabilities[0] >= body_threshold)


def _worth(blocks: Sequence[Block], side: Sequence[int], body_threshold: float) -> tuple[bool, bool]:
    """What is compared between two copies: whether the page shows it, whether the model keeps it."""
    chars = sum(len(blocks[at].text) for at in side)
    shown = sum(len(blocks[at].text) for at in side if not blocks[at].hints.hidden)
    kept = sum(
        len(b.text) for at in side if (b := blocks[at]).probabilities and b.probabilities[0] >= body_threshold
    )
    return 2 * shown > chars, 2 * kept > chars


_OWN_TEXT, _OWN_FLAT_TEXT, _NEXT_TEXT = 300, 1000, 120
"""Characters of paragraphs that the page's own story has before another one may begin, beside it or in the same
container, and that the other has."""
_FURTHER: Final = 6
"""Blocks below a headline in which its byline or time stands."""
_BYLINE: Final = AUTHOR_TOKENS | {"date", "dateline", "time", "published"}
_BESIDE: Final = BESIDE_ARTICLE | {"header"}


def next_stories(blocks: Sequence[Block], tree: Tree, headline: str, body_threshold: float) -> set[int]:
    """Return the blocks of the stories that the page loads below its own, each with a headline of its own.

    Another story stands in a container beside that of the first one, or, where all stand in one container, has a
    byline or time under its headline. A second headline in the container of the text is a chapter and left alone.
    """
    known = squash(headline)
    tops = [
        at
        for at, b in enumerate(blocks)
        if (b.hints.tag == "h1" or "h1" in b.hints.path)
        and not b.hints.hidden
        and b.hints.region not in _BESIDE
    ]
    first = next((at for at in tops if known and squash(blocks[at].text) == known), -1)
    if first < 0 or len(tops) < 2:
        return set()
    text = [0]
    for b in blocks:
        runs = (
            (not b.probabilities or b.probabilities[0] >= body_threshold)
            and b.hints.link_density < 0.5
            and width(b.text) >= _TELLING
        )
        text.append(text[-1] + (width(b.text) if runs and b.kind not in ("links", "heading") else 0))
    found: set[int] = set()
    for at in tops:
        if at <= first or at in found or squash(blocks[at].text) == known:
            continue
        if text[at] - text[first] < _OWN_TEXT:
            continue
        other, around = _branches(tree, first, at)
        if _is_chapter(blocks[at], tree, other):
            continue
        if other != ROOT and text[at] - text[max(first, tree.first[other])] < _NEXT_TEXT:
            stretch = range(tree.first[other], tree.last[other] + 1)
        elif text[at] - text[first] >= _OWN_FLAT_TEXT and any(
            _is_byline(blocks[k]) for k in range(at + 1, min(at + 1 + _FURTHER, len(blocks)))
        ):
            end = tree.last[around] + 1 if around != ROOT else len(blocks)
            stretch = range(at, end)
        else:
            continue
        if first in stretch or text[stretch.stop] - text[stretch.start] < _NEXT_TEXT:
            continue
        found.update(k for k in stretch if blocks[k].hints.region not in _BESIDE)
    return found


def _branches(tree: Tree, one: int, other: int) -> tuple[int, int]:
    """Return the container that holds one of two blocks without the other, ROOT where it stands in the common one itself; and the common one."""
    above: set[int] = {ROOT}
    box = tree.parents[one]
    while box != ROOT:
        above.add(box)
        box = tree.boxes[box].parent
    branch, around = ROOT, tree.parents[other]
    while around not in above:
        branch, around = around, tree.boxes[around].parent
    return branch, around


def _is_chapter(block: Block, tree: Tree, box: int) -> bool:
    """Whether a heading opens a part of the same story: a section of one article, or an anchor named after the heading."""
    hints = block.hints
    if (
        box != ROOT
        and tree.boxes[box].tag == "section"
        and "article" in hints.path[: hints.path.index("section")]
    ):
        return True
    words = {word for word in re.findall(r"[^\W\d_]+", block.text.lower()) if len(word) > 2}
    names = hints.own | (tree.boxes[box].own if box != ROOT else frozenset())
    return len(words) >= 2 and 2 * len(words & names) > len(words)


def _is_byline(block: Block) -> bool:
    return (
        block.hints.tag == "time"
        or not _BYLINE.isdisjoint(block.hints.own)
        or any(mark.label in ("byline", "dateline") for mark in block.marks)
    )
