"""Statistics of a run's documents, so that a later run can tell what is unusual."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple, Self

_MOST: Final = 1_000
"""Number of sources and publishers remembered per run: those with the most documents."""


class Volume(NamedTuple):
    """Volume of one publisher: its articles, and their characters."""

    articles: int = 0
    kept: int = 0
    removed: int = 0

    def plus(self, other: Iterable[int]) -> "Volume":
        """Return the sum of both."""
        return Volume(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """Return the share of the characters that was removed."""
        return self.removed / (self.kept + self.removed) if self.kept + self.removed else 0.0


@dataclass(frozen=True, slots=True)
class Signs:
    """Counts of a run or of one of its shards, without documents of inputs that were not read again."""

    documents: int = 0
    rejected: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    """Documents by site, publisher, file or folder (`copydesk.tasks.shards.cleaning.source_of`), including
    rejects."""
    publishers: dict[str, Volume] = field(default_factory=dict)
    charsets: dict[str, int] = field(default_factory=dict)
    """Articles by the charset that they were decoded from."""
    passed: dict[str, int] = field(default_factory=dict)
    """Records of web archives that are not documents, by kind."""
    whole: bool = True
    """Whether the run read its inputs from where an earlier run had ended, and to their ends."""
    pipeline: str = ""

    def plus(self, other: "Signs") -> "Signs":
        """Return the sum of both; `whole` and `pipeline` are those of `self`."""
        publishers = dict(self.publishers)
        for name, volume in other.publishers.items():
            publishers[name] = publishers.get(name, Volume()).plus(volume)
        return Signs(
            self.documents + other.documents,
            self.rejected + other.rejected,
            dict(Counter(self.sources) + Counter(other.sources)),
            publishers,
            dict(Counter(self.charsets) + Counter(other.charsets)),
            dict(Counter(self.passed) + Counter(other.passed)),
            self.whole,
            self.pipeline,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a dict for JSON, with the largest sources and publishers only."""
        values = asdict(self)
        values["sources"] = _largest(self.sources, self.sources)
        values["publishers"] = _largest(self.publishers, {n: v.articles for n, v in self.publishers.items()})
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read the result of `to_dict`."""
        publishers = {name: Volume(*volume) for name, volume in values["publishers"].items()}
        return cls(**{**values, "publishers": publishers})


def _largest(values: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    kept = sorted(sizes, key=lambda name: (-sizes[name], name))[:_MOST]
    return {name: values[name] for name in sorted(kept)}
