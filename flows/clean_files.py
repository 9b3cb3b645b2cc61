"""Clean files into files, without a dataset: each document becomes one file, or one line of JSON.

Worker processes clean the documents with the same deadlines and limits as in an ingest. The command reports
documents that can't be read, and continues with the others. Memory holds some hundred documents.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Final, NamedTuple, Protocol

from copydesk.flows.output_files import replacing, write_file
from copydesk.schemas.article import Article
from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import CannotWriteError, UsageError
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.export import FORMATS, Names, Row
from copydesk.tasks.read import expand, read
from copydesk.tasks.workers import WorkerPool

_TOGETHER: Final = 512
_TOGETHER_BYTES: Final = 16 << 20
LINES: Final = "articles.jsonl"
"""The file in the output folder that holds all articles, for the format of lines."""
_COMPRESSED: Final = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class CleanRequest:
    """The inputs, the format and the target."""

    inputs: tuple[str, ...]
    format: str
    """text, md, json or jsonl."""
    out: str
    """Folder, created if necessary; empty for lines on standard output."""
    columns: Columns = Columns()
    record: str = ""
    """Only documents with this id or line number."""
    rules: tuple[Path, ...] = ()
    settings: Settings = field(default_factory=Settings)


class Done(NamedTuple):
    """The result of the command."""

    articles: int
    rejects: int


class Sink(Protocol):
    """A target for bytes."""

    def write(self, content: bytes, /) -> object:
        """Write bytes."""


def clean_files(request: CleanRequest, stdout: Sink, rejected: Callable[[Reject], None]) -> Done:
    """Clean the documents of all inputs.

    `rejected` is called with each document that can't become an article.

    Raises UsageError for a missing input, or for a folder where a file would replace an input. Raises
    CannotWriteError.
    """
    settings = replace(request.settings, keep_raw=False, near_duplicates=False)
    folder = _folder(request)
    work = _Work(request, settings, folder)
    with WorkerPool(settings, request.rules) as pool:
        if folder is None:
            for content in work.lines(pool, rejected):
                stdout.write(content)
        elif request.format == "jsonl":
            with replacing(work.spared(folder / LINES)) as stream:
                for content in work.lines(pool, rejected):
                    stream.write(content)
        else:
            work.files(pool, rejected, folder)
    return Done(work.articles, work.rejects)


def _folder(request: CleanRequest) -> Path | None:
    if not request.out:
        return None
    folder = Path(request.out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise UsageError(f"{request.out}: found a file, expected a folder for the clean documents") from error
    except OSError as error:
        raise CannotWriteError(f"{request.out}: can't be made: {error.strerror}") from error
    return folder


class _Work:
    """One pass over the inputs."""

    def __init__(self, request: CleanRequest, settings: Settings, folder: Path | None) -> None:
        self.articles = self.rejects = 0
        self._request = request
        self._settings = settings
        out = os.path.realpath(folder) if folder else ""
        found = list(_inputs(request, out))
        self._files = {os.path.realpath(file.path) if file.path else "-": file for _, file in found}
        """Real paths of the inputs, so that each is read once, and none is overwritten."""
        self._places = {file.uri: _place(given, file) for given, file in reversed(found)}
        self._names = list(Article.__dataclass_fields__)

    def lines(self, pool: WorkerPool, rejected: Callable[[Reject], None]) -> Iterator[bytes]:
        """Write a line of JSON for each article."""
        write = FORMATS["jsonl"][1]
        return (write(row) for row in self._rows(pool, rejected))

    def files(self, pool: WorkerPool, rejected: Callable[[Reject], None], folder: Path) -> None:
        """Write a file for each article in `folder`, at the path of its input below the given folder."""
        suffix, write = FORMATS[self._request.format]
        names = Names()
        for row in self._rows(pool, rejected):
            target = self.spared(folder / names.free(self._parts(row), suffix))
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotWriteError(f"{target.parent}: can't be made: {error.strerror}") from error
            write_file(target, write(row))

    def _rows(self, pool: WorkerPool, rejected: Callable[[Reject], None]) -> Iterator[Row]:
        for documents in self._together(rejected):
            for cleaned in (each for batch in pool.clean(documents) for each in batch):
                for reject in cleaned.rejects:
                    self._reject(reject, rejected)
                rows = cleaned.articles.select(self._names).to_pylist()
                self.articles += len(rows)
                yield from rows

    def _reject(self, reject: Reject, rejected: Callable[[Reject], None]) -> None:
        self.rejects += 1
        rejected(reject)

    def _together(self, rejected: Callable[[Reject], None]) -> Iterator[list[RawDocument]]:
        """Documents, some at a time."""
        waiting: list[RawDocument] = []
        size = 0
        for document in self._documents():
            if isinstance(document, Reject):
                self._reject(document, rejected)
                continue
            waiting.append(document)
            size += len(document.content)
            if len(waiting) >= _TOGETHER or size >= _TOGETHER_BYTES:
                yield waiting
                waiting, size = [], 0
        if waiting:
            yield waiting

    def _documents(self) -> Iterator[RawDocument | Reject]:
        """Yield the documents of all inputs."""
        for file in self._files.values():
            for document in read(file, self._request.columns, self._settings):
                if self._request.record in ("", document.origin.record):
                    yield document

    def spared(self, target: Path) -> Path:
        """Return the path of a file to write. Raises UsageError if the file would replace an input."""
        if os.path.realpath(target) in self._files:
            raise UsageError(f"{target}: is an input, and would be overwritten; name another folder with -o")
        return target

    def _parts(self, row: Row) -> list[str]:
        """Return the target of the clean document: the input's path below the given folder, then its record."""
        source = row["source"]
        parts = self._places.get(source)
        if parts is None:  # a member of an archive: its source begins with the archive's
            archive = max((uri for uri in self._places if source.startswith(uri)), key=len, default="")
            parts = [*self._places.get(archive, ["documents"]), source.removeprefix(archive)]
        return [*parts, row["record"]] if row["record"] else parts


def _inputs(request: CleanRequest, out: str) -> Iterator[tuple[str, InputFile]]:
    """Return the files of all inputs, each with its input.

    The output folder is skipped if it is inside an input.
    """
    for given in request.inputs:
        inside = out and out.startswith(os.path.join(os.path.realpath(given), ""))
        for file in expand([given]):
            place = os.path.realpath(file.path) if file.path else ""
            if not (inside and place.startswith(os.path.join(out, ""))):
                yield given, file


def _place(given: str, file: InputFile) -> list[str]:
    """Return the parts of a file's path below the given folder, the last one without its suffix.

    >>> _place("news", InputFile("news/2020/a.html.gz", Path("news/2020/a.html.gz")))
    ['a']
    """
    if file.path is None:
        return ["stdin"]
    below = os.path.relpath(file.path, given) if os.path.isdir(given) else file.path.name
    path = PurePath(below)
    name = path.name
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return [*path.parts[:-1], PurePath(name).stem]
