"""Rejected documents: one row each, and the raw bytes, so that they can be tried again."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from copydesk.schemas.document import content_hash
from copydesk.schemas.report import REJECTS, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.commit import Commit
from copydesk.tasks.store.crash_points import point
from copydesk.tasks.store.files import write_bytes
from copydesk.tasks.store.merge import Shelf
from copydesk.tasks.store.raw_documents import origin_to_json
from copydesk.tasks.store.safe_paths import RAW_NAME, read_table, replace, sync_folder
from copydesk.tasks.store.snapshot import Layout, remove_files
from copydesk.tasks.store.state import State

RejectKey = tuple[str, str, str]
"""Key of a rejected document: source, record, and hash of its content."""
_SHELF: Final = Shelf("rejects", ("rejects",), "")


def reject_rows(rejects: Sequence[Reject], run_id: str) -> pa.Table:
    """Return the rows of `rejects/`, in the order of the documents."""
    now = datetime.now(UTC)
    rows = [
        {
            "source": reject.origin.source,
            "record": reject.origin.record,
            "url": reject.origin.url,
            "stage": reject.stage,
            "reason": reject.reason,
            "detail": reject.detail,
            "content_hash": content_name(reject),
            "size": reject.size or len(reject.content),
            "run_id": run_id,
            "rejected_at": now,
        }
        for reject in rejects
    ]
    return pa.Table.from_pylist(rows, REJECTS)


def content_name(reject: Reject) -> str:
    """Return the hash under which the raw bytes are kept; "" if there are none and no hash is known."""
    if RAW_NAME.fullmatch(reject.content_hash):
        return reject.content_hash
    return content_hash(reject.content) if reject.content else ""


def bears_its_name(name: str, content: bytes) -> bool:
    """Whether raw bytes are those that were kept under `name`. Datasets of earlier versions have SHA-256 names too."""
    return name in (content_hash(content), hashlib.sha256(content).hexdigest())


class RawRejects:
    """Raw bytes kept with a commit: written before it, and recorded with it.

    Bytes they displace are removed after it.
    """

    def __init__(self, layout: Layout, state: State, settings: Settings) -> None:
        self._layout = layout
        self._state = state
        self._settings = settings
        self.new: dict[str, int] = {}
        self.gone: list[str] = []
        self._origins: list[tuple[str, str, str, str]] = []
        self._removed: Collection[RejectKey] = ()
        self._replayed: Counter[tuple[str, str]] = Counter()

    def write(self, rejects: Sequence[Reject]) -> None:
        """Write raw bytes that are new and not too large. A document is kept whole or not at all."""
        kept = self._state.rejects.raw()
        for reject in rejects:
            name, size = content_name(reject), len(reject.content)
            if not size or size > self._settings.reject_bytes:
                continue
            if reject.form:
                told = {
                    "origin": origin_to_json(reject.origin),
                    "form": reject.form,
                    "is_text": reject.is_text,
                }
                self._origins.append((name, reject.origin.source, reject.origin.record, json.dumps(told)))
            if name in kept or name in self.new:
                continue
            draft = self._layout.work / f"{name}.raw"
            write_bytes(draft, reject.content)
            replace(draft, self._layout.raw_file(name))
            point("raw reject written")
            self.new[name] = size
        if self.new:
            sync_folder(self._layout.raw)
        self._make_room(kept)

    def _make_room(self, kept: dict[str, int]) -> None:
        excess = sum(kept.values()) + sum(self.new.values()) - self._settings.rejects_bytes
        for name, size in [*kept.items(), *self.new.items()]:
            if excess <= 0:
                return
            self.gone.append(name)
            excess -= size

    def remove_replayed(self, keys: Collection[RejectKey], work: Commit) -> None:
        """Remove rejects that became articles: their rows in `rejects/`, and their raw bytes."""
        wanted, used, dropped = set(keys), set[str](), set[str]()
        for file in work.of(_SHELF):
            table = read_table(work.path(_SHELF, file)).cast(REJECTS)
            columns = (table[name].to_pylist() for name in ("source", "record", "content_hash", "run_id"))
            stays = []
            for source, record, hash_, run_id in zip(*columns, strict=True):
                goes = (source, record, hash_) in wanted
                stays.append(not goes)
                (dropped if goes else used).add(hash_)
                if goes:
                    self._replayed[run_id, source] += 1
            if not all(stays):
                work.rewrite_log(_SHELF, file, table.filter(pa.array(stays, pa.bool_())))
        self._removed = keys
        self.gone += sorted(dropped - used)

    def journal(self, commit: int) -> None:
        """Record them in the state, as part of the transaction."""
        gone = set(self.gone)
        new = {name: size for name, size in self.new.items() if name not in gone}
        self._state.rejects.put_raw(new, self.gone, commit)
        self._state.rejects.put_origins(self._origins)
        self._state.rejects.drop_origins(
            ((hash_, source, record) for source, record, hash_ in self._removed), gone
        )
        for (run_id, source), count in self._replayed.items():
            self._state.runs.replayed(run_id, source, count)

    def clean_up(self) -> None:
        """Remove the raw bytes that were displaced."""
        remove_files(self._layout.raw, self.gone)
