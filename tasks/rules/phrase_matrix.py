"""The phrases of news furniture: a matrix of families and languages, and where its phrases occur in a text.

A phrase is evidence, not a verdict: `find_phrases` finds the phrases, and the labelling step weighs them. The
matrix is data: one TOML file per language in `tasks/rules/phrases/`. Each file has a table for each family of
`FAMILIES` with these keys:

    opener  The phrase begins furniture that continues after it: `Read also: ...`, `Photo: ...`.
    notice  The phrase occurs inside a stock sentence, anywhere in it: `... to your inbox ...`.
    button  The phrase is the whole text: `Share`, `Log in`. Inside a sentence it means nothing.
    keep    Near misses: sentences of articles that contain words of the family.

No phrase names a publisher. An empty cell of the matrix is a known gap: `empty_cells` lists them.
"""

import hashlib
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

import orjson

from copydesk.schemas.errors import installed
from copydesk.schemas.page import Phrase, PhraseMatch
from copydesk.tasks.rules.literal_search import LiteralSearch
from copydesk.tasks.text import fold_characters

FAMILIES: Final[Mapping[str, str]] = {
    "related": "related",
    "continue": "nav",
    "share": "share",
    "follow": "share",
    "newsletter": "newsletter",
    "paywall": "paywall",
    "ad": "ad",
    "player": "player",
    "caption": "caption",
    "credit": "caption",
    "byline": "byline",
    "dateline": "dateline",
    "comment": "comment",
    "contact": "contact_form",
    "legal": "legal",
    "consent": "legal",
    "app": "ad",
    "donation": "ad",
    "nav": "nav",
}
"""Families of phrases, each with the label of the ledger for which it is evidence."""

ROLES: Final = ("opener", "notice", "button")

_BARE: Final = frozenset(("fr", "es", "pt", "it", "ro", "cs", "sk", "pl", "hu", "el"))
"""Languages that are often written without their accents: in capitals, or on old keyboards."""


class Forms(NamedTuple):
    """The forms under which phrases are looked for, sorted, each with the number of its meanings."""

    meanings: Sequence[tuple[Phrase, ...]]
    inside: Mapping[str, int]
    """Openers and notices that are long enough to mean something at any place."""
    alone: Mapping[str, int]
    """Openers and buttons, for stretches that are nothing else."""
    first: Mapping[str, int]
    """Openers too short for a search inside a text (`By`, `Av`). They are looked up where a stretch begins.
    """


class PhraseBook:
    """All phrases, ready to be found in one pass."""

    def __init__(self, forms: Forms) -> None:
        self._meanings, self._inside, self._alone, self._first = forms
        # A contiguous NFA takes 10 MB where a DFA takes 135, and is as fast on news.
        self._search = LiteralSearch(list(self._inside))
        self._numbers = list(self._inside.values())

    def anywhere(self) -> dict[str, tuple[Phrase, ...]]:
        """Return the forms of openers and notices that are looked for at any place, with their meanings."""
        return {form: self._meanings[number] for form, number in self._inside.items()}

    def inside(self, folded: str) -> list[PhraseMatch]:
        """Return each phrase in a text, overlapping ones too."""
        found = self._search.find(folded)
        return [PhraseMatch(start, end, self._meanings[self._numbers[at]]) for at, start, end in found]

    def alone(self, form: str) -> tuple[Phrase, ...]:
        """Return the meanings of a stretch that is one phrase and nothing else, in the form for the search."""
        number = self._alone.get(form)
        return () if number is None else self._meanings[number]

    def first(self, word: str) -> tuple[Phrase, ...]:
        """Return the meanings of the first word of a stretch as a short opener."""
        number = self._first.get(word)
        return () if number is None else self._meanings[number]


@cache
def phrase_book() -> PhraseBook:
    """Load the matrix that ships with copydesk, once per process."""
    return PhraseBook(_compiled() or forms_of(load_matrix()))


def forms_of(matrix: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]) -> Forms:
    """Return the forms of all phrases of a matrix, as `load_matrix` gives it."""
    inside: dict[str, list[Phrase]] = {}
    alone: dict[str, list[Phrase]] = {}
    first: dict[str, list[Phrase]] = {}
    for language, families in matrix.items():
        for family, cell in families.items():
            for role in ROLES:
                for text in cell.get(role, ()):
                    for form in _forms(text, language):
                        phrase = Phrase(family, role, language)
                        if role != "notice":
                            _add(alone, form.strip(EDGE_SIGNS), phrase)
                        if role == "opener" and len(form) < _SHORT and form[:1] < _WIDE:
                            _add(first, form.strip(EDGE_SIGNS), phrase)
                        elif role != "button":
                            _add(inside, form, phrase)
    tables = (inside, alone, first)
    meanings = sorted({tuple(phrases) for table in tables for phrases in table.values()})
    number = {phrases: at for at, phrases in enumerate(meanings)}
    return Forms(
        meanings, *({form: number[tuple(table[form])] for form in sorted(table)} for table in tables)
    )


COMPILED: Final = "compiled.json"
"""The forms of the shipped matrix as JSON; `make rules` writes it, see `copydesk.tasks.rules.build`."""


def _compiled() -> Forms | None:
    """Read the forms that were compiled, in a fifth of the time; None if the matrix was edited since, or they are missing."""
    try:
        content = _folder().joinpath(COMPILED).read_bytes()
        with installed(f"the compiled phrases, copydesk/tasks/rules/phrases/{COMPILED},"):
            known = orjson.loads(content)
    except FileNotFoundError:
        return None
    if known["hash"] != matrix_hash():
        return None
    meanings = [tuple(Phrase(*phrase) for phrase in phrases) for phrases in known["meanings"]]
    return Forms(meanings, known["inside"], known["alone"], known["first"])


def matrix_hash() -> str:
    """Return a hash of the files of the matrix as they are."""
    found = hashlib.blake2b(digest_size=12)
    for name, content in _matrix_files():
        found.update(f"{name} {len(content)} ".encode() + content)
    return found.hexdigest()


def _folder() -> Traversable:
    return files("copydesk.tasks.rules").joinpath("phrases")


def _matrix_files() -> list[tuple[str, bytes]]:
    return sorted((e.name, e.read_bytes()) for e in _folder().iterdir() if e.name.endswith(".toml"))


_SHORT: Final = 5
"""An opener with fewer characters, in a script with spaces, is too common inside sentences."""
_WIDE: Final = "\u2e80"
"""From this character on, scripts put no spaces between words, and two characters are a word."""
EDGE_SIGNS: Final = " .:;,!?|>\u203a-*\u2022\u00b7()[]\u3010\u3011\u25b6\u25ba\u25b7\u25b2\u25bc\u261e\u2026\"'/#+=\u3001\u3002"
"""Signs around a phrase that do not change its meaning."""


def _add(table: dict[str, list[Phrase]], form: str, phrase: Phrase) -> None:
    """Add a meaning to a form, once for each family and role."""
    known = table.setdefault(form, [])
    if form and not any(p[:2] == phrase[:2] for p in known):
        known.append(phrase)


def phrases_alone(text: str) -> tuple[Phrase, ...]:
    """Return the meanings of a stretch that is one phrase and nothing else.

    Signs around the phrase and figures before or after it don't count.

    >>> {p.family for p in phrases_alone("Share (12)")}
    {'share'}
    """
    if len(text) > LONGEST:
        return ()
    form = fold_characters(text).lower().strip(EDGE_SIGNS)
    book = phrase_book()
    return book.alone(form) or book.alone(form.rstrip(FIGURES)) or book.alone(form.lstrip(FIGURES))


LONGEST: Final = 90
FIGURES: Final = EDGE_SIGNS + "0123456789"


def phrases_first(text: str) -> tuple[Phrase, ...]:
    """Return the meanings of the first word of a stretch as an opener too short for a search elsewhere.

    >>> {p.family for p in phrases_first("By Anna Berg")}
    {'byline'}
    """
    word = fold_characters(text[:24]).lower().lstrip(EDGE_SIGNS).split(" ", 1)[0].rstrip(EDGE_SIGNS)
    return phrase_book().first(word)


def load_matrix() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Read the matrix: language, family, role (or `keep`), phrases."""
    return {
        name.removesuffix(".toml"): tomllib.loads(content.decode("utf-8"))
        for name, content in _matrix_files()
    }


def empty_cells() -> list[tuple[str, str]]:
    """Return the (language, family) pairs without a phrase: the known gaps."""
    return [
        (language, family)
        for language, families in load_matrix().items()
        for family in FAMILIES
        if not any(families.get(family, {}).get(role) for role in ROLES)
    ]


def _forms(text: str, language: str) -> set[str]:
    """Return the forms of a phrase to look for: folded, in lower case, and without accents that papers omit."""
    plain = fold_characters(text).lower().strip()
    forms = {plain}
    if language in _BARE:
        forms.add("".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c)))
    return forms


def find_phrases(text: str, folded: str = "") -> list[PhraseMatch]:
    """Find the phrases of a text, in order of their place.

    Of phrases that overlap, the first and longest counts.

    A phrase begins and ends at the edge of a word, or where words are glued: `mayor.Read more`,
    `UPDATESShare`. Scripts without spaces have no such edges. An opener in lower case within a sentence does
    not count. Case, typographic quotes and hyphens are ignored. The time is linear in the text. `folded` is
    the text after `fold_text`, if the caller has it.

    >>> [(m.start, m.end, m.meanings[0].family) for m in find_phrases("said the mayor.Read more: Quay")]
    [(15, 24, 'related')]
    """
    return phrases_among(text, phrase_book().inside(folded or fold_text(text)))


def phrases_among(text: str, candidates: Sequence[PhraseMatch]) -> list[PhraseMatch]:
    """Return those occurrences of phrases in a text that count, in order of their place: see `find_phrases`."""
    hits = [hit for hit in candidates if _edge_before(text, hit[0]) and _edge_after(text, hit[1])]
    hits.sort(key=lambda hit: (hit[0], -hit[1]))
    found: list[PhraseMatch] = []
    reach = -1
    for start, end, meanings in hits:
        if start < reach:
            continue
        if text[start].islower() and _goes_on(text, start):
            meanings = tuple(phrase for phrase in meanings if phrase.role == "notice")
        if meanings:
            found.append(PhraseMatch(start, end, meanings))
            reach = end
    return found


def fold_text(text: str) -> str:
    """Return a text in the form for the search of phrases, character for character: ASCII quotes, lower case."""
    folded = fold_characters(text).lower()
    if len(folded) != len(text):  # a letter whose lower case is longer; no phrase has one
        folded = "".join(low if len(low := c.lower()) == 1 else c for c in fold_characters(text))
    return folded


def _goes_on(text: str, at: int) -> bool:
    """Return whether a word in lower case at `at` continues a sentence, so that it opens nothing."""
    if text[at - 1 : at] == "\n":
        return False
    before = text[max(at - 2, 0) : at].rstrip()
    return before[-1:].isalnum() or before[-1:] in (",", "-", "'")


def _edge_before(text: str, at: int) -> bool:
    """Return whether a word can begin at `at`."""
    if at == 0:
        return True
    before, here = text[at - 1], text[at]
    if not (before.isalnum() and here.isalnum()):
        return not _joins(here)
    if is_unspaced(here) or is_unspaced(before) or before.isdigit() != here.isdigit():
        return True
    if before.islower():
        return here.isupper()
    return here.isupper() and at + 1 < len(text) and text[at + 1].islower()


def _edge_after(text: str, at: int) -> bool:
    """Return whether a word can end before `at`."""
    if at == len(text):
        return True
    last, here = text[at - 1], text[at]
    if not (last.isalnum() and here.isalnum()):
        return not (_joins(here) and last.isalnum())
    if (
        is_unspaced(here) or is_unspaced(last) or "\uac00" <= last <= "\ud7a3"
    ):  # Korean particles follow without a space
        return True
    if last.isdigit() != here.isdigit():
        return True
    return here.isupper() and (last.islower() or (at + 1 < len(text) and text[at + 1].islower()))


def _joins(char: str) -> bool:
    """Return whether a character belongs to the word before it: combining marks, vowel signs."""
    return char > "\u02ff" and unicodedata.category(char) in ("Mn", "Mc")


def is_unspaced(char: str) -> bool:
    """Return whether a script puts no spaces between words: Han, kana, Thai, Lao, Khmer, Myanmar."""
    return char >= "\u0e00" and (
        "\u3040" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\u0e00" <= char <= "\u0eff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
    )
