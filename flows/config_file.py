"""Read `copydesk.toml` beside a dataset: configuration for every run, in a file that people edit and keep."""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from copydesk.schemas.errors import UsageError
from copydesk.schemas.memory import COLUMN_NAMES, DEFAULTS

NAME: Final = "copydesk.toml"
_MOST_BYTES: Final = 1 << 20
_KEYS: Final = ("columns", "settings", "rules")


@dataclass(frozen=True, slots=True)
class FileConfig:
    """Content of the file."""

    path: str = ""
    """Empty if there is no file."""
    columns: Mapping[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    rules: tuple[str, ...] | None = None
    """Absolute paths of packs; None if the file does not mention rules."""


def read_config_file(out: Path) -> FileConfig:
    """Read `copydesk.toml` in the parent folder of the dataset, if there is one.

    Raises a UsageError that names file, key, what was found and what is expected.
    """
    path = Path(os.path.abspath(out)).parent / NAME
    try:
        found = path.stat()
    except OSError:
        return FileConfig()
    if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
        raise UsageError(f"{path}: expected a file of at most {_MOST_BYTES:,} bytes")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    for key in told:
        _known(key, _KEYS, f"{path}: {key}")
    return FileConfig(
        str(path),
        {
            name: column_value(name, value, f"{path}: columns.{name}")
            for name, value in _table(told, "columns", path)
        },
        {
            name: setting_value(name, value, f"{path}: settings.{name}")
            for name, value in _table(told, "settings", path)
        },
        _rules(told, path),
    )


def column_value(name: str, value: Any, where: str) -> str:
    """Check the name of a column. A UsageError begins with `where`."""
    _known(name, COLUMN_NAMES, where)
    if not isinstance(value, str):
        raise UsageError(f"{where}: found {value!r}, expected the name of a column in quotes")
    return value


def setting_value(name: str, value: Any, where: str) -> Any:
    """Check the value of a setting against the type and range of its default.

    A UsageError begins with `where`.
    """
    _known(name, tuple(DEFAULTS), where)
    default = DEFAULTS[name]
    if isinstance(default, bool):
        fits, expected = isinstance(value, bool), "true or false"
    elif isinstance(default, float):
        fits, expected = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif isinstance(default, int):
        fits, expected = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        fits, expected = isinstance(value, type(default)), f"a value like {default!r}"
    if fits and isinstance(value, int | float) and not isinstance(value, bool):
        share = name.endswith("_share") or name == "near_threshold"
        fits = 0 <= value <= 1 if share else value >= 0
        expected += " from 0 to 1" if share else ", 0 or more"
    if not fits:
        raise UsageError(f"{where}: found {value!r}, expected {expected}")
    return float(value) if isinstance(default, float) else value


def _table(told: Mapping[str, Any], key: str, path: Path) -> list[tuple[str, Any]]:
    table = told.get(key, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {key}: found {table!r}, expected a table [{key}]")
    return list(table.items())


def _rules(told: Mapping[str, Any], path: Path) -> tuple[str, ...] | None:
    if "rules" not in told:
        return None
    rules = told["rules"]
    if not isinstance(rules, list) or not all(isinstance(name, str) for name in rules):
        raise UsageError(f"{path}: rules: found {rules!r}, expected a list of files")
    return tuple(os.path.abspath(path.parent / name) for name in rules)


def _known(name: str, names: tuple[str, ...], where: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        expected = f"{near[0]} perhaps" if near else f"one of {', '.join(names)}"
        raise UsageError(f"{where}: no such name; expected {expected}")
