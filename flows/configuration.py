"""Combine a run's configuration from its options, `copydesk.toml`, and what the dataset remembers.

The later of these takes precedence: the dataset's memory, `copydesk.toml` beside the dataset, the command
line. A value that is left out stays as it was. The run reports what stays and what changes.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from copydesk.flows.config_file import FileConfig, read_config_file
from copydesk.schemas.inputs import Columns
from copydesk.schemas.memory import DEFAULTS, OF_ONE_RUN, Memory, Pack
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.rule import RuleSet
from copydesk.schemas.settings import Settings
from copydesk.tasks.rules import load_packs, read_pack
from copydesk.tasks.store import recall

_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """The configuration of a run."""

    columns: Columns
    settings: Settings
    rules: RuleSet
    before: Memory
    """What the dataset remembered when this plan was made."""
    memory: Memory
    """What it remembers from this run on."""
    said: tuple[str, ...]
    """One line each on what was kept and what changes."""

    def write_packs(self, folder: Path) -> list[Path]:
        """Write the rule packs to files below `folder`, for processes that load them; return their paths."""
        paths = []
        for number, pack in enumerate(self.memory.rules):
            path = folder / f"rules-{number}" / (pack.name or "rules.toml")
            path.parent.mkdir(parents=True)
            path.write_text(pack.text, encoding="utf-8")
            paths.append(path)
        return paths


def plan_of(request: IngestRequest) -> Plan:
    """Make the plan for a request. Raise UsageError for a wrong pack or a wrong `copydesk.toml`."""
    before = recall(Path(request.out))
    file = read_config_file(Path(request.out))
    columns = {name: value for name, value in _columns(before, file, request).items() if value}
    given = file.settings | {name: getattr(request.settings, name) for name in request.named_settings()}
    lasting = {name: value for name, value in given.items() if name not in OF_ONE_RUN}
    kept = {n: v for n, v in {**before.settings, **lasting}.items() if v != DEFAULTS[n] or n in OF_ONE_RUN}
    packs, remarks = _packs(before, file, request)
    memory = Memory(columns, kept, packs)
    from_file = (f"using {file.path}",) if file.path else ()
    return Plan(
        columns=Columns(**columns),
        settings=replace(Settings(), **{**before.settings, **given}),
        rules=load_packs(packs),
        before=before,
        memory=memory,
        said=(*from_file, *_said(before, memory, given, columns, request), *remarks),
    )


def _columns(before: Memory, file: FileConfig, request: IngestRequest) -> Mapping[str, str]:
    named = {name: getattr(request.columns, name) for name in Columns.__dataclass_fields__}
    return {**before.columns, **file.columns, **{name: value for name, value in named.items() if value}}


def _packs(before: Memory, file: FileConfig, request: IngestRequest) -> tuple[tuple[Pack, ...], list[str]]:
    """Return the packs in force (given and remembered ones), and remarks about them."""
    forget = request.forget_rules or file.rules == ()
    old = () if forget else before.rules
    named = [*(file.rules or ()), *(os.path.abspath(path) for path in request.rules)]
    given = [read_pack(Path(path)) for path in dict.fromkeys(named)]
    result, remarks = list(old), []
    for pack in given:
        place = _place_of(pack, result, {each.path for each in given})
        if place is None:
            result.append(pack)
            continue
        if result[place].text != pack.text:
            remarks.append(f"rules: {pack.name} has changed since the last run; the new version is used")
        result[place] = pack
    paths = {pack.path for pack in given}
    for pack in old:
        if pack in result and pack.path not in paths:
            remarks += _compared(pack)
    if forget and before.rules:
        gone = [pack.name for pack in before.rules if pack.path not in paths]
        remarks += [f"forgotten: rules {', '.join(gone)}"] if gone else []
    return tuple(result), remarks


def _place_of(pack: Pack, packs: Sequence[Pack], given: set[str]) -> int | None:
    """Return the position of the pack that this one replaces.

    It is the one of the same path, or the only other one of its name.
    """
    for number, other in enumerate(packs):
        if other.path == pack.path:
            return number
    same = [n for n, other in enumerate(packs) if other.name == pack.name and other.path not in given]
    return same[0] if len(same) == 1 else None


def _compared(pack: Pack) -> list[str]:
    """Return remarks on the file of a remembered pack that was not given."""
    try:
        text = Path(pack.path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return [f"rules: {pack.path} does not exist any more; the dataset has kept its content"]
    if text != pack.text:
        return [f"rules: {pack.path} has changed; kept as it was; --rules {pack.name} uses the change"]
    return []


def _said(
    before: Memory,
    memory: Memory,
    given: Mapping[str, Any],
    columns: Mapping[str, str],
    request: IngestRequest,
) -> list[str]:
    old, new = before.flat(), memory.flat()
    named = {f"settings.{name}" for name in given} | {
        f"columns.{name}" for name in columns if getattr(request.columns, name)
    }
    named |= {"rules"} if request.rules or request.forget_rules else set()
    kept = [
        describe(name, value) for name, value in old.items() if name not in named and new.get(name) == value
    ]
    changed = [
        f"{describe(name, new.get(name))} (was {describe(name, old[name], bare=True)})"
        for name in old
        if new.get(name) != old[name] and name != "rules"
    ]
    lines = [f"as before: {_some(kept)}"] if kept else []
    return lines + ([f"changed: {_some(changed)}"] if changed else [])


def describe(name: str, value: Any, *, bare: bool = False) -> str:
    """Describe a remembered value in words; with `bare`, without its name.

    >>> describe("columns.text", "body"), describe("settings.keep_raw", False), describe("rules", ["a.toml"])
    ('text column body', 'keep_raw off', 'rules a.toml')
    """
    kind, _, rest = name.partition(".")
    if kind == "rules":
        shown, label = ", ".join(value), "rules"
    elif kind == "columns":
        shown, label = str(value or "by its usual names"), f"{rest} column"
    else:
        value = DEFAULTS[rest] if value is None else value
        shown, label = ({True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)), rest
    return shown if bare else f"{label} {shown}"


def _some(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
    return ", ".join(parts[:_SHOWN]) + more
