"""`explain --html`, and `explain` of a dataset's documents: the same ledger from any source."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
CRANE = SAMPLES / "crane-readme.txt"


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def dataset(cli: Cli, out: Path, *options: str) -> Path:
    """The samples, and a page that is rejected when it is cleaned."""
    empty = out.parent / "menu.html"
    empty.write_text("<ul><li><a href='/a'>Home</a></li><li><a href='/b'>World</a></li></ul>")
    code, _, _ = cli("ingest", SAMPLES, empty, "--out", out, "--direct", "--workers", "1", *options)
    assert code == 3
    return out


def ids(out: Path) -> dict[str, str]:
    """Id of each article, by the name of its file."""
    rows = pq.read_table(out / "articles", columns=["id", "source", "record"]).to_pylist()
    return {f"{Path(row['source']).name}{row['record']}": row["id"] for row in rows}


def test_a_page_goes_to_a_file_or_a_pipe(cli: Cli, tmp_path: Path) -> None:
    """The same bytes in both, each time."""
    code, piped, _ = cli("explain", CRANE, "--html")
    assert code == 0
    assert cli("explain", CRANE, "--html", "-o", tmp_path / "page.html") == (0, "", "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == piped
    assert piped.startswith("<!doctype html>")
    assert piped.count("<del ") == 6


def test_a_page_is_not_for_a_terminal(tmp_path: Path) -> None:
    """A terminal can't show a page of mark-up. The message tells the user what to do."""
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "copydesk", "explain", str(CRANE), "--html"],
        stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    os.close(slave)
    os.close(master)
    assert done.returncode == 64
    assert b"-o" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--html", "--json"], "--json"),
        (["-o", "page.html"], "--html"),
        (["--html", "-o", "no/such/folder/page.html"], "no/such/folder"),
    ],
)
def test_what_makes_no_sense_is_said(cli: Cli, words: list[str], says: str) -> None:
    """One line, and an exit code that says whose fault it is."""
    code, out, error = cli("explain", CRANE, *words)
    assert code in (64, 73)
    assert says in error
    assert out == ""


def test_an_article_of_a_dataset_is_explained_as_its_file_is(cli: Cli, tmp_path: Path) -> None:
    """Plain, as JSON, as a page: what the dataset holds is what the file gives, page and text alike."""
    out = dataset(cli, tmp_path / "out")
    known = ids(out)
    for name in ("crane-readme.txt", "vignes-cookies-json-ld.html", "museum-mojibake.txt"):
        assert cli("explain", out, known[name])[:2] == cli("explain", SAMPLES / name)[:2]
    code, stored, _ = cli("explain", out, known["crane-readme.txt"][:8], "--json")
    rows = [json.loads(line) for line in stored.splitlines()]
    assert code == 0
    assert [row["seq"] for row in rows] == list(range(len(rows)))
    page = cli("explain", out, known["vignes-cookies-json-ld.html"], "--html")[1]
    direct = cli("explain", SAMPLES / "vignes-cookies-json-ld.html", "--html")[1]
    assert page.count("<del ") == direct.count("<del ") > 10
    assert page.split("<main>")[1] == direct.split("<main>")[1]


def test_without_the_raw_document_the_ledger_is_drawn(cli: Cli, tmp_path: Path) -> None:
    """It says so, and loses nothing that is gone."""
    out = dataset(cli, tmp_path / "out", "--no-keep-raw")
    page = cli("explain", out, ids(out)["crane-readme.txt"], "--html")[1]
    assert "not kept" in page
    assert page.count("<del ") == 6


def test_rejects_and_what_is_not_there(cli: Cli, tmp_path: Path) -> None:
    """A reject that can be cleaned again is drawn; any other says why not."""
    out = dataset(cli, tmp_path / "out")
    listed = [json.loads(line) for line in cli("rejects", "list", out, "--json")[1].splitlines()]
    by_stage = {each["stage"]: each for each in listed}
    cleaned = by_stage.get("clean") or by_stage["parse"]
    code, page, error = cli("explain", out, cleaned["id"], "--html")
    assert (code, cleaned["reason"] in page) == (3, True)
    assert cleaned["reason"] in error
    code, _, error = cli("explain", out, by_stage["read"]["id"])
    assert (code, "no document" in error) == (64, True)
    code, _, error = cli("explain", out, "0123456789")
    assert (code, "no such article" in error) == (64, True)
    code, _, error = cli("explain", out)
    assert (code, "id" in error) == (64, True)
