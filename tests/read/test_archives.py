"""Zip and tar: members are read like files, each on its own, and nothing is extracted."""

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read

STORY = "The harbour reopened on Monday after a week of repairs, the port authority said."
Files = dict[str, bytes]
FILES: Files = {
    "news/a.txt": STORY.encode(),
    "news/b.html": b"<!doctype html><p>" + STORY.encode(),
    "rows.jsonl": b'{"id": "r1", "text": "one"}\n{"id": "r2", "text": "two"}\n',
    "table.csv": b"id,text\nc1,three\n",
    "more.jsonl.gz": gzip.compress(b'{"text": "four"}\n'),
}


def made_zip(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def made_tar(files: Files, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


PACKED = {
    "a.zip": made_zip(FILES),
    "stored.zip": made_zip(FILES, zipfile.ZIP_STORED),
    "a.tar": made_tar(FILES),
    "gnu.tar": made_tar(FILES, tarfile.GNU_FORMAT),
    "old.tar": made_tar(FILES, tarfile.USTAR_FORMAT),
    "a.tar.gz": gzip.compress(made_tar(FILES)),
    "a.tgz": gzip.compress(made_tar(FILES)),
    "a.tar.zst": zstandard.compress(made_tar(FILES)),
    "unnamed": made_zip(FILES),
}


def read_all(
    path: Path, content: bytes, cursor: Cursor | None = None, **limits: Any
) -> list[RawDocument | Reject]:
    path.write_bytes(content)
    return list(read(InputFile(path.name, path), Columns(), Settings(**limits), cursor))


def shown(items: list[RawDocument | Reject]) -> dict[str, str]:
    """Record and content of documents, record and reason of rejects."""
    return {
        item.origin.record: item.reason
        if isinstance(item, Reject)
        else item.content if isinstance(item.content, str) else item.content.decode()
        for item in items
    }  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_members_are_read_like_files(tmp_path: Path, name: str) -> None:
    """Texts, pages and tables; the record is the member's name, and the record inside it."""
    items = read_all(tmp_path / name, PACKED[name])
    assert shown(items) == {
        "news/a.txt": STORY, "news/b.html": f"<!doctype html><p>{STORY}", "rows.jsonl#r1": "one", "rows.jsonl#r2": "two",
        "table.csv#c1": "three", "more.jsonl.gz#1": "four",
    }  # fmt: skip
    assert {item.origin.source for item in items} == {name}
    identities = [item.origin.identity for item in items]
    where = f"record:{tmp_path / name}"
    assert identities[0] == f"{where}#news/a.txt"
    assert identities[2] == f"{where}#rows.jsonl#r1"


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_reading_goes_on_inside_an_archive(tmp_path: Path, name: str) -> None:
    """A run that was killed after three documents gets the other three."""
    whole = read_all(tmp_path / name, PACKED[name])
    cursor = Cursor()
    items = read(InputFile(name, tmp_path / name), Columns(), Settings(), cursor)
    first = [next(items) for _ in range(3)]
    place = cursor.place
    rest = list(read(InputFile(name, tmp_path / name), Columns(), Settings(), Cursor(place)))
    assert first + rest == whole
    assert place.records == 3


def test_names_are_labels(tmp_path: Path) -> None:
    """A path outside the archive is an ordinary record name, and nothing is written."""
    files = {"../../evil.txt": STORY.encode(), "/etc/passwd": STORY.encode(), "a\x1b[31m.txt": STORY.encode()}
    assert set(shown(read_all(tmp_path / "a.tar", made_tar(files)))) == set(files)
    assert set(shown(read_all(tmp_path / "a.zip", made_zip(files)))) == set(files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "a.zip"]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_names_too_long_for_a_header_of_tar(tmp_path: Path, form: int) -> None:
    """GNU puts them in a member before, pax in a header before, the oldest form in two parts; neighbours keep theirs."""
    long, short = f"{'harbour/' * 12}{'a' * 80}.txt", "b.txt"
    found = read_all(tmp_path / "a.tar", made_tar({long: STORY.encode(), short: STORY.encode()}, form))
    assert [item.origin.record for item in found] == [long, short]


def test_names_of_tar_are_in_any_script(tmp_path: Path) -> None:
    """A pax header holds UTF-8, for any space in the header after it."""
    names = ["Гавань/Порт снова открыт.txt", "港口.txt"]
    content = made_tar(dict.fromkeys(names, STORY.encode()), tarfile.PAX_FORMAT)
    assert [item.origin.record for item in read_all(tmp_path / "a.tar", content)] == names


def test_links_and_devices_are_rejected_one_by_one(tmp_path: Path) -> None:
    """The files beside them are read."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (
            ("l", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("p", tarfile.FIFOTYPE),
            ("d", tarfile.CHRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.txt")
        info.size = len(STORY)
        archive.addfile(info, io.BytesIO(STORY.encode()))
    expected = dict.fromkeys("lhpd", "not-a-file") | {"a.txt": STORY}
    assert shown(read_all(tmp_path / "a.tar", out.getvalue())) == expected
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", STORY)
    assert shown(read_all(tmp_path / "a.zip", out.getvalue())) == {"link.txt": "not-a-file", "a.txt": STORY}


def test_folders_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """They are counted by kind."""
    cursor = Cursor()
    files = {"d/": b"", "__MACOSX/._a.txt": b"x", ".DS_Store": b"x", "d/a.txt": STORY.encode()}
    assert shown(read_all(tmp_path / "a.zip", made_zip(files), cursor)) == {"d/a.txt": STORY}
    assert cursor.passed == {"folder": 1, "hidden file": 2}


def test_encrypted_members_are_rejected(tmp_path: Path) -> None:
    """One by one, with the reason."""
    content = bytearray(made_zip({"a.txt": STORY.encode(), "b.txt": STORY.encode()}))
    content[6] |= 1
    found = shown(read_all(tmp_path / "a.zip", bytes(content)))
    assert found == {"a.txt": "encrypted", "b.txt": STORY}


def test_archives_inside_one_another(tmp_path: Path) -> None:
    """Two are read, a third is not."""
    one = made_zip({"a.txt": STORY.encode()})
    two = made_tar({"one.zip": one})
    assert shown(read_all(tmp_path / "a.tar", two)) == {"one.zip#a.txt": STORY}
    found = read_all(tmp_path / "b.zip", made_zip({"two.tar": two}))
    assert shown(found) == {"two.tar#one.zip": "too-deep"}


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_bombs(tmp_path: Path, name: str) -> None:
    """A member that expands without end costs itself, and no memory."""
    files = {"bomb.jsonl": bytes(300_000_000), "a.txt": STORY.encode()}
    content = made_zip(files) if name == "a.zip" else gzip.compress(made_tar(files), 1)
    del files
    tracemalloc.start()
    found = shown(read_all(tmp_path / name, content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found["bomb.jsonl"] == "too-large"
    assert peak < 64 << 20
    if name == "a.zip":
        assert found["a.txt"] == STORY


def test_a_header_that_claims_much_takes_no_memory(tmp_path: Path) -> None:
    """A pax header of 300 MB in a small file."""
    info = tarfile.TarInfo("x")
    info.type, info.size = b"x", 300_000_000
    content = zstandard.compress(info.tobuf() + bytes(300_000_000))
    tracemalloc.start()
    found = read_all(tmp_path / "a.tar.zst", content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [item.reason for item in found if isinstance(item, Reject)] == ["too-large"]
    assert peak < 64 << 20


@pytest.mark.parametrize("name", ["a.zip", "stored.zip", "a.tar"])
@pytest.mark.parametrize("cut", [0.3, 0.7, 0.95])
def test_an_archive_that_breaks_off_gives_what_it_has(tmp_path: Path, name: str, cut: float) -> None:
    """The members before the break, and a reject that says where it is."""
    files = {f"{n}.txt": f"{STORY} {n} {'x' * n}".encode() for n in range(40)}
    whole = (
        made_tar(files)
        if name == "a.tar"
        else made_zip(files, zipfile.ZIP_STORED if "stored" in name else zipfile.ZIP_DEFLATED)
    )
    at = whole.index(b"39.txt") if name != "a.tar" else len(whole) - 12_000
    items = read_all(tmp_path / name, whole[: int(at * cut)])
    documents = [item for item in items if isinstance(item, RawDocument)]
    assert len(documents) >= int(40 * cut) - 3
    assert all(files[item.origin.record] == item.content for item in documents)
    assert sum(isinstance(item, Reject) for item in items) <= 1


def test_an_office_document_is_none_of_these(tmp_path: Path) -> None:
    """It is one document that can't be read, not an archive of XML."""
    content = made_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert shown(read_all(tmp_path / "a.docx", content)) == {"": "unknown-format"}
    assert shown(read_all(tmp_path / "unnamed", content)) == {"": "unknown-format"}


def test_a_lying_length_of_a_large_member(tmp_path: Path) -> None:
    """The fields of zip64 are read, or the member ends where its data ends."""
    content = bytearray(made_zip({"a.txt": STORY.encode() * 3, "b.txt": STORY.encode()}))
    struct.pack_into("<I", content, 18, 0xFFFFFFFF)
    assert shown(read_all(tmp_path / "a.zip", bytes(content))) == {"a.txt": STORY * 3, "b.txt": STORY}


def test_a_table_in_an_archive_that_has_no_text_is_a_reject(tmp_path: Path) -> None:
    """As in a folder: the members beside it are read."""
    files = {"meta.json": json.dumps({"crawler": "x", "pages": 3}).encode(), "a.txt": STORY.encode()}
    assert shown(read_all(tmp_path / "a.zip", made_zip(files))) == {
        "meta.json": "no-text-column",
        "a.txt": STORY,
    }


def test_an_archive_without_members_says_so(tmp_path: Path) -> None:
    """And a text that begins with the bytes of one is a text: nothing is read in silence."""
    cursor = Cursor()
    assert not read_all(tmp_path / "a.zip", made_zip({}), cursor)
    assert cursor.notes == ["a.zip: the archive has no members"]
    for name, text in (("a.rss", b"<rss><channel/></rss>"), ("a.txt", STORY.encode())):
        cursor = Cursor()
        assert read_all(tmp_path / name, b"PK\x05\x06" + text, cursor) or cursor.notes
