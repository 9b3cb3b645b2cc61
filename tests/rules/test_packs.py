"""Packs that are not as they must be: each is refused with file, rule and field, and never ends in an internal error."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli_kit import command_line
from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.schemas.errors import UsageError
from copydesk.schemas.rule import RuleSet
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import load, parse_pack
from copydesk.tasks.rules.match import compile_rules, find_claims
from copydesk.tasks.text.folding import fold_line

ATTACK = Path(__file__).parents[1] / "field" / "attack" / "rules-packs"
SOUND: dict[str, Any] = {
    "id": "mine/nav/menu",
    "label": "nav",
    "scope": "line",
    "pattern": "home|menu",
    "why": "A menu.",
    "seen": "generic",
    "match": ["Menu"],
    "keep": ["The menu was short."],
}
REFUSED = {
    "big_re.toml": "rule a/b/c: pattern",
    "binary.toml": "can't read the rule pack",
    "deep.toml": "not TOML: nested too deep",
    "empty_pat.toml": "rule a/b/c: found pattern = ''",
    "int_id.toml": "rule number 1: found id = 5, expected a string",
    "label_list.toml": "rule a/b/c: found label = ['nav'], expected one of",
    "match_int.toml": "rule a/b/c: found match = 5, expected a list of strings",
    "pattern_int.toml": "rule a/b/c: found pattern = 5, expected a string",
    "rule_list.toml": "rule number 1: found 1, expected a [[rule]] table",
    "within.toml": "rule a/b/c: found within = 1000000000, expected a number from 0 to 1,000",
}


def written(rule: dict[str, Any]) -> str:
    """One rule as TOML; JSON's strings, numbers, lists and booleans are TOML's, but for nested tables."""
    return "[[rule]]\n" + "".join(f"{key} = {value(v)}\n" for key, v in rule.items())


def value(given: Any) -> str:
    if isinstance(given, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {value(v)}" for k, v in given.items()) + "}"
    if isinstance(given, list):
        return "[" + ", ".join(map(value, given)) + "]"
    return json.dumps(given, ensure_ascii=True) if not isinstance(given, float) else repr(given)


def used(text: str) -> None:
    """Load a pack and use it, as `ingest` and `rules test` would."""
    rules = parse_pack(text, "mine.toml")
    ready = RuleSet(rules, "test")
    find_claims([fold_line("Menu"), fold_line("The menu was short.")], compile_rules(ready))
    check(ready)


def refusal(text: str) -> str:
    """Return the error for a refused pack, or the name of an accepted and working one."""
    try:
        used(text)
    except UsageError as error:
        return str(error)
    return "mine.toml: "


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_pack_is_refused_with_file_rule_and_field(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 64, one line, from every command that takes packs."""
    code, _, said = command_line(capfd)("rules", "list", "--rules", ATTACK / name)
    assert code == 64
    assert f"{ATTACK / name}: {REFUSED[name]}" in said


def test_every_attack_is_tried() -> None:
    """The one that is not refused is sound: in RE2 nested repeats take linear time."""
    assert {path.name for path in ATTACK.iterdir()} == {*REFUSED, "redos.toml"}
    used((ATTACK / "redos.toml").read_text())


def test_the_line_of_a_mistake_is_named(tmp_path: Path) -> None:
    """TOML's own errors say where they are."""
    with pytest.raises(UsageError, match=r"mine.toml: not TOML: .*line 2"):
        parse_pack('[[rule]]\nid = "a" b\n', "mine.toml")


def test_what_is_no_file_or_too_large_is_refused(tmp_path: Path) -> None:
    """Examples are a folder, an endless device, a file of megabytes. A byte order mark is not an error."""
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (5 << 20))
    marked = tmp_path / "marked.toml"
    marked.write_text("\ufeff" + written(SOUND), encoding="utf-8")
    for path in (tmp_path, Path("/dev/zero"), large, tmp_path / "missing.toml"):
        with pytest.raises(UsageError, match=f"{path}: can't read the rule pack"):
            load([path])
    assert load([marked]).version != load().version


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_patterns = st.one_of(
    _texts,
    st.lists(st.sampled_from(["a", "(", ")", "[", "]", "{9}", "{1000}", "*", "+?", "|", "^", "$", "\\b", "\\pL", "(?i)", "(?P<cut>", ".", "\\", "(?:", "é"]), max_size=12).map("".join),
)  # fmt: skip
_values = st.recursive(
    st.one_of(
        _texts, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.just("")
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_texts, inner, max_size=2)),
    max_leaves=6,
)
_names = st.sampled_from(
    [*SOUND, "through", "within", "longest", "near", "part", "takes", "place", "case", "new"]
)
_scopes = st.sampled_from(["line", "prefix", "suffix", "span", "block"])


@pytest.mark.soak
@given(_names, _values)
@example("within", -1)
@example("case", "yes")
@example("near", ["nav", 3])
@example("match", [""])
def test_a_field_of_any_value_is_taken_or_refused(name: str, given_value: Any) -> None:
    """UsageError is the only error, and names the file; what is taken works."""
    assert refusal(written(SOUND | {name: given_value})).startswith("mine.toml: ")


@pytest.mark.soak
@given(_patterns, _patterns, _scopes, st.booleans())
def test_a_pattern_of_any_kind_is_taken_or_refused(
    pattern: str, through: str, scope: str, case: bool
) -> None:
    """Patterns are read by code of our own as well as by RE2, to find where they need not be tried."""
    block = {"through": through, "within": 3} if scope == "block" else {}
    assert refusal(written(SOUND | {"pattern": pattern, "scope": scope, "case": case} | block)).startswith(
        "mine.toml: "
    )


@pytest.mark.soak
@given(st.data())
def test_a_damaged_pack_is_taken_or_refused(data: st.DataObject) -> None:
    """Characters lost, doubled or changed anywhere in the file."""
    text = written(SOUND) + written(
        SOUND | {"id": "mine/nav/other", "scope": "block", "within": 2, "through": "x"}
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(
            st.one_of(_texts, st.sampled_from(['"', "[", "]", "=", "\n", "[[rule]]\n", "'''", "\\u"]))
        )
        text = text[:at] + piece + text[at + data.draw(st.integers(0, 9)) :]
    assert refusal(text).startswith("mine.toml: ")
