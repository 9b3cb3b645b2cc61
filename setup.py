"""Build copydesk. The wheel is pure Python, unless COPYDESK_COMPILE=1 asks for the steps of a page as machine code.

    COPYDESK_COMPILE=1 pip install .

Mypyc compiles the modules of COMPILED as they are; the same sources run without it, and give the same bytes. Where
mypyc or a C compiler fails, a warning says so and the wheel holds Python alone. Everything else is in pyproject.toml.
"""

import os
import warnings
from pathlib import Path
from typing import Any

from setuptools import setup

COMPILED = {
    "html": ("block_maker", "context", "grids", "inline_text", "link_runs", "verbatim", "walk"),
    "label": (),
}
"""Folders of `copydesk/tasks` and their modules; without a list, all of them. They take 0.65 of their time then: loops over
nodes and blocks. The folders article, metadata and repair gain a twentieth or nothing; numpy and patterns do their work."""


def modules() -> list[str]:
    """Return the paths of the modules to compile, sorted."""
    tasks = Path("copydesk", "tasks")
    found: list[Path] = []
    for folder, names in COMPILED.items():
        some = [tasks / folder / f"{name}.py" for name in names] if names else (tasks / folder).glob("*.py")
        found += [path for path in some if path.name != "__init__.py"]
    return sorted(path.as_posix() for path in found)


def extensions() -> list[Any]:
    """Return the extensions to build: none, or those of `modules`. Failing ones are left out with a warning."""
    if os.environ.get("COPYDESK_COMPILE") != "1":
        return []
    try:
        from mypyc.build import mypycify

        options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
        made = mypycify([*modules(), *options], opt_level="2", group_name="copydesk", multi_file=True)
    except (ImportError, SystemExit) as error:  # mypyc ends the process where it finds a type error
        warnings.warn(f"copydesk is not compiled: {error}", stacklevel=2)
        return []
    for extension in made:
        extension.optional = True
    return made


if __name__ == "__main__":
    setup(
        ext_modules=extensions(),
        setup_requires=["mypy>=1.13"] if os.environ.get("COPYDESK_COMPILE") == "1" else [],
    )
