"""Decode the bytes of a document to its text, with the evidence that decided the charset.

The evidence, in the order in which it is checked:

1. a byte order mark;
2. bytes that show their charset by structure: UTF-16 and UTF-32 by the position of their NULs,
   ISO-2022 and HZ by their escape sequences (both look like valid ASCII to everything below);
3. a declaration: the HTTP header that came with the input, then `<meta>`, then the XML declaration;
4. UTF-8, if the whole document is valid;
5. a statistical detector over the whole document (a first window misses the one `é` at the end);
6. Windows-1252, which decodes everything.

Two corrections apply to what a document declares. A document that is valid UTF-8 from end to end, with
multi-byte sequences, is UTF-8 whatever it declares: text in another charset is not valid UTF-8 by accident,
except for a few double-byte characters. A document that declares UTF-8 and is almost valid (a byte cut in
half, a line pasted in from Windows) stays UTF-8 if nearly all of it decodes. Its stray bytes are read as
Windows-1252 if they are single; others become U+FFFD.
"""

import codecs
import re
from typing import Final

from w3lib.encoding import http_content_type_encoding, read_bom

from copydesk.schemas.document import CharsetEvidence, DecodedText, RawDocument, content_hash
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.settings import Settings
from copydesk.tasks.text import MOST_CONTROLS, binary_kind, charset_of, codec_of

_HEAD: Final = 8192
"""Bytes searched for a declaration. WHATWG prescans 1,024; long comments push some further down."""
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_META: Final = re.compile(rb"<\s*meta[^<>]{1,1000}charset[^<>]{1,200}>?", re.IGNORECASE)
_HZ: Final = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def decode(raw: RawDocument, settings: Settings) -> DecodedText:
    """Decode a document; the module's docstring gives the order of the evidence.

    The text is left as it came: no repair, no change of line ends. Only a byte order mark is removed, because
    it is not text, and lone surrogates become U+FFFD, because they can't be stored. Raises DocumentError:
    `too-large`, `empty`, `not-text`.
    """
    if isinstance(raw.content, str):
        text = raw.content
        try:
            content = text.encode("utf-8")
        except UnicodeEncodeError:
            content = raw.as_bytes()
            text = _without_surrogates(text)
        charset, evidence = "utf-8", "given"  # type: tuple[str, CharsetEvidence]
        _check_size(len(content), settings)
    else:
        content = raw.content
        _check_size(len(content), settings)
        text, codec, evidence = _decode_bytes(content, raw)
        charset = charset_of(codec)
    _check_text(text, content, settings)
    return DecodedText(
        origin=raw.origin,
        format=raw.format,
        text=text,
        charset=charset,
        evidence=evidence,
        version=content_hash(content),
        size=len(content),
    )


def _check_size(size: int, settings: Settings) -> None:
    if size > settings.max_document_bytes:
        raise DocumentError(
            "decode",
            "too-large",
            f"found {size:,} bytes, more than the maximum of {settings.max_document_bytes:,}",
        )


def _check_text(text: str, content: bytes, settings: Settings) -> None:
    if _is_blank(text[:_HEAD]) and _is_blank(text):
        raise DocumentError("decode", "empty", f"found {len(content):,} bytes without a visible character")
    if len(text) > settings.max_document_chars:
        raise DocumentError(
            "decode",
            "too-large",
            f"found {len(text):,} characters, more than the maximum of {settings.max_document_chars:,}",
        )
    # NULs in the text come from NULs in the bytes, which are searched four times as fast.
    nuls = text.strip("\0").count("\0") if b"\0" in content and "\0" in text else 0
    if nuls > MOST_CONTROLS * len(text):
        raise DocumentError(
            "decode", "not-text", f"{nuls:,} of {len(text):,} characters are NUL; expected text or HTML"
        )


def _is_blank(text: str) -> bool:
    return text.isspace() or not text.strip("\0 \t\r\n\f\v\ufeff")


def _decode_bytes(content: bytes, raw: RawDocument) -> tuple[str, str, CharsetEvidence]:
    """Return the text, the codec, and the evidence."""
    marked, mark = read_bom(content)
    if marked and mark:
        codec = codecs.lookup(marked).name
        return content[len(mark) :].decode(codec, "replace"), codec, "bom"
    found = _by_structure(content)
    if found:
        return *found, "detected"
    _refuse_binary(content)
    utf8 = _strict(content, "utf-8")
    for label, evidence in _declared(content, raw):
        codec = codec_of(label)
        text = _as_declared(content, codec, utf8)
        if text is not None:
            return text, codec, evidence
    if utf8 is not None:
        return utf8, "utf-8", "utf-8"
    text = _nearly_utf8(content, errors_allowed=0)
    if text is not None:
        return text, "utf-8", "utf-8"
    detected = _detect(content)
    if detected:
        return *detected, "detected"
    return content.decode("cp1252", "copydesk.c1"), "cp1252", "fallback"


def _by_structure(content: bytes) -> tuple[str, str] | None:
    """Recognise charsets whose bytes would pass for ASCII: by the position of NULs, by escape sequences."""
    if b"\0" in content:
        return _wide(content)
    if content.isascii() and (b"\x1b" in content or b"~{" in content):
        return _escaped(content)
    return None


def _wide(content: bytes) -> tuple[str, str] | None:
    """Decode UTF-32 and UTF-16 without a byte order mark.

    Valid UTF-32 is sufficient proof. In UTF-16 the high byte of Latin characters (at least of spaces, digits
    and line ends) is NUL, so NULs are at one parity and not at the other.
    """
    size = len(content)
    if size % 4 == 0:
        for codec in ("utf-32-le", "utf-32-be"):
            text = _strict(content, codec)
            if text is not None and "\0" not in text:
                return text, codec
    even, odd = content[0::2].count(0), content[1::2].count(0)
    if max(even, odd) < 0.02 * (size // 2) or max(even, odd) < 8 * min(even, odd):
        return None
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = _strict(content[: size - size % 2], codec)
    if text is None or not _plausible(text):
        return None
    return text + "\ufffd" * (size % 2), codec


def _plausible(text: str) -> bool:
    """Return whether nearly all characters are printable.

    Binary data read as UTF-16 has many unassigned ones.
    """
    visible = sum(map(str.isprintable, text)) + sum(map(str.isspace, text))
    return visible > 0.95 * len(text)


def _escaped(content: bytes) -> tuple[str, str] | None:
    candidates = []
    if b"\x1b$)C" in content:
        candidates = ["iso2022_kr"]
    elif b"\x1b$" in content or b"\x1b(J" in content or b"\x1b(I" in content:
        candidates = ["iso2022_jp_ext", "iso2022_jp_2"]
    elif _HZ.search(content):
        candidates = ["hz"]
    for codec in candidates:
        text = _strict(content, codec)
        if text is not None and not text.isascii():
            return text, codec
    return None


def _refuse_binary(content: bytes) -> None:
    kind = binary_kind(content)
    if kind:
        raise DocumentError("decode", "not-text", f"found {kind}; expected text or HTML")


def _declared(content: bytes, raw: RawDocument) -> list[tuple[str, CharsetEvidence]]:
    """Return the charset labels that came with the document, strongest first."""
    labels: list[tuple[str, CharsetEvidence]] = []
    http = raw.origin.http_charset
    if http:
        labels.append(((http_content_type_encoding(http) if "=" in http else None) or http, "http"))
    head = content[:_HEAD]
    if raw.format != "html" and not head.lstrip().startswith(b"<?xml"):
        return labels
    # In text files `<meta` is prose. Comments are removed, because they declare nothing.
    head = _COMMENT.sub(b"", head) if b"<!--" in head else head
    xml = _charset_in(head) if b"<?" in head else None
    if raw.format == "html" and (tag := _META.search(head)):
        meta = _charset_in(tag[0], is_html=True, search_entire_document=True)
        if meta:
            # A page in which `<meta` was found as ASCII is not UTF-16 (WHATWG, prescan).
            labels.append(("utf-8" if codec_of(meta).startswith("utf-16") else meta, "meta"))
    if xml:
        labels.append(("utf-8" if codec_of(xml).startswith("utf-16") else xml, "xml"))
    return labels


def _charset_in(head: bytes, **more: bool) -> str | None:
    """Return the charset that a piece of mark-up declares."""
    from bs4.dammit import EncodingDetector  # 0.06 s, and few documents declare a charset that counts

    return EncodingDetector.find_declared_encoding(head, **more)


def _as_declared(content: bytes, codec: str, utf8: str | None) -> str | None:
    """Decode with a declared codec, or return None if the document contradicts it."""
    if not codec:
        return None
    if codec == "utf-8":
        return utf8 if utf8 is not None else _nearly_utf8(content, errors_allowed=1)
    if utf8 is not None and _surely_utf8(content, utf8):
        return None
    return _strict(content, codec, "copydesk.c1" if codec.startswith("cp125") else "strict")


def _surely_utf8(content: bytes, text: str) -> bool:
    """Return whether valid UTF-8 can't be chance: ten bytes of it, or a sequence of three or four.

    Four double-byte characters can be valid UTF-8 by accident (the classic is GBK `联通`).
    """
    extra = len(content) - len(text)
    return extra >= 5 or (extra > 0 and any(map("\u07ff".__lt__, text)))


def _nearly_utf8(content: bytes, errors_allowed: int) -> str | None:
    """Decode text that is UTF-8 except for a few bytes: at most one error in five sequences."""
    text = content.decode("utf-8", "replace")
    errors = text.count("\ufffd") - content.count(b"\xef\xbf\xbd")
    sequences = len(text) - len(text.encode("ascii", "ignore")) - errors
    if errors > max(errors_allowed, sequences // 4):
        return None
    return content.decode("utf-8", "copydesk.stray")


def _detect(content: bytes) -> tuple[str, str] | None:
    """Run the detector on the whole document.

    chardet 7 was right most often among the three detectors measured, by far on re-encoded news it has not
    been tuned to: see tests/benchmarks/bench_charset.py. Linear: 0.1 s for 10 MB.
    """
    import chardet  # few documents need it

    found = chardet.detect(content, max_bytes=len(content), compat_names=False)["encoding"]
    if not found or not codec_of(found):
        return None
    superset, own = codec_of(found), codecs.lookup(found).name
    for codec in (superset, own):
        text = _strict(content, codec)
        if text is not None:
            return text, codec
    return content.decode(superset, "copydesk.c1" if superset.startswith("cp125") else "replace"), superset


def _strict(content: bytes, codec: str, errors: str = "strict") -> str | None:
    try:
        return content.decode(codec, errors)
    except (UnicodeDecodeError, ValueError, OverflowError):
        return None


def _without_surrogates(text: str) -> str:
    """Join surrogate pairs, which a JSON escape may contain; replace lone surrogates."""
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return _SURROGATE.sub("\ufffd", joined)


def _hole(error: UnicodeError) -> tuple[str, int]:
    """Decode the five bytes that Windows-1252 leaves undefined as C1 controls, as every browser does."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Read a single bad byte between ASCII as Windows-1252, and any other as U+FFFD.

    A byte next to other high bytes is the remainder of a sequence. The cost: a lead byte without its
    continuation is shown as a letter, `Ã` for example.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, start, end = error.object, error.start, error.end
    alone = (
        end - start == 1 and (start == 0 or data[start - 1] < 0x80) and end < len(data) and data[end] < 0x80
    )
    return (data[start:end].decode("cp1252", "replace") if alone else "\ufffd"), end


codecs.register_error("copydesk.c1", _hole)
codecs.register_error("copydesk.stray", _stray)
