"""CSV in practice: an open quote costs one row, and lines before the header are understood."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read

FIELD = Path(__file__).parents[1] / "field/81-csv"
Found = list[RawDocument | Reject]


def rows(tmp_path: Path, content: str | bytes, columns: Columns = Columns(), **limits: Any) -> Found:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(InputFile("t.csv", path), columns, Settings(**limits)))


def shown(found: Found) -> list[str]:
    return [
        item.content.decode() if isinstance(item.content, bytes) and isinstance(item, RawDocument) else f"reject {item.origin.record}"
        for item in found
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["r-unclosed-300.csv", "s-unclosed-300-quoted.csv"])
def test_an_open_quote_costs_one_row(name: str) -> None:
    """299 of 300 rows are documents; the reject names the line and what was found."""
    found = list(read(InputFile(name, FIELD / name), Columns(), Settings()))
    (bad,) = [item for item in found if isinstance(item, Reject)]
    assert (len(found), bad.origin.record, bad.reason) == (300, "11", "bad-row")
    assert "line 11: found a quote that is not closed; expected 3 cells" in bad.detail
    assert bad.content.startswith(b'10,Story 10,"Report 10')


CASES = {
    "at the end of the file": ('1,"one"\n2,"two\n', ["one", "reject 3"]),
    "twice": ('1,"one\n2,"two\n3,"three"\n', ["reject 2", "reject 3", "three"]),
    "before a cell that is quoted well": ('1,"one\n2,"two"\n', ["reject 2", "two"]),
    "over some lines": ('1,"one\nmore of one\n\nand more\n2,two\n', ["reject 2", "two"]),
    "many lines, closed": ('1,"one\n\nmore, of one"\n2,two\n', ["one\n\nmore, of one", "two"]),
    "doubled quotes": ('1,"say ""one"""\n2,two\n', ['say "one"', "two"]),
    "quotes that are not doubled": ('1,"say "one" now"\n2,two\n', ['say "one" now', "two"]),
    "quotes that are not doubled, over lines": (
        '1,"say "one" and\nnow"\n2,two\n',
        ['say "one" and\nnow', "two"],
    ),
    "quotes in mid-cell": ('1,a 12" pipe\n2,two\n', ['a 12" pipe', "two"]),
    "backslashes": ('1,"say \\"one\\", now"\n2,two\n', ['say "one", now', "two"]),
    "blanks before quotes": ('1, "one, more"\n2, "two"\n', ["one, more", "two"]),
    "blanks behind quotes": ('1,"one" \n2,two\n', ["one", "two"]),
    "too many cells": ("1,one,more\n2,two\n", ["reject 2", "two"]),
    "too few cells": ("1\n2,two\n", ["reject 2", "two"]),
    "NULs": ("1,o\0ne\n2,two\n", ["o\0ne", "two"]),
    "CR LF": ('1,"one\r\nmore"\r\n2,two\r\n', ["one\nmore", "two"]),
    "blank lines": ("\n1,one\n\n2,two\n", ["one", "two"]),
}


@pytest.mark.parametrize("case", CASES)
def test_quotes_and_cells(tmp_path: Path, case: str) -> None:
    """Readable rows are read. An unreadable row costs only itself."""
    content, expected = CASES[case]
    assert shown(rows(tmp_path, "id,text\n" + content, Columns(id="-"))) == expected


HEADERS = {
    "sep=": "sep=;\nid;text\n1;one, two\n",
    "sep= in quotes": '"sep=;"\r\nid;text\r\n1;one, two\r\n',
    "a comment": "# exported 2024, by x, y\nid;text\n1;one, two\n",
    "a title": "Export of May\n\nid;text\n1;one, two\n",
    "a header behind a #": "#id;text\n1;one, two\n",
    "CR only": "id;text\r1;one, two\r",
    "a byte order mark": "\ufeffid;text\n1;one, two\n",
    "more commas than semicolons": "id;title, long, or not;text\n1;t;one, two\n",
    "bars": "id|text\n1|one, two\n",
    "one column": "text\none, two\n",
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers_and_delimiters(tmp_path: Path, case: str) -> None:
    """Comments, titles and the note that spreadsheets put first; the delimiter that makes columns of the header."""
    assert shown(rows(tmp_path, HEADERS[case])) == ["one, two"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_and_without_a_mark(tmp_path: Path, codec: str) -> None:
    """Known by its NULs."""
    assert shown(rows(tmp_path, "id,text\n1,Größe\n".encode(codec))) == ["Größe"]


def test_a_row_of_data_is_no_header(tmp_path: Path) -> None:
    """One of its cells may have the name of a column."""
    with pytest.raises(UsageError, match="its columns: kop, verhaal"):
        rows(tmp_path, "kop,verhaal\nnews,text\n")


def test_what_stands_before_the_header_is_said(tmp_path: Path) -> None:
    """A table without rows has no documents."""
    path = tmp_path / "t.csv"
    path.write_text("# made by hand\nid,text\n")
    cursor = Cursor()
    assert list(read(InputFile("t.csv", path), Columns(), Settings(), cursor)) == []
    assert cursor.notes[0] == "t.csv: skipped before the header: `# made by hand`"


@pytest.mark.parametrize(
    "line", ['1,"open\n', '"a\n', '1,"a""\n', '1,x "y" z\n', '1,"a"b"c"\n', ' "\n', '"",""\n', 'x\\"\n']
)
def test_time_is_linear_in_open_quotes(tmp_path: Path, line: str) -> None:
    """Twice as many lines take about twice as long, for any open quote."""
    spent = []
    for count in (4_000, 16_000):
        content = "id,text\n" + line * count
        begin = time.process_time()
        found = rows(tmp_path, content)
        spent.append(time.process_time() - begin)
        assert found
    assert spent[1] < 10 * spent[0] + 0.5


def test_html_in_a_column_of_texts(tmp_path: Path) -> None:
    """Is HTML where it plainly is, and the run says so."""
    path = tmp_path / "t.jsonl"
    cells = ["<p>Hello <b>world</b>.</p><p>More.</p>", "Write <b> for bold.", "&lt;p&gt;One.&lt;/p&gt;"]
    path.write_text("".join(json.dumps({"text": cell}) + "\n" for cell in cells))
    cursor = Cursor()
    found = list(read(InputFile("t.jsonl", path), Columns(), Settings(), cursor))
    assert [item.format for item in found if isinstance(item, RawDocument)] == ["html", "text", "html"]
    assert found[2].content == "<p>One.</p>"
    assert "t.jsonl: 2 of 3 texts in column `text` are HTML, and were read as HTML" in cursor.notes


def test_a_line_over_the_limit_is_rejected_by_its_number_and_its_neighbours_stay(tmp_path: Path) -> None:
    """It is passed over without being held, so it has no content to replay; the reject says how long it is."""
    content = f"id,text\n1,before\n2,{'x' * 3000}\n3,behind\n"
    found = rows(tmp_path, content, max_line_bytes=1000)
    assert [item.content for item in found if isinstance(item, RawDocument)] == [b"before", b"behind"]
    (reject,) = [item for item in found if isinstance(item, Reject)]
    assert (reject.reason, reject.origin.record, reject.content) == ("too-large", "3", b"")
    assert "t.csv line 3 (byte 17) has 3,002 bytes; at most 1,000 are taken" in reject.detail
