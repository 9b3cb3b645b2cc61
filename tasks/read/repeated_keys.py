"""Urls and ids that several rows of one input share: whether they still tell one article from another.

The same URL with the same story, or with another time of fetching, is an update, and stays one. The same URL
with another story is no name of either: a table may hold the address of the site, of a section or of a feed
beside each of its articles, and they would all become versions of one. So what identifies the rows of an
input is decided at its beginning, from the rows that are looked at before any is handed out. That makes the
decision the same for any number of workers and shards, and a run that goes on where another one was killed
takes it from there. What repeats later on is counted and said, and stays as it is.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

_MOST_KEYS: Final = 200_000
"""Keys that are remembered of an input; about 30 MB."""
_FEW: Final = 2
_SHARE: Final = 0.1
"""More clashes than these, in number and as a share of the rows, and a column identifies nothing."""


class Seen(NamedTuple):
    """What one row shows of itself."""

    key: str
    """Its URL or id."""
    story: str
    """Its title, or the beginning of its text."""
    fetched: str = ""


class Repeats:
    """Counts the rows whose key an earlier row had with another story."""

    def __init__(self) -> None:
        self.rows = self.clashes = 0
        self._stories: dict[int, int] = {}

    def add(self, row: Seen) -> bool:
        """Take a row in; return whether its key was that of another story."""
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
    """Return whether a column tells articles apart, by the first rows of an input.

    >>> same = [Seen("https://example.org/news", f"Story {n}") for n in range(4)]
    >>> identifies(same), identifies([Seen(f"https://example.org/{n}", "Story") for n in range(4)])
    (False, True)
    """
    repeats = Repeats()
    for row in rows:
        repeats.add(row)
    return repeats.clashes < _FEW or repeats.clashes <= _SHARE * repeats.rows
