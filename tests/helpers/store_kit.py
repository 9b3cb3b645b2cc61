"""Small documents for the store, and a reader that shares no code with it."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from zstandard import ZstdCompressor

from copydesk.schemas.article import ARTICLES, QUALITY
from copydesk.schemas.document import Origin
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.schemas.shard import Cleaned, Fingerprint, StagedShard
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.raw_documents import origin_to_json
from copydesk.tasks.store.staging import stage_shard

MEMORY = Path("/dev/shm")
"""A folder where syncing costs nothing: a killed process leaves the same files there as on a disk."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings(min_free_bytes=0)


def quick_folder() -> Iterator[Path]:
    """Yield a temporary folder, in memory if possible. For fixtures."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Doc:
    """A document: `body` is the article's content, `version` the hash of the raw page it came from."""

    key: str
    body: str = "body"
    version: str = ""
    day: int | None = None
    """Fetch time in days since EPOCH."""
    source: str = "in.jsonl"
    rule: str = "model"
    """The rule that decided its ledger."""
    rejected: bool = False

    @property
    def id(self) -> str:
        return f"id-{self.key}"

    def article(self) -> dict[str, Any]:
        text = f"{self.key}: {self.body}"
        empty: dict[str, Any] = {
            field.name: [] if pa.types.is_list(field.type) else "" if pa.types.is_string(field.type) else 0
            for field in ARTICLES
        }
        return empty | {
            "id": self.id,
            "version": self.version or f"v-{self.body}",
            "source": self.source,
            "record": self.key,
            "text": text,
            "blocks": [{"kind": "paragraph", "text": text}],
            "published_at": EPOCH,
            "modified_at": None,
            "quality": dict.fromkeys(QUALITY, 1),
            "duplicate_of": None,
            "cluster": None,
            "fetched_at": None if self.day is None else EPOCH + timedelta(days=self.day),
        }

    def ledger(self) -> list[dict[str, Any]]:
        rows = [
            (f"{self.key}: {self.body}", "paragraph", True, ""),
            ("Share this", "share", False, self.rule),
        ]
        return [
            {
                "id": self.id,
                "record": self.key,
                "seq": seq,
                "start": seq * 100,
                "end": seq * 100 + len(text),
                "text": text,
                "label": label,
                "kept": kept,
                "rule": rule,
                "score": 1.0,
            }
            for seq, (text, label, kept, rule) in enumerate(rows)
        ]

    def document(self) -> dict[str, Any]:
        """Return the row that stores its raw page."""
        content = self.raw()
        origin = origin_to_json(Origin(self.source, self.key))
        row = {"id": self.id, "version": self.article()["version"], "format": "text", "is_text": False}
        return row | {"origin": origin, "size": len(content), "content": ZstdCompressor().compress(content)}

    def raw(self) -> bytes:
        return f"raw {self.key} {self.body}".encode()

    def reject(self) -> Reject:
        return Reject(Origin(self.source, self.key), "clean", "not-an-article", "no body", self.raw())


def docs(keys: Iterable[int | str], **more: Any) -> list[Doc]:
    return [Doc(f"{key:04d}" if isinstance(key, int) else key, **more) for key in keys]


def stage(store: Store, name: str, documents: Sequence[Doc]) -> StagedShard:
    """Stage documents in the given order, as the shards of a run do."""
    articles = [doc.article() for doc in documents if not doc.rejected]
    ledger = [row for doc in documents for row in doc.ledger()]
    cleaned = Cleaned(
        pa.Table.from_pylist(articles, ARTICLES),
        pa.Table.from_pylist(ledger, LEDGER),
        tuple(doc.reject() for doc in documents if doc.rejected),
        documents=pa.Table.from_pylist([doc.document() for doc in documents if not doc.rejected], DOCUMENTS),
    )
    return stage_shard(store.stage, name, cleaned)


def fingerprint(uri: str = "in.jsonl", size: int = 1, mtime_ns: int = 1) -> Fingerprint:
    return Fingerprint(uri, size, mtime_ns)


def run(
    out: Path, *commits: Sequence[Doc], settings: Settings = SETTINGS, pipeline: str = "p", size: int = 1
) -> Any:
    """Do a whole run over one input, with a commit for each sequence of documents; return its report."""
    with Store.open(out, settings, pipeline) as store:
        store.begin(["in.jsonl"])
        for number, documents in enumerate(commits):
            last = number == len(commits) - 1
            done = [(fingerprint(size=size), sum(map(len, commits)))] if last else []
            store.commit([stage(store, f"shard-{number}", documents)], done)
        return store.finish()


def rows(out: Path, tree: str = "articles") -> list[dict[str, Any]]:
    """Return all rows of a tree, file by file in order of the names, as readers see them."""
    return [row for path in sorted((out / tree).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def bodies(out: Path) -> dict[str, str]:
    """Return the body of every article by key; fail if an id occurs twice."""
    found = rows(out)
    assert len({row["id"] for row in found}) == len(found)
    return dict(sorted(row["text"].split(": ") for row in found))


def contents(out: Path, trees: Sequence[str] = ("articles", "ledger")) -> dict[str, bytes]:
    """Return the published files, by name."""
    return {
        f"{tree}/{path.name}": path.read_bytes() for tree in trees for path in sorted((out / tree).iterdir())
    }
