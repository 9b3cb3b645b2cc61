"""Compaction: small files become full ones, and raw documents of versions that were replaced go.

Runs leave files that are not full: a run that was stopped, one with other limits, one that changed
many articles, the raw documents and the books of every single run. Nothing is wrong with them, but
each costs a reader an open and a snapshot a link.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from copydesk.tasks.store.commit import Draft
from copydesk.tasks.store.merge import ARTICLE_SHELF, DOCUMENT_SHELF, REJECTED_SHELF, Shelf, ids_of
from copydesk.tasks.store.state import LiveFile, State

_SMALL: Final = 0.75
"""Of a full file. Files that lost a little to changes stay as they are: to write 64 MB anew for 1 MB is no gain."""
_DEAD: Final = 0.2
"""Share of raw documents that were replaced, from which on a file is written anew."""
LOGS: Final = (Shelf("rejects", ("rejects",), ""), Shelf("runs", ("runs",), ""))


class Compacted(NamedTuple):
    """What a compaction did to the live files; the space of the old ones is free when their snapshots expire."""

    files_before: int
    files: int
    bytes_before: int
    bytes: int
    documents: int
    """Raw documents of replaced versions that were dropped."""
    changed: bool
    """Something was written."""

    @classmethod
    def of(cls, before: Sequence[LiveFile], after: Sequence[LiveFile], documents: int) -> Self:
        """The difference between two sets of live files."""
        sizes = [sum(file.size for file in files) for files in (before, after)]
        return cls(len(before), len(after), sizes[0], sizes[1], documents, list(before) != list(after))


def compact(work: Draft, state: State, *, full: bool) -> int:
    """Draft what there is to put together; returns the number of raw documents that go."""
    for shelf in (ARTICLE_SHELF, REJECTED_SHELF):
        files = work.of(shelf)
        small = [file for file in files if file.size < _SMALL * work.file_bytes]
        if full and files:
            work.gather(shelf, files, 0)
        elif len(small) > 1:
            work.gather(shelf, small, files[-1].place + 1)
    for shelf in LOGS:
        tail = _small_at_the_end(work.of(shelf), work.file_bytes)
        if len(tail) > 1:
            work.gather_log(shelf, tail)
    return _documents(work, state, full=full)


def _small_at_the_end(files: Sequence[LiveFile], full: float) -> Sequence[LiveFile]:
    """The last files up to one that is nearly full: rows of a log keep their order, so only neighbours can join."""
    start = len(files)
    while start and files[start - 1].size < _SMALL * full:
        start -= 1
    return files[start:]


def _documents(work: Draft, state: State, *, full: bool) -> int:
    """Put small files of raw documents together, and those with many that were replaced."""
    chosen, dead = [], 0
    for file in work.of(DOCUMENT_SHELF):
        ids = [id_ for group in ids_of(work.path(DOCUMENT_SHELF, file)) for id_ in group]
        replaced = len(ids) - len(state.documents_at(ids, file.place))
        small = file.size < _SMALL * work.file_bytes
        if small or replaced > _DEAD * len(ids) or (full and replaced):
            chosen.append(file)
            dead += replaced
    if len(chosen) < 2 and not dead:
        return 0
    work.gather_documents(chosen)
    return dead
