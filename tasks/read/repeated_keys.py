"""Decide whether URLs and ids that several rows of one input share still identify articles.

The same URL with the same story, or with another fetch time, is an update and stays one article. The same URL
with another story identifies neither: a table may hold the address of the site, of a section or of a feed
beside each of its articles, and all of them would become versions of one. So the first rows of an input, read
before any is yielded, decide what identifies its rows. The decision is thus the same for any number of
workers and shards, and a resumed run takes it from the resume point. Later repeats are counted and reported,
but change nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

_MOST_KEYS: Final = 200_000
"""Maximum number of keys remembered per input; about 30 MB."""
_FEW: Final = 2
_SHARE: Final = 0.1
"""A column with more clashes than this, both in number and as a share of the rows, identifies nothing."""


class Seen(NamedTuple):
    """The key and story of one row."""

    key: str
    """Its URL or id."""
    story: str
    """Its title, or the beginning of its text."""
    fetched: str = ""


class Repeats:
    """Count the rows whose key an earlier row had with another story."""

    def __init__(self) -> None:
        self.rows = self.clashes = 0
        self._stories: dict[int, int] = {}

    def add(self, row: Seen) -> bool:
        """Add a row; return whether its key belonged to another story."""
        if not row.key:
            return False
        self.rows += 1
        key, story = hash((row.key, row.fetched)), hash(row.story)
        before = self._stories.get(key)
        if before is None:
            if len(self._stories) < _MOST_KEYS:
                self._stories[key] = story
            return False
        self.clashes += before != story
        return before != story


def identifies(rows: Iterable[Seen]) -> bool:
    """Return whether a column distinguishes articles, judging by the first rows of an input.

    >>> same = [Seen("https://example.org/news", f"Story {n}") for n in range(4)]
    >>> identifies(same), identifies([Seen(f"https://example.org/{n}", "Story") for n in range(4)])
    (False, True)
    """
    repeats = Repeats()
    for row in rows:
        repeats.add(row)
    return repeats.clashes < _FEW or repeats.clashes <= _SHARE * repeats.rows
