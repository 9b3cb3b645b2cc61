"""The task of a run, and how it reports its progress."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from copydesk.schemas.inputs import Columns
from copydesk.schemas.settings import Settings

Runner = Literal["local", "dask", "ray"]


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """Everything that one run needs to know. Paths are as the user gave them."""

    inputs: tuple[str, ...]
    """Files, folders, globs, or `-` for standard input."""
    out: str
    """Folder of the dataset."""
    columns: Columns = Columns()
    rules: tuple[str, ...] = ()
    """Rule packs (TOML) in addition to those that ship with copydesk."""
    settings: Settings = field(default_factory=Settings)
    """Values that differ from the defaults were set by the user, as were those named in `given`. All others
    come from the configuration of the dataset."""
    runner: Runner = "local"
    """Where shards are cleaned: in worker processes on this machine, or on a Dask or Ray cluster."""
    runner_address: str = ""
    """Address of the cluster. If empty, the cluster's own environment variable decides; without one, a
    cluster is started on this machine."""
    fail_on_alarm: bool = False
    """Exit with code 5 when something was unusual; committed data stays in either case."""
    fail_on_empty: bool = False
    """Exit with code 66 when an input holds no file, or all inputs together hold no document."""
    given: frozenset[str] = frozenset()
    """Names of settings that the user set although the value is the default."""
    forget_rules: bool = False
    """Use only the packs in `rules`. Otherwise the packs that the dataset remembers stay in force."""

    check_content: bool = False
    """Hash the content of known inputs instead of comparing size and times."""

    limit: int = 0
    """Read at most this many documents; the next run continues after them. 0 means all."""
    sample: float = 1.0
    """Read only this share of the documents, the same ones each time; their inputs do not count as read."""

    def named_settings(self) -> frozenset[str]:
        """Return the names of the settings that the user set."""
        default = Settings()
        names = Settings.__dataclass_fields__
        return self.given | {n for n in names if getattr(self.settings, n) != getattr(default, n)}


class Advance(NamedTuple):
    """How far a run has come."""

    documents: int
    """Documents cleaned or rejected so far, without those of skipped inputs."""
    rejected: int
    done_bytes: int
    """Size of the inputs that are finished, plus the part of the current input that is cleaned."""
    total_bytes: int
    """Size of all inputs on disk. Standard input counts as 0."""


Progress = Callable[[Advance], None]
"""Called several times a second, from any thread; must return quickly."""


Status = Callable[[str], None]
"""Called with one line about the current slow operation: a server start, a commit."""


class Note(str):
    """A status line that stays on the screen because the user should know it."""

    __slots__ = ()


def ignore(_: object) -> None:
    """Do nothing; the default for `Progress` and `Status`."""
