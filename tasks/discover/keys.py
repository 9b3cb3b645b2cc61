"""The parts of a line that can recur (all of it, its beginning, its end), and patterns to find them.

A key is a stretch in the form rules see (`copydesk.tasks.text.folding`), in lower case, with each number and
each month beside a number replaced by a placeholder, so that `12 May 2013` and `3 June 2014` are one. The
first character of a key is its kind.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from copydesk.tasks.metadata import MONTHS
from copydesk.tasks.text import FULL_STOPS, TERMINALS, fold_characters

LINE, OPENER, LEAD, SUFFIX, INSIDE, WITHIN = "L", "O", "P", "S", "I", "W"
"""A whole line; the beginning of a short line, which is removed with it; a stretch glued before a paragraph;
the end of a line; a segment inside a line; the beginning of a segment inside a line, which is removed with it."""
GLUED: Final = frozenset((LEAD, SUFFIX, INSIDE))
"""Kinds whose stretch alone is removed, out of a longer line."""

OPENING_QUOTES: Final = "\"'`\u00ab\u2039\u201e\u201a\u201c\u2018\u201f\u300c\u300e\uff02"
"""Characters that open a quotation, folded or not."""

_NUMBER, _MONTH = "\x01", "\x02"
"""Placeholders. Repaired text holds no control characters."""
_DIGITS = re.compile(r"[0-9]{1,9}")
_WORD = re.compile(r"[^\W\d_]+")
_DATED = re.compile(
    rf"(?<![^\W\d_])([^\W\d_]{{3,12}})(?=\.?,? ?{_NUMBER})|(?<={_NUMBER} )([^\W\d_]{{3,12}})(?![^\W\d_])"
)
_LONGEST_LINE: Final = 300
"""Maximum length of a line that is counted as a whole, in characters. Longer lines hardly repeat, except in
wire copy."""
_SHORT_LINE: Final = 160
"""Maximum length of a line whose beginning counts as that of a link or a notice, in characters."""
_LONGEST_TEXT, _END = 800, 300
_MOST_WORDS: Final = 6
_SENTENCE_WORDS: Final = 12
"""Maximum words of a first or last sentence that is counted by itself."""
_LETTERS: Final = 4
_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TERMINAL = re.compile(f"[{re.escape(TERMINALS)}][\"')\\]]*$")
_MARKER = re.compile(r"^(\S+(?: \S+){0,5}?(?::| \||>))(?= ?\S)")
_STOPS: Final = re.escape(FULL_STOPS)
_FIRST_SENTENCE = re.compile(rf"^(.{{4,120}}?[{_STOPS}])(?= [^\W\d_\"'(])")
_LAST_SENTENCE = re.compile(rf"^.*[{_STOPS}][\"')]? (\S.{{3,120}})$")
_LAST_PART = re.compile(r"^.*\S( \| .{3,60}| [-*] .{3,60}| ?\([^()]{3,80}\)\.?| ?\[[^\[\]]{3,80}\])$")


class Line(NamedTuple):
    """A line with the properties that counting needs."""

    key: str
    """All of it, without the kind."""
    terminal: bool
    """True if it ends like a sentence."""


def line_of(text: str) -> Line:
    """Return the key of a whole line; for more than `_LONGEST_TEXT` characters, of its beginning and end.

    >>> line_of("118  SHARES on 12 May 2013").key == line_of("9 shares on 3 June 2014").key
    True
    """
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_END]} \u2026 {text[-_END:]}"
    folded = " ".join(fold_characters(text).lower().split())
    return Line(key_of(folded), bool(_TERMINAL.search(folded)))


def key_of(folded: str) -> str:
    """Return a folded stretch in lower case, with placeholders for its numbers and dates."""
    key = _DIGITS.sub(_NUMBER, folded.lower())
    if _NUMBER in key:
        key = _DATED.sub(lambda hit: _MONTH if (hit[1] or hit[2]) in MONTHS else hit[0], key)
    return key


def marker_of(text: str) -> str:
    """Return the words up to a marker (`:`, `|`, `>`) that open a key, and the marker; "" if none does.

    >>> marker_of("read also: quay rebuilt"), marker_of("the quay was rebuilt")
    ('read also:', '')
    """
    marker = _MARKER.match(text)
    return marker[1] if marker and has_letters(marker[1], 3) else ""


def keys_of(line: Line, known: frozenset[str]) -> Iterator[str]:
    """Yield the keys of a line: all of it, its beginnings, its ends; only those with some letters.

    The beginning of a line that ends like a sentence counts only where a marker (`:`, `|`) closes it or it
    opens with a word of `known` furniture: `He said that` begins thousands of sentences. Scripts without
    spaces have whole lines, markers and brackets, but no first words.
    """
    text = line.key
    size = len(text)
    if size <= _LONGEST_LINE and has_letters(text):
        yield LINE + text
    yield from _beginnings(line, known) if size <= _SHORT_LINE else _leads(text)
    for end in _ends(line):
        if has_letters(end) and len(end) < size:
            yield SUFFIX + end


def _beginnings(line: Line, known: frozenset[str]) -> Iterator[str]:
    text = line.key
    marker = marker_of(text)
    if marker:
        yield OPENER + marker
    words = text.split(" ")
    if line.terminal and _bare(words[0]) not in known:
        return
    for count in range(2, min(_MOST_WORDS, len(words) - 1) + 1):
        begin = " ".join(words[:count])
        if has_letters(begin) and begin != marker:
            yield OPENER + begin


def _leads(text: str) -> Iterator[str]:
    head = text[:200]
    found = _FIRST_SENTENCE.match(head) or _MARKER.match(head)
    if found and found[1].count(" ") < _SENTENCE_WORDS and has_letters(found[1]):
        yield LEAD + found[1]


def _ends(line: Line) -> Iterator[str]:
    tail = line.key[-220:]
    seen = set()
    for pattern in (_LAST_PART, _LAST_SENTENCE):
        found = pattern.match(tail)
        if found and found[1].strip().count(" ") < _SENTENCE_WORDS:
            seen.add(found[1].strip())
    if not line.terminal and len(line.key) <= _SHORT_LINE:
        words = line.key.split(" ")
        seen.update(" ".join(words[-count:]) for count in range(2, min(5, len(words) - 2) + 1))
    yield from sorted(seen)


def has_letters(text: str, least: int = _LETTERS) -> bool:
    """Return whether a stretch has four letters, or two characters of a script without spaces."""
    count = 0
    for char in text:
        if char.isalpha():
            count += 1 + (least // 2 - 1 if _WIDE.match(char) else 0)
            if count >= least:
                return True
    return False


def letter_words(text: str) -> list[str]:
    """Return the words of a key or a line, without numbers and punctuation."""
    return _WORD.findall(text.lower())


def _bare(word: str) -> str:
    found = _WORD.search(word)
    return found[0] if found else ""


def literal_of(key: str) -> str:
    """Return the longest part of a key without placeholders: every line that has the key contains it.

    >>> literal_of(LINE + line_of("118 shares on 5 May 2013").key)
    'shares on'
    """
    return max(re.split(f"[{_NUMBER}{_MONTH}]", key[1:]), key=len).strip()


def shown(key: str) -> str:
    """Return a key for display, without its kind.

    >>> shown(LINE + line_of("Updated 5 May 2013").key)
    'updated # <month> #'
    """
    return key[1:].replace(_NUMBER, "#").replace(_MONTH, "<month>")


def without_numbers(text: str) -> str:
    """Return a stretch as it was written, folded, with placeholders for its numbers."""
    return _DIGITS.sub(_NUMBER, " ".join(fold_characters(text).split()))


_META = re.compile(r"([.^$*+?()\[\]{}|\\])")


def pattern_of(key: str, rest: int) -> str:
    """Return the RE2 pattern of a key, for a trimmed and folded line.

    `rest` is how much may follow an opener.

    >>> pattern_of(LINE + line_of("118 shares (UK)").key, 0)
    '[0-9]{1,9} shares \\\\(uk\\\\)'
    >>> pattern_of(OPENER + "read more:", 40)
    'read more: ?.{1,40}'
    """
    body = _escaped(key[1:])
    if key[0] == OPENER:
        return body + (" ?" if key[-1] in ":|>" else " ") + f".{{1,{rest}}}"
    if key[0] == WITHIN:
        return _bounded(WITHIN, f'{body} ?(?:[^"{_STOPS}]|[.][0-9]){{1,{rest}}}[{_STOPS}]?')
    return _bounded(key[0], body)


def cased_pattern_of(key: str, written: str) -> str:
    """Return the pattern with capitals, for a glued stretch that is always `written` so.

    Returns "" if capitals add nothing.

    `Read more` at the end of a line is a link, `read more` the end of a sentence.

    >>> cased_pattern_of(SUFFIX + "read more", "Read more"), cased_pattern_of(SUFFIX + "read more", "read more")
    ('\\\\bRead more', '')
    """
    form = without_numbers(written)
    return _bounded(key[0], _escaped(form)) if form.lower() == key[1:] != form else ""


def _bounded(kind: str, body: str) -> str:
    """Prevent a match in the middle of a word: `thread more` does not end in `read more`."""
    if kind == SUFFIX and body[0].isascii() and body[0].isalnum():
        return r"\b" + body
    if kind in (INSIDE, WITHIN):
        after = r"(?:$|[^\pL\pN])" if kind == INSIDE and (body[-1].isalnum() or body[-1] == "}") else ""
        return rf"(?:^|[^\pL\pN])(?P<cut>{body}){after}"
    if kind == LEAD and body[-1].isascii() and body[-1].isalnum():
        return body + r"\b"
    return body


def _escaped(stretch: str) -> str:
    return _META.sub(r"\\\1", stretch).replace(_NUMBER, "[0-9]{1,9}").replace(_MONTH, r"\pL{3,12}")
