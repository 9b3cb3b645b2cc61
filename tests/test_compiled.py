"""The compiled build: opt-in, built from the same sources, with the same bytes as the outcome."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLEAN = """
import sys
from pathlib import Path
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.html.walk import walk
from copydesk.tasks.pipeline import CleaningContext, clean_many

documents = [
    RawDocument(Origin(path.name), path.read_bytes(), "html" if path.suffix == ".html" else "text")
    for folder in sys.argv[1:]
    for path in sorted(Path(folder).rglob("*"))
    if path.suffix in (".html", ".txt")
]
print(Path(sys.modules[walk.__module__].__file__).suffix, len(documents))
print(*clean_many(documents, CleaningContext.open([], Settings())), sep="\\n")
"""


def _copy(to: Path) -> Path:
    """Copy what a build needs, as real files."""
    shutil.copytree(
        ROOT / "copydesk", to / "copydesk", ignore=shutil.ignore_patterns("__pycache__", "training", "*.so")
    )
    for name in ("setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, to / name)
    return to


def _run(folder: Path, *arguments: str, **settings: str) -> str:
    """Run Python in a folder whose copydesk comes before any installed one."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONHASHSEED": "1", **settings}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_nothing_is_compiled_unless_it_is_asked_for(tmp_path: Path) -> None:
    """The wheel is pure Python. Each module that can be compiled exists."""
    source = _copy(tmp_path)
    shown = "import setup; print(setup.extensions(), *setup.modules(), sep='\\n')"
    nothing, *modules = _run(source, "-c", shown, COPYDESK_COMPILE="").splitlines()
    assert nothing == "[]"
    assert "copydesk/tasks/html/walk.py" in modules
    assert all((source / module).is_file() for module in modules)


def test_a_build_without_mypyc_or_with_a_failing_one_is_pure_python(tmp_path: Path) -> None:
    """A warning says so, and the build goes on."""
    source = _copy(tmp_path)
    (source / "mypyc").mkdir()
    (source / "mypyc" / "__init__.py").write_text("")
    shown = "import setup; print(setup.extensions())"
    assert _run(source, "-c", shown, COPYDESK_COMPILE="1").startswith("[]")
    (source / "mypyc" / "build.py").write_text("def mypycify(*_, **__): raise SystemExit('a type error')\n")
    found = _run(source, "-c", shown, COPYDESK_COMPILE="1")
    assert "copydesk is not compiled: a type error" in found


@pytest.mark.slow
def test_the_compiled_steps_give_the_same_bytes(tmp_path: Path) -> None:
    """Clean all samples and pages of the tests with and without; five minutes, most of them in the C compiler."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    source = _copy(tmp_path)
    (source / "clean.py").write_text(CLEAN)
    command = ("clean.py", str(ROOT / "data" / "samples"), str(ROOT / "tests"))
    pure = _run(source, *command)
    assert pure.startswith(".py ")
    _run(source, "setup.py", "build_ext", "--inplace", "--parallel", "2", COPYDESK_COMPILE="1")
    assert _run(source, *command) == pure.replace(".py ", ".so ", 1)
