"""`clean` of many documents: each as it comes out alone, in a file of its own, and no input is harmed."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from cli_kit import Cli, command_line

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
STORY = "The board met on Tuesday and put off the plan for the new quay, the harbour master said."


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def tree(folder: Path) -> dict[str, str]:
    """Return the contents of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_document_comes_out_as_it_does_alone(cli: Cli, tmp_path: Path) -> None:
    """Text and records of a folder go to files named after their inputs.

    Documents that can't be read are reported, with exit code 3.
    """
    code, said, error = cli("clean", SAMPLES, "-o", tmp_path / "out")
    assert (code, "22 articles, 2 rejected" in said) == (3, True)
    assert "wire-bad-line.jsonl, record 3" in error
    found = tree(tmp_path / "out")
    assert len(found) == 22
    for name in ("crane-readme.txt", "mina-rtl.html", "museum-mojibake.txt"):
        assert found[f"{Path(name).stem}.txt"] == cli("clean", SAMPLES / name)[1]
    assert (
        found["lokalbote-records/a-17.txt"]
        == cli("clean", SAMPLES / "lokalbote-records.csv.gz", "--record", "a-17")[1]
    )
    again = cli("clean", SAMPLES, "-o", tmp_path / "out")
    assert again[0] == 3
    assert tree(tmp_path / "out") == found


@pytest.mark.parametrize(("fmt", "suffix"), [("text", "txt"), ("md", "md"), ("json", "json")])
def test_formats(cli: Cli, tmp_path: Path, fmt: str, suffix: str) -> None:
    """A file in a folder holds what standard output shows of one document."""
    crane = SAMPLES / "crane-readme.txt"
    assert cli("clean", crane, "--format", fmt, "-o", tmp_path)[0] == 0
    written = (tmp_path / f"crane-readme.{suffix}").read_text(encoding="utf-8")
    shown = cli("clean", crane, "--format", fmt)[1]
    if fmt == "json":
        one, other = json.loads(written), json.loads(shown)
        for name in (
            "removed_share",
            "language_score",
            "quality",
        ):  # kept as float32 on their way through a worker
            assert one.pop(name) == pytest.approx(other.pop(name), rel=1e-5)
        assert one == other
        assert shown == cli("clean", crane, "--json")[1]
    else:
        assert written == shown


def test_lines_of_json(cli: Cli, tmp_path: Path) -> None:
    """On standard output or in one file, in the order of the inputs."""
    code, told, _ = cli("clean", SAMPLES, "--format", "jsonl")
    assert code == 3
    rows = [json.loads(line) for line in told.splitlines()]
    assert len(rows) == 22
    assert [row["source"] for row in rows] == sorted(row["source"] for row in rows)
    assert cli("clean", SAMPLES, "--format", "jsonl", "-o", tmp_path / "out")[0] == 3
    assert tree(tmp_path / "out") == {"articles.jsonl": told}


def test_folders_stay_folders(cli: Cli, tmp_path: Path) -> None:
    """Below the folder that was named; equal names get numbers; an output folder inside is not read."""
    source = tmp_path / "news"
    for name in ("2020/a.txt", "2021/a.txt", "2021/a.html", "b.txt"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(f"{STORY} This was {name}.", encoding="utf-8")
    for _ in range(2):
        assert cli("clean", source, "-o", source / "clean")[0] == 0
        found = tree(source / "clean")
        assert set(found) == {"2020/a.txt", "2021/a.txt", "2021/a-2.txt", "b.txt"}
        assert found["2021/a.txt"].endswith("This was 2021/a.html.\n")


def test_no_input_is_overwritten(cli: Cli, tmp_path: Path) -> None:
    """Beside the input when the name differs, and not at all when it does not."""
    story = tmp_path / "a.txt"
    story.write_text(f"Share this\n{STORY}", encoding="utf-8")
    assert cli("clean", story, "--format", "md", "-o", tmp_path)[0] == 0
    code, _, error = cli("clean", story, "-o", tmp_path)
    assert (code, "overwritten" in error) == (64, True)
    assert story.read_text(encoding="utf-8").startswith("Share this")
    code, _, error = cli("clean", tmp_path, "--format", "text", "-o", tmp_path)
    assert (code, "overwritten" in error) == (64, True)
    assert cli("clean", story, "-o", story)[0] == 64


def test_names_come_from_input_and_stay_in_the_folder(cli: Cli, tmp_path: Path) -> None:
    """Ids and archive members with paths outside the folder, or invalid names, become names below the folder."""
    rows = [
        {"id": each, "text": f"{STORY} {each}"} for each in ("../../up", "/etc/x", "a\\b:c", "con", "x" * 400)
    ]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../evil.txt", f"{STORY} Evil.")
        archive.writestr("in/good.txt", f"{STORY} Good.")
    (tmp_path / "z.zip").write_bytes(packed.getvalue())
    code, _, _ = cli("clean", tmp_path / "r.jsonl", tmp_path / "z.zip", "-o", tmp_path / "deep" / "out")
    assert code in (0, 3)
    found = tree(tmp_path / "deep" / "out")
    assert len([name for name in found if name.startswith("r/")]) == 5
    assert any(text.endswith("Good.\n") for text in found.values())
    (tmp_path / "z.zip").unlink()
    assert set(tree(tmp_path)) == {"r.jsonl"} | {f"deep/out/{name}" for name in found}


def test_what_makes_no_sense_is_said(cli: Cli, tmp_path: Path) -> None:
    """Examples are several documents without a target folder, and unknown formats."""
    crane = SAMPLES / "crane-readme.txt"
    for words, says in (
        ([crane, SAMPLES / "mina-rtl.html"], "-o"),
        ([SAMPLES], "clean -o DIR"),
        ([crane, "--format", "html"], "--input-format"),
        ([crane, "--json", "--format", "md"], "--json"),
        ([crane, "--input-format", "text", "-o", tmp_path], "--input-format"),
        (["no/such/file", "-o", tmp_path], "no/such/file"),
    ):
        code, _, error = cli("clean", *words)
        assert (code, says in error) == (64, True), error
    assert list(tmp_path.iterdir()) == []
