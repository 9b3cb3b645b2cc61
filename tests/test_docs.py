"""The documents are correct: examples give the printed output, commands exist, links have targets."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from notebook import NOTEBOOK, executed
from readme import DOCUMENTS as EXAMPLES
from readme import README, ROOT, copydesk, refresh, sandbox, without_times

from copydesk.flows.cli.commands import app
from copydesk.schemas.exit_codes import ExitCode

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "data" / "README.md",
    ROOT / "tasks" / "rules" / "packs" / "README.md",
]
TEXT = README.read_text(encoding="utf-8")
RULES = (ROOT / "docs" / "how-to" / "rules.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = TEXT) -> list[str]:
    """Bodies of the fenced code blocks of one language, with a title or without."""
    return re.findall(rf"^```{language}(?: title=[^\n]*)?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every copydesk command line in code blocks and code spans of the documents."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        lines = "\n".join(blocks("sh", text) + blocks("console", text)).splitlines()
        found += [
            line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith("copydesk ")
        ]
        found += [" ".join(span.split()) for span in re.findall(r"`(copydesk [a-z][^`]*)`", text)]
    return sorted(set(found))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of the documents are run."""
    return sandbox(tmp_path_factory.mktemp("readme"))


@pytest.fixture(scope="module")
def refreshed(folder: Path) -> dict[Path, str]:
    """The documents with their examples as they come out now."""
    return {path: refresh(path.read_text(encoding="utf-8"), folder) for path in EXAMPLES}


@pytest.fixture(scope="module")
def dataset(refreshed: dict[Path, str], folder: Path) -> Path:
    """The folder after all commands, so with the datasets that they made."""
    assert (folder / "data" / "clean").is_dir()
    return folder


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_come_out_as_printed(path: Path, refreshed: dict[Path, str]) -> None:
    """Raw text, explanation, record, closing tables and column reference; `make docs` refreshes them."""
    assert without_times(refreshed[path]) == without_times(path.read_text(encoding="utf-8"))


def test_there_are_examples() -> None:
    """Sessions, a text, a record and the reference: a check over none would always pass."""
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    assert len(blocks("console", text)) >= 5
    assert len(blocks("json", text)) == len(blocks("text", text)) == 1
    assert text.count("### Labels") == 1


def test_the_notebook_comes_out_as_printed(dataset: Path) -> None:
    """Each cell runs, and shows what the document shows."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert executed(text, dataset) == text
    assert "<table" in text


def test_the_readme_is_short() -> None:
    """Longer texts belong under docs/."""
    assert len(TEXT.splitlines()) <= 150


def test_the_first_example_keeps_its_promise() -> None:
    """It opens the page, so it had better be right: nothing of the furniture is in the record."""
    example = (ROOT / "docs" / "tutorials" / "example.md").read_text(encoding="utf-8")
    (record,) = blocks("json", example)
    for words in ("Share this", "Media playback", "Image copyright", "newsletter", "All rights reserved"):
        assert words in blocks("text", example)[0]
        assert words not in record
    assert "share the cost" in record


def test_the_site_builds_without_network(tmp_path: Path) -> None:
    """Every link and anchor leads somewhere, every page is in the menu, and no page loads anything from elsewhere."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 15
    loads = re.compile(r"<(?:script|img|iframe)[^>]* src=.?https?:|<link[^>]*rel=.?stylesheet[^>]*https?:")
    assert [page.name for page in pages if loads.search(page.read_text(encoding="utf-8"))] == []


def test_every_exit_code_is_explained() -> None:
    """A script that looks at `$?` finds each code in the table, and no other."""
    text = (ROOT / "docs" / "how-to" / "ingest.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| exit code \|.*?\n\n", text + "\n\n", re.MULTILINE | re.DOTALL)
    told = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    assert sorted(int(code) for row in told for code in row.split(",")) == sorted(ExitCode)


@pytest.mark.parametrize("command", commands())
def test_commands_exist_with_their_options(command: str) -> None:
    """No document names a command or option that the code does not have."""
    known = typer.main.get_command(app)
    words = re.split(r"\s+", command)[1:]
    while words and hasattr(known, "commands"):
        name = words.pop(0)
        assert name in known.commands
        known = known.commands[name]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= options


def test_commands_are_found() -> None:
    """A check over no commands would always pass."""
    assert {command.split()[1] for command in commands()} >= {
        "ingest",
        "clean",
        "explain",
        "serve",
        "rules",
        "schema",
        "path",
    }


@pytest.mark.parametrize(
    "code", [code for path in EXAMPLES for code in blocks("python", path.read_text("utf-8"))]
)
def test_ways_to_read_the_output_run(code: str, dataset: Path) -> None:
    """Each example prints rows of the dataset, as it is printed there."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=dataset,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\b(fr|share|crane that nobody)\b", done.stdout.lower()), done.stdout


def test_ways_to_read_the_output() -> None:
    """Copydesk itself, DuckDB, pandas, Polars."""
    found = [re.search(r"import (\w+)", code) for code in blocks("python")]
    assert [hit[1] for hit in found if hit] == ["copydesk", "duckdb", "pandas", "polars"]


def test_the_example_rule_holds(tmp_path: Path) -> None:
    """The pack of one's own passes `rules test`, as printed, with its must-keep lines."""
    (tmp_path / "mine.toml").write_text("\n".join(blocks("toml", RULES)), encoding="utf-8")
    assert (
        copydesk("rules", "test", "mine", "--rules", "mine.toml", folder=tmp_path)
        == "1 rules, 2 examples, 0 failed\n"
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Relative links resolve in the checkout."""
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_make_targets_exist() -> None:
    """All make targets in the documents exist."""
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for path in DOCUMENTS
        for name in re.findall(r"(?m)(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"))
    }
    assert {"run", "test"} <= named <= rules


def test_ci_runs_what_people_run() -> None:
    """.ci/run is `make test` and nothing else, and fails with it."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -eu" in script
    assert script.rstrip().endswith("make test")
