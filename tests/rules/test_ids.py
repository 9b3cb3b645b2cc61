"""Ids and reasons of rules: what a reader of the ledger sees."""

import re
import tomllib
from pathlib import Path

import pytest
from cli_kit import Cli, command_line

from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules.ids import RULE_FAMILIES, current_id, current_names, renamed, retired
from copydesk.tasks.rules.loading import load, pack_of

PACKS = Path(__file__).resolve().parents[2] / "tasks" / "rules" / "packs"
KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 50
SITES = re.compile(
    r"\b(?:bbc|npr|guardian|fox|foxnews|ap|reuters|afp|cnn|cnbc|cbc|cbs|nbc|abc|alj|aljazeera|jazeera|nyt|new york times"
    r"|washpost|washington|wsj|vox|telegraph|dailymail|daily mail|metro|forbes|entrepreneur|natnews|globalnews|yahoo"
    r"|politicus|gab|wayne|zergnet|naija|ndtv|albawaba|livescience|ars|theconversation|beckernews|beforeitsnews|dailycaller"
    r"|canadafreepress|faz|dpa|tass|xinhua|substack|wordpress|jetpack|google|facebook|twitter)\b"
)
"""Names of publishers and sites in former ids of rules."""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The packs as they ship."""
    return load()


def test_an_id_is_family_language_and_what_the_rule_catches(rules: RuleSet) -> None:
    """The family is one that has the rule's label, the language is the rule's own, the rest is plain words."""
    for rule in rules.rules:
        family, language, what = rule.id.split("/")
        assert rule.label in RULE_FAMILIES[family], rule.id
        assert language == (rule.language or "any"), rule.id
        assert KEBAB.fullmatch(what), rule.id
        assert len(rule.id) <= LONGEST, rule.id


def test_ids_are_unique_over_all_packs() -> None:
    """Otherwise a later rule would replace an earlier one."""
    ids = [
        table["id"]
        for path in sorted(PACKS.glob("*.toml"))
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    ]
    assert len(ids) == len(set(ids)) == len(load().rules)


def test_no_id_or_reason_names_a_site_unless_the_rule_is_bound_to_it(rules: RuleSet) -> None:
    """`politicus` does not explain to a reader why `Share this with Facebook` was removed."""

    def names_a_site(rule: Rule) -> bool:
        found = set(SITES.findall(f"{rule.id} {rule.why}".lower()))
        return bool(found - set(rule.publisher.lower().split()))

    assert [rule.id for rule in rules.rules if names_a_site(rule)] == []


def test_a_reason_is_one_sentence_that_says_what_the_line_is(rules: RuleSet) -> None:
    """It has a capital first and a full stop last, and is long enough to explain why the line is not article
    text.
    """
    for rule in rules.rules:
        assert rule.why[:1].isupper(), rule.id
        assert re.sub(r'"[^"]*"', "", rule.why).count(". ") == 0, rule.id
        assert rule.why.endswith("."), rule.id
        assert 30 <= len(rule.why) <= 180, (rule.id, len(rule.why))


def test_every_old_id_leads_to_a_rule(rules: RuleSet) -> None:
    """Old ledgers stay readable; no old id is a rule's id today, so that none means two things."""
    present = {rule.id for rule in rules.rules}
    assert set(renamed().values()) <= present | retired()
    assert not present & retired()
    assert not present & set(renamed())
    assert len(renamed()) >= 1_044
    assert list(renamed()) == sorted(renamed())


def test_what_was_never_renamed_stays() -> None:
    """Structure and model are not rules, and ids of the user's own packs are not renamed."""
    assert current_id("en_share/politicus/if-you-liked") == "share/en/if-you-liked-this-story"
    for other in ("structure:byline", "model:furniture", "mine/share/like-our-page", ""):
        assert current_id(other) == other


def test_a_name_stands_for_a_family_a_language_an_id_or_an_old_pack(rules: RuleSet) -> None:
    """An unknown name has no ids."""
    names = ("share", "de", "share/de", "en_share/bbc/close-panel", "en_comment", "nothing")
    today = current_names(names, rules.rules)
    assert [today[name] for name in names[:3]] == [("share",), ("de",), ("share/de",)]
    assert today["en_share/bbc/close-panel"] == ("share/en/share-this-with",)
    assert {id_.split("/")[0] for id_ in today["en_comment"]} == {"comment"}
    assert today["nothing"] == ()


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def test_an_old_id_is_shown_as_the_rule_that_it_has_become(cli: Cli) -> None:
    """With a note; and the rule says what it was called, and which pack it is in."""
    code, said, told = cli("rules", "show", "en_share/bbc/close-panel")
    assert code == 0
    assert "note: en_share/bbc/close-panel is called share/en/share-this-with today" in told
    assert re.search(r"^id +share/en/share-this-with$", said, re.MULTILINE)
    assert re.search(r"^formerly +en_share/bbc/close-panel$", said, re.MULTILINE)
    assert re.search(r"^pack +en_share\.toml$", said, re.MULTILINE)
    assert pack_of("share/en/share-this-with") == "en_share.toml"


@pytest.mark.parametrize(("name", "rules_tested"), [("en_comment", 5), ("comment/en", 6), ("en_share/gab/follow-author", 1)])  # fmt: skip
def test_old_packs_and_ids_can_still_be_tested(cli: Cli, name: str, rules_tested: int) -> None:
    """Scripts with old names continue to work."""
    code, said, told = cli("rules", "test", name)
    assert code == 0
    assert said.startswith(f"{rules_tested} rules, ")
    assert ("note: " in told) == (name != "comment/en")


def test_a_retired_rule_says_so(cli: Cli) -> None:
    """Under its last id and under its first one: an old ledger names either."""
    last = min(retired())
    first = next(old for old, new in renamed().items() if new == last)
    for name in (first, last):
        code, said, _ = cli("rules", "show", name)
        assert code == 0
        assert said.startswith(f"{last} is retired: ")


def test_all_old_ids_are_listed_for_a_join(cli: Cli) -> None:
    """Two columns, so that a ledger of former years can be joined with them."""
    code, said, _ = cli("rules", "renamed")
    assert code == 0
    rows = dict(line.split("\t") for line in said.splitlines())
    assert rows == renamed()


def test_an_unknown_name_is_refused_with_what_there_is(cli: Cli) -> None:
    """Exit code 64."""
    code, _, told = cli("rules", "list", "en_shar")
    assert code == 64
    assert "no family, language or rule 'en_shar'; expected one of ad, app, byline" in told
