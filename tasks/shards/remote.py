"""Clean a shard on another machine: a job and a result, as files in the dataset's stage folder.

The driver writes the documents of a shard to a file, and only its path travels through the cluster. A worker
cleans them with a pool of its own, writes tables to the same folder, and returns the path of its result. So
neither the scheduler nor Prefect ever holds a document. A worker changes nothing else and decides nothing. If
a job is done twice, it has two results, and the driver takes one of them. Leftover files are removed when the
stage is emptied.
"""

import atexit
import json
import os
import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Self

from copydesk.schemas.errors import CopydeskError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.run_statistics import Signs
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import StagedShard
from copydesk.tasks.rules import load
from copydesk.tasks.runs import pipeline_fingerprint
from copydesk.tasks.shards.cleaning import Shard, clean_shard
from copydesk.tasks.store import storage_errors
from copydesk.tasks.workers import (
    DEFAULT_CLEANER,
    WorkerPool,
    WorkersError,
    pack_documents,
    pack_rejects,
    unpack_documents,
    unpack_rejects,
)

_PATHS: Final = tuple(field.name for field in fields(StagedShard) if "Path" in str(field.type))
_IDLE_SECONDS: Final = 60.0
"""How long worker processes wait for another shard of their run; a cluster outlives many runs."""


class ForeignWorkerError(CopydeskError):
    """A worker of the cluster would clean differently from this process."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The configuration that all shards of a run share."""

    settings: Settings
    columns: Columns
    rules: tuple[str, ...] = ()
    """Rule packs, as paths that each machine can read."""
    pipeline: str = ""
    cleaner: str = DEFAULT_CLEANER

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the result of `json.dumps(asdict(terms))`."""
        values = json.loads(text)
        values["settings"], values["columns"] = Settings(**values["settings"]), Columns(**values["columns"])
        return cls(**values | {"rules": tuple(values["rules"])})


def write_order(shard: Shard, terms: Terms, stage: Path) -> Path:
    """Write a shard's documents, and how to clean them. The shard gives its documents away."""
    path = stage / f"shard-{shard.number:06}.order"
    with storage_errors(stage):
        _write(path, {"number": shard.number, "terms": asdict(terms)}, pack_documents(shard.take())[0])
    return path


def clean_order(order: str, workers: int) -> str:
    """Clean the shard of a job on this machine; return the path of the result.

    `workers` processes are used, unless the settings state a number. They are started by plain fork and exec,
    because daemonic processes (Dask's workers under their nannies) may not use `multiprocessing`. They end
    with this process. Raises ForeignWorkerError if code, model or rules here differ from the driver's.
    """
    path = Path(order)
    head, documents = _read(path)
    terms = Terms.from_json(json.dumps(head["terms"]))
    _check(terms)
    shard = Shard(head["number"], unpack_documents([documents]))
    del documents
    shard.sources = Counter({"": len(shard.documents)})
    attempt = secrets.token_hex(4)
    with _pool(terms, workers) as pool:
        staged = clean_shard(shard, pool, path.parent, lambda _: None, attempt=f"-{attempt}")
    answer = path.with_name(f"{path.stem}-{attempt}.answer")
    counts = asdict(replace(staged, rejects=()))
    del counts["rejects"]
    counts |= {name: file.name for name in _PATHS if (file := counts[name])}
    counts["signs"] = staged.signs.to_dict()
    with storage_errors(path.parent):
        _write(answer, counts, pack_rejects(staged.rejects))
    return str(answer)


def read_answer(shard: Shard, answer: str) -> StagedShard:
    """Read the result of a shard, and add the documents that its reader rejected.

    Removes the files of the result and of the job.

    Raises WorkersError if documents are missing.
    """
    path = Path(answer)
    with storage_errors(path.parent):
        counts, rejects = _read(path)
        counts |= {name: path.parent / counts[name] for name in _PATHS if counts[name]}
        counts["signs"] = Signs.from_dict(counts["signs"])
        staged = StagedShard(**counts, rejects=(*shard.rejects, *unpack_rejects(rejects)))
        path.unlink()
        (path.parent / f"shard-{shard.number:06}.order").unlink(missing_ok=True)
    staged = replace(staged, seen=staged.seen + len(shard.rejects))
    if staged.seen != shard.seen:
        raise WorkersError(
            f"shard {shard.number}: {shard.seen:,} documents went in, {staged.seen:,} came back"
        )
    return staged


def _check(terms: Terms) -> None:
    here = pipeline_fingerprint(
        load([Path(path) for path in terms.rules]).version, terms.settings, terms.columns
    )
    if here != terms.pipeline:
        raise ForeignWorkerError(
            f"the copydesk on {os.uname().nodename} differs from the one that runs the ingest: pipeline {here[:12]}, "
            f"expected {terms.pipeline[:12]}; install the same version, with the same model, on all machines"
        )


def _write(path: Path, head: dict[str, Any], table: bytes | bytearray | memoryview) -> None:
    with path.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        file.write(table)


def _read(path: Path) -> tuple[dict[str, Any], memoryview]:
    data = path.read_bytes()
    end = data.index(b"\n")
    return json.loads(data[:end]), memoryview(data)[end + 1 :]


class _Kept:
    """An open pool, the number of its users, and the timer that will close it."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.users = 0
        self.timer: threading.Timer | None = None


_kept: dict[tuple[Terms, int], _Kept] = {}
_lock = threading.Lock()


@contextmanager
def _pool(terms: Terms, workers: int) -> Iterator[WorkerPool]:
    """Return the pool for this configuration, one per process of the cluster. Opening one takes a second."""
    key = terms, workers
    with _lock:
        if key not in _kept:
            settings = replace(terms.settings, workers=terms.settings.workers or workers)
            _kept[key] = _Kept(WorkerPool(settings, [Path(path) for path in terms.rules], terms.cleaner))
        kept = _kept[key]
        kept.users += 1
        if kept.timer:
            kept.timer.cancel()
    sound = False
    try:
        yield kept.pool
        sound = True
    finally:
        with _lock:
            kept.users -= 1
            if not sound and _kept.get(key) is kept:
                del _kept[key]  # the next shard gets a new one
            if not kept.users:
                _retire(key, kept, _IDLE_SECONDS if sound else 0.0)


def _retire(key: tuple[Terms, int], kept: _Kept, seconds: float) -> None:
    def close() -> None:
        with _lock:
            if kept.users:
                return
            if _kept.get(key) is kept:
                del _kept[key]
        kept.pool.close()

    kept.timer = threading.Timer(seconds, close)
    kept.timer.daemon = True
    kept.timer.start()


@atexit.register
def _close_all() -> None:
    for kept in _kept.values():
        kept.pool.close()
