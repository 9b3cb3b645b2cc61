"""What the documents say is so: examples come out as printed, commands exist, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from readme import README, ROOT, copydesk, refresh, sandbox, without_times

from copydesk.flows.cli.commands import app

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "data" / "README.md",
    ROOT / "tasks" / "rules" / "packs" / "README.md",
]
TEXT = README.read_text(encoding="utf-8")


def blocks(language: str, text: str = TEXT) -> list[str]:
    """Bodies of the fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


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
    """Where the README's commands are run."""
    return sandbox(tmp_path_factory.mktemp("readme"))


@pytest.fixture(scope="module")
def refreshed(folder: Path) -> str:
    """The README with its examples as they come out now."""
    return refresh(TEXT, folder)


@pytest.fixture(scope="module")
def dataset(refreshed: str, folder: Path) -> Path:
    """The folder after the README's commands, so with the dataset that they made."""
    assert (folder / "data" / "clean").is_dir(), "no example ingests into data/clean"
    return folder


def test_examples_come_out_as_printed(refreshed: str) -> None:
    """Raw text, explanation, record, closing table and field reference; `make docs` refreshes them."""
    assert without_times(refreshed) == without_times(TEXT)


def test_the_first_example_keeps_its_promise() -> None:
    """It opens the page, so it had better be right: nothing of the furniture is in the record."""
    record = blocks("json")[0]
    for words in ("Share this", "Media playback", "Image copyright", "newsletter", "All rights reserved"):
        assert words in blocks("text")[0]
        assert words not in record
    assert "share the cost" in record


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


@pytest.mark.parametrize("code", blocks("python"))
def test_ways_to_read_the_output_run(code: str, dataset: Path) -> None:
    """Each example prints rows of the dataset, as it stands there."""
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
    """DuckDB, pandas, Polars, and copydesk itself."""
    assert [re.search(r"import (\w+)", code)[1] for code in blocks("python")] == [
        "duckdb",
        "pandas",
        "polars",
        "copydesk",
    ]  # type: ignore[index]


def test_the_example_rule_holds(tmp_path: Path) -> None:
    """The pack of one's own passes `rules test`, as printed."""
    (pack,) = blocks("toml")
    (tmp_path / "mine.toml").write_text(pack, encoding="utf-8")
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
    """What the documents say to make can be made."""
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for path in DOCUMENTS
        for name in re.findall(r"(?m)(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"))
    }
    assert {"run", "test"} <= named <= rules


def test_ci_runs_what_people_run() -> None:
    """.ci/run is `make test` and nothing else, and fails when that fails."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -eu" in script
    assert script.rstrip().endswith("make test")
