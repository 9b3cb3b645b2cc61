"""`export`: the articles that are wanted, each once, in formats that others read."""

import csv
import json
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line

from copydesk.flows.run import run_ingest
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "out"
    run_ingest(IngestRequest((str(SAMPLES),), str(folder), settings=Settings(workers=1)))
    return folder


def lines(cli: Cli, *words: str | Path) -> list[dict[str, object]]:
    code, told, error = cli("export", *words)
    assert code == 0, error
    return [json.loads(line) for line in told.splitlines()]


def test_json_lines_are_the_articles(cli: Cli, out: Path, tmp_path: Path) -> None:
    """To a pipe or a file, whole, in the order of the dataset."""
    articles = pq.read_table(out / "articles").to_pylist()
    found = lines(cli, out)
    assert [each["id"] for each in found] == [each["id"] for each in articles]
    assert [each["blocks"] for each in found] == [each["blocks"] for each in articles]
    code, said, _ = cli("export", out, "-o", tmp_path / "a.jsonl")
    assert (code, "22 articles" in said) == (0, True)
    written = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in written] == [each["id"] for each in articles]


@pytest.mark.parametrize(
    ("options", "column", "admits"),
    [
        (["--language", "en", "--language", "de"], "language", lambda v: v in ("en", "de")),
        (["--publisher", "Le Courrier des Corbières"], "publisher", lambda v: v == "Le Courrier des Corbières"),
        (["--min-quality", "word_count=80"], "word_count", lambda v: v >= 80),
        (["--min-quality", "stop_words=3"], "quality", lambda v: v["stop_words"] >= 3),
        (["--since", "2016-06-14", "--until", "2016-06-14"], "published_at", lambda v: v and str(v)[:10] == "2016-06-14"),
        (["--without-flag", "doubtful"], "flags", lambda v: "doubtful" not in v),
        (["--originals"], "duplicate_of", lambda v: v is None),
    ],
)  # fmt: skip
def test_only_what_is_wanted(cli: Cli, out: Path, options: list[str], column: str, admits: object) -> None:
    """Each filter lets through exactly the rows that it names."""
    assert callable(admits)
    wanted = [each["id"] for each in pq.read_table(out / "articles").to_pylist() if admits(each[column])]
    assert wanted
    assert [each["id"] for each in lines(cli, out, *options)] == wanted


def test_csv_has_the_columns_that_are_named(cli: Cli, out: Path, tmp_path: Path) -> None:
    """In their order, with a head."""
    assert cli("export", out, "--format", "csv", "--columns", "title,id", "-o", tmp_path / "a.csv")[0] == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["title", "id"]
    assert len(rows) == 22


@pytest.mark.parametrize(("fmt", "suffix"), [("txt", ".txt"), ("md", ".md")])
def test_a_file_for_each_article(cli: Cli, out: Path, tmp_path: Path, fmt: str, suffix: str) -> None:
    """By year, with a readable name; a folder that holds something is left alone."""
    folder = tmp_path / "files"
    assert cli("export", out, "--format", fmt, "-o", folder)[0] == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 22
    assert {path.suffix for path in files} == {suffix}
    (crane,) = folder.glob(f"2016/Crane-that-nobody-ordered-*{suffix}")
    assert "A 90-metre crane was delivered" in crane.read_text(encoding="utf-8")
    code, _, error = cli("export", out, "--format", fmt, "-o", folder)
    assert (code, "not empty" in error) == (64, True)


def test_a_folder_for_the_hub(cli: Cli, out: Path, tmp_path: Path) -> None:
    """Parquet files with the number of files in their names, and a card that names them; all rows are there."""
    folder = tmp_path / "hub"
    assert cli("export", out, "--format", "hf", "--language", "en", "-o", folder)[0] == 0
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "path: data/train-*.parquet" in card
    assert '- "en"' in card
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["train-00000-of-00001.parquet"]
    table = ds.dataset(folder / "data").to_table()
    assert set(table["language"].to_pylist()) == {"en"}
    assert table.num_rows == len(lines(cli, out, "--language", "en"))


def test_what_makes_no_sense_is_said(cli: Cli, out: Path, tmp_path: Path) -> None:
    """Formats, columns and folders are checked. No file is left."""
    for words, says in (
        (["--format", "docx"], "jsonl, csv, txt, md, hf"),
        (["--columns", "titel"], "titel"),
        (["--format", "md"], "-o"),
        (["-o", tmp_path / "no" / "such" / "a.jsonl"], "can't be written"),
        (["--since", "soon"], "--since"),
    ):
        code, _, error = cli("export", out, *words)
        assert code in (64, 73)
        assert says in error
    assert cli("export", tmp_path / "nothing")[0] == 64
    assert list(tmp_path.iterdir()) == []


def test_no_more_than_asked(cli: Cli, out: Path) -> None:
    """--limit takes the first."""
    assert [each["id"] for each in lines(cli, out, "--limit", "3")] == [
        each["id"] for each in lines(cli, out)
    ][:3]
