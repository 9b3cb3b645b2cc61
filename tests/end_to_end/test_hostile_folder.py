"""No command runs a file of the current folder, for any name."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import typer
from ports import free_port

from copydesk.flows.cli import main
from copydesk.flows.cli.commands import app

SCRIPT = Path(sys.executable).with_name("copydesk")
SAMPLE = str(Path(__file__).resolve().parents[2] / "data" / "samples" / "ferry-player-notice-2012.txt")
IDLE = {"__future__", "antigravity", "this"}
"""Names of modules that are only imported implicitly."""
COMMANDS: dict[str, tuple[str, ...]] = {
    "ingest": ("ingest", SAMPLE, "--out", "again", "--workers", "1", "--direct"),
    "clean": ("clean", SAMPLE),
    "explain": ("explain", SAMPLE),
    "serve": ("serve", SAMPLE, "--out", "{out}", "--every", "1h"),
    "help": ("help",),
    "schema": ("schema",),
    "path": ("path", "{out}"),
    "config": ("config", "{out}"),
    "verify": ("verify", "{out}"),
    "repair": ("repair", "{out}"),
    "history": ("history", "{out}", "nothing"),
    "compact": ("compact", "{out}"),
    "reclean": ("reclean", "{out}", "--workers", "1"),
    "discover": ("discover", "{out}"),
    "export": ("export", "{out}"),
    "report": ("report", "{out}", "-o", "report.html"),
    "rules list": ("rules", "list"),
    "rules matrix": ("rules", "matrix"),
    "rules renamed": ("rules", "renamed"),
    "rules show": ("rules", "show", "nothing"),
    "rules test": ("rules", "test", "en_share"),
    "rejects list": ("rejects", "list", "{out}"),
    "rejects show": ("rejects", "show", "{out}", "nothing"),
    "rejects replay": ("rejects", "replay", "{out}", "--workers", "1"),
}
"""Each command with what it needs; a new command has to be added here."""
ENDLESS = {"server", "review"}
"""Commands that run until they are stopped; each has a test of its own."""


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all commands, groups and their members."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))
    if words and not hasattr(command, "commands"):
        yield " ".join(words)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of one article."""
    out = tmp_path_factory.mktemp("dataset") / "out"
    assert main(["ingest", SAMPLE, "--out", str(out), "--direct"]) == 0
    return out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a module of every name that Python or a dependency has; each writes down that it was run."""
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    said = tmp_path / "run"
    code = f"open({str(said)!r}, 'a').write(__name__ + '\\n')\n"
    names = {
        *sys.stdlib_module_names,
        *packages_distributions(),
        "sitecustomize",
        "usercustomize",
        "cleaners",
    }
    for name in names - IDLE:
        if name.isidentifier():
            (hostile / f"{name}.py").write_text(code)
    for package in ("prefect", "flows", "tasks", "schemas", "uvicorn", "encodings"):
        (hostile / package).mkdir()
        (hostile / package / "__init__.py").write_text(code)
    (hostile / "hook.py").write_text(code + "import logging\nclass Handler(logging.NullHandler): ...\n")
    (hostile / "logging.yml").write_text(
        "version: 1\ndisable_existing_loggers: false\nhandlers: {h: {class: hook.Handler}}\n"
        "loggers: {prefect: {handlers: [h]}}\n"
    )
    (hostile / ".env").write_text("PREFECT_LOGGING_SETTINGS_PATH=logging.yml\n")
    (hostile / "prefect.toml").write_text('[logging]\nconfig_path = "logging.yml"\n')
    (hostile / "documents.txt").write_text(
        "A line of text that is a document of its own, and no more than that.\n"
    )
    return hostile


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in the folder, with nothing on PYTHONPATH."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    return subprocess.run(
        [str(SCRIPT), *words], cwd=folder, env=env | environment, capture_output=True, text=True, timeout=600
    )


def ran(folder: Path) -> list[str]:
    """Names of the modules of the folder that were run."""
    said = folder.parent / "run"
    return sorted(set(said.read_text().split())) if said.exists() else []


def test_every_command_is_tried() -> None:
    """A new command can't be forgotten here."""
    assert set(commands(typer.main.get_command(app))) == set(COMMANDS) | ENDLESS


def test_the_folder_is_hostile(folder: Path) -> None:
    """A plain `python -c` in it runs what lies there: the tests below can fail."""
    subprocess.run([sys.executable, "-c", "import json"], cwd=folder, capture_output=True)
    assert ran(folder)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_runs_what_lies_in_the_current_folder(name: str, folder: Path, dataset: Path) -> None:
    """Neither the command itself, nor the processes that clean for it."""
    done = run(folder, *(word.format(out=dataset) for word in COMMANDS[name]))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3, 64), done.stderr
    assert ran(folder) == []


def test_ingest_through_prefect_runs_nothing_there(folder: Path, tmp_path: Path) -> None:
    """Prefect reads its settings in this process and its server's; the server is one that the run starts."""
    done = run(folder, "ingest", "documents.txt", SAMPLE, "--out", "out", PREFECT_HOME=str(tmp_path / "home"))
    assert done.returncode in (0, 3), done.stderr
    assert ran(folder) == []


def answers(port: int) -> bool:
    """Whether a Prefect server on this machine answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_server_runs_nothing_there(folder: Path, tmp_path: Path) -> None:
    """Prefect starts processes of its own for it."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    log = tmp_path / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [str(SCRIPT), "server", "--port", str(port)],
            cwd=folder,
            env=env | {"PREFECT_HOME": str(tmp_path / "home")},
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )
    try:
        while not answers(port):
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            time.sleep(0.5)
    finally:
        server.terminate()
        server.wait(60)
    assert ran(folder) == []


def test_a_review_runs_nothing_there(folder: Path, dataset: Path) -> None:
    """It serves pages, and shows each kind of candidate, with modules that it loads only then."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    with subprocess.Popen(
        [str(SCRIPT), "review", str(dataset), "--pack", "mine.toml"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = next(line.strip() for line in server.stdout if "http://" in line)
            for path in ("", "q/recurring", "q/removal", "q/document", "q/reject"):
                with urllib.request.urlopen(address + path, timeout=60) as answer:
                    assert answer.status == 200
        finally:
            server.terminate()
    assert ran(folder) == []


def test_workers_of_a_cluster_run_nothing_there(folder: Path, prefect_env: dict[str, str]) -> None:
    """Dask starts its workers as processes of their own."""
    pytest.importorskip("prefect_dask")
    told = {name: value for name, value in prefect_env.items() if name.startswith("PREFECT_")}
    done = run(folder, "ingest", "documents.txt", SAMPLE, "--out", "out", "--runner", "dask", **told)
    assert done.returncode in (0, 3), done.stderr
    assert ran(folder) == []
