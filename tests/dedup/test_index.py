"""The index of bands: what it finds, and in what way."""

import random
import sqlite3
from contextlib import closing

import pytest

from copydesk.tasks.dedup import index
from copydesk.tasks.dedup.index import DuplicateState, Node
from copydesk.tasks.store.migrations import STEPS


@pytest.mark.parametrize("dense", [0, 8])
@pytest.mark.parametrize("lot", [1, 3, 1_000])
def test_the_index_finds_what_is_near_among_much_that_shares_a_band(
    monkeypatch: pytest.MonkeyPatch, lot: int, dense: int
) -> None:
    """As comparing each with each does; articles that are gone are not found, however they are read."""
    monkeypatch.setattr(index, "_LOT", lot)
    monkeypatch.setattr(index, "_MOST_PAIRS", 100 * lot)
    monkeypatch.setattr(index, "_DENSE", dense)
    rng = random.Random(3)
    template = rng.randbytes(4)
    signatures = [template + bytes(rng.randrange(2) for _ in range(28)) for _ in range(120)]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for statement in ";\n".join(step.strip() for step in STEPS).split(";\n"):
            db.execute(statement)
        state = DuplicateState(db)
        nodes = [Node(n, f"id{n}", n, signature, original=None) for n, signature in enumerate(signatures, 1)]
        state.put([], nodes, [])
        state.add(index.ORIGINALS, nodes)
        state.put(nodes[::7], [], [])
        there = [node for node in nodes if node not in nodes[::7]]
        near = [
            [other.number for other in there if sum(map(int.__eq__, signature, other.signature)) >= 22]
            for signature in signatures
        ]
        assert state.find(index.ORIGINALS, signatures, 22) == near
        assert 200 < sum(map(len, near)) < 5_000
        assert state.find(index.COPIES, signatures, 22) == [[] for _ in signatures]
