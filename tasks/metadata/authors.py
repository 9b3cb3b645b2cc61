"""Names of authors: out of a byline, and out of what metadata calls the author.

Newspapers write «By A B and C D in Rome», add roles, mail addresses and agencies; metadata repeats
bylines, profile URLs and names of desks. What is left here are the names, spelled as found.
"""

import html
import re
from collections.abc import Iterable

from copydesk.tasks.metadata.author_lists import each_once, in_spoken_order, is_login, one_spaced
from copydesk.tasks.metadata.author_words import (
    AGENCIES,
    BEFORE_DATES,
    COLON_LEADS,
    CONJUNCTIONS,
    CREDITS,
    DESKS,
    EDITORS,
    LABELS,
    LEADS,
    NO_FIRST_NAMES,
    NOBODY,
    OPENERS,
    ORGANISATIONS,
    PARTICLES,
    ROLES,
    SHORT_CONJUNCTIONS,
    SOFT_LEADS,
    SOURCE_LEADS,
    SUFFIXES,
    TITLES,
    TRAILS,
)
from copydesk.tasks.metadata.date_words import MONTHS

_LONGEST = 400
"""Characters of a byline that are looked at."""


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(w) for w in words), key=lambda w: (-len(w), w)))


_LEAD = re.compile(
    rf"(?:{_either(LEADS)})(?:\s*[:：=＝]\s*|\s+|$)|(?:{_either(COLON_LEADS)})\s*[:：]\s*"
    r"|[\u3400-\u9fff]{0,6}?(?:记者|記者)\s*(?=[\u3400-\u9fff]{2,4}(?:[\s、，,]|$))"
    rf"|(?:{_either(SOFT_LEADS)})(?:\s*[:：]\s*|\s+(?=\S+\s+\S))",
    re.IGNORECASE,
)
_ROLE_WORDS = 6  # of a line that is a role and nothing else
_GLUED = re.compile(r"([BbVvPp](?<![^\W_].)(?:y|on|or))(?=[A-ZÀ-Þ][\w.'’-]*\s+[A-ZÀ-Þ])")
"""A lead that a page sets apart from the name by style only: `ByJane Doe`."""
_SOURCE = re.compile(rf"(?:{_either(SOURCE_LEADS)})\s*[:：]", re.IGNORECASE)
_CREDITED = re.compile(
    r"\s+(?:additional reporting|reporting|photos?|photographs|text|words) by\s+", re.IGNORECASE
)
_NOT_AUTHORS = re.compile(
    r"\b(?:edited|editing|reviewed|translated|fact[- ]checked|medically reviewed|updated|published|photos?|video) (?:by|on|at)\b.*"
    r"|\b(?:foto|fotos|photos?|bild|bilder|grafik|illustration)\s*[:：].*",
    re.IGNORECASE | re.DOTALL,
)
_NOISE = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?://|www\.)\S+|@\w+|(?:twitter|facebook|instagram|linkedin)\.com/\S*"
    r"|\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|<[^<>]{0,80}>",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"[|•·⋅∙‧●◦▪;；\n\t／]|\s[-–—]+(?=\s|$)|//|\s/\s|\s\u00a0|\u00a0\s"
    rf"|(?<=[a-zà-ÿ.])(?=(?:In|On|Updated|Published|Posted|Last|{_either(TITLES)})\b)|(?<=\b(?:19|20)\d\d)(?=[^\W\d_a-z])"
    r"|(?<=[a-zà-ÿ])(?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d)"
)
_COMMAS = re.compile(r"\s*[,，、]\s*")
_AND = re.compile(rf"\s+(?:{CONJUNCTIONS})\s+", re.IGNORECASE)
_OPENING_AND = re.compile(rf"^(?:(?:{CONJUNCTIONS}|{SHORT_CONJUNCTIONS})\s+(?=[^\W\d_a-z])|&\s*)")
"""What stands before the last name behind a comma: `Ann Poe, MD, and Jo Roe`."""
_AMPERSAND = re.compile(r"\s*&\s*")
_SHORT_AND = re.compile(rf"\s+(?:{SHORT_CONJUNCTIONS})\s+")
_DIGIT = re.compile(r"\d")
_CALLSIGN = re.compile(r"[A-Z]{1,3}\d{1,2}(?=\s|$)(?!\s*\d)")
"""A broadcaster's name: `TV2`, `G1 SP`."""
_NUMBERED = re.compile(r"\d{1,3}\s?[A-Z][^\W\d]+(?:\s[^\W\d]+){0,4}")
"""A paper's name with a number before it: `20 Minutes`."""
_PLACE = re.compile(
    r"\s+[Ii]n$|\s+(?:on behalf of|[Ss]pecial to|SPECIAL TO|FOR|IN|on Facebook|on Twitter|in|aus|à|from|at|for|für|para|pour|of|på|в|из)\s+(?:the\s+)?\S.*$"
)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}", re.IGNORECASE)
_INNER_LEAD = re.compile(r"\b(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or|[Dd]oor|[Aa]v|[Aa]f)\s+(?=[^\W\d_a-z])")
_ORGANISATION = re.compile(rf"(?:\S+\s+){{0,2}}(?:{ORGANISATIONS})\b", re.IGNORECASE)
_ROLE = re.compile(rf"\b(?:{ROLES})", re.IGNORECASE)
_DESK = re.compile(rf"(?:[Tt]he\s+)?(?:[^\W\d_a-z]\S*\s+){{1,4}}(?i:{DESKS})")
_TITLED = re.compile(
    rf"((?:\S+\s+){{1,3}}?\S+)\s+(?:(?:{_either(TITLES)})\b.*|(?:Head|Lead|Chief)\s\S.*"
    r"|(?:\S+\s+)?(?:editor|correspondent|reporter|writer|journalist|columnist))"
)
_LETTERS = re.compile(r"[A-Z][A-Za-z.]{0,4}[A-Z.®]?")
_MARKS = "\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e31-\u0e4e\u200c\u200d"
"""Marks that are vowels in the scripts of India and Thailand; `\\w` does not know them."""
_WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+(?:[.'’ʼ`‐-](?:[^\W\d_]|[{_MARKS}])*)*\.?")
_ELIDED = re.compile(
    r"(?:[dlo]|dell|dall|al|el|ul|an|as|bin|ibn|abu)['’ʼ‐-][^\W\d_a-z]"
)  # `d’Artois`, `al-Masri`
_CREDIT = re.compile(rf"(?<![^\W_])({CREDITS})\s*[/／]\s*")
_LABEL = re.compile(rf"(?<![^\W_])({LABELS})\s*[:：]\s*")
_EDITOR = re.compile(rf"(?:{EDITORS})\s*[:：]?")
_TRAIL = re.compile(rf"\s*(?:{TRAILS})$")
_CUE_BEHIND = re.compile(r"\s+(?:Published|Updated|Posted|Modified|Publié|Veröffentlicht|Aktualisiert)$")
"""What stood before a date that is a line of its own."""
_CUE_IN = re.compile(
    r"(\s(?:Published|Posted|Filed|Publié|Veröffentlicht))\s+(?:in|under|en|dans|unter)\s\S.*$"
)
"""The rubric behind such a word: `By Ann Poe Published in Harbour Life`."""
_OUTLET = re.compile(
    r"(?:\S+\s+){1,3}(?:News|Times|Radio|TV|Magazine|Herald|Journal|Gazette|Tribune|Network|Division|Corp|Inc|Ltd|LLC|GmbH|Labs|Project)\.?"
)
"""The paper or firm of the name before the comma: `Ann Poe, Harbour News`."""
_HAN = re.compile(r"[\u3400-\u9fff]{2,4}(?:\s+[\u3400-\u9fff]{2,4})+")
_EDGES = '=＝【】[] \t\r\n\u00a0"“”„«»‹›:,.;|*_~/-–—'


def authors_of(byline: str) -> list[str]:
    """Name the people (else the desk or agency) that a visible byline credits, in order, each once.

    Roles, places, dates, mail addresses and handles are left out, agencies and sites as well once
    a person is named. What does not look like a name is no author: prose gives an empty list.

    >>> authors_of("By Theo Leggett, business correspondent")
    ['Theo Leggett']
    >>> authors_of("Von Anna Müller und Jan-Ole de Vries, Berlin | dpa")
    ['Anna Müller', 'Jan-Ole de Vries']
    """
    names: list[str] = []
    editors: list[str] = []
    complete = False
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", _bare(byline[:_LONGEST])))):
        piece = piece.strip(_EDGES)
        bare = _TRAIL.sub("", _LEAD.sub("", piece, count=1) if _LEAD.match(piece) else piece)
        led = bare != piece
        if not led and (complete or (names and _OUTLET.fullmatch(piece))):
            continue  # a place or a paper
        if titled := _TITLED.fullmatch(bare):
            bare = titled[1] if "," not in titled[1] else bare
        found = [
            n
            for i, n in enumerate(_names(bare))
            if _name_like(n, led=led and (i == 0 or n.lower() == n.upper()))
        ]
        complete = complete or (len(found) > 1 and bool(_AND.search(bare) or "&" in bare))
        (editors if _EDITOR.match(piece) else names).extend(found)
    return _people(names or editors)


def _bare(line: str) -> str:
    """A line without the brackets that hold all of it, each credit with a slash on a line of its own."""
    line = line.strip()
    line = (
        line[1:-1] if (line[:1], line[-1:]) in (("(", ")"), ("（", "）"), ("[", "]"), ("【", "】")) else line
    )
    if _TRAIL.search(line):
        line = line.replace("·", ",")
    return _LABEL.sub(r"\n\1：", _CREDIT.sub(r"\n\1：", _GLUED.sub(r"\1 ", line)))


def led_authors(line: str) -> list[str]:
    """Name the people of a line that says so: `By`, `Von`, `Par` at its start, behind a date or a sign.

    >>> led_authors("Published August 7, 2023 by Nicole Burke"), led_authors("Home Improvement, August 2023")
    (['Nicole Burke'], [])
    """
    found: list[str] = []
    editors: list[str] = []
    for piece in _BREAK.split(_bare(line[:_LONGEST])):
        piece = piece.strip(_EDGES)
        if _EDITOR.match(piece):
            editors += authors_of(piece)
        elif (_LEAD.match(piece) and not _SOURCE.match(piece)) or _TRAIL.search(piece):
            found += authors_of(piece)
        elif not found and (lead := _INNER_LEAD.search(piece)) and _DIGIT.search(piece[: lead.start()]):
            found += authors_of(piece[lead.start() :])
    return _people(found or editors)


def listed_authors(piece: str) -> list[str]:
    """Name the people of a stretch of a line that lists several: it says «by», or ends with «and».

    >>> listed_authors("Ann Poe, Jo Roe and Max Mint"), listed_authors("Ann Poe, Harbour Life")
    (['Ann Poe', 'Jo Roe', 'Max Mint'], [])
    """
    return authors_of(piece) if _LEAD.match(piece) or _AND.search(piece) or "&" in piece else []


def opens_byline(line: str) -> bool:
    """Whether a line says «by» and nothing else, so that the name stands in the next one.

    >>> opens_byline("Written by"), opens_byline("Von:"), opens_byline("By Jane Doe"), opens_byline("Text")
    (True, True, False, False)
    """
    words = line.casefold().strip(_EDGES)
    return words in LEADS and words.rpartition(" ")[2] in OPENERS


def is_role(line: str) -> bool:
    """Whether a short line says what somebody is, as it stands below a name: `Tech Writer`, `Co-Founder & Director`."""
    words = line.split()
    return (
        1 <= len(words) <= _ROLE_WORDS
        and words[0][:1].isupper()
        and bool(_ROLE.search(line) or words[0] in TITLES)
    )


def signed_by(line: str) -> list[str]:
    """Name the people, else the desk, of a line that mark-up calls a byline."""
    bare = _LEAD.sub("", line.strip(_EDGES), count=1)
    return authors_of(line) or ([bare] if _DESK.fullmatch(bare) else [])


def pieces_of(line: str) -> list[str]:
    """The parts of a line between its signs."""
    return [bare for piece in _BREAK.split(line[:_LONGEST]) if (bare := piece.strip(_EDGES))]


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
    if is_login(value):
        return [value]
    if not _ROLE.search(value):
        value = in_spoken_order(value)
    names: list[str] = []
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", value))):
        found = [n for n in _names(piece) if n.casefold() not in NOBODY and len(n) <= 80 and _WORD.search(n)]
        names += found if not names else [n for n in found if not _DESK.fullmatch(n)]
    return each_once(names) or ([value] if _NUMBERED.fullmatch(value) else [])


def authors_from(values: Iterable[str]) -> list[str]:
    """Name the authors of all values of one metadata source, each once.

    An agency that metadata credits beside a person is an author as well; a site only where nobody else is.

    >>> authors_from(["Felix Schröder", "dpa", "Felix Schröder", "example.com"])
    ['Felix Schröder', 'dpa']
    >>> authors_from(["dpa"])
    ['dpa']
    """
    names = each_once([name for value in values for name in clean_author(value)])
    return [n for n in names if not is_host(n)] or names


def _names(text: str) -> list[str]:
    """Cut a list of names at commas and conjunctions, dropping leads, roles, degrees, places, dates."""
    out: list[str] = []
    for number, part in enumerate(_COMMAS.split(_CREDITED.sub(", ", text))):
        if number and part.casefold().rstrip(".") in SUFFIXES and out:
            out[-1] = f"{out[-1]}, {part}"
            continue
        part = _OPENING_AND.sub("", part)
        for name in [part] if _ORGANISATION.match(part) else _split_and(part):
            name = name.strip(_EDGES)
            name = name[lead.end() :] if (lead := _LEAD.match(name)) else name
            name = _CUE_BEHIND.sub("", _TRAIL.sub("", _CUE_IN.sub(r"\1", _before_date(name))))
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
    """A name with the dot of its `Jr.`, if it is written with one."""
    return one_spaced(f"{name}." if name.endswith(("Jr", "Sr")) and f"{name}." in part else name)


def _without_place(name: str) -> str:
    """A name without the place behind it; «Voice of America» is one name."""
    bare = _PLACE.sub("", name).strip(_EDGES)
    return name if " of " in name and " " not in bare else bare


def _before_date(name: str) -> str:
    """A name up to the first digit behind it, without the month, weekday or preposition of the date that begins there."""
    digit = _DIGIT.search(name)
    if digit is None or _CALLSIGN.match(name):
        return name
    words = name[: digit.start()].split()
    while words and (
        (word := words[-1].casefold().strip(_EDGES)) in MONTHS or word in BEFORE_DATES or not word
    ):
        words.pop()
    return " ".join(words).strip(_EDGES)


def _without_agency(name: str) -> str:
    """`JOHN SMITH Associated Press` names John Smith."""
    words = name.split()
    for size in (1, 2, 3):
        if len(words) - size >= 2 and " ".join(words[-size:]).casefold() in AGENCIES:
            return " ".join(words[:-size])
    return name


def _beside_agency(name: str) -> str:
    """`dpa/Hans Maier` names Hans Maier; what holds no full name (`srf/hosb`) stays."""
    parts = name.split("/")
    people = [p for p in parts if p.casefold() not in AGENCIES]
    return people[0] if len(parts) > 1 and len(people) == 1 < len(people[0].split()) else name


def _split_and(part: str) -> list[str]:
    """Split at «and»; at a one-letter «and» only between full names (José Ortega y Gasset stays).

    At an ampersand only if both sides are full names or neither is: «Tax & Accounting» stays whole
    where it ends a longer name.
    """
    out: list[str] = []
    for joined in _AND.split(part):
        firms = _AMPERSAND.split(joined)
        alike = len({len(f.split()) > 1 for f in firms}) == 1
        for name in firms if alike else [joined]:
            halves = _SHORT_AND.split(name)
            out += halves if len(halves) > 1 and all(len(h.split()) >= 2 for h in halves) else [name]
    return [n for n in out if n]


def _is_role(part: str) -> bool:
    """Whether what follows a comma is a role or a degree («business correspondent», «MD»), not a name."""
    told = _ROLE.search(part) or _LETTERS.fullmatch(part) or _OUTLET.fullmatch(part) or part[:1].islower()
    return bool(told) and part.casefold() not in AGENCIES


def _name_like(name: str, *, led: bool) -> bool:
    """Whether a stretch of a byline looks like the name of somebody or of an agency.

    One word counts only behind a lead-in («By Kristin») or as a known agency; a script without
    capitals only behind a lead-in.
    """
    if name.casefold() in AGENCIES or is_host(name):
        return True
    words = name.replace(",", "").split()
    if led and _DESK.fullmatch(name) and words[0].casefold() not in NO_FIRST_NAMES:
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
    if not all(_WORD.fullmatch(w) and w.casefold() != "by" for w in words):
        return False
    cased = [w for w in words if w.lower() != w.upper()]
    if not cased:
        return led and len(name) <= 24
    if any(not w[:1].isupper() and w.casefold() not in PARTICLES and not _ELIDED.match(w) for w in cased):
        return False
    if not any(w[:1].isupper() for w in cased):
        return False
    return led or (len(words) >= 2 and not _ROLE.search(name))


def _people(names: list[str]) -> list[str]:
    """Each name once; agencies, sites and desks only where no person is named."""
    names = each_once(names)
    people = [n for n in names if not is_agency(n)]
    return people or names


def is_desk(name: str) -> bool:
    """Whether a name is a desk's: `Harbour Staff`, `Gear Team`."""
    return bool(_DESK.fullmatch(name))


def is_agency(name: str) -> bool:
    """Whether a name is an agency's or a site's, not a person's."""
    folded = name.casefold()
    return folded in AGENCIES or is_host(name) or any(w in AGENCIES for w in re.split(r"[\s/]+", folded))


def is_host(name: str) -> bool:
    """Whether a name is spelled like a host: `example.com`, or a login (`jane.doe`)."""
    return bool(_HOST.fullmatch(name))
