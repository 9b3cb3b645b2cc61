"""Read CSV so that each row is independent, even if a quote was left open.

The rules are those of RFC 4180, as spreadsheets and scrapers bend them. A quote that is not doubled inside a
quoted cell is text, unless it opens the next cell. `\\"` is a quote if the row makes no sense otherwise. A
quote inside an unquoted cell is text.

A quoted cell may span many lines. It counts as left open if the file ends before it does, if another quoted
cell opens inside it, or if most of the lines inside it are rows themselves. Its row is then rejected, and
reading continues at the next line that is a row.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from copydesk.schemas.document import Origin
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.columns import choose
from copydesk.tasks.read.csv_lines import NO_DELIMITER, Text, header_among, split_header, strictly, texts
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.rows import Documents, Row, rejected
from copydesk.tasks.read.streams import Line
from copydesk.tasks.read.tables import Rows, documents_of

_PREAMBLE: Final = 10
"""Number of lines among which the header is searched."""
_MANY: Final = 5
"""Minimum number of rows inside a cell if the first column does not distinguish rows from prose."""
_SHORT: Final = 40
"""Maximum length of a first cell that looks like an id, in characters."""


class _Found(NamedTuple):
    """The cells that begin on a line, and how many further lines they take, or their problem."""

    cells: list[str]
    more: int = 0
    problem: str = ""


def read_csv(
    stream: Iterator[bytes], input: InputFile, columns: Columns, settings: Settings, cursor: Cursor
) -> Documents:
    """Read CSV with a header line, which may follow comments, a title, or a line like `sep=;`.

    Cells are returned as bytes, each to be decoded by its own evidence, because CSV does not state its
    charset. Rows with too many or too few cells become rejects.
    """
    table = _Table(texts(stream, settings), columns, input, settings)
    chosen = choose(columns, table.names, input)
    if table.passed:
        cursor.notes.append(f"{input.uri}: skipped before the header: {'; '.join(table.passed)}")
    return cursor.behind(documents_of(table.rows(), chosen, input, cursor))


class _Table:
    """The lines of a table after its header."""

    def __init__(self, texts: Iterator[Text], columns: Columns, input: InputFile, settings: Settings) -> None:
        self._texts, self._input, self._settings = texts, input, settings
        self._ahead: deque[Text] = deque()
        self._endless = 0
        """Number of the line before which no open quoted cell ends."""
        self.passed: list[str] = []
        """Lines before the header, as they are shown."""
        self._delimiter, self.names = self._header(columns)
        self._width = len(self.names)
        self._spaced = self._is_spaced()

    def rows(self) -> Rows:
        """Yield the rows with the numbers of their first lines."""
        once = len(set(self.names)) == self._width
        while (first := self._take()) is not None:
            number = first.line.number
            if first.text is None:
                yield self._too_long(first.line)
                continue
            if not first.text.strip("\r"):
                continue
            found = self._record(first.text)
            if found.problem:
                yield self._reject(first, found)
                continue
            for _ in range(found.more):
                self._take()
            if len(found.cells) != self._width:
                problem = f"{len(found.cells)} cells"
                content = self._delimiter.join(found.cells)
                yield self._rejected(number, number + found.more, problem, content)
                continue
            pairs = zip(self.names, found.cells, strict=True)
            row: Row = {name: cell.encode("latin-1") for name, cell in (pairs if once else _first_of(pairs))}
            yield number, row

    def _take(self) -> Text | None:
        return self._ahead.popleft() if self._ahead else next(self._texts, None)

    def _peek(self, at: int) -> Text | None:
        """Return the line that is `at` lines ahead."""
        while len(self._ahead) <= at:
            text = next(self._texts, None)
            if text is None:
                return None
            self._ahead.append(text)
        return self._ahead[at]

    def _header(self, columns: Columns) -> tuple[str, list[str]]:
        """Find the delimiter and the names of the columns, and consume the header."""
        given = ""
        first = self._peek(0)
        mark = first.text.strip('\r" ') if first and first.text else ""
        if mark[:4].lower() == "sep=" and len(mark) in (4, 5):
            given = mark[4:] or "\t"
            self._take()
        wanted = {name for name in _values(columns) if name}
        heads = []
        for at in range(_PREAMBLE):
            line = self._peek(at)
            if line is None or line.text is None:
                break
            heads.append(split_header(line.text, given, wanted))
        chosen = header_among(heads)
        for _ in range(chosen):
            passed = self._take()
            shown = passed.text.strip() if passed and passed.text else ""
            if shown:
                self.passed.append(_shown(shown))
        self._take()
        if not heads:
            return NO_DELIMITER, []
        return heads[chosen].delimiter, heads[chosen].names

    def _is_spaced(self) -> bool:
        """Return whether the first rows have blanks between delimiters and quotes."""
        first = [line.text for at in range(_PREAMBLE) if (line := self._peek(at)) and line.text]
        mark = f'{self._delimiter} "'
        return any(
            mark in text and len(strictly(text, self._delimiter) or []) != self._width for text in first
        )

    def _record(self, text: str) -> _Found:
        """Return the cells of the row that begins with a line."""
        if '"' not in text:
            return _Found(text.strip("\r").split(self._delimiter))
        text = text.removesuffix("\r")
        cells = None if self._spaced or text.count('"') % 2 else strictly(text, self._delimiter)
        if cells and len(cells) == self._width:
            return _Found(cells)
        found = self._scan(text, backslash=False)
        if (found.problem or len(found.cells) != self._width) and '\\"' in text:
            other = self._scan(text, backslash=True)
            if not other.problem and len(other.cells) == self._width:
                found = other
        if found.more and not found.problem and self._holds_rows(found):
            return _Found([], 0, "a quote that is not closed")
        return found

    def _scan(self, text: str, *, backslash: bool) -> _Found:
        """Cut a row into its cells, over as many lines as its quotes span."""
        cells: list[str] = []
        at = more = 0
        while True:
            start = _quote_at(text, at, spaced=self._spaced)
            if start < 0:
                end = text.find(self._delimiter, at)
                cells.append(text[at:] if end < 0 else text[at:end])
            else:
                quoted = _Quoted(self, text, start, more, backslash=backslash)
                if quoted.problem:
                    return _Found(cells, more, quoted.problem)
                cells.append(quoted.cell)
                text, end, more = quoted.text, quoted.end, quoted.more
            if end < 0 or end >= len(text):
                return _Found(cells, more)
            at = end + 1

    def go_on(self, more: int, size: int) -> str | None:
        """Return the line that is `more` lines ahead, for an open quoted cell; None if no cell ends there."""
        line = self._peek(more)
        if line is None or line.text is None or size > self._settings.max_line_bytes:
            reached = self._ahead[-1].line.number if self._ahead else 0
            self._endless = max(self._endless, reached + 1)
            return None
        return None if line.line.number < self._endless else line.text.removesuffix("\r")

    @property
    def delimiter(self) -> str:
        """Return the separator between two cells."""
        return self._delimiter

    def _holds_rows(self, found: _Found) -> bool:
        """Return whether most of the lines inside a cell are rows themselves."""
        if self._width < 2:
            return False
        inside = [line.text or "" for line in islice(self._ahead, found.more)]
        whole = [cells for text in inside if len(cells := self._alone(text)) == self._width]
        filled = sum(1 for text in inside if text.strip())
        if len(found.cells) != self._width and whole:
            return True
        sure = found.cells[0].isdigit() or (" " not in found.cells[0] and len(found.cells[0]) <= _SHORT)
        alike = [cells for cells in whole if _alike(cells[0], found.cells[0])] if sure else whole
        return len(alike) * 2 > filled and len(alike) >= (2 if sure else _MANY)

    def _alone(self, text: str) -> list[str]:
        """Return the cells of a line that is a complete row; [] for other lines."""
        text = text.removesuffix("\r")
        if '"' not in text:
            return text.split(self._delimiter)
        return strictly(text, self._delimiter) or []

    def _reject(self, first: Text, found: _Found) -> Reject:
        """Return the reject of a row with an open quote: its line, and those after it up to the next row."""
        parts, size, last = [first.text or ""], 0, first.line.number
        while (line := self._peek(0)) is not None and line.text is not None:
            if len(self._alone(line.text)) >= self._width > 1 or self._opens(line.text):
                break
            self._take()
            size, last = size + len(line.text), line.line.number
            if size <= self._settings.max_line_bytes:
                parts.append(line.text)
        return self._rejected(first.line.number, last, found.problem, "\n".join(parts))

    def _opens(self, text: str) -> bool:
        """Return whether a line begins a row that spans more lines, or is another row with an open quote."""
        if text.count('"') % 2 == 0:
            return False
        opener = text.find(self._delimiter + '"')
        return text.startswith('"') or opener >= 0

    def _rejected(self, number: int, last: int, problem: str, content: str) -> Reject:
        where = f"line {number}" if last == number else f"lines {number} to {last}"
        detail = f"{self._input.uri} {where}: found {problem}; expected {self._width} cells as in the header"
        return rejected(Origin(self._input.uri, str(number)), "bad-row", detail, content.encode("latin-1"))

    def _too_long(self, line: Line) -> Reject:
        detail = (
            f"{self._input.uri} line {line.number} (byte {line.offset:,}) has {line.size:,} bytes; "
            f"at most {self._settings.max_line_bytes:,} are taken"
        )
        return rejected(Origin(self._input.uri, str(line.number)), "too-large", detail, size=line.size)


class _Quoted:
    """A quoted cell, from its opening quote on."""

    def __init__(self, table: _Table, text: str, start: int, more: int, *, backslash: bool) -> None:
        self.text, self.more = text, more
        self.cell, self.problem = "", ""
        self.end = -1
        """Position of the delimiter after the cell; the length of the text at the end of the row."""
        parts: list[str] = []
        at, size = start + 1, 0
        delimiter = table.delimiter
        while True:
            quote = self.text.find('"', at)
            if quote < 0:
                size += len(self.text)
                following = table.go_on(self.more, size)
                if following is None:
                    self.problem = "a quote that is not closed"
                    return
                parts += (self.text[at:], "\n")
                self.text, self.more, at = following, self.more + 1, 0
                continue
            if backslash and quote > at and self.text[quote - 1] == "\\":
                parts += (self.text[at : quote - 1], '"')
                at = quote + 1
                continue
            if self.text.startswith('"', quote + 1):
                if (
                    self.more > more
                    and self._opens(quote, delimiter)
                    and self._ends(quote + 2, delimiter) >= 0
                ):
                    self.problem = "a quote that is not closed"
                    return
                parts.append(self.text[at : quote + 1])
                at = quote + 2
                continue
            self.end = self._ends(quote + 1, delimiter)
            if self.end >= 0:
                self.cell = "".join((*parts, self.text[at:quote]))
                return
            if self._opens(quote, delimiter):
                self.problem = "a quote that is not closed"
                return
            parts.append(self.text[at : quote + 1])
            at = quote + 1

    def _opens(self, quote: int, delimiter: str) -> bool:
        """Return whether a quote is at the start of another cell."""
        return quote == 0 or self.text[quote - 1] == delimiter

    def _ends(self, at: int, delimiter: str) -> int:
        """Return where a cell ends whose closing quote is just before `at`; -1 if it does not end there."""
        while self.text.startswith(" ", at):
            at += 1
        return at if at == len(self.text) or self.text[at] == delimiter else -1


def _quote_at(text: str, at: int, *, spaced: bool) -> int:
    """Return the position of the opening quote of the cell at `at`; -1 if the cell is not quoted."""
    while spaced and text.startswith(" ", at):
        at += 1
    return at if text.startswith('"', at) else -1


def _alike(one: str, other: str) -> bool:
    """Return whether two first cells look like ids of one kind."""
    if other.isdigit():
        return one.isdigit()
    return " " not in one and 0 < len(one) <= _SHORT


def _first_of(pairs: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the first of the columns that share a name."""
    yield from dict(reversed(list(pairs))).items()


def _values(columns: Columns) -> list[str]:
    return [getattr(columns, name) for name in Columns.__dataclass_fields__]


def _shown(text: str) -> str:
    return f"`{text[:80].encode('latin-1').decode('utf-8', 'replace')}`"
