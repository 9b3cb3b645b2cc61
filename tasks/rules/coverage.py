"""What is known about each family of furniture in each language: how many phrases, and how many rules.

The table of `copydesk rules matrix`. A cell without phrases and rules is a gap; one with few is thin.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from copydesk.schemas.rule import Rule
from copydesk.tasks.rules.phrase_matrix import FAMILIES, ROLES, load_matrix

THIN: Final = 10
"""Phrases below which a cell is called thin. The fullest has 150, the median cell 24."""


class Cell(NamedTuple):
    """One family in one language."""

    language: str
    family: str
    label: str
    """The label of the ledger that the family is evidence for."""
    opener: int
    notice: int
    button: int
    keep: int
    """Near misses: sentences of articles that hold words of the family."""
    rules: int

    @property
    def phrases(self) -> int:
        """How many phrases the matrix has."""
        return self.opener + self.notice + self.button

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not self.phrases and not self.rules

    @property
    def thin(self) -> bool:
        """Whether little is known, but something."""
        return not self.empty and self.phrases < THIN


def cells(rules: Iterable[Rule]) -> list[Cell]:
    """Return every cell of the matrix, in the order of languages and families; `rules` are those in force."""
    matrix = load_matrix()
    counts = Counter((rule.language, rule.id.split("/")[0]) for rule in rules)
    return [
        Cell(
            language,
            family,
            label,
            **{part: len(matrix[language].get(family, {}).get(part, ())) for part in (*ROLES, "keep")},
            rules=counts[language, family],
        )
        for language in matrix
        for family, label in FAMILIES.items()
    ]
