"""The path of a document, from bytes to article or reject. Pure: no I/O, no Prefect, no state."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from schemas.document import DecodedText, RawDocument
from schemas.errors import DocumentError
from schemas.page import Page
from schemas.report import Outcome, Reject
from schemas.rule import RuleSet
from schemas.settings import Settings
from tasks.assemble import Stamp, assemble
from tasks.decode import decode
from tasks.html_blocks import html_blocks
from tasks.label import label
from tasks.mark import RuleBook, compile_rules, mark
from tasks.model.forest import Forest
from tasks.repair import repair
from tasks.rulebook import load
from tasks.text_blocks import text_blocks
from tasks.weigh import weigh

FRONT_ENDS: Final[Mapping[str, Callable[[DecodedText], Page]]] = {
    "text": text_blocks,
    "html": html_blocks,
}
"""A new format of document is one new function here."""


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """What cleaning needs besides the document: the rules, the limits, the stamp. Built once a process."""

    rules: RuleSet
    book: RuleBook
    models: Mapping[str, Forest | None]
    settings: Settings
    stamp: Stamp

    @classmethod
    def open(cls, rule_files: Sequence[Path], settings: Settings) -> "Desk":
        """Load and compile the packs that ship with copydesk and those of `rule_files`; UsageError if one is wrong."""
        rules = load(rule_files)
        publishers = {rule.id: rule.publisher for rule in rules.rules if rule.publisher}
        stamp = Stamp(rules.version, cleaner_version(), publishers)
        models = {name: Forest.load(name) for name in FRONT_ENDS}
        return cls(rules, compile_rules(rules), models, settings, stamp)


def clean(raw: RawDocument, desk: Desk) -> Outcome:
    """Clean one document. Whatever it holds, the outcome is an article or a reject, never an exception."""
    try:
        decoded = decode(raw, desk.settings)
        page = FRONT_ENDS[decoded.format](decoded)
        page = repair(page)
        page = mark(page, desk.book)
        page = weigh(page, desk.models[decoded.format])
        page = label(page)
        return _with_content(assemble(page, desk.stamp), raw)
    except DocumentError as error:
        return Outcome(_reject(raw, error.stage, error.reason, error.detail))
    except MemoryError:
        raise  # the worker's limit, not the document's fault alone: its pool decides
    except Exception as error:  # the edge of a document: a surprise becomes a reject that names it
        return Outcome(_reject(raw, "clean", "internal-error", f"{type(error).__name__}: {error}"))


def cleaner_version() -> str:
    """The version of copydesk that is installed."""
    try:
        return version("copydesk")
    except PackageNotFoundError:
        return "unknown"


def _content(raw: RawDocument) -> bytes:
    return raw.content if isinstance(raw.content, bytes) else raw.content.encode("utf-8", "surrogatepass")


def _with_content(outcome: Outcome, raw: RawDocument) -> Outcome:
    """A reject keeps the raw bytes, so that it can be replayed with newer rules."""
    if isinstance(outcome.result, Reject):
        return Outcome(replace(outcome.result, content=_content(raw)), outcome.ledger)
    return outcome


def _reject(raw: RawDocument, stage: str, reason: str, detail: str) -> Reject:
    content = _content(raw)
    return Reject(
        origin=raw.origin,
        stage=stage,
        reason=reason,
        detail=detail,
        content=content,
        content_hash=hashlib.blake2b(content, digest_size=16).hexdigest(),
        size=len(content),
    )
