"""Read the state that applications keep in a page: JSON in scripts and attributes, for any framework.

A framework draws its page from this state in the browser. There are few forms: a script that is JSON (Next's
pages, Nuxt 3, AMP, the REST data of WordPress), a script that assigns JSON to a name (Apollo, Fusion), JSON
as text within `JSON.parse`, the rows that Next's server components push, a function call with its strings
(Nuxt 2), and an attribute (Inertia).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import turbohtml

from copydesk.tasks.html.embedded_json import load

LEAST: Final = 400
"""Fewest characters of a script or attribute that can hold an article."""
_LONGEST: Final = 8_000_000
_MOST_SCRIPTS, _MOST_ATTRIBUTES = 200, 20
_MOST_VALUES, _MOST_TRIED = 64, 16_000_000
"""Most values read from one script, and most characters that failed attempts may cost together, roughly."""
_ATTRIBUTES: Final = ("data-page", "data-props", "data-react-props", "data-state", "data-initial-state")
_ASSIGNMENT = re.compile(r"^\s*(?:[.\[\]'\"\w$]+\s*)?=\s*(?=[\[{])")
_ASSIGNED = re.compile(r"=\s?(?=[{\[])|JSON\.parse\(\s?(?=\")")
_FUNCTION = re.compile(r"=\s?\(?function\s?\(")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*+"?')
"""A string, or the rest of one that does not end. Each character is read once."""
_PUSH = re.compile(r"__next_f\.push\(\s?(?=\[)")
_DECODER = json.JSONDecoder(strict=False)


def states(document: turbohtml.Document) -> Iterator[object]:
    """Yield the objects and lists in a page's scripts and attributes, in the order of the page.

    JSON-LD is left out: it is read elsewhere. Scripts of more than 8 million characters are not read.
    """
    for script in document.select("script:not([src])")[:_MOST_SCRIPTS]:
        text = script.text
        if LEAST <= len(text) <= _LONGEST and "ld+json" not in (script.attr("type") or ""):
            yield from _values(text)
    for name in _ATTRIBUTES:
        for node in document.select(f"[{name}]")[:_MOST_ATTRIBUTES]:
            text = node.attr(name) or ""
            if LEAST <= len(text) <= _LONGEST and text.lstrip()[:1] in ("{", "["):
                yield load(text)


def _values(text: str) -> Iterator[object]:
    """Yield the JSON values that a script is or assigns, otherwise the string literals of a function call."""
    value = load(_ASSIGNMENT.sub("", text))
    if isinstance(value, dict | list):
        yield value
        return
    found, done, failures = 0, 0, max(4, min(_MOST_VALUES, _MOST_TRIED // len(text)))
    for match in _ASSIGNED.finditer(text):
        if match.end() < done:
            continue
        try:
            value, done = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            failures -= 1
        else:
            found += 1
            yield load(value) if isinstance(value, str) else value
        if failures <= 0 or found >= _MOST_VALUES:
            break
    if not found and _FUNCTION.search(text):
        yield [_unquoted(m.group()) for m in _LITERAL.finditer(text) if len(m.group()) >= _LITERAL_LENGTH]


_LITERAL_LENGTH: Final = 40


def _unquoted(literal: str) -> str:
    r"""Return the text of a string literal; empty if it uses an escape that JSON lacks."""
    try:
        value = json.loads(literal, strict=False)
    except ValueError:
        return ""
    return str(value)


def server_rows(document: turbohtml.Document) -> list[str]:
    """Return the rows of Next's server components as mark-up, in order.

    The page pushes them in pieces of text. A row is `id:` and JSON, or `id:T` and the length of a text in
    bytes. Elements are lists: `["$", "p", key, {"children": ...}]`. A text `$id` refers to the text of
    another row.
    """
    pieces: list[str] = []
    size = 0
    for script in document.select("script:not([src])")[: 10 * _MOST_SCRIPTS]:
        text = script.text
        if (size := size + len(text)) > _LONGEST:
            break
        push = _PUSH.search(text)
        try:
            value = _DECODER.raw_decode(text, push.end())[0] if push else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
            pieces.append(value[1])
    texts, values = _rows("".join(pieces).encode("utf-8", "surrogatepass"))
    return [_mark_up(value, texts) for value in values]


_ROW = re.compile(rb"([0-9a-f]*):(?:T([0-9a-f]{1,7}),)?")


def _rows(data: bytes) -> tuple[dict[str, str], list[object]]:
    """Cut pushed rows into texts by id and JSON values in order.

    Anything else is skipped up to the next line.
    """
    texts: dict[str, str] = {}
    values: list[object] = []
    at = 0
    while at < len(data):
        row = _ROW.match(data, at)
        if row is not None and row[2]:
            end = row.end() + int(row[2], 16)
            texts[f"${row[1].decode()}"] = data[row.end() : end].decode("utf-8", "replace")
            at = end
            continue
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        if row is not None and data[row.end() : row.end() + 1] in (b"[", b"{"):
            values.append(load(data[row.end() : end].decode("utf-8", "replace")))
        at = end + 1
    return texts, values


_TAG = re.compile(r"[a-z][a-z0-9]{0,11}")
_MOST_NODES: Final = 100_000


def _mark_up(value: object, texts: Mapping[str, str]) -> str:
    """Write a tree of elements as mark-up, without recursion.

    Components become containers; attributes are left out.
    """
    out: list[str] = []
    stack: list[object] = [value]
    for _ in range(_MOST_NODES):
        if not stack:
            break
        here = stack.pop()
        if isinstance(here, _Raw):
            out.append(here)
        elif isinstance(here, str):
            if here in texts:
                out.append(_escaped(texts[here]))
            elif not here.startswith("$"):
                out.append(_escaped(here))
        elif isinstance(here, list) and len(here) >= 4 and here[0] == "$" and isinstance(here[3], dict):
            tag = here[1] if isinstance(here[1], str) and _TAG.fullmatch(here[1]) else "div"
            inner = here[3].get("dangerouslySetInnerHTML")
            raw = inner.get("__html") if isinstance(inner, dict) else None
            out.append(f"<{tag}>")
            stack += [_Raw(f"</{tag}>"), here[3].get("children")]
            if isinstance(raw, str):
                stack.append(_Raw(texts.get(raw, raw)))
        elif isinstance(here, list):
            stack += reversed(here)
    return "".join(out)


class _Raw(str):
    """Mark-up that is written unchanged."""

    __slots__ = ()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
