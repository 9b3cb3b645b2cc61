"""Cleaners for tests of the pool.

These are real functions that hang, crash or use up memory when a document tells them to.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.parts import BodyBlock
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings

FAULT = "\x1b]0;owned\x07\u202egnp\x9b31m\r\u2028"
"""A fault message with characters that a terminal would act on."""
_EMPTY = {pa.string(): "", pa.int32(): 0, pa.float32(): 0.0}


def document(content: bytes | str, record: str = "") -> RawDocument:
    """Return a plain-text document; `record` becomes the id of its article."""
    return RawDocument(
        Origin("memory:", record or str(content)[:40], url=f"https://example.org/{record}"), content, "text"
    )


def article(raw: RawDocument) -> Article:
    """Return an article whose id is the record's and whose text is the document's."""
    text = raw.content if isinstance(raw.content, str) else raw.content.decode()
    values: dict[str, Any] = {f.name: _EMPTY.get(f.metadata["arrow"], []) for f in fields(Article)}
    values |= dict.fromkeys(
        ("published_at", "published_day", "modified_at", "duplicate_of", "cluster", "fetched_at", "quality")
    )
    values |= {
        "id": raw.origin.record,
        "version": text[:60],
        "source": raw.origin.source,
        "record": raw.origin.record,
    }
    return Article(**values | {"url": raw.origin.url, "text": text, "blocks": [BodyBlock("paragraph", text)]})


Batch = Callable[[Sequence[RawDocument], Callable[[int], None]], list[Outcome]]


def one_by_one(clean: Callable[[RawDocument], Outcome]) -> Batch:
    """Clean a batch document by document."""

    def clean_many(batch: Sequence[RawDocument], begin: Callable[[int], None]) -> list[Outcome]:
        outcomes = []
        for number, raw in enumerate(batch):
            begin(number)
            outcomes.append(clean(raw))
        return outcomes

    return clean_many


def together(rules: Sequence[Path], settings: Settings) -> Batch:
    """Like `obedient`, but check all documents first, and stop there if one of them demands it."""
    obey = obedient(rules, settings)

    def clean_many(batch: Sequence[RawDocument], begin: Callable[[int], None]) -> list[Outcome]:
        begin(-1)
        if any(raw.content == "exit-together" for raw in batch):
            os._exit(7)
        return obey(batch, begin)

    return clean_many


def obedient(rules: Sequence[Path], settings: Settings) -> Batch:
    """Do what the document says: hang, exit, crash, allocate, sleep, reject. Otherwise return its text."""

    def clean(raw: RawDocument) -> Outcome:
        made = article(raw)
        match made.text.split(":"):
            case ["hang"]:
                time.sleep(3600)
            case ["spin"]:
                while True:
                    pass
            case ["exit"]:
                os._exit(7)
            case ["crash"]:
                ctypes.string_at(0)
            case ["allocate"]:
                bytearray(2 * settings.worker_bytes)
            case ["sleep", seconds]:
                time.sleep(float(seconds))
            case ["burn", seconds]:
                until = time.process_time() + float(seconds)
                while time.process_time() < until:
                    pass
            case ["exit-once", flag] if not Path(flag).exists():
                Path(flag).touch()
                os._exit(7)
            case ["pid", _]:
                made = article(RawDocument(raw.origin, str(os.getpid()), "text"))
            case ["modules"]:
                made = article(RawDocument(raw.origin, " ".join(sys.modules), "text"))
            case ["reject", reason]:
                return Outcome(
                    Reject(
                        raw.origin,
                        "clean",
                        reason,
                        "as told",
                        made.text.encode("utf-8", "surrogatepass"),
                        "hash",
                        1,
                    )
                )
        row = LedgerRow(made.id, made.record, 0, 0, len(made.text), made.text, "paragraph", True, "", 1.0)
        gone = LedgerRow(made.id, made.record, 1, 0, 0, "Share this", "share", False, "test/share", 1.0)
        return Outcome(made, (row, gone))

    return one_by_one(clean)


def stubborn(rules: Sequence[Path], settings: Settings) -> Batch:
    """Fail to open."""
    raise ValueError(f"no such rules: {[str(path) for path in rules]}")


def vanishing(rules: Sequence[Path], settings: Settings) -> Batch:
    """End the whole process while opening."""
    os.write(2, b"gone for good")
    os._exit(1)


def doomed(rules: Sequence[Path], settings: Settings) -> Batch:
    """End the process at any document, as on a machine where nothing works."""

    def clean(raw: RawDocument) -> Outcome:
        os._exit(7)

    return one_by_one(clean)


def broken(rules: Sequence[Path], settings: Settings) -> Batch:
    """Fail with an internal error whose message acts on a terminal."""

    def clean(raw: RawDocument) -> Outcome:
        detail = f"IndexError: index {FAULT}"
        return Outcome(Reject(raw.origin, "clean", "internal-error", detail, b"x", "ab" * 16, 1, "text"))

    return one_by_one(clean)
