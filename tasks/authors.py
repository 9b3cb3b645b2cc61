"""Names of authors: out of a byline, and out of what metadata calls the author.

Newspapers write «By A B and C D in Rome», add roles, mail addresses and agencies; metadata repeats
bylines, profile URLs and names of desks. What is left here are the names, spelled as found.
"""

import html
import re
from collections.abc import Iterable

from tasks.author_words import (
    AGENCIES,
    COLON_LEADS,
    CONJUNCTIONS,
    LEADS,
    NOBODY,
    PARTICLES,
    ROLES,
    SHORT_CONJUNCTIONS,
    SOFT_LEADS,
    SUFFIXES,
)

_LONGEST = 400
"""Characters of a byline that are looked at."""


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(w) for w in words), key=lambda w: (-len(w), w)))


_LEAD = re.compile(
    rf"(?:{_either(LEADS)})(?:\s*[:：]\s*|\s+|$)|(?:{_either(COLON_LEADS)})\s*[:：]\s*"
    rf"|(?:{_either(SOFT_LEADS)})(?:\s*[:：]\s*|\s+(?=\S+\s+\S))",
    re.IGNORECASE,
)
_CREDITED = re.compile(
    r"\s+(?:additional reporting|reporting|photos?|photographs|text|words) by\s+", re.IGNORECASE
)
_NOT_AUTHORS = re.compile(
    r"\b(?:edited|editing|reviewed|translated|fact[- ]checked|medically reviewed|updated|published|photos?|video) (?:by|on|at)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_NOISE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?://|www\.)\S+|@\w+|(?:twitter|facebook|instagram|linkedin)\.com/\S*"
    r"|\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|<[^<>]{0,80}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[|•·;；\n\t／]|\s[-–—]+(?=\s|$)|//|\s/\s")
_COMMAS = re.compile(r"\s*[,，、]\s*")
_AND = re.compile(rf"\s*&\s*|\s+(?:{CONJUNCTIONS})\s+", re.IGNORECASE)
_SHORT_AND = re.compile(rf"\s+(?:{SHORT_CONJUNCTIONS})\s+")
_FROM_DIGIT = re.compile(r"\s*\d.*$", re.DOTALL)
_PLACE = re.compile(r"\s+(?:in|aus|à|from|at|for|für|para|pour|of|på|в|из)\s+(?:the\s+)?\S.*$")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}", re.IGNORECASE)
_ROLE = re.compile(rf"\b(?:{ROLES})", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Z][A-Za-z.]{0,4}[A-Z.®]?")
_WORD = re.compile(r"[^\W\d_]+(?:[.'’ʼ`‐-][^\W\d_]*)*\.?")
_EDGES = ' \t\r\n\u00a0"“”„«»‹›:,.;|*_~/-–—'


def authors_of(byline: str) -> list[str]:
    """Name the people (else the desk or agency) that a visible byline credits, in order, each once.

    Roles, places, dates, mail addresses and handles are left out, agencies and sites as well once
    a person is named. What does not look like a name is no author: prose gives an empty list.

    >>> authors_of("By Theo Leggett, business correspondent")
    ['Theo Leggett']
    >>> authors_of("Von Anna Müller und Jan-Ole de Vries, Berlin | dpa")
    ['Anna Müller', 'Jan-Ole de Vries']
    """
    byline = byline[:_LONGEST].strip()
    if byline[:1] == "(" and byline[-1:] == ")":
        byline = byline[1:-1]
    names: list[str] = []
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", byline))):
        piece = piece.strip(_EDGES)
        bare = _LEAD.sub("", piece, count=1) if _LEAD.match(piece) else piece
        names += [n for i, n in enumerate(_names(bare)) if _name_like(n, led=i == 0 and bare != piece)]
    return _people(names)


def clean_author(value: str) -> list[str]:
    """Name the authors that one metadata value holds; empty for a URL, a placeholder, a role.

    The value is trusted to name somebody, so initials, lower case and desks («Gear Team») stay.

    >>> clean_author("By Jane Doe, John Roe and Ann Poe")
    ['Jane Doe', 'John Roe', 'Ann Poe']
    >>> clean_author("https://www.facebook.com/jane"), clean_author("admin")
    ([], [])
    """
    value = html.unescape(value).strip()[:_LONGEST]
    if not value or value.startswith(("http://", "https://", "//", "@")):
        return []
    names: list[str] = []
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", value))):
        names += [n for n in _names(piece) if n.casefold() not in NOBODY and len(n) <= 80 and _WORD.search(n)]
    return _unique(names)


def authors_from(values: Iterable[str]) -> list[str]:
    """Name the authors of all values of one source: agencies and desks only where nobody else is.

    >>> authors_from(["Felix Schröder", "dpa", "Felix Schröder"])
    ['Felix Schröder']
    >>> authors_from(["dpa"])
    ['dpa']
    """
    return _people([name for value in values for name in clean_author(value)])


def _names(text: str) -> list[str]:
    """Cut a list of names at commas and conjunctions, dropping leads, roles, degrees, places, dates."""
    out: list[str] = []
    for number, part in enumerate(_COMMAS.split(_CREDITED.sub(", ", text))):
        if number and part.casefold().rstrip(".") in SUFFIXES and out:
            out[-1] = f"{out[-1]}, {part}"
            continue
        for name in _split_and(part):
            name = name.strip(_EDGES)
            name = name[lead.end() :] if (lead := _LEAD.match(name)) else name
            name = _without_agency(_FROM_DIGIT.sub("", _PLACE.sub("", name)).strip(_EDGES))
            if name and not (number and _is_role(name)):
                out.append(name)
    return out


def _without_agency(name: str) -> str:
    """`JOHN SMITH Associated Press` names John Smith."""
    words = name.split()
    for size in (1, 2, 3):
        if len(words) - size >= 2 and " ".join(words[-size:]).casefold() in AGENCIES:
            return " ".join(words[:-size])
    return name


def _split_and(part: str) -> list[str]:
    """Split at «and»; at a one-letter «and» only between full names (José Ortega y Gasset stays)."""
    out: list[str] = []
    for name in _AND.split(part):
        halves = _SHORT_AND.split(name)
        out += halves if len(halves) > 1 and all(len(h.split()) >= 2 for h in halves) else [name]
    return [n for n in out if n]


def _is_role(part: str) -> bool:
    """Whether what follows a comma is a role or a degree («business correspondent», «MD»), not a name."""
    if part.casefold() in AGENCIES:
        return False
    return bool(_ROLE.search(part)) or part[:1].islower() or bool(_LETTERS.fullmatch(part))


def _name_like(name: str, *, led: bool) -> bool:
    """Whether a stretch of a byline looks like the name of somebody or of an agency.

    One word counts only behind a lead-in («By Kristin») or as a known agency; a script without
    capitals only behind a lead-in.
    """
    if name.casefold() in AGENCIES or _HOST.fullmatch(name):
        return True
    words = name.split()
    if not 1 <= len(words) <= 6 or len(name) > 60 or name.casefold() in NOBODY:
        return False
    if not all(_WORD.fullmatch(w) for w in words):
        return False
    cased = [w for w in words if w.lower() != w.upper()]
    if not cased:
        return led and len(name) <= 24
    if any(not w[:1].isupper() and w.casefold() not in PARTICLES for w in cased):
        return False
    if not any(w[:1].isupper() for w in cased):
        return False
    return led or (len(words) >= 2 and not _ROLE.search(name))


def _people(names: list[str]) -> list[str]:
    """Each name once; agencies, sites and desks only where no person is named."""
    names = _unique(names)
    people = [n for n in names if not _is_agency(n)]
    return people or names


def _is_agency(name: str) -> bool:
    folded = name.casefold()
    return (
        folded in AGENCIES
        or bool(_HOST.fullmatch(name))
        or any(w in AGENCIES for w in re.split(r"[\s/]+", folded))
    )


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.casefold(), name)
    return list(seen.values())
