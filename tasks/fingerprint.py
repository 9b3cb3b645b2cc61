"""What the pipeline is: equal fingerprints mean that the same input comes out the same."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from schemas.settings import Settings
from schemas.source import Columns

_WITHOUT_EFFECT: Final = frozenset(
    {"workers", "shard_documents", "shard_bytes", "breaker_share", "breaker_documents", "min_free_bytes"}
    | {"commit_seconds"}
    | {"reject_bytes", "rejects_bytes", "retention_seconds", "retention_snapshots", "file_bytes"}
    | {"keep_raw", "near_duplicates", "near_threshold", "near_permutations", "near_shingle"}
    | {"alarm_runs", "alarm_runs_needed", "alarm_documents", "alarm_deviations", "alarm_share", "alarm_ratio"}
    | {"alarm_charset_documents"}
)
"""Settings that change how a run goes, but not what becomes of a document. Those of near duplicates have a
scheme of their own (`tasks.signature.scheme`): when it changes, the articles that are there are compared
anew, and the inputs, which may be gone, are not read for it."""


def pipeline_fingerprint(rules_version: str, settings: Settings, columns: Columns) -> str:
    """32 hex digits over code, model, rules, settings and the columns that are read.

    An input that was taken in is read again when this changes. The code counts by its text, so
    that someone who works on it need not remember to raise a version number; the price is that a
    release which touches nothing but a comment reads everything again, and finds it unchanged.
    """
    relevant = {name: value for name, value in asdict(settings).items() if name not in _WITHOUT_EFFECT}
    parts = [_code(), rules_version, repr(sorted(relevant.items())), repr(sorted(asdict(columns).items()))]
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def _code() -> str:
    digest = hashlib.blake2b(digest_size=16)
    for package in ("schemas", "tasks"):
        for path, file in sorted(_files(files(package), package)):
            digest.update(path.encode() + b"\0" + hashlib.blake2b(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    """Code and model weights. Rule packs have a version of their own, which knows the user's as well."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".npz")):
            yield f"{path}/{entry.name}", entry
