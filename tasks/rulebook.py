"""Load rule packs and hold each rule to its own examples.

A pack is a TOML file of `[[rule]]` tables with the fields of `schemas.rule.Rule`. The packs in
`tasks/rules/` ship with copydesk; users add files of their own.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import re2

from schemas.errors import UsageError
from schemas.labels import FIELDS, FURNITURE
from schemas.memory import Pack
from schemas.rule import Rule, RuleSet, Scope
from tasks.folding import fold_characters

_FIELDS = {f.name: f for f in fields(Rule)}
_REQUIRED = [f.name for f in fields(Rule) if f.default is MISSING and f.default_factory is MISSING]
_TUPLES = {"match", "keep", "near"}
_LABELS = FIELDS | frozenset(FURNITURE) | {"subheading"}
"""What a rule may claim. Body text is what no rule claims; subheadings may be named (`Timeline`)."""


def load(extra: Sequence[Path] = ()) -> RuleSet:
    """Load the packs that ship with copydesk, and those of `extra`, in the order of rule ids.

    Raises UsageError that names file, rule and field where a pack is not as it must be.
    """
    return load_packs([read_pack(path) for path in extra])


def read_pack(path: Path) -> Pack:
    """Read a pack's file, without a look at its rules. UsageError where it can't be read."""
    try:
        return Pack(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't read the rule pack: {error}") from error


def load_packs(extra: Sequence[Pack]) -> RuleSet:
    """Load the packs that ship with copydesk, and those of `extra`, whose content was read before: see `load`."""
    rules: dict[str, Rule] = {}
    packs = [*_shipped(), *((pack.path, parse_pack(pack.text, pack.path)) for pack in extra)]
    for name, pack in packs:
        for rule in pack:
            if rule.id in rules:
                raise UsageError(
                    f"{name}: rule {rule.id}: the id is taken; expected one that is unique over all packs"
                )
            rules[rule.id] = rule
    ordered = tuple(rules[key] for key in sorted(rules))
    digest = hashlib.blake2b(repr(ordered).encode("utf-8", "surrogatepass"), digest_size=8)
    return RuleSet(ordered, digest.hexdigest())


def parse_pack(text: str, name: str, verify: bool = True) -> tuple[Rule, ...]:
    """Read the rules of one pack; `name` is what errors call it.

    `verify` compiles each pattern to see that RE2 takes it. Packs that ship need it in tests only.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: not TOML: {error}") from error
    unknown = set(tables) - {"rule"}
    if unknown or not isinstance(tables.get("rule", []), list):
        raise UsageError(f"{name}: found {sorted(tables)}, expected only [[rule]] tables")
    return tuple(_rule(table, name, verify) for table in tables.get("rule", []))


@cache
def _shipped() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """The packs in the order of their names. Read once a process, as its code is: TOML takes most of a start."""
    packs = sorted(
        (p for p in files("tasks.rules").iterdir() if p.name.endswith(".toml")), key=lambda p: p.name
    )
    return tuple((p.name, parse_pack(p.read_text(encoding="utf-8"), p.name, verify=False)) for p in packs)


def _rule(table: Mapping[str, Any], name: str, verify: bool) -> Rule:
    """Build one rule, or say what is wrong with it."""
    here = f"{name}: rule {table.get('id', '(without id)')}"
    missing = [key for key in _REQUIRED if key not in table]
    unknown = sorted(set(table) - set(_FIELDS))
    if missing or unknown:
        raise UsageError(f"{here}: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
    values: dict[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in table.items()}
    rule = Rule(**values)
    problems = [
        (rule.label not in _LABELS, f"label {rule.label!r}, expected one of {sorted(_LABELS)}"),
        (rule.scope not in get_args(Scope), f"scope {rule.scope!r}, expected one of {get_args(Scope)}"),
        (not rule.match, "no match examples, expected at least one"),
        (not rule.keep, "no keep examples, expected at least one near miss that must stay"),
        (rule.id.count("/") < 2, "id without pack/family/name"),
        (
            rule.scope == "block" and rule.within < 1,
            "a block rule without `within`, the most lines it can take",
        ),
        (
            fold_characters(rule.pattern) != rule.pattern,
            "typographic quotes, hyphens or spaces in the pattern; rules see them as ASCII",
        ),
    ]
    for wrong, what in problems:
        if wrong:
            raise UsageError(f"{here}: found {what}")
    for pattern in filter(None, (rule.pattern, rule.through)) if verify else ():
        compile_pattern(pattern, rule.case, here)
    return rule


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, case: bool, here: str) -> Any:
    """Compile with RE2, whose time is linear in the line whatever the pattern.

    Kept for the process: a check of all packs spends three quarters of its time here, and `discover`
    checks them once for each rule it writes.
    """
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise UsageError(f"{here}: pattern {pattern!r} is not RE2 syntax: {error}") from error
