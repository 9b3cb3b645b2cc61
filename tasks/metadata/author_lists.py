"""Clean lists of authors: one person in two spellings, all names repeated in one string, surname first."""

import re
import unicodedata
from collections.abc import Iterable

from copydesk.tasks.metadata.author_words import AGENCIES, PARTICLES, SUFFIXES

_JOINTS = re.compile(r"[\s,;&|/]+")
_INITIALS = re.compile(r"(?:[A-Z]\.[ -]?)+")
_LOGIN = re.compile(r"[A-Za-z]+_?\d{2,}")
_SPREAD = re.compile(r"^([\u3400-\u9fff]) ([\u3400-\u9fff])$")
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:[-'’.][^\W\d_]+)*\.?")


def each_once(names: Iterable[str]) -> list[str]:
    """Return the names in order, each person once: without case, accents and dots, `JOSÉ POE` is `Jose Poe`.

    Of two spellings, the one with separate words stays, then the one that is not all capitals, then the one
    with accents. A name that consists of all the other names (`Ann Poe Jo Roe`, `Ann Poe and Jo Roe`) is
    dropped.

    >>> each_once(["ANN POE", "Ann Poe", "José Roe", "Jose Roe", "Ann Poe José Roe"])
    ['Ann Poe', 'José Roe']
    """
    seen: dict[str, str] = {}
    for name in names:
        key = person(name).replace(" ", "")
        seen[key] = max(seen.get(key, name), name, key=_worth)
    found = list(seen.values())
    return [name for name in found if not _is_row(person(name), [person(n) for n in found if n != name])]


def person(name: str) -> str:
    """Return the key of a person in a list: separate words without case, accents and dots."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not "\u0300" <= c <= "\u036f")
    return " ".join(_JOINTS.split(bare.replace(".", " "))).strip()


def _worth(name: str) -> tuple[bool, bool, bool]:
    return (" " in name, not (name.isupper() and " " in name), not name.isascii())


def _is_row(key: str, others: list[str]) -> bool:
    """Return whether a name consists of two or more of the others, one after the other."""
    rest, used = f" {key} ", 0
    for other in sorted((o for o in others if " " in o), key=len, reverse=True):
        if f" {other} " in rest:
            rest, used = rest.replace(f" {other} ", "  ", 1), used + 1
    return used >= 2 and all(len(word) <= 3 for word in rest.split())


def is_login(value: str) -> bool:
    """Return whether a value is an account, not a name: one word of letters that ends in digits.

    >>> is_login("CC7567"), is_login("L_104485"), is_login("Ann Poe"), is_login("G1")
    (True, True, False, False)
    """
    return bool(_LOGIN.fullmatch(value))


def one_spaced(name: str) -> str:
    """Return a name with single spaces between its words.

    The two characters of a Chinese name have none between them.

    >>> one_spaced("Richard   Eskow"), one_spaced("赵  培")
    ('Richard Eskow', '赵培')
    """
    return _SPREAD.sub(r"\1\2", " ".join(name.split()))


def in_spoken_order(value: str) -> str:
    """Return `Poe, Ann` in spoken order, `Ann Poe`.

    A list of names stays as it is, and so does a name with a role, a degree or an agency after the comma.

    >>> in_spoken_order("Abernethy, Joan M."), in_spoken_order("van der Berg, Jan"), in_spoken_order("Ann Poe, Jo Roe")
    ('Joan M. Abernethy', 'Jan van der Berg', 'Ann Poe, Jo Roe')
    >>> in_spoken_order("Berg, Jan van der"), in_spoken_order("Roe, J. R."), in_spoken_order("Roe, MD")
    ('Jan van der Berg', 'J. R. Roe', 'Roe, MD')
    """
    last, comma, first = (part.strip() for part in value.partition(","))
    given, surname = first.split(), last.split()
    while len(given) > 1 and given[-1].islower() and given[-1] in PARTICLES:
        surname.insert(0, given.pop())  # `Berg, Jan van der`
    if not comma or not 1 <= len(given) <= 2 or not all(w[0].isupper() and _NAME.fullmatch(w) for w in given):
        return value
    if (
        [w for w in surname[:-1] if w.lower() not in PARTICLES]
        or not surname
        or not _NAME.fullmatch(surname[-1])
    ):
        return value
    if (
        first.casefold().rstrip(".") in SUFFIXES
        or {first.casefold(), last.casefold()} & AGENCIES
        or (first.isupper() and not _INITIALS.fullmatch(first))
    ):
        return value
    return " ".join([*given, *surname])
