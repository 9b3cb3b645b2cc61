"""Each rule of each pack that ships, against its own examples and against everybody's."""

import re
import tomllib
from pathlib import Path

import pytest

from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.first_characters import openings
from copydesk.tasks.rules.literals import reach
from copydesk.tasks.rules.loading import load

_PACKS = Path(__file__).resolve().parents[2] / "tasks" / "rules" / "packs"
_EVERYWHERE_AT_MOST = 8
"""Rules that have to see every line, because they have no literal and no opening, cost each line a call."""
_SITE_WIDE = re.compile(r"[a-z]{2,3}(?:_[a-z_]+)?|generic")


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The packs as they ship."""
    return load()


def _pack(rule: Rule) -> str:
    return rule.id.split("/")[0]


def test_every_rule_keeps_its_examples(rules: RuleSet) -> None:
    """A rule claims what its `match` lines mark, and no rule of any pack touches any `keep` line."""
    failures = [f"{f.rule}: {f.example!r}: {f.problem}" for f in check(rules)]
    assert failures == []


def test_every_rule_carries_its_proof(rules: RuleSet) -> None:
    """No rule ships without furniture that it must claim and a near miss that it must leave alone."""
    assert [r.id for r in rules.rules if not r.match or not r.keep] == []


def test_a_rule_is_named_after_its_pack() -> None:
    """The first part of an id is the name of the file, so that a ledger row leads to it; ids are unique."""
    seen: dict[str, str] = {}
    for path in sorted(_PACKS.glob("*.toml")):
        assert _SITE_WIDE.fullmatch(path.stem), path.name
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]:
            assert table["id"].split("/")[0] == path.stem, f"{path.name}: {table['id']}"
            assert table["id"] not in seen, f"{table['id']} is in {seen[table['id']]} and in {path.name}"
            seen[table["id"]] = path.name


def test_few_rules_see_every_line(rules: RuleSet) -> None:
    """All but a handful have a literal or an opening that decides which lines they are shown."""

    def shown_everywhere(rule: Rule) -> bool:
        opens = rule.scope in ("line", "prefix", "block") and openings(rule.pattern)
        return not opens and not reach(rule.pattern)

    ours = [r for r in rules.rules if _pack(r).startswith("en_") or _pack(r) == "generic"]
    everywhere = [r.id for r in ours if shown_everywhere(r)]
    assert len(everywhere) <= _EVERYWHERE_AT_MOST, everywhere
