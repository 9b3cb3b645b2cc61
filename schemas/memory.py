"""The configuration that a dataset remembers, so that the next run uses it again."""

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
"""Settings that control how one run proceeds. A value given to a run holds for that run only: a user who lets
one bad batch pass with `--breaker-share 1` does not want the breaker off for ever. `copydesk config` can
store them."""


class Pack(NamedTuple):
    """A rule pack with its content, so that the dataset keeps it when the file is moved or changed."""

    path: str
    """Absolute path that its file had."""
    text: str

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Memory:
    """Columns, settings and rule packs of a dataset. A value that is absent has its default."""

    columns: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Pack, ...] = ()

    def flat(self) -> dict[str, Any]:
        """Return one value per name, such as `columns.text`; rule packs appear by name under `rules`."""
        values: dict[str, Any] = {f"columns.{name}": value for name, value in self.columns.items()}
        values |= {f"settings.{name}": value for name, value in self.settings.items()}
        if self.rules:
            values["rules"] = [pack.name for pack in self.rules]
        return values
