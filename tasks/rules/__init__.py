"""Rule packs: what the furniture of news pages looks like, as data with proof.

`packs/*.toml` holds the rules, `loading` reads and checks them, `match` finds what they claim in a page. `analysis`
says which lines a rule can match at all, so that a line meets few of a thousand rules.

Never here: decisions. A rule claims a stretch of text; `label` decides. No text is changed.

Begin with `packs/README.md` to add a rule, with `match.mark` to see how rules run.
"""

from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import compile_pattern, load, load_packs, parse_pack, read_pack
from copydesk.tasks.rules.match import RuleBook, compile_rules, find_claims, mark
from copydesk.tasks.rules.phrase_matrix import (
    EDGE_SIGNS,
    FAMILIES,
    FIGURES,
    LONGEST,
    Phrase,
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
    "Phrase",
    "RuleBook",
    "check",
    "compile_pattern",
    "compile_rules",
    "find_claims",
    "find_phrases",
    "fold_text",
    "is_unspaced",
    "load",
    "load_matrix",
    "load_packs",
    "mark",
    "parse_pack",
    "phrase_book",
    "phrases_alone",
    "phrases_first",
    "read_pack",
]
