"""The headline without the site's name that pages append to it."""

import re
from collections.abc import Iterable

_SEPARATOR = re.compile(r"\s+[|\u2013\u2014\u00b7\u2022\u00bb\u00ab\u2039\u203a~-]\s+|\s*\|\s*|\s+::\s+")
_TELLING, _AROUND = 4, 12
"""Letters of a name that can be told within a longer part, and letters that may stand around it."""
_LETTERS = re.compile(r"[^\w]+")


def clean_title(value: str, sites: Iterable[str]) -> str:
    """Cut the parts of a title that only name the site; `sites` are its names and its host.

    Parts are what stands between ` | `, ` - `, ` » ` and the like. A part goes when it is a name
    of the site, at the end also with a word or two around it (`Example News Sport`). A title that is
    nothing but the site's name stays, and so does everything else.

    >>> clean_title("Talks go on - and on | World | Example News", ["Example News", "news.example.com"])
    'Talks go on - and on | World'
    """
    value = " ".join(value.split())
    names = {squashed for site in sites for squashed in _names(site)}
    parts = [(0, 0)]
    parts += [hit.span() for hit in _SEPARATOR.finditer(value)]
    parts.append((len(value), len(value)))
    if not names or len(parts) < 3:
        return value
    first, last = 0, len(parts) - 1
    while last - first > 1 and _is_name(value[parts[last - 1][1] : parts[last][0]], names):
        last -= 1
    while last - first > 1 and _squash(value[parts[first][1] : parts[first + 1][0]]) in names:
        first += 1
    return value[parts[first][1] : parts[last][0]].strip() or value


def _names(site: str) -> Iterable[str]:
    """A site's name in letters only; for a host also without its suffix."""
    yield _squash(site)
    if "." in site and " " not in site:
        labels = site.lower().removeprefix("www.").split(".")
        yield _squash("".join(labels[:-1]))
        yield max(labels[:-1], key=len, default="")


def _squash(text: str) -> str:
    return _LETTERS.sub("", text.lower())


def _is_name(part: str, names: set[str]) -> bool:
    squashed = _squash(part)
    if not squashed:
        return True
    return squashed in names or any(
        len(name) >= _TELLING and name in squashed and len(squashed) <= len(name) + _AROUND for name in names
    )
