"""docs/WHERE.md: every path exists, every folder of code and of tests is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "WHERE.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:tasks|flows|schemas|tests|copydesk)/[\w./]+)`", TEXT)))


@pytest.mark.parametrize("path", PATHS)
def test_the_path_exists(path: str) -> None:
    """A module that moves takes its line along."""
    assert (ROOT / path).is_file()


def test_every_concept_is_found() -> None:
    """A new folder of `tasks/` gets a question of its own."""
    folders = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "tasks").glob("*/__init__.py")}
    assert len(folders) > 12
    assert {folder for folder in folders if folder != "tasks/text" and f"`{folder}/" not in TEXT} == set()


def test_every_line_has_code_and_a_test() -> None:
    """The third column is a test, the second none of them but for the table of imports."""
    rows = [line.split("|")[1:4] for line in TEXT.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 30
    for question, code, test in rows:
        assert question.strip().endswith("?")
        assert code.count("`") == 2
        assert test.strip().startswith("`tests/")
