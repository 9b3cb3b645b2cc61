"""Write decisions: rules and must-keep lines into the pack, and each decision into the list beside it.

The list is JSON, sorted by id, one decision a line, so that it can be committed and merged beside the pack
(`mine.toml` has `mine.decisions.json`). Pack and list change under one lock. The pack alone decides how documents are cleaned;
the list says what needs no second look, and what can be taken back.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from copydesk.schemas.errors import UsageError
from copydesk.schemas.memory import Pack
from copydesk.schemas.review import KINDS, Candidate, Decision, Verdict
from copydesk.schemas.rule import Keep
from copydesk.tasks.discover import (
    Plan,
    add_planned,
    changing,
    free_id,
    read_tables,
    read_text,
    replace_pack,
    with_added,
    without,
    write_whole,
)
from copydesk.tasks.rules import kept_form, load_packs, read_pack

_SHOWN: Final = 300
"""Characters of a candidate's text in the list."""


class DecidedError(UsageError):
    """Somebody else has decided on this candidate."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.id}: is {decision.verdict} already, at {decision.at}")
        self.decision = decision


def decisions_file(pack: Path) -> Path:
    """Return the file with the list of decisions that belongs to a pack."""
    return pack.with_name(f"{pack.stem}.decisions.json")


def read_decisions(pack: Path) -> dict[str, Decision]:
    """Return the current decisions by id; none if there is no list yet. Raises UsageError for a damaged list."""
    path = decisions_file(pack)
    try:
        told = json.loads(path.read_bytes())
        found = [Decision(**each) for each in told["decisions"]]
        if all(each.kind in KINDS and all(isinstance(value, str) for value in each) for each in found):
            return {each.id: each for each in found}
        raise TypeError("a decision has a value of another type")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path}: cannot read the list of decisions: {error}; expected what `review` wrote"
        ) from error


def decide(
    pack: Path,
    candidate: Candidate,
    verdict: Verdict,
    *,
    planned: Plan | None = None,
    lines: Sequence[str] = (),
    others: Sequence[Path] = (),
) -> Decision:
    """Record a decision: accepted with the rule of a plan, refused with must-keep lines, or without either.

    Raises DecidedError if somebody was faster, and UsageError with nothing written if the pack can't take it.
    """
    with changing(pack):
        known = read_decisions(pack)
        if candidate.id in known:
            raise DecidedError(known[candidate.id])
        table = ""
        if planned is not None:
            table = add_planned(planned)[0].id
        elif lines:
            table = _add_keep(pack, candidate, lines, others)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        made = Decision(candidate.id, candidate.kind, verdict, candidate.text[:_SHOWN], table, at)
        _write(pack, known | {made.id: made})
        return made


def take_back(pack: Path, identity: str) -> Decision:
    """Take a decision back: its table leaves the pack, and its line the list.

    A table that somebody has already taken out of the pack by hand is no obstacle. Raises UsageError if there is no
    such decision.
    """
    with changing(pack):
        known = read_decisions(pack)
        if identity not in known:
            raise UsageError(f"{identity}: there is no such decision; somebody has taken it back already")
        gone = known.pop(identity)
        if gone.table and gone.table in {each.id for each in read_tables(pack).all()}:
            write_whole(pack, without(read_text(pack), gone.table, str(pack)))
        _write(pack, known)
        return gone


def _add_keep(pack: Path, candidate: Candidate, lines: Sequence[str], others: Sequence[Path]) -> str:
    """Add must-keep lines to the pack and return their id; empty if packs keep them all already."""
    text = read_text(pack)
    present = load_packs([*map(read_pack, others), Pack(str(pack), text)])
    kept = {kept_form(line) for keep in present.keeps for line in keep.lines}
    fresh = list(_by_form(lines, lambda form: form not in kept).values())
    if not fresh:
        return ""
    why = {
        "recurring": "A person decided that this line, which recurs, belongs to the article.",
        "removal": f"A person decided that this is not {candidate.label}, but belongs to the article.",
    }.get(candidate.kind, "A person decided that this belongs to the article.")
    identity = free_id("mine/keep", fresh[0], present.whys())
    keep = Keep(identity, tuple(fresh), why, ", ".join(candidate.documents[:1]))
    replace_pack(pack, with_added(text, [keep]), others)
    return identity


def _by_form(lines: Sequence[str], wanted: Callable[[str], bool]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        form = kept_form(line)
        if form and wanted(form):
            found.setdefault(form, line.strip())
    return found


def _write(pack: Path, decisions: dict[str, Decision]) -> None:
    rows = [json.dumps(decisions[key]._asdict(), ensure_ascii=True) for key in sorted(decisions)]
    body = ",\n".join(rows)
    write_whole(decisions_file(pack), f'{{"decisions": [\n{body}\n]}}\n' if rows else '{"decisions": []}\n')
