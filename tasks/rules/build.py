"""Compile the shipped rule packs, and the matrix of phrases, into one JSON file each.

Run `make rules` after a change of a pack, of the analysis, or of the matrix.

The file of the packs holds the rules of each pack as read from TOML, the hash of that TOML, and the analysis of every
pattern. It saves each start 0.1 s of TOML and some seconds of analysis. The file of
the matrix holds all forms of its phrases with their meanings, and saves 0.2 s. Tests fail when one is out of date.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import orjson

from copydesk.schemas.rule import Rule
from copydesk.tasks.rules import phrase_matrix
from copydesk.tasks.rules.analysis import Analysis, analyse, pattern_key
from copydesk.tasks.rules.loading import COMPILED, Tables, content_hash, pack_files, parse_tables, together

FOLDER = Path(__file__).parent / "packs"
PHRASES = Path(__file__).parent / "phrases"


def compiled() -> bytes:
    """Return the compiled file for the current packs: one rule per line, so that edits merge."""
    packs: dict[str, Any] = {}
    tables: list[tuple[str, Tables]] = []
    analyses: dict[tuple[str, str, bool, int], Analysis] = {}
    for name, content in pack_files():
        rules, keeps = parsed = parse_tables(content.decode("utf-8"), name)
        tables.append((name, parsed))
        packs[name] = (content_hash(content), [_changed(rule) for rule in rules], list(keeps))
        analyses |= {pattern_key(rule): analyse(rule) for rule in rules}
    return b"".join(_lines(packs, together(tables).version, analyses))


def _lines(
    packs: dict[str, Any], version: str, analyses: dict[tuple[str, str, bool, int], Analysis]
) -> Iterator[bytes]:
    yield b'{"packs":{'
    for number, (name, (digest, rules, keeps)) in enumerate(packs.items()):
        yield (b",\n" if number else b"\n") + orjson.dumps(name) + b':{"hash":' + orjson.dumps(digest)
        if keeps:
            yield b',"keeps":' + orjson.dumps(keeps)
        yield b',"rules":[\n' + b",\n".join(orjson.dumps(rule) for rule in rules) + b"\n]}"
    yield b'},\n"version":' + orjson.dumps(version) + b',\n"analyses":[\n'
    yield b",\n".join(orjson.dumps([key, tuple(analyses[key])]) for key in sorted(analyses))
    yield b"\n]}\n"


def _changed(rule: Rule) -> dict[str, Any]:
    """Return the fields of a rule that differ from their default."""
    values = {f.name: getattr(rule, f.name) for f in fields(Rule)}
    defaults = {
        f.name: () if f.default_factory is not MISSING else f.default
        for f in fields(Rule)
        if f.default is not MISSING or f.default_factory is not MISSING
    }
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}


def compiled_phrases() -> bytes:
    """Return the compiled file for the matrix of phrases as it is: one form a line, so that edits merge."""
    forms = phrase_matrix.forms_of(phrase_matrix.load_matrix())
    parts = [
        b'"hash":' + orjson.dumps(phrase_matrix.matrix_hash()),
        b'"meanings":[\n'
        + b",\n".join(orjson.dumps(list(map(list, phrases))) for phrases in forms.meanings)
        + b"\n]",
    ]
    for name in ("inside", "alone", "first"):
        lines = (orjson.dumps(form) + b":%d" % number for form, number in getattr(forms, name).items())
        parts.append(orjson.dumps(name) + b":{\n" + b",\n".join(lines) + b"\n}")
    return b"{" + b",\n".join(parts) + b"}\n"


if __name__ == "__main__":
    (FOLDER / COMPILED).write_bytes(compiled())
    (PHRASES / phrase_matrix.COMPILED).write_bytes(compiled_phrases())
