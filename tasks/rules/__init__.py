"""Rule packs: what the furniture of news pages looks like, as data with proof.

`packs/*.toml` holds the rules, `loading` reads and checks them, `match` finds what they claim in a page. `analysis`
says which lines a rule can match at all, so that a line meets few of a thousand rules.

Never here: decisions. A rule claims a stretch of text; `label` decides. No text is changed.

Begin with `packs/README.md` to add a rule, with `match.mark` to see how rules run.
"""

from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import compile_pattern, load, load_packs, parse_pack, read_pack
from copydesk.tasks.rules.match import RuleBook, compile_rules, find_claims, mark

__all__ = [
    "RuleBook",
    "check",
    "compile_pattern",
    "compile_rules",
    "find_claims",
    "load",
    "load_packs",
    "mark",
    "parse_pack",
    "read_pack",
]
