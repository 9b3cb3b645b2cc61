"""docs/python.md: every line runs, and prints what it says."""

import doctest
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from readme import sandbox

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```pycon\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with the samples, and the dataset that `make run` makes of them, to be in."""
    place = sandbox(tmp_path)
    here = Path.cwd()
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(here)


def test_every_line_of_the_guide_runs(folder: Path) -> None:
    """One after the other, as a reader would type them."""
    names: dict[str, object] = {}
    told: list[str] = []
    runner = doctest.DocTestRunner()
    for number, block in enumerate(BLOCKS):
        line = GUIDE[: GUIDE.index(block)].count("\n")
        test = doctest.DocTestParser().get_doctest(block, names, f"block {number}", "docs/python.md", line)
        assert test.examples
        test.globs = names  # the parser copies them, and the next block goes on with these
        runner.run(test, out=told.append, clear_globs=False)
    assert len(BLOCKS) > 6
    assert not told, "".join(told)


def test_no_code_of_the_guide_goes_untried() -> None:
    """A block of another language would not be run."""
    assert set(re.findall(r"^```(\w+)$", GUIDE, re.MULTILINE)) == {"pycon"}
    outside = re.sub(r"^```pycon\n.*?^```$", "", GUIDE, flags=re.MULTILINE | re.DOTALL)
    assert ">>>" not in outside
