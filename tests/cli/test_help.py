"""The first commands of a newcomer: help, -V, the Tab key, and a folder instead of one document."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_kit import Cli, command_line

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
COPYDESK = [
    sys.executable,
    "-c",
    "import sys; from copydesk.flows.cli import main; sys.exit(main())",
]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def test_help_is_a_command_too(run: Cli) -> None:
    """With the name of a command of one or two words it prints its help; otherwise the list."""
    assert run("help")[:2] == run("--help")[:2]
    code, out, _ = run("help", "rejects", "list")
    assert code == 0
    assert "rejects list" in out
    assert "--reason" in out
    code, out, err = run("help", "bogus")
    assert (code, out) == (64, "")
    assert "no command 'bogus'; expected one of" in err


def test_version_has_a_short_form(run: Cli) -> None:
    """-V as in most programs; -v is for more words."""
    assert run("-V")[:2] == run("--version")[:2]


def test_the_tab_key_completes_commands() -> None:
    """As the shell asks for it."""
    asked = {"_COPYDESK_COMPLETE": "complete_bash", "COMP_WORDS": "copydesk in", "COMP_CWORD": "1"}
    done = subprocess.run(COPYDESK, env=os.environ | asked, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["ingest"]


def test_a_folder_with_several_documents_names_files(run: Cli, tmp_path: Path) -> None:
    """A hint that can be followed."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Harbour opens\n\nThe harbour of Port Ansel opened again on Tuesday.\n")
    code, out, err = run("clean", tmp_path)
    assert (code, out) == (64, "")
    assert f"by its file ({tmp_path / 'a.txt'}, {tmp_path / 'b.txt'} ...)" in err
    assert "--record (wire-0001" in run("clean", SAMPLES / "wire-bad-line.jsonl", "--id-column", "id")[2]
