"""Anchors, folding and marks: which lines a rule sees, and where its claim lies."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.errors import UsageError
from copydesk.schemas.page import Page
from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.literals import reach, width
from copydesk.tasks.rules.loading import load, parse_pack
from copydesk.tasks.rules.match import compile_rules, mark
from copydesk.tasks.text.folding import fold_characters, fold_line


def page_of(text: str) -> Page:
    """A page of plain text, as the front end makes it."""
    return text_blocks(DecodedText(Origin("test"), "text", text, "utf-8", "given", "v", len(text)))


def rule(**changes: object) -> Rule:
    """A rule with defaults that say nothing."""
    values = {
        "id": "test/share/one", "label": "share", "scope": "line", "pattern": "share this", "why": "w", "seen": "s",
        "match": ("Share this",), "keep": ("They share this view.",),
    } | changes  # fmt: skip
    return Rule(**values)  # type: ignore[arg-type]


def marks(text: str, *rules: Rule) -> list[list[tuple[int, int, str]]]:
    """The marks of each line of `text`."""
    page = mark(page_of(text), compile_rules(RuleSet(rules, "v")))
    return [[(m.start, m.end, m.rule) for m in b.marks] for b in page.blocks]


PATTERNS = [
    r"(?:image|media) caption",
    r"sign up (?:for|to) (?:the|our) .{1,40}newsletters?",
    r"(?:e-?mail|print|share){2,4}",
    r"[ab]c?d",
    r"listen \d+ min(?:utes)?",
    r"\pL+: more",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_every_match_holds_an_anchor_and_has_its_width(pattern: str, data: st.DataObject) -> None:
    """The pattern can't match lines that the automaton does not find, so no rule is switched off silently."""
    text = data.draw(st.from_regex(pattern.replace(r"\pL", "[a-z]"), fullmatch=True))
    assert re2.fullmatch(pattern, text.lower()) is None or (
        any(literal in text.lower() for literal in reach(pattern)) or not reach(pattern)
    )
    low, high = width(pattern)
    assert low <= len(text) <= high


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    """Folding is one for one, so that a claim on the folded line is a claim on the line."""
    assert len(fold_characters(text)) == len(text)
    assert len(fold_characters(text).lower()) == len(fold_characters(text))


@given(st.text(alphabet="ab \u00a0\u2019\t"))
def test_collapsed_lines_know_where_their_characters_were(text: str) -> None:
    """Runs of space collapse, and each character of the result maps to where it came from."""
    line = fold_line(text.strip())
    for at, character in enumerate(line.text):
        assert fold_characters(text.strip())[line.at(at)] == character
    assert line.at(len(line.text)) == len(text.strip())


def test_scopes_claim_what_they_say() -> None:
    """Line: all of it or nothing. Prefix: the start. Suffix: the end. Span: each place. Cut: the group."""
    assert marks("Share this\nShare this now", rule()) == [[(0, 10, "test/share/one")], []]
    assert marks("Share this now", rule(scope="prefix")) == [[(0, 10, "test/share/one")]]
    assert marks("Now share this", rule(scope="suffix")) == [[(4, 14, "test/share/one")]]
    assert marks("Now share this, share this!", rule(scope="span")) == [
        [(4, 14, "test/share/one"), (16, 26, "test/share/one")]
    ]
    assert marks("Share this now", rule(scope="prefix", takes="line")) == [[(0, 14, "test/share/one")]]
    assert marks("Share thisNow", rule(scope="prefix", pattern="(?P<cut>share this)[A-Z]")) == [
        [(0, 10, "test/share/one")]
    ]


def test_typographic_quotes_and_runs_of_space_are_no_hiding_place() -> None:
    """The claim lies in the line as it is, not as the rule saw it."""
    found = marks("X\u00a0 Don\u2019t  miss it", rule(scope="suffix", pattern="don't miss it"))
    assert found == [[(3, 17, "test/share/one")]]


def test_rules_with_company_are_admitted_one_after_the_other() -> None:
    """A name of a network is furniture in a share panel, and a word elsewhere."""
    network = rule(id="test/share/net", pattern="(?:facebook|twitter|email)", near=("share",))
    panel = "Share this\nFacebook\nTwitter\nEmail\nA paragraph.\nAnother.\nAnother.\nAnother.\nEmail"
    claimed = [bool(m) for m in marks(panel, rule(), network)]
    assert claimed == [True, True, True, True, False, False, False, False, False]


def test_a_block_goes_on_while_its_lines_fit() -> None:
    """A form ends at the first line that is not of it, and after `within` lines at the latest."""
    form = rule(
        id="test/contact_form/f",
        label="contact_form",
        scope="block",
        pattern="your contact details",
        through="(?:name|town|age)",
        within=2,
    )
    claimed = [bool(m) for m in marks("Your contact details\nName\nTown\nAge\nThe end.", form)]
    assert claimed == [True, True, True, False, False]
    assert [bool(m) for m in marks("Your contact details\nThe end.\nName", form)] == [True, False, False]


def test_place_is_asked() -> None:
    """A rule for the tail is silent at the head of a long document, and the other way round."""
    lines = [
        "Share this",
        *["A paragraph that goes on for long enough to be counted as one of the body. " * 2] * 12,
        "Share this",
    ]
    tail = [bool(m) for m in marks("\n".join(lines), rule(place="tail"))]
    head = [bool(m) for m in marks("\n".join(lines), rule(place="head"))]
    assert (tail[0], tail[-1], head[0], head[-1]) == (False, True, True, False)


@given(st.lists(st.text(alphabet="share thisx \u00a0\u2019", max_size=40), max_size=8))
def test_marks_lie_in_their_block(lines: list[str]) -> None:
    """For any text, a mark begins and ends within its block and is not empty."""
    text = "\n".join([*lines, "end"])
    page = mark(
        page_of(text), compile_rules(RuleSet((rule(scope="span"), rule(id="a/b/c", scope="suffix")), "v"))
    )
    for block in page.blocks:
        for m in block.marks:
            assert 0 <= m.start < m.end <= len(block.text)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('id = "a/b/c"', "missing"),
        (
            'id = "a/b/c"\nlabel = "sharing"\nscope = "line"\npattern = "x"\nwhy = "w"\nseen = "s"\nmatch = ["x"]\nkeep = ["y"]',
            "found label = 'sharing'",
        ),
        (
            'id = "a/b/c"\nlabel = "share"\nscope = "line"\npattern = "(?=x)"\nwhy = "w"\nseen = "s"\nmatch = ["x"]\nkeep = ["y"]',
            "not RE2",
        ),
        (
            'id = "a/b/c"\nlabel = "share"\nscope = "line"\npattern = "x"\nwhy = "w"\nseen = "s"\nmatch = ["x"]\nkeep = []',
            "no keep",
        ),
        (
            'id = "a/b/c"\nlabel = "share"\nscope = "line"\npattern = "don\u2019t"\nwhy = "w"\nseen = "s"\nmatch = ["x"]\nkeep = ["y"]',
            "typographic",
        ),
    ],
)
def test_a_wrong_rule_is_named(table: str, message: str) -> None:
    """An error names the pack, the rule and what was expected."""
    with pytest.raises(UsageError, match=message) as error:
        parse_pack(f"[[rule]]\n{table}", "mine.toml")
    assert "mine.toml" in str(error.value)


def test_a_failing_example_is_found() -> None:
    """The check can fail: for a rule that misses its example, and for one that takes a must-keep line of
    another.
    """
    greedy = rule(pattern=".*", match=("Nothing [[here]]",), keep=("This stays.",))
    problems = [f.problem for f in check(RuleSet((greedy,), "v"))]
    assert len(problems) == 2
    assert "must stay" in problems[1]


def test_ids_of_packs_are_unique(tmp_path: object) -> None:
    """A pack can't quietly replace a rule that ships."""
    from pathlib import Path

    taken = load().rules[0]
    pack = Path(str(tmp_path)) / "mine.toml"
    pack.write_text(
        f'[[rule]]\nid = "{taken.id}"\nlabel = "share"\nscope = "line"\npattern = "x"\nwhy = "w"\nseen = "s"\nmatch = ["x"]\nkeep = ["y"]\n'
    )
    with pytest.raises(UsageError, match="the id is taken"):
        load([pack])


def test_a_rule_that_asks_for_case_may_hold_words_that_do_not() -> None:
    """`(?i:photo)` in a rule for `AFP` in capitals: any spelling of photo wakes it, no other of AFP."""
    agency = rule(pattern=r"\((?i:photo): \pL{2,20}\)|(?i:photo) AFP", scope="suffix", case=True)
    assert marks("A crowd in Hanoi (Photo: Toan)\nA crowd PHOTO AFP\nA crowd photo afp", agency) == [
        [(17, 30, agency.id)],
        [(8, 17, agency.id)],
        [],
    ]
