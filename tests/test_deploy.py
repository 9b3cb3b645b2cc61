"""The files of docs/deploy are well-formed and name what there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml

from copydesk.flows.cli.commands import app

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
KNOWN = typer.main.get_command(app)


def options(command: str) -> set[str]:
    """The options of a command."""
    return {option for parameter in KNOWN.commands[command].params for option in parameter.opts}  # type: ignore[attr-defined]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    """systemd finds nothing to say, once the program is where the unit expects it."""
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("needs systemd-analyze")
    text = unit.read_text(encoding="utf-8")
    (tmp_path / unit.name).write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text), encoding="utf-8")
    command = [analyze, "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if unit.name in line and "copydesk-server" not in line]
    assert said == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_exist(unit: Path) -> None:
    """Command and options are known."""
    words = re.findall(r"^ExecStart=\S+/copydesk (.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    (command, *rest) = words[0].split()
    assert {word for word in rest if word.startswith("--")} <= options(command)


def test_the_compose_file_starts_commands_that_exist() -> None:
    """Server, Postgres and the serving process, which waits for the server."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"postgres", "server", "serve"}
    command, *rest = services["serve"]["command"]
    assert {word for word in rest if word.startswith("--")} <= options(command)
    assert services["serve"]["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert services["server"]["ports"] == ["127.0.0.1:4200:4200"], "the server listens to this machine only"


def test_the_image_copies_what_there_is() -> None:
    """Every path that the Dockerfile copies is in the repository."""
    copies = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(copies) == 5
    for path in " ".join(copies).split():
        assert list(ROOT.glob(path)), path
