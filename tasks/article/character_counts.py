"""How many characters were kept and removed: the one place where that is counted.

Counted in the text of the ledger's spans, which is the text after repair: what repair took away (a soft hyphen, half of a
broken sequence) was neither kept nor removed. So an article's `removed_chars`, a run's, and what `explain` says are
one number, and anybody can count it again from `ledger/`. White space does not count.
"""

from collections.abc import Iterable
from typing import NamedTuple

from copydesk.schemas.ledger import LedgerRow
from copydesk.tasks.article.quality import solid


class Characters(NamedTuple):
    """Non-space characters of some ledger rows."""

    kept: int
    removed: dict[str, int]
    """By label; labels of which nothing was removed are absent."""

    @property
    def gone(self) -> int:
        """All that was removed."""
        return sum(self.removed.values())

    @property
    def share(self) -> float:
        """Removed over all, 0 to 1; 0 where there is nothing."""
        return self.gone / (self.kept + self.gone) if self.kept + self.gone else 0.0


def characters(rows: Iterable[LedgerRow]) -> Characters:
    """Count the non-space characters that were kept, and those removed by label.

    >>> row = LedgerRow("id", "", 0, 0, 10, "Share this", "share", False, "en_share", 1.0)
    >>> characters([row, LedgerRow("id", "", 1, 11, 20, "It is on.", "paragraph", True, "", 1.0)])
    Characters(kept=7, removed={'share': 9})
    """
    kept: list[str] = []
    removed: dict[str, list[str]] = {}
    for row in rows:
        if row.kept:
            kept.append(row.text)
        elif row.text:
            removed.setdefault(row.label, []).append(row.text)
    return Characters(
        solid("".join(kept)), {label: solid("".join(texts)) for label, texts in removed.items()}
    )
