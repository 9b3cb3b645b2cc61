"""The few numbers that a user may change, in one object that is built by the command."""

from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20


def about_the_run(default: Any) -> Any:
    """Declare a setting that changes how a run proceeds, but not the result of a document.

    A change of such a setting does not cause inputs to be read again. The settings of near duplicates have a
    scheme of their own (`copydesk.tasks.dedup.minhash.scheme`): when it changes, existing articles are
    compared again, and the inputs, which may no longer exist, are not read.
    """
    return field(default=default, metadata={"about_the_run": True})


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a run. All of them are recorded in the run report. Sizes in bytes, times in seconds."""

    max_document_bytes: int = 10 * MIB
    """A larger document is rejected (trafilatura stops at 20 MB, lxml loses text nodes over 10 MB)."""
    max_document_chars: int = 10_000_000
    """The same limit after decoding."""
    max_line_bytes: int = 16 * MIB
    """A longer JSONL line is skipped to its newline and rejected with its offset."""
    max_expansion_ratio: int = 200
    """Maximum expansion of a compressed input, after its first MiB (1 GiB of zeros in gzip: 1,029 times)."""
    document_seconds: float = 10.0
    """A worker that uses more CPU time on one document is killed, and the document is rejected."""
    worker_bytes: int = 2048 * MIB
    """Address space that a worker process may use for documents, in addition to what it has at its start."""
    workers: int = about_the_run(0)
    """Worker processes; 0 means one for each core."""
    shard_documents: int = about_the_run(10_000)
    """Maximum number of documents in one shard (one Prefect task)."""
    shard_bytes: int = about_the_run(64 * MIB)
    """Maximum size of one shard in raw bytes."""
    commit_seconds: float = about_the_run(30.0)
    """Maximum time between two commits, so that a kill loses no more work than this."""
    breaker_share: float = about_the_run(0.2)
    """The run stops when more than `breaker_documents` documents were read and more than this share was
    rejected."""
    breaker_documents: int = about_the_run(100)
    min_free_bytes: int = about_the_run(1024 * MIB)
    """A run does not start with less free disk space."""
    keep_raw: bool = about_the_run(True)
    """Keep each document as it came, compressed, so that `reclean` can clean it again: about 1.8 KB for a
    text, 65 KB for a page of 376 KB."""
    reject_bytes: int = about_the_run(16 * MIB)
    """Maximum size of a rejected document whose raw bytes are kept for replay."""
    rejects_bytes: int = about_the_run(1024 * MIB)
    """Maximum total size of the raw bytes of rejected documents; the oldest are deleted first."""
    retention_seconds: float = about_the_run(86_400.0)
    """A snapshot stays readable for this time after the next one replaces it."""
    retention_snapshots: int = about_the_run(3)
    """Number of snapshots that stay regardless of their age."""
    file_bytes: int = about_the_run(64 * MIB)
    """Size of an article file from which the next article starts a new file."""
    alarm_runs_needed: int = about_the_run(5)
    """Minimum number of earlier runs over the same inputs before alarms are raised."""
    near_duplicates: bool = about_the_run(True)
    """Find articles that repeat others, and record it in `duplicate_of` and `cluster`."""
    near_threshold: float = about_the_run(0.5)
    """Share of common shingles from which an article is a near duplicate; 0.5 to 1.

    Measured on 1,516 texts of 21 collections: 37 pairs are above 0.5, all of them copies (two of them at
    0.59: the same story told twice). The next pair, two market reports written by one machine, is at 0.37.
    """
    near_permutations: int = about_the_run(128)
    """Bytes of a signature; a multiple of 4. Doubling it halves the variance of the estimate and doubles the
    state."""
    near_shingle: int = about_the_run(5)
    """Words per shingle. After 5 % of the words are edited, 97 % of copies are still above 0.5 (3 words: all;
    4: 99.8 %; 7: 79 %); after 8 %, 60 % are (99.5, 92, 12 %). Reports from one template share 0.12 to 0.17 (3
    words: 0.31; 4: 0.2), which decides the cost of a thousand such reports. The two market reports by one
    machine share 0.37 (0.55, 0.45)."""


def named_settings(**given: Any) -> tuple[Settings, frozenset[str]]:
    """Return the settings with the given values, and the names of those values; None means not given."""
    named = {name: value for name, value in given.items() if value is not None}
    return Settings(**named), frozenset(named)
