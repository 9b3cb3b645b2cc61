"""The ids of rules: their parts, the current ids for old ones, and the rules that a name selects.

The id of a shipped rule is `family/language/what-it-catches`, such as `share/en/share-this-with`. Until
version 0.2 an id told where a rule was first seen. Ledgers of that time hold these ids. `packs/renamed.json`
maps each of them to its rule. `packs/retired.json` lists the ids of rules that are gone.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import orjson

from copydesk.schemas.rule import Rule
from copydesk.tasks.rules.phrase_matrix import FAMILIES

RENAMED: Final = "renamed.json"
RETIRED: Final = "retired.json"
RULE_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    **{family: (label,) for family, label in FAMILIES.items()},
    "embed": ("other_boilerplate",),
    "notice": ("other_boilerplate",),
    "heading": ("title", "section", "subheading"),
}
"""First parts of the ids of shipped rules, each with the labels that its rules may claim."""


@cache
def retired() -> frozenset[str]:
    """Return the ids of retired rules: phrases and model find the same text, so the rules are not needed."""
    return frozenset(orjson.loads(files("copydesk.tasks.rules").joinpath("packs", RETIRED).read_bytes()))


@cache
def renamed() -> Mapping[str, str]:
    """Return the old ids of rules, each with the id of the rule that does its work today."""
    table: dict[str, str] = orjson.loads(
        files("copydesk.tasks.rules").joinpath("packs", RENAMED).read_bytes()
    )
    return table


def current_id(rule: str) -> str:
    """Return the current id of a rule. An id that was never replaced stays as it is.

    >>> current_id("en_share/bbc/close-panel"), current_id("structure:byline")
    ('share/en/share-this-with', 'structure:byline')
    """
    return renamed().get(rule, rule)


def is_named(rule: Rule, name: str) -> bool:
    """Return whether a name selects a rule: by its id, its family, its language, or `family/language`."""
    parts = rule.id.split("/")
    return name in (rule.id, *parts[:2], "/".join(parts[:2]))


def current_names(names: Iterable[str], rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    """Return what each name is called today: itself, or the ids of the rules for an old id or pack.

    An unknown name gets no ids.
    """
    known = tuple(rules)
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        if any(is_named(rule, name) for rule in known):
            found[name] = (name,)
        else:
            old = [new for id_, new in renamed().items() if id_ == name or id_.startswith(f"{name}/")]
            found[name] = tuple(sorted(set(old).intersection(rule.id for rule in known)))
    return found
