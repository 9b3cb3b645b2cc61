"""Imports point one way: cli, flows, shards, pipeline, steps, schemas."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "tasks", "schemas")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

STEPS = ("decode", "text_blocks", "html_blocks", "repair", "mark", "weigh", "label", "assemble", "read")
"""The steps of a document's path; none of them may know another."""
RUNNERS = (
    "tasks.pipeline",
    "tasks.shards",
    "tasks.workers",
    "tasks.worker_process",
    "tasks.worker_template",
    "tasks.store",
)
"""What drives the steps, and so is not for them to know."""
HEAVY = ("pyarrow", "prefect", "numpy", "re2", "turbohtml", "bs4")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, *, at_import_only: bool = False) -> set[str]:
    """Modules that a file imports; with `at_import_only`, those that importing the file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    pending: list[ast.AST] = [tree]
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
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))
    return found


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def ours(names: set[str], *packages: str) -> set[str]:
    return {name for name in names if name.split(".")[0] in packages}


def test_the_files_are_found() -> None:
    """A check over no files would always pass."""
    assert {"flows.cli", "tasks.pipeline", "schemas.page"} <= {module_name(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_packages_point_down(path: Path) -> None:
    """Schemas import nothing of ours but schemas; tasks import no flows."""
    package = path.relative_to(ROOT).parts[0]
    above = {"schemas": ("tasks", "flows"), "tasks": ("flows",), "flows": ()}[package]
    assert not ours(imported(path), *above)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_prefect_stays_at_the_rim(path: Path) -> None:
    """Only flows import Prefect, so that everything else runs without it."""
    if not module_name(path).startswith("flows"):
        assert not ours(imported(path), "prefect")


@pytest.mark.parametrize("step", STEPS)
def test_steps_do_not_know_each_other(step: str) -> None:
    """A step takes a value and hands on a value; only the pipeline knows the order."""
    path = ROOT / "tasks" / f"{step}.py"
    others = {f"tasks.{other}" for other in STEPS if other != step} | set(RUNNERS)
    assert not imported(path) & others


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name == "tasks"], ids=module_name)
def test_nothing_below_the_pipeline_knows_the_pipeline(path: Path) -> None:
    """Helpers of steps reach neither the pipeline nor what runs it."""
    name = module_name(path)
    if not name.startswith(RUNNERS) and not name.startswith("tasks.store"):
        assert not imported(path) & set(RUNNERS)


def test_the_pipeline_does_no_io() -> None:
    """Reading, storing and running lie outside the path of a document."""
    outside = {"tasks.read", "tasks.store", "tasks.shards", "tasks.workers", "os", "subprocess", "socket"}
    assert not imported(ROOT / "tasks" / "pipeline.py", at_import_only=True) & outside


def _modules_after(*words: str) -> set[str]:
    """The modules that a real process has loaded once it has run a command line."""
    code = "import sys; from flows.cli import main; main(sys.argv[1:]); print('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout
    return {name.split(".")[0] for name in done.stderr.split("\n")}


@pytest.mark.parametrize("words", [("--help",), ("ingest", "--help"), ("--version",)], ids=" ".join)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    """Help answers in a fraction of a second because it imports next to nothing."""
    assert not _modules_after(*words) & set(HEAVY)


@pytest.mark.parametrize("command", ["clean", "explain"])
def test_one_document_needs_no_prefect(command: str) -> None:
    """A single document is cleaned without the second or two that importing Prefect takes."""
    loaded = _modules_after(command, "data/samples/ferry-player-notice-2012.txt")
    assert "re2" in loaded
    assert not loaded & {"prefect", "sqlalchemy", "fastapi"}
