"""Check rules against their examples: each rule against its own, and all rules against every must-keep line."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from copydesk.schemas.page import Mark
from copydesk.schemas.rule import Rule, RuleSet
from copydesk.tasks.rules.ids import is_named
from copydesk.tasks.rules.match import RuleBook, compile_rules, find_claims
from copydesk.tasks.text import fold_line

_GOES = re.compile(r"\[\[((?:[^\[\]\n]|\[(?!\[)|\](?!\]))*)\]\]")


class Failure(NamedTuple):
    """An example that a rule fails."""

    rule: str
    example: str
    problem: str


def check(rules: RuleSet, only: Iterable[str] = ()) -> list[Failure]:
    """Run the examples of `rules`.

    `only` limits them to families (`share`), languages (`en`) or single ids. A match example fails when its
    own rule claims more or less than it must. A keep example fails when any rule of the set claims any part
    of it. Places (`head`, `tail`) are ignored, because an example has only a few lines. Company (`near`)
    counts.
    """
    wanted = set(only)
    book = compile_rules(rules)
    return [
        failure
        for rule in rules.rules
        if not wanted or any(is_named(rule, name) for name in wanted)
        for failure in _check_rule(rule, book)
    ]


def check_added(rules: RuleSet, added: Sequence[str]) -> list[Failure]:
    """Run the examples that some rules of a set can fail, if all others passed before these rules were added.

    Such are their own examples, and every example that one of them claims, or a part of it. It costs a tenth of `check`.
    """
    own = set(added)
    few = compile_rules(RuleSet(tuple(rule for rule in rules.rules if rule.id in own), rules.version))
    book = compile_rules(rules)
    return [
        failure
        for rule in rules.rules
        if rule.id in own or _touches(few, rule)
        for failure in _check_rule(rule, book)
    ]


def _touches(book: RuleBook, rule: Rule) -> bool:
    examples = (*(_GOES.sub(r"\1", example) for example in rule.match), *rule.keep)
    return any(marks for example in examples for marks in _claimed(example, book))


def _check_rule(rule: Rule, book: RuleBook) -> Iterator[Failure]:
    for example in rule.match:
        expected, claimed = _expected(example), _claimed(_GOES.sub(r"\1", example), book)
        own = [{n for m in marks if m.rule == rule.id for n in range(m.start, m.end)} for marks in claimed]
        for (line, wanted), got in zip(expected, own, strict=True):
            extra = {n for n in got ^ wanted if not line[n].isspace()}
            if extra:
                shown = "".join(c for n, c in enumerate(line) if n in got)
                yield Failure(rule.id, example, f"claims {shown!r} of {line!r}")
    for example in rule.keep:
        for marks in _claimed(example, book):
            for mark in marks:
                yield Failure(rule.id, example, f"must stay, but {mark.rule} claims it as {mark.label}")


def _expected(example: str) -> list[tuple[str, set[int]]]:
    """Return, for each line of an example, the line as it is on a page and the offsets that must go."""
    whole = not _GOES.search(example)
    out = []
    for raw in _lines(example):
        if whole:
            out.append((raw, set(range(len(raw)))))
            continue
        line, at = "", 0
        goes: set[int] = set()
        for hit in _GOES.finditer(raw):
            line += raw[at : hit.start()]
            goes.update(range(len(line), len(line) + len(hit[1])))
            line += hit[1]
            at = hit.end()
        out.append((line + raw[at:], goes))
    return out


def _claimed(example: str, book: RuleBook) -> list[list[Mark]]:
    lines = [fold_line(line) for line in _lines(example)]
    found = find_claims(lines, book, placed=False)
    return [found.get(n, []) for n in range(len(lines))]


def _lines(example: str) -> list[str]:
    return [line.strip() for line in example.split("\n") if line.strip()]
