"""Implement `clean` and `explain`: one document, no Prefect, nothing written."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from copydesk.flows.terminal import console, escape_scraped, fail, write_line
from copydesk.schemas.document import Format, Origin, RawDocument
from copydesk.schemas.errors import UsageError
from copydesk.schemas.escapes import escape_json
from copydesk.schemas.exit_codes import ExitCode
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.pipeline import FRONT_ENDS, CleaningContext, clean
from copydesk.tasks.read import expand, read

if TYPE_CHECKING:
    from copydesk.tasks.report import Explanation

_TOLD = 20
"""Rejects that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which document to clean, and how to read it. If `format` is empty, name and content decide."""

    file: str
    format: str
    record: str
    columns: Columns
    rules: tuple[Path, ...]


@contextmanager
def as_in(dataset: str, question: Question) -> Iterator[Question]:
    """Add the columns and rule packs that a dataset remembers; those named in the question take precedence.

    Without a dataset the question stays as it is. Raises UsageError if the folder is not a dataset.
    """
    if not dataset:
        yield question
        return
    from copydesk.flows.configuration import plan_of
    from copydesk.schemas.request import IngestRequest
    from copydesk.tasks.store import resolve

    resolve(Path(dataset))
    plan = plan_of(IngestRequest((), dataset, question.columns, tuple(map(str, question.rules))))
    with TemporaryDirectory(prefix="copydesk-") as folder:
        yield replace(question, columns=plan.columns, rules=tuple(plan.write_packs(Path(folder))))


def print_clean(question: Question, *, fmt: str) -> int:
    """Print the article: its text, as Markdown, or the whole record as JSON."""
    settings = Settings()
    raw = find(question, settings)
    result = (
        raw if isinstance(raw, Reject) else clean(raw, CleaningContext.open(question.rules, settings)).result
    )
    if isinstance(result, Reject):
        return _rejected(result)
    if fmt == "json":
        print(_json(result.to_dict()))
    elif fmt == "md":
        from copydesk.tasks.export import markdown

        write_line(markdown(result.to_dict()).decode().removesuffix("\n"))
    else:
        write_line(result.text)
    return 0


def clean_into(question: Question, files: Sequence[str], *, fmt: str, out: str) -> int:
    """Clean many documents into a folder, or as lines of JSON on standard output; say which were rejected."""
    from copydesk.flows.clean_files import CleanRequest, clean_files

    told = 0

    def rejected(reject: Reject) -> None:
        nonlocal told
        told += 1
        if told <= _TOLD:
            _rejected(reject)

    request = CleanRequest(tuple(files), fmt, out, question.columns, question.record, question.rules)
    done = clean_files(request, sys.stdout.buffer, rejected)
    sys.stdout.buffer.flush()
    if done.rejects > _TOLD:
        fail(f"and {done.rejects - _TOLD:,} more were rejected")
    if out:
        print(escape_scraped(f"{done.articles:,} articles, {done.rejects:,} rejected: {out}", one_line=True))
    return ExitCode.REJECTS if done.rejects else 0


def explain_file(question: Question) -> "Explanation":
    """Clean the requested document, and keep everything needed to explain the result."""
    from copydesk.tasks.report import Explanation

    settings = Settings()
    raw = find(question, settings)
    if isinstance(raw, Reject):
        return Explanation(Outcome(raw), "", {}, _name(raw.origin))
    return explain_raw(raw, CleaningContext.open(question.rules, settings))


def explain_raw(raw: RawDocument, context: CleaningContext) -> "Explanation":
    """Clean a document, and keep everything needed to explain the result."""
    from copydesk.tasks.report import Explanation

    outcome = clean(raw, context)
    text = FRONT_ENDS[raw.format](decode(raw, context.settings)).text if outcome.ledger else ""
    return Explanation(outcome, text, context.rules.whys(), _name(raw.origin))


def print_explanation(explained: "Explanation", *, as_json: bool, page: str | None) -> int:
    """Print the decision on each stretch.

    With `as_json`, print the ledger, one JSON object per line; with `page`, write it as HTML to that file.
    """
    from copydesk.flows.cli.explain import plain, show

    outcome = explained.outcome
    if page is not None:
        from copydesk.flows.cli.pages import write_page
        from copydesk.tasks.report import draw_explanation

        write_page(draw_explanation(explained), page)
    elif as_json:
        for row in outcome.ledger:
            print(_json(row.to_dict(), indent=None))
    elif outcome.ledger:
        if sys.stdout.isatty():
            show(outcome, explained.text, console())
        else:
            print(plain(outcome, explained.text))
    return _rejected(outcome.result) if isinstance(outcome.result, Reject) else 0


def _name(origin: Origin) -> str:
    return origin.source + (f", record {origin.record}" if origin.record else "")


def find(question: Question, settings: Settings) -> RawDocument | Reject:
    """Read the requested document. Raise UsageError if it does not exist or is not the only one."""
    if question.format:
        return _as_told(question, settings)
    found = _documents(question, settings)
    first = next(found, None)
    if first is None:
        what = f"no record {question.record!r}" if question.record else "no document"
        raise UsageError(f"{question.file}: found {what}, expected one")
    second = None if question.record else next(found, None)
    if second is not None:
        raise UsageError(
            f"{question.file}: found more than one document; name one {_others(first, second)}; `clean -o DIR` takes all"
        )
    return first


def _others(first: RawDocument | Reject, second: RawDocument | Reject) -> str:
    """Explain how to name one of several documents: by its record, or by its file if each file is a document."""
    one, two = first.origin, second.origin
    if one.source == two.source and one.record and two.record:
        names = ", ".join(escape_scraped(origin.record, one_line=True) for origin in (one, two))
        return f"with --record ({names} ...)"
    names = ", ".join(escape_scraped(origin.source, one_line=True) for origin in (one, two))
    return f"by its file ({names} ...)"


def _documents(question: Question, settings: Settings) -> Iterator[RawDocument | Reject]:
    for file in expand([question.file]):
        for document in read(file, question.columns, settings):
            if not question.record or document.origin.record == question.record:
                yield document


def _as_told(question: Question, settings: Settings) -> RawDocument:
    """Read the whole input as one document of the format that the user names."""
    formats: dict[str, Format] = {"text": "text", "html": "html"}
    if question.format not in formats:
        raise UsageError(f"--input-format: found {question.format!r}, expected text or html")
    most = (
        settings.max_document_bytes + 1
    )  # one more than the maximum, so that decoding sees that it is too long
    if question.file == "-":
        content = sys.stdin.buffer.read(most)
    else:
        try:
            with Path(question.file).open("rb") as stream:
                content = stream.read(most)
        except OSError as error:
            raise UsageError(f"{question.file}: {error.strerror}; expected a readable file") from error
    return RawDocument(Origin(source=question.file), content, formats[question.format])


def _rejected(reject: Reject) -> int:
    fail(f"{_name(reject.origin)}: rejected by {reject.stage}: {reject.reason}: {reject.detail}")
    return ExitCode.REJECTS


def _json(record: dict[str, object], indent: int | None = 2) -> str:
    return escape_json(json.dumps(record, ensure_ascii=False, indent=indent, default=_instant))


def _instant(value: object) -> str:
    if isinstance(value, date):  # or an instant, which is one
        return value.isoformat()
    raise TypeError(type(value).__name__)
