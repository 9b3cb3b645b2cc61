"""The fingerprint: only changes that affect output change it."""

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.inputs import Columns
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean_many
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import expand
from copydesk.tasks.runs.fingerprint import LIBRARIES, ROOT, code_hash, hashed_modules, pipeline_fingerprint

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
COLUMNS = Columns()

_WITHOUT_EFFECT = {
    "ahocorasick_rs": "finds literals, exactly",
    "brotli": "unpacks, or says that it can't",
    "numpy": "sums float32 in a fixed order",
    "orjson": "reads JSON as the standard says",
    "pyarrow": "reads Parquet as the standard says",
    "re2": "matches as its syntax says",
    "zstandard": "unpacks, or says that it can't",
}
"""Libraries whose other versions give the same result."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code, to be changed."""
    for package in ("schemas", "tasks"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def edit(tree: Path, module: str, pattern: str, new: str) -> None:
    """Change a module of the copy; the pattern must be there."""
    path = tree.joinpath(*module.split(".")[1:]).with_suffix(".py")
    text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert count == 1, f"{pattern!r} is not in {module}"
    path.write_text(text, encoding="utf-8")


DECODE, STORE, PIPELINE = "copydesk.tasks.decode", "copydesk.tasks.store.dataset", "copydesk.tasks.pipeline"


@pytest.mark.parametrize(
    ("module", "pattern", "new"),
    [
        (DECODE, r"\A", "# a comment\n\n\n"),
        (DECODE, r'^"""Decode', '"""DECODE'),
        (DECODE, r"^(def decode\(.*\n    \"\"\")", r"\1More words. "),
        (DECODE, r"^import codecs$", "import codecs\nimport colorsys"),
        (STORE, r"\Z", "\nADDED = 1\n"),
        (PIPELINE, r"\Z", '\n__all__ = ["CleaningContext"]\n'),
    ],
    ids=["comment", "docstring", "docstring-of-function", "import", "store", "all"],
)
def test_what_changes_no_output_changes_no_fingerprint(
    tree: Path, module: str, pattern: str, new: str
) -> None:
    """A comment, or work on the store, does not cause inputs to be read again."""
    edit(tree, module, pattern, new)
    assert code_hash(tree) == code_hash(ROOT)


@pytest.mark.parametrize(
    ("module", "pattern", "new"),
    [
        (DECODE, r"= 8192$", "= 8193"),
        (DECODE, r"^def decode\(", "def decoded("),
        ("copydesk.schemas.labels", r'"paragraph"', '"paragraphs"'),
        (PIPELINE, r"\Z", "\nADDED = 1\n"),
    ],
)
def test_code_of_the_pipeline_counts(tree: Path, module: str, pattern: str, new: str) -> None:
    """A number, a name, a statement."""
    edit(tree, module, pattern, new)
    assert code_hash(tree) != code_hash(ROOT)


def test_weights_count(tree: Path) -> None:
    """After training, inputs are read again."""
    with (tree / "tasks" / "model" / "segments.npz").open("ab") as file:
        file.write(b"\0")
    assert code_hash(tree) != code_hash(ROOT)


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ('"Read also"', '"Read too", "Read also"', True),
        ('"Read also"', '"Read also"  # a comment\n', False),
        ("keep = [", 'keep = [ "Nobody read it.",', False),
    ],
    ids=["phrase", "comment", "near miss"],
)
def test_phrases_count(tree: Path, old: str, new: str, counts: bool) -> None:
    """A new phrase of the matrix re-reads inputs; a comment and a near miss, which only tests read, do not."""
    path = tree / "tasks" / "rules" / "phrases" / "en.toml"
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    assert (code_hash(tree) != code_hash(ROOT)) == counts


def test_a_function_may_move(tree: Path) -> None:
    """Code counts by its content, not by its file."""
    source = (tree / "tasks" / "plain_text.py").read_text(encoding="utf-8")
    (tree / "tasks" / "plain.py").write_text(source, encoding="utf-8")
    (tree / "tasks" / "plain_text.py").write_text(
        "from copydesk.tasks.plain import text_blocks\n", encoding="utf-8"
    )
    assert code_hash(tree) == code_hash(ROOT)


def test_every_module_that_runs_counts() -> None:
    """Clean and read the samples in a process that notes whose functions run: each is among the modules that count."""
    code = """
import sys, threading
from pathlib import Path
from copydesk.schemas.document import RawDocument
from copydesk.schemas.settings import Settings
from copydesk.schemas.inputs import Columns
from copydesk.tasks.pipeline import CleaningContext, clean_many
from copydesk.tasks.read.inputs import expand
from copydesk.tasks.read.formats import read
ran = set()
sys.setprofile(lambda frame, event, argument: ran.add(frame.f_code.co_filename) if event == "call" else None)
context = CleaningContext.open([], Settings())
for file in expand([sys.argv[1]]):
    documents = [d for d in read(file, Columns(), Settings()) if isinstance(d, RawDocument)]
    clean_many(documents, context)
sys.setprofile(None)
print("\\n".join(sorted(ran)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(SAMPLES)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    ran = {Path(line) for line in done.stdout.split("\n") if line}
    counted = {ROOT.parent.joinpath(*module.split(".")) for module in hashed_modules(ROOT)}
    ours = {
        path.with_suffix("")
        for path in ran
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ("schemas", "tasks")
        if path.name != "__init__.py"  # a docstring
    }
    assert len(ours) > 40
    assert ours - counted == set()


def test_every_library_is_weighed() -> None:
    """A library that is new to the pipeline counts with its version, or there is a reason why it need not."""
    used: set[str] = set()
    for module in hashed_modules(ROOT):
        path = ROOT.parent.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                used.add((node.module or "").split(".")[0])
    foreign = used - set(sys.stdlib_module_names) - {"copydesk"}
    assert foreign <= LIBRARIES.keys() | _WITHOUT_EFFECT.keys()


class Recorder:
    """Settings that record which of them are read."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> object:
        self.asked.add(name)
        return getattr(self.settings, name)


def test_settings_that_cleaning_and_reading_ask_for_count() -> None:
    """A setting belongs to the run only if no code on a document's path reads it."""
    recorder = Recorder()
    for file in expand([str(SAMPLES)]):
        documents = [d for d in read(file, COLUMNS, recorder) if not isinstance(d, Reject)]  # type: ignore[arg-type]
        clean_many(documents, CleaningContext.open([], recorder))  # type: ignore[arg-type]
    about_the_run = {f.name for f in fields(Settings) if f.metadata.get("about_the_run")}
    assert "max_document_bytes" in recorder.asked
    assert not recorder.asked & about_the_run


def test_settings_rules_and_columns_count() -> None:
    """Settings of the run do not count."""
    base = pipeline_fingerprint("rules", Settings(), COLUMNS)
    assert pipeline_fingerprint("rules", Settings(max_document_bytes=7), COLUMNS) != base
    assert pipeline_fingerprint("other", Settings(), COLUMNS) != base
    assert pipeline_fingerprint("rules", Settings(), Columns(text="body")) != base
    assert (
        pipeline_fingerprint("rules", Settings(workers=7, alarm_runs_needed=3, keep_raw=False), COLUMNS)
        == base
    )


def test_the_pipeline_used_here_is_the_one_that_counts() -> None:
    """The fingerprint is of the code that cleans in this process."""
    raw = RawDocument(
        Origin("memory:"), "A line of text that is the body of an article, and no more.", "text"
    )
    assert isinstance(clean_many([raw], CleaningContext.open([], Settings()))[0].result, Article)
    assert sys.modules[clean_many.__module__].__file__ == str(ROOT / "tasks" / "pipeline.py")
