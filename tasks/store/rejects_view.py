"""Query rejected documents: one entry each, its raw bytes, and whether it can be replayed."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa

from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import StorageError, UsageError
from copydesk.tasks.store.preflight import connect, state_errors
from copydesk.tasks.store.raw_documents import raw_document
from copydesk.tasks.store.rejects import RejectKey, bears_its_name
from copydesk.tasks.store.safe_paths import RAW_NAME, is_file, names_in, read_bytes, read_table
from copydesk.tasks.store.snapshot import Layout, resolve

_LEAST: Final = 4
"""Minimum length of a given id prefix."""


class Rejected(NamedTuple):
    """A rejected document. If it was rejected several times, the last time counts."""

    id: str
    """12 hex digits over source, record and content: the same in every run."""
    key: RejectKey
    url: str
    stage: str
    reason: str
    detail: str
    size: int
    run_id: str
    rejected_at: datetime
    times: int
    """Number of its rows in `rejects/`: each new pipeline may reject it again."""

    @property
    def source(self) -> str:
        """Return the URI of the input."""
        return self.key[0]

    @property
    def record(self) -> str:
        """Return the id inside the input."""
        return self.key[1]

    @property
    def hash(self) -> str:
        """Return the hash of the raw content; "" if there is none."""
        return self.key[2]


class Filter(NamedTuple):
    """A selection of rejects. An empty field selects all."""

    stage: str = ""
    reason: str = ""
    source: str = ""
    """The URI or the beginning of it, or a pattern with * and ?."""
    ids: tuple[str, ...] = ()

    def admits(self, found: Rejected) -> bool:
        """Return whether a reject is selected, apart from its id."""
        return (
            self.stage in ("", found.stage)
            and self.reason in ("", found.reason)
            and (found.source.startswith(self.source) or fnmatchcase(found.source, self.source))
        )


def rejected(out: Path, wanted: Filter = Filter()) -> list[Rejected]:  # noqa: B008 - a tuple of strings
    """Return the rejected documents of a dataset, by source and record. Raise UsageError for an unknown id."""
    found: dict[RejectKey, Rejected] = {}
    folder = resolve(out) / "rejects"
    for name in names_in(folder):
        for row in read_table(folder / name).to_pylist():
            key = (row["source"], row["record"], row["content_hash"])
            before = found.get(key)
            times = 1 + (before.times if before else 0)
            if before is None or before.rejected_at <= row["rejected_at"]:
                found[key] = Rejected(
                    id=_id_of(key),
                    key=key,
                    url=row["url"],
                    stage=row["stage"],
                    reason=row["reason"],
                    detail=row["detail"],
                    size=row["size"],
                    run_id=row["run_id"],
                    rejected_at=row["rejected_at"],
                    times=times,
                )
            else:
                found[key] = before._replace(times=times)
    chosen = [each for each in found.values() if wanted.admits(each)]
    if wanted.ids:
        chosen = [_named(given, chosen) for given in dict.fromkeys(wanted.ids)]
    return sorted(chosen, key=lambda each: each.key)


def _id_of(key: RejectKey) -> str:
    return blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _named(given: str, among: list[Rejected]) -> Rejected:
    found = [each for each in among if each.id.startswith(given)] if len(given) >= _LEAST else []
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} rejects begin with this" if found else "no such reject"
    raise UsageError(
        f"{given}: {what}; expected an id that `copydesk rejects list` shows, or the beginning of one"
    )


def raw_content(out: Path, of: Rejected) -> bytes | None:
    """Return the raw bytes of a reject; None if they were not kept or were displaced.

    Raise StorageError if they changed.
    """
    if not RAW_NAME.fullmatch(of.hash):
        return None
    path = Layout(out.resolve()).raw_file(of.hash)
    if not is_file(path):
        return None
    content = read_bytes(path)
    if not bears_its_name(of.hash, content):
        raise StorageError(f"{path}: its bytes changed since they were written; see `copydesk verify`")
    return content


def replayable(out: Path, chosen: Iterable[Rejected]) -> Iterator[tuple[Rejected, RawDocument | None]]:
    """Yield the documents as the pipeline received them.

    None for one that was not kept, or never was a document.
    """
    layout = Layout(out.resolve())
    with state_errors(layout), closing(connect(layout)) as db:
        for each in chosen:
            source, record, hash_ = each.key
            row = db.execute(
                "SELECT origin FROM origins WHERE content_hash=? AND source=? AND record=?",
                (hash_, source, record),
            ).fetchone()
            content = raw_content(out, each) if row else None
            if content is None:
                yield each, None
                continue
            told = json.loads(row[0])
            yield each, raw_document(told["origin"], told["form"], content, is_text=told["is_text"])


def why_untried(each: Rejected) -> str:
    """Return why a reject can't be replayed: `unread` or `not-kept`.

    What the reader refused never was a document, and its bytes alone are not enough to read it again. Only
    the input shows which cells of a row the command line selected, or what surrounds a torn line or a cut
    archive. Nothing is lost: `ingest` reads an input again if it was fixed or has grown, and after a change
    of columns, limits or reader.
    """
    return "unread" if each.stage == "read" else "not-kept"


def keys_of(articles: pa.Table) -> list[RejectKey]:
    """Return the keys under which the documents of these articles would have been rejected."""
    columns = (articles[name].to_pylist() for name in ("source", "record", "version"))
    return list(zip(*columns, strict=True))
