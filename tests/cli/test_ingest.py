"""`copydesk ingest --direct`: the files, the messages, and the exit on failure."""

import gzip
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line

from copydesk.flows.cli import main
from copydesk.flows.cli.report import print_report
from copydesk.schemas.report import RunReport
from copydesk.schemas.settings import Settings
from copydesk.tasks.store.dataset import Store

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
FERRY = SAMPLES / "ferry-player-notice-2012.txt"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def table(out: str) -> dict[str, str]:
    """Return the closing table: the first words of a line, and the number after them."""
    return dict(re.findall(r"^ *(\S+(?: \S+)*) {2,}([\d,.]+)\b", out, re.MULTILINE))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Good documents between every kind of bad neighbour."""
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(FERRY, folder / "a.txt")
    (folder / "b-empty.txt").write_bytes(b"")
    (folder / "c-junk.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "d-cut.txt.gz").write_bytes(gzip.compress(FERRY.read_bytes())[:300])
    (folder / "e-lines.jsonl").write_bytes((SAMPLES / "wire-bad-line.jsonl").read_bytes())
    (folder / "f\x1b]0;owned\x07.bin").write_bytes(b"\x7fELF" + bytes(900))
    shutil.copy(SAMPLES / "vignes-cookies-json-ld.html", folder / "z.html")
    return folder


def test_neighbours_of_bad_input_come_through(run: Cli, corpus: Path, tmp_path: Path) -> None:
    """Each bad document is rejected with its reason; the good ones are there; exit code 3."""
    code, out, err = run("ingest", corpus, "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert code == 3, err
    counts = table(out)
    assert (counts["documents in"], counts["articles out"], counts["rejected"]) == ("10", "5", "5")
    articles = pq.read_table(tmp_path / "out" / "articles").to_pylist()
    assert sorted(Path(row["source"]).name for row in articles) == ["a.txt", *["e-lines.jsonl"] * 3, "z.html"]
    rejects = pq.read_table(tmp_path / "out" / "rejects").to_pylist()
    for row in rejects:
        assert Path(row["source"]).name in row["detail"] or row["stage"] == "decode"
    assert {row["reason"] for row in rejects} >= {"empty", "truncated", "bad-json"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err)


def test_a_name_that_is_not_utf_8_is_taken_in_and_said(run: Cli, tmp_path: Path) -> None:
    """Its odd bytes are printed as escapes everywhere; the file may be given by name or found in a folder."""
    folder = os.fsencode(tmp_path / "in")
    os.mkdir(folder)
    shutil.copy(FERRY, os.fsdecode(folder + b"/caf\xe9.txt"))
    for given in (folder, folder + b"/caf\xe9.txt"):
        code, _, err = run(
            "ingest", os.fsdecode(given), "--out", tmp_path / "out", "--direct", "--workers", "1"
        )
        assert code == 0, err
    (article,) = pq.read_table(tmp_path / "out" / "articles").to_pylist()
    assert Path(article["source"]).name == "caf\\xe9.txt"


def test_the_same_command_again_takes_in_what_is_new(run: Cli, tmp_path: Path) -> None:
    """Nothing at first, then just the file that was added."""
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(FERRY, folder)
    command = ("ingest", folder, "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert run(*command)[0] == 0
    code, out, _ = run(*command)
    assert (code, table(out)["articles out"], table(out)["unchanged"]) == (0, "0", "1")
    shutil.copy(SAMPLES / "clean-already.txt", folder)
    code, out, _ = run(*command)
    assert (code, table(out)["articles out"], table(out)["unchanged"]) == (0, "1", "1")


def test_the_table_says_what_was_removed_and_where_the_output_is(run: Cli, tmp_path: Path) -> None:
    """Characters by label, seconds, and a folder that is really there."""
    code, out, _ = run("ingest", FERRY, "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert code == 0
    assert int(table(out)["player"]) > 30
    assert float(table(out)["seconds"]) > 0
    where = re.search(r"The articles are in (.+)$", out, re.MULTILINE)
    assert where is not None
    assert list(Path(where[1]).glob("**/*.parquet"))


def test_path_names_the_snapshot(run: Cli, tmp_path: Path) -> None:
    """A folder that keeps its content, with the four datasets in it."""
    run("ingest", FERRY, "--out", tmp_path / "out", "--direct", "--workers", "1")
    code, out, _ = run("path", tmp_path / "out")
    assert code == 0
    assert {path.name for path in Path(out.strip()).iterdir()} == {"articles", "ledger", "rejects", "runs"}


def test_rules_of_ones_own_are_used_and_change_what_is_known(run: Cli, tmp_path: Path) -> None:
    """A new pack makes a new pipeline: documents are cleaned again."""
    pack = tmp_path / "mine.toml"
    pack.write_text(
        '[[rule]]\nid = "mine/other_boilerplate/vet"\nlabel = "other_boilerplate"\nscope = "line"\n'
        'pattern = \'Rest periods\'\nwhy = "For this test."\nseen = "generic"\n'
        'match = ["Rest periods"]\nkeep = ["Rest periods were the heart of the row."]\n'
    )
    command = ("ingest", FERRY, "--out", tmp_path / "out", "--direct", "--workers", "1")
    run(*command)
    code, out, _ = run(*command, "--rules", pack)
    assert (code, table(out)["articles out"]) == (0, "1")
    (row,) = pq.read_table(tmp_path / "out" / "articles").to_pylist()
    assert "Rest periods" not in row["text"]


def test_columns_of_a_table_are_named(run: Cli, tmp_path: Path) -> None:
    """The id column names the record, the URL column the article."""
    code, _, _ = run(
        "ingest", SAMPLES / "wire-bad-line.jsonl", "--out", tmp_path / "out", "--direct", "--workers", "1",
        "--id-column", "id", "--text-column", "text", "--url-column", "url", "--publisher-column", "publisher",
    )  # fmt: skip
    assert code == 3
    rows = {row["record"]: row for row in pq.read_table(tmp_path / "out" / "articles").to_pylist()}
    assert set(rows) == {"wire-0001", "wire-0002", "wire-0004"}
    assert rows["wire-0002"]["url"] == "https://plainswire.example/2013/07/bees"
    assert rows["wire-0002"]["publisher"] == "Plains Wire"


def _errors(tmp_path: Path) -> dict[str, tuple[list[str | Path], int, str]]:
    return {
        "missing input": (["no/such/folder"], 64, "no/such/folder"),
        "wrong column": ([SAMPLES / "wire-bad-line.jsonl", "--text-column", "body"], 64, "body"),
        "missing rule pack": ([FERRY, "--rules", "no.toml"], 64, "no.toml"),
    }


@pytest.mark.parametrize("case", ["missing input", "wrong column", "missing rule pack"])
def test_what_makes_no_sense_is_refused(run: Cli, case: str, tmp_path: Path) -> None:
    """Exit code 64, one line that names the thing."""
    words, expected, names = _errors(tmp_path)[case]
    code, out, err = run("ingest", *words, "--out", tmp_path / "out", "--direct", "--workers", "1")
    last = err.strip().split("\n")[-1]
    assert (code, out) == (expected, "")
    assert last.startswith("copydesk: ")
    assert names in last
    assert "Traceback" not in err


def test_an_output_that_is_a_file_is_refused(run: Cli, tmp_path: Path) -> None:
    """Exit code 64 and the path; the file is left alone."""
    (tmp_path / "out").write_text("not a folder")
    code, _, err = run("ingest", FERRY, "--out", tmp_path / "out", "--direct")
    assert code == 64
    assert str(tmp_path / "out") in err
    assert (tmp_path / "out").read_text() == "not a folder"


@pytest.mark.parametrize("where", ["/proc/copydesk", "a-file/out", "n" * 300])
def test_an_output_where_no_folder_can_be_is_refused(run: Cli, where: str, tmp_path: Path) -> None:
    """Exit code 73 and one line with the path: in /proc, below a file, under too long a name."""
    (tmp_path / "a-file").write_text("not a folder")
    code, out, err = run("ingest", FERRY, "--out", tmp_path / where, "--direct", "--workers", "1")
    last = err.strip().split("\n")[-1]
    assert (code, out) == (73, "")
    assert last.startswith(f"copydesk: {tmp_path / where}: cannot create a folder here (")
    assert "Traceback" not in err


def test_a_folder_in_use_is_refused(run: Cli, tmp_path: Path) -> None:
    """Exit code 75 while another run holds the lock; afterwards it is free."""
    with Store.open(tmp_path / "out", Settings(), "another"):
        code, _, err = run("ingest", FERRY, "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert code == 75, err
    assert str(tmp_path / "out") in err
    assert run("ingest", FERRY, "--out", tmp_path / "out", "--direct", "--workers", "1")[0] == 0


def test_too_many_rejects_stop_the_run(run: Cli, tmp_path: Path) -> None:
    """Exit code 4 by default; --breaker-share 1 takes what there is."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number}.txt").write_bytes(b"")
    assert run("ingest", folder, "--out", tmp_path / "a", "--direct", "--workers", "1")[0] == 4
    code, out, _ = run(
        "ingest", folder, "--out", tmp_path / "b", "--direct", "--workers", "1", "--breaker-share", "1"
    )
    assert (code, table(out)["empty"]) == (3, "120")


def test_the_report_is_printed_in_order_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    """Largest first, thousands separated; a label or reason from elsewhere can't act on the terminal."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    report = RunReport(
        "run", start, start + timedelta(seconds=12.34), ["in"], 1_200, 1_000, 100, 50, 50, 7, 9_000, 1_000,
        {"share": 10, "player": 990, "nav": 0}, {"[bold]\x1b[2J": 50}, "{}", "r", "1",
    )  # fmt: skip
    print_report(report, "out\x1b[2J[/bold]")
    out = capsys.readouterr().out
    assert table(out)["documents in"] == "1,200"
    assert table(out)["seconds"] == "12.3"
    assert table(out)["near duplicates"] == "7"
    assert out.index("player") < out.index("share")
    assert "nav" not in out
    assert "10.0% of all" in out
    assert "\x1b" not in out
    assert "[bold]\\x1b[2J" in out


def test_a_missing_path_is_said_before_any_server_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing mistake is reported at once, not after ten seconds."""
    assert main(["ingest", str(tmp_path / "nothing"), "--out", str(tmp_path / "out")]) == 64
    said = capsys.readouterr().err
    assert "does not exist" in said
    assert "server" not in said
