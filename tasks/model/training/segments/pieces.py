"""Training documents as pieces of text with their known labels."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from copydesk.schemas.labels import BODY, FIELDS, FURNITURE
from copydesk.tasks.article import language_of
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.segments import cuts

Array = np.ndarray[Any, Any]

WORD: Final = re.compile(r"\w+")

SETS: Final = {
    **{label: frozenset({label}) for label in LABELS},
    "body": BODY,
    "field": FIELDS - {"caption"},
    "furniture": frozenset(FURNITURE),
    "not_body": FIELDS | frozenset(FURNITURE),
    "unknown": frozenset(LABELS),
}
"""The possible knowledge about a piece: its label, or a set of labels that contains its label."""
CODES: Final = {name: n for n, name in enumerate(SETS)}
UNKNOWN: Final = CODES["unknown"]
MASKS: Final = np.array([[label in labels for label in LABELS] for labels in SETS.values()], np.float32)
"""float32 [SETS, LABELS]"""


class Piece(NamedTuple):
    """A stretch of text of one kind."""

    text: str
    known: str
    """A name in SETS."""
    before: str = ""
    """The text between it and the piece before: a line feed, a space, or nothing."""


class Draft(NamedTuple):
    """A training document."""

    name: str
    group: str
    """Its collection or publisher: the unit that is held out together."""
    language: str
    source: str
    """The source of its labels: texts, pages, bodies, pool."""
    pieces: tuple[Piece, ...]
    title: str = ""
    weight: float = 1.0


class Laid(NamedTuple):
    """A document as lines, and a code of SETS for each character of them."""

    lines: list[str]
    codes: list[Array]


def lay(pieces: Sequence[Piece]) -> Laid:
    """Write pieces one after the other, and trim and cut the result into lines."""
    text = "".join(piece.before + piece.text for piece in pieces)
    codes = np.empty(len(text), np.uint8)
    at = 0
    for piece in pieces:
        end = at + len(piece.before) + len(piece.text)
        codes[at:end] = CODES[piece.known]
        at = end
    lines, found, at = [], [], 0
    for line in text.split("\n"):
        body = line.strip()
        if body:
            start = at + line.index(body[0])
            lines.append(body)
            found.append(codes[start : start + len(body)])
        at += len(line) + 1
    return Laid(lines, found)


def labelled_texts(path: Path) -> Iterator[Draft]:
    """Read the labelled texts of a file, except those of the split `check` and those that are not articles."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("split") == "check" or not row.get("lines"):
                continue
            if str(row.get("note") or "").startswith("not an article"):
                continue
            group = row["source_repo"].split("/")[-1]
            yield Draft(
                row["id"],
                group,
                row.get("language") or "",
                "texts",
                tuple(_pieces(row)),
                row.get("title_meta") or "",
            )


def _pieces(row: dict[str, Any]) -> Iterator[Piece]:
    labelled = {line["i"]: line for line in row["lines"]}
    before = ""
    for number, raw in enumerate(row["text"].split("\n")):
        line = labelled.get(number)
        if line is None:
            before += "\n" if number else ""
            continue
        before = "\n" + before if number else ""
        label = "unknown" if line.get("embed") else line["label"]
        last = 0
        for span in line.get("spans") or [{"start": 0, "end": len(raw), "label": label}]:
            for start, end, known in (
                (last, span["start"], label),
                (span["start"], span["end"], span["label"]),
            ):
                if raw[start:end].strip():
                    yield Piece(raw[start:end], known if label != "unknown" else label, before)
                    before = ""
            last = max(last, span["end"])
        if raw[last:].strip():
            yield Piece(raw[last:], label, before)
            before = ""


def with_language(draft: Draft) -> Draft:
    """Return the draft with its language, detected if it is unknown."""
    if draft.language:
        return draft
    return draft._replace(language=language_of(" ".join(piece.text for piece in draft.pieces))[0])


@lru_cache(maxsize=1 << 18)
def sentences(text: str) -> tuple[str, ...]:
    """Cut a text without line feeds where segments begin."""
    return tuple(text[a:b] for a, b in pairwise([0, *cuts(text), len(text)]) if text[a:b].strip())


def flattened(draft: Draft, chance: random.Random) -> Draft:
    """Return the document with its line feeds replaced as scrapers do: mostly by a space, by nothing, or not."""
    style = chance.random()
    if style < 0.45:
        return draft
    with_ = " " if style < 0.85 else "" if style < 0.93 else "  "
    pieces = tuple(
        piece._replace(
            text=re.sub(r"\s*\n\s*", with_, piece.text), before=re.sub(r"\s*\n\s*", with_, piece.before)
        )
        for piece in draft.pieces
    )
    return draft._replace(pieces=pieces)
