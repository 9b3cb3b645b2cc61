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
from typing import Any, NamedTuple, get_args

import orjson
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
    shipped = _shipped()
    packs = [*shipped.packs, *((pack.path, parse_pack(pack.text, pack.path)) for pack in extra)]
    for name, pack in packs:
        for rule in pack:
            if rule.id in rules:
                raise UsageError(
                    f"{name}: rule {rule.id}: the id is taken; expected one that is unique over all packs"
                )
            rules[rule.id] = rule
    ordered = tuple(rules[key] for key in sorted(rules))
    digest = hashlib.blake2b(repr(ordered).encode("utf-8", "surrogatepass"), digest_size=8)
    return RuleSet(ordered, digest.hexdigest(), shipped.analyses)


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


COMPILED = "compiled.json"
"""The shipped packs and what is known of their patterns, as JSON; `make rules` writes it, see `tasks.rule_build`."""


class Shipped(NamedTuple):
    """The packs that ship with copydesk, in the order of their names."""

    packs: tuple[tuple[str, tuple[Rule, ...]], ...]
    analyses: Mapping[tuple[str, str, bool, int], Sequence[Any]]


@cache
def _shipped() -> Shipped:
    """Read the packs once a process: from the compiled file, which is ten times as fast as TOML.

    A pack that was edited since `make rules` is read from its TOML, so that an edit counts at once. Without the
    compiled file, everything is.
    """
    try:
        compiled = orjson.loads((files("tasks.rules") / COMPILED).read_bytes())
    except FileNotFoundError:
        compiled = {"packs": {}, "analyses": []}
    known = compiled["packs"]
    packs = []
    for name, content in pack_files():
        entry = known.get(name)
        if entry is not None and entry["hash"] == content_hash(content):
            packs.append((name, tuple(_from_compiled(values) for values in entry["rules"])))
        else:
            packs.append((name, parse_pack(content.decode("utf-8"), name, verify=False)))
    return Shipped(tuple(packs), {tuple(key): values for key, values in compiled["analyses"]})


def pack_files() -> list[tuple[str, bytes]]:
    """Return name and content of each shipped pack, in the order of their names."""
    packs = [p for p in files("tasks.rules").iterdir() if p.name.endswith(".toml")]
    return sorted((p.name, p.read_bytes()) for p in packs)


def content_hash(content: bytes) -> str:
    """Return the hash by which a compiled pack knows its TOML file."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _from_compiled(values: dict[str, Any]) -> Rule:
    """Build a rule that was valid when it was compiled."""
    for name in _TUPLES & values.keys():
        values[name] = tuple(values[name])
    return Rule(**values)


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
