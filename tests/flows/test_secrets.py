"""No command prints or stores secrets, or sends control sequences to a terminal."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cleaners import FAULT
from cli_kit import command_line
from hypothesis import given
from hypothesis import strategies as st

from copydesk.flows.cli import main
from copydesk.flows.cli.report import print_report
from copydesk.flows.run import run_ingest
from copydesk.flows.secrets import hide
from copydesk.flows.summary import code, summary
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from tests.end_to_end.test_hostile_folder import COMMANDS, SAMPLE

SCRIPT = Path(sys.executable).with_name("copydesk")
ACTS = FAULT
"""Sequences that retitle a window, colour, reorder, overwrite."""


def acts(text: str) -> bool:
    """Whether a text holds a character that acts on a terminal."""
    return escape_scraped(text) != text


@pytest.mark.parametrize("server", ["http://ann:s3cret@127.0.0.1:9/api", "http://s3cret@127.0.0.1:9/api"])
@pytest.mark.parametrize("command", ["ingest", "serve"])
def test_the_password_of_a_server_is_not_printed(command: str, server: str, tmp_path: Path) -> None:
    """An error of Prefect's and a traceback do not print it either."""
    words = [
        command,
        SAMPLE,
        "--out",
        str(tmp_path / "out"),
        "-v",
        *(["--every", "1h"] if command == "serve" else []),
    ]
    env = os.environ | {"PREFECT_API_URL": server, "PREFECT_HOME": str(tmp_path / "home")}
    env |= {"PREFECT_CLIENT_MAX_RETRIES": "0", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    done = subprocess.run([str(SCRIPT), *words], env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert "s3cret" not in done.stdout + done.stderr
    assert "127.0.0.1:9" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "https://ann:s3cret@example.org/x",
        "HTTPS://ann:s3@cret@example.org",
        "Proxy http://s3cret@[::1]:3128: refused",
        "https://example.org/x?a=1&api_key=s3cret&b=2",
        "s3://bucket/x?X-Amz-Signature=s3cret#x",
        "DefaultEndpoint?sig=s3cret",
    ],
)
def test_secrets_of_urls_are_hidden(text: str) -> None:
    """On the terminal, in Prefect's logs and artifacts, and what is left says where it was."""
    for shown in (hide(text), code(text)):
        assert "s3" not in shown.replace("s3://", "")
        assert "cret" not in shown
        assert "***" in shown


def test_keys_in_the_environment_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library may quote the header that it sent."""
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_1234567890")
    assert hide("401 for Bearer pnu_1234567890") == "401 for Bearer ***"


@given(st.text())
def test_text_without_secrets_stays(text: str) -> None:
    """Hiding twice is hiding once; what has no URL and no query is left alone."""
    assert hide(hide(text)) == hide(text)
    if "://" not in text and "=" not in text:
        assert hide(text) == text


@pytest.fixture(scope="module")
def hostile_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset in a folder, of a file, with a title and a reject, that all hold what acts on a terminal."""
    folder = tmp_path_factory.mktemp("hostile") / f"news{ACTS}"
    (folder / "in").mkdir(parents=True)
    story = (
        "The harbour reopened on Tuesday, and the council said that the cranes would work again by Friday. "
    )
    for n in range(6):
        (folder / "in" / f"{n}{ACTS}.txt").write_text(
            f"Title {n} {ACTS}\n{story * 3}{n}\nRead {ACTS} our letter\n"
        )
    (folder / "in" / f"bad{ACTS}.txt").write_bytes(b"\0\x01\x02" * 50)
    assert main(["ingest", str(folder / "in"), "--out", str(folder / "out"), "--direct"]) == 3
    return folder / "out"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_no_command_prints_what_acts_on_a_terminal(
    name: str,
    hostile_dataset: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Folder and file names, titles, reasons: all of it is shown as escapes, in a pipe too."""
    monkeypatch.chdir(tmp_path)
    out = tmp_path / f"copy{ACTS}"
    shutil.copytree(hostile_dataset, out, symlinks=True)
    files = sorted((hostile_dataset.parent / "in").iterdir())
    words = [word.format(out=out) if word != SAMPLE else str(files[0]) for word in COMMANDS[name]]
    main(words)
    said = capfd.readouterr()
    if name == "clean":  # the raw text was requested, so it is exact in a pipe
        assert not acts(said.err)
        return
    assert not acts(said.out), ascii(said.out)
    assert not acts(said.err), ascii(said.err)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_error_prints_what_acts_on_a_terminal(
    name: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A path that is not there, quoted back."""
    gone = str(tmp_path / f"gone{ACTS}")
    words = [word.format(out=gone) if word not in (SAMPLE, "nothing") else gone for word in COMMANDS[name]]
    if name != "schema":
        words.append(f"--no-such{ACTS}")
    command_line(capfd)(*words)
    code_, said, errors = command_line(capfd)(*words[: len(COMMANDS[name])])
    assert not acts(said + errors), ascii(said + errors)
    assert code_ in (0, 1, 64, 73, 74)


def test_a_fault_of_ours_is_said_in_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The closing table names the document, and Prefect's summary says it as well."""
    (tmp_path / "story.txt").write_text("A story of some words, and no more.\n")
    request = IngestRequest(
        (str(tmp_path / "story.txt"),), str(tmp_path / "out"), settings=Settings(workers=1)
    )
    report = run_ingest(request, cleaner="cleaners:broken")
    print_report(report, request.out)
    said = capfd.readouterr().out
    assert "a fault of copydesk, please report" in said
    assert "A fault of copydesk, please report: IndexError" in said
    assert str(tmp_path / "story.txt") in said
    assert not acts(said)
    assert "a fault of copydesk, please report" in summary(report, request.out)
