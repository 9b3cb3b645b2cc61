"""Reading: files, their order and formats, the documents, and the messages about the rest."""

import gzip
import io
import json
import os
import re
import sys
import tracemalloc
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.schemas.document import Declared, Origin, RawDocument
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import expand, fingerprint
from copydesk.tasks.read.streams import lines

STORY = "The harbour reopened on Monday after a week of repairs, the port authority said.\n"
PAGE = "<!doctype html><html><body><p>" + STORY + "</p></body></html>"
CHECKED = zstandard.ZstdCompressor(write_checksum=True)
"""Compress like the zstd command. Without a checksum a flipped literal can't be detected."""
ROWS = [
    {"id": f"a{n}", "text": f"{STORY} {n}", "url": f"https://example.org/{n}", "publisher": "Ex"}
    for n in range(5)
]


def put(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def jsonl(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def read_all(path: Path, columns: Columns | None = None, **limits: Any) -> list[RawDocument | Reject]:
    return [
        found
        for file in expand([str(path)])
        for found in read(file, columns or Columns(), Settings(**limits))
    ]


def one(path: Path, columns: Columns | None = None, **limits: Any) -> RawDocument | Reject:
    (found,) = read_all(path, columns, **limits)
    return found


def document(path: Path, columns: Columns | None = None) -> RawDocument:
    found = one(path, columns)
    assert isinstance(found, RawDocument), found
    return found


def reject(path: Path, columns: Columns | None = None, **limits: Any) -> Reject:
    found = one(path, columns, **limits)
    assert isinstance(found, Reject), found
    assert found.stage == "read"
    assert path.name in found.detail, "a reject names the file"
    return found


def names(root: Path, *inputs: str) -> list[str]:
    return [os.path.relpath(str(file.path), root) for file in expand([str(root / name) for name in inputs])]


class TestExpand:
    def test_a_folder_is_walked_in_order(self, tmp_path: Path) -> None:
        """The order is that of the names, for any order of the file system. Hidden files are left out."""
        for name in ("b.txt", "a.txt", "sub/z.txt", "sub/.hidden.txt", ".git/config.txt", "sub/a/deep.txt"):
            put(tmp_path / name, STORY)
        assert names(tmp_path, ".") == ["a.txt", "b.txt", "sub/z.txt", "sub/a/deep.txt"]

    def test_a_pattern_is_matched(self, tmp_path: Path) -> None:
        """Also through folders, with `**`."""
        for name in ("b.txt", "a.txt", "c.html", "sub/d.txt"):
            put(tmp_path / name, STORY)
        assert names(tmp_path, "*.txt") == ["a.txt", "b.txt"]
        assert names(tmp_path, "**/*.txt") == ["a.txt", "b.txt", "sub/d.txt"]

    def test_a_file_with_the_signs_of_a_pattern_is_a_file(self, tmp_path: Path) -> None:
        """An existing name is not a pattern."""
        put(tmp_path / "a[1].txt", STORY)
        assert names(tmp_path, "a[1].txt") == ["a[1].txt"]

    def test_what_is_named_twice_is_read_once(self, tmp_path: Path) -> None:
        """By name, in its folder, and by a pattern."""
        put(tmp_path / "a.txt", STORY)
        assert names(tmp_path, "a.txt", ".", "*.txt") == ["a.txt"]

    @pytest.mark.parametrize("name", ["missing.txt", "*.nothing"])
    def test_what_is_not_there_ends_the_run(self, tmp_path: Path, name: str) -> None:
        """A typo must not become an empty data set."""
        with pytest.raises(UsageError, match=name.replace("*", r"\*")):
            list(expand([str(tmp_path / name)]))

    def test_links_out_of_the_folder_are_not_followed(self, tmp_path: Path) -> None:
        """Links inside it are: a link to a file there is another name of it."""
        put(tmp_path / "outside.txt", STORY)
        put(tmp_path / "far/away.txt", STORY)
        put(tmp_path / "in/a.txt", STORY)
        (tmp_path / "in/b.txt").symlink_to(tmp_path / "in/a.txt")
        (tmp_path / "in/out.txt").symlink_to(tmp_path / "outside.txt")
        (tmp_path / "in/folder").symlink_to(tmp_path / "far")
        (tmp_path / "in/loop").symlink_to(tmp_path / "in")
        assert names(tmp_path, "in") == ["in/a.txt", "in/b.txt"]
        assert names(tmp_path, "in/out.txt") == ["in/out.txt"], "what is named is meant"

    def test_a_broken_link_that_is_named_becomes_a_reject(self, tmp_path: Path) -> None:
        """It exists, and can't be read."""
        (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
        assert reject(tmp_path / "gone.txt").reason == "unreadable"

    def test_a_pipe_in_a_folder_does_not_block(self, tmp_path: Path) -> None:
        """A named pipe is read if it is given by name; in a folder it is ignored."""
        os.mkfifo(tmp_path / "pipe")
        (found,) = read_all(tmp_path)
        assert isinstance(found, Reject)
        assert found.reason == "unreadable"


class TestFingerprint:
    def test_it_changes_with_the_file(self, tmp_path: Path) -> None:
        """Size and time of the last change, and the name as given."""
        path = put(tmp_path / "a.txt", STORY)
        before = fingerprint(InputFile(str(path), path))
        assert before == fingerprint(InputFile(str(path), path))
        assert (before.uri, before.size) == (str(path), len(STORY))
        put(path, STORY * 2)
        assert fingerprint(InputFile(str(path), path)) != before

    def test_standard_input_is_never_the_same(self) -> None:
        """The next pipe may bring other content than the last one."""
        assert fingerprint(InputFile("-", None)) != fingerprint(InputFile("-", None))

    def test_a_file_that_is_gone_has_no_size(self, tmp_path: Path) -> None:
        """It is left to `read` to say why."""
        assert fingerprint(InputFile("x", tmp_path / "x")).size == -1


FORMAT_CASES: dict[str, tuple[bytes | str, str]] = {
    "a.txt": (STORY, "text"),
    "a.TXT": (STORY, "text"),
    "a.html": (PAGE, "html"),
    "a.htm": ("plain after all", "html"),
    "a.xhtml": ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "html"),
    "page.txt": (PAGE, "html"),
    "prose.txt": ("<p> is how a paragraph begins in HTML.", "text"),
    "story": (STORY, "text"),
    "story.bak": (PAGE, "html"),
    "piece.unknown": ("<!-- saved --><div><p>Hello</p></div>", "html"),
    "utf16.bak": (PAGE.encode("utf-16"), "html"),
    "utf16": (STORY.encode("utf-16"), "text"),
}


@pytest.mark.parametrize("name", FORMAT_CASES)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst", "unnamed"])
def test_format_by_suffix_and_content(tmp_path: Path, name: str, packed: str) -> None:
    """The suffix decides, the content where it says nothing; compression is looked through."""
    content, expected = FORMAT_CASES[name]
    raw = content.encode() if isinstance(content, str) else content
    stored = {
        "": raw,
        ".gz": gzip.compress(raw),
        ".zst": zstandard.compress(raw),
        "unnamed": gzip.compress(raw),
    }
    path = put(tmp_path / (name + packed.replace("unnamed", "")), stored[packed])
    found = document(path)
    assert (found.format, found.content) == (expected, raw)
    assert found.origin == Origin(str(path), identity=f"file:{path}")


def test_a_file_is_identified_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`source` is as given, `identity` the same from every folder."""
    put(tmp_path / "a.txt", STORY)
    monkeypatch.chdir(tmp_path)
    (file,) = expand(["a.txt"])
    (found,) = read(file, Columns(), Settings())
    assert found.origin == Origin("a.txt", identity=f"file:{tmp_path / 'a.txt'}")


UNREADABLE = {
    "empty.txt": (b"", "empty"),
    "empty.jsonl": (b"", "empty"),
    "picture.bin": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "unknown-format"),
    "data.bak": (bytes(range(256)) * 40, "unknown-format"),
    "sitemap.xml": (b'<?xml version="1.0"?><urlset><url/></urlset>', "unknown-format"),
    "list.json": (b"[1]", "bad-json"),
    "cut.parquet": (b"PAR1 and then nothing", "unreadable"),
    "text.parquet": (b"no Parquet at all", "unreadable"),
    "archive.zip": (b"PK\x03\x04....", "truncated"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_document_is_rejected(tmp_path: Path, name: str) -> None:
    """With a stable reason, and what was found."""
    content, reason = UNREADABLE[name]
    assert reject(put(tmp_path / name, content)).reason == reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_rejected(tmp_path: Path) -> None:
    """The rest of the folder is read."""
    put(tmp_path / "a.txt", STORY).chmod(0)
    put(tmp_path / "b.txt", STORY)
    assert [type(found).__name__ for found in read_all(tmp_path)] == ["Reject", "RawDocument"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_a_document_may_have_ten_mebibytes_and_no_more(tmp_path: Path, pack: object) -> None:
    """Counted after decompression."""
    path = tmp_path / "a.txt"
    put(path, pack(b"x" * 1000))  # type: ignore[operator]
    assert isinstance(one(path, max_document_bytes=1000), RawDocument)
    assert reject(path, max_document_bytes=999).reason == "too-large"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_a_bomb_costs_nothing(tmp_path: Path, pack: object) -> None:
    """200 MB of zeros are refused after a few; the memory stays that of a chunk."""
    path = put(tmp_path / "bomb.jsonl", pack(b"\0" * 200_000_000))  # type: ignore[operator]
    tracemalloc.start()
    found = reject(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.reason == "too-large"
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("pack", [gzip.compress, CHECKED.compress], ids=["gzip", "zstd"])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_what_stands_before_the_damage_comes_through(tmp_path: Path, pack: object, damage: str) -> None:
    """Then a reject says where the stream broke."""
    rows = [{"text": os.urandom(300).hex()} for _ in range(2000)]
    packed = bytearray(pack(jsonl(*rows)))  # type: ignore[operator]
    if damage == "cut":
        del packed[-len(packed) // 4 :]
    else:
        middle = len(packed) * 3 // 4
        packed[middle : middle + 64] = bytes(64)
    *documents, last = read_all(put(tmp_path / "a.jsonl.gz", bytes(packed)))
    assert isinstance(last, Reject)
    assert last.reason == "truncated"
    assert "a.jsonl.gz" in last.detail
    assert "bytes" in last.detail or "byte " in last.detail
    assert len(documents) > 100
    assert [d.content for d in documents if isinstance(d, RawDocument)][:100] == [
        row["text"] for row in rows[:100]
    ]


def test_a_cut_document_is_no_document(tmp_path: Path) -> None:
    """Half an article under the name of the whole would be worse than none."""
    path = put(tmp_path / "a.txt.gz", gzip.compress(os.urandom(5000).hex().encode())[:-2000])
    assert reject(path).reason == "truncated"


def test_members_and_padding_of_gzip(tmp_path: Path) -> None:
    """Files joined by `cat`, and zeros after them, are common."""
    content = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 100
    assert document(put(tmp_path / "a.txt.gz", content)).content == b"one two"


def test_frames_of_zstd(tmp_path: Path) -> None:
    """Likewise."""
    content = zstandard.compress(b"one ") + zstandard.compress(b"two")
    assert document(put(tmp_path / "a.txt.zst", content)).content == b"one two"


class TestStandardInput:
    @pytest.mark.parametrize(
        ("content", "formats"),
        [(STORY.encode(), ["text"]), (PAGE.encode(), ["html"]), (jsonl(*ROWS[:2]), ["text", "text"]),
         (gzip.compress(PAGE.encode()), ["html"]), (b"\n\n" + jsonl(ROWS[0]), ["text"])],
    )  # fmt: skip
    def test_its_format_is_seen(
        self, content: bytes, formats: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """HTML and JSON Lines are recognised by their content; everything else is text."""
        with put(tmp_path / "in", content).open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            found = list(read(InputFile("-", None), Columns(), Settings()))
        assert [d.format for d in found if isinstance(d, RawDocument)] == formats
        assert all(d.origin.identity == "" and d.origin.source == "-" for d in found)

    def test_parquet_comes_through_a_pipe(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """By way of a temporary file."""
        pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t")
        with (tmp_path / "t").open("rb") as file:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file, encoding="latin-1"))
            assert len(list(read(InputFile("-", None), Columns(), Settings()))) == 5


def table(kind: str, folder: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path = folder / f"table.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
        return path
    if kind == "jsonl":
        return put(path, jsonl(*rows))
    keys = list(rows[0])
    body = [keys, *([str(row[key] if row[key] is not None else "") for key in keys] for row in rows)]
    mark = "\t" if kind == "tsv" else ","
    return put(
        path, "".join(mark.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in body)
    )


KINDS = ["parquet", "jsonl", "csv", "tsv"]


def content_of(found: RawDocument | Reject) -> str:
    assert isinstance(found, RawDocument), found
    return found.content if isinstance(found.content, str) else found.content.decode()


@pytest.mark.parametrize("kind", KINDS)
class TestTables:
    def test_columns_become_the_origin(self, kind: str, tmp_path: Path) -> None:
        """The id names the document within its file."""
        rows = [{**row, "title": "T", "when": "2024-03-01T10:00:00+01:00"} for row in ROWS]
        path = table(kind, tmp_path, rows)
        found = read_all(path, Columns("id", "text", "", "url", "publisher", "title", "when"))
        assert [content_of(d) for d in found] == [row["text"] for row in ROWS]
        assert found[3].origin == Origin(
            str(path),
            "a3",
            f"record:{path}#a3",
            "https://example.org/3",
            fetched_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
            declared=Declared(
                title="T", publisher="Ex", columns=(("title", "title"), ("publisher", "publisher"))
            ),
        )

    def test_without_an_id_the_content_is_all_that_identifies(self, kind: str, tmp_path: Path) -> None:
        """The record is the place, which no identity is made of: files are sorted and appended to."""
        found = read_all(table(kind, tmp_path, ROWS), Columns(id="-"))
        assert all(d.origin.identity == "" for d in found)
        numbers = [int(d.origin.record) for d in found]
        assert numbers == sorted(set(numbers))

    def test_usual_names_are_tried(self, kind: str, tmp_path: Path) -> None:
        """Without regard to case."""
        path = table(kind, tmp_path, [{"n": 1, "Content": STORY}])
        assert content_of(one(path)) == STORY

    def test_html_goes_before_text_where_both_are_named(self, kind: str, tmp_path: Path) -> None:
        """The text is used where the page is missing."""
        path = table(kind, tmp_path, [{"html": PAGE, "text": STORY}, {"html": "", "text": STORY}])
        formats = [
            d.format for d in read_all(path, Columns(text="text", html="html")) if isinstance(d, RawDocument)
        ]
        assert formats == ["html", "text"]

    def test_no_usual_name_ends_the_run(self, kind: str, tmp_path: Path) -> None:
        """The message names the columns there are."""
        path = table(kind, tmp_path, [{"kop": "x", "verhaal": "y"}])
        with pytest.raises(UsageError, match=r"--text-column.*kop, verhaal"):
            read_all(path)

    @pytest.mark.parametrize("which", ["id", "text", "html", "url", "publisher", "title", "fetched"])
    def test_a_wrong_name_ends_the_run(self, kind: str, which: str, tmp_path: Path) -> None:
        """The message names the option and the columns there are."""
        path = table(kind, tmp_path, ROWS)
        with pytest.raises(
            UsageError, match=rf"'nope' \(--{which}-column\); its columns: id, text, url, publisher"
        ):
            read_all(path, Columns(**{which: "nope"}))

    def test_cells_without_text_are_rejected_one_by_one(self, kind: str, tmp_path: Path) -> None:
        """Examples are null, empty and blank cells. The rest of the table is read."""
        rows: list[dict[str, object]] = [
            {"id": "a", "text": STORY}, {"id": "b", "text": None}, {"id": "c", "text": ""}, {"id": "d", "text": " \t "},
        ]  # fmt: skip
        first, *rest = read_all(table(kind, tmp_path, rows), Columns(id="id"))
        assert isinstance(first, RawDocument)
        assert [(r.origin.record, r.reason) for r in rest if isinstance(r, Reject)] == [
            ("b", "empty"),
            ("c", "empty"),
            ("d", "empty"),
        ]

    def test_an_id_that_comes_twice_is_the_stores_business(self, kind: str, tmp_path: Path) -> None:
        """Both rows are handed on."""
        rows = [{"id": "a", "text": "one"}, {"id": "a", "text": "two"}]
        assert [content_of(d) for d in read_all(table(kind, tmp_path, rows), Columns(id="id"))] == [
            "one",
            "two",
        ]

    def test_a_missing_id_leaves_the_place(self, kind: str, tmp_path: Path) -> None:
        """Such a row is identified by its content."""
        found = read_all(
            table(kind, tmp_path, [{"id": "a", "text": "x"}, {"id": None, "text": "x"}]), Columns(id="id")
        )
        assert found[0].origin.identity
        assert found[1].origin.identity == ""
        assert found[1].origin.record.isdigit()


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    """JSON and Parquet have them as numbers."""
    path = put(
        tmp_path / "a.jsonl",
        jsonl({"id": 7, "text": "x"}, {"id": True, "text": "x"}, {"id": ["q"], "text": "x"}),
    )
    assert [d.origin.record for d in read_all(path, Columns(id="id"))] == ["7", "2", "3"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("2024-03-01T10:00:00", datetime(2024, 3, 1, 10, tzinfo=UTC)), (1709287200, datetime(2024, 3, 1, 10, tzinfo=UTC)),
     (1709287200000, datetime(2024, 3, 1, 10, tzinfo=UTC)), ("1709287200", datetime(2024, 3, 1, 10, tzinfo=UTC)),
     ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)), ("yesterday", None), (None, None), (1e300, None), ("", None), (True, None)],
)  # fmt: skip
def test_when_a_document_was_fetched(tmp_path: Path, cell: object, expected: datetime | None) -> None:
    """An unreadable value is unknown, and not a reason to reject."""
    path = put(tmp_path / "a.jsonl", jsonl({"text": "x", "at": cell}))
    assert document(path, Columns(fetched="at")).origin.fetched_at == expected


BAD_LINES = {
    "no JSON": (b"{nope", "bad-json", "line 2"),
    "half an object": (b'{"text": "x"', "bad-json", "line 2"),
    "an array": (b'["x"]', "bad-json", "array"),
    "a string": (b'"x"', "bad-json", "string"),
    "a null": (b"null", "bad-json", "null"),
    "nesting": (b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bad-json", "nested|JSON"),
    "no text": (b'{"other": 1}', "empty", "no cell"),
    "a number for text": (b'{"text": 5}', "not-text", "int"),
    "a list for text": (b'{"text": ["x"]}', "not-text", "list"),
    "a line too long": (b'{"text": "' + b"x" * 300_000 + b'"}', "too-large", r"byte 14\).* 300,012 bytes"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_costs_itself_only(tmp_path: Path, name: str) -> None:
    """The lines before and after it are documents; the reject says which line, and what was found."""
    line, reason, said = BAD_LINES[name]
    path = put(tmp_path / "a.jsonl", b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    first, bad, last = read_all(path, max_line_bytes=250_000)
    assert (content_of(first), content_of(last)) == ("a", "b")
    assert isinstance(bad, Reject)
    assert (bad.reason, bad.origin.record) == (reason, "2")
    assert re.search(said, bad.detail)
    assert bad.content in (b"", line)


GOOD_LINES = {
    "NaN beside the text": (b'{"text": "x", "score": NaN}', "x"),
    "a number beyond 64 bits": (b'{"text": "x", "n": 123456789012345678901234567890}', "x"),
    "a lone surrogate": (b'{"text": "x \\ud800"}', "x \ud800"),
    "a surrogate pair": (b'{"text": "x \\ud83d\\ude00"}', "x 😀"),
    "a byte order mark": (b'\xef\xbb\xbf{"text": "x"}', "x"),
    "a carriage return": (b'{"text": "x"}\r', "x"),
    "bytes that are not UTF-8": (b'{"text": "caf\xe9"}', b"caf\xe9"),
    "no newline at the end": (b'{"text": "x"}', "x"),
    "a NUL": (b'{"text": "x\\u0000"}', "x\0"),
}


@pytest.mark.parametrize("name", GOOD_LINES)
def test_lines_that_strict_parsers_refuse(tmp_path: Path, name: str) -> None:
    """The text is complete, so nothing is lost for an unused column."""
    line, expected = GOOD_LINES[name]
    assert document(put(tmp_path / "a.jsonl", line)).content == expected


def test_blank_lines_are_no_documents(tmp_path: Path) -> None:
    """They count as lines."""
    path = put(tmp_path / "a.jsonl", b'\n{"text": "a"}\n\r\n  \n{"text": "b"}\n\n')
    assert [d.origin.record for d in read_all(path)] == ["2", "5"]


class TestCsv:
    def test_cells_may_hold_lines_quotes_and_more(self, tmp_path: Path) -> None:
        """A record is named after the line it begins on."""
        path = put(tmp_path / "a.csv", 'id,text\n1,"two\nlines, ""quoted"""\n2,next\n')
        found = read_all(path, Columns(id="-", text="text"))
        assert [(content_of(d), d.origin.record) for d in found] == [
            ('two\nlines, "quoted"', "2"),
            ("next", "4"),
        ]

    @pytest.mark.parametrize("mark", [";", "\t", "|"])
    def test_other_delimiters(self, tmp_path: Path, mark: str) -> None:
        """Spreadsheets of half of Europe write semicolons."""
        path = put(tmp_path / "a.csv", f"id{mark}text\n1{mark}Hello, world\n")
        assert content_of(one(path)) == "Hello, world"

    @pytest.mark.parametrize("codec", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
    def test_charsets(self, tmp_path: Path, codec: str) -> None:
        """Cells stay bytes until decoding; UTF-16 becomes UTF-8 on the way."""
        path = put(tmp_path / "a.csv", "id,text\n1,Größe\n".encode(codec))
        content = document(path, Columns(id="id")).content
        assert content == "Größe".encode("cp1252" if codec == "cp1252" else "utf-8")

    @pytest.mark.parametrize("row", ["1,2,3", "1"])
    def test_rows_of_another_length_are_rejected(self, tmp_path: Path, row: str) -> None:
        """A delimiter inside a cell that was not quoted shifts all the rest."""
        path = put(tmp_path / "a.csv", f"id,text\na,one\n{row}\nb,two\n")
        first, bad, last = read_all(path)
        assert (content_of(first), content_of(last)) == ("one", "two")
        assert isinstance(bad, Reject)
        assert (bad.reason, bad.origin.record, bad.content) == ("bad-row", "3", row.encode())

    def test_long_cells_are_read(self, tmp_path: Path) -> None:
        """The limit of the csv module (128 KiB) is not ours."""
        path = put(tmp_path / "a.csv", "id,text\n1," + "x" * 1_000_000 + "\n")
        assert len(content_of(one(path))) == 1_000_000

    def test_a_cell_that_never_ends_is_rejected(self, tmp_path: Path) -> None:
        """An open quote takes the rest of the file, up to the limit, and the reject says so."""
        path = put(tmp_path / "a.csv", 'id,text\n1,"' + "lost\n" * 50_000)
        found = read_all(path, max_line_bytes=100_000)
        assert any(isinstance(r, Reject) and r.reason == "bad-row" for r in found)

    def test_old_line_ends(self, tmp_path: Path) -> None:
        """Carriage returns alone, as on the Macintosh of old."""
        assert [content_of(d) for d in read_all(put(tmp_path / "a.csv", "id,text\r1,one\r2,two\r"))] == [
            "one",
            "two",
        ]


class TestParquet:
    def test_binary_columns_are_bytes(self, tmp_path: Path) -> None:
        """As crawlers store pages: the charset is still to be found."""
        pq.write_table(pa.table({"html": pa.array([b"caf\xe9"], pa.binary())}), tmp_path / "a.parquet")
        found = document(tmp_path / "a.parquet")
        assert (found.content, found.format) == (b"caf\xe9", "html")

    def test_a_string_column_that_is_not_utf8_is_bytes(self, tmp_path: Path) -> None:
        """Some writers don't check."""
        bad = pa.Array.from_buffers(
            pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0"), pa.py_buffer(b"caf\xe9")]
        )
        pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
        assert document(tmp_path / "a.parquet").content == b"caf\xe9"

    def test_dictionaries_and_large_strings(self, tmp_path: Path) -> None:
        """The reader does not depend on the encodings of the file."""
        table = pa.table(
            {"text": pa.array(["x", "y"]).dictionary_encode(), "id": pa.array(["1", "2"], pa.large_string())}
        )
        pq.write_table(table, tmp_path / "a.parquet")
        assert [content_of(d) for d in read_all(tmp_path / "a.parquet", Columns(id="id"))] == ["x", "y"]

    def test_a_damaged_file_gives_what_it_has(self, tmp_path: Path) -> None:
        """Row groups before the damage come through."""
        rows = [{"text": os.urandom(2000).hex()} for _ in range(400)]
        pq.write_table(
            pa.Table.from_pylist(rows), tmp_path / "a.parquet", row_group_size=100, compression="zstd"
        )
        raw = bytearray((tmp_path / "a.parquet").read_bytes())
        middle = len(raw) * 3 // 4
        raw[middle : middle + 20_000] = bytes(20_000)
        found = read_all(put(tmp_path / "b.parquet", bytes(raw)))
        assert len(found) == 400, "each row of a damaged group is a reject of its own"
        assert {item.reason for item in found if isinstance(item, Reject)} == {"damaged"}
        assert sum(isinstance(item, RawDocument) for item in found) >= 200

    def test_compressed_as_a_whole(self, tmp_path: Path) -> None:
        """Pointless, and seen."""
        pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t")
        assert (
            len(read_all(put(tmp_path / "a.parquet.gz", gzip.compress((tmp_path / "t").read_bytes())))) == 5
        )


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20), st.integers(1, 60))
def test_lines_are_those_of_split_however_the_chunks_fall(
    content: bytes, cuts: list[int], limit: int
) -> None:
    """Numbers and offsets are those of the file."""
    parts, start = [], 0
    for cut in cuts:
        parts.append(content[start : start + cut])
        start += cut
    parts.append(content[start:])
    found = list(lines(iter(parts), limit))
    expected = content.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert [line.content for line in found] == [line if len(line) <= limit else None for line in expected]
    assert all(content[line.offset : line.offset + line.size] == expected[line.number - 1] for line in found)


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.txt", "a.jsonl", "a.csv", "a.parquet", "a.gz", "a.txt.zst", "a"]),
)
@example(b"\r\0\n", "a.csv")
def test_any_file_ends_in_documents_rejects_or_a_word_to_the_user(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    """No other exception is ever raised."""
    path = put(tmp_path_factory.mktemp("any") / name, content)
    try:
        found = read_all(path)
    except UsageError:
        return
    assert all(isinstance(item, RawDocument | Reject) for item in found)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """60 MB of JSON Lines pass through a few chunks."""
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        for _ in range(60):
            file.write(jsonl({"text": "x" * 10_000}) * 100)
    (source,) = expand([str(path)])
    tracemalloc.start()
    count = sum(1 for _ in read(source, Columns(), Settings()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 6000
    assert peak < 8 * 1024 * 1024
