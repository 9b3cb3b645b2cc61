"""Make the queues of a review, each in the order in which a look is worth most."""

import heapq
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copydesk.schemas.review import Candidate
from copydesk.tasks.discover import Discovery, Proposal
from copydesk.tasks.rules import kept_form
from copydesk.tasks.store import Rejected, Scan

_REMOVALS, _DOCUMENTS, _REJECTS = 200, 100, 200
"""Most candidates of each queue."""
_LONGEST: Final = 10_000
"""Characters of the longest removal that can become a must-keep line."""
_PLACES: Final = ("inside a line", "end of a line", "beginning of a line", "line")


def recurring_lines(found: Discovery) -> list[tuple[Candidate, Proposal]]:
    """Return the proposals of a dataset that no must-keep line contradicts, the strongest first."""
    return [
        (
            Candidate(
                f"recurring-{proposal.id}",
                "recurring",
                proposal.text,
                tuple(_evidence(proposal)),
                tuple(example.document for example in proposal.examples),
                proposal.label,
            ),
            proposal,
        )
        for proposal in found.proposals
        if not proposal.against
    ]


def _evidence(p: Proposal) -> Iterable[str]:
    dates = f", {p.first_seen} to {p.last_seen}" if p.first_seen else ""
    yield f"in {p.documents:,} of {p.of_documents:,} documents of {p.publisher}{dates}"
    if p.elsewhere:
        yield "also in " + ", ".join(f"{name} ({count:,})" for name, count in sorted(p.elsewhere.items()))
    where = {"span": 0, "suffix": 1, "prefix": 2}.get(p.scope, 3)
    rest = ", the rest of the line goes with it" if p.scope == "prefix" and p.takes == "line" else ""
    yield f"{_PLACES[where]}{rest}; head {p.head:.0%}, middle {p.middle:.0%}, tail {p.tail:.0%}"
    yield f"probability of furniture {p.precision:.2f} (estimate); likely label {p.label}: {p.label_basis}"


def removal_id(text: str) -> str:
    """Return the id of the removal of a stretch: the same for each document that has it."""
    return f"removal-{blake2b(kept_form(text).encode('utf-8', 'surrogatepass'), digest_size=6).hexdigest()}"


def doubtful_removals(source: Scan) -> list[Candidate]:
    """Return the removed stretches with the lowest scores, lowest first, each text once."""
    best: dict[str, tuple[float, str, dict[str, Any]]] = {}
    for rows in source.batches("ledger", ("id", "text", "label", "kept", "rule", "score")):
        unsure = pc.and_(pc.invert(rows["kept"]), pc.less(rows["score"], 1.0))
        unsure = pc.and_(unsure, pc.less_equal(pc.utf8_length(rows["text"]), _LONGEST))
        rows = rows.filter(unsure)
        lowest = np.argsort(rows["score"].to_numpy(), kind="stable")[: 4 * _REMOVALS]
        for row in rows.take(pa.array(lowest)).to_pylist():
            form = kept_form(row["text"])
            entry = (row["score"], row["id"], row)
            if form and (form not in best or entry[:2] < best[form][:2]):
                best[form] = entry
        if len(best) > 8 * _REMOVALS:
            best = dict(_lowest(best, 4 * _REMOVALS))
    return [_removal(row) for _, (_, _, row) in _lowest(best, _REMOVALS)]


def _lowest(best: dict[str, tuple[float, str, dict[str, Any]]], most: int) -> list[Any]:
    return heapq.nsmallest(most, best.items(), key=lambda item: (item[1][0], item[0]))


def _removal(row: dict[str, Any]) -> Candidate:
    about = (f"removed as {row['label']} by {row['rule']}, score {row['score']:.2f}",)
    return Candidate(removal_id(row["text"]), "removal", row["text"], about, (row["id"],), row["label"])


def documents_that_lost(source: Scan) -> list[Candidate]:
    """Return the articles that lost most: those with the flag `mostly_removed` first, then by removed share."""
    columns = ("id", "title", "publisher", "removed_share", "removed_chars", "word_count", "flags")
    found: list[tuple[tuple[bool, float, str], dict[str, Any]]] = []
    for rows in source.batches("articles", columns):
        for row in rows.filter(pc.greater(rows["removed_chars"], 0)).to_pylist():
            key = ("mostly_removed" not in (row["flags"] or ()), -row["removed_share"], row["id"])
            found.append((key, row))
        found = heapq.nsmallest(_DOCUMENTS, found, key=lambda each: each[0])
    return [_document(row) for _, row in found]


def _document(row: dict[str, Any]) -> Candidate:
    about = [f"{row['removed_share']:.0%} removed, {row['word_count']:,} words left"]
    about += [row["publisher"]] if row["publisher"] else []
    about += ["flags: " + ", ".join(row["flags"])] if row["flags"] else []
    title = row["title"] or "(no headline)"
    return Candidate(f"document-{row['id']}", "document", title, tuple(about), (row["id"],))


def rejected_documents(rejects: Sequence[Rejected]) -> list[Candidate]:
    """Return rejected documents: first those that were cleaned, because a rule or a model may be the cause."""
    chosen = sorted(rejects, key=lambda each: (each.stage != "clean", each.reason, each.key))[:_REJECTS]
    return [
        Candidate(
            f"reject-{each.id}",
            "reject",
            f"{each.stage}: {each.reason}",
            (each.detail, each.source + (f", record {each.record}" if each.record else "")),
            (each.id,),
        )
        for each in chosen
    ]
