"""Implement `rules matrix`: how much is known about each family of furniture in each language, and the gaps."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from copydesk.flows.terminal import console
from copydesk.tasks.rules import Cell, cells, load

_GAP: Final = "-"
_NARROWEST: Final = 80
_LANGUAGE: Final = 9
_APART: Final = 2


def print_matrix(files: Sequence[Path], *, as_json: bool) -> int:
    """Print the table of families and languages, then its empty and its thin cells.

    As JSON one cell per line.
    """
    table = cells(load(files).rules)
    if as_json:
        for cell in table:
            print(json.dumps({**cell._asdict(), "empty": cell.empty, "thin": cell.thin}))
        return 0
    languages = list(dict.fromkeys(cell.language for cell in table))
    families = list(dict.fromkeys(cell.family for cell in table))
    shown = {(cell.language, cell.family): _shown(cell) for cell in table}
    out = console()
    for part in _parts(families, out.width) if out.is_terminal else [families]:
        rows = [
            (language, *(shown.get((language, family), _GAP) for family in part)) for language in languages
        ]
        _print_rows(("language", *part), rows, aligned=out.is_terminal)
    print(
        f"{len(families)} families x {len(languages)} languages, {sum(cell.phrases for cell in table):,} phrases; "
        "+N: rules in packs besides"
    )
    for kind, found in (
        ("empty", [cell for cell in table if cell.empty]),
        ("thin", [cell for cell in table if cell.thin]),
    ):
        names = " ".join(f"{cell.family}/{cell.language}" for cell in found)
        print(f"{kind}: {len(found)}{f': {names}' if names else ''}")
    return 0


def _shown(cell: Cell) -> str:
    """Return the text of a cell: phrases, and rules if there are any."""
    if cell.empty:
        return _GAP
    return f"{cell.phrases}+{cell.rules}" if cell.rules else str(cell.phrases)


def _parts(families: Sequence[str], width: int) -> list[list[str]]:
    """Cut the columns into tables that fit a terminal."""
    parts: list[list[str]] = [[]]
    used = _LANGUAGE
    for family in families:
        needed = _APART + max(len(family), len("999+99"))
        if parts[-1] and used + needed > max(width, _NARROWEST):
            parts.append([])
            used = _LANGUAGE
        parts[-1].append(family)
        used += needed
    return parts


def _print_rows(head: Sequence[str], rows: Sequence[Sequence[str]], *, aligned: bool) -> None:
    """Return a table with aligned columns, or with tabs between the cells."""
    if not aligned:
        for row in (head, *rows):
            print("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print((" " * _APART).join([row[0].ljust(len(first)), *rest]))
    print()
