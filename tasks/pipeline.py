"""The path of a document, from bytes to article or reject. Pure: no I/O, no Prefect, no state."""

import gc
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from copydesk import __version__
from copydesk.schemas.document import DecodedText, Origin, RawDocument
from copydesk.schemas.errors import DocumentError, InstallationError
from copydesk.schemas.page import Page
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.rule import RuleSet
from copydesk.schemas.settings import Settings
from copydesk.tasks.article import Stamp, assemble, bodies_of
from copydesk.tasks.decode import decode
from copydesk.tasks.label import label
from copydesk.tasks.model import Models
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, compile_rules, load, mark

Begin = Callable[[int], None]


def _html_page(decoded: DecodedText) -> Page:
    """Make blocks of a page. The parser and its tables are loaded with the first page; a text needs neither."""
    from copydesk.tasks.html import html_blocks

    return html_blocks(decoded)


FRONT_ENDS: Final[Mapping[str, Callable[[DecodedText], Page]]] = {
    "text": text_blocks,
    "html": _html_page,
}
"""A new format of document is one new function here."""


@dataclass(frozen=True, slots=True, repr=False)
class CleaningContext:
    """Everything needed to clean a document: rules, models, limits, version stamp. Build one per process."""

    rules: RuleSet
    book: RuleBook
    models: Models
    settings: Settings
    stamp: Stamp

    @classmethod
    def open(cls, rule_files: Sequence[Path], settings: Settings) -> "CleaningContext":
        """Load and compile the packs that ship with copydesk and those of `rule_files`.

        Raise UsageError if one is wrong.
        """
        rules = load(rule_files)
        publishers = {rule.id: rule.publisher for rule in rules.rules if rule.publisher}
        stamp = Stamp(rules.version, __version__, publishers)
        return cls(rules, compile_rules(rules), Models.shipped(), settings, stamp)


def warm_up(context: CleaningContext) -> None:
    """Clean a built-in page and text, so that everything made at first use exists before workers are forked.

    This covers automata of rules, the language model, tables and patterns. An `ingest` with two workers takes
    7.0 s of CPU for 125 pages instead of 7.5.
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
    """Clean one document. Whatever its content, the outcome is an article or a reject, never an exception."""
    return clean_many([raw], context)[0]


def _path(raw: RawDocument, context: CleaningContext) -> Generator[Page, Any, Outcome]:
    """Take a document through all steps.

    It pauses twice, for what is done for several pages at a time: the models classify them, and their bodies are
    measured.
    """
    decoded = decode(raw, context.settings)
    page = FRONT_ENDS[decoded.format](decoded)
    page = repair(page)
    page = mark(page, context.book)
    page = yield page
    page = label(page)
    body = yield page
    return assemble(page, context.stamp, body)


def clean_many(
    raws: Sequence[RawDocument], context: CleaningContext, begin: Begin = lambda number: None
) -> list[Outcome]:
    """Clean a batch. Same results as `clean` one by one, but the models run once for many documents.

    `begin` is called with the number of a document when its work begins, and with -1 when the models process
    several. Python's garbage collector pauses meanwhile.
    """
    with _no_collection():
        return _clean_batch(raws, context, begin)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector, and let it go on as it was before, also after an error.

    A page makes thousands of small objects that form no cycles. Without the pause the collector looks at them,
    and at all rules and models, again and again: 8 % of a page's time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _clean_batch(raws: Sequence[RawDocument], context: CleaningContext, begin: Begin) -> list[Outcome]:
    documents = [_Document(number, raw, context) for number, raw in enumerate(raws)]
    waiting: dict[str, list[_Document]] = {kind: [] for kind in FRONT_ENDS}  # each model gets full batches
    sizes = dict.fromkeys(FRONT_ENDS, 0)
    for document in documents:
        begin(document.number)
        document.begin()
        if document.characters >= _TOGETHER:  # alone, and within the deadline that began with it
            _finish([document], context.models, lambda number: None)
        elif document.page is not None:
            kind = document.page.decoded.format
            waiting[kind].append(document)
            sizes[kind] += document.characters
            if sizes[kind] >= _TOGETHER:
                _finish(waiting[kind], context.models, begin)
                waiting[kind], sizes[kind] = [], 0
    for several in waiting.values():
        _finish(several, context.models, begin)
    return [document.outcome for document in documents]


_TOGETHER: Final = 1 << 18
"""Characters of pages that the models process together. About 70 texts, in 0.15 ms each; with a quarter of
this size 0.2 ms, with a sixteenth 0.3, alone 0.5."""


def _finish(documents: Sequence["_Document"], models: Models, begin: Begin) -> None:
    """Classify the pages of some documents, label them, measure their bodies, and take each to its outcome."""
    _together(documents, models.classify, begin)
    _together([document for document in documents if document.page is not None], bodies_of, begin)


def _together(
    documents: Sequence["_Document"], work: Callable[[Sequence[Page]], Sequence[Any]], begin: Begin
) -> None:
    """Do a work for the waiting pages of some documents at once, and run each document's next steps."""
    if len(documents) > 1:
        begin(-1)
    try:
        results = work([document.page for document in documents if document.page is not None])
    except (MemoryError, InstallationError):
        raise
    except Exception as error:  # noqa: BLE001 - the document at fault is found by working on each alone
        if len(documents) == 1:
            documents[0].fail(error)
            return
        for document in documents:
            _together([document], work, begin)
        return
    for document, result in zip(documents, results, strict=True):
        begin(document.number)
        document.go_on(result)


class _Document:
    """A document of a batch, and its current step. Any error becomes its reject."""

    def __init__(self, number: int, raw: RawDocument, context: CleaningContext) -> None:
        self.number = number
        self.page: Page | None = None
        """The page that waits for what is done for several, if there is one."""
        self.outcome: Outcome
        self._raw = raw
        self._path = _path(raw, context)

    @property
    def characters(self) -> int:
        """Return the length of the waiting page; 0 if there is none."""
        return len(self.page.text) if self.page else 0

    def begin(self) -> None:
        """Run all steps before the models."""
        self._go(self._path.__next__)

    def go_on(self, result: Any) -> None:
        """Run the steps until the next pause, with the result for which the document has waited."""
        self._go(partial(self._path.send, result))

    def fail(self, error: Exception) -> None:
        """End with an error, because what is done for several pages failed on this one."""
        self._go(partial(self._path.throw, error))

    def _go(self, step: Callable[[], Page]) -> None:
        self.page = None
        try:
            self.page = step()
        except StopIteration as end:
            self.outcome = _with_raw(end.value, self._raw)
        except DocumentError as error:
            self.outcome = Outcome(Reject.of(self._raw, error.stage, error.reason, error.detail))
        except (MemoryError, InstallationError):
            raise  # a limit of the worker, about which its pool decides, or a fault of no document
        except Exception as error:  # noqa: BLE001 - the edge of a document: a surprise becomes its reject
            detail = f"{type(error).__name__}: {error}"
            self.outcome = Outcome(Reject.of(self._raw, "clean", "internal-error", detail))


def _with_raw(outcome: Outcome, raw: RawDocument) -> Outcome:
    """Keep the raw bytes in a reject, so that it can be replayed with newer rules."""
    if isinstance(outcome.result, Reject):
        found = outcome.result
        return Outcome(Reject.of(raw, found.stage, found.reason, found.detail), outcome.ledger)
    return outcome
