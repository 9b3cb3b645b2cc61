"""What a run notices about its documents, so that a later run can tell what is unusual."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple, Self

_MOST: Final = 1_000
"""Sources and publishers that are remembered of a run: those with the most documents."""


class Volume(NamedTuple):
    """What came of a publisher: its articles, and their characters."""

    articles: int = 0
    kept: int = 0
    removed: int = 0

    def plus(self, other: Iterable[int]) -> "Volume":
        """Both together."""
        return Volume(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """Share of the characters that was removed."""
        return self.removed / (self.kept + self.removed) if self.kept + self.removed else 0.0


@dataclass(frozen=True, slots=True)
class Signs:
    """Counts of a run, or of a shard of it. Documents of inputs that were not read again are not among them."""

    documents: int = 0
    rejected: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    """Documents by site, publisher, file or folder (`copydesk.tasks.shards.cleaning.source_of`), rejects included."""
    publishers: dict[str, Volume] = field(default_factory=dict)
    charsets: dict[str, int] = field(default_factory=dict)
    """Articles by the charset that they were decoded from."""
    passed: dict[str, int] = field(default_factory=dict)
    """Records of web archives that are no documents, by what they are."""
    whole: bool = True
    """Whether the run read its inputs from where an earlier one had ended them, and to their ends."""
    pipeline: str = ""

    def plus(self, other: "Signs") -> "Signs":
        """Both together; what they say of the run as a whole is that of the first."""
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
        """For JSON, with the largest sources and publishers only."""
        values = asdict(self)
        values["sources"] = _largest(self.sources, self.sources)
        values["publishers"] = _largest(self.publishers, {n: v.articles for n, v in self.publishers.items()})
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made."""
        publishers = {name: Volume(*volume) for name, volume in values["publishers"].items()}
        return cls(**{**values, "publishers": publishers})


def _largest(values: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    kept = sorted(sizes, key=lambda name: (-sizes[name], name))[:_MOST]
    return {name: values[name] for name in sorted(kept)}
