"""Handle what a commit supersedes: ledgers of rejected documents, and replaced versions of articles."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from copydesk.schemas.shard import Counts
from copydesk.tasks.store.commit import Commit
from copydesk.tasks.store.decide import ArticleState, Row
from copydesk.tasks.store.merge import ARTICLE_SHELF
from copydesk.tasks.store.queries import summaries
from copydesk.tasks.store.state import State


class Decided(NamedTuple):
    """The decisions of a commit about its shards."""

    books: Counts
    before: dict[str, ArticleState]
    """Each id before the commit."""
    slots: dict[str, ArticleState]
    """Each id after the commit."""
    sources: dict[str, str]
    """The input that last yielded each id."""
    rejected: list[dict[str, bytes]]
    """For each shard, the ledger digests of its rejected documents."""


def decide_rejected(
    decided: Decided, state: State
) -> tuple[dict[str, tuple[int, int]], dict[str, int], list[tuple[str, int, bytes]]]:
    """Decide which ledgers of rejected documents to write. An article's own ledger takes precedence.

    Within a round the greatest digest wins, in any order of arrival; across rounds the newest wins. Returns
    the arguments of `Draft.rejected`, and the rows for the state.
    """
    slots, before, leftovers = decided.slots, decided.before, decided.rejected
    ids = {id_ for ledgers in leftovers for id_ in ledgers}
    articles = {
        id_ for id_, slot in state.articles.find(ids - slots.keys()).items() if slot.row
    } | slots.keys()
    became = {id_ for id_, slot in slots.items() if before[id_].row is None}
    known = state.rejects.ledgers((ids - articles) | became)
    gone = {id_: known.pop(id_)[0] for id_ in became & known.keys()}
    origins: dict[str, tuple[int, int]] = {}
    put: dict[str, tuple[int, bytes]] = {}
    for number, ledgers in enumerate(leftovers):
        for id_, digest in ledgers.items():
            if id_ in articles:
                continue
            place, old, fresh = known.get(id_, (-1, b"", False))
            if digest != old and (not fresh or digest > old):
                origins[id_] = (place, number)
                old = digest
            known[id_] = (place, old, True)
            put[id_] = (place, old)
    return origins, gone, [(id_, place, digest) for id_, (place, digest) in put.items()]


def replaced_versions(
    decided: Decided, number: int, work: Commit
) -> Iterator[tuple[str, int, str, int, str, str]]:
    """Yield the state's rows about replaced versions.

    Each has a summary of the version, for the time after its file has expired.
    """
    by_place: dict[int, list[tuple[str, Row]]] = defaultdict(list)
    for id_, slot in decided.slots.items():
        old = decided.before[id_].row
        if old and slot.row and slot.row.written != old.written:
            by_place[old.place].append((id_, old))
    for place, rows in sorted(by_place.items()):
        path = work.pool_file(ARTICLE_SHELF, place)
        about = summaries(path, [id_ for id_, _ in rows])
        for id_, old in rows:
            yield id_, old.written, old.version, number, path.name, json.dumps(about[id_])
