"""WARC: which records are documents, messages about damaged ones, and that their neighbours are read."""

import gzip
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from warc_kit import PAGE, STORY, Rec, archive, deflated, pages, record
from warcio.archiveiterator import ArchiveIterator

from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read, resume

Found = list[RawDocument | Reject]


def read_file(path: Path, cursor: Cursor | None = None, **limits: Any) -> Found:
    return list(read(InputFile(path.name, path), Columns(), Settings(**limits), cursor))


def read_bytes(tmp_path: Path, content: bytes, name: str = "a.warc", **limits: Any) -> Found:
    path = tmp_path / name
    path.write_bytes(content)
    return read_file(path, **limits)


def keys(found: Found) -> list[str]:
    return [item.origin.record.removeprefix("urn:uuid:") for item in found if isinstance(item, RawDocument)]


def reasons(found: Found) -> list[str]:
    for item in found:
        if isinstance(item, Reject):
            assert item.stage == "read"
            assert "a.warc" in item.detail, "a reject names the file"
    return [item.reason for item in found if isinstance(item, Reject)]


def one(tmp_path: Path, rec: Rec, **limits: Any) -> RawDocument | Reject:
    (found,) = read_bytes(tmp_path, record(rec), **limits)
    return found


def document(tmp_path: Path, rec: Rec) -> RawDocument:
    found = one(tmp_path, rec)
    assert isinstance(found, RawDocument), found
    return found


class TestWhatIsADocument:
    def test_a_page_says_where_and_when_it_was_fetched(self, tmp_path: Path) -> None:
        """The record's id, the address, the time, and the charset of the HTTP header."""
        found = document(tmp_path, Rec("a1", media="text/html; charset=iso-8859-1"))
        assert (found.content, found.format) == (PAGE, "html")
        assert found.origin.record == "urn:uuid:a1"
        assert found.origin.identity == f"record:{tmp_path}/a.warc#urn:uuid:a1"
        assert found.origin.url == "https://example.org/a1"
        assert found.origin.fetched_at == datetime(2016, 6, 14, 10, 20, 30, tzinfo=UTC)
        assert found.origin.http_charset == "iso-8859-1"
        assert found.origin.flag == ""

    @pytest.mark.parametrize(
        "media", ["text/html;charset=windows-1251", "text/html; Charset = 'WINDOWS-1251'"]
    )
    def test_the_charset_of_the_header_decides(self, tmp_path: Path, media: str) -> None:
        """It decides if neither the page nor its bytes give a charset; it may be quoted."""
        body = "<!doctype html><p>Порт снова открыт</p>".encode("cp1251")
        decoded = decode(document(tmp_path, Rec("x", body, media=media)), Settings())
        assert ("Порт" in decoded.text, decoded.evidence) == (True, "http")

    @pytest.mark.parametrize(
        ("rec", "format"),
        [
            (Rec("x", media="application/xhtml+xml"), "html"),
            (Rec("x", media="TEXT/HTML"), "html"),
            (Rec("x", STORY.encode(), media="text/plain"), "text"),
            (Rec("x", media="text/plain"), "html"),  # as it is with files
            (Rec("x", media=""), "html"),
            (Rec("x", media="application/xml"), "html"),
            (Rec("x", status="203 Non-Authoritative Information"), "html"),
            (Rec("x", status="", kind="resource", media="text/html"), "html"),
            (Rec("x", STORY.encode(), status="", kind="conversion", media="text/plain"), "text"),
        ],
        ids=str,
    )
    def test_these_are(self, tmp_path: Path, rec: Rec, format: str) -> None:
        """Pages and texts, by media type or by how they begin."""
        assert document(tmp_path, rec).format == format

    @pytest.mark.parametrize(
        ("rec", "passed"),
        [
            (Rec("x", b"", "301 Moved"), "status 301"),
            (Rec("x", status="404 Not Found"), "status 404"),
            (Rec("x", b"\x89PNG", media="image/png"), "image/png"),
            (Rec("x", b"{}", media="application/json"), "application/json"),
            (Rec("x", b"\0\1\2", media=""), "no media type"),
            (Rec("x", b"<rss/>", media="text/xml"), "text/xml"),
            (Rec("x", b"User-agent: *", media="text/plain", url="https://e.org/robots.txt"), "robots.txt"),
            (
                Rec("x", b"log", status="", kind="resource", media="text/plain", url="urn:x:log"),
                "resource of urn:",
            ),
            (Rec("x", b"1.2.3.4", status="", media="text/dns", url="dns:e.org"), "response of dns:"),
            (Rec("x", b"", status="GET / HTTP/1.1", kind="request"), "request"),
            (
                Rec("x", b"software: x", status="", kind="warcinfo", media="application/warc-fields"),
                "warcinfo",
            ),
            (Rec("x", b"a: b", status="", kind="metadata", media="application/warc-fields"), "metadata"),
            (Rec("x", b"", kind="revisit"), "revisit"),
        ],
        ids=str,
    )
    def test_these_are_not_and_are_counted(self, tmp_path: Path, rec: Rec, passed: str) -> None:
        """A skipped record is neither a document nor a reject."""
        path = tmp_path / "a.warc"
        path.write_bytes(archive([*pages(0, 1), rec, *pages(1, 2)]))
        cursor = Cursor()
        assert keys(read_file(path, cursor)) == ["000", "001"]
        assert cursor.passed == {passed: 1}

    @pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.wet.gz", "a.warc.bin", "a.warc.txt"])
    @pytest.mark.parametrize("pack", ["members", "whole", "zstd", "plain"])
    def test_content_and_name_tell_an_archive(self, tmp_path: Path, name: str, pack: str) -> None:
        """Compressed record by record, as a whole, or not at all; under any name."""
        content = archive(pages(0, 5), gzip=pack == "members")
        packers: dict[str, Callable[[bytes], bytes]] = {"whole": gzip.compress, "zstd": zstandard.compress}
        pack_up = packers.get(pack, bytes)
        assert len(keys(read_bytes(tmp_path, pack_up(content), name))) == 5


class TestTransfer:
    """The transfer encodings of a body, and their remains after crawlers."""

    @pytest.mark.parametrize(
        ("coding", "body"),
        [
            ("gzip", gzip.compress(PAGE)),
            ("x-gzip", gzip.compress(PAGE)),
            ("deflate", deflated(PAGE, 15)),
            ("deflate", deflated(PAGE, -15)),
            ("br", brotli.compress(PAGE)),
            ("zstd", zstandard.compress(PAGE)),
            ("gzip, br", brotli.compress(gzip.compress(PAGE))),
            ("gzip", PAGE),
            ("deflate", PAGE),
            ("br", PAGE),
            ("zstd", PAGE),
            ("identity", PAGE),
            ("UTF-8", PAGE),
        ],
    )
    def test_compression_is_undone_where_it_is_there(self, tmp_path: Path, coding: str, body: bytes) -> None:
        """Many crawlers store the body decoded and the headers as they were."""
        found = document(tmp_path, Rec("x", body, http=(("Content-Encoding", coding),)))
        assert (found.content, found.origin.flag) == (PAGE, "")

    @pytest.mark.parametrize(
        ("body", "content", "flag"),
        [
            (b"6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\n\r\n", b"hello world", ""),
            (b"6\nhello \n5\nworld\n0\n\n", b"hello world", ""),
            (b"6\r\nhello \r\n5\r\nworld\r\n", b"hello world", "truncated"),
            (b"6\r\nhello \r\n5\r\nwor", b"hello wor", "truncated"),
            (b"hello world", b"hello world", ""),
        ],
    )
    def test_chunks_are_put_together(self, tmp_path: Path, body: bytes, content: bytes, flag: str) -> None:
        """The body before a broken connection is used, and flagged."""
        rec = Rec("x", body, media="text/plain", http=(("Transfer-Encoding", "chunked"),))
        found = document(tmp_path, rec)
        assert (found.content, found.origin.flag) == (content, flag)

    def test_chunks_and_compression(self, tmp_path: Path) -> None:
        """They are undone in the reverse order."""
        packed = gzip.compress(PAGE)
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
        http = (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"))
        assert document(tmp_path, Rec("x", body, http=http)).content == PAGE

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br"])
    def test_a_body_that_breaks_off_is_taken_as_far_as_it_goes(self, tmp_path: Path, coding: str) -> None:
        """The archive is whole; the server was not."""
        text = " ".join(f"word{n * n}" for n in range(20_000)).encode()
        pack = {
            "gzip": gzip.compress,
            "deflate": lambda t: deflated(t, 15),
            "zstd": zstandard.compress,
            "br": brotli.compress,
        }
        body = pack[coding](text)
        found = document(
            tmp_path,
            Rec("x", body[: len(body) // 2], media="text/plain", http=(("Content-Encoding", coding),)),
        )
        assert text.startswith(found.content)  # type: ignore[arg-type]
        if coding == "gzip":
            assert len(found.content) > 10_000
        assert found.origin.flag == "truncated"

    def test_a_crawler_that_stopped_says_so(self, tmp_path: Path) -> None:
        """Common Crawl cuts pages at a mebibyte."""
        assert document(tmp_path, Rec("x", warc=(("WARC-Truncated", "length"),))).origin.flag == "truncated"

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, brotli.compress])
    def test_a_bomb_is_rejected_in_memory_that_stays_flat(
        self, tmp_path: Path, pack: Callable[[bytes], bytes]
    ) -> None:
        """32 MiB in a few hundred bytes; its neighbours come through."""
        coding = {gzip.compress: "gzip", zstandard.compress: "zstd", brotli.compress: "br"}[pack]
        bomb = Rec("bomb", pack(bytes(1 << 25)), http=(("Content-Encoding", coding),))
        content = archive([*pages(0, 1), bomb, *pages(1, 2)])
        tracemalloc.start()
        found = read_bytes(tmp_path, content, max_document_bytes=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (keys(found), reasons(found)) == (["000", "001"], ["too-large"])
        assert peak < 16 << 20

    def test_a_damaged_body_is_rejected(self, tmp_path: Path) -> None:
        """Its content is unknown."""
        body = bytearray(gzip.compress(PAGE * 20))
        body[30] ^= 255
        found = one(tmp_path, Rec("x", bytes(body), http=(("Content-Encoding", "gzip"),)))
        assert isinstance(found, Reject)
        assert found.reason == "damaged"


class TestDamage:
    """A damaged record is a reject that says where it is; all others come through."""

    MIDDLE = Rec("mid", PAGE.replace(b"Monday", b"Tuesday"))

    def around(self, tmp_path: Path, middle: bytes) -> Found:
        return read_bytes(tmp_path, archive(pages(0, 2)) + middle + archive(pages(2, 4)))

    @pytest.mark.parametrize("change", [-200, -40, -1, 1, 3, 7, 40, 400, 10_000])
    def test_a_wrong_length_costs_one_record(self, tmp_path: Path, change: int) -> None:
        """Too short or too long, be it over the next records or over the end of the file."""
        whole = record(self.MIDDLE)
        given = int(whole.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        middle = whole.replace(b"Content-Length: %d" % given, b"Content-Length: %d" % (given + change), 1)
        found = self.around(tmp_path, middle)
        assert keys(found) == ["000", "001", "002", "003"]
        assert reasons(found) in (["bad-record"], ["damaged"])
        (reject,) = (item for item in found if isinstance(item, Reject))
        assert reject.origin.record == "urn:uuid:mid"
        assert reject.origin.url == "https://example.org/mid"
        assert reject.reason == "damaged" or f"{given + change:,}" in reject.detail

    @pytest.mark.parametrize("given", [b"", b"x", b"-5", b"9" * 30])
    def test_a_length_that_is_none_costs_one_record(self, tmp_path: Path, given: bytes) -> None:
        """A huge number does not block the reader either."""
        before, _, after = record(self.MIDDLE).partition(b"Content-Length: ")
        found = self.around(
            tmp_path, before + b"Content-Length: " + given + b"\r\n" + after.partition(b"\r\n")[2]
        )
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["bad-record"])

    @pytest.mark.parametrize(
        "junk",
        [
            b"junk\r\n\r\n",
            b"\0" * 5000,
            b"WARC/1.0\r\n\r\n",
            b"WARC/1.0\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
            b"WARC/",
        ],
        ids=lambda junk: repr(junk[:20]),
    )
    def test_junk_between_records_is_rejected_once(self, tmp_path: Path, junk: bytes) -> None:
        """It costs no record."""
        found = self.around(tmp_path, junk + b"\r\n")
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["bad-record"])

    def test_headers_may_be_odd(self, tmp_path: Path) -> None:
        """Examples are bare line ends, other cases, folded lines, addresses in angle brackets, one line end
        after the block.
        """
        middle = (
            b"WARC/1.1\nwarc-type: RESOURCE\nContent-Length: 4\nWARC-Target-URI: <https://e.org/x>\n"
            b"content-type: text/plain;\n charset=x\nno header\n\ntext\n"
        )
        found = self.around(tmp_path, middle)
        assert reasons(found) == []
        assert found[2].origin.url == "https://e.org/x"
        assert found[2].origin.record.startswith("byte ")

    def test_a_response_that_is_none(self, tmp_path: Path) -> None:
        """Not HTTP at all."""
        middle = record(self.MIDDLE).replace(b"HTTP/1.1 200", b"ICY 9/99 200")
        middle = middle.replace(b"WARC-Block-Digest", b"X-Block-Digest")
        found = self.around(tmp_path, middle)
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["bad-record"])

    def test_a_digest_that_does_not_fit(self, tmp_path: Path) -> None:
        """A page that changed since it was stored."""
        found = self.around(tmp_path, record(self.MIDDLE).replace(b"Tuesday", b"tuesday"))
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["damaged"])

    def test_a_digest_under_the_wrong_name_will_do(self, tmp_path: Path) -> None:
        """Some crawlers give that of the payload as that of the block."""
        found = self.around(tmp_path, record(self.MIDDLE).replace(b"WARC-Payload-Digest", b"X-X"))
        assert len(keys(found)) == 5
        middle = (
            record(self.MIDDLE)
            .replace(b"WARC-Block-Digest", b"X")
            .replace(b"WARC-Payload-Digest", b"WARC-Block-Digest")
        )
        assert len(keys(self.around(tmp_path, middle))) == 5

    def test_what_is_too_large_is_passed_over(self, tmp_path: Path) -> None:
        """A page over the limit is a reject, and an image over it is ignored. Memory stays constant."""
        large = [Rec("page", b"<html>" + bytes(30 << 20)), Rec("image", bytes(30 << 20), media="image/png")]
        content = archive([*pages(0, 2), *large, *pages(2, 4)])
        path = tmp_path / "a.warc"
        path.write_bytes(content)
        del content
        tracemalloc.start()
        found = read_file(path, max_document_bytes=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["too-large"])
        assert peak < 8 << 20

    def test_segments_are_not_put_together(self, tmp_path: Path) -> None:
        """They are rare. If there are any, the run reports them."""
        found = self.around(tmp_path, record(self.MIDDLE._replace(warc=(("WARC-Segment-Number", "1"),))))
        assert reasons(found) == ["bad-record"]

    def test_a_header_without_end_costs_no_memory(self, tmp_path: Path) -> None:
        """64 MiB of one header line in 64 KB of gzip."""
        bomb = gzip.compress(b"WARC/1.0\r\nX: " + b"a" * (1 << 26))
        content = archive(pages(0, 2), gzip=True) + bomb + archive(pages(2, 4), gzip=True)
        tracemalloc.start()
        found = read_bytes(tmp_path, content, "a.warc.gz")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (keys(found), reasons(found)) == (["000", "001", "002", "003"], ["too-large"])
        assert peak < 12 << 20

    def test_a_name_without_an_archive(self, tmp_path: Path) -> None:
        """A file with the name of a WARC may hold something else."""
        for content in (b"words and words\n" * 2000, b"\x5d\x2a\x4d\x18" + bytes(range(256)) * 90):
            assert reasons(read_bytes(tmp_path, content)) == ["bad-record"]

    def test_an_archive_whose_beginning_is_damaged(self, tmp_path: Path) -> None:
        """The name tells what it was; gzip in the pages does not mislead."""
        body = Rec("g", gzip.compress(PAGE * 30), http=(("Content-Encoding", "gzip"),))
        content = archive([body, *pages(0, 3)])
        assert keys(read_bytes(tmp_path, b"X" + content[1:])) == ["000", "001", "002"]
        content = archive([body, *pages(0, 3)], gzip=True)
        assert keys(read_bytes(tmp_path, b"X" + content[1:], "a.warc.gz")) == ["000", "001", "002"]

    @pytest.mark.parametrize(
        "content", [b"WARC/1.0", b"WARC/1.0\r\n\r\n", b"WARC/1.0\r\nContent-Length: 5\r\n"]
    )
    def test_next_to_nothing(self, tmp_path: Path, content: bytes) -> None:
        """One reject."""
        assert len(reasons(read_bytes(tmp_path, content))) == 1


PACKED = [record(rec, gzip=True) for rec in pages(0, 4)]
PLAIN = [record(rec) for rec in pages(0, 4)]


@pytest.mark.parametrize("parts", [PACKED, PLAIN], ids=["gz", "plain"])
def test_a_file_cut_at_any_byte_keeps_all_whole_records(tmp_path: Path, parts: list[bytes]) -> None:
    """Nothing is lost before the cut, and a cut within a record is reported."""
    content = b"".join(parts)
    step = 1 if parts is PACKED else 7
    for cut in range(len(parts[0]), len(content), step):
        found = read_bytes(tmp_path, content[:cut])
        whole = sum(sum(map(len, parts[: n + 1])) <= cut for n in range(len(parts)))
        assert keys(found)[:whole] == [f"{n:03}" for n in range(whole)]
        assert len(keys(found)) <= whole + 1
        at_end = sum(map(len, parts[:whole])) == cut
        assert reasons(found) == [] if at_end else set(reasons(found)) <= {"truncated", "bad-record"}
        assert len(found) > whole or at_end


@pytest.mark.parametrize("parts", [PACKED, PLAIN], ids=["gz", "plain"])
def test_a_changed_byte_costs_no_other_record(tmp_path: Path, parts: list[bytes]) -> None:
    """It holds for any position, in gzip or not. The other records are unchanged."""
    content = b"".join(parts)
    sound = {item.origin.record: item.content for item in read_bytes(tmp_path, content)}
    for at in range(0, len(content), 11):
        changed = bytearray(content)
        changed[at] ^= 1 + at % 255
        found = read_bytes(tmp_path, bytes(changed))
        hit = next(n for n in range(4) if at < sum(map(len, parts[: n + 1])))
        assert set(keys(found)) >= {f"{n:03}" for n in range(4)} - {f"{hit:03}"}
        if parts is PACKED:
            assert all(
                sound.get(item.origin.record) == item.content
                for item in found
                if isinstance(item, RawDocument)
            )


@given(
    st.lists(
        st.sampled_from([*PLAIN, b"junk", b"WARC/1.0\r\n", b"\0", PLAIN[0][:300], PLAIN[1][200:]]),
        max_size=12,
    )
)
def test_whatever_is_put_together_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    """Consecutive records are all read."""
    path = tmp_path_factory.getbasetemp() / "a.warc"
    path.write_bytes(
        b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n" + b"".join(parts)
    )
    found = read_file(path)
    if all(part in PLAIN for part in parts):
        assert len(keys(found)) == len(parts)
    reasons(found)


def test_reading_goes_on_at_any_place(tmp_path: Path) -> None:
    """It also continues after damage: no document is repeated or left out."""
    parts = [bytearray(part) for part in PACKED]
    parts[2][40] ^= 255
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(parts) + archive([Rec("i", b"", "301 X"), *pages(4, 6)], gzip=True)[:-20])
    cursor, places = Cursor(), [Cursor().place]
    whole = []
    for item in read(InputFile(path.name, path), Columns(), Settings(), cursor):
        whole.append(item)
        places.append(cursor.place)
    assert reasons(whole) == ["damaged", "truncated"]
    assert places[-1].open == 1
    for number, place in enumerate(places[:-1]):
        resumed = resume(InputFile(path.name, path), place, Settings())
        assert resumed is not None
        assert read_file(path, resumed) == whole[number:]
    path.write_bytes(b"".join(map(bytes, parts)) + archive([Rec("i", b"", "301 X"), *pages(4, 7)], gzip=True))
    resumed = resume(InputFile(path.name, path), places[-1], Settings())
    assert resumed is not None
    assert keys(read_file(path, resumed)) == ["005", "006"]
    changed = bytearray(path.read_bytes())
    changed[60] ^= 1
    path.write_bytes(bytes(changed))
    assert resume(InputFile(path.name, path), places[-1], Settings()) is None


def test_it_finds_what_warcio_finds(tmp_path: Path) -> None:
    """On a sound archive both see the same addresses and bodies."""
    recs = [*pages(0, 20), Rec("g", gzip.compress(PAGE), http=(("Content-Encoding", "gzip"),))]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(archive(recs, gzip=True))
    with path.open("rb") as file:
        theirs = [
            (rec.rec_headers.get_header("WARC-Target-URI"), rec.content_stream().read())
            for rec in ArchiveIterator(file)
        ]
    assert [(item.origin.url, item.content) for item in read_file(path)] == theirs
