"""Turn accepted proposals into rules, and add them to the user's own pack.

A rule is written only with its proof: lines of the dataset that it must match, and lines of the dataset that
share words with it and must stay. All packs together must satisfy all examples; otherwise nothing is written.
"""

import heapq
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from copydesk.schemas.errors import UsageError
from copydesk.schemas.labels import FIELDS, FURNITURE
from copydesk.schemas.memory import Pack
from copydesk.schemas.rule import Rule
from copydesk.tasks.discover.dataset import digest
from copydesk.tasks.discover.effects import Effect, dry_run
from copydesk.tasks.discover.keys import INSIDE, LEAD, LINE, OPENER, SUFFIX, WITHIN, letter_words, line_of
from copydesk.tasks.discover.pack_file import changing, read_tables, read_text, replace_pack, with_added
from copydesk.tasks.discover.proposals import Proposal, compile_key
from copydesk.tasks.rules import RuleBook, compile_rules, find_claims, load_packs, parse_tables, read_pack
from copydesk.tasks.text import fold_line

_MATCHES: Final = 3
_KEEPS: Final = 3
_NEAREST: Final = 40
"""Number of near misses that are considered. Those that any rule matches, or that recur themselves, are
useless."""
_CONTEXT: Final = 100
"""Characters of a paragraph that are quoted beside a stretch that is glued to it."""
_KEEP_CHARS: Final = (25, 300)
_ENOUGH: Final = 20
"""Near misses below which a second pass looks for more: some may be matched by a rule already."""
_WORDS, _ALL = 4, 100
"""Words of a stretch, the longest, that near misses are looked for by: at first, and if too few have them."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_])")
_SCOPES: Final = {
    LINE: "line",
    OPENER: "line",
    LEAD: "prefix",
    SUFFIX: "suffix",
    INSIDE: "span",
    WITHIN: "span",
}
_PARTS: Final = {LEAD: "marker", INSIDE: "", WITHIN: ""}
"""Parts of captions that are not credits, by kind of key."""


@dataclass(slots=True)
class _Draft:
    """A rule under construction, with its proof from the dataset."""

    proposal: Proposal
    label: str
    compiled: Any
    words: frozenset[str]
    matches: dict[str, str] = field(default_factory=dict)
    """An example, by key of the line."""
    near: dict[str, tuple[float, str, int]] = field(default_factory=dict)
    """By key of the line: similarity, the line, one of its documents."""
    effect: "Effect" = field(default_factory=Effect)


class Plan(NamedTuple):
    """Rules that are ready to be written, and the effect of each on the dataset."""

    rules: tuple[Rule, ...]
    effects: tuple[Effect, ...]
    pack: Path
    others: tuple[Path, ...]


def accept(
    snapshot: Path, proposals: Sequence[Proposal], pack: Path, label: str = "", others: Sequence[Path] = ()
) -> list[Rule]:
    """Add rules for `proposals` to the pack file, created if missing, and return them.

    See `plan` and `write`.
    """
    return list(write(plan(snapshot, proposals, pack, label, others)))


def plan(
    snapshot: Path, proposals: Sequence[Proposal], pack: Path, label: str = "", others: Sequence[Path] = ()
) -> Plan:
    """Make rules of `proposals` for a pack, and count what they would remove from the dataset.

    Nothing is written.

    `label` replaces the guesses. The file's content and comments stay. `others` are further packs that will
    be in force. Raises UsageError if a label is unknown, a stretch is already matched by a rule, has no near
    miss to prove it against, or would remove a quotation.
    """
    if label and label not in FIELDS | FURNITURE.keys():
        raise UsageError(f"--label {label}: expected one of {', '.join(sorted(FIELDS | FURNITURE.keys()))}")
    present = load_packs([*map(read_pack, others), Pack(str(pack), read_text(pack))])
    drafts = [_draft(proposal, label or proposal.label) for proposal in proposals]
    _collect(snapshot, drafts)
    taken = set(present.whys())
    book, compiled = compile_rules(present), [draft.compiled for draft in drafts]
    rules = []
    for draft in drafts:
        rule = _rule(draft, free_id(f"mine/{draft.label}", draft.proposal.text, taken), book, compiled)
        taken.add(rule.id)
        rules.append(rule)
    planned = Plan(tuple(rules), tuple(draft.effect for draft in drafts), pack, tuple(others))
    _check_new(planned, read_tables(pack).rules)
    return planned


def write(planned: Plan) -> tuple[Rule, ...]:
    """Add the rules of a plan to the pack as it is now, in one step, and return them.

    A rule gets another id if somebody has taken its own since. Raises UsageError, with nothing written, if a
    rule fails an example of any pack, or if the pack has the same pattern already.
    """
    with changing(planned.pack):
        return add_planned(planned)


def add_planned(planned: Plan) -> tuple[Rule, ...]:
    """Do as `write` does, under a lock that the caller holds."""
    text = read_text(planned.pack)
    mine = parse_tables(text, str(planned.pack))
    _check_new(planned, mine.rules)
    taken = {each.id for each in mine.all()}
    rules = []
    for rule in planned.rules:
        family, name = rule.id.rsplit("/", 1)
        rules.append(replace(rule, id=free_id(family, name, taken)))
        taken.add(rules[-1].id)
    replace_pack(planned.pack, with_added(text, rules), planned.others, [rule.id for rule in rules])
    return tuple(rules)


def _check_new(planned: Plan, mine: Sequence[Rule]) -> None:
    if same := {rule.pattern for rule in mine} & {rule.pattern for rule in planned.rules}:
        raise UsageError(f"{planned.pack}: has a rule with the pattern {min(same)!r} already")


def _draft(proposal: Proposal, label: str) -> _Draft:
    compiled = compile_key(proposal.key, proposal.pattern, proposal.case)
    return _Draft(proposal, label, compiled, frozenset(letter_words(proposal.key[1:])))


def _collect(snapshot: Path, drafts: Sequence[_Draft]) -> None:
    """Collect the lines that prove the rules: in one pass over the ledger, or two if near misses are scarce."""
    effects, hits = dry_run(snapshot, [draft.proposal for draft in drafts], _WORDS)
    for draft, effect in zip(drafts, effects, strict=True):
        draft.effect = effect
    for hit in hits:
        draft = drafts[hit.proposal]
        if hit.end > hit.start:
            _note_match(draft, hit.text, hit.start, hit.end)
        else:
            _note_near(draft, hit.text, hit.document)
    scarce = [draft for draft in drafts if sum(score > 0 for score, _, _ in draft.near.values()) < _ENOUGH]
    if scarce:
        for draft in scarce:
            draft.near.clear()
        for hit in dry_run(snapshot, [draft.proposal for draft in scarce], _ALL)[1]:
            if hit.end == hit.start:
                _note_near(scarce[hit.proposal], hit.text, hit.document)


def _note_match(draft: _Draft, text: str, start: int, end: int) -> None:
    if len(draft.matches) >= _MATCHES or "[[" in text or "]]" in text:
        return
    key = line_of(text).key
    if draft.proposal.takes == "line":
        draft.matches.setdefault(key, text)
        return
    before, behind = text[:start], text[end:]
    if len(before) > _CONTEXT:
        before = before[-_CONTEXT:].partition(" ")[2]
    if len(behind) > _CONTEXT:
        behind = behind[:_CONTEXT].rpartition(" ")[0]
    draft.matches.setdefault(key, f"{before}[[{text[start:end]}]]{behind}".strip())


def _note_near(draft: _Draft, text: str, number: int) -> None:
    """Keep the lines that share most words; of long lines, their sentences.

    Those that occur in two documents are excluded.
    """
    low, high = _KEEP_CHARS
    if not draft.words:
        return
    for line in [text] if len(text) <= high else _SENTENCES.split(text):
        if not low <= len(line) <= high or "[[" in line or not line_of(line).terminal:
            continue
        words = letter_words(line)
        score = len(draft.words.intersection(words)) / len(draft.words) - len(words) / 200
        key = line_of(line).key
        known = draft.near.get(key)
        if known is not None and known[2] != number:
            draft.near[key] = (-9.0, line, known[2])
        elif score > 0 and known is None:
            draft.near[key] = (score, line, number)
    if len(draft.near) > 10 * _NEAREST:
        best = heapq.nlargest(_NEAREST, draft.near.items(), key=lambda item: (item[1][0], item[0]))
        draft.near = dict(best)


def _rule(draft: _Draft, identity: str, book: RuleBook, compiled: Sequence[Any]) -> Rule:
    proposal = draft.proposal
    here = f"proposal {proposal.number} ({proposal.text!r})"
    if proposal.against:
        raise UsageError(
            f"{here}: the pattern matches a must-keep example of rule {proposal.against}; nothing was written"
        )
    if not draft.matches:
        raise UsageError(
            f"{here}: found no line of the dataset that the pattern {proposal.pattern!r} matches; nothing was written"
        )
    if draft.effect.quotation:
        raise UsageError(
            f"{here}: the pattern removes a quotation, {draft.effect.quotation[:80]!r}; expected none; nothing was written"
        )
    keeps = _keeps(draft, book, compiled)
    if not keeps:
        raise UsageError(
            f"{here}: found no near miss that must stay in the dataset, expected at least one; nothing was written"
        )
    between = f" between {proposal.first_seen} and {proposal.last_seen}" if proposal.first_seen else ""
    part = _PARTS.get(proposal.key[0], "credit") if draft.label == "caption" else ""
    return Rule(
        id=identity,
        label=draft.label,
        scope=_SCOPES[proposal.key[0]],  # type: ignore[arg-type]
        pattern=proposal.pattern,
        why=f"Recurs in {proposal.documents} of {proposal.of_documents} documents of {proposal.publisher}{between}; "
        f"accepted as {draft.label} from that evidence.",
        seen=f"{proposal.publisher}, {proposal.first_seen} to {proposal.last_seen}"
        if between
        else proposal.publisher,
        match=tuple(draft.matches.values()),
        keep=tuple(keeps),
        language=proposal.language,
        part=part,
        case=proposal.case,
    )


def _keeps(draft: _Draft, book: RuleBook, compiled: Sequence[Any]) -> list[str]:
    """Return the nearest lines that no rule matches, including the new ones."""
    out: list[str] = []
    for score, line, _ in sorted(draft.near.values(), key=lambda near: (-near[0], near[1])):
        folded = fold_line(line.strip())
        claimed = find_claims([folded], book, placed=False) or any(c.search(folded.text) for c in compiled)
        if score > -1 and not claimed:
            out.append(line.strip())
        if len(out) == _KEEPS:
            break
    return out


def free_id(family: str, text: str, taken: Collection[str]) -> str:
    """Return `family` and a short form of `text` as an id, with a number appended if that is taken.

    >>> free_id("mine/ad", "Visit our shop!", {"mine/ad/visit-our-shop"})
    'mine/ad/visit-our-shop-2'
    """
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-") or f"{digest(text) >> 32:08x}"
    base = identity = f"{family}/{slug}"
    number = 2
    while identity in taken:
        identity = f"{base}-{number}"
        number += 1
    return identity
