"""Near duplicates: which article repeats which, updated as articles are added, changed and removed.

Two articles are *near* when their signatures share a band and agree in enough bytes. In the order of
`Node.key` (first published first), each article repeats the first original that is near it; an article
without one is an original. So a copy is near its original directly and not through a chain of others, and the
result follows from the set of articles alone. Their order of arrival, their commits, and other articles of
the same commit have no effect.

This rule has one solution. It is found by re-examining every article that depends on a changed one, until
nothing changes (greedy independent set, maintained dynamically: Censor-Hillel, Haramaty and Karnin 2016; each
change affects few others if the order is not adversarial).
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.settings import Settings
from copydesk.tasks.dedup.index import COPIES, ORIGINALS, DuplicateState, Node
from copydesk.tasks.dedup.minhash import BAND, equal_bytes

UNKNOWN: Final = (1 << 62) - 1
"""Rank of an article without a date: after all that have one."""


class Note(NamedTuple):
    """The properties of an article that matter here."""

    rank: int
    """Publication time, in microseconds since 1970."""
    signature: bytes


class DuplicateMark(NamedTuple):
    """The near-duplicate columns of an article's row."""

    duplicate_of: str | None
    cluster: str | None


class Plan(NamedTuple):
    """The changes that follow from new articles, before they are written."""

    marks: dict[str, DuplicateMark]
    """Marks of the articles that were passed in."""
    removed: list[Node]
    added: list[Node]
    turned: list[Node]
    """Existing articles whose original changed."""
    runs: dict[int, list[Node]]
    """New entries for the indexes of originals and of copies."""


class Duplicates:
    """Decide originals and copies, based on the state. Writes nothing itself."""

    def __init__(self, state: DuplicateState, settings: Settings) -> None:
        self._state = state
        self._enough = equal_bytes(settings.near_threshold, settings.near_permutations)
        self._nodes: dict[int, Node | None] = {}
        self._near: dict[int, dict[int, list[int]]] = {}
        self._fresh: dict[int, dict[int, list[int]]] = {}
        self._batch = _Batch([])
        self._turned = False

    def plan(self, notes: Mapping[str, Note]) -> Plan:
        """Return the changes that follow when these articles are as given, and all others stay as they were.

        An article whose signature is empty (a text without words) has no near articles.
        """
        self._near, self._fresh = {ORIGINALS: {}, COPIES: {}}, {ORIGINALS: {}, COPIES: {}}
        self._turned = False
        known = self._state.by_id(notes)
        removed = [node for id_, node in known.items() if (node.rank, node.signature) != notes[id_]]
        self._nodes = {node.number: node for node in known.values()} | {node.number: None for node in removed}
        gone = {node.id for node in removed}
        number = self._state.next_number()
        added = []
        for id_ in sorted(notes):
            if notes[id_].signature and (id_ not in known or id_ in gone):
                added.append(Node(number, id_, *notes[id_]))
                number += 1
        self._nodes.update((node.number, node) for node in added)
        self._batch = _Batch(added)
        new = {node.number for node in added}
        pending = new | self._copies_of({node.number for node in removed if node.original is None})
        before: dict[int, int | None] = dict.fromkeys(new, _UNDECIDED)
        while pending:
            pending = self._wave(pending, before)
        turned = [
            node
            for n, old in before.items()
            if (node := self._node(n)) and n not in new and node.original != old
        ]
        runs = self._runs(added, turned, before)
        marks = {id_: DuplicateMark(None, None) for id_ in notes} | {
            node.id: self._mark(node) for node in chain(added, (known[id_] for id_ in known.keys() - gone))
        }
        return Plan(marks, removed, added, turned, runs)

    def _wave(self, pending: set[int], before: dict[int, int | None]) -> set[int]:
        """Examine articles in order; return those that must be examined after them."""
        wave = sorted((node for n in pending if (node := self._node(n))), key=lambda node: node.key)
        self._look_up(ORIGINALS, wave)
        raised, fallen = [], set()
        for node in wave:
            before.setdefault(node.number, node.original)
            original = self._original_of(node)
            if original == node.original:
                continue
            if original is None:
                raised.append(node)
            elif node.original is None:
                fallen.add(node.number)
            node.original = original
            self._remember(node)
        self._look_up(COPIES, raised)
        return self._copies_of(fallen).union(*map(self._later, raised))

    def _original_of(self, node: Node) -> int | None:
        """Return the first original before this article that is near it."""
        nodes = [
            other
            for other in self._candidates(ORIGINALS, node)
            if other.original is None and other.key < node.key
        ]
        first = min(self._near_ones(node, nodes), key=lambda other: other.key, default=None)
        return first.number if first else None

    def _later(self, raised: Node) -> set[int]:
        """Return near articles after a new original that has a smaller key than their current original."""
        nodes = [
            other
            for other in chain(self._candidates(ORIGINALS, raised), self._candidates(COPIES, raised))
            if other.key > raised.key and self._original_key(other) > raised.key
        ]
        return {other.number for other in self._near_ones(raised, nodes)}

    def _original_key(self, node: Node) -> tuple[int, str]:
        """Return the key of its original, or its own key if it is an original."""
        if node.original is None or node.original == _UNDECIDED:
            return node.key
        original = self._node(node.original)
        return original.key if original else _LAST

    def _near_ones(self, node: Node, others: list[Node]) -> list[Node]:
        if not others:
            return []
        rows = np.frombuffer(b"".join([other.signature for other in others]), np.uint8)
        equal = (rows.reshape(len(others), -1) == np.frombuffer(node.signature, np.uint8)).sum(axis=1)
        return [others[row] for row in np.flatnonzero(equal >= self._enough)]

    def _candidates(self, kind: int, node: Node) -> Iterable[Node]:
        """Return articles that may be near this one: from the index, and changed ones that share a band."""
        fresh = self._fresh[kind]
        numbers = set(self._near[kind].get(node.number, ()))
        numbers.update(chain.from_iterable([fresh[key] for key in self._keys(node) if key in fresh]))
        if node.number not in self._batch.shared:
            numbers.update(self._batch.find(node))
        numbers.discard(node.number)
        return [other for number in numbers if (other := self._node(number))]

    def _keys(self, node: Node) -> list[int]:
        """Return the bands by which others can find an article.

        For a new article, and until an existing one changes, these are only the bands that another new
        article has: nearly always none, and looking up all of them costs 80 microseconds.
        """
        shared = self._batch.shared.get(node.number)
        return _keys(node) if shared is None or self._turned else shared

    def _look_up(self, kind: int, nodes: list[Node]) -> None:
        """Query the index for all of them at once, because a query reads the whole index."""
        near = self._near[kind]
        nodes = [node for node in nodes if node.number not in near]
        if nodes:
            found = self._state.find(kind, [node.signature for node in nodes], self._enough)
            near.update(zip([node.number for node in nodes], found, strict=True))

    def _remember(self, node: Node) -> None:
        """Let later look-ups of this plan find an article that is missing or outdated in the index."""
        fresh = self._fresh[ORIGINALS if node.original is None else COPIES]
        shared = self._batch.shared.get(node.number)
        self._turned |= shared is None
        for key in _keys(node) if shared is None else shared:
            fresh.setdefault(key, []).append(node.number)

    def _copies_of(self, originals: set[int]) -> set[int]:
        """Return articles that currently repeat one of these."""
        if not originals:
            return set()
        numbers = set(self._state.copies(originals)) | self._nodes.keys()
        return {n for n in numbers if (node := self._node(n)) and node.original in originals}

    def _node(self, number: int) -> Node | None:
        """Return an article as it is in this plan; None if it was removed."""
        if number not in self._nodes:
            self._nodes[number] = self._state.node(number)
        return self._nodes[number]

    def _mark(self, node: Node) -> DuplicateMark:
        original = node if node.original is None else self._node(node.original)
        assert original
        return DuplicateMark(None if original is node else original.id, original.id)

    def _runs(
        self, added: list[Node], turned: list[Node], before: dict[int, int | None]
    ) -> dict[int, list[Node]]:
        runs: dict[int, list[Node]] = {ORIGINALS: [], COPIES: []}
        for node in chain(added, turned):
            old = before[node.number]
            if old == _UNDECIDED or (old is None) != (node.original is None):
                runs[ORIGINALS if node.original is None else COPIES].append(node)
        return runs


_UNDECIDED: Final = -1
"""Used instead of an original's number for an article that is not examined yet."""
_LAST: Final = (1 << 63, "")


class _Batch:
    """The bands of the new articles of a plan."""

    def __init__(self, nodes: list[Node]) -> None:
        keys = np.array([key for node in nodes for key in _keys(node)], np.uint64)
        numbers = np.repeat(np.array([n.number for n in nodes], np.int64), len(keys) // max(1, len(nodes)))
        order = np.argsort(keys, kind="stable")
        self._keys, self._numbers = keys[order], numbers[order]
        same = np.concatenate(([False], self._keys[1:] == self._keys[:-1], [False]))
        self.shared: dict[int, list[int]] = {node.number: [] for node in nodes}
        """For each new article, the bands that another one shares."""
        for place in np.flatnonzero(same[1:] | same[:-1]).tolist():
            self.shared[int(self._numbers[place])].append(int(self._keys[place]))

    def find(self, node: Node) -> list[int]:
        """Return the numbers of new articles that share a band with an existing one."""
        keys = np.array(_keys(node), np.uint64)
        bounds = zip(
            np.searchsorted(self._keys, keys, "left"), np.searchsorted(self._keys, keys, "right"), strict=True
        )
        return [number for start, end in bounds for number in self._numbers[start:end].tolist()]


def _keys(node: Node) -> list[int]:
    """Return each band of a signature, combined with its number."""
    bands = np.frombuffer(node.signature, f"<u{BAND}").astype(np.uint64)
    keys: Any = (bands << np.uint64(16)) | np.arange(len(bands), dtype=np.uint64)
    found: list[int] = keys.tolist()
    return found
