"""Cut a stream of documents into shards, and clean a shard into files that the store can commit.

A shard is the unit of work and of commit: one task, one pair of files, limited in documents and in bytes, so
that memory stays constant for inputs of any size.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import InterruptedReading
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Cleaned, Fingerprint, ResumePoint, StagedShard
from copydesk.tasks.read import Cursor
from copydesk.tasks.runs import signs_of
from copydesk.tasks.store import stage_shard
from copydesk.tasks.workers import WorkerPool, WorkersError, joined


class InputStart(NamedTuple):
    """Marks the start of an input in the stream, before its first document."""

    fingerprint: Fingerprint
    cursor: Cursor
    """At any time, the position after the last document that was taken from the stream."""


class InputEnd(NamedTuple):
    """Marks the end of an input in the stream, after its last document."""

    fingerprint: Fingerprint
    documents: int
    """Number of documents in the input, including rejects."""
    place: ResumePoint = ResumePoint(0)
    """Where reading resumes if the input grows."""


@dataclass(slots=True)
class Shard:
    """Documents as they were read, until they are cleaned; after that only their counts."""

    number: int
    documents: list[RawDocument] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    """Documents that the reader rejected."""
    finished: list[InputEnd] = field(default_factory=list)
    """Inputs whose last document is in this shard or before it."""
    reached: tuple[Fingerprint, ResumePoint] | None = None
    """The input in whose middle the shard ends, and the resume point."""
    sources: Counter[str] = field(default_factory=Counter)
    """Documents by `source_of`, including rejects."""
    size: int = 0
    """Raw bytes (characters if a cell was already text)."""

    @property
    def seen(self) -> int:
        """Return the number of documents, including rejects; it stays the same after `take`."""
        return self.sources.total()

    def take(self) -> list[RawDocument]:
        """Give the documents away, so that each can be released as soon as it is cleaned."""
        documents, self.documents = self.documents, []
        return documents


def cut(
    stream: Iterable[RawDocument | Reject | InputStart | InputEnd],
    settings: Settings,
    full: Callable[[Shard], bool] = lambda _: False,
) -> Iterator[Shard]:
    """Cut the stream into shards, in order, and read no further than the requested shard.

    A shard is closed by the document that fills it, so it may exceed `settings.shard_bytes` by one document;
    `full` can close it earlier. Every item of the stream is in exactly one shard. When reading is
    interrupted, documents that came from a pipe before are still returned, because they can't be read again.
    """
    open_ = _Open()
    try:
        yield from _cut(stream, settings, full, open_)
    except InterruptedReading:
        if open_.reading and open_.reading.fingerprint.size <= 0 and (shard := open_.shard).documents:
            # The exception may have come between two statements: count again.
            items: list[RawDocument | Reject] = [*shard.documents, *shard.rejects]
            shard.sources = Counter(source_of(item.origin) for item in items)
            shard.reached = open_.reading.fingerprint, ResumePoint(0)
            yield shard
            return
        raise


@dataclass(slots=True)
class _Open:
    """The shard that is being filled, and the input that is being read."""

    shard: Shard = field(default_factory=lambda: Shard(0))
    reading: InputStart | None = None


def _cut(
    stream: Iterable[RawDocument | Reject | InputStart | InputEnd],
    settings: Settings,
    full: Callable[[Shard], bool],
    now: _Open,
) -> Iterator[Shard]:
    shard = now.shard
    reading: InputStart | None = None
    for item in stream:
        if isinstance(item, InputStart):
            now.reading = reading = item
            continue
        if isinstance(item, InputEnd):
            now.reading = reading = None
            shard.finished.append(item)
            continue
        shard.sources[source_of(item.origin)] += 1
        if isinstance(item, Reject):
            shard.rejects.append(item)
        else:
            shard.documents.append(item)
        shard.size += len(item.content)
        most = len(shard.documents) + len(shard.rejects) >= settings.shard_documents
        if most or shard.size >= settings.shard_bytes or full(shard):
            if reading:
                shard.reached = reading.fingerprint, reading.cursor.place
            yield shard
            now.shard = shard = Shard(shard.number + 1)
    if reading and (shard.documents or shard.rejects):  # the stream ended in the middle of an input
        shard.reached = reading.fingerprint, reading.cursor.place
    if shard.documents or shard.rejects or shard.finished:
        yield shard


def clean_shard(
    shard: Shard,
    pool: WorkerPool,
    stage: Path,
    done: Callable[[list[Cleaned]], None],
    attempt: str = "",
) -> StagedShard:
    """Clean a shard's documents on all workers and write the results to `stage`.

    `attempt` distinguishes the files of several attempts at a shard. `done` is called with each finished
    batch. The shard gives its documents away: they are released once their batch is cleaned. Raises the
    errors of `WorkerPool.clean`.
    """
    parts: list[Cleaned] = []
    for batch in pool.clean(shard.take()):
        parts += batch
        done(batch)
    cleaned = joined(parts)
    came_back = len(shard.rejects) + cleaned.seen
    if came_back != shard.seen:
        raise WorkersError(f"shard {shard.number}: {shard.seen:,} documents went in, {came_back:,} came back")
    cleaned = replace(cleaned, rejects=(*shard.rejects, *cleaned.rejects))
    staged = stage_shard(stage, f"shard-{shard.number:06}{attempt}", cleaned)
    return replace(staged, signs=signs_of(cleaned.articles))


def source_of(origin: Origin) -> str:
    """Return what a document shares with others that fail together with it: site, publisher, file or folder.

    >>> source_of(Origin("pages.jsonl", "7", url="https://www.example.org/a"))
    'www.example.org'
    >>> source_of(Origin("pages.jsonl", "7")), source_of(Origin("scrape/2026/a.html"))
    ('pages.jsonl', 'scrape/2026')
    """
    try:
        site = urlsplit(origin.url).hostname if origin.url else None
    except ValueError:  # `http://[` and the like; other code judges the URL
        site = None
    return (
        site
        or origin.declared.publisher
        or (origin.source if origin.record else os.path.dirname(origin.source))
    )
