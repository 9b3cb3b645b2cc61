"""Implement `rules list`, `rules show` and `rules test`."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path

from copydesk.flows.terminal import console, escape_scraped, scraped
from copydesk.schemas.errors import UsageError
from copydesk.schemas.exit_codes import ExitCode
from copydesk.schemas.rule import Keep, Rule, RuleSet
from copydesk.tasks.rules import check, current_id, current_names, is_named, load, pack_of, renamed, retired


def print_list(names: Sequence[str], files: Sequence[Path]) -> int:
    """Print one line for each family with its languages, or with `names` one for each rule that they select."""
    rules = load(files)
    chosen = _named(rules, names)
    if names:
        rows: list[tuple[str, ...]] = [(r.id, r.label, r.scope, r.publisher or r.seen) for r in chosen]
        _print_columns(("rule", "label", "scope", "seen"), rows)
    else:
        by_family: dict[str, Counter[str]] = {}
        for rule in chosen:
            family, language, *_ = rule.id.split("/")
            by_family.setdefault(family, Counter())[language] += 1
        rows = [
            (family, str(counts.total()), ", ".join(f"{code} {n}" for code, n in counts.most_common()), "")
            for family, counts in sorted(by_family.items())
        ]
        _print_columns(("family", "rules", "by language", ""), rows)
        print(
            f"\n{len(rules.rules)} rules in {len(by_family)} families, version {rules.version}. "
            "See also: copydesk rules list FAMILY or LANGUAGE"
        )
    return 0


def print_rule(rule_id: str, files: Sequence[Path]) -> int:
    """Print one rule: what it matches, why, and its examples. An old id gives the rule that replaced it.

    Must-keep lines of packs can be shown in the same way.
    """
    loaded = load(files)
    rules = {rule.id: rule for rule in loaded.rules}
    for keep in loaded.keeps:
        if keep.id == rule_id:
            _print_keep(keep, pack_of(rule_id, files))
            return 0
    today = rule_id if rule_id in rules else current_id(rule_id)
    if today in retired():
        _note_renamed({rule_id: (today,)})
        print(f"{today} is retired: lines of its kind are found by the phrases and by the model alone.")
        return 0
    if today not in rules:
        near = get_close_matches(rule_id, rules, n=3) or sorted(i for i in rules if rule_id in i)[:3]
        hint = f"; similar: {', '.join(near)}" if near else "; see copydesk rules list"
        raise UsageError(f"no rule {rule_id!r}{hint}")
    _note_renamed({rule_id: (today,)})
    rule = rules[today]
    for name, value in (asdict(rule) | {"pack": pack_of(today, files)}).items():
        if name not in ("match", "keep") and value:
            print(f"{name:<10} {escape_scraped(' '.join(value) if isinstance(value, tuple) else str(value))}")
    former = sorted(old for old, new in renamed().items() if new == today)
    if former:
        print(f"{'formerly':<10} {' '.join(former)}")
    for name, examples in (("match", rule.match), ("keep", rule.keep)):
        _print_examples("must go" if name == "match" else "must stay", name, examples)
    return 0


def _print_keep(keep: Keep, pack: str) -> None:
    for name, value in (("id", keep.id), ("why", keep.why), ("seen", keep.seen), ("pack", pack)):
        if value:
            print(f"{name:<10} {escape_scraped(value)}")
    _print_examples("stay, whatever rules and models say", "lines", keep.lines)


def _print_examples(what: str, name: str, examples: Sequence[str]) -> None:
    print(f"\n{what} ({name}):")
    for example in examples:
        print("  " + escape_scraped(example).replace("\n", "\n  "))


def print_test(names: Sequence[str], files: Sequence[Path]) -> int:
    """Test rules against their own examples and the must-keep examples of all rules; return 1 on failure."""
    rules = load(files)
    chosen = _named(rules, names)
    failures = check(rules, [rule.id for rule in chosen])
    for failure in failures:
        print(escape_scraped(f"FAILED {failure.rule}\n  example: {failure.example!r}\n  {failure.problem}"))
    examples = sum(len(rule.match) + len(rule.keep) for rule in chosen)
    print(f"{len(chosen)} rules, {examples} examples, {len(failures)} failed")
    return ExitCode.INTERNAL if failures else 0


def print_renamed() -> int:
    """Print old ids with the current ones, one pair per line with a tab between them."""
    for old, new in renamed().items():
        print(f"{old}\t{new}")
    return 0


def _named(rules: RuleSet, names: Sequence[str]) -> list[Rule]:
    """Return the rules that names select; all rules without names.

    Old ids and packs give their current rules.
    """
    today = current_names(names, rules.rules)
    for name, ids in today.items():
        if not ids:
            families = sorted({rule.id.split("/")[0] for rule in rules.rules})
            raise UsageError(
                f"no family, language or rule {name!r}; expected one of {', '.join(families)}, a language such as de, or an id"
            )
    _note_renamed(today)
    wanted = {id_ for ids in today.values() for id_ in ids}
    return [rule for rule in rules.rules if not names or any(is_named(rule, name) for name in wanted)]


def _note_renamed(today: Mapping[str, Sequence[str]]) -> None:
    """Print to standard error which of the given names are old, and their current names."""
    for name, ids in today.items():
        if len(ids) == 1 and ids[0] != name:
            print(escape_scraped(f"note: {name} is called {ids[0]} today", one_line=True), file=sys.stderr)
        elif len(ids) > 1:
            first, second, *rest = ids
            more = f" and {len(rest):,} more" if rest else ""
            print(
                escape_scraped(
                    f"note: the rules of {name} have new ids: {first}, {second}{more}", one_line=True
                ),
                file=sys.stderr,
            )


def _print_columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on a terminal; tab-separated text in a pipe or file, where the width is unknown."""
    out = console()
    if not out.is_terminal:
        for row in rows:
            print("\t".join(escape_scraped(cell, one_line=True) for cell in row if cell))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(scraped(cell, one_line=True) for cell in row))
    out.print(table)
