"""Count what is known about each family of furniture in each language: phrases and rules.

This is the table of `copydesk rules matrix`. A cell without phrases and rules is a gap. A cell with few is
thin.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from copydesk.schemas.rule import Rule
from copydesk.tasks.rules.phrase_matrix import FAMILIES, ROLES, load_matrix

THIN: Final = 18
"""A cell with fewer phrases is thin: a family has openers, notices and buttons in several wordings."""


class Cell(NamedTuple):
    """One family in one language."""

    language: str
    family: str
    label: str
    """The label of the ledger for which the family is evidence."""
    opener: int
    notice: int
    button: int
    keep: int
    """Near misses: sentences of articles that contain words of the family."""
    rules: int

    @property
    def phrases(self) -> int:
        """How many phrases the matrix has for this cell."""
        return self.opener + self.notice + self.button

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not self.phrases and not self.rules

    @property
    def thin(self) -> bool:
        """Whether something is known, but little."""
        return not self.empty and self.phrases < THIN


def cells(rules: Iterable[Rule]) -> list[Cell]:
    """Return every cell of the matrix, in the order of languages and families.

    `rules` are the rules in force.
    """
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
