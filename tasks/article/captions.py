"""Combine caption stretches: marker, words and credit of one picture or film."""

import re
from collections.abc import Iterable

from copydesk.schemas.page import Span
from copydesk.schemas.parts import Caption

_MEDIUM = (
    ("media", re.compile(r"(?i)\bmedia caption")),
    (
        "video",
        re.compile(
            r"(?i)v[i\u00ed]d[e\u00e9]o|\u0432\u0438\u0434\u0435\u043e|\u89c6\u9891|\u52d5\u753b|\u0641\u064a\u062f\u064a\u0648"
        ),
    ),
    ("audio", re.compile(r"(?i)audio|\u0430\u0443\u0434\u0438\u043e")),
)
"""Medium by words of the marker; any other marker belongs to a picture."""
_CREDIT_OPENS = re.compile(
    r"(?i)^(?:image|photo|picture|video|media)?\s*(?:copyright|source|credits?|photograph(?:er)?|photo|by)\s*[:,]?\s*"
)


def captions_of(spans: Iterable[Span]) -> list[Caption]:
    """Return captions in the order of the page, each with `medium`, `text` and `credit`.

    Marker, words and credit belong together if they are in the same block or in consecutive blocks. Words
    after words, or a credit after a credit, begin the next caption.
    """
    out: list[Caption] = []
    now = {"medium": "", "text": "", "credit": ""}
    block = -2
    for span in spans:
        if span.label != "caption":
            continue
        slot = {"credit": "credit", "end": "credit", "marker": ""}.get(span.part, "text")
        if span.block > block + 1 or (slot and now[slot]) or (not slot and now["text"]):
            _close(now, out)
            now = {"medium": "", "text": "", "credit": ""}
        block = span.block
        if slot:
            now[slot] = _CREDIT_OPENS.sub("", span.text, count=1) if slot == "credit" else span.text
        now["medium"] = _medium(span) or now["medium"]
    _close(now, out)
    return out


def _medium(span: Span) -> str:
    if span.media or span.part != "marker":
        return span.media
    return next((name for name, marker in _MEDIUM if marker.search(span.text)), "image")


def _close(found: dict[str, str], out: list[Caption]) -> None:
    if found["text"] or found["credit"]:
        out.append(Caption(**found))
