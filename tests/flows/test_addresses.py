"""Addresses where paths are expected: refused by every command, and nothing is made of them."""

from pathlib import Path
from typing import Any

import pytest
from cli_kit import Cli, command_line
from typer.main import get_command

from copydesk.flows.addresses import refuse_address
from copydesk.flows.cli.commands import app
from copydesk.flows.cli.paths import takes_path
from copydesk.flows.run import run_ingest
from copydesk.flows.secrets import hide
from copydesk.schemas.errors import UsageError
from copydesk.schemas.request import IngestRequest

FERRY = Path(__file__).parents[2] / "data" / "samples" / "ferry-player-notice-2012.txt"
STORES = [
    "s3://bucket/x",
    "gs://b/x",
    "az://c/x",
    "abfs://c@a/x",
    "hdfs://n:9000/x",
    "S3://B/x",
    "s3:/bucket/x",
]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    return command_line(capfd)


@pytest.mark.parametrize("address", [*STORES, "memory://x", "https://example.org/x", "file:///tmp/x"])
def test_an_output_folder_that_is_an_address_is_refused(run: Cli, address: str, tmp_path: Path) -> None:
    """Exit code 64, the address, what to do; no folder `s3:`."""
    code, out, err = run("ingest", FERRY, "--out", address, "--direct")
    assert (code, out) == (64, "")
    assert hide(address) in err
    assert not list(tmp_path.iterdir())


def _placed(command: Any, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Every command with every argument or option of it that takes a path."""
    found = [(words, p.opts[0]) for p in command.params if takes_path(p)]
    for name, child in getattr(command, "commands", {}).items():
        found += _placed(child, (*words, name))
    return found


PLACES = _placed(get_command(app))


def _words(command: tuple[str, ...], place: str, tmp_path: Path) -> list[str]:
    """A command line whose one fault is an address in this place."""
    known = get_command(app)
    for name in command:
        known = known.commands[name]  # type: ignore[attr-defined]
    words = list(command)
    for parameter in known.params:
        here = parameter.opts[0] == place
        value = "s3://bucket/x" if here else str(FERRY)
        if not parameter.opts[0].startswith("-"):
            words += [value] if parameter.required or here else []
        elif here or parameter.required:
            words += [parameter.opts[0], value]
    return words


@pytest.mark.parametrize(
    ("command", "place"), PLACES, ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_no_command_takes_an_address_for_a_path(
    run: Cli, command: tuple[str, ...], place: str, tmp_path: Path
) -> None:
    """The list has every command, future ones included."""
    code, out, err = run(*_words(command, place, tmp_path))
    assert (code, out) == (64, "")
    assert "s3://bucket/x" in err
    assert "object storage is not supported" in err
    assert not list(tmp_path.iterdir())


def test_the_places_are_found() -> None:
    """A check over nothing would always pass."""
    commands = {words for words, _ in PLACES}
    assert {
        ("ingest",),
        ("serve",),
        ("verify",),
        ("path",),
        ("discover",),
        ("rejects", "replay"),
        ("clean",),
    } <= commands
    assert {place for words, place in PLACES if words == ("ingest",)} >= {"--out", "--rules", "inputs"}


def test_a_run_that_prefect_starts_refuses_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters typed into Prefect's page pass no command line."""
    monkeypatch.chdir(tmp_path)
    for request in (IngestRequest((str(FERRY),), "gs://b/x"), IngestRequest(("s3://b/x.jsonl",), "out")):
        with pytest.raises(UsageError, match="object storage is not supported"):
            run_ingest(request)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "path", ["data/clean", "/abs/s3:/x", "./s3://x", "a:b", "c:/x", "12:30", "-", "x/y://z", "http"]
)
def test_ordinary_paths_pass(path: str) -> None:
    """A colon alone is not an address, and neither is an address further on in a path."""
    refuse_address(path)
