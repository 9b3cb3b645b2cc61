"""Headlines without the name of the site that `<title>` and its kin hang on to them."""

import re
from collections.abc import Iterable

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«/]{1,2}\s+|\s*[|｜]\s*|\s*--\s*|_(?=[^\x00-\x7f])|\s-(?=[^\s\d])")
_SOLID = re.compile(r"[\W_]+")


def clean_title(value: str, site_names: Iterable[str]) -> str:
    """Cut the site's name, with its separator, off both ends of a title; the headline stays as it is.

    A part goes only if it is the site's name, or begins or ends with it and is at most four words
    long (`BBC News` where the site calls itself `BBC`). The headline itself is never cut, even if
    nothing else is left of it than the site's name.

    >>> clean_title("Storm hits coast - World - Example News", ["Example News", "example.com"])
    'Storm hits coast - World'
    >>> clean_title("Storm - what we know", ["Example News"])
    'Storm - what we know'
    """
    title = " ".join(value.split())
    names = {folded for name in site_names for folded in _forms(name) if len(folded) >= 2}
    while names:
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            break
        first, last = cuts[0], cuts[-1]
        if title[: last.start()].strip() and _is_site(title[last.end() :], names):
            title = title[: last.start()].rstrip()
        elif title[first.end() :].strip() and _is_site(title[: first.start()], names):
            title = title[first.end() :].lstrip()
        else:
            break
    return title


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
    if folded in names:
        return True
    few = len(part.split()) <= 4
    return few and any(len(n) >= 3 and (folded.startswith(n) or folded.endswith(n) or (len(folded) >= 4 and n.startswith(folded))) for n in names)


def _fold(name: str) -> str:
    return _SOLID.sub("", name).casefold()
