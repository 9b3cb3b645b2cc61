"""Which files an input means: what globs leave out, what is never opened, and inputs that hold nothing."""

import os
import socket
from pathlib import Path

import pytest

from copydesk.flows.cli import main
from copydesk.flows.run import run_ingest
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Reject
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import empty_inputs, expand, why_empty

STORY = "The harbour reopened on Monday after a week of repairs, the port authority said. " * 3


def found(pattern: str) -> dict[str, str]:
    return {
        Path(item.origin.source).name: item.reason if isinstance(item, Reject) else "document"
        for file in expand([pattern])
        for item in read(file, Columns(), Settings())
    }


def test_a_glob_opens_no_pipe_and_follows_no_link_out(tmp_path: Path) -> None:
    """Pipes and sockets are rejects; links that lead out are left out, those inside are other names."""
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text(STORY)
    (tmp_path / "far").mkdir()
    (tmp_path / "far/away.txt").write_text(STORY)
    (folder / "a.txt").write_text(STORY)
    (folder / "b.txt").symlink_to(folder / "a.txt")
    (folder / "out.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "far").symlink_to(tmp_path / "far")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.txt"))
        expected = {
            "a.txt": "document",
            "b.txt": "document",
            "pipe.txt": "unreadable",
            "socket.txt": "unreadable",
        }
        assert found(f"{folder}/*.txt") == expected
        assert found(f"{folder}/**/*.txt") == expected
        assert found(f"{folder}/*") == expected


def test_a_glob_that_matches_only_links_out_says_so(tmp_path: Path) -> None:
    """An empty dataset would be a riddle."""
    (tmp_path / "in").mkdir()
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "in/a.txt").symlink_to(tmp_path / "a.txt")
    with pytest.raises(UsageError, match="links that lead out of its folder"):
        list(expand([f"{tmp_path}/in/*.txt"]))


def test_inputs_without_files_are_said(tmp_path: Path) -> None:
    """Examples are an empty folder, and a dataset used as raw input by mistake."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(STORY)
    settings = Settings(workers=1, min_free_bytes=0)
    inputs = (str(tmp_path / "in"), str(tmp_path / "empty"))
    report = run_ingest(IngestRequest(inputs, str(tmp_path / "out"), settings=settings))
    assert report.notes == [f"{tmp_path}/empty: holds no files"]
    assert empty_inputs([str(tmp_path / "out")]) == [str(tmp_path / "out")]
    assert "is a dataset of copydesk" in why_empty(str(tmp_path / "out"))
    around = {Path(file.uri).relative_to(tmp_path) for file in expand([str(tmp_path)])}
    assert around == {Path("in/a.txt")}, "a dataset among the inputs is passed over, its note included"


def test_fail_on_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 66; without the option a note and 0."""
    (tmp_path / "empty").mkdir()
    words = ["ingest", str(tmp_path / "empty"), "--out", str(tmp_path / "out"), "--direct"]
    assert main(words) == 0
    assert "holds no files" in capsys.readouterr().out
    assert main([*words, "--fail-on-empty"]) == 66
    assert "--fail-on-empty" in capsys.readouterr().err


def test_files_beside_documents_cost_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3, a row in runs/, and the documents are in the dataset."""
    source = Path(__file__).parents[1] / "field/101-metadata-json"
    assert main(["ingest", str(source), "--out", str(tmp_path / "out"), "--direct"]) == 3
    said = capsys.readouterr().out
    assert "no-text-column" in said
    assert len(list((tmp_path / "out/runs").iterdir())) == 1
