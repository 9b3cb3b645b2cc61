"""Remove the site's name that `<title>` and similar sources add to headlines."""

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_SEPARATOR = re.compile(
    r"(?<!\s)\s+[|\-–—·•:»«/]{1,2}\s+|(?:(?<!\s)\s+)?[|｜：]\s*|(?:(?<!\s)\s+)?--\s*|_(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])|\s-(?=[^\s\d])"
)
_APART = re.compile(rf"{_SEPARATOR.pattern}|:\s+|\s[-–—]|[-–—]\s|_")
"""The same, and separators that also occur in headlines: used only if the page shows the part by itself."""
_HOST = re.compile(
    r"(?:www\.)?[\w-]{3,}\.(?:com|net|org|info|co\.[a-z]{2}|com\.[a-z]{2}|[a-z]{2})\s*[®™]?", re.IGNORECASE
)
"""A part that is the address of a site."""
_SOLID = re.compile(r"[\W_]+")
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "gob", "gouv", "ac", "edu", "or", "ne", "go"})
"""Labels under which countries register names: the name of `example.co.uk` is `example`."""
_FEW = 4
"""Maximum words of a part that may be the site's name with something before or after it (`BBC News`)."""
_BEGINNING = 8
"""Minimum letters of the beginning of a site's name that counts as the name (`Harbour Daily` of `Harbour
Daily Newspapers`)."""


class _Site(NamedTuple):
    """Names of a site: full names, and the words of its hosts."""

    names: frozenset[str]
    words: frozenset[str]


def clean_title(value: str, site_names: Iterable[str]) -> str:
    """Cut the site's name, with its separator, off both ends of a title; the headline stays as it is.

    A part is removed only in three cases: it is the site's name; it begins or ends with it and has at most
    four words (`BBC News` if the site calls itself `BBC`); or it begins the site's longer name. The text
    after it is removed as well, because it is a slogan or a date. The first part is removed only if it is
    exactly the site's name, and stays if nothing else is left. Entities that were escaped twice are
    unescaped.

    >>> clean_title("Storm hits coast - World - Example News", ["Example News", "example.com"])
    'Storm hits coast - World'
    >>> clean_title("Storm - what we know", ["Example News"])
    'Storm - what we know'
    """
    title = " ".join((html.unescape(value) if "&" in value else value).split())
    cuts = [(0, 0), *(m.span() for m in _SEPARATOR.finditer(title)), (len(title), len(title))]
    if len(cuts) == 2:
        return title
    site = _site(tuple(site_names))
    first, last = 0, len(cuts) - 1
    for here in range(1, last):
        if _names_site(title[cuts[here][1] : cuts[here + 1][0]], site):
            last = here
            break
    while first + 1 < last and _is_site(title[cuts[first][1] : cuts[first + 1][0]], site):
        first += 1
    return title[cuts[first][1] : cuts[last][0]].strip() or title


def parts_of(title: str) -> list[str]:
    """Return the parts of a title between separators that may set apart a section or the site's name.

    >>> parts_of("Example Post : Sport / Racing : Storm wins again - Example.com")
    ['Example Post', 'Sport', 'Racing', 'Storm wins again', 'Example.com']
    """
    return [part for part in map(str.strip, _APART.split(title)) if part]


def fold(name: str) -> str:
    """Return letters and digits only, in folded case: `Börsen-Blatt` and `börsenblatt` are one name."""
    return _SOLID.sub("", name).casefold()


@lru_cache(maxsize=256)
def _site(site_names: tuple[str, ...]) -> _Site:
    names: set[str] = set()
    words: set[str] = set()
    for name in site_names:
        names.add(fold(name))
        if "." in name and " " not in name:
            labels = name.lower().split(".")[:-1]
            while len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
                labels.pop()
            names.update((fold(labels[-1]), fold(max(labels, key=len))))
            words.update(word for label in labels for word in label.split("-"))
    return _Site(frozenset(n for n in names if len(n) >= 2), frozenset(words))


def _is_site(part: str, site: _Site) -> bool:
    folded = fold(part)
    return (
        not folded
        or bool(_HOST.fullmatch(part.strip()))
        or folded in site.names
        or (not folded.isascii() and any(n in site.names for n in _as_host(folded)))
    )


def _names_site(part: str, site: _Site) -> bool:
    """Return whether a part after the headline names only the site."""
    if _is_site(part, site):
        return True
    folded = fold(part)
    words = part.lower().split()
    if len(folded) >= _BEGINNING and len(words) > 1 and any(n.startswith(folded) for n in site.names):
        return True
    if len(words) > _FEW or any(c.isdigit() for c in folded):
        return False
    if len(words) > 1 and site.words.issuperset(words):
        return True
    return any(len(n) >= 3 and (folded.startswith(n) or folded.endswith(n)) for n in site.names)


def names_site(part: str, site_names: Iterable[str]) -> bool:
    """Return whether a part of a title names only the site.

    >>> names_site("How Does She...", ["howdoesshe.com"]), names_site("How to make a balloon", ["howdoesshe.com"])
    (True, False)
    """
    return _names_site(part, _site(tuple(site_names)))


def _as_host(folded: str) -> tuple[str, str]:
    """Return a name as hosts spell it: `börsenzeitung` is `boersen-zeitung.de`, `público` is `publico.es`."""
    german = folded.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return german, "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
