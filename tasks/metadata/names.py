"""Find names in a line.

Functions split lists, recognise roles, locations and dates beside names, and test what looks like a name.
"""

import re
from collections.abc import Iterable

from copydesk.tasks.metadata.author_lists import each_once, one_spaced
from copydesk.tasks.metadata.author_words import (
    AGENCIES,
    BEFORE_DATES,
    COLON_LEADS,
    CONJUNCTIONS,
    DESKS,
    LEADS,
    NO_FIRST_NAMES,
    NO_HAN_NAME,
    NO_HAN_NAMES,
    NOBODY,
    ORGANISATIONS,
    PARTICLES,
    ROLES,
    SHORT_CONJUNCTIONS,
    SOFT_LEADS,
    SUFFIXES,
    TRAILS,
)
from copydesk.tasks.metadata.date_words import MONTHS
from copydesk.tasks.text import lazy_pattern


def either(words: Iterable[str]) -> str:
    """Return the pattern of any of these words, the longest first."""
    return "|".join(sorted((re.escape(w) for w in words), key=lambda w: (-len(w), w)))


LEAD = lazy_pattern(
    lambda: (
        rf"(?:{either(LEADS)})(?:\s*[:：=＝]\s*|\s+|$)|(?:{either(COLON_LEADS)})\s*[:：]\s*"
        r"|[\u3400-\u9fff]{0,6}?(?:记者|記者)\s*(?=[\u3400-\u9fff]{2,4}(?:[\s、，,]|$))"
        rf"|(?:{either(SOFT_LEADS)})(?:\s*[:：]\s*|\s+(?=\S+\s+\S))"
    ),
    re.IGNORECASE,
)
_CREDITED = re.compile(
    r"\s+(?:additional reporting|reporting|photos?|photographs|text|words) by\s+", re.IGNORECASE
)
_COMMAS = re.compile(r"\s*[,，、]\s*")
AND = re.compile(rf"\s+(?:{CONJUNCTIONS})\s+", re.IGNORECASE)
_OPENING_AND = re.compile(rf"^(?:(?:{CONJUNCTIONS}|{SHORT_CONJUNCTIONS})\s+(?=[^\W\d_a-z])|&\s*)")
"""The word before the last name after a comma: `Ann Poe, MD, and Jo Roe`."""
_AMPERSAND = re.compile(r"\s*&\s*")
_SHORT_AND = re.compile(rf"\s+(?:{SHORT_CONJUNCTIONS})\s+")
DIGIT = re.compile(r"\d")
_CALLSIGN = re.compile(r"[A-Z]{1,3}\d{1,2}(?=\s|$)(?!\s*\d)")
"""A broadcaster's name: `TV2`, `G1 SP`."""
_PLACE = lazy_pattern(
    r"\s+[Ii]n$|\s+(?:on behalf of|[Ss]pecial to|SPECIAL TO|FOR|IN|on Facebook|on Twitter|in|aus|à|from|at|for|für|para|pour|of|på|в|из)\s+(?:the\s+)?\S.*$"
)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}", re.IGNORECASE)
_ORGANISATION = lazy_pattern(rf"(?:\S+\s+){{0,2}}(?:{ORGANISATIONS})\b", re.IGNORECASE)
ROLE = lazy_pattern(rf"\b(?:{ROLES})", re.IGNORECASE)
DESK = re.compile(rf"(?:[Tt]he\s+)?(?:[^\W\d_a-z]\S*\s+){{1,4}}(?i:{DESKS})")
_LETTERS = re.compile(r"[A-Z][A-Za-z.]{0,4}[A-Z.®]?")
_MARKS = "\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u200c\u200d"
"""Marks that are vowels in the scripts of India and Thailand; `\\w` does not match them."""
WORD = lazy_pattern(rf"(?:[^\W\d_]|[{_MARKS}])+(?:[.'’ʼ`‐-](?:[^\W\d_]|[{_MARKS}])*)*\.?")
_ELIDED = re.compile(
    r"(?:[dlo]|dell|dall|al|el|ul|an|as|bin|ibn|abu)['’ʼ‐-][^\W\d_a-z]"
)  # `d’Artois`, `al-Masri`
TRAIL = lazy_pattern(rf"\s*(?:{TRAILS})$")
_CUE_BEHIND = re.compile(r"\s+(?:Published|Updated|Posted|Modified|Publié|Veröffentlicht|Aktualisiert)$")
"""A word that came before a date on a line of its own."""
_CUE_IN = re.compile(
    r"(\s(?:Published|Posted|Filed|Publié|Veröffentlicht))\s+(?:in|under|en|dans|unter)\s\S.*$"
)
"""The section after such a word: `By Ann Poe Published in Harbour Life`."""
OUTLET = re.compile(
    r"(?:\S+\s+){1,3}(?:News|Times|Radio|TV|Magazine|Herald|Journal|Gazette|Tribune|Network|Division|Corp|Inc|Ltd|LLC|GmbH|Labs|Project)\.?"
)
"""The paper or firm of the name before the comma: `Ann Poe, Harbour News`."""
_HAN = re.compile(r"[\u3400-\u9fff]{2,4}(?:\s+[\u3400-\u9fff]{2,4})+")
EDGES = '=＝【】[] \t\r\n\u00a0"“”„«»‹›:,.;|*_~/-–—'
"""Characters around a name that do not belong to it."""


def names_in(text: str) -> list[str]:
    """Cut a list of names at commas and conjunctions, dropping leads, roles, degrees, locations, dates."""
    out: list[str] = []
    for number, part in enumerate(_COMMAS.split(_CREDITED.sub(", ", text))):
        if number and part.casefold().rstrip(".") in SUFFIXES and out:
            out[-1] = f"{out[-1]}, {part}"
            continue
        part = _OPENING_AND.sub("", part)
        for name in [part] if _ORGANISATION.match(part) else _split_and(part):
            name = name.strip(EDGES)
            name = name[lead.end() :] if (lead := LEAD.match(name)) else name
            name = _CUE_BEHIND.sub("", TRAIL.sub("", _CUE_IN.sub(r"\1", before_date(name))))
            if _HAN.fullmatch(name):
                out += name.split()
                continue
            if _ORGANISATION.match(name) or name.casefold() in AGENCIES:
                out.append(name)
                continue
            name = _without_agency(_beside_agency(_without_place(name)))
            if name and not (number and _is_role(name)):
                out.append(_dotted(name, part))
    return out


def _dotted(name: str, part: str) -> str:
    """Return a name with the dot of its `Jr.`, if it is written with one."""
    return one_spaced(f"{name}." if name.endswith(("Jr", "Sr")) and f"{name}." in part else name)


def _without_place(name: str) -> str:
    """Return a name without the location after it; `Voice of America` is one name."""
    bare = _PLACE.sub("", name).strip(EDGES)
    return name if " of " in name and " " not in bare else bare


def before_date(name: str) -> str:
    """Return a name up to the first digit after it, without the month, weekday or preposition of that date."""
    digit = DIGIT.search(name)
    if digit is None or _CALLSIGN.match(name):
        return name
    words = name[: digit.start()].split()
    while words and (
        (word := words[-1].casefold().strip(EDGES)) in MONTHS or word in BEFORE_DATES or not word
    ):
        words.pop()
    return " ".join(words).strip(EDGES)


def _without_agency(name: str) -> str:
    """Return the person of `JOHN SMITH Associated Press`."""
    words = name.split()
    for size in (1, 2, 3):
        if len(words) - size >= 2 and " ".join(words[-size:]).casefold() in AGENCIES:
            return " ".join(words[:-size])
    return name


def _beside_agency(name: str) -> str:
    """Return the person of `dpa/Hans Maier`; text without a full name (`srf/hosb`) stays."""
    parts = name.split("/")
    people = [p for p in parts if p.casefold() not in AGENCIES]
    return people[0] if len(parts) > 1 and len(people) == 1 < len(people[0].split()) else name


def _split_and(part: str) -> list[str]:
    """Split at `and`; at a one-letter `and` only between full names (José Ortega y Gasset stays).

    Split at an ampersand only if both sides are full names or neither is: `Tax & Accounting` stays whole at
    the end of a longer name.
    """
    out: list[str] = []
    for joined in AND.split(part):
        firms = _AMPERSAND.split(joined)
        alike = len({len(f.split()) > 1 for f in firms}) == 1
        for name in firms if alike else [joined]:
            halves = _SHORT_AND.split(name)
            out += halves if len(halves) > 1 and all(len(h.split()) >= 2 for h in halves) else [name]
    return [n for n in out if n]


def _is_role(part: str) -> bool:
    """Return whether the part after a comma is a role or a degree, such as `business correspondent` or `MD`."""
    told = ROLE.search(part) or _LETTERS.fullmatch(part) or OUTLET.fullmatch(part) or part[:1].islower()
    return bool(told) and part.casefold() not in AGENCIES


def looks_like_name(name: str, *, led: bool) -> bool:
    """Return whether a part of a byline looks like the name of a person or an agency.

    One word counts only after a lead (`By Kristin`) or as a known agency; a script without capitals only
    after a lead.
    """
    if name.casefold() in AGENCIES or is_host(name):
        return True
    words = name.replace(",", "").split()
    if led and DESK.fullmatch(name) and words[0].casefold() not in NO_FIRST_NAMES:
        return True
    if words and words[-1] in PARTICLES:
        return False
    if (
        not 1 <= len(words) <= 6
        or len(name) > 60
        or name.casefold() in NOBODY
        or words[0].casefold() in NO_FIRST_NAMES
    ):
        return False
    if not all(WORD.fullmatch(w) and w.casefold() != "by" for w in words):
        return False
    cased = [w for w in words if w.lower() != w.upper()]
    if not cased:
        return led and len(name) <= 24 and not is_han_rubric(name)
    if any(not w[:1].isupper() and w.casefold() not in PARTICLES and not _ELIDED.match(w) for w in cased):
        return False
    if not any(w[:1].isupper() for w in cased):
        return False
    return led or (len(words) >= 2 and not ROLE.search(name))


def is_han_rubric(name: str) -> bool:
    """Return whether Chinese characters that follow `记者` are words of a menu or column, not a name.

    >>> is_han_rubric("博客"), is_han_rubric("观察"), is_han_rubric("王观察")
    (True, True, False)
    """
    return name in NO_HAN_NAME or any(word in name for word in NO_HAN_NAMES)


def people_of(names: list[str]) -> list[str]:
    """Return each name once; agencies, sites and desks only if no person is named."""
    names = each_once(names)
    people = [n for n in names if not is_agency(n)]
    return people or names


def is_desk(name: str) -> bool:
    """Return whether a name is a desk's: `Harbour Staff`, `Gear Team`."""
    return bool(DESK.fullmatch(name))


def is_agency(name: str) -> bool:
    """Return whether a name is an agency's or a site's, not a person's."""
    folded = name.casefold()
    return folded in AGENCIES or is_host(name) or any(w in AGENCIES for w in re.split(r"[\s/]+", folded))


def is_host(name: str) -> bool:
    """Return whether a name is spelled like a host, `example.com`, or a login (`jane.doe`)."""
    return bool(_HOST.fullmatch(name))
