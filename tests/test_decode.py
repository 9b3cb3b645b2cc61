"""Decode: which evidence wins, what is refused, and that the text comes as it was."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from copydesk.schemas.document import DecodedText, Format, Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.text.charsets import charset_of, codec_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval" / "bad_inputs" / "charset"

FRENCH = (
    "Le préfet a démenti, hier à Orléans, l’idée d’un nouvel arrêté. Où ? « Nulle part », répète-t-il, gêné. "
)
GERMAN = (
    "Die Bürgermeisterin kündigte an, die Straße werde für größere Fahrzeuge gesperrt; Anlieger ärgern sich. "
)
RUSSIAN = (
    "Мэр города заявил во вторник, что новую школу откроют осенью. Жители района ждали этого десять лет. "
)
JAPANESE = (
    "市長は火曜日、新しい学校を秋に開くと発表した。住民は十年間これを待っていたという。カタカナもある。"
)
CHINESE = "市长星期二宣布，新学校将于秋季开学。居民们为此等了十年，他们表示非常高兴。"
KOREAN = "시장은 화요일 새 학교가 가을에 문을 연다고 발표했다. 주민들은 십 년 동안 기다려 왔다."
GREEK = "Ο δήμαρχος ανακοίνωσε την Τρίτη ότι το νέο σχολείο θα ανοίξει το φθινόπωρο, μετά από δέκα χρόνια. "
CZECH = "Starosta v úterý oznámil, že nová škola otevře na podzim. Žáci i učitelé čekali dlouhých deset let. "
HEBREW = "ראש העיר הודיע ביום שלישי כי בית הספר החדש ייפתח בסתיו, אחרי עשר שנים של המתנה. "


def read(content: bytes | str, format: Format = "text", http: str = "", **limits: Any) -> DecodedText:
    return decode(RawDocument(Origin("here", http_charset=http), content, format), Settings(**limits))


def page(charset: str, body: str = FRENCH) -> str:
    return f'<!doctype html><html><head><meta charset="{charset}"><title>x</title></head><body>{body}</body></html>'


EVIDENCE = {
    "UTF-8 mark": (b"\xef\xbb\xbf" + FRENCH.encode(), "", "utf-8", "bom"),
    "UTF-16 mark": (b"\xff\xfe" + FRENCH.encode("utf-16-le"), "", "utf-16le", "bom"),
    "UTF-16 mark, big end first": (b"\xfe\xff" + FRENCH.encode("utf-16-be"), "", "utf-16be", "bom"),
    "UTF-32 mark": (b"\xff\xfe\0\0" + FRENCH.encode("utf-32-le"), "", "utf-32le", "bom"),
    "a mark beats the header": (b"\xef\xbb\xbf" + FRENCH.encode(), "windows-1252", "utf-8", "bom"),
    "UTF-16 by its NULs": (GERMAN.encode("utf-16-le"), "", "utf-16le", "detected"),
    "UTF-16 by its NULs, big end first": (GERMAN.encode("utf-16-be"), "", "utf-16be", "detected"),
    "Japanese UTF-16 by the NULs of its line ends": (
        ("\n".join([JAPANESE] * 4) + "\nNHK 2024").encode("utf-16-le"), "", "utf-16le", "detected"),
    "UTF-32 by its structure": (RUSSIAN.encode("utf-32-be"), "", "utf-32be", "detected"),
    "ISO-2022-JP by its escapes": (JAPANESE.encode("iso2022_jp"), "", "iso-2022-jp", "detected"),
    "ISO-2022-KR by its escapes": (KOREAN.encode("iso2022_kr"), "", "iso-2022-kr", "detected"),
    "HZ by its escapes": (CHINESE.encode("hz"), "", "hz-gb-2312", "detected"),
    "the header": (RUSSIAN.encode("koi8-r"), "KOI8-R", "koi8-r", "http"),
    "the header as a content type": (RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", "windows-1251", "http"),
    "an unknown label is no evidence": (RUSSIAN.encode(), "x-nonsense", "utf-8", "utf-8"),
    "UTF-7 is no evidence": (b"+ADw-b+AD4-", "utf-7", "utf-8", "utf-8"),
    "plain UTF-8": (FRENCH.encode(), "", "utf-8", "utf-8"),
    "UTF-8 under a wrong header": (FRENCH.encode(), "iso-8859-1", "utf-8", "utf-8"),
    "Windows-1252": ((FRENCH * 3).encode("cp1252"), "", "windows-1252", "detected"),
    "Windows-1251": (RUSSIAN.encode("cp1251"), "", "windows-1251", "detected"),
    "KOI8-R": (RUSSIAN.encode("koi8-r"), "", "koi8-r", "detected"),
    "Shift_JIS": (JAPANESE.encode("cp932"), "", "shift_jis", "detected"),
    "EUC-JP": (JAPANESE.encode("euc_jp"), "", "euc-jp", "detected"),
    "GB 18030": (CHINESE.encode("gb18030"), "", "gb18030", "detected"),
    "EUC-KR": (KOREAN.encode("cp949"), "", "euc-kr", "detected"),
    "Windows-1255": (HEBREW.encode("cp1255"), "", "windows-1255", "detected"),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIDENCE)
def test_evidence(name: str) -> None:
    """Each kind of evidence is taken, in the order that the module states."""
    content, http, charset, evidence = EVIDENCE[name]
    decoded = read(content, http=http)
    assert (decoded.charset, decoded.evidence) == (charset, evidence)


@pytest.mark.parametrize(
    ("text", "codec"),
    [(CZECH * 3, "cp1250"), (CZECH * 3, "iso8859-2"), (GREEK, "cp1253"), (GREEK, "iso8859-7"), (RUSSIAN, "iso8859-5"),
     (RUSSIAN, "cp866"), (RUSSIAN, "mac_cyrillic"), (HEBREW, "cp1255"), (GERMAN * 3, "cp1252"), (KOREAN, "cp949"),
     (JAPANESE, "cp932"), (CHINESE, "gb18030")],
)  # fmt: skip
def test_undeclared_text_is_recovered(text: str, codec: str) -> None:
    """The right text matters more than the name of the charset."""
    assert read(text.encode(codec)).text == text


def test_the_meta_element_is_asked_in_pages_only() -> None:
    """In a text file `<meta charset>` is prose about mark-up."""
    content = page("windows-1251", RUSSIAN).encode("cp1251")
    assert read(content, "html").evidence == "meta"
    assert read(content, "text").evidence == "detected"


def test_the_header_goes_before_the_meta_element() -> None:
    """As in browsers."""
    decoded = read(page("iso-8859-1", RUSSIAN).encode("cp1251"), "html", http="windows-1251")
    assert (decoded.charset, decoded.evidence) == ("windows-1251", "http")


def test_an_xml_declaration_counts() -> None:
    """XHTML of the 2000s often has no other declaration."""
    content = (
        '<?xml version="1.0" encoding="windows-1251"?><html><body>' + RUSSIAN + "</body></html>"
    ).encode("cp1251")
    decoded = read(content, "html")
    assert (decoded.charset, decoded.evidence) == ("windows-1251", "xml")


def test_a_declaration_in_a_comment_is_none() -> None:
    """A commented declaration declares nothing."""
    content = ('<!-- <meta charset="koi8-r"> --><html><body>' + RUSSIAN * 2 + "</body></html>").encode(
        "cp1251"
    )
    assert read(content, "html").charset == "windows-1251"


def test_a_declaration_of_utf16_that_could_be_read_is_wrong() -> None:
    """WHATWG: who reads `<meta charset=utf-16>` as ASCII does not read UTF-16."""
    decoded = read(page("utf-16").encode(), "html")
    assert (decoded.charset, decoded.evidence) == ("utf-8", "meta")


def test_one_bad_byte_does_not_cost_a_page_its_charset() -> None:
    """A byte cut in half is U+FFFD, the rest of the page stays what it was."""
    content = page("utf-8", FRENCH * 3).encode().replace("é".encode(), b"\xc3", 1)
    decoded = read(content, "html")
    assert (decoded.charset, decoded.evidence) == ("utf-8", "meta")
    assert decoded.text.count("\ufffd") + decoded.text.count("Ã") == 1
    assert "démenti" in decoded.text


def test_a_line_pasted_from_windows_into_utf8_is_read_as_both() -> None:
    """A single high byte among ASCII is a letter of Windows-1252."""
    content = (FRENCH * 3).encode() + b"It\x92s caf\xe9 time"
    assert read(content).text.endswith("It’s café time")


def test_a_page_that_declares_utf8_and_is_not_is_detected() -> None:
    """A template's declaration over a database in Windows-1251."""
    decoded = read(page("utf-8", RUSSIAN * 2).encode("cp1251"), "html")
    assert (decoded.charset, decoded.evidence) == ("windows-1251", "detected")


def test_double_byte_text_that_is_valid_utf8_by_chance_keeps_its_declaration() -> None:
    """The classic: `联通` in GBK is two valid sequences of UTF-8."""
    decoded = read("联通".encode("gbk"), http="gbk")
    assert (decoded.text, decoded.evidence) == ("联通", "http")


def test_the_whole_document_decides() -> None:
    """The only letter that is not ASCII may be the last."""
    body = b"The council met on Tuesday and agreed. " * 20_000
    assert read(body + "café".encode()).text.endswith("café")
    assert read(
        body + "Das hätte größer sein müssen, sagte Jürgen Köhler über die Straße.".encode("cp1252")
    ).text.endswith("Straße.")


def test_holes_of_windows_1252_decode_as_in_browsers() -> None:
    """Five bytes have no meaning; they become C1 controls rather than end the decoding."""
    assert read(b"caf\xe9 \x81", http="iso-8859-1").text == "café \x81"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("é \ud83d\ude00", "é 😀"),
        ("é \ude00\ud83d", "é \ufffd\ufffd"),
        ("\ud800", "\ufffd"),
    ],
)
def test_text_that_was_text_already(text: str, expected: str) -> None:
    """Pairs of surrogates are joined, halves replaced: nothing downstream can store them."""
    decoded = read(text)
    assert (decoded.text, decoded.charset, decoded.evidence) == (expected, "utf-8", "given")


def test_text_is_left_as_it_came() -> None:
    """Line ends, controls and invisible characters are not this step's business."""
    text = "\n one\r\ntwo\rthree\x85four\u2028 \u00ad\u200b\x07&amp; dÃ©\t"
    assert read(text.encode()).text == text
    assert read(text).text == text


REFUSED: dict[str, tuple[bytes | str, str]] = {
    "nothing": (b"", "empty"),
    "white space": (b" \r\n\t ", "empty"),
    "white space as text": (" \u3000\n", "empty"),
    "a lone mark": (b"\xef\xbb\xbf", "empty"),
    "NULs": (b"\0" * 100, "not-text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "not-text"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n" + b"text " * 100, "not-text"),
    "controls": (bytes(range(1, 32)) * 40, "not-text"),
    "NULs among bytes": (b"ab\0\0\0cd\0\0" * 100, "not-text"),
    "NULs in text": ("ab\0\0\0cd\0\0" * 100, "not-text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(name: str) -> None:
    """The error for binary content names what was found."""
    content, reason = REFUSED[name]
    with pytest.raises(DocumentError) as refusal:
        read(content)
    assert (refusal.value.stage, refusal.value.reason) == ("decode", reason)
    assert "found" in refusal.value.detail or "expected" in refusal.value.detail


def test_limits() -> None:
    """Bytes are limited before decoding, characters after it."""
    with pytest.raises(DocumentError, match="too-large"):
        read(b"x" * 101, max_document_bytes=100)
    with pytest.raises(DocumentError, match="too-large"):
        read("x" * 101, max_document_chars=100)
    assert read(b"x" * 100, max_document_bytes=100, max_document_chars=100).size == 100


def test_the_version_is_the_hash_of_the_content() -> None:
    """Equal bytes have an equal version, for any origin. Text hashes as its UTF-8."""
    assert read("é").version == read("é".encode()).version != read("é".encode("cp1252")).version
    assert len(read(b"x").version) == 32


@pytest.mark.parametrize("padding", [b"", b"\0" * 5000])
def test_padding_of_a_crashed_writer_is_no_reason_to_refuse(padding: bytes) -> None:
    """Text followed by NULs is text."""
    assert read(FRENCH.encode() + padding).text.startswith("Le préfet")


@pytest.mark.parametrize(
    ("label", "codec", "name"),
    [("latin1", "cp1252", "windows-1252"), ("US-ASCII", "cp1252", "windows-1252"), (" utf8 ", "utf-8", "utf-8"),
     ("x-sjis", "cp932", "shift_jis"), ("gb2312", "gb18030", "gb18030"), ("ks_c_5601-1987", "cp949", "euc-kr"),
     ("tis-620", "cp874", "windows-874"), ("iso-8859-9", "cp1254", "windows-1254"), ("macintosh", "mac-roman", "macintosh"),
     ("big5", "big5hkscs", "big5"), ("iso-8859-8-i", "iso8859-8", "iso-8859-8"), ("rot13", "", ""), ("hex", "", ""),
     ("a\0b", "", ""), ("", "", "")],
)  # fmt: skip
def test_labels(label: str, codec: str, name: str) -> None:
    """Labels have the meaning that browsers give them. Codecs that are not charsets are refused."""
    assert codec_of(label) == codec
    if codec:
        assert charset_of(codec) == name


@given(
    st.binary(max_size=400),
    st.sampled_from(["text", "html"]),
    st.sampled_from(["", "utf-8", "shift_jis", "latin1", "utf-16"]),
)
@example(b"\x1b$)C\x0e", "text", "")
def test_any_bytes_become_storable_text_or_a_reason(content: bytes, format: Format, http: str) -> None:
    """No bytes raise anything but DocumentError, and all text can be written as UTF-8."""
    try:
        text = read(content, format, http).text
    except DocumentError as error:
        refusal = error
    else:
        text.encode("utf-8")
        return
    assert refusal.reason in {"empty", "not-text"}


@pytest.mark.parametrize("codec", ["utf-8", "cp1251", "koi8-r", "iso8859-5", "utf-16"])
@hypothesis_settings(max_examples=60, deadline=None)
@given(st.integers(1, 6))
def test_declared_text_comes_back_whole(codec: str, times: int) -> None:
    """A document that says the truth about its charset is decoded to the letter."""
    text = RUSSIAN * times
    assert read(text.encode(codec), http=codec).text == text


@pytest.mark.parametrize(
    "content",
    [
        b"<meta " * 400_000,
        b"<!--" * 500_000,
        b"\x1b$" * 500_000,
        b"~{" * 500_000,
        b"\xe9 " * 500_000,
        b"\xc3" * 1_000_000,
        "é".encode() * 500_000,
    ],
    ids=["meta", "comment", "escapes", "hz", "cp1252", "leads", "utf-8"],
)
def test_time_grows_with_the_document_only(content: bytes) -> None:
    """Twice the bytes take about twice the time."""
    times = []
    for share in (4, 2, 1):
        start = time.process_time()
        read(content[: len(content) // share], "html")
        times.append(time.process_time() - start)
    assert times[2] < 6 * times[0] + 0.2 or times[2] < 3 * times[1] + 0.2, times


@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation folder is not beside the checkout")
def test_the_charset_collection_is_decoded() -> None:
    """Every file of it, which the detectors of bench_charset.py do not manage."""
    from tests.benchmarks.bench_charset import evaluate

    right, seen = evaluate(SHARED, names=["copydesk"])["copydesk"]
    assert seen > 200
    assert right == seen


@pytest.mark.parametrize(
    "label",
    ["unicode_escape", "raw_unicode_escape", "unicode-escape", "idna", "punycode", "utf-7", "hex", "rot13", "rot-13", "base64",
     "zlib", "bz2", "uu", "quopri", "undefined", "charmap", "palmos", "cp037", "unicode_internal"],
)  # fmt: skip
def test_codecs_that_are_no_charsets_are_refused(label: str) -> None:
    """A page that declares one is read as if it declared none, and no part of it is unescaped."""
    page = f'<meta charset="{label}"><p>C:\\news \\u0041 &amp; caf\u00e9</p>'
    decoded = decode(RawDocument(Origin("t", http_charset=label), page.encode(), "html"), Settings())
    assert (decoded.text, decoded.charset) == (page, "utf-8")
