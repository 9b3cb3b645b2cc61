"""Draw the pages of a review: the overview, and one candidate with its context and what each answer would do."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.labels import FIELDS, FURNITURE
from copydesk.schemas.notebook import escaped
from copydesk.schemas.review import KINDS, Candidate, Decision, Kind
from copydesk.tasks.report.explanation import Explanation, draw_excerpt
from copydesk.tasks.report.page import page, tag

_ASSETS: Final = ["explain.css", "review.css", "review.js"]
_REACH: Final = {"recurring": 2, "removal": 3}
"""Rows of a document that are shown before and after the candidate; all of it for the other kinds."""
_LINES: Final = 5
_MOST: Final = 200
_ADVICE: Final[Mapping[Kind, tuple[str, str]]] = {
    "recurring": ("It is furniture", "It belongs to the articles"),
    "removal": ("Rightly removed", "It must stay"),
    "document": ("Seen, all is right", "The marked stretch must stay"),
    "reject": ("Rightly rejected", "The marked stretch must stay"),
}
"""What accepting and refusing mean, in words, by kind."""


class Consequence(NamedTuple):
    """What an answer would write, and what that would change."""

    effect: str
    """One sentence with the figure and its meaning."""
    shown: tuple[str, ...] = ()
    """Lines of the dataset that it concerns."""
    table: str = ""
    """What would be written into the pack."""
    problem: str = ""
    """Why the answer is not possible; empty if it is."""


class Excerpt(NamedTuple):
    """A document with the stretches that are in question."""

    explained: Explanation
    chosen: Mapping[int, range]
    whole: bool


class Queue(NamedTuple):
    """A queue on the overview."""

    kind: Kind
    left: int
    total: int
    waiting: str = ""
    """What the server still counts; empty if the queue is complete."""


class Frame(NamedTuple):
    """What every page shows."""

    base: str
    """Path of the overview, with a slash at the end."""
    dataset: str
    pack: str
    command: str
    """The command that cleans the dataset again with the pack."""
    done: Decision | None = None
    """The decision that was just made here, which `u` takes back."""
    at: str = ""
    """Id of the candidate on the page."""


class CandidateView(NamedTuple):
    """A candidate, ready to be drawn."""

    candidate: Candidate
    left: int
    accept: Consequence
    refuse: Consequence
    excerpts: Sequence[Excerpt]
    skip: str
    """Path of the next candidate."""
    decision: Decision | None = None
    """The decision on it, if there is one."""
    problem: str = ""
    """Why there is no context to show."""


def draw_overview(frame: Frame, queues: Sequence[Queue], decisions: Sequence[Decision]) -> str:
    """Return the overview: the queues, the decisions, and what to do with them."""
    cards = "".join(_card(frame, queue) for queue in queues)
    listed = "".join(_listed(frame, decision) for decision in decisions[:_MOST])
    more = f"<p>and {len(decisions) - _MOST:,} more in the file.</p>" if len(decisions) > _MOST else ""
    body = (
        f"{_head(frame, 'Review')}<main>"
        f'<ul class="queues">{cards}</ul>'
        '<section class="paper" aria-labelledby="h-next"><h2 id="h-next">When you are done</h2>'
        f"<p>Decisions count when the dataset is cleaned again. This command shows what would change. Without <code>--dry-run</code> it "
        f'makes the changes:</p><pre tabindex="0">{escaped(frame.command)} --dry-run</pre></section>'
        f'<section class="paper" aria-labelledby="h-list"><h2 id="h-list">Decisions: {len(decisions):,}</h2>'
        f'<ul class="decisions">{listed}</ul>{more}</section></main>'
    )
    return page(f"Review of {frame.dataset} – copydesk", body, _ASSETS, kind="review", served=True)


def draw_candidate(frame: Frame, view: CandidateView) -> str:
    """Return the page of one candidate."""
    candidate = view.candidate
    about = "".join(f'<li dir="auto">{escaped(fact)}</li>' for fact in candidate.about)
    decided = ""
    if view.decision is not None:
        decided = f'<p class="note" role="status">This is {view.decision.verdict} already, at {escaped(view.decision.at)}.</p>'
    problem = f'<p class="note">{escaped(view.problem)}</p>' if view.problem else ""
    first, drawn = 1, []
    for excerpt in view.excerpts:
        reach = None if excerpt.whole else _REACH.get(candidate.kind)
        drawn.append(_context(excerpt, reach, first))
        first += len(excerpt.explained.outcome.ledger)
    where = (
        '<section class="paper" aria-labelledby="h-where"><h2 id="h-where">In context</h2>'
        f"{''.join(drawn)}</section>"
    )
    # The figure decides on a line that recurs, the context on everything else.
    sections = [_answers(view), where] if candidate.kind == "recurring" else [where, _answers(view)]
    body = (
        f"{_head(frame, f'{KINDS[candidate.kind]}: {view.left:,} left')}<main>"
        f'<section class="paper candidate" aria-labelledby="h-what"><h2 id="h-what">Candidate</h2>'
        f'<p class="line" dir="auto">{escaped(candidate.text)}</p><ul class="about">{about}</ul>{decided}{problem}</section>'
        f"{''.join(sections)}</main>{_bar(frame, view)}"
    )
    return page(f"{candidate.text[:60]} – copydesk", body, _ASSETS, kind="review", served=True)


def draw_message(frame: Frame, title: str, message: str) -> str:
    """Return a page with an error or a note, and the way back."""
    body = f'{_head(frame, title)}<main><section class="paper"><p dir="auto">{escaped(message)}</p></section></main>'
    return page(f"{title} – copydesk", body, _ASSETS, kind="review", served=True)


def _head(frame: Frame, title: str) -> str:
    done = ""
    if frame.done is not None:
        told = f"{frame.done.verdict}: {frame.done.text[:80]}" + (
            f" ({frame.done.table} is in the pack)" if frame.done.table else ""
        )
        done = (
            f'<div class="done" role="status"><span dir="auto">{escaped(told)}</span>'
            f"{_undo(frame, frame.done, key=True)}</div>"
        )
    return (
        f'<header><p class="kicker"><a href="{frame.base}" data-key="o">Overview</a> '
        f"{escaped(frame.dataset)} → {escaped(frame.pack)}</p><h1>{escaped(title)}</h1>{done}</header>"
    )


def _undo(frame: Frame, decision: Decision, *, key: bool = False) -> str:
    mark = ' data-key="u"' if key else ""
    at = f'<input type="hidden" name="at" value="{escaped(frame.at)}">' if frame.at else ""
    return (
        f'<form method="post" action="{frame.base}undo"><input type="hidden" name="id" value="{escaped(decision.id)}">{at}'
        f'<button class="small"{mark}>Take back{" <kbd>u</kbd>" if key else ""}</button></form>'
    )


def _card(frame: Frame, queue: Queue) -> str:
    told = queue.waiting or f"{queue.left:,} of {queue.total:,} left"
    title = escaped(KINDS[queue.kind])
    link = f'<a href="{frame.base}q/{queue.kind}">{title}</a>' if queue.left or queue.waiting else title
    return f'<li class="paper"><h2>{link}</h2><p>{escaped(told)}</p></li>'


def _listed(frame: Frame, decision: Decision) -> str:
    table = f" <code>{escaped(decision.table)}</code>" if decision.table else ""
    return (
        f'<li><p><b class="verdict {"rejected" if decision.verdict == "refused" else ""}">{decision.verdict}</b> '
        f'<span dir="auto">{escaped(decision.text[:160])}</span>{table} '
        f'<span class="soft">{escaped(KINDS[decision.kind])}, {escaped(decision.at)}</span></p>{_undo(frame, decision)}</li>'
    )


def _context(excerpt: Excerpt, reach: int | None, first: int) -> str:
    return (
        f'<p class="kicker">{escaped(excerpt.explained.name)}</p>'
        f"{draw_excerpt(excerpt.explained, excerpt.chosen, reach, first)}"
    )


def _answers(view: CandidateView) -> str:
    names = _ADVICE[view.candidate.kind]
    parts = [
        _answer(f"Accept: {names[0].lower()}", view.accept),
        _answer(f"Refuse: {names[1].lower()}", view.refuse),
    ]
    return f'<div class="answers">{"".join(parts)}</div>'


def _answer(title: str, consequence: Consequence) -> str:
    lines = "".join(f'<li dir="auto">{escaped(line[:300])}</li>' for line in consequence.shown[:_LINES])
    table = (
        f'<details><summary>What is written</summary><pre tabindex="0">{escaped(consequence.table)}</pre></details>'
        if consequence.table
        else ""
    )
    told = consequence.problem or consequence.effect
    return (
        f'<section class="paper"><h2>{escaped(title)}</h2><p dir="auto">{escaped(told)}</p>'
        + (f'<ul class="gone">{lines}</ul>' if lines else "")
        + f"{table}</section>"
    )


def _bar(frame: Frame, view: CandidateView) -> str:
    """Draw the bar at the foot: the reason of the marked stretch, and the answers with their keys."""
    candidate = view.candidate
    label = ""
    if candidate.kind == "recurring" and not view.accept.problem:
        options = "".join(
            f"<option{' selected' if name == candidate.label else ''}>{escaped(name)}</option>"
            for name in sorted({*FURNITURE, *FIELDS})
        )
        label = f'<label>as <select name="label">{options}</select></label>'
    buttons = [
        f'<button name="verdict" value="{verdict}" data-key="{key}" class="{verdict}"'
        f"{' disabled' if consequence.problem or view.decision else ''}>{name} <kbd>{key}</kbd></button>"
        for verdict, key, name, consequence in (
            ("accepted", "a", "Accept", view.accept),
            ("refused", "r", "Refuse", view.refuse),
        )
    ]
    steps = (
        '<span class="steps"><button type="button" data-step="-1" aria-label="Stretch before (k)">‹</button>'
        '<button type="button" data-step="1" aria-label="Next stretch (j)">›</button></span>'
        if any(excerpt.whole for excerpt in view.excerpts)
        else ""
    )
    return (
        f'<aside class="bar {tag(candidate.label)}" aria-label="Your answer"><div class="why-now" aria-live="polite"></div>'
        f'<form method="post" action="{frame.base}c/{escaped(candidate.id)}"><input type="hidden" name="seq" value="">'
        f'{steps}{label}{"".join(buttons)}<a class="button" href="{escaped(view.skip)}" data-key="s">Skip <kbd>s</kbd></a></form></aside>'
    )
