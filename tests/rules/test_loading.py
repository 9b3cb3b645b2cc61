"""Each shipped rule, against its own examples and against those of all rules."""

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


def test_every_rule_keeps_its_examples(rules: RuleSet) -> None:
    """A rule claims what its `match` lines mark, and no rule of any pack touches any `keep` line."""
    failures = [f"{f.rule}: {f.example!r}: {f.problem}" for f in check(rules)]
    assert failures == []


def test_every_rule_carries_its_proof(rules: RuleSet) -> None:
    """No rule ships without furniture that it must claim and a near miss that it must leave alone."""
    assert [r.id for r in rules.rules if not r.match or not r.keep] == []


def test_packs_are_named_after_languages() -> None:
    """No pack is one publisher's, and a rule's language is its pack's where the pack has one."""
    for path in sorted(_PACKS.glob("*.toml")):
        assert _SITE_WIDE.fullmatch(path.stem), path.name
        languages = {table.get("language", "") for table in tomllib.loads(path.read_text("utf-8"))["rule"]}
        if len(path.stem) == len("en"):
            assert languages == {path.stem}, path.name


def test_few_rules_see_every_line(rules: RuleSet) -> None:
    """All but a handful have a literal or an opening that decides which lines they are shown."""

    def shown_everywhere(rule: Rule) -> bool:
        opens = rule.scope in ("line", "prefix", "block") and openings(rule.pattern)
        return not opens and not reach(rule.pattern)

    ours = [r for r in rules.rules if r.id.split("/")[1] in ("en", "any")]
    everywhere = [r.id for r in ours if shown_everywhere(r)]
    assert len(everywhere) <= _EVERYWHERE_AT_MOST, everywhere
