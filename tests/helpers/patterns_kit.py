"""Find every regular expression of the project, and make texts that attack it.

`patterns()` walks the values of the modules (globals, containers, classes, closures, results of cached
functions) and finds the calls of `re` inside functions by their syntax. `attacks()` reads a pattern's own
parse tree: each repetition is pumped with text that it matches, after the text that it needs before it, with
an end that fails.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from copydesk.tasks.text import LazyPattern

PACKAGES = ("copydesk.flows", "copydesk.schemas", "copydesk.tasks")
SKIPPED = "copydesk.tasks.model.training"
"""Code that trains the model: run by maintainers on their own data, and not part of the commands."""
_SCANS = {"search", "finditer", "findall", "sub", "subn", "split", "scanner"}
_MOST, _ATTACKS = 30, 80
"""Pieces to pump, and texts, for each pattern."""


class Found(NamedTuple):
    """A pattern, its location, and the methods that are called on it (all of them if unknown)."""

    where: str
    pattern: re.Pattern[Any]
    calls: frozenset[str]


class Unreadable(NamedTuple):
    """A call of `re` inside a function, whose pattern is made when it runs."""

    where: str


def modules() -> list[ModuleType]:
    """Return all modules of the project, imported."""
    found = []
    for package in PACKAGES:
        root = importlib.import_module(package)
        found.append(root)
        names = [info.name for info in pkgutil.walk_packages(root.__path__, f"{package}.")]
        found += [importlib.import_module(name) for name in names if not name.startswith(SKIPPED)]
    return found


def patterns() -> tuple[list[Found], list[Unreadable]]:
    """Return all patterns, each once, and the calls whose pattern can't be read from the source."""
    found: dict[tuple[str, str | bytes, int], Found] = {}
    unreadable = []
    for module in modules():
        source = inspect.getsource(module)
        tree = ast.parse(source)
        calls = _calls(tree)
        seen: set[int] = set()
        for name, value in vars(module).items():
            for pattern in _inside(value, module.__name__, seen):
                key = (module.__name__, pattern.pattern, pattern.flags)
                used = frozenset(calls.get(name, ()))
                if key in found:
                    used |= found[key].calls
                found[key] = Found(f"{module.__name__}.{name}", pattern, used)
        for inline in _inline(tree, module.__name__):
            if isinstance(inline, Unreadable):
                unreadable.append(inline)
            else:
                found.setdefault((module.__name__, inline.pattern.pattern, inline.pattern.flags), inline)
    return list(found.values()), unreadable


def _calls(tree: ast.AST) -> dict[str, set[str]]:
    """Return methods by the global name on which they are called.

    A name that is used otherwise gets all of them.
    """
    calls: dict[str, set[str]] = {}
    owners = {id(n.value): n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            calls.setdefault(node.id, set()).add(owners.get(id(node), "search"))
    return calls


def _inside(value: Any, module: str, seen: set[int], depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns inside a value, at any depth."""
    if isinstance(value, re.Pattern | LazyPattern):
        yield value if isinstance(value, re.Pattern) else value.compiled()
        return
    if depth > 6 or id(value) in seen or isinstance(value, str | bytes | int | float | ModuleType):
        return
    seen.add(id(value))
    if isinstance(value, dict):
        inner: list[Any] = [*value.keys(), *value.values()] if len(value) < 10_000 else []
    elif isinstance(value, list | tuple | set | frozenset):
        inner = list(value) if len(value) < 10_000 else []
    elif isinstance(value, type) and value.__module__ == module:
        inner = list(vars(value).values())
    elif isinstance(value, FunctionType) and value.__module__ == module:
        inner = [*(value.__defaults__ or ()), *(cell.cell_contents for cell in value.__closure__ or ())]
    elif hasattr(value, "cache_info") and getattr(value, "__module__", "") == module:
        inner = [value.__wrapped__, *([value()] if not inspect.signature(value).parameters else [])]
    elif isinstance(value, staticmethod | classmethod):
        inner = [value.__func__]
    else:
        inner = (
            list(vars(value).values())
            if type(value).__module__ == module and hasattr(value, "__dict__")
            else []
        )
    for item in inner:
        yield from _inside(item, module, seen, depth + 1)


def _inline(tree: ast.AST, module: str) -> Iterator[Found | Unreadable]:
    """Yield the calls of `re` inside functions."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            owner = node.func.value
            if not (isinstance(owner, ast.Name) and owner.id == "re") or node.func.attr in (
                "escape",
                "purge",
            ):
                continue
            where = f"{module}.{function.name}"
            try:
                pattern = re.compile(ast.literal_eval(node.args[0]))
            except ValueError:
                yield Unreadable(where)
            else:
                yield Found(where, pattern, frozenset({node.func.attr}))


def attacks(pattern: re.Pattern[Any]) -> list[Callable[[int], str | bytes]]:
    """Return functions that make texts of about n characters that cause a careless pattern to backtrack."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    heads: list[str] = [""]
    pumps: list[str] = []
    _collect(tree, "", heads, pumps)
    text = isinstance(pattern.pattern, str)
    pumps = _spread(pumps, _MOST)
    heads = _spread(["", *heads], 8)
    made: list[Callable[[int], str | bytes]] = []
    for head in heads:
        for pump in pumps:
            made.extend(_pumped(head, pump, end, text=text) for end in ("", "\x00", "!"))
        both = (head, head + (pumps[0] if pumps else ""))
        made += [_pumped("", pump, "\x00", text=text) for pump in both if pump]
    made += [_pumped("", head + pump, "\x00", text=text) for head in heads[1:] for pump in pumps[:8]]
    return made[:: max(1, len(made) // _ATTACKS)]


def _spread(pieces: list[str], most: int) -> list[str]:
    """Return at most `most` of the pieces, spread over the list, starting with the first."""
    different = list(dict.fromkeys(pieces))
    return [p for p in different[:: max(1, len(different) // most)] if p or p == pieces[0] == ""]


def _pumped(head: str, pump: str, end: str, *, text: bool) -> Callable[[int], str | bytes]:
    def make(n: int) -> str | bytes:
        made = head + pump * max(1, n // len(pump)) + end
        return made if text else made.encode("latin-1", "replace")

    return make


def _collect(tree: Any, head: str, heads: list[str], pumps: list[str]) -> str:
    """Walk a sequence; record what comes before each repetition, and what it repeats.

    Return a sample of the whole.
    """
    sample = head
    for code, argument in tree:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = argument
            if high > 8:
                heads.append(sample)
                pumps.extend(_samples(body))
            _collect(body, sample, heads, pumps)
            sample += _sample(body) * min(low, 50)
        elif code is op.SUBPATTERN:
            sample = _collect(argument[3], sample, heads, pumps)
        elif code is op.BRANCH:
            ends = [_collect(branch, sample, heads, pumps) for branch in argument[1]]
            sample = ends[0]
        elif code in (op.ASSERT, op.ASSERT_NOT):
            _collect(argument[1], sample, heads, pumps)
        elif code is op.ATOMIC_GROUP:
            sample = _collect(argument, sample, heads, pumps)
        else:
            pumps.extend(_members(code, argument)[:3])
            sample += _one(code, argument)
    return sample


def _samples(tree: Any) -> list[str]:
    """Return a few different strings that a sequence matches."""
    items = list(tree)
    if len(items) == 1:
        code, argument = items[0]
        if code is op.BRANCH:
            return [_sample(branch) for branch in argument[1]][:12]
        if code is op.SUBPATTERN:
            return _samples(argument[3])
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            return _samples(argument[2])
        return _members(code, argument)
    return [_sample(tree), *(member for code, argument in items for member in _members(code, argument)[:3])]


def _sample(tree: Any) -> str:
    out = ""
    for code, argument in tree:
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            out += _sample(argument[2]) * min(max(argument[0], 0), 50)
        elif code is op.SUBPATTERN:
            out += _sample(argument[3])
        elif code is op.BRANCH:
            out += _sample(argument[1][0])
        elif code is op.ATOMIC_GROUP:
            out += _sample(argument)
        else:
            out += _one(code, argument)
    return out


def _one(code: Any, argument: Any) -> str:
    return next(iter(_members(code, argument)), "")


_PROBES = "a A1 \t\n.,-'\"<&/=_(;!\u00e9\u4e2d\u0301"
_CATEGORIES = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_DIGIT: "a ",
    op.CATEGORY_SPACE: " \n\t",
    op.CATEGORY_NOT_SPACE: "a1.",
    op.CATEGORY_WORD: "aA1_",
    op.CATEGORY_NOT_WORD: " .-",
}


def _members(code: Any, argument: Any) -> list[str]:
    """Return some characters that a literal, class or wildcard matches."""
    if code is op.LITERAL:
        return [chr(argument)]
    if code is op.NOT_LITERAL:
        return [c for c in _PROBES if ord(c) != argument][:6]
    if code is op.ANY:
        return ["a", " ", "<", "1"]
    if code is not op.IN:
        return []
    inside = []
    negated = bool(argument) and argument[0][0] is op.NEGATE
    for kind, value in argument:
        if kind is op.LITERAL:
            inside.append(chr(value))
        elif kind is op.RANGE:
            inside += [chr(value[0]), chr(value[1])]
        elif kind is op.CATEGORY:
            inside += _CATEGORIES.get(value, "a")
    if not negated:
        return inside[:8]
    one = re.compile("[" + "".join(_written(k, v) for k, v in argument) + "]")
    return [c for c in _PROBES if one.match(c)][:8]


def _written(kind: Any, value: Any) -> str:
    if kind is op.NEGATE:
        return "^"
    if kind is op.LITERAL:
        return re.escape(chr(value))
    if kind is op.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {
        op.CATEGORY_DIGIT: r"\d",
        op.CATEGORY_NOT_DIGIT: r"\D",
        op.CATEGORY_SPACE: r"\s",
        op.CATEGORY_NOT_SPACE: r"\S",
        op.CATEGORY_WORD: r"\w",
        op.CATEGORY_NOT_WORD: r"\W",
    }[value]


class TooLongError(Exception):
    """A pattern took more CPU time than allowed."""


def seconds(found: Found, text: str | bytes, most: float) -> float:
    """Return the CPU seconds that the calls made on a pattern take on a text; more than `most` is infinite.

    CPU time of this process is used, so that a busy machine has no effect.
    """

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, stop)
    began = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, most)
        if not found.calls or found.calls & _SCANS:
            for _ in found.pattern.finditer(text):
                pass
        if "match" in found.calls:
            found.pattern.match(text)
        if "fullmatch" in found.calls:
            found.pattern.fullmatch(text)
        return time.process_time() - began
    except TooLongError:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
