"""Check the fields of a table of a pack: all present, each of its type and within its bounds.

Types and choices are read from `copydesk.schemas.rule.Rule` and `Keep`, so that a new field is checked too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, Literal, get_args, get_origin

from copydesk.schemas.labels import FIELDS, FURNITURE
from copydesk.schemas.rule import Keep, Rule
from copydesk.tasks.text import fold_characters


def _required(kind: type[Rule | Keep]) -> list[str]:
    return [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]


_FIELDS: Final = {f.name: f for kind in (Keep, Rule) for f in fields(kind)}
_REQUIRED: Final = _required(Rule)
LABELS: Final = FIELDS | frozenset(FURNITURE) | {"subheading"}
"""What a rule may claim. Body text is everything that no rule claims. A rule may claim a subheading
(`Timeline`)."""
_MOST: Final = {"within": 1_000, "longest": 100_000}
"""Highest values of the numeric fields: lines of a block, characters of a line."""
_LONGEST: Final = {"id": 200, "pattern": 20_000, "through": 20_000}
_LONGEST_KEPT: Final = 10_000
"""Most characters of a must-keep line."""
_SHOWN: Final = 80
"""Characters of a wrong value that an error quotes."""


def name_of(table: object, number: int, kind: str = "rule") -> str:
    """Return the name of a table for error messages: its valid id, otherwise its number in the pack."""
    found = table.get("id") if isinstance(table, Mapping) else None
    return (
        f"{kind} {found}"
        if isinstance(found, str) and found and found.isprintable()
        else f"{kind} number {number}"
    )


def problems(table: Any) -> Iterator[str]:
    """Yield the first problem with the fields of a rule: which field, what was found, and what was expected."""
    if problem := _of_kind(table, Rule):
        yield problem
        return
    for name in ("match", "keep"):
        if not table[name]:
            what = "one" if name == "match" else "one near miss that must stay"
            yield f"found no {name} examples, expected at least {what}"


def keep_problems(table: Any) -> Iterator[str]:
    """Yield the first problem with a [[keep]] table, as `problems` does for a rule."""
    if problem := _of_kind(table, Keep):
        yield problem
        return
    if not table["lines"]:
        yield "found no lines, expected at least one line that must stay"
    for line in table["lines"]:
        if not fold_characters(line).strip():
            yield f"found the line {_shown(line)}, expected text"
        elif len(line) > _LONGEST_KEPT:
            yield f"found a line of {len(line):,} characters, expected at most {_LONGEST_KEPT:,}"


def _of_kind(table: object, kind: type[Rule | Keep]) -> str:
    """Return the first problem with the names and types of the fields of a table; "" if there is none."""
    if not isinstance(table, Mapping):
        return f"found {_shown(table)}, expected a [[{kind.__name__.lower()}]] table"
    missing = [key for key in _required(kind) if key not in table]
    unknown = sorted(set(table) - {f.name for f in fields(kind)})
    if missing or unknown:
        return f"missing {missing or 'nothing'}, unknown {unknown or 'nothing'}"
    for name, value in table.items():
        if wanted := _wanted(name, value):
            return f"found {name} = {_shown(value)}, expected {wanted}"
    return ""


def _wanted(name: str, value: object) -> str:
    """Return what a field should hold, or an empty string if the value is right."""
    kind = _FIELDS[name].type
    if name == "label":
        return "" if isinstance(value, str) and value in LABELS else f"one of {sorted(LABELS)}"
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return "" if isinstance(value, str) and value in choices else f"one of {choices}"
    if kind is bool:
        return "" if isinstance(value, bool) else "true or false"
    if kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST[name]
        return "" if fits else f"a number from 0 to {_MOST[name]:,}"
    if kind is str:
        return _wanted_text(name, value)
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return "" if fits else "a list of strings"


def _wanted_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        return "a string"
    if name in _LONGEST and len(value) > _LONGEST[name]:
        return f"at most {_LONGEST[name]:,} characters"
    if name in _REQUIRED and not value.strip():
        return "a string that is not empty"
    if name == "id" and (value.count("/") < 2 or not value.isprintable()):
        return "three parts such as family/language/name, without control characters"
    return ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
