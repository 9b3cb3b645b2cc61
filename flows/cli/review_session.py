"""The state of a review: its queues, what each answer would change, and the decisions in the files."""

import os
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from copydesk.flows.cli.stored import explain_stored
from copydesk.flows.configuration import plan_of
from copydesk.schemas.errors import CopydeskError, UsageError
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.review import KINDS, Candidate, Decision, Kind, Verdict
from copydesk.schemas.rule import Keep
from copydesk.tasks.discover import (
    Discovery,
    Effect,
    Plan,
    Proposal,
    discover_once,
    dry_run,
    dry_run_keep,
    finder,
    plan,
    read_text,
    with_added,
)
from copydesk.tasks.report import CandidateView, Consequence, Excerpt, Explanation, Frame, Queue
from copydesk.tasks.review import (
    DecidedError,
    decide,
    documents_that_lost,
    doubtful_removals,
    read_decisions,
    recurring_lines,
    rejected_documents,
    removal_id,
    take_back,
)
from copydesk.tasks.rules import load
from copydesk.tasks.store import Scan, rejected

_REMEMBERED: Final = 128
"""Documents, rules and figures that are held for the next look."""
_KEPT: Final = 3
"""Lines of a refused candidate that become must-keep lines."""


class ReviewSession:
    """A review of one snapshot of a dataset, whose decisions go into one pack.

    Decisions are read from the files for each page, so that each person sees what the others decided. The lines that
    recur are counted in the background.
    """

    def __init__(self, dataset: str, pack: Path, least: int) -> None:
        self.dataset, self.pack, self.out = dataset, pack, Path(dataset)
        self.trouble = ""
        self._scan = Scan(self.out)
        self._queues: dict[Kind, list[Candidate]] = {}
        self._proposals: dict[str, Proposal] = {}
        self._lock = threading.Lock()
        self._views: dict[tuple[str, str], Future[object]] = {}
        self._impossible: dict[tuple[str, str], tuple[str, UsageError]] = {}
        self._work = ThreadPoolExecutor(1, "ahead")
        self._folder = TemporaryDirectory(prefix="copydesk-")
        try:
            self._others = self._packs_beside()
            self._open(least)
        except BaseException:
            self._folder.cleanup()
            raise

    def _packs_beside(self) -> list[Path]:
        """Return the other packs that the dataset remembers, as files."""
        files = plan_of(IngestRequest((), self.dataset))
        written = files.write_packs(Path(self._folder.name))
        pairs = zip(files.memory.rules, written, strict=True)
        return [file for known, file in pairs if known.path != str(self.pack)]

    def _open(self, least: int) -> None:
        """Make the queues. A damaged pack or list of decisions ends the command here, not at the first answer."""
        read_decisions(self.pack)
        rules = load([*self._others, *([self.pack] if self.pack.exists() else [])])
        self._queues["removal"] = doubtful_removals(self._scan)
        self._queues["document"] = documents_that_lost(self._scan)
        self._queues["reject"] = rejected_documents(rejected(self.out))
        snapshot = self._scan.snapshot
        threading.Thread(
            target=self._count, args=(lambda: discover_once(snapshot, rules, "", least),), daemon=True
        ).start()

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Remove the temporary files."""
        self._work.shutdown(wait=False, cancel_futures=True)
        self._folder.cleanup()

    def _count(self, find: Callable[[], Discovery]) -> None:
        try:
            found = recurring_lines(find())
        except Exception as error:  # noqa: BLE001 - shown on the overview; the other queues work without it
            self.trouble = str(error)
            found = []
        with self._lock:
            self._queues["recurring"] = [candidate for candidate, _ in found]
            self._proposals = {candidate.id: proposal for candidate, proposal in found}

    def frame(self, base: str, done: str = "", at: str = "") -> Frame:
        """Return what every page shows."""
        near = os.path.relpath(self.pack)
        pack = str(self.pack) if near.startswith("..") else near
        words = ["copydesk", "reclean", self.dataset, "--rules", pack]
        return Frame(base, self.dataset, pack, shlex.join(words), self.decisions().get(done), at=at)

    def decisions(self) -> dict[str, Decision]:
        """Return the current decisions."""
        return read_decisions(self.pack)

    def overview(self) -> list[Queue]:
        """Return the queues with what is left of each."""
        known = self.decisions()
        queues = []
        for kind in KINDS:
            found = self._queues.get(kind)
            waiting = "the lines of the dataset are being counted" if found is None else ""
            waiting = waiting or (self.trouble if kind == "recurring" else "")
            left = sum(each.id not in known for each in found or ())
            queues.append(Queue(kind, left, len(found or ()), waiting))
        return queues

    def candidate(self, identity: str) -> Candidate:
        """Return a candidate. Raises UsageError for an unknown id."""
        kind = identity.partition("-")[0]
        for each in self._queues.get(kind, ()):  # type: ignore[call-overload]
            if each.id == identity:
                found: Candidate = each
                return found
        raise UsageError(f"{identity}: there is no such candidate in this dataset")

    def after(self, kind: Kind, identity: str = "") -> Candidate | None:
        """Return the first candidate without a decision after another one; from the beginning without one."""
        known = self.decisions()
        found = self._queues.get(kind, [])
        at = next((n + 1 for n, each in enumerate(found) if each.id == identity), 0)
        return next((each for each in found[at:] if each.id not in known), None)

    def view(self, candidate: Candidate, skip: str) -> CandidateView:
        """Return everything that the page of a candidate shows, and prepare the next one in the background."""
        known = self.decisions()
        found = self._queues[candidate.kind]
        excerpts, problem = self._context(candidate)
        accept, refuse = self._consequences(candidate)
        following = self.after(candidate.kind, candidate.id)
        if following is not None:
            self._ahead(following)
        return CandidateView(
            candidate,
            sum(each.id not in known for each in found),
            accept,
            refuse,
            excerpts,
            skip,
            known.get(candidate.id),
            problem,
        )

    def answer(self, candidate: Candidate, verdict: Verdict, label: str, seq: str) -> Decision:
        """Record an answer. Raises DecidedError if somebody was faster, and UsageError if it can't be taken."""
        known = self.decisions()
        if candidate.id in known:
            raise DecidedError(known[candidate.id])
        if verdict == "accepted":
            planned = self._plan(candidate, label) if candidate.kind == "recurring" else None
            return decide(self.pack, candidate, verdict, planned=planned)
        if candidate.kind in ("document", "reject"):
            candidate = self._stretch(candidate, seq)
        return decide(self.pack, candidate, verdict, lines=self._lines(candidate), others=self._others)

    def undo(self, identity: str) -> Decision:
        """Take a decision back."""
        return take_back(self.pack, identity)

    def _stretch(self, candidate: Candidate, seq: str) -> Candidate:
        """Return the removal of one stretch of a document, which is what a refusal is about."""
        rows = self._explained(candidate.documents[0]).outcome.ledger
        row = next((row for row in rows if str(row.seq) == seq and row.fate == "removed"), None)
        if row is None:
            raise UsageError("mark the removed stretch that must stay first, with j and k or by a click")
        return Candidate(removal_id(row.text), "removal", row.text, (), candidate.documents, row.label)

    def _lines(self, candidate: Candidate) -> Sequence[str]:
        if candidate.kind != "recurring":
            return (candidate.text,)
        try:
            effect = self._plan(candidate).effects[0]
        except UsageError:  # no rule can be made of it, which is no reason not to refuse it
            snapshot, proposal = self._scan.snapshot, self._proposals[candidate.id]
            found = self._once(("effect", candidate.id), lambda: dry_run(snapshot, [proposal])[0][0])
            assert isinstance(found, Effect)
            effect = found
        return tuple(effect.shown.values())[:_KEPT]

    def _plan(self, candidate: Candidate, label: str = "") -> Plan:
        """Return the rule of a proposal with its effect on the whole dataset; computed once for each label.

        Raises UsageError if no rule can be made of it. That holds until the pack changes.
        """
        proposal = self._proposals[candidate.id]
        key = candidate.id, label or candidate.label
        text = read_text(self.pack)
        if key in self._impossible and self._impossible[key][0] == text:
            raise self._impossible[key][1]

        def make() -> object:
            return plan(self._scan.snapshot, [proposal], self.pack, key[1], self._others)

        try:
            made = self._once(key, make)
        except UsageError as error:
            self._impossible[key] = text, error
            raise
        assert isinstance(made, Plan)
        return made

    def _once(self, key: tuple[str, str], make: Callable[[], object]) -> object:
        """Compute something once, also if two requests need it at the same time."""
        with self._lock:
            mine = key not in self._views
            future = self._views.setdefault(key, Future())
            while len(self._views) > _REMEMBERED:
                del self._views[next(iter(self._views))]
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 - it belongs to all who wait for the result
                future.set_exception(error)
                with self._lock:
                    self._views.pop(key, None)
        return future.result()

    def _ahead(self, candidate: Candidate) -> None:
        def prepare() -> None:
            self._context(candidate)
            self._consequences(candidate)

        self._work.submit(prepare)

    def _explained(self, identity: str) -> Explanation:
        found = self._once(("document", identity), lambda: explain_stored(self.dataset, identity))
        assert isinstance(found, Explanation)
        return found

    def _context(self, candidate: Candidate) -> tuple[list[Excerpt], str]:
        """Return the documents of a candidate with its stretches; and why one can't be shown."""
        excerpts, problem = [], ""
        for identity in candidate.documents:
            try:
                explained = self._explained(identity)
            except CopydeskError as error:
                problem = str(error)
                continue
            chosen = self._chosen(candidate, explained)
            excerpts.append(Excerpt(explained, chosen, candidate.kind in ("document", "reject")))
        return excerpts, problem

    def _chosen(self, candidate: Candidate, explained: Explanation) -> Mapping[int, range]:
        rows = explained.outcome.ledger
        if candidate.kind in ("document", "reject"):
            return {row.seq: range(0) for row in rows if row.fate == "removed"}
        if candidate.kind == "removal":
            same = [row.seq for row in rows if row.fate == "removed" and removal_id(row.text) == candidate.id]
            return {seq: range(0) for seq in same[:1]}
        find = finder(self._proposals[candidate.id])
        for row in rows:
            span = find(row.text) if row.fate == "body" and "\n" not in row.text else None
            if span is not None:
                return {row.seq: range(*span)}
        return {}

    def _consequences(self, candidate: Candidate) -> tuple[Consequence, Consequence]:
        """Return what accepting and refusing would change in the whole dataset."""
        try:
            if candidate.kind == "recurring":
                return self._of_recurring(candidate)
            if candidate.kind == "removal":
                return Consequence(
                    "Nothing is written to the pack. The list keeps the decision."
                ), self._of_keep(candidate)
        except CopydeskError as error:
            stop = Consequence("", problem=str(error))
            return stop, stop
        return (
            Consequence("Nothing is written to the pack. The list keeps the decision."),
            Consequence(
                "The stretch that you mark, with j and k or by a click, becomes a must-keep line of the pack."
            ),
        )

    def _of_recurring(self, candidate: Candidate) -> tuple[Consequence, Consequence]:
        lines = self._lines(candidate)
        refuse = Consequence(
            "These lines become must-keep lines of the pack. They are not proposed again.",
            (),
            _keep_table(lines),
        )
        try:
            planned = self._plan(candidate)
        except UsageError as error:
            return Consequence("", problem=str(error)), refuse
        (rule,), (effect,) = planned.rules, planned.effects
        told = (
            f"The rule takes {effect.lines:,} kept lines out of {len(effect.documents):,} documents: all lines of the "
            "current snapshot that its pattern matches. What models would decide otherwise as a consequence is not counted."
        )
        return Consequence(told, tuple(effect.shown.values()), with_added("", [rule])), refuse

    def _of_keep(self, candidate: Candidate) -> Consequence:
        effect = self._once(
            ("keep", candidate.id), lambda: dry_run_keep(self._scan.snapshot, [candidate.text])
        )
        assert isinstance(effect, Effect)
        told = (
            f"The must-keep line brings back {effect.lines:,} removed stretches in {len(effect.documents):,} documents: all of the current "
            "snapshot that are this line or hold it."
        )
        return Consequence(told, (), _keep_table([candidate.text]))


def _keep_table(lines: Sequence[str]) -> str:
    return with_added(
        "", [Keep("mine/keep/…", tuple(lines), "A person decided that this belongs to the article.")]
    )
