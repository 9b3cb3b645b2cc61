"""Find copies of the article on its page, for narrow screens or print: the same sentences in one order."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.page import Block
from copydesk.tasks.label.structure import width
from copydesk.tasks.text import FULL_STOPS

_SENTENCE_END: Final = re.compile(f"[{re.escape(FULL_STOPS)}][\"'\u2019\u201d\u00bb\u300d)]*\\s*")
_TELLING: Final = 30
"""Fewest characters of a sentence that is not equal by chance. Wide characters count twice."""
_LINKED: Final = 0.5
_REPEATED: Final = 0.85
"""A block is a copy if other blocks contain this share of its distinctive sentences."""
_LEAST_COPY, _GAP = 250, 6
"""Fewest characters of a copied stretch, and most blocks between two of its copied blocks."""


def copies(blocks: Sequence[Block], body_threshold: float) -> set[int]:
    """Return the blocks of a stretch that repeats another one: the article for narrow screens, or for print.

    The visible one is the text, then the one that the model keeps more of, then the one in paragraphs if the other is in
    one piece, then the first one. A single short sentence that is repeated is left alone: pull quotes and summaries are not searched here. The sentences of
    a summary that recur singly among other text are left alone too: a removed stretch holds little else.
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
    """Return whether a rough check of the bytes finds enough repeated text on a page.

    Most pages need nothing more.
    """
    told = [b.text for b in blocks if len(b.text) >= _TELLING // 2 and b.hints.link_density < _LINKED]
    data = "\0".join(told).encode("utf-8", "surrogatepass").translate(_STOPS_TO_NUL, _GLUE)
    if not data.isascii():
        for lead, stop, to in _FURTHER_STOPS:
            if lead in data:
                data = stop.sub(to, data)
    pieces = [piece for piece in data.split(b"\0") if len(piece) >= _ROUGH_PIECE]
    seen = set(pieces)
    return len(seen) < len(pieces) and sum(map(len, pieces)) - sum(map(len, seen)) >= _ROUGHLY


_STOPS_TO_NUL: Final = bytes(0 if chr(c) in FULL_STOPS else c for c in range(256))
_GLUE: Final = b" \t\n\r\v\f\x1c\x1d\x1e\x1f\"')"
"""White space, in which copies differ, and the signs that may follow a full stop."""


def _by_lead(signs: Iterable[str], to: bytes) -> Iterator[tuple[bytes, re.Pattern[bytes], bytes]]:
    """Group signs by the first byte of their UTF-8. Each group is one pattern and its replacement."""
    groups: dict[bytes, list[bytes]] = {}
    for sign in signs:
        data = sign.encode()
        groups.setdefault(data[:1], []).append(re.escape(data[1:]))
    for lead, rests in groups.items():
        yield lead, re.compile(re.escape(lead) + b"(?:" + b"|".join(rests) + b")"), to


_FURTHER_STOPS: Final = (
    *_by_lead((sign for sign in FULL_STOPS if not sign.isascii()), b"\0"),
    *_by_lead("\x85\xa0\u2009\u200a\u202f\u3000\u2019\u201d\u00bb\u300d", b""),
)
_ROUGH_PIECE, _ROUGHLY = 12, 200
"""Fewest bytes of a sentence, and of all repeated text. The second is lower than `_LEAST_COPY`, because
sentences may differ in their case."""


class _Pair(NamedTuple):
    """A block that repeats blocks before it."""

    originals: list[int]
    copy: int
    size: int


def _sentences(text: str) -> Iterator[str]:
    """Yield the distinctive sentences of a text, without white space and in one case."""
    text = text.casefold()
    ends = [(end.start() + 1, end.end()) for end in _SENTENCE_END.finditer(text)]
    at = 0
    for end, after in (*ends, (len(text), 0)):
        plain = "".join(text[at:end].split())
        if len(plain) >= _TELLING or width(plain) >= _TELLING:
            yield plain
        at = after


def _runs(pairs: Sequence[_Pair]) -> Iterator[list[_Pair]]:
    """Cut pairs into stretches whose copies are close together and in the order of their originals."""
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
    """Return the side of a run that goes: its copied blocks, and the short blocks that both sides have."""
    originals = sorted({at for pair in run for at in pair.originals})
    copied = [pair.copy for pair in run]
    one, other = (originals[0], originals[-1]), (copied[0], copied[-1])
    while one[0] and other[0] - 1 > one[1] and blocks[one[0] - 1].text == blocks[other[0] - 1].text:
        one, other = (one[0] - 1, one[1]), (other[0] - 1, other[1])
    last = len(blocks) - 1
    while one[1] + 1 < other[0] and other[1] < last and blocks[one[1] + 1].text == blocks[other[1] + 1].text:
        one, other = (one[0], one[1] + 1), (other[0], other[1] + 1)
    gone, stays, sure = other, one, set(copied)
    first, second = (_worth(blocks, side, body_threshold) for side in (originals, copied))
    if second > first or (second == first and len(originals) == 1 and _in_paragraphs(blocks, copied)):
        gone, stays, sure = one, other, set(originals)
    texts = {blocks[at].text for at in range(stays[0], stays[1] + 1)}
    twice = sure | {at for at in range(gone[0], gone[1] + 1) if blocks[at].text in texts}
    if 2 * _running(blocks, twice, body_threshold) < _running(
        blocks, range(gone[0], gone[1] + 1), body_threshold
    ):
        return set()
    return twice


def _running(blocks: Sequence[Block], numbers: Iterable[int], body_threshold: float) -> int:
    """Return the width of the blocks that the model keeps."""
    chosen = (blocks[at] for at in numbers)
    return sum(width(b.text) for b in chosen if b.probabilities and b.probabilities[0] >= body_threshold)


def _worth(blocks: Sequence[Block], side: Sequence[int], body_threshold: float) -> tuple[bool, bool]:
    """Return what decides between two copies: whether the page shows one, and whether the model keeps it.

    A caption is not kept in the body.
    """
    chars = sum(len(blocks[at].text) for at in side)
    shown = sum(len(blocks[at].text) for at in side if not blocks[at].hints.hidden)
    kept = sum(
        len(b.text)
        for at in side
        if (b := blocks[at]).probabilities and b.probabilities[0] >= body_threshold and b.kind != "caption"
    )
    return 2 * shown > chars, 2 * kept > chars


def _in_paragraphs(blocks: Sequence[Block], side: Sequence[int]) -> bool:
    """Return whether a copy is in paragraphs: sentences of a summary are further apart, and a repeated block is the same."""
    told = len({blocks[at].text for at in side})
    return told >= _PARAGRAPHS and side[-1] - side[0] < 2 * told


_PARAGRAPHS: Final = 3
"""Fewest blocks of a copy in paragraphs."""
