"""Examples for training: drafts laid out and measured, with a target for each segment."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.tasks.model.segment_features import Segments, measure
from copydesk.tasks.model.segment_table import BUCKETS, FlatText, SegmentTable, Words, bucket
from copydesk.tasks.model.training.segments.claims import marks_of
from copydesk.tasks.model.training.segments.compose import Bank, composed
from copydesk.tasks.model.training.segments.pages import separated
from copydesk.tasks.model.training.segments.pieces import SETS, UNKNOWN, Draft, Laid, flattened, lay

Array = np.ndarray[Any, Any]

FOLDS: Final = 5
_BATCH: Final = 40
_MOST: Final = 700
"""A document with more segments would teach menus."""
_LONGEST: Final = 60_000
_EACH: Final = {"bodies": 200, "pool": 150}
"""Most documents of each language and source in a shard, so that English does not dominate it."""
_POOL_WEIGHT: Final = 0.35
_PURE, _MIXED = 0.9, 0.7
"""Share of a segment's characters that must be of one kind to count fully, and to count at all."""


class Example(NamedTuple):
    """A measured document."""

    draft: Draft
    segments: Segments
    codes: Array
    """uint8 [n]: the known label of each segment, a number of `pieces.SETS`."""
    weights: Array
    """float32 [n]"""
    taught: Array | None = None
    """float16 [n, LABELS]: the probabilities that other networks give, if it is to learn from them."""


def fold_of(group: str) -> int:
    """Return the fold of the cross-validation in which a collection or publisher is held out."""
    return int(hashlib.md5(group.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def rarity_of(drafts: Sequence[Draft]) -> Array:
    """Return how rare each stem is over many documents, 0 (in all) to 1 (in none), float32 [BUCKETS]."""
    seen = np.zeros(BUCKETS)
    number = 0
    for draft in drafts:
        laid = lay(draft.pieces)
        if laid.lines:
            seen[np.unique(bucket(Words(SegmentTable([FlatText(laid.lines)])).stem))] += 1
            number += 1
    found = np.log((number + 1) / (seen + 1)) / np.log(number + 1)
    return np.asarray(np.clip(found, 0, 1), np.float32)


def shard(drafts: Sequence[Draft], banks: Sequence[Bank], rarity: Array, seed: int) -> Iterator[Example]:
    """Yield examples of one pass.

    They are each labelled text as it is and composed, each page in one rendering, and some of the rest.

    A draft of a fold is composed only with material of its own fold, so that a held-out fold is held out
    completely.
    """
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    waiting: list[tuple[Draft, Laid]] = []
    for draft, compose in _chosen(drafts, chance):
        made = _augmented(draft, compose, banks[fold_of(draft.group)], chance)
        laid = lay(made.pieces)
        if laid.lines and sum(map(len, laid.lines)) <= _LONGEST:
            waiting.append((made, laid))
        if len(waiting) == _BATCH:
            yield from _measured(waiting, rarity)
            waiting = []
    if waiting:
        yield from _measured(waiting, rarity)


def unlabelled(drafts: Sequence[Draft], rarity: Array, number: int, passes: int) -> Iterator[Example]:
    """Yield a share of the pools' texts as they are, for a network that learns from others."""
    chance = random.Random(number)  # noqa: S311  reproducible, not secret
    waiting: list[tuple[Draft, Laid]] = []
    for draft in [draft for draft in drafts if draft.source == "pool"][number::passes]:
        flat = flattened(draft, chance) if chance.random() < 0.4 else draft
        laid = lay(flat.pieces)
        if laid.lines and sum(map(len, laid.lines)) <= _LONGEST:
            waiting.append((flat._replace(weight=_POOL_WEIGHT), laid))
    for low in range(0, len(waiting), _BATCH):
        yield from _measured(waiting[low : low + _BATCH], rarity)


def _chosen(drafts: Sequence[Draft], chance: random.Random) -> list[tuple[Draft, bool]]:
    """Return the documents of a shard, each with whether text is inserted into it."""
    out: list[tuple[Draft, bool]] = []
    pages: dict[str, list[Draft]] = defaultdict(list)
    capped: dict[tuple[str, str], list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.source == "texts":
            out += [(draft, False), (draft, True)]
        elif draft.source == "pages":
            pages[draft.name.partition("|")[0]].append(draft)
        else:
            capped[draft.source, draft.language].append(draft)
    out += [(chance.choice(renderings), chance.random() < 0.35) for renderings in pages.values()]
    for (source, _), listed in capped.items():
        out += [(d, chance.random() < 0.85) for d in chance.sample(listed, min(len(listed), _EACH[source]))]
    chance.shuffle(out)
    return out


def _augmented(draft: Draft, compose: bool, bank: Bank, chance: random.Random) -> Draft:
    if draft.source == "pages":
        draft = separated(draft, chance)
    if compose:
        draft = composed(draft, bank, chance)
    if draft.source != "pages" and (compose or draft.source != "texts" or chance.random() < 0.4):
        draft = flattened(draft, chance)
    return draft._replace(weight=_POOL_WEIGHT) if draft.source == "pool" else draft


def _measured(waiting: Sequence[tuple[Draft, Laid]], rarity: Array) -> Iterator[Example]:
    found = measure([FlatText(laid.lines, marks_of(laid.lines)) for _, laid in waiting], rarity)
    counts = np.bincount(found.token_segments, minlength=len(found.line))
    offsets = np.concatenate(([0], np.cumsum(counts)))
    for number, (draft, laid) in enumerate(waiting):
        low, high = int(found.documents[number]), int(found.documents[number + 1])
        if not 2 <= high - low <= _MOST:
            continue
        tokens = slice(offsets[low], offsets[high])
        own = Segments(
            np.array([0, high - low]),
            found.line[low:high],
            found.start[low:high],
            found.end[low:high],
            found.tokens[tokens],
            found.token_segments[tokens] - low,
            found.edges[low:high],
            found.dense[low:high],
        )
        codes, weights = _targets(laid, own)
        yield Example(draft, own, codes, weights * np.float32(draft.weight))


def _targets(laid: Laid, found: Segments) -> tuple[Array, Array]:
    """Return the label of most characters of each segment, and the segment's weight.

    The weight grows with the segment's words, but more slowly than their number.
    """
    n = len(found.line)
    codes = np.full(n, UNKNOWN, np.uint8)
    weights = np.zeros(n, np.float32)
    for at, (line, start, end) in enumerate(
        zip(found.line.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    ):
        text = laid.lines[line][start:end]
        solid = [
            code
            for code, c in zip(laid.codes[line][start:end].tolist(), text, strict=True)
            if not c.isspace()
        ]
        counts = np.bincount(solid, minlength=len(SETS))
        codes[at] = counts.argmax()
        pure = counts.max() / len(solid)
        weights[at] = min(6.0, (len(text.split()) + 1) ** 0.5) * (
            1 if pure >= _PURE else 0.4 if pure >= _MIXED else 0
        )
    return codes, weights
