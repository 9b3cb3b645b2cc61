"""Extract names of authors from a byline, and from what metadata calls the author.

Newspapers write `By A B and C D in Rome`, and add roles, e-mail addresses and agencies; metadata repeats
bylines, profile URLs and names of desks. The functions here return only the names, spelled as found.
"""

import html
import re
from collections.abc import Iterable
from functools import lru_cache

from copydesk.tasks.metadata.author_lists import each_once, in_spoken_order, is_login
from copydesk.tasks.metadata.author_words import (
    CREDITS,
    EDITORS,
    LABELS,
    LEADS,
    NOBODY,
    OPENERS,
    SOURCE_LEADS,
    TITLES,
)
from copydesk.tasks.metadata.names import (
    AND,
    DESK,
    DIGIT,
    EDGES,
    LEAD,
    OUTLET,
    ROLE,
    TRAIL,
    WORD,
    either,
    is_host,
    looks_like_name,
    names_in,
    people_of,
)
from copydesk.tasks.text import lazy_pattern

_LONGEST = 400
"""Maximum number of characters of a byline that are read."""
_ROLE_WORDS = 6  # of a line that is a role and nothing else
_GLUED = re.compile(r"([BbVvPp](?<![^\W_].)(?:y|on|or))(?=[A-ZÀ-Þ][\w.'’-]*\s+[A-ZÀ-Þ])")
"""A lead that a page separates from the name by style only: `ByJane Doe`."""
_SOURCE = lazy_pattern(lambda: rf"(?:{either(SOURCE_LEADS)})\s*[:：]", re.IGNORECASE)
_NOT_AUTHORS = lazy_pattern(
    r"\b(?:edited|editing|reviewed|translated|fact[- ]checked|medically reviewed|updated|published|photos?|video) (?:by|on|at)\b.*"
    r"|\b(?:foto|fotos|photos?|bild|bilder|grafik|illustration)\s*[:：].*",
    re.IGNORECASE | re.DOTALL,
)
_NOISE = lazy_pattern(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?://|www\.)\S+|@\w+|(?:twitter|facebook|instagram|linkedin)\.com/\S*"
    r"|\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|<[^<>]{0,80}>",
    re.IGNORECASE,
)
_BREAK = lazy_pattern(
    lambda: (
        r"[|•·⋅∙‧●◦▪;；\n\t／]|\s[-–—]+(?=\s|$)|//|\s/\s|\s\u00a0|\u00a0\s"
        rf"|(?<=[a-zà-ÿ.])(?=(?:In|On|Updated|Published|Posted|Last|{either(TITLES)})\b)|(?<=\b(?:19|20)\d\d)(?=[^\W\d_a-z])"
        r"|(?<=[\w)\]])(?=\s*\b(?:Author|Autor|Autore|Auteur|Автор)\s?:)"
        r"|(?<=[a-zà-ÿ])(?=(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d)"
    )
)
_NUMBERED = re.compile(r"\d{1,3}\s?[A-Z][^\W\d]+(?:\s[^\W\d]+){0,4}")
"""A paper's name with a number before it: `20 Minutes`."""
_INNER_LEAD = re.compile(
    r"\b(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or|[Dd]oor|[Aa]v|[Aa]f)\s+(?=[^\W\d_a-z])|(?<=\b(?:19|20)\d\d\s)di\s+(?=[^\W\d_a-z])"
)
_TITLED = lazy_pattern(
    lambda: (
        rf"((?:\S+\s+){{1,3}}?\S+)\s+(?:(?:{either(TITLES)})\b.*|(?:Head|Lead|Chief)\s\S.*"
        r"|(?:\S+\s+)?(?:editor|correspondent|reporter|writer|journalist|columnist))"
    )
)
_CREDIT = lazy_pattern(rf"(?<![^\W_])({CREDITS})\s*[/／]\s*")
_LABEL = lazy_pattern(rf"(?<![^\W_])({LABELS})\s*[:：]\s*")
_EDITOR = lazy_pattern(rf"(?:{EDITORS})\s*[:：]?")


def authors_of(byline: str) -> list[str]:
    """Name the people (or else the desk or agency) that a visible byline credits, in order, each once.

    Roles, locations, dates, e-mail addresses and handles are left out; agencies and sites as well once a
    person is named. Text that does not look like a name is no author: prose gives an empty list.

    >>> authors_of("By Theo Leggett, business correspondent")
    ['Theo Leggett']
    >>> authors_of("Von Anna Müller und Jan-Ole de Vries, Berlin | dpa")
    ['Anna Müller', 'Jan-Ole de Vries']
    """
    names: list[str] = []
    editors: list[str] = []
    complete = False
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", _bare(byline[:_LONGEST])))):
        piece = piece.strip(EDGES)
        bare = TRAIL.sub("", LEAD.sub("", piece, count=1) if LEAD.match(piece) else piece)
        led = bare != piece
        if not led and (complete or (names and OUTLET.fullmatch(piece))):
            continue  # a location or a paper
        if titled := _TITLED.fullmatch(bare):
            bare = titled[1] if "," not in titled[1] else bare
        found = [
            n
            for i, n in enumerate(names_in(bare))
            if looks_like_name(n, led=led and (i == 0 or n.lower() == n.upper()))
        ]
        complete = complete or (len(found) > 1 and bool(AND.search(bare) or "&" in bare))
        (editors if _EDITOR.match(piece) else names).extend(found)
    return people_of(names or editors)


def _bare(line: str) -> str:
    """Return a line without enclosing brackets, each credit with a slash on a line of its own."""
    line = line.strip().replace(":\t", ": ")
    line = (
        line[1:-1] if (line[:1], line[-1:]) in (("(", ")"), ("（", "）"), ("[", "]"), ("【", "】")) else line
    )
    if TRAIL.search(line):
        line = line.replace("·", ",")
    return _LABEL.sub(r"\n\1：", _CREDIT.sub(r"\n\1：", _GLUED.sub(r"\1 ", line)))


def led_authors(line: str) -> list[str]:
    """Name the people of a line that says `By`, `Von` or `Par` at its start, after a date or a separator.

    >>> led_authors("Published August 7, 2023 by Nicole Burke"), led_authors("Home Improvement, August 2023")
    (['Nicole Burke'], [])
    """
    return list(_led_authors(line))


@lru_cache(maxsize=128)
def _led_authors(line: str) -> tuple[str, ...]:
    """Name them, and remember the last lines: labels, names and days of a page are read from the same ones."""
    found: list[str] = []
    editors: list[str] = []
    for piece in _BREAK.split(_bare(line[:_LONGEST])):
        piece = piece.strip(EDGES)
        if _EDITOR.match(piece):
            editors += authors_of(piece)
        elif (LEAD.match(piece) and not _SOURCE.match(piece)) or TRAIL.search(piece):
            found += authors_of(piece)
        elif not found and (lead := _INNER_LEAD.search(piece)) and DIGIT.search(piece[: lead.start()]):
            found += authors_of(piece[lead.start() :])
    return tuple(people_of(found or editors))


def listed_authors(piece: str) -> list[str]:
    """Name the people of a part of a line that lists several: it says `by`, or ends with `and`.

    >>> listed_authors("Ann Poe, Jo Roe and Max Mint"), listed_authors("Ann Poe, Harbour Life")
    (['Ann Poe', 'Jo Roe', 'Max Mint'], [])
    """
    return authors_of(piece) if LEAD.match(piece) or AND.search(piece) or "&" in piece else []


def opens_byline(line: str) -> bool:
    """Return whether a line says only `by`, so that the name is in the next one.

    >>> opens_byline("Written by"), opens_byline("Von:"), opens_byline("By Jane Doe"), opens_byline("Text")
    (True, True, False, False)
    """
    words = line.casefold().strip(EDGES)
    return words in LEADS and words.rpartition(" ")[2] in OPENERS


def is_role(line: str) -> bool:
    """Return whether a short line is a role, as below a name: `Tech Writer`, `Co-Founder & Director`."""
    words = line.split()
    return (
        1 <= len(words) <= _ROLE_WORDS
        and words[0][:1].isupper()
        and bool(ROLE.search(line) or words[0] in TITLES)
    )


def signed_by(line: str) -> list[str]:
    """Name the people, or else the desk, of a line that mark-up calls a byline."""
    bare = LEAD.sub("", line.strip(EDGES), count=1)
    return authors_of(line) or ([bare] if DESK.fullmatch(bare) else [])


def pieces_of(line: str) -> list[str]:
    """Return the parts of a line between its separators."""
    return [bare for piece in _BREAK.split(line[:_LONGEST]) if (bare := piece.strip(EDGES))]


def clean_author(value: str) -> list[str]:
    """Name the authors in one metadata value; [] for a URL, a placeholder, a role.

    The value is trusted to name somebody, so initials, lower case and desks (`Gear Team`) stay.

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
    if not ROLE.search(value):
        value = in_spoken_order(value)
    names: list[str] = []
    for piece in _BREAK.split(_NOISE.sub(" ", _NOT_AUTHORS.sub("", value))):
        found = [n for n in names_in(piece) if not _is_nobody(n) and len(n) <= 80 and WORD.search(n)]
        names += found if not names else [n for n in found if not DESK.fullmatch(n)]
    return each_once(names) or ([value] if _NUMBERED.fullmatch(value) else [])


def _is_nobody(name: str) -> bool:
    """Return whether a name is a placeholder, or the account of a site's operators: `NOC Admin`."""
    folded = name.casefold()
    return folded in NOBODY or folded.rpartition(" ")[2] in _ACCOUNTS


_ACCOUNTS = frozenset({"admin", "administrator", "webmaster"})


def authors_from(values: Iterable[str]) -> list[str]:
    """Name the authors of all values of one metadata source, each once.

    An agency that metadata credits beside a person is also an author; a site only if nobody else is.

    >>> authors_from(["Felix Schröder", "dpa", "Felix Schröder", "example.com"])
    ['Felix Schröder', 'dpa']
    >>> authors_from(["dpa"])
    ['dpa']
    """
    names = each_once([name for value in values for name in clean_author(value)])
    return [n for n in names if not is_host(n)] or names
