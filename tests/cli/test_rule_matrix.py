"""`copydesk rules matrix`: the table of what is known, with its gaps."""

import json

import pytest
from cli_kit import Cli, command_line

from copydesk.flows.cli.rule_matrix import print_matrix
from copydesk.tasks.rules.coverage import THIN, Cell, cells
from copydesk.tasks.rules.loading import load
from copydesk.tasks.rules.phrase_matrix import FAMILIES, load_matrix


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def test_every_cell_is_there_once() -> None:
    """Nineteen families times thirty-one languages; the numbers are those of the matrix and of the packs."""
    table = cells(load().rules)
    assert len(table) == len(FAMILIES) * len(load_matrix()) == len({(c.language, c.family) for c in table})
    (share,) = [cell for cell in table if (cell.language, cell.family) == ("en", "share")]
    assert share.opener == len(load_matrix()["en"]["share"]["opener"])
    assert share.rules == sum(rule.id.startswith("share/en/") for rule in load().rules)
    assert share.label == "share"


def test_no_cell_is_empty_or_thin() -> None:
    """A language that is new here begins with enough phrases, each cell with a near miss."""
    table = cells(load().rules)
    assert [(cell.family, cell.language) for cell in table if cell.empty or cell.thin] == []
    assert all(cell.keep for cell in table)


def test_the_table_has_a_row_for_each_language(cli: Cli) -> None:
    """Without a terminal, tabs separate the cells.

    A cell has its phrases, and the rules of packs after a plus sign.
    """
    code, said, _ = cli("rules", "matrix")
    assert code == 0
    lines = said.splitlines()
    assert lines[0].split("\t") == ["language", *FAMILIES]
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines[1 : 1 + len(load_matrix())]}
    assert set(rows) == set(load_matrix())
    assert all(len(row) == len(FAMILIES) for row in rows.values())
    assert "+" in rows["en"][0]
    assert lines[-2] == "empty: 0"
    assert lines[-1] == "thin: 0"


def test_json_has_one_cell_a_line(cli: Cli) -> None:
    """With what makes it a gap."""
    code, said, _ = cli("rules", "matrix", "--json")
    assert code == 0
    found = [json.loads(line) for line in said.splitlines()]
    assert len(found) == len(FAMILIES) * len(load_matrix())
    assert set(found[0]) == {*Cell._fields, "empty", "thin"}


def test_gaps_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty cell is a dash in the table and named below it, a thin one is named as well."""
    table = [Cell("xx", "ad", "ad", 0, 0, 0, 1, 0), Cell("xx", "nav", "nav", THIN - 1, 0, 0, 1, 2)]
    monkeypatch.setattr("copydesk.flows.cli.rule_matrix.cells", lambda rules: table)
    assert print_matrix([], as_json=False) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == f"xx\t-\t{THIN - 1}+2"
    assert said[-2:] == ["empty: 1: ad/xx", "thin: 1: nav/xx"]


def test_on_a_terminal_the_columns_fit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    """Wide tables come in parts, no line is longer than the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert print_matrix([], as_json=False) == 0
    table = capsys.readouterr().out.split("19 families")[0].splitlines()
    assert max(map(len, table)) <= 80
    assert sum(line.startswith("en ") for line in table) > 1
