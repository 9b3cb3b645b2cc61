"""The result of a survey of a dataset: the figures and examples in its report."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Share(NamedTuple):
    """The articles of one publisher or language, and their non-space characters."""

    name: str
    """Empty for articles without one."""
    articles: int
    kept: int
    removed: int
    by_label: Mapping[str, int]
    """Removed characters by label."""

    @property
    def share(self) -> float:
        """Removed over all, 0 to 1."""
        return self.removed / (self.kept + self.removed) if self.kept + self.removed else 0.0


class Recurring(NamedTuple):
    """A line that occurs in several articles."""

    text: str
    label: str
    rule: str
    articles: int
    publishers: tuple[tuple[str, int], ...]
    """The publishers with most of them, and their counts."""
    example: str
    """Id of one of the articles."""


class Removal(NamedTuple):
    """A removed stretch with the text around it."""

    article: str
    publisher: str
    before: str
    text: str
    after: str
    label: str
    rule: str
    score: float


class RejectReason(NamedTuple):
    """The documents that were rejected for one reason."""

    stage: str
    reason: str
    documents: int
    examples: tuple[tuple[str, str, str], ...]
    """Source, record and detail of some."""


class Run(NamedTuple):
    """One run, from its row of `runs/`. Counts that an older version lacks are 0."""

    run_id: str
    started_at: datetime
    seen: int
    written: int
    unchanged: int
    duplicate: int
    rejected: int
    near_duplicates: int
    kept_chars: int
    removed_chars: int
    removed_by_label: Mapping[str, int]
    rejects_by_reason: Mapping[str, int]
    alarms: tuple[str, ...]
    rules_version: str
    cleaner_version: str
    inputs: tuple[str, ...]

    @property
    def share(self) -> float:
        """Removed characters over all of the articles written, 0 to 1."""
        return self.removed_chars / (self.kept_chars + self.removed_chars) if self.removed_chars else 0.0


class Survey(NamedTuple):
    """Everything that a report of a dataset shows."""

    name: str
    articles: int
    duplicates: int
    """Articles that repeat another one."""
    words: int
    first: datetime | None
    """First and last day of publication."""
    last: datetime | None
    whole: Share
    publishers: tuple[Share, ...]
    """Those with most articles first; `more_publishers` others are left out."""
    more_publishers: int
    languages: tuple[Share, ...]
    more_languages: int
    rules: tuple[tuple[str, int, int], ...]
    """Rules by the characters that they removed: id, characters, stretches."""
    removed_lines: tuple[Recurring, ...]
    kept_lines: tuple[Recurring, ...]
    sample: tuple[Removal, ...]
    """A random sample of removed stretches, always the same for the same dataset."""
    removals: int
    """Number of all removed stretches."""
    doubtful: tuple[Removal, ...]
    """The removed stretches with the lowest scores."""
    flags: Mapping[str, int]
    rejects: tuple[RejectReason, ...]
    runs: tuple[Run, ...]
    """Oldest first."""

    @property
    def rejected(self) -> int:
        """Number of rejected documents."""
        return sum(each.documents for each in self.rejects)
