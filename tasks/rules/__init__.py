"""Rule packs: what the furniture of news pages looks like, as data with proof.

`packs/*.toml` holds the rules. `loading` reads and checks them. `match` finds what they claim on a page.
`analysis` works out which lines a rule can match at all, so that each line meets only a few of a thousand
rules. Never here: decisions. A rule claims a stretch of text, and `label` decides. No text is changed. Start
with `packs/README.md` to add a rule, or with `match.mark` to see how rules run.
"""

from copydesk.tasks.rules.coverage import Cell, cells
from copydesk.tasks.rules.examples import check, check_added
from copydesk.tasks.rules.ids import current_id, current_names, is_named, renamed, retired
from copydesk.tasks.rules.keeps import KeptLines, kept_form
from copydesk.tasks.rules.loading import (
    Tables,
    compile_pattern,
    load,
    load_packs,
    pack_of,
    parse_pack,
    parse_tables,
    read_pack,
)
from copydesk.tasks.rules.match import RuleBook, compile_rules, find_claims, mark
from copydesk.tasks.rules.phrase_matrix import (
    EDGE_SIGNS,
    FAMILIES,
    FIGURES,
    LONGEST,
    find_phrases,
    fold_text,
    is_unspaced,
    load_matrix,
    phrase_book,
    phrases_alone,
    phrases_first,
)

__all__ = [
    "EDGE_SIGNS",
    "FAMILIES",
    "FIGURES",
    "LONGEST",
    "Cell",
    "KeptLines",
    "RuleBook",
    "Tables",
    "cells",
    "check",
    "check_added",
    "compile_pattern",
    "compile_rules",
    "current_id",
    "current_names",
    "find_claims",
    "find_phrases",
    "fold_text",
    "is_named",
    "is_unspaced",
    "kept_form",
    "load",
    "load_matrix",
    "load_packs",
    "mark",
    "pack_of",
    "parse_pack",
    "parse_tables",
    "phrase_book",
    "phrases_alone",
    "phrases_first",
    "read_pack",
    "renamed",
    "retired",
]
