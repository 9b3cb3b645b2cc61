"""The path of a document, from bytes to article or reject. Pure: no I/O, no Prefect, no state."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from copydesk import __version__
from copydesk.schemas.document import DecodedText, Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import Page
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.rule import RuleSet
from copydesk.schemas.settings import Settings
from copydesk.tasks.article import Stamp, assemble
from copydesk.tasks.decode import decode
from copydesk.tasks.label import label
from copydesk.tasks.model import Forest, SegmentModel, classify, classify_segments
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, compile_rules, load, mark

T = TypeVar("T")
Begin = Callable[[int], None]


def _html_page(decoded: DecodedText) -> Page:
    """Make blocks of a page. The parser and its tables are loaded with the first page: a text needs none of them."""
    from copydesk.tasks.html import html_blocks

    return html_blocks(decoded)


FRONT_ENDS: Final[Mapping[str, Callable[[DecodedText], Page]]] = {
    "text": text_blocks,
    "html": _html_page,
}
"""A new format of document is one new function here."""


@dataclass(frozen=True, slots=True, repr=False)
class CleaningContext:
    """What cleaning needs besides the document: the rules, the limits, the stamp. Built once a process."""

    rules: RuleSet
    book: RuleBook
    forest: Forest | None
    segments: SegmentModel
    settings: Settings
    stamp: Stamp

    @classmethod
    def open(cls, rule_files: Sequence[Path], settings: Settings) -> "CleaningContext":
        """Load and compile the packs that ship with copydesk and those of `rule_files`; UsageError if one is wrong."""
        rules = load(rule_files)
        publishers = {rule.id: rule.publisher for rule in rules.rules if rule.publisher}
        stamp = Stamp(rules.version, __version__, publishers)
        return cls(rules, compile_rules(rules), Forest.load("html"), SegmentModel.load(), settings, stamp)


def warm_up(context: CleaningContext) -> None:
    """Clean a page and a text of our own, so that what is made at first use is made before workers are forked.

    Automata of rules, the language model, tables and patterns: an `ingest` with two workers takes 7.0 s of CPU for
    125 pages in place of 7.5.
    """
    context.book.prepare()
    story = "The board met on Tuesday, 3 May 2022, and put off the plan for the new quay; the fishermen\u2019s anger grew. "
    menu = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "World", "Share", "Contact"))
    page = f"<title>Quay</title><nav>{menu}</nav><article><h1>Quay</h1><p>By Anna Berg</p><p>{story * 3}</p><p>Read more: Quay</p></article>"
    clean_many(
        [
            RawDocument(Origin("warm-up"), page.encode(), "html"),
            RawDocument(Origin("warm-up"), f"Share\n{story}".encode(), "text"),
        ],
        context,
    )


def clean(raw: RawDocument, context: CleaningContext) -> Outcome:
    """Clean one document. Whatever it holds, the outcome is an article or a reject, never an exception."""
    return clean_many([raw], context)[0]


def clean_many(
    raws: Sequence[RawDocument], context: CleaningContext, begin: Begin = lambda number: None
) -> list[Outcome]:
    """Clean some documents, each exactly as `clean` does it; together they cost less.

    Only the model looks at several at once. `begin` is told the number of a document when work on
    it begins, and -1 when the model looks at all that wait for it.
    """
    outcomes: dict[int, Outcome] = {}
    waiting: dict[str, dict[int, Page]] = {kind: {} for kind in FRONT_ENDS}
    sizes = dict.fromkeys(FRONT_ENDS, 0)
    for number, raw in enumerate(raws):
        begin(number)
        page = _guarded(raw, partial(_read, raw, context))
        if isinstance(page, Outcome):
            outcomes[number] = page
        elif len(page.text) >= _TOGETHER:  # alone, and within the deadline that began with it
            outcomes |= _decide({number: page}, raws, context, lambda number: None)
        else:
            kind = page.decoded.format
            waiting[kind][number] = page
            sizes[kind] += len(page.text)
            if sizes[kind] >= _TOGETHER:
                outcomes |= _decide(waiting[kind], raws, context, begin)
                waiting[kind], sizes[kind] = {}, 0
    for pages in waiting.values():
        outcomes |= _decide(pages, raws, context, begin)
    return [outcomes[number] for number in range(len(raws))]


_TOGETHER: Final = 1 << 18
"""Characters of pages that the model looks at together: some 70 texts, in 0.15 ms each; with a fourth of that 0.2,
with a sixteenth 0.3, alone 0.5."""


def _read(raw: RawDocument, context: CleaningContext) -> Page:
    """From bytes to blocks with what the rules claim of them."""
    decoded = decode(raw, context.settings)
    page = FRONT_ENDS[decoded.format](decoded)
    page = repair(page)
    return mark(page, context.book)


def _decide(
    pages: Mapping[int, Page], raws: Sequence[RawDocument], context: CleaningContext, begin: Begin
) -> dict[int, Outcome]:
    """From blocks to article and ledger, or reject, by number of document; all pages have one format."""
    if not pages:
        return {}
    if len(pages) > 1:
        begin(-1)
    kind = next(iter(pages.values())).decoded.format
    try:
        asked = list(pages.values())
        classified = (
            classify_segments(asked, context.segments) if kind == "text" else classify(asked, context.forest)
        )
    except MemoryError:
        raise
    except Exception as error:
        if len(pages) == 1:
            return {number: Outcome(_surprise(raws[number], error)) for number in pages}
        return {
            n: o
            for number, page in pages.items()
            for n, o in _decide({number: page}, raws, context, begin).items()
        }
    outcomes = {}
    for number, page in zip(pages, classified, strict=True):
        begin(number)
        outcomes[number] = _guarded(raws[number], partial(_write, page, context))
    return {number: _with_content(outcome, raws[number]) for number, outcome in outcomes.items()}


def _write(page: Page, context: CleaningContext) -> Outcome:
    """From weighed blocks to article and ledger, or reject."""
    page = label(page)
    return assemble(page, context.stamp)


def _guarded(raw: RawDocument, work: Callable[[], T]) -> T | Outcome:
    """What `work` makes of a document; or its reject, whatever goes wrong with it."""
    try:
        return work()
    except DocumentError as error:
        return Outcome(_reject(raw, error.stage, error.reason, error.detail))
    except MemoryError:
        raise  # the worker's limit, not the document's fault alone: its pool decides
    except Exception as error:  # the edge of a document: a surprise becomes a reject that names it
        return Outcome(_surprise(raw, error))


def _content(raw: RawDocument) -> bytes:
    return raw.content if isinstance(raw.content, bytes) else raw.content.encode("utf-8", "surrogatepass")


def _with_content(outcome: Outcome, raw: RawDocument) -> Outcome:
    """A reject keeps the raw bytes, so that it can be replayed with newer rules."""
    if isinstance(outcome.result, Reject):
        text = isinstance(raw.content, str)
        kept = replace(outcome.result, content=_content(raw), form=raw.format, is_text=text)
        return Outcome(kept, outcome.ledger)
    return outcome


def _surprise(raw: RawDocument, error: Exception) -> Reject:
    return _reject(raw, "clean", "internal-error", f"{type(error).__name__}: {error}")


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
        form=raw.format,
        is_text=isinstance(raw.content, str),
    )
