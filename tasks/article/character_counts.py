"""Count kept and removed characters, in one place.

The counts use the text of the ledger's spans, which is the text after repair. Characters that repair removed
(a soft hyphen, half of a broken sequence) count neither as kept nor as removed. So an article's
`removed_chars`, a run's, and the figure in `explain` are one number, and anybody can compute it again from
`ledger/`. White space does not count.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.page import Span
from copydesk.tasks.article.quality import count_non_space_of_each


class Characters(NamedTuple):
    """Non-space characters of some ledger rows."""

    kept: int
    removed: dict[str, int]
    """By label; labels without removed characters are absent."""

    @property
    def gone(self) -> int:
        """Return the number of removed characters."""
        return sum(self.removed.values())

    @property
    def share(self) -> float:
        """Return the removed share, 0 to 1; 0 if there is nothing."""
        return self.gone / (self.kept + self.gone) if self.kept + self.gone else 0.0


def characters(rows: Iterable[LedgerRow]) -> Characters:
    """Count the non-space characters that were kept, and those removed by label.

    >>> row = LedgerRow("id", "", 0, 0, 10, "Share this", "share", False, "en_share", 1.0)
    >>> characters([row, LedgerRow("id", "", 1, 11, 20, "It is on.", "paragraph", True, "", 1.0)])
    Characters(kept=7, removed={'share': 9})
    """
    return characters_of_each([rows])[0]


def characters_of_each(documents: Sequence[Iterable[LedgerRow | Span]]) -> list[Characters]:
    """Count the characters of several documents at once, by their ledger rows or labelled spans."""
    texts: list[str] = []
    labels: list[list[str]] = []
    for rows in documents:
        kept: list[str] = []
        removed: dict[str, list[str]] = {}
        for row in rows:
            if row.kept:
                kept.append(row.text)
            elif row.text:
                removed.setdefault(row.label, []).append(row.text)
        texts.append("".join(kept))
        texts.extend(map("".join, removed.values()))
        labels.append(list(removed))
    counts = iter(count_non_space_of_each(texts))
    return [Characters(next(counts), {label: next(counts) for label in removed}) for removed in labels]
