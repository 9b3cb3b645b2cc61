"""The few numbers a user may change, in one object that is built at the edge."""

from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20


def about_the_run(default: Any) -> Any:
    """Declare a setting that changes how a run goes, but not what becomes of a document.

    Inputs are not read again when it changes. Those of near duplicates have a scheme of their own
    (`copydesk.tasks.dedup.minhash.scheme`): when it changes, the articles that are there are compared anew, and the inputs, which
    may be gone, are not read for it.
    """
    return field(default=default, metadata={"about_the_run": True})


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a run. All of them stand in the run report. Sizes in bytes, times in seconds."""

    max_document_bytes: int = 10 * MIB
    """A larger document is rejected (trafilatura stops at 20 MB, lxml loses text nodes over 10 MB)."""
    max_document_chars: int = 10_000_000
    """The same limit after decoding."""
    max_line_bytes: int = 16 * MIB
    """A longer JSONL line is skipped to its newline and rejected with its offset."""
    max_expansion_bytes: int = 64 * MIB
    """Most that one compressed record may expand to; whole files stream and are not bound by it."""
    max_expansion_ratio: int = 200
    """Most that a compressed input may expand, after the first MiB (1 GiB of zeros in gzip: 1,029)."""
    document_seconds: float = 10.0
    """A worker that spends more CPU time on one document is killed, and the document rejected."""
    worker_bytes: int = 2048 * MIB
    """Address space that a worker process may take for documents, beside what it has when it starts."""
    workers: int = about_the_run(0)
    """Worker processes; 0 means one for each core."""
    shard_documents: int = about_the_run(10_000)
    """Most documents of one shard (one Prefect task)."""
    shard_bytes: int = about_the_run(64 * MIB)
    """Most raw bytes of one shard."""
    commit_seconds: float = about_the_run(30.0)
    """Seconds after which what has been cleaned is committed, however little it is: a kill loses no more than this."""
    breaker_share: float = about_the_run(0.2)
    """The run stops when more than this share of more than `breaker_documents` is rejected."""
    breaker_documents: int = about_the_run(100)
    min_free_bytes: int = about_the_run(1024 * MIB)
    """A run does not start with less free disk space."""
    keep_raw: bool = about_the_run(True)
    """Each document is kept as it came, compressed, so that `reclean` can clean it again: some 1.8 KB for a
    text, 65 KB for a page of 376 KB."""
    reject_bytes: int = about_the_run(16 * MIB)
    """The raw bytes of a rejected document are kept for replay up to this size."""
    rejects_bytes: int = about_the_run(1024 * MIB)
    """Most raw bytes of rejected documents kept in all; the oldest give way."""
    retention_seconds: float = about_the_run(86_400.0)
    """A snapshot stays readable this long after another has taken its place."""
    retention_snapshots: int = about_the_run(3)
    """Snapshots that stay however old they are."""
    file_bytes: int = about_the_run(64 * MIB)
    """A file of articles is full at this size; the next article begins another."""
    alarm_runs: int = about_the_run(20)
    """Runs over the same inputs that an alarm compares with."""
    alarm_runs_needed: int = about_the_run(5)
    """With fewer of them nothing is unusual yet."""
    alarm_documents: int = about_the_run(50)
    """Fewer documents than this, of a source or publisher, give no alarm."""
    alarm_deviations: float = about_the_run(5.0)
    """Distance from the median that is unusual, in standard deviations (of a normal distribution with the same MAD)."""
    alarm_share: float = about_the_run(0.1)
    """Least change of the removed share that is an alarm; for the share of rejects, half of it."""
    alarm_ratio: float = about_the_run(3.0)
    """Least change of a volume that is an alarm, as a factor."""
    alarm_charset_documents: int = about_the_run(3)
    """Articles in a charset that no earlier run had, from which on that is an alarm."""
    near_duplicates: bool = about_the_run(True)
    """Look for articles that repeat others, and record it in `duplicate_of` and `cluster`."""
    near_threshold: float = about_the_run(0.5)
    """Share of shingles in common from which on an article is a near duplicate; 0.5 to 1.

    Of 1,516 texts of 21 collections 37 pairs are nearer than this, all of them copies (two of them at 0.59: the
    same story told twice); the next pair, two market reports written by one machine, is at 0.37."""
    near_permutations: int = about_the_run(128)
    """Bytes of a signature; a multiple of 4. Twice as many halve the variance, and double the state."""
    near_shingle: int = about_the_run(5)
    """Words of a shingle. With 5 % of the words edited 97 % of copies are nearer than 0.5 (3 words: all; 4: 99.8 %;
    7: 79 %), with 8 % edited 60 % (99.5, 92, 12 %). But reports from one template are at 0.12 to 0.17 of each other
    (3 words: 0.31; 4: 0.2), which decides what a thousand of them cost; the two of one machine above at 0.37
    (0.55, 0.45)."""


def named_settings(**given: Any) -> tuple[Settings, frozenset[str]]:
    """Settings with those that were given, and their names; None stands for what was left out."""
    named = {name: value for name, value in given.items() if value is not None}
    return Settings(**named), frozenset(named)
