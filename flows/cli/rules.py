"""Implement `rules list`, `rules show` and `rules test`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path

from copydesk.flows.terminal import console, escape_scraped, scraped
from copydesk.schemas.errors import UsageError
from copydesk.schemas.exit_codes import ExitCode
from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules import check, load


def print_list(packs: Sequence[str], files: Sequence[Path]) -> int:
    """Print one line per pack with its labels; with `packs`, one line per rule of these packs."""
    rules = load(files)
    chosen = _of_packs(rules, packs)
    if packs:
        rows: list[tuple[str, ...]] = [(r.id, r.label, r.scope, r.publisher or r.seen) for r in chosen]
        _print_columns(("rule", "label", "scope", "seen"), rows)
    else:
        by_pack: dict[str, Counter[str]] = {}
        for rule in chosen:
            by_pack.setdefault(_pack(rule), Counter())[rule.label] += 1
        rows = [
            (pack, str(counts.total()), ", ".join(f"{label} {n}" for label, n in counts.most_common()), "")
            for pack, counts in sorted(by_pack.items())
        ]
        _print_columns(("pack", "rules", "by label", ""), rows)
        print(
            f"\n{len(rules.rules)} rules in {len(by_pack)} packs, version {rules.version}. See also: copydesk rules list PACK"
        )
    return 0


def print_rule(rule_id: str, files: Sequence[Path]) -> int:
    """Print one rule: what it matches, why, and its examples."""
    rules = {rule.id: rule for rule in load(files).rules}
    if rule_id not in rules:
        near = get_close_matches(rule_id, rules, n=3) or sorted(i for i in rules if rule_id in i)[:3]
        hint = f"; similar: {', '.join(near)}" if near else "; see copydesk rules list"
        raise UsageError(f"no rule {rule_id!r}{hint}")
    rule = rules[rule_id]
    for name, value in asdict(rule).items():
        if name not in ("match", "keep") and value:
            print(f"{name:<10} {escape_scraped(' '.join(value) if isinstance(value, tuple) else str(value))}")
    for name, examples in (("match", rule.match), ("keep", rule.keep)):
        print(f"\n{'must go' if name == 'match' else 'must stay'} ({name}):")
        for example in examples:
            print("  " + escape_scraped(example).replace("\n", "\n  "))
    return 0


def print_test(packs: Sequence[str], files: Sequence[Path]) -> int:
    """Test every rule against its own examples and the must-keep examples of all rules; return 1 on failure."""
    rules = load(files)
    chosen = _of_packs(rules, packs)
    failures = check(rules, packs)
    for failure in failures:
        print(escape_scraped(f"FAILED {failure.rule}\n  example: {failure.example!r}\n  {failure.problem}"))
    examples = sum(len(rule.match) + len(rule.keep) for rule in chosen)
    print(f"{len(chosen)} rules, {examples} examples, {len(failures)} failed")
    return ExitCode.INTERNAL if failures else 0


def _of_packs(rules: RuleSet, packs: Sequence[str]) -> list[Rule]:
    known = {_pack(rule) for rule in rules.rules} | {rule.id for rule in rules.rules}
    for name in packs:
        if name not in known:
            raise UsageError(
                f"no pack or rule {name!r}; expected one of {', '.join(sorted(k for k in known if '/' not in k))}"
            )
    return [rule for rule in rules.rules if not packs or _pack(rule) in packs or rule.id in packs]


def _pack(rule: Rule) -> str:
    return rule.id.split("/")[0]


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
