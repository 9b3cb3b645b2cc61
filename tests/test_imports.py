"""The table of folders: which imports each may have, and that it imports only what other folders export."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "tasks", "schemas")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

TABLE: dict[str, set[str]] = {
    "schemas": set(),
    "tasks.text": set(),
    "tasks.read": {"text"},
    "tasks.decode": {"text"},
    "tasks.plain_text": {"text"},
    "tasks.metadata": {"text"},
    "tasks.html": {"text", "metadata"},
    "tasks.repair": {"text"},
    "tasks.rules": {"text"},
    "tasks.model": {"text", "rules"},
    "tasks.label": {"text", "metadata"},
    "tasks.article": {"text", "metadata", "label"},
    "tasks.pipeline": {"decode", "plain_text", "html", "repair", "rules", "model", "label", "article"},
    "tasks.model.training": {
        "text",
        "decode",
        "plain_text",
        "html",
        "repair",
        "rules",
        "model",
        "label",
        "article",
    },
    "tasks.dedup": set(),
    "tasks.store": {"dedup"},
    "tasks.workers": {"article", "dedup", "pipeline", "store"},
    "tasks.runs": {"store"},
    "tasks.shards": {"read", "rules", "runs", "store", "workers"},
    "tasks.discover": {"text", "metadata", "rules", "model", "store"},
    "tasks.review": {"discover", "rules", "store"},
    "tasks.survey": set(),
    "tasks.export": set(),
    "tasks.report": set(),
    "tasks": set(),
    "flows": {
        "article",
        "decode",
        "discover",
        "export",
        "pipeline",
        "read",
        "report",
        "review",
        "rules",
        "runs",
        "shards",
        "store",
        "survey",
        "text",
        "workers",
    },
}
"""The imports from `tasks/` that a folder of `tasks/` (or `flows`) may have. All folders may import
`schemas`.

The order is that of a document's path, then of a run. A folder imports others by their `__init__`,
`copydesk.tasks.X`, never by a module inside it.
"""
BY_MODULE: set[tuple[str, str]] = set()
"""(importing module, imported module) pairs that bypass an `__init__`. A comment at the import gives the
reason."""
HEAVY = ("pyarrow", "prefect", "numpy", "re2", "turbohtml", "bs4")


def module_name(path: Path) -> str:
    """`tasks.store.commit` for `tasks/store/commit.py`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def home(module: str) -> str:
    """The row of the table that a module belongs to: its longest name that has one."""
    parts = module.split(".")
    names = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next((name for name in names if name in TABLE), parts[0])


def imported(path: Path, *, at_import_only: bool = False) -> set[str]:
    """Modules of ours and others that a file names in imports; with `at_import_only`, those that its import loads."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if at_import_only and (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_type_checking(node)
        ):
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which way it points"
            for alias in node.names:
                as_module = f"{node.module}.{alias.name}"
                found.add(as_module if _is_module(as_module) else node.module or "")
        pending.extend(ast.iter_child_nodes(node))
    return found


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/").removeprefix("copydesk/")
    return name.startswith("copydesk.") and (
        path.with_suffix(".py").exists() or (path / "__init__.py").exists()
    )


def ours(names: set[str]) -> set[str]:
    """Return the names of our modules, without `copydesk.`."""
    return {name.removeprefix("copydesk.") for name in names if name.startswith("copydesk.")}


def test_the_files_are_found() -> None:
    """A check over no files would always pass."""
    assert {"flows.cli.commands", "tasks.pipeline", "schemas.page"} <= {module_name(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_folders_import_what_the_table_says(path: Path) -> None:
    """Imports point one way: schemas below, then the steps, the pipeline, what runs it, the command line."""
    here = home(module_name(path))
    allowed = {here, "schemas"} | {f"tasks.{name}" for name in TABLE[here]}
    if here == "tasks":
        allowed.add("tasks")
    assert {home(name) for name in ours(imported(path))} <= allowed


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_folders_import_faces(path: Path) -> None:
    """A folder exports names in its `__init__`. The rest may change without effect on others."""
    here = module_name(path)
    behind = {
        name
        for name in ours(imported(path))
        if name.startswith("tasks.") and home(name) != home(here) and name != home(name)
        and not (home(here) == "tasks.model.training" and home(name) == "tasks.model")
    }  # fmt: skip
    assert {(here, name) for name in behind} <= BY_MODULE


@pytest.mark.parametrize("folder", [*PACKAGES, "tests", "copydesk"])
def test_there_is_one_name_to_import(folder: str) -> None:
    """`tasks`, `flows` and `schemas` are common names; ours are imported through `copydesk`."""
    files = sorted((ROOT / folder).glob("*.py")) + sorted((ROOT / folder).rglob("*/*.py"))
    assert files
    assert [path for path in files if {name.split(".")[0] for name in imported(path)} & set(PACKAGES)] == []


def test_faces_name_what_they_show() -> None:
    """Each folder of `tasks/` has a face with `__all__`, and a docstring that says what it does and never does."""
    faces = list((ROOT / "tasks").glob("*/__init__.py"))
    assert len(faces) > 10
    for path in faces:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        doc = ast.get_docstring(tree) or ""
        assert re.search(r"\b(never|nothing|no|not)\b", doc, re.IGNORECASE), f"{path}: what is it not for?"
        assert re.search(r"\b(Begin|Start)\s+with\b", doc), f"{path}: where to begin?"
        names = {
            t.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for t in node.targets
            if isinstance(t, ast.Name)
        }
        assert "__all__" in names, path


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_prefect_stays_at_the_rim(path: Path) -> None:
    """Only flows import Prefect, so that all other code runs without it."""
    if not module_name(path).startswith("flows"):
        assert "prefect" not in {name.split(".")[0] for name in imported(path)}


def test_nothing_imports_training() -> None:
    """Weights are made apart from what runs them."""
    for path in FILES:
        if not module_name(path).startswith("tasks.model.training"):
            assert not {name for name in ours(imported(path)) if name.startswith("tasks.model.training")}


def test_the_pipeline_does_no_io() -> None:
    """Reading, storing and running lie outside the path of a document."""
    outside = {"tasks.read", "tasks.store", "tasks.shards", "tasks.workers", "os", "subprocess", "socket"}
    names = imported(ROOT / "tasks" / "pipeline.py", at_import_only=True)
    assert not (names | {home(name) for name in ours(names)}) & outside


def _modules_after(*words: str, whole: bool = False) -> set[str]:
    """The modules that a real process has loaded once it has run a command line: packages, or `whole` names."""
    code = (
        "import sys; from copydesk.flows.cli import main; main(sys.argv[1:]); "
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout
    return {name if whole else name.split(".")[0] for name in done.stderr.split("\n")}


@pytest.mark.parametrize("words", [("--help",), ("ingest", "--help"), ("--version",)], ids=" ".join)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """Help answers in a fraction of a second because it imports next to nothing."""
    assert not _modules_after(*words) & set(HEAVY)


@pytest.mark.parametrize("command", ["clean", "explain"])
def test_one_text_loads_what_it_needs(command: str) -> None:
    """A single document is cleaned without Prefect, without Arrow, and a text without the parser of pages."""
    loaded = _modules_after(command, "data/samples/ferry-player-notice-2012.txt")
    assert "re2" in loaded
    assert not loaded & {"prefect", "sqlalchemy", "fastapi", "pyarrow", "turbohtml", "bs4"}


def test_clean_without_options_loads_no_more_than_a_text_needs() -> None:
    """Cold, `clean FILE` takes 0.5 s and 105 MB: no parser of options, no ftfy, no client of the web, no masked arrays."""
    loaded = _modules_after("clean", "data/samples/ferry-player-notice-2012.txt", whole=True)
    assert "numpy" in loaded
    heavy = {"typer", "rich", "pydantic", "ftfy", "chardet", "urllib.request", "numpy.ma"}
    pages = {f"copydesk.tasks.{name}" for name in ("html", "model.forest", "model.features")}
    assert not loaded & (heavy | pages | {"copydesk.flows.cli.commands"})


def test_importing_sets_nothing() -> None:
    """A program that imports a name of ours keeps its environment; the command line and the flow set Prefect's."""
    code = (
        "import os; before = dict(os.environ); import copydesk.flows.cli, copydesk.flows.run, copydesk.api; "
        "print(sorted(os.environ.items() ^ before.items()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
