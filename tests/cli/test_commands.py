"""The command line as its user meets it: output, errors on one line, exit codes."""

import gzip
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from copydesk.flows.cli import main
from copydesk.flows.cli.commands import app
from copydesk.schemas.article import Article
from copydesk.schemas.ledger import LedgerRow

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
FERRY = SAMPLES / "ferry-player-notice-2012.txt"
WIRE = SAMPLES / "wire-bad-line.jsonl"
COPYDESK = [
    sys.executable,
    "-c",
    "import sys; from copydesk.flows.cli import main; sys.exit(main())",
]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process; return exit code, standard output, standard error."""

    def call(*words: str | Path) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def shell(*words: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COPYDESK, *map(str, words)],
        input=stdin, capture_output=True, cwd=ROOT, env=os.environ | environment, timeout=120, check=False,
    )  # fmt: skip


def is_one_line(error: str) -> bool:
    return error.startswith("copydesk: ") and error.count("\n") == 1


def test_help_names_every_command(run: Run) -> None:
    """The help has one line for each command."""
    code, out, _ = run("--help")
    assert code == 0
    for command in ("ingest", "clean", "explain", "serve", "rules", "schema", "path"):
        assert re.search(rf"^  {command} +[A-Z].*[^.]\.$", out, re.MULTILINE), command


def test_help_answers_at_once() -> None:
    """Under half a second of CPU, all that it waits for; the clock would count the tests beside it as well."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert shell("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.5


def test_version(run: Run) -> None:
    """The version that is installed."""
    code, out, _ = run("--version")
    assert (code, bool(re.fullmatch(r"copydesk \d+\.\d+\.\d+\S*\n", out))) == (0, True)


USAGE = {
    "no such command": (["bogus"], "bogus"),
    "no such option": (["clean", FERRY, "--bogus"], "--bogus"),
    "no output folder": (["ingest", FERRY], "--out"),
    "no input": (["ingest", "--out", "x"], "INPUT"),
    "not a number": (["ingest", FERRY, "--out", "x", "--workers", "many"], "--workers"),
    "missing file": (["clean", "no/such/file.txt"], "no/such/file.txt"),
    "missing file with format": (["clean", "no/such/file", "--input-format", "text"], "no/such/file"),
    "glob without a match": (["explain", "no/such/*.txt"], "no/such/*.txt"),
    "unknown format": (["clean", FERRY, "--input-format", "pdf"], "pdf"),
    "more than one document": (["clean", WIRE], "--record"),
    "no such record": (["clean", WIRE, "--record", "wire-9"], "wire-9"),
    "wrong column": (["clean", WIRE, "--text-column", "body"], "body"),
    "missing rule pack": (["clean", FERRY, "--rules", "no/pack.toml"], "no/pack.toml"),
    "unknown rule": (["rules", "show", "en/player/nothing"], "en/player/nothing"),
    "unknown pack": (["rules", "test", "klingon"], "klingon"),
    "unknown dataset": (["schema", "authors"], "authors"),
    "not a dataset": (["path", SAMPLES], "samples"),
    "no schedule": (["serve", FERRY, "--out", "x"], "--every"),
    "two schedules": (["serve", FERRY, "--out", "x", "--every", "5m", "--cron", "* * * * *"], "--cron"),
    "unreadable interval": (["serve", FERRY, "--out", "x", "--every", "often"], "often"),
}


@pytest.mark.parametrize(("words", "names"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_gets_one_line_that_names_the_thing(
    run: Run, words: list[str | Path], names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 64, one line on standard error, no traceback, nothing written."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words)
    assert (code, out) == (64, "")
    assert is_one_line(err), err
    assert names in err
    assert not list(tmp_path.iterdir())


REJECTED = {
    "empty file": ("a.txt", b"", "empty"),
    "binary junk": ("a.txt", bytes(range(256)) * 40, "not-text"),
    "a picture under a wrong name": ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(500), "PNG"),
    "unknown format": ("a.bin", b"\x7fELF" + bytes(500), "a.bin"),
    "truncated gzip": ("a.txt.gz", gzip.compress(os.urandom(3000))[:1500], "truncated"),
    "gzip in name only": ("a.jsonl.gz", b"\x1f\x8b no gzip at all", "a.jsonl.gz"),
}


@pytest.mark.parametrize("command", ["clean", "explain"])
@pytest.mark.parametrize(("file", "content", "says"), REJECTED.values(), ids=REJECTED)
def test_a_document_that_is_none_is_refused_by_name(
    run: Run, command: str, file: str, content: bytes, says: str, tmp_path: Path
) -> None:
    """Exit code 3, one line that names the file and says what was found."""
    path = tmp_path / file
    path.write_bytes(content)
    code, _, err = run(command, path)
    assert code == 3
    assert is_one_line(err), err
    assert file in err
    assert says in err


def test_clean_prints_the_text(run: Run) -> None:
    """It prints only the body: blocks with a blank line between them."""
    code, out, err = run("clean", FERRY)
    assert (code, err) == (0, "")
    assert out.startswith("Talks aimed at averting a strike on the Skerray ferry")
    assert out.endswith("ended after the coastguard flew in insulin.\n")
    assert "\n\nRest periods\n\n" in out


@pytest.mark.parametrize(
    "given",
    [
        FERRY,
        WIRE,
        "no/such/file.txt",
        "s3://bucket/x",
        "s3:/bucket",
        "data/samples",
        "",
        "data/samples/*.rst",
    ],
    ids=str,
)
def test_clean_without_options_is_clean_with_the_default_option(run: Run, given: object) -> None:
    """The way without the parser of options prints the same, and ends in the same error and code."""
    assert run("clean", given) == run("clean", given, "--format", "text")


def test_clean_json_is_the_whole_record(run: Run) -> None:
    """Every column of articles/, and the text as it is."""
    code, out, _ = run("clean", FERRY, "--json")
    record = json.loads(out)
    assert code == 0
    assert list(record) == [field.name for field in fields(Article)]
    assert record["section"] == "Highlands & Islands"
    assert "£4.2m" in record["text"]


@pytest.mark.parametrize(("record", "more"), [("wire-0004", []), ("4", ["--id-column", "-"])])
def test_one_record_of_many(run: Run, record: str, more: list[str]) -> None:
    """A record is named by its id, or by its line where no column is to be one; a broken line before it doesn't matter."""
    code, out, _ = run("clean", WIRE, "--record", record, "--json", *more)
    assert code == 0
    assert json.loads(out)["record"] == record
    assert json.loads(out)["title"] == "Old mill dam to come down after eel count"


def test_standard_input() -> None:
    """`-` reads a document from a pipe; the text that goes into a pipe is exact."""
    done = shell("clean", "-", stdin=FERRY.read_bytes())
    assert done.returncode == 0
    assert done.stdout == shell("clean", FERRY).stdout != b""


def test_standard_input_in_a_named_format() -> None:
    """--input-format decides where neither name nor content says enough."""
    page = b"<p>One paragraph that is long enough to be a paragraph of its own, they said.</p>"
    assert b"<p>" not in shell("clean", "-", "--input-format", "html", stdin=page).stdout
    assert b"<p>" in shell("clean", "-", "--input-format", "text", stdin=page).stdout


def test_a_narrow_charset_is_no_crash() -> None:
    """Characters that the terminal's charset lacks are printed as escapes."""
    done = shell("clean", FERRY, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert b"\\xa34.2m" in done.stdout


def test_a_closed_pipe_is_no_traceback() -> None:
    """`copydesk ... | head -1` ends quietly."""
    line = " ".join(
        [
            sys.executable,
            "-c",
            "'import sys; from copydesk.flows.cli import main; sys.exit(main())'",
            "schema",
        ]
    )
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -n 1"], capture_output=True, cwd=ROOT, timeout=60, check=True
    )
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_explain_in_a_pipe(run: Run) -> None:
    """Markers in the first column, notes in brackets, a summary at the end."""
    code, out, _ = run("explain", FERRY)
    lines = out.splitlines()
    assert code == 0
    assert any(
        re.match(r"- Media playback is unsupported on your device  \[player \S+.*\]$", line) for line in lines
    )
    assert any(re.match(r"- Media caption  \[caption \S+\]$", line) for line in lines)
    assert any(re.match(r"=>Harbour master Ailsa Munro", line) for line in lines)
    assert "= Highlands & Islands" in out
    assert "  Some 140 deck and engine room staff" in out
    assert any(line.startswith("kept ") for line in lines)


def test_explain_json_is_the_ledger(run: Run) -> None:
    """One object a line, in order, with every column of ledger/."""
    code, out, _ = run("explain", FERRY, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [row["seq"] for row in rows] == list(range(len(rows)))
    assert all(list(row) == [field.name for field in fields(LedgerRow)] for row in rows)


def test_scraped_escape_sequences_do_not_reach_a_view(run: Run, tmp_path: Path) -> None:
    """A title that would retitle the window is shown, not obeyed, also in errors."""
    path = tmp_path / "a.txt"
    path.write_text(
        "[bold]Owned[/nothing]\x1b]0;owned\x07\n\nThe first paragraph \u202eof a story, they said on Monday.\n"
        * 3
    )
    for words in (
        ("explain", path),
        ("explain", path, "--json"),
        ("clean", path, "--json"),
        ("clean", "\x1b]0;owned\x07"),
    ):
        _, out, err = run(*words)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out + err), words


def test_an_internal_error_is_one_line_and_verbose_shows_where(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours is reported as such; the traceback is for those who ask."""

    def broken(*_: object, **__: object) -> int:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("copydesk.flows.cli.document.print_clean", broken)
    code, _, err = run("clean", FERRY)
    assert (code, is_one_line(err), "boom" in err) == (1, True, True)
    code, _, err = run("clean", FERRY, "-v")
    assert code == 1
    assert "Traceback" in err


def test_interruption_has_its_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with 130 and no traceback."""

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("copydesk.flows.cli.document.print_clean", interrupted)
    for more in ((), ("--format", "text")):
        code, _, err = run("clean", FERRY, *more)
        assert (code, is_one_line(err)) == (130, True)


def test_rules_list_and_show(run: Run) -> None:
    """Packs first, then the rules of one, then one rule with its examples."""
    code, out, _ = run("rules", "list")
    assert code == 0
    pack = out.split("\t")[0]
    code, out, _ = run("rules", "list", pack)
    assert code == 0
    rule = out.split("\t")[0]
    assert rule.startswith(pack + "/")
    code, out, _ = run("rules", "show", rule)
    assert code == 0
    assert "must go (match):" in out
    assert "must stay (keep):" in out


def test_rules_show_suggests_what_is_near(run: Run) -> None:
    """A mistyped id is answered with ids that exist."""
    pack = run("rules", "list")[1].split("\t")[0]
    rule = run("rules", "list", pack)[1].split("\t")[0]
    assert rule in run("rules", "show", rule + "x")[2]


PACK = """
[[rule]]
id = "mine/other_boilerplate/weather"
label = "other_boilerplate"
scope = "line"
pattern = '{pattern}'
why = "A weather box between two paragraphs."
seen = "generic"
match = ["Weather: 14 degrees, rain"]
keep = ["Weather: the reason the match was called off, said Mr Hale."]
"""


def test_rules_of_ones_own(run: Run, tmp_path: Path) -> None:
    """--rules adds a pack: it is tested with the others, and it removes its line."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(PACK.format(pattern=r"Weather: \d+ degrees, \w+"))
    bad.write_text(PACK.format(pattern="Weather: .*"))
    assert run("rules", "test", "mine", "--rules", good)[0] == 0
    code, out, _ = run("rules", "test", "mine", "--rules", bad)
    assert code == 1
    assert "FAILED mine/other_boilerplate/weather" in out
    text = tmp_path / "a.txt"
    text.write_text(FERRY.read_text().replace("Rest periods", "Weather: 14 degrees, rain\n\nRest periods"))
    assert "Weather: 14" in run("clean", text)[1]
    assert "Weather: 14" not in run("clean", text, "--rules", good)[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[rule]\n", "not TOML"),
        ('[[rule]]\nid = "mine/a/b"\n', "missing"),
        (PACK.format(pattern="(?=look)"), "RE2"),
    ],
)
def test_a_broken_pack_is_named(run: Run, tmp_path: Path, content: str, says: str) -> None:
    """A pack that can't be used ends the command, with the file, the rule and the field."""
    pack = tmp_path / "pack.toml"
    pack.write_text(content)
    code, _, err = run("rules", "list", "--rules", pack)
    assert code == 64
    assert is_one_line(err)
    assert "pack.toml" in err
    assert says in err


def test_every_shipped_rule_holds(run: Run) -> None:
    """`rules test` is what a contributor runs; here it must pass."""
    code, out, _ = run("rules", "test")
    assert code == 0, out
    assert re.search(r"^\d+ rules, \d+ examples, 0 failed$", out, re.MULTILINE)


@pytest.mark.parametrize("words", [[], ["ledger"]])
def test_schema_prints_the_contract(run: Run, words: list[str]) -> None:
    """All datasets, or the one that is named."""
    code, out, _ = run("schema", *words)
    assert code == 0
    assert "### `ledger/`" in out
    assert ("### `articles/`" in out) == (not words)


def test_every_option_is_explained() -> None:
    """No option or argument without a sentence of help."""
    import typer.main

    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for parameter in command.params:
            assert getattr(parameter, "help", ""), f"{name} {parameter.name}"
