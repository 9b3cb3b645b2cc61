"""Compact the dataset: combine small files, and drop raw documents of replaced versions.

Runs leave files that are not full: after a stop, with other limits, after many changes, and with the raw
documents and report of every single run. Such files are valid, but each costs a reader an open and a snapshot
a link.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from copydesk.tasks.store.commit import Commit
from copydesk.tasks.store.merge import ARTICLE_SHELF, DOCUMENT_SHELF, REJECTED_SHELF, Shelf, ids_of
from copydesk.tasks.store.state import State
from copydesk.tasks.store.state_tables import LiveFile

_SMALL: Final = 0.75
"""Share of a full file. Files that lost a little to changes stay as they are: rewriting 64 MB to save 1 MB is
no gain."""
_DEAD: Final = 0.2
"""Share of replaced raw documents from which a file is rewritten."""
LOGS: Final = (Shelf("rejects", ("rejects",), ""), Shelf("runs", ("runs",), ""))


class Compacted(NamedTuple):
    """The effect of a compaction on the live files.

    The old files' space is freed when their snapshots expire.
    """

    files_before: int
    files: int
    bytes_before: int
    bytes: int
    documents: int
    """Number of dropped raw documents of replaced versions."""
    changed: bool
    """Whether any file was written."""

    @classmethod
    def of(cls, before: Sequence[LiveFile], after: Sequence[LiveFile], documents: int) -> Self:
        """Return the difference between two sets of live files."""
        sizes = [sum(file.size for file in files) for files in (before, after)]
        return cls(len(before), len(after), sizes[0], sizes[1], documents, list(before) != list(after))


def compact(work: Commit, state: State, *, full: bool) -> int:
    """Build a commit that combines small files. Return the number of raw documents that are dropped."""
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
    """Return the last files, back to one that is nearly full.

    Rows of a log keep their order, so only neighbours combine.
    """
    start = len(files)
    while start and files[start - 1].size < _SMALL * full:
        start -= 1
    return files[start:]


def _documents(work: Commit, state: State, *, full: bool) -> int:
    """Combine small files of raw documents, and rewrite files with many replaced documents."""
    chosen, dead = [], 0
    for file in work.of(DOCUMENT_SHELF):
        ids = [id_ for group in ids_of(work.path(DOCUMENT_SHELF, file)) for id_ in group]
        replaced = len(ids) - len(state.articles.documents_at(ids, file.place))
        small = file.size < _SMALL * work.file_bytes
        if small or replaced > _DEAD * len(ids) or (full and replaced):
            chosen.append(file)
            dead += replaced
    if len(chosen) < 2 and not dead:
        return 0
    work.gather_documents(chosen)
    return dead
