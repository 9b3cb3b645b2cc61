"""Load rule packs and check the fields and patterns of each rule.

A pack is a TOML file of `[[rule]]` tables with the fields of `copydesk.schemas.rule.Rule`, and of `[[keep]]`
tables with those of `Keep`: lines that must stay. The packs in `tasks/rules/packs/` ship with copydesk. Users
add files of their own.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import re2

from copydesk.schemas.errors import UsageError, installed
from copydesk.schemas.memory import Pack
from copydesk.schemas.rule import Keep, Rule, RuleSet
from copydesk.tasks.rules.fields import keep_problems, name_of, problems
from copydesk.tasks.rules.syntax import parse
from copydesk.tasks.text import fold_characters

_TUPLES = {"match", "keep", "near"}
_LARGEST: Final = 4 << 20
"""Most bytes of a pack. The largest shipped pack has 200,000."""


def load(extra: Sequence[Path] = ()) -> RuleSet:
    """Load the shipped packs and the packs of `extra`, in the order of rule ids.

    Raises UsageError with file, rule and field if a pack is invalid.
    """
    return load_packs([read_pack(path) for path in extra])


def read_pack(path: Path) -> Pack:
    """Read the file of a pack without a check of its rules. Raises UsageError if it can't be read."""
    try:
        return Pack(str(path), _text(path))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: can't read the rule pack: {error}") from error


def load_packs(extra: Sequence[Pack]) -> RuleSet:
    """Load the shipped packs and the packs of `extra`, whose content was read before: see `load`."""
    shipped = _shipped()
    packs = [*shipped.packs, *((pack.path, parse_tables(pack.text, pack.path)) for pack in extra)]
    return together(packs, shipped.analyses, "" if extra else shipped.version)


Analyses = Mapping[tuple[str, str, bool, int], Sequence[Any]]


def together(
    packs: Sequence[tuple[str, "Tables"]], analyses: Analyses | None = None, version: str = ""
) -> RuleSet:
    """Return the rules of all packs, in the order of their ids.

    The version is computed unless it is known: it is another one after any change of a rule. Raises UsageError
    for an id that occurs twice.
    """
    found: dict[str, Rule | Keep] = {}
    for name, pack in packs:
        for each in pack.all():
            if each.id in found:
                what = "rule" if isinstance(each, Rule) else "keep"
                raise UsageError(
                    f"{name}: {what} {each.id}: the id is taken; expected one that is unique over all packs"
                )
            found[each.id] = each
    ordered = [found[key] for key in sorted(found)]
    rules = tuple(each for each in ordered if isinstance(each, Rule))
    keeps = tuple(each for each in ordered if isinstance(each, Keep))
    if not version:
        content = repr(rules) + (repr(keeps) if keeps else "")
        version = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return RuleSet(rules, version, analyses or {}, keeps)


def pack_of(rule_id: str, extra: Sequence[Path] = ()) -> str:
    """Return the name of the pack that holds a rule or a must-keep line; empty if none does."""
    packs = [*_shipped().packs, *((str(path), parse_tables(_text(path), str(path))) for path in extra)]
    return next((name for name, pack in packs for each in pack.all() if each.id == rule_id), "")


class Tables(NamedTuple):
    """The content of a pack, in the order of the file."""

    rules: tuple[Rule, ...]
    keeps: tuple[Keep, ...] = ()

    def all(self) -> list[Rule | Keep]:
        """Return rules and must-keep lines."""
        return [*self.rules, *self.keeps]


def parse_pack(text: str, name: str, verify: bool = True) -> tuple[Rule, ...]:
    """Read the rules of one pack: see `parse_tables`."""
    return parse_tables(text, name, verify).rules


def parse_tables(text: str, name: str, verify: bool = True) -> Tables:
    """Read the rules and must-keep lines of one pack. `name` is its name in error messages.

    `verify` compiles each pattern to check that RE2 accepts it. Shipped packs need this only in tests. Raises
    UsageError with file, table and field.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        told = "nested too deep" if isinstance(error, RecursionError) else error
        raise UsageError(f"{name}: not TOML: {told}") from error
    unknown = set(tables) - {"rule", "keep"}
    if unknown or not all(isinstance(tables.get(kind, []), list) for kind in ("rule", "keep")):
        raise UsageError(f"{name}: found {sorted(tables)}, expected only [[rule]] and [[keep]] tables")
    return Tables(
        tuple(
            _rule(table, f"{name}: {name_of(table, number)}", verify)
            for number, table in enumerate(tables.get("rule", []), 1)
        ),
        tuple(
            _keep(table, f"{name}: {name_of(table, number, 'keep')}")
            for number, table in enumerate(tables.get("keep", []), 1)
        ),
    )


def _text(path: Path) -> str:
    """Return the text of a pack. Raises ValueError for anything that is not text, not a file, or too large."""
    if not path.is_file() and path.exists():
        raise ValueError("not a file")
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"more than {_LARGEST >> 20} MiB")
    return content.decode("utf-8-sig")


COMPILED = "compiled.json"
"""The shipped packs and the analyses of their patterns, as JSON. `make rules` writes it: see
`copydesk.tasks.rules.build`."""


class Shipped(NamedTuple):
    """The packs that ship with copydesk, in the order of their names."""

    packs: tuple[tuple[str, Tables], ...]
    version: str
    """Version of their rules; empty if a pack was edited since `make rules`."""
    analyses: Analyses


@cache
def _shipped() -> Shipped:
    """Read the shipped packs once per process: from the compiled file, which is ten times as fast as TOML.

    A pack that was edited since `make rules` is read from its TOML, so that an edit counts at once. Without
    the compiled file, all packs are read from TOML.
    """
    try:
        content = (files("copydesk.tasks.rules").joinpath("packs") / COMPILED).read_bytes()
        with installed(f"the compiled rules, copydesk/tasks/rules/packs/{COMPILED},"):
            compiled = orjson.loads(content)
    except FileNotFoundError:
        compiled = {"packs": {}, "analyses": []}
    known = compiled["packs"]
    packs = []
    found = pack_files()
    fresh = known.keys() == {name for name, _ in found}
    for name, content in found:
        entry = known.get(name)
        if entry is not None and entry["hash"] == content_hash(content):
            rules = tuple(_from_compiled(values) for values in entry["rules"])
            keeps = tuple(
                Keep(**{**values, "lines": tuple(values["lines"])}) for values in entry.get("keeps", ())
            )
            packs.append((name, Tables(rules, keeps)))
        else:
            fresh = False
            packs.append((name, parse_tables(content.decode("utf-8"), name, verify=False)))
    version = compiled.get("version", "") if fresh else ""
    return Shipped(tuple(packs), version, {tuple(key): values for key, values in compiled["analyses"]})


def pack_files() -> list[tuple[str, bytes]]:
    """Return the name and content of each shipped pack, in the order of names."""
    packs = [p for p in files("copydesk.tasks.rules").joinpath("packs").iterdir() if p.name.endswith(".toml")]
    return sorted((p.name, p.read_bytes()) for p in packs)


def content_hash(content: bytes) -> str:
    """Return the hash that links a compiled pack to its TOML file."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _from_compiled(values: dict[str, Any]) -> Rule:
    """Build a rule that was valid when it was compiled."""
    for name in _TUPLES & values.keys():
        values[name] = tuple(values[name])
    return Rule(**values)


def _rule(table: Mapping[str, Any], here: str, verify: bool) -> Rule:
    """Build one rule, or raise UsageError with its first problem."""
    for problem in problems(table):
        raise UsageError(f"{here}: {problem}")
    values: dict[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in table.items()}
    rule = Rule(**values)
    if rule.scope == "block" and rule.within < 1:
        raise UsageError(f"{here}: found a block rule without `within`, the most lines it can take")
    if fold_characters(rule.pattern) != rule.pattern:
        raise UsageError(
            f"{here}: found typographic quotes, hyphens or spaces in the pattern; rules see them as ASCII"
        )
    for pattern in filter(None, (rule.pattern, rule.through)) if verify else ():
        compile_pattern(pattern, rule.case, here)
        _check_reading(pattern, here)
    return rule


def _keep(table: Mapping[str, Any], here: str) -> Keep:
    """Build one table of must-keep lines, or raise UsageError with its first problem."""
    for problem in keep_problems(table):
        raise UsageError(f"{here}: {problem}")
    return Keep(**{**table, "lines": tuple(table["lines"])})


def _check_reading(pattern: str, here: str) -> None:
    """Check that our own analysis can read the pattern too. It looks for literals that every match contains."""
    try:
        parse(pattern)
    except (re.error, OverflowError, RecursionError, AssertionError) as error:
        raise UsageError(f"{here}: pattern {pattern!r} is not understood: {error}") from error


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, case: bool, here: str, encoded: bool = False) -> Any:
    """Compile a pattern with RE2, whose time is linear in the line for every pattern.

    With `encoded` it takes lines as UTF-8 bytes and gives offsets in bytes: two thirds of the time, because
    RE2's interface for Python otherwise encodes each line and converts all offsets.

    The result is cached in the process. A check of all packs spends three quarters of its time here, and
    `discover` checks all packs once for each rule it writes.
    """
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    try:
        return re2.compile(pattern.encode() if encoded else pattern, options)
    except re2.error as error:
        raise UsageError(f"{here}: pattern {pattern!r} is not RE2 syntax: {_said(error)}") from error


def _said(error: Exception) -> str:
    """Return RE2's error message, which may be bytes."""
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
