"""Headlines without the name of the site that `<title>` and its kin hang on to them."""

import re
from collections.abc import Iterable

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«/]{1,2}\s+|\s*[|｜：]\s*|\s*--\s*|_(?=[^\x00-\x7f])|\s-(?=[^\s\d])")
_SOLID = re.compile(r"[\W_]+")


def clean_title(value: str, site_names: Iterable[str]) -> str:
    """Cut the site's name, with its separator, off both ends of a title; the headline stays as it is.

    A part goes only if it is the site's name, or begins or ends with it and is at most four words
    long (`BBC News` where the site calls itself `BBC`); what follows it goes as well, for that is a
    slogan or a date. The first part stays even if it is the site's name and nothing else is there.

    >>> clean_title("Storm hits coast - World - Example News", ["Example News", "example.com"])
    'Storm hits coast - World'
    >>> clean_title("Storm - what we know", ["Example News"])
    'Storm - what we know'
    """
    title = " ".join(value.split())
    names = {folded for name in site_names for folded in _forms(name) if len(folded) >= 2}
    cuts = [(0, 0), *(m.span() for m in _SEPARATOR.finditer(title)), (len(title), len(title))]
    first, last = 0, len(cuts) - 1
    for here in range(1, last):
        if first < here and _is_site(title[cuts[here][1] : cuts[here + 1][0]], names):
            last = here
            break
    while first + 1 < last and _is_site(title[cuts[first][1] : cuts[first + 1][0]], names):
        first += 1
    return title[cuts[first][1] : cuts[last][0]].strip() or title


def _forms(name: str) -> list[str]:
    """A name folded; for a host also its label (`example` of `example.co.uk`)."""
    forms = [_fold(name)]
    if "." in name and " " not in name:
        labels = name.lower().split(".")
        forms.append(_fold(max(labels[:-1], key=len)))
    return forms


def _is_site(part: str, names: set[str]) -> bool:
    folded = _fold(part)
    if not folded:
        return True
    if folded in names or _german(folded) in names:
        return True
    few = len(part.split()) <= 4
    return few and any(len(n) >= 3 and (folded.startswith(n) or folded.endswith(n)) for n in names)


def _german(folded: str) -> str:
    """Umlauts as hosts spell them: `börsenzeitung` is `boersen-zeitung.de`."""
    return folded.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


def _fold(name: str) -> str:
    return _SOLID.sub("", name).casefold()
