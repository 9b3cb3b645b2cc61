"""The file of a pack is changed as a whole, by one program at a time, and nothing else in it changes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.schemas.errors import CannotWriteError, LockedError, UsageError
from copydesk.schemas.rule import Keep, Rule
from copydesk.tasks.discover import pack_file
from copydesk.tasks.discover.pack_file import (
    changing,
    read_tables,
    read_text,
    replace_pack,
    with_added,
    without,
)
from copydesk.tasks.rules.keeps import kept_form
from copydesk.tasks.rules.loading import parse_tables

RULE = Rule(
    *("mine/ad/lamps", "ad", "line", "visit our shop of lamps", "An advertisement.", "test"),
    match=("Visit our shop of lamps",),
    keep=("They visit our shop of lamps each week.",),
)
KEEP = Keep("mine/keep/tide", ("The tide.", 'He said "no".\n[[rule]]'), "Body.", "test")
TEXT = (
    "# Rules of the desk.\n\n"
    + with_added("", [RULE])
    + "\n# The tide comes back.\n"
    + with_added("", [KEEP])
)


def test_added_tables_are_read_back() -> None:
    """Rules and must-keep lines, also with signs and line feeds in them."""
    found = parse_tables(TEXT, "mine.toml")
    assert found == ((RULE,), (KEEP,))


def test_taking_out_what_was_added_gives_the_same_text() -> None:
    """Byte for byte, comments included."""
    text = with_added(TEXT, [Keep("mine/keep/x", ("X",), "w")])
    assert without(text, "mine/keep/x", "mine.toml") == TEXT
    alone = with_added("", [KEEP])
    assert without(alone, KEEP.id, "mine.toml") == ""


def test_a_table_in_the_middle_can_be_taken_out() -> None:
    """The tables before and after it stay, and an example that looks like a table is no obstacle."""
    other = Keep("mine/keep/x", ("X",), "w")
    text = with_added(with_added("", [KEEP, other]), [RULE])
    for gone, rest in (
        (KEEP.id, ((RULE,), (other,))),
        (other.id, ((RULE,), (KEEP,))),
        (RULE.id, ((), (KEEP, other))),
    ):
        assert parse_tables(without(text, gone, "mine.toml"), "mine.toml") == rest


def test_a_file_of_another_system_keeps_its_line_ends() -> None:
    """Carriage returns before line feeds, as some editors write them."""
    text = TEXT.replace("\n", "\r\n")
    assert without(with_added(text, [Keep("mine/keep/x", ("X",), "w")]), "mine/keep/x", "mine.toml") == text
    assert without(text, RULE.id, "mine.toml").startswith("# Rules of the desk.\r\n\r\n")


LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: bool(kept_form(text)))
    | st.sampled_from(
        ['"""', "[[keep]]\nid = 'a/b/c'", "\n[[rule]]", "'", "\\", "# x", "\u202e\x1b]0;x\x07"]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=5), st.data())
def test_any_lines_are_read_back_and_taken_out(tables: list[list[str]], data: st.DataObject) -> None:
    """Whatever is in a document: the pack says the same as what was added, and each table can be taken out."""
    keeps = [Keep(f"mine/keep/{n}", tuple(lines), "w") for n, lines in enumerate(tables)]
    text = with_added("# Ours.\n", keeps)
    assert list(parse_tables(text, "mine.toml").keeps) == keeps
    gone = data.draw(st.sampled_from(keeps))
    rest = without(text, gone.id, "mine.toml")
    assert list(parse_tables(rest, "mine.toml").keeps) == [keep for keep in keeps if keep != gone]
    assert rest.startswith("# Ours.\n")


def test_a_table_that_somebody_took_out_is_named() -> None:
    """Undo tells that there is nothing to undo."""
    with pytest.raises(UsageError, match=r"no table with the id mine/keep/other"):
        without(TEXT, "mine/keep/other", "mine.toml")


def test_only_a_pack_whose_examples_hold_is_written(tmp_path: Path) -> None:
    """A rule that takes its own near miss stays out; the pack is as it was, and no file is left."""
    pack = tmp_path / "mine.toml"
    pack.write_text(TEXT)
    greedy = Rule("mine/ad/all", "ad", "line", ".*", "w", "test", ("Buy lamps",), ("The mayor said no.",))
    with pytest.raises(UsageError, match=r"not written, .*must stay"):
        replace_pack(pack, with_added(TEXT, [greedy]), [], [greedy.id])
    assert read_text(pack) == TEXT
    assert os.listdir(tmp_path) == ["mine.toml"]


def test_a_rule_that_breaks_another_pack_is_found(tmp_path: Path) -> None:
    """The quick check sees the must-keep lines of all other rules, those that ship included."""
    other = tmp_path / "other.toml"
    other.write_text(with_added("", [RULE]))
    bad = Rule(
        "mine/ad/week", "ad", "suffix", "each week[.]", "w", "test", ("Lamps [[each week.]]",), ("Each day.",)
    )
    with pytest.raises(UsageError, match=r"mine/ad/lamps: .*must stay, but mine/ad/week"):
        replace_pack(tmp_path / "mine.toml", with_added("", [bad]), [other], [bad.id])


def test_a_lock_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that changes the pack keeps others out for as long; they give up with a clear error."""
    pack = tmp_path / "mine.toml"
    code = (
        "import sys; from pathlib import Path; from copydesk.tasks.discover import changing\n"
        "with changing(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(pack)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        monkeypatch.setattr(pack_file, "_PATIENCE", 0.1)
        with pytest.raises(LockedError, match="another program is changing it"), changing(pack):
            pass
        other.stdin.close()
    with changing(pack):
        pass
    assert os.listdir(tmp_path) == []


def test_all_of_many_changes_at_once_stay(tmp_path: Path) -> None:
    """Eight threads that add a line each: the pack has eight."""
    pack = tmp_path / "mine.toml"

    def add(number: int) -> None:
        with changing(pack):
            text = with_added(read_text(pack), [Keep(f"mine/keep/{number}", (f"Line {number}",), "w")])
            replace_pack(pack, text, [])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {keep.id for keep in read_tables(pack).keeps} == {f"mine/keep/{number}" for number in range(8)}


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """The error says which pack."""
    pack = tmp_path / "no" / "mine.toml"
    with pytest.raises(CannotWriteError, match=r"no/mine.toml: cannot be written"), changing(pack):
        pass
