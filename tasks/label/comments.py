"""Find readers' comments below a story by their shape.

They are a thread of siblings that each have a name, a time and a text.

The rule packs handle headings of threads and invitations to comment. A live blog has times and texts too, but
no names before them, and it is part of the story.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import Block
from copydesk.tasks.label.containers import ROOT, Tree
from copydesk.tasks.label.structure import width

_WORDS: Final = frozenset(
    """
    comment comments commentlist commentary commenter comentario comentarios commentaire commentaires commento commenti
    kommentar kommentare kommentarer komentarze komentarz komentar reactie reacties yorum yorumlar disqus dsq reply replies
    """.split()  # noqa: SIM905
)
"""Class words of threads, in the languages that sites use."""
_OWN_TEXT: Final = 300
"""Fewest characters of the story before its comments."""
_NAME, _LABEL = 48, 40
"""Most characters of a name, and of a time or the label of a button."""
_MOST_SIBLINGS: Final = 3_000
_LEAST, _LONGEST = 3, 100
"""Blocks of the shortest and of the longest comment. Without a limit, pages of nested containers take
quadratic time."""


def comments(blocks: Sequence[Block], tree: Tree, body_threshold: float) -> set[int]:
    """Return the blocks of threads of comments. Only blocks after the story's own text are inspected."""
    start = _end_of_opening(blocks, body_threshold)
    found: set[int] = set()
    if start == len(blocks):
        return found
    children: dict[int, list[int]] = {}
    for box, (first, last) in enumerate(zip(tree.first, tree.last, strict=True)):
        if first < start or first > last or first in found:
            continue
        _, parent, own = tree.boxes[box]
        if own and not _WORDS.isdisjoint(own):
            found.update(range(first, last + 1))
        elif parent != ROOT:
            children.setdefault(parent, []).append(box)
    for siblings in children.values():
        if 2 <= len(siblings) <= _MOST_SIBLINGS and siblings[0] not in found:
            thread = _thread(blocks, tree, siblings)
            found.update(thread)
    return found


def _end_of_opening(blocks: Sequence[Block], body_threshold: float) -> int:
    """Return the number of the first block that may be a comment, after enough text of the story.

    Without enough text it is the number of blocks.
    """
    text = 0
    for at, b in enumerate(blocks):
        if (
            b.probabilities
            and b.probabilities[0] >= body_threshold
            and b.hints.link_density < 0.5
            and b.kind not in ("links", "heading")
        ):
            text += width(b.text)
            if text >= _OWN_TEXT:
                return at + 1
    return len(blocks)


def _thread(blocks: Sequence[Block], tree: Tree, siblings: Sequence[int]) -> set[int]:
    """Return the blocks of siblings that are comments.

    Each begins with a name and holds a text, and all share a button or have times.
    """
    first, last = tree.first, tree.last
    long = len([box for box in siblings if last[box] - first[box] >= _LEAST - 1])
    if not _most(long, len(siblings)):
        return set()
    names = len([box for box in siblings if _is_name(blocks[first[box]])])
    if not _most(names, len(siblings)):
        return set()
    spans = [range(first[box], last[box] + 1) for box in siblings]
    if max(map(len, spans)) > _LONGEST:
        return set()
    named = [span for span in spans if _is_comment(blocks, span)]
    if not _most(len(named), len(spans)):
        return set()
    shared = Counter(
        text for span in spans for text in {blocks[at].text for at in span if len(blocks[at].text) <= _LABEL}
    )
    buttons = any(count >= 2 and 3 * count >= 2 * len(named) for count in shared.values())
    timed = sum(_has_time(blocks, span) for span in named)
    if not (buttons and timed == len(named)) or 3 * sum(_has_parts(blocks, span) for span in named) > len(
        named
    ):
        return set()
    return {at for span in named for at in span}


def _most(some: int, of: int) -> bool:
    """Return whether at least two, and two thirds, are of a kind."""
    return some >= 2 and 3 * some >= 2 * of


def _is_comment(blocks: Sequence[Block], span: range) -> bool:
    """Return whether a stretch begins with a possible name and holds a text that is not a link."""
    if len(span) < _LEAST or blocks[span.start].kind == "heading" or not _is_name(blocks[span.start]):
        return False
    return any(b.hints.link_density < 0.5 and not _is_time(b) for b in (blocks[at] for at in span[1:]))


def _is_name(block: Block) -> bool:
    """Return whether a line may be a name or handle: short, a letter first, digits only in a single word."""
    text = block.text
    if len(text) > _NAME or block.hints.tag == "time" or not (text[:1].isalpha() or text[:1] == "@"):
        return False
    return " " not in text or not any(map(str.isdecimal, text))


def _has_parts(blocks: Sequence[Block], span: range) -> bool:
    """Return whether a stretch has headings or code, as product cards and forum answers have."""
    return any(blocks[at].kind in ("heading", "preformatted", "table") for at in span)


def _has_time(blocks: Sequence[Block], span: range) -> bool:
    return any(_is_time(blocks[at]) for at in span[: len(span) - 1])


def _is_time(block: Block) -> bool:
    """Return whether a block may be a time, in any language (`2 hours ago`): short, with a digit."""
    if block.hints.tag == "time":
        return True
    return len(block.text) <= _LABEL and any(map(str.isdecimal, block.text))
