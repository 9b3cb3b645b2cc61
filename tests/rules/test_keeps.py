"""Must-keep lines of packs: their fields are checked, and they are found in the blocks of a page."""

from pathlib import Path

import orjson
import pytest

from copydesk.flows.cli import main
from copydesk.schemas.errors import UsageError
from copydesk.schemas.page import Block
from copydesk.schemas.rule import Keep
from copydesk.tasks.rules import build
from copydesk.tasks.rules.keeps import KeptLines
from copydesk.tasks.rules.loading import load, parse_tables

SENTENCE = "The tide of 1953 came in the night, and nobody had been told."


def pack_of(folder: Path, *lines: str, identity: str = "mine/keep/tide") -> Path:
    pack = folder / "mine.toml"
    pack.write_text(f'[[keep]]\nid = "{identity}"\nlines = {list(lines)}\nwhy = "Body."\n', encoding="utf-8")
    return pack


def found(text: str, *lines: str) -> list[tuple[str, bool]]:
    """The stretches of one block that must stay, and whether each counts alone."""
    stays = KeptLines([Keep("mine/keep/x", lines, "w")]).find([Block(0, len(text), text)])
    return [(text[stay.start : stay.end], stay.alone) for stay in stays]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("lines = ['x']\nwhy = 'w'", r"keep number 1: missing \['id'\]"),
        ("id = 'a/b/c'\nlines = ['x']\nwhy = 'w'\nlabel = 'ad'", r"keep a/b/c: .*unknown \['label'\]"),
        ("id = 'a/b'\nlines = ['x']\nwhy = 'w'", "three parts"),
        ("id = 'a/b/c'\nlines = []\nwhy = 'w'", "found no lines, expected at least one"),
        ("id = 'a/b/c'\nlines = [' ']\nwhy = 'w'", "found the line ' ', expected text"),
        ("id = 'a/b/c'\nlines = 'x'\nwhy = 'w'", "expected a list of strings"),
        ("id = 'a/b/c'\nlines = [1]\nwhy = 'w'", "expected a list of strings"),
        ("id = 'a/b/c'\nlines = ['x']\nwhy = ''", "a string that is not empty"),
    ],
)
def test_a_wrong_table_is_named(table: str, message: str) -> None:
    """An error names the pack, the table and what was expected."""
    with pytest.raises(UsageError, match=f"mine.toml: .*{message}"):
        parse_tables(f"[[keep]]\n{table}\n", "mine.toml")


def test_a_table_that_is_none_is_refused() -> None:
    """`keep` is a list of tables, not a value."""
    with pytest.raises(UsageError, match=r"\[\[keep\]\] tables"):
        parse_tables("keep = 'x'", "mine.toml")
    with pytest.raises(UsageError, match="found 'x', expected a"):
        parse_tables("keep = ['x']", "mine.toml")


def test_ids_are_unique_among_rules_and_keeps(tmp_path: Path) -> None:
    """The ledger names a must-keep line by its id, so a rule can't have it as well."""
    taken = load().rules[0].id
    with pytest.raises(UsageError, match=f"keep {taken}: the id is taken"):
        load([pack_of(tmp_path, "x", identity=taken)])


def test_must_keep_lines_are_part_of_the_version(tmp_path: Path) -> None:
    """A new line means that inputs are cleaned again. A pack without any changes nothing."""
    empty = tmp_path / "empty.toml"
    empty.write_text("# nothing yet\n")
    assert load([empty]).version == load().version
    one = load([pack_of(tmp_path, "one")])
    other = load([pack_of(tmp_path, "other")])
    assert len({load().version, one.version, other.version}) == 3
    assert one.whys()["mine/keep/tide"] == "Body."


def test_shipped_packs_may_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled file has the must-keep lines of a pack, if it has any."""
    text = '[[keep]]\nid = "keep/en/tide"\nlines = ["Tide"]\nwhy = "w"\n'
    monkeypatch.setattr(build, "pack_files", lambda: [("one.toml", text.encode())])
    made = orjson.loads(build.compiled())
    assert made["packs"]["one.toml"]["keeps"] == [
        {"id": "keep/en/tide", "lines": ["Tide"], "why": "w", "seen": ""}
    ]


def test_a_whole_line_counts_however_it_is_set() -> None:
    """Quotes, dashes and runs of blanks are no difference; capitals are."""
    assert found("The \u2018River\u2019  \u2014 a timeline", "The 'River' - a timeline") == [
        ("The \u2018River\u2019  \u2014 a timeline", True)
    ]
    assert found("the 'river' - a timeline", "The 'River' - a timeline") == []


def test_a_long_line_counts_inside_others() -> None:
    """It need not have a blank before or after, but does not begin or end within a word."""
    assert found(f"Read more.{SENTENCE}Share", SENTENCE) == [(SENTENCE, True)]
    assert found(f"x{SENTENCE}", SENTENCE) == [(SENTENCE, False)]
    han = "\u6e2f\u53e3\u91cd\u65b0\u5f00\u653e" * 5
    assert found(f"\u5173\u4e8e{han}\u7684", han) == [(han, True)]


def test_a_short_line_does_not_count_inside_others() -> None:
    """`Timeline` within a teaser is no reason to keep a part of the teaser."""
    assert found("Timeline of the flood", "Timeline") == [("Timeline", False)]


def test_the_ledger_s_id_can_be_looked_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rules show` shows a must-keep line with its reason, escaped."""
    pack = pack_of(tmp_path, "Tide")
    pack.write_text(pack.read_text().replace("Body.", "Body.\\u202e"))
    assert main(["rules", "show", "mine/keep/tide", "--rules", str(pack)]) == 0
    out = capsys.readouterr().out
    assert "Body.\\u202e" in out
    assert "stay, whatever rules and models say (lines):\n  Tide" in out
