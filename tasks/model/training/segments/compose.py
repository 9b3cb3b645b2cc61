"""Insert furniture and teasers of other publishers into articles, at places where scrapers leave them.

The inserted text comes before, between or after the sentences of the body, glued or not. The body continues
after it unchanged. So the model learns a teaser by its relation to the article, and not by the site.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.tasks.model.training.segments.pieces import WORD, Draft, Piece, sentences
from copydesk.tasks.rules import FAMILIES, load_matrix

_BODY: Final = BODY | {"body"}
SET_IN: Final = (*sorted(FURNITURE), "caption")
"""Labels of inserted text."""


class Bank(NamedTuple):
    """Texts to insert, by language, each with its group."""

    headlines: dict[str, list[tuple[str, str]]]
    leads: dict[str, list[tuple[str, str]]]
    phrases: dict[str, dict[str, list[str]]]
    """Stock phrases by language and label."""
    furniture: dict[str, list[tuple[str, str, str]]]
    """By label, including captions: (text, language, group)."""
    keeps: dict[str, list[str]]
    """Sentences of articles, by language, that contain words of stock phrases."""


def phrases() -> dict[str, dict[str, list[str]]]:
    """Read the stock phrases of news sites: language, label, phrases."""
    out: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for language, families in load_matrix().items():
        for family, cell in families.items():
            if FAMILIES[family] in SET_IN:
                out[language].setdefault(FAMILIES[family], []).extend(
                    (*cell.get("opener", ()), *cell.get("button", ()))
                )
    text = files("copydesk.tasks.model.training.segments").joinpath("phrases.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        language, label, listed = line.split("\t")
        phrases = [phrase.strip() for phrase in listed.split("\u00a6")]
        out[language][label] = 2 * phrases + out[language].get(label, [])
    return dict(out)


def bank(drafts: Iterable[Draft], extra: Iterable[tuple[str, str, str]] = ()) -> Bank:  # noqa: C901 - a case for each source of texts
    """Collect headlines, first sentences and furniture of documents. `extra` are (label, language, text)."""
    headlines: dict[str, list[tuple[str, str]]] = defaultdict(list)
    leads: dict[str, list[tuple[str, str]]] = defaultdict(list)
    furniture: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    captions: set[tuple[str, str, str]] = set()
    for draft in drafts:
        if draft.source == "pages":
            captions |= _captions(draft)
            continue
        titles = {draft.title.strip()} | {p.text.strip() for p in draft.pieces if p.known == "title"}
        for title in titles:
            if 15 <= len(title) <= 160:
                headlines[draft.language].append((title, draft.group))
        lead = next(
            (p.text.strip() for p in draft.pieces if p.known in _BODY and 60 < len(p.text) < 4000), ""
        )
        opening = draft.pieces[0].text.strip() if draft.source == "pool" and draft.pieces[1:] else ""
        if 25 <= len(opening) <= 130 and opening[-1].isalnum() and draft.pieces[1].before:
            headlines[draft.language].append((opening, draft.group))
        first = sentences(lead.split("\n")[0])[:1] if lead else []
        if first and 40 <= len(first[0]) <= 300:
            leads[draft.language].append((first[0].strip(), draft.group))
            if len(draft.language) == 2 and draft.language != "en":
                headlines[draft.language].append((_as_headline(first[0]), draft.group))
        if draft.source == "texts":
            for piece in draft.pieces:
                if piece.known in SET_IN and 1 < len(piece.text.strip()) <= 600:
                    furniture[piece.known].append((piece.text.strip(), draft.language, draft.group))
    furniture["caption"] += sorted(captions)
    for label, language, text in extra:
        if label in SET_IN:
            furniture[label].append((text, language, ""))
    keeps = {
        language: [text for cell in families.values() for text in cell.get("keep", ())]
        for language, families in load_matrix().items()
    }
    return Bank(dict(headlines), dict(leads), phrases(), dict(furniture), keeps)


def _captions(page: Draft) -> set[tuple[str, str, str]]:
    """Return the captions of a page on one line, each with language and group."""
    texts = (piece.text.strip() for piece in page.pieces if piece.known == "caption")
    return {(text, page.language, page.group) for text in texts if 15 < len(text) < 300 and "\n" not in text}


def _as_headline(sentence: str) -> str:
    """Shorten a first sentence to a possible headline, for languages with few: at most eleven words, no stop."""
    words = sentence.split()
    if len(words) < 3:
        return sentence.strip()[:30].rstrip(".\u3002\u06d4\u0964")
    return " ".join(words[:11]).rstrip(".,;:\u3002\u06d4\u0964\u060c ")


def composed(draft: Draft, stock: Bank, chance: random.Random) -> Draft:
    """Return the document with some furniture inserted, now and then with none."""
    pieces = _split(draft.pieces)
    if not any(piece.known in _BODY for piece in pieces):
        return draft
    many_lines = sum("\n" in piece.before for piece in pieces) > 3
    if chance.random() < _LISTS:
        pieces = _with_list(pieces, chance)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        kind = chance.random()
        keeps = stock.keeps.get(draft.language)
        if kind < 0.06 and keeps:
            found = [Piece(chance.choice(keeps), "body", _joint(chance, many_lines))]
        elif kind < 0.2:
            found = _caption(draft, stock, chance, many_lines)
        elif kind < 0.65:
            found = _teasers(draft, stock, chance, many_lines)
        else:
            found = _furniture(draft, stock, chance, many_lines)
        if found:
            pieces = _inserted(pieces, found, chance)
    return draft._replace(pieces=tuple(pieces))


_LISTS: Final = 0.12
"""Share of documents in which some sentences become a list: points without full stops are not always teasers.
"""
_BULLETS: Final = ("\u2022 ", "- ", "\u2022", "* ", "\u25a0 ", "\u25b6 ", "\u2013 ", "")


def _with_list(pieces: list[Piece], chance: random.Random) -> list[Piece]:
    """Turn some sentences of the body into the points of a list, like a summary."""
    at = chance.randrange(len(pieces))
    bullet, joint = chance.choice(_BULLETS), chance.choice(("\n", "\n", " "))
    out = list(pieces)
    for number in range(at, min(len(pieces), at + chance.randint(3, 12))):
        piece = pieces[number]
        if piece.known in _BODY and len(piece.text) < 250:
            before = joint if number else ""
            out[number] = Piece(
                bullet + piece.text.strip().rstrip(".\u3002\u06d4\u0964"), piece.known, before
            )
        elif number and piece.known in _BODY:
            out[number] = piece._replace(before=joint)
    return out


def _split(pieces: Sequence[Piece]) -> list[Piece]:
    """Split the body into sentences, so that text can be inserted between two of them."""
    out: list[Piece] = []
    for piece in pieces:
        if piece.known not in _BODY or len(piece.text) < 80:
            out.append(piece)
            continue
        before = piece.before
        for number, line in enumerate(piece.text.split("\n")):
            if number:
                before += "\n"
            for sentence in sentences(line):
                out.append(Piece(sentence, piece.known, before))
                before = ""
    return out


def _inserted(pieces: list[Piece], found: list[Piece], chance: random.Random) -> list[Piece]:
    """Insert after a sentence of the body, mostly in the middle, often at the end, seldom before the start."""
    ends = [
        n + 1
        for n, piece in enumerate(pieces)
        if piece.known in _BODY
        and piece.text.rstrip()[-1:] in '.!?\u3002\u06d4\u0964\u2026"\u201d\u00bb\u061f)'
    ]
    last = max(n for n, piece in enumerate(pieces) if piece.known in _BODY) + 1
    draw = chance.random()
    if draw < 0.3 or not ends:
        at = last
    elif draw < 0.38:
        at = next(n for n, piece in enumerate(pieces) if piece.known in _BODY)
    else:
        at = chance.choice(ends)
    behind = pieces[at:]
    if behind and not behind[0].before and found[-1].text[-1:].strip():
        # the next text was glued to its sentence, and is now glued to the inserted text
        joint = "\n" if "\n" in found[0].before else chance.choice((" ", " ", ""))
        behind[0] = behind[0]._replace(before=joint)
    head = pieces[:at]
    if not head:
        found[0] = found[0]._replace(before="")
        behind[0] = behind[0]._replace(before=chance.choice(("\n", " ", "")))
    return head + found + behind


def _teasers(draft: Draft, stock: Bank, chance: random.Random, many_lines: bool) -> list[Piece]:
    """Draw headlines of other articles, with or without an opener, now and then with a standfirst."""
    heads = stock.headlines.get(draft.language) or stock.headlines.get("en", [])
    leads = stock.leads.get(draft.language) or []
    if not heads and not leads:
        return []
    joint = _joint(chance, many_lines)
    words = (
        set(WORD.findall(" ".join(p.text for p in draft.pieces).lower())) if chance.random() < 0.5 else set()
    )
    out: list[Piece] = []
    openers = stock.phrases.get(draft.language, stock.phrases["en"]).get("related", [])
    if openers and chance.random() < 0.6:
        opener = chance.choice(openers)
        if chance.random() < 0.15:
            opener = opener.upper()
        out.append(Piece(opener, "related", joint))
    listed = chance.random() < 0.25
    bullet = chance.choice(("", "", "", "- ", "\u2022 ", "> ", "| ", "* ")) if listed else ""
    for number in range(chance.choice((1, 1, 1, 2, 3, 4, 6)) if out or listed else 1):
        pool = leads if leads and (not heads or chance.random() < 0.12) else heads
        text, group = _fitting(pool, words, chance)
        if group == draft.group and text in draft.title:
            continue
        style = chance.random()
        text = text.upper() if style < 0.12 else text
        before = joint if not out else joint if number else chance.choice((": ", " ", joint, "", " | "))
        if before == ": " and out[-1].text[-1:] in ":|\uff1a>":
            before = " "
        out.append(Piece(bullet + text, "related", before))
        if leads and chance.random() < 0.12:
            out.append(Piece(chance.choice(leads)[0], "related", joint))
    return out


def _fitting(pool: Sequence[tuple[str, str]], words: set[str], chance: random.Random) -> tuple[str, str]:
    """Draw a teaser at random.

    If `words` are given, it is the one of a dozen that shares most words with the article, like an editor's
    links.
    """
    if not words:
        return chance.choice(pool)
    drawn = [chance.choice(pool) for _ in range(12)]
    return max(
        drawn, key=lambda item: sum(len(w) > 3 and w in words for w in set(WORD.findall(item[0].lower())))
    )


def _furniture(draft: Draft, stock: Bank, chance: random.Random, many_lines: bool) -> list[Piece]:
    """Draw one to three pieces of furniture, mostly in the document's language, all labels equally likely."""
    out: list[Piece] = []
    joint = _joint(chance, many_lines)
    own = stock.phrases.get(draft.language, stock.phrases["en"])
    for _ in range(chance.choice((1, 1, 2, 3))):
        label = chance.choice(sorted(FURNITURE))
        listed = (
            [
                text
                for text, language, group in stock.furniture.get(label, ())
                if language in (draft.language, "en") and group != draft.group
            ]
            if chance.random() < 0.6
            else []
        )
        text = chance.choice(listed) if listed else chance.choice(own[label]) if label in own else ""
        if text:
            out.append(Piece(text, label, joint))
    return out


def _caption(draft: Draft, stock: Bank, chance: random.Random, many_lines: bool) -> list[Piece]:
    """Draw a caption of another article, now and then with a marker before it or a credit after it."""
    every = [
        item for item in stock.furniture.get("caption", ()) if item[2] != draft.group and len(item[0]) < 300
    ]
    listed = [item for item in every if item[1] == draft.language]
    if not every:
        return []
    text = chance.choice(listed if len(listed) > 3 else every)[0]
    markers = stock.phrases.get(draft.language, stock.phrases["en"]).get("caption", [])
    if markers and chance.random() < 0.25:
        text = chance.choice(markers) + chance.choice((" ", ": ", " ", "\n" if many_lines else " ")) + text
    if chance.random() < 0.25:
        text += chance.choice((" ({})", " / {}", " {}", " - {}", " | {}", "{}")).format(
            _credit(markers, chance)
        )
    return [Piece(text, "caption", _joint(chance, many_lines))]


_AGENCIES: Final = (
    "AFP",
    "Reuters",
    "AP",
    "EPA",
    "Getty Images",
    "dpa",
    "EFE",
    "ANSA",
    "PAP",
    "TASS",
    "Xinhua",
    "PTI",
)


def _credit(markers: Sequence[str], chance: random.Random) -> str:
    agency = chance.choice(_AGENCIES)
    return f"{chance.choice(markers)}: {agency}" if markers and chance.random() < 0.3 else agency


def _joint(chance: random.Random, many_lines: bool) -> str:
    draw = chance.random()
    if many_lines and draw < 0.6:
        return "\n"
    return chance.choice((" ", " ", " ", "  ", ""))
