"""Weak labels for unlabelled texts: text that recurs in different articles of one publisher is furniture."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from copydesk.tasks.model.training.segments.pieces import WORD, Draft, Piece, sentences

_DOCUMENTS: Final = 3
_SHARE: Final = 0.015
"""Least number and share of a publisher's documents in which furniture recurs."""
_CONTEXTS: Final = 3
"""Fewest different pairs of neighbours of furniture. A wire story that is copied as a whole has only one
pair."""
_WORDS: Final = 3
_CHARACTERS: Final = 15
_LONG: Final = 80
_COPIED: Final = 0.3
"""From this share of common long segments on, a document is a copy of an earlier one, and does not count."""
_SENTENCE: Final = 70
_STOPS: Final = '.!?\u3002\u06d4\u0964\u2026"\u201d\u00bb\u061f'


class Raw(NamedTuple):
    """An unlabelled text."""

    name: str
    collection: str
    publisher: str
    language: str
    text: str


def weakly_labelled(rows: Sequence[Raw]) -> Iterator[Draft]:
    """Label recurring segments `not_body`, whole sentences inside the text `body`, and all others `unknown`."""
    cut = [_segments(row.text[:40_000]) for row in rows]
    keys = [[_key(text) for text, _ in segments] for segments in cut]
    copies = _copies(keys, cut)
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    beside: dict[tuple[str, str], dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    number: Counter[tuple[str, str]] = Counter()
    for at, row in enumerate(rows):
        if at in copies:
            continue
        site = row.collection, row.publisher
        number[site] += 1
        seen[site].update(set(keys[at]))
        for before, key, behind in zip(["", *keys[at]], keys[at], [*keys[at][1:], ""], strict=False):
            beside[site][key].add((before, behind))
    for at, row in enumerate(rows):
        site = row.collection, row.publisher
        if at in copies or len(cut[at]) < 4:
            continue
        recurs = {
            key
            for key in set(keys[at])
            if seen[site][key] >= max(_DOCUMENTS, _SHARE * number[site])
            and len(beside[site][key]) >= _CONTEXTS
            and len(key.split()) >= _WORDS
        }
        yield Draft(
            row.name,
            row.collection,
            row.language,
            "pool",
            tuple(_pieces(cut[at], keys[at], recurs, seen[site])),
        )


def _segments(text: str) -> list[tuple[str, str]]:
    """Return the segments of a text, each with the text between it and the one before."""
    return [
        (sentence, "" if number else "\n")
        for line in text.split("\n")
        if line.strip()
        for number, sentence in enumerate(sentences(line.strip()))
    ]


def _key(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def _copies(keys: Sequence[Sequence[str]], cut: Sequence[Sequence[tuple[str, str]]]) -> set[int]:
    """Return documents that share many long segments with an earlier one: wire stories, corrected versions."""
    owners: dict[str, list[int]] = defaultdict(list)
    copies = set()
    for at, (own, segments) in enumerate(zip(keys, cut, strict=True)):
        long = [key for key, (text, _) in zip(own, segments, strict=True) if len(text) > _LONG]
        shared = Counter(other for key in long for other in owners[key][:3])
        if shared and shared.most_common(1)[0][1] > _COPIED * len(long) + 1:
            copies.add(at)
            continue
        for key in long:
            owners[key].append(at)
    return copies


def _pieces(
    segments: Sequence[tuple[str, str]], keys: Sequence[str], recurs: set[str], seen: Counter[str]
) -> Iterator[Piece]:
    ended = True
    for at, ((text, before), key) in enumerate(zip(segments, keys, strict=True)):
        bare = text.strip()
        stops = bare[-1:] in _STOPS
        edge = at < 2 or at >= len(segments) - 2  # the first and last segments are never certain
        if key in recurs and len(bare) >= _CHARACTERS and not bare[0].islower() and (before or ended):
            known = "not_body"
        elif len(bare) >= _SENTENCE and stops and seen[key] <= 2 and not edge:
            known = "body"
        else:
            known = "unknown"
        yield Piece(text, known, before if at else "")
        ended = stops or bare[-1:] == ")"
