"""Write rules as TOML, the format of packs."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import MISSING, fields
from typing import Any

from copydesk.schemas.rule import Keep, Rule

_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def tables(rules: Iterable[Rule | Keep]) -> str:
    """Return `[[rule]]` and `[[keep]]` tables, separated by blank lines; fields with their default value are left out."""
    return "\n".join(_table(rule) for rule in rules)


def _table(rule: Rule | Keep) -> str:
    lines = ["[[rule]]" if isinstance(rule, Rule) else "[[keep]]"]
    for field in fields(rule):
        value = getattr(rule, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        if field.default_factory is not MISSING and value == field.default_factory():
            continue
        lines.append(f"{field.name} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[\n" + "".join(f"    {string(item)},\n" for item in value) + "]"
    return string(str(value), literal=True)


def string(text: str, *, literal: bool = False) -> str:
    r"""Return a TOML string; with `literal`, in single quotes if a backslash would have to be doubled.

    Invisible characters are written as escapes, so that nobody accepts what they can't see.

    >>> print(string("he said \"no\"\u202e"), string(r"read more\.", literal=True))
    "he said \"no\"\u202e" 'read more\.'
    """
    hidden = any(unicodedata.category(char) in _INVISIBLE for char in text)
    if literal and "\\" in text and "'" not in text and not hidden:
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(_escaped(char) if unicodedata.category(char) in _INVISIBLE else char for char in quoted)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
