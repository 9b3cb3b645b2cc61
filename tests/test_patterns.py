"""No regular expression takes more than linear time, whatever text it is shown.

The list of patterns is made by looking (tests/helpers/patterns_kit.py), so that a new one can't be forgotten. Rule packs are not in
it: their patterns run in RE2, which is linear by construction.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from patterns_kit import Found, attacks, patterns, seconds

from copydesk.tasks.read.json import _GAP
from copydesk.tasks.repair.prefilter import _patterns
from copydesk.tasks.text.sniff import is_feed, is_html, is_page

N = 8_000
"""Characters of the first text: enough for what is quadratic to take 10 times what the clock can tell apart."""
FAST = 0.02
"""CPU seconds for N characters from which a pattern has to show how it grows."""
MOST = 1.0
LIMIT = 3.2
"""Times the CPU time for twice the text: 2 is linear, 4 is quadratic."""
TRIES = 3


def first(n: int) -> Callable[[str], str]:
    """A caller that shows the pattern no more than n characters."""
    return lambda text: text[:n]


SHOWN: Final[dict[str, Callable[[str], str]]] = {
    "copydesk.tasks.metadata.authors.": first(400),
    "copydesk.tasks.metadata.names.": first(400),
    "copydesk.tasks.decode._COMMENT": first(8192),
    "copydesk.tasks.decode._META": first(8192),
    "copydesk.flows.cli.schema._MARKS": first(0),  # the README of the project itself
}
"""The changes that callers make to a text before the pattern, in the words of their code. All other patterns
see the whole text."""

FOUND, UNREADABLE = patterns()
MADE_AT_RUN_TIME: Final[dict[str, Any]] = {
    "copydesk.tasks.article.publishers._names": re.compile(
        r"(?<!\w)The\ Northern\ Herald(?!\w)", re.IGNORECASE
    ),
    "copydesk.tasks.article.quality._plane_of": re.compile(r"\w+"),
    "copydesk.tasks.discover.keys.literal_of": re.compile("[\ue000\ue001]"),
    "copydesk.tasks.label.copies._by_lead": re.compile(b"\xe3(?:\x80\x82|\x80\x8d)"),
    "copydesk.tasks.read.feed_entry._wrapped": re.compile(r"<description(?:\s[^<>]{0,1000})?(?<!/)>"),
    "copydesk.tasks.read.json._whole": re.compile(_GAP + rb'(?=\{"id")'),
    "copydesk.tasks.repair.prefilter._patterns": _patterns().marks,
    "copydesk.tasks.text.patterns.compiled": re.compile("x"),  # the pattern of a global, which is found there
}
"""Patterns that are put together when a function runs, as an example of what it makes."""
ALL: Final = {
    f"{found.where}:{number}": found
    for number, found in enumerate(
        [*FOUND, *(Found(where, pattern, frozenset()) for where, pattern in MADE_AT_RUN_TIME.items())]
    )
}


def worse_than_linear(found: Found) -> str:
    """The text on which a pattern grows faster than the text, or an empty string."""
    shown = next((change for where, change in SHOWN.items() if found.where.startswith(where)), None)
    for make in attacks(found.pattern):

        def spent(n: int, make: Callable[[int], str | bytes] = make) -> float:
            text = make(n)
            if shown is not None:
                text = (
                    shown(text) if isinstance(text, str) else shown(text.decode("latin-1")).encode("latin-1")
                )
            return seconds(found, text, MOST)

        if spent(N) >= FAST and all(_grows(spent) for _ in range(TRIES)):
            return repr(make(40))
    return ""


def _grows(spent: Callable[[int], float]) -> bool:
    """Whether time grows by more than LIMIT with each doubling, or is over MOST before it could be seen."""
    before = 0.0
    for n in (2 * N, 4 * N, 8 * N):
        now = spent(n)
        if now > MOST:
            return True
        if before and now <= LIMIT * before:
            return False
        before = now
    return True


@pytest.mark.parametrize("name", ALL)
def test_a_pattern_takes_linear_time(name: str) -> None:
    """Each repetition is repeated after its required prefix, with an end that fails."""
    assert not worse_than_linear(ALL[name]), name


def test_forty_comments_do_not_hang_the_reading() -> None:
    """A loop checks the text before the first element, because a pattern took exponential time for it."""
    attack = (Path(__file__).parent / "field" / "attack" / "redos-40-comments.txt").read_bytes()
    assert not is_html(attack)
    assert not is_feed(attack)
    assert is_page(attack[:-1] + b"<html>")
    assert is_feed(
        b'<?xml version="1.0"?>\n<!----><!DOCTYPE rss [ <!ENTITY a "b"> ]>\n<!-- x --><rss version="2.0">'
    )


def test_patterns_made_at_run_time_are_known() -> None:
    """A call with a pattern that is not in the source is in the table, with an example."""
    assert {u.where for u in UNREADABLE} == set(MADE_AT_RUN_TIME)


def test_the_list_holds_what_it_must() -> None:
    """Globals, inline calls and bytes are found, and the callers of each."""
    where = {found.where for found in FOUND}
    assert {
        "copydesk.tasks.text.sniff._FEED",
        "copydesk.tasks.text.sniff.is_jsonl",
        "copydesk.tasks.read.warc_records._NEXT",
        "copydesk.flows.serve._EVERY",
        "copydesk.tasks.metadata.names.LEAD",
    } <= where
    assert len(FOUND) > 100


@pytest.mark.parametrize(
    ("pattern", "calls"),
    [
        (rb"\s*(?:<!--.{0,4000}?-->\s*|<\?[^>]{0,1000}>\s*)*<html", {"match"}),
        (r"(?:a+)+b", {"match"}),
        (r"\s*[,;]\s*", {"split"}),
        (r"x\s*=\s*[\"']?\s*(\w+)", {"search"}),
        (r"(\w+\s?)+$", {"fullmatch"}),
        (r"<[^>]+>", {"sub"}),
        (r"\[\[(.*?)\]\]", {"finditer"}),
    ],
)
def test_a_careless_pattern_would_be_seen(pattern: str | bytes, calls: set[str]) -> None:
    """The test above works: exponential and quadratic patterns fail it."""
    assert worse_than_linear(Found("example", re.compile(pattern, re.DOTALL), frozenset(calls)))
