"""Find what the rules claim. Nothing is decided here, and no text is changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate
from typing import Any

from copydesk.schemas.page import PARAGRAPH, Mark, Page, PhraseMatch, Phrases
from copydesk.schemas.rule import RuleSet
from copydesk.tasks.rules.analysis import analyses
from copydesk.tasks.rules.keeps import KeptLines
from copydesk.tasks.rules.literal_index import Hit, Literals, Target
from copydesk.tasks.rules.matchers import Compiled, Together
from copydesk.tasks.rules.phrase_matrix import fold_text, phrase_book, phrases_among
from copydesk.tasks.text import Folded, fold_lines

_NEAR = 2
"""A rule with `near` looks for its company in this many lines on each side."""
_SHORT = 80
_MOST_KNOWN = 1 << 15
"""Most lines that a process remembers: 7 MB. Only lines of at most `_SHORT` characters are remembered.

Of the lines of 125 pages of 90 publishers, 45 % had occurred before, 25 % on the same page. Pages of one site
share most of their lines.
"""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules ready to run: those tried together, and the automatons that select lines for the others."""

    version: str
    compiled: tuple[Compiled, ...]
    together: Together
    """Rules for whole lines and for beginnings of lines, if the opening of their matches is known."""
    bare: Together
    """Rules for whole lines without an opening or a literal. They see all short lines."""
    longest: int
    """Characters of the longest line that one of these rules takes."""
    literals: Literals
    """Literals of the rules for parts of lines, and of some for whole lines."""
    with_phrases: Callable[[], Literals]
    """The same literals together with the phrases of the matrix, which only plain text is searched for."""
    everywhere: tuple[int, ...]
    """Rules for parts of lines without a literal. They see every line."""
    keeps: KeptLines | None
    """None if no pack has must-keep lines without a rule."""
    known: dict[str, tuple[int, ...]] = field(default_factory=dict, compare=False)
    """Short lines seen before, with the rules tried together that can match them: see `_ask`."""

    def prepare(self) -> None:
        """Build what makes many documents cheap but one expensive: 0.4 s of CPU, once per process."""
        for part in (self.together, self.bare, self.literals, self.with_phrases()):
            part.prepare()


def compile_rules(rules: RuleSet) -> RuleBook:
    """Make a rule book from a rule set. This happens once per process."""
    compiled = []
    literals: dict[bool, dict[str, list[int]]] = {False: defaultdict(list), True: defaultdict(list)}
    together = []
    bare = []
    everywhere = []
    known = analyses(rules)
    for number, (rule, found) in enumerate(zip(rules.rules, known, strict=True)):
        compiled.append(Compiled(rule, found))
        inside = rule.scope in ("span", "suffix")
        if found.begins or rule.scope == "prefix":
            together.append((number, compiled[-1], found.begins))
        elif found.literals:
            for literal in found.literals:
                literals[found.strict][literal].append(number)
        elif inside:
            everywhere.append(number)
        else:
            bare.append((number, compiled[-1], ()))

    def target(number: int, literal: str) -> Target:
        return Target.of(number, rules.rules[number], known[number], literal)

    longest = max((entry.high for _, entry, _ in bare), default=0)
    first, short = Together(together), Together(bare)
    return RuleBook(
        rules.version,
        tuple(compiled),
        first,
        short,
        longest,
        Literals(literals[False], literals[True], target),
        cache(lambda: Literals(literals[False], literals[True], target, phrase_book().anywhere())),
        tuple(everywhere),
        KeptLines(rules.keeps) if rules.keeps else None,
    )


def mark(page: Page, book: RuleBook) -> Page:
    """Add to each block the marks of the rules that claim a part of it, in the order of rule ids.

    Marks lie inside their block and may overlap. The labelling step decides which of them counts. The page gets the
    places of must-keep lines, which outweigh all marks. Blocks, texts and offsets stay as they are.
    """
    if book.keeps is not None:
        page = replace(page, stays=book.keeps.find(page.blocks))
    texts = [block.text if block.kind != "links" else "" for block in page.blocks]
    lines = fold_lines(texts)
    if page.decoded.format == "text":
        claims, hits = _claims(lines, book, book.with_phrases())
        page = replace(page, phrases=_phrases(texts, lines, hits))
    else:
        claims = find_claims(lines, book)
    for at, block in enumerate(page.blocks):
        if block.kind == "links" and (menu := _of_menu(block.text, book)):
            claims[at].append(menu)
    if not claims:
        return page
    blocks = list(page.blocks)
    for at, marks in claims.items():
        unique = sorted(set(marks), key=lambda m: (m.rule, m.start, m.end))
        blocks[at] = blocks[at]._replace(marks=(*blocks[at].marks, *unique))
    return replace(page, blocks=tuple(blocks))


def _of_menu(text: str, book: RuleBook) -> Mark | None:
    """Return the claim on a run of links if rules for whole lines know more than half of them.

    Such a run is a share panel or a footer. The label that most of the lines have counts, and its first rule.
    Rules that need company have it here. Most menus are unknown; they are given up as soon as half of their
    lines are.
    """
    lines = text.split("\n")
    found: dict[str, list[str]] = defaultdict(list)
    unknown = 0
    for line in fold_lines(lines):
        labels: dict[str, str] = {}
        for number in _ask(line.text, book):
            entry = book.compiled[number]
            if (
                entry.rule.scope in ("line", "block")
                and entry.asked
                and not entry.cuts
                and not entry.rule.place
            ):
                labels.setdefault(entry.rule.label, entry.rule.id)
        for label, rule in labels.items():  # a line may have two labels: the majority of the run decides
            found[label].append(rule)
        if not labels:
            unknown += 1
            if 2 * unknown >= len(lines):
                return None
    label, rules = max(found.items(), key=lambda item: (len(item[1]), item[0]))
    return Mark(0, len(text), label, rules[0]) if 2 * len(rules) > len(lines) else None


def find_claims(lines: list[Folded], book: RuleBook, placed: bool = True) -> dict[int, list[Mark]]:
    """Return the marks by number of line. Without `placed`, rules that require a place count everywhere."""
    return _claims(lines, book, book.literals, placed)[0]


def _claims(
    lines: list[Folded], book: RuleBook, literals: Literals, placed: bool = True
) -> tuple[dict[int, list[Mark]], list[Hit]]:
    """Return the marks by number of line, and the phrases if they are among the literals."""
    places = _Places(lines) if placed else None
    found: dict[int, list[Mark]] = defaultdict(list)
    weak: list[tuple[int, Mark, tuple[str, ...]]] = []
    candidates, hits = _candidates(lines, book, literals)
    for at, number in candidates:
        entry = book.compiled[number]
        if places is not None and entry.rule.place and not places.fits(at, entry.rule.place):
            continue
        marks = _matches(entry, lines[at])
        if not marks:
            continue
        if entry.rule.near:
            weak.extend((at, m, entry.rule.near) for m in marks)
            continue
        found[at].extend(marks)
        if entry.rule.scope == "block":
            _extend(entry, at, lines, found)
    if weak:
        _befriend(weak, found)
    return found, hits


def _phrases(texts: Sequence[str], lines: Sequence[Folded], hits: Sequence[Hit]) -> Phrases:
    """Return the phrases of some texts, from what was found in them as folded lines.

    A phrase with a run of white space inside it does not count.
    """
    joined = "\n".join(texts)
    if not any(line.breaks for line in lines):
        found = [PhraseMatch(start, end, meanings) for _, start, end, meanings in hits]
    else:
        found = []
        folded = list(accumulate((len(line.text) + 1 for line in lines), initial=0))
        begins = list(accumulate((len(text) + 1 for text in texts), initial=0))
        for at, start, end, meanings in hits:
            first = lines[at].at(start - folded[at])
            last = lines[at].at(end - 1 - folded[at])
            if last - first == end - 1 - start:
                found.append(PhraseMatch(begins[at] + first, begins[at] + last + 1, meanings))
    return Phrases(fold_text(joined), tuple(phrases_among(joined, found)))


def _candidates(
    lines: list[Folded], book: RuleBook, literals: Literals
) -> tuple[list[tuple[int, int]], list[Hit]]:
    """Return the (line, rule) pairs that are worth a trial, in order, and the phrases.

    The line holds a literal that the rule requires, at a place where a match of that length can hold it. The
    literals alone let 209 pairs per text through; the places reduce them to 31.
    """
    lengths = [len(line.text) for line in lines]
    starts = list(accumulate((length + 1 for length in lengths), initial=0))
    whole = "\n".join([line.text for line in lines])
    pairs: set[tuple[int, int]] = set()
    hits = literals.find(whole, whole.lower(), starts, pairs) if lines else []
    compiled = book.compiled
    known = book.known.get
    for at, line in enumerate(lines):
        asked = known(line.text)
        if asked is None:
            asked = _ask(line.text, book)
        for number in asked:
            pairs.add((at, number))
    for number in book.everywhere:
        pairs.update((at, number) for at, length in enumerate(lengths) if _can_hold(compiled[number], length))
    return sorted(pairs), hits


def _ask(line: str, book: RuleBook) -> tuple[int, ...]:
    """Return the numbers of the rules tried together that can match a line.

    Results are remembered for short lines: they belong to menus and occur again.
    """
    if (known := book.known.get(line)) is not None:
        return known
    asked = book.together.ask(line)
    if len(line) <= book.longest:
        asked += book.bare.ask(line)
    found = tuple(sorted(number for number in asked if _can_hold(book.compiled[number], len(line))))
    if len(line) <= _SHORT:
        if len(book.known) >= _MOST_KNOWN:
            book.known.clear()
        book.known[line] = found
    return found


def _can_hold(entry: Compiled, length: int) -> bool:
    """Return whether a match fits into `length` characters, and these are not too many for the rule."""
    return entry.low <= length and (entry.rule.scope not in ("line", "block") or length <= entry.high)


def _matches(entry: Compiled, line: Folded) -> list[Mark]:
    """Return what one rule claims of one line."""
    rule, text = entry.rule, line.text
    if entry.asked and not entry.cuts and rule.scope in ("line", "block"):
        return [Mark(0, line.at(len(text)), rule.label, rule.id, rule.part)]
    pattern, base = entry.pattern_for(text), 0
    if rule.scope == "suffix" and len(text) > entry.high:
        # one character more than a match can take, for patterns that check the character before
        base = len(text) - entry.high - 1
    data = (text[base:] if base else text).encode()
    hits: Iterable[Any]
    if rule.scope in ("line", "block"):
        hits = filter(None, (pattern.fullmatch(data),))
    elif rule.scope == "prefix":
        hits = filter(None, (pattern.match(data),))
    else:
        hits = pattern.finditer(data)
    marks = []
    for hit in hits:
        start, end = hit.span(hit.re.groupindex[b"cut"]) if entry.cuts else hit.span()
        if rule.takes == "line":
            start, end = 0, len(text)
        elif end > start:
            start, end = base + len(data[:start].decode()), base + len(data[:end].decode())
        if end > start:
            marks.append(Mark(line.at(start), line.at(end), rule.label, rule.id, rule.part))
    return marks


def _extend(entry: Compiled, opener: int, lines: list[Folded], found: dict[int, list[Mark]]) -> None:
    """Claim the lines after a block's opener while they fit or another rule gives them the same label."""
    rule = entry.rule
    for at in range(opener + 1, min(opener + 1 + rule.within, len(lines))):
        line = lines[at]
        fits = entry.through is not None and entry.through.fullmatch(line.text)
        if not fits and not any(m.label == rule.label for m in found.get(at, ())):
            return
        found[at].append(Mark(0, line.at(len(line.text)), rule.label, rule.id, rule.part))


def _befriend(weak: list[tuple[int, Mark, tuple[str, ...]]], found: dict[int, list[Mark]]) -> None:
    """Accept the claims of rules with `near` that have company. They then count as company themselves.

    A share panel of eleven lines is known by its first or last line. The names of networks between them are
    accepted one after the other. A line is tried again only when a line near it has received a label, so that
    the time is linear in the lines of a menu, not quadratic.
    """
    labels = {at: {m.label for m in marks} for at, marks in found.items()}
    waiting: dict[int, list[tuple[Mark, tuple[str, ...]]]] = defaultdict(list)
    for at, mark_, near in weak:
        waiting[at].append((mark_, near))
    changed = list(labels)
    while changed:
        here = changed.pop()
        for at in range(here - _NEAR, here + _NEAR + 1):
            if at not in waiting:
                continue
            company = set().union(*(labels.get(n, ()) for n in range(at - _NEAR, at + _NEAR + 1)))
            rest = []
            for mark_, near in waiting.pop(at):
                if company.isdisjoint(near):
                    rest.append((mark_, near))
                    continue
                found[at].append(mark_)
                if mark_.label not in labels.setdefault(at, set()):
                    labels[at].add(mark_.label)
                    changed.append(at)
            if rest:
                waiting[at] = rest


"""A line of at least this many characters is a paragraph, for rules that require a place."""
_HEAD_PARAGRAPHS = 2
_TAIL_LINES = 8


class _Places:
    """Head: the lines before the third paragraph. Tail: the last third of the lines, or the last eight."""

    def __init__(self, lines: list[Folded]) -> None:
        paragraphs = [at for at, line in enumerate(lines) if len(line.text) >= PARAGRAPH]
        self._head = paragraphs[_HEAD_PARAGRAPHS] if len(paragraphs) > _HEAD_PARAGRAPHS else len(lines)
        self._tail = min(len(lines) - _TAIL_LINES, len(lines) * 2 // 3)

    def fits(self, at: int, place: str) -> bool:
        if place == "head":
            return at < self._head
        return place != "tail" or at >= self._tail
