"""Implement `discover`: show recurring lines of a dataset with their evidence; accept them only by name."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from copydesk.flows.cli.options import Dataset, Trace
from copydesk.flows.terminal import escape_scraped
from copydesk.schemas.escapes import escape_json

_LEAST = 5


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(discover)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which proposals become a rule, in which pack, and with which label."""

    names: tuple[str, ...]
    pack: str
    label: str
    sure: bool
    """Write without asking."""


def discover(
    dataset: Dataset,
    publisher: Annotated[str, typer.Option(help="Only articles of this publisher.", metavar="NAME")] = "",
    min_documents: Annotated[
        int,
        typer.Option(
            help="Minimum number of articles of one publisher that contain the line.", min=2, metavar="N"
        ),
    ] = _LEAST,
    limit: Annotated[
        int, typer.Option(help="Maximum number of proposals to show; 0 shows all.", min=0, metavar="N")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one proposal per line.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help="Number or id of a proposal to turn into a rule; may be repeated.", metavar="NUMBER"
        ),
    ] = None,
    pack: Annotated[
        str,
        typer.Option(help="Your rule pack (TOML) to add the rule to; created if missing.", metavar="FILE"),
    ] = "",
    label: Annotated[
        str, typer.Option(help="Label of the rule, instead of the guess.", metavar="LABEL")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With --accept: write the rule without asking.")
    ] = False,
    rules: Annotated[
        list[str] | None,
        typer.Option("--rules", help="Additional pack in force; may be repeated.", metavar="FILE"),
    ] = None,
    verbose: Trace = False,
) -> int:
    """Propose rules for lines that recur across documents.

    Shows text that was kept although it recurs, with the evidence that it is furniture. Changes nothing by
    itself. With --accept NUMBER --pack FILE it shows what would be removed from the dataset, asks, and writes
    a rule to FILE, for `ingest --rules FILE`.
    """
    from copydesk.schemas.errors import UsageError

    names = tuple(name for given in accept or () for name in given.split(",") if name)
    if bool(names) != bool(pack):
        raise UsageError("--accept NUMBER and --pack FILE go together: expected both or neither")
    if label and not names:
        raise UsageError(
            "--label applies to an accepted proposal: expected --accept NUMBER --pack FILE with it"
        )
    with TemporaryDirectory(prefix="copydesk-") as folder:
        others = _in_force(dataset, tuple(rules or ()), pack, Path(folder))
        return _run(
            dataset, publisher, min_documents, limit, as_json, Acceptance(names, pack, label, yes), others
        )


def _in_force(dataset: str, rules: tuple[str, ...], pack: str, folder: Path) -> list[Path]:
    """Return the remembered and given packs as files, without the pack to which rules are added."""
    from copydesk.flows.configuration import plan_of
    from copydesk.schemas.request import IngestRequest

    plan = plan_of(IngestRequest((), dataset, rules=rules))
    files = plan.write_packs(folder)
    added_to = os.path.abspath(pack) if pack else ""
    pairs = zip(plan.memory.rules, files, strict=True)
    return [file for known, file in pairs if known.path != added_to]


def _run(
    dataset: str,
    publisher: str,
    least: int,
    limit: int,
    as_json: bool,
    wish: Acceptance,
    others: Sequence[Path],
) -> int:
    from copydesk.tasks.discover import Proposal, discover_once, dry_run
    from copydesk.tasks.rules import load
    from copydesk.tasks.store import resolve

    snapshot = resolve(Path(dataset))
    found = discover_once(snapshot, load(others), publisher, least, _say)
    if wish.names:
        return _accept(snapshot, found.proposals, wish, others)
    shown: Sequence[Proposal] = found.proposals[: limit or None]
    _say("trying each on the dataset")
    effects, _ = dry_run(snapshot, shown)
    if as_json:
        for proposal, effect in zip(shown, effects, strict=True):
            record = {name: value for name, value in asdict(proposal).items() if name != "key"}
            record["effect"] = {"lines": effect.lines, "documents": len(effect.documents)}
            print(escape_json(json.dumps(record, ensure_ascii=False)))
        return 0
    for proposal, effect in zip(shown, effects, strict=True):
        described = _describe(proposal, effect.lines, len(effect.documents))
        print("\n".join(escape_scraped(line, one_line=True) for line in described) + "\n")
    print(
        f"{len(shown)} of {len(found.proposals)} proposals, from {found.articles} different articles in {found.documents} "
        f"documents; {found.unlikely} more recur and are more likely body. Nothing was changed: "
        "--accept NUMBER --pack FILE makes a rule of one."
    )
    return 0


def _accept(snapshot: Path, proposals: Sequence[object], wish: Acceptance, others: Sequence[Path]) -> int:
    from copydesk.schemas.errors import UsageError
    from copydesk.tasks.discover import Proposal, plan, write

    by_name: dict[str, Proposal] = {}
    for proposal in proposals:
        assert isinstance(proposal, Proposal)
        by_name[str(proposal.number)] = by_name[proposal.id] = proposal
    unknown = [name for name in wish.names if name not in by_name]
    if unknown:
        raise UsageError(
            f"--accept {unknown[0]}: no such proposal; expected 1 to {len(proposals)}, or an id that is shown"
        )
    chosen = list(dict.fromkeys(wish.names))
    picked = {by_name[name].id: by_name[name] for name in chosen}
    planned = plan(snapshot, list(picked.values()), Path(wish.pack), wish.label, others)
    for rule, effect in zip(planned.rules, planned.effects, strict=True):
        print(escape_scraped(f"{rule.id} ({rule.label}, {rule.scope}): {rule.pattern}", one_line=True))
        print(
            f"  takes {effect.lines:,} kept lines out of {len(effect.documents):,} documents of this dataset, such as"
        )
        for gone in effect.shown.values():
            print(escape_scraped(f"    {gone}", one_line=True))
        for example in rule.match:
            print(escape_scraped(f"  goes   {example}", one_line=True))
        for example in rule.keep:
            print(escape_scraped(f"  stays  {example}", one_line=True))
    if not wish.sure and not _agreed(wish.pack):
        print("Nothing was written; --yes writes without asking.")
        return 0
    write(planned)
    print(
        f"Written to {escape_scraped(wish.pack, one_line=True)}. See: copydesk rules test mine --rules FILE"
    )
    return 0


def _agreed(pack: str) -> bool:
    """Ask at the terminal whether to write the rules; without a terminal the answer is no."""
    if not sys.stdin.isatty():
        return False
    return typer.confirm(escape_scraped(f"Write this to {pack}?", one_line=True), default=False)


def _describe(proposal: object, lines_gone: int, documents: int) -> list[str]:
    """Describe one proposal in a few lines; accepted, it would take `lines_gone` lines out of `documents`."""
    from copydesk.tasks.discover import Proposal

    assert isinstance(proposal, Proposal)
    p = proposal
    scope = {"line": "line", "suffix": "end of a line", "span": "inside a line"}.get(p.scope, "beginning")
    if p.scope == "prefix":
        scope += ", the rest of the line goes with it" if p.takes == "line" else " of a paragraph"
    dates = f", {p.first_seen} to {p.last_seen}" if p.first_seen else ""
    copies = f" ({p.copies} with copies)" if p.copies > p.documents else ""
    strongest = sorted(p.evidence.items(), key=lambda item: -abs(item[1]))[:6]
    lines = [
        f"{p.number}. {p.text}",
        f"   {p.id}  {scope}  precision {p.precision:.2f} (estimate)  label {p.label}? ({p.label_basis})",
        f"   {p.documents} of {p.of_documents} documents of {p.publisher}{copies}, {p.share:.1%}{dates}",
        f"   place: head {p.head:.0%}, middle {p.middle:.0%}, tail {p.tail:.0%}",
        f"   would take {lines_gone:,} lines of {documents:,} documents",
        f"   pattern: {p.pattern}" + (" (capitals as here)" if p.case else ""),
        "   evidence: " + ", ".join(f"{name} {value:+.1f}" for name, value in strongest),
    ]
    if p.against:
        lines.append(f"   can't be accepted: claims a must-keep example of rule {p.against}")
    if p.elsewhere:
        lines.append(
            "   also: " + ", ".join(f"{name} ({count})" for name, count in sorted(p.elsewhere.items()))
        )
    for example in p.examples:
        lines.append(f"   in {example.document}:")
        lines += [f"      {line}" for line in (example.before, f"> {example.line}", example.behind) if line]
    return lines


def _say(status: str) -> None:
    """Print progress, on a terminal only."""
    if sys.stderr.isatty():
        print(status, file=sys.stderr)
