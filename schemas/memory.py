"""What a dataset remembers of how it is made, so that the next run is like the last one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple

from copydesk.schemas.inputs import Columns
from copydesk.schemas.settings import Settings

COLUMN_NAMES: Final = tuple(f.name for f in fields(Columns))
DEFAULTS: Final = {f.name: f.default for f in fields(Settings)}
"""Every setting with its default."""
OF_ONE_RUN: Final = frozenset(
    {"workers", "shard_documents", "shard_bytes", "commit_seconds", "min_free_bytes", "reject_bytes"}
    | {"rejects_bytes", "retention_seconds", "retention_snapshots", "file_bytes"}
    | {name for name in DEFAULTS if name.startswith(("alarm_", "breaker_"))}
)
"""Settings that say how one run goes. Given to a run, they hold for that run alone: whoever lets one bad batch
pass with `--breaker-share 1` does not want the breaker off for ever. `copydesk config` keeps them, too."""


class Pack(NamedTuple):
    """A rule pack with its content, so that a dataset still has it when its file has moved or changed."""

    path: str
    """Where its file was, as an absolute path."""
    text: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Memory:
    """Columns, settings and rule packs of a dataset; what is not in it is at its default."""

    columns: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Pack, ...] = ()

    def flat(self) -> dict[str, Any]:
        """One value for each name, such as `columns.text`; of rule packs their names under `rules`."""
        values: dict[str, Any] = {f"columns.{name}": value for name, value in self.columns.items()}
        values |= {f"settings.{name}": value for name, value in self.settings.items()}
        if self.rules:
            values["rules"] = [pack.name for pack in self.rules]
        return values
