"""What a run is asked to do, and what it says while it does it."""

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
    """Rule packs (TOML) beside those that ship with copydesk."""
    settings: Settings = field(default_factory=Settings)
    """Those that differ from the defaults were asked for, and so were those in `given`; the others are as the
    dataset remembers them."""
    runner: Runner = "local"
    """Who cleans the shards: worker processes on this machine, or those of a Dask or Ray cluster."""
    runner_address: str = ""
    """Where the cluster is; empty for what its own environment variable names, else a cluster on this machine."""
    fail_on_alarm: bool = False
    """End as failed when something was unusual (exit code 5); what was taken in stays all the same."""
    fail_on_empty: bool = False
    """End as failed (exit code 66) when an input holds no file, or all of them no document."""
    given: frozenset[str] = frozenset()
    """Names of settings that were asked for although they are at their defaults."""
    forget_rules: bool = False
    """Use no other packs than those in `rules`; without this, packs that the dataset remembers stay in force."""

    check_content: bool = False
    """Hash the content of known inputs, rather than go by their size and times."""

    def named_settings(self) -> frozenset[str]:
        """Names of the settings that were asked for."""
        default = Settings()
        names = Settings.__dataclass_fields__
        return self.given | {n for n in names if getattr(self.settings, n) != getattr(default, n)}


class Advance(NamedTuple):
    """How far a run has come."""

    documents: int
    """Documents cleaned or rejected so far; those of inputs that were skipped are not among them."""
    rejected: int
    done_bytes: int
    """Size of the inputs that have been dealt with; of the one being read, what has been cleaned."""
    total_bytes: int
    """Size of all inputs on disk. Standard input counts as nothing."""


Progress = Callable[[Advance], None]
"""Called several times a second, from any thread; must return soon."""


Status = Callable[[str], None]
"""Called with one line about what takes time just now: a server that starts, a commit."""


class Note(str):
    """A status that stays on the screen: something to know, not what is going on just now."""

    __slots__ = ()


def ignore(_: object) -> None:
    """Take no notice: the default for both."""
