"""Combine the evidence: rules, structure and model give one label to every stretch.

The order is the design. A must-keep line of a pack outweighs everything. A rule's claim is final, because a rule has examples as proof. Structure names fields
and kinds. The model decides the rest, and must be sure, because a lost paragraph costs a reader more than a
leaked line. No text is changed here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.page import Block, Page, Removal, Span
from copydesk.tasks.label.byline_lines import byline_lines
from copydesk.tasks.label.chapters import chapters
from copydesk.tasks.label.claims import UNCLAIMED, Draft, claimed
from copydesk.tasks.label.comments import comments
from copydesk.tasks.label.containers import Tree, tree_of
from copydesk.tasks.label.copies import copies
from copydesk.tasks.label.decisions import claimed_share, follows_marker, line_by_line, lines, rest, whole
from copydesk.tasks.label.groups import Verdict, verdicts
from copydesk.tasks.label.inner_lines import inner_lines
from copydesk.tasks.label.kickers import kickers
from copydesk.tasks.label.repeats import doubled, repeats
from copydesk.tasks.label.rescue import RESCUED, under_headline
from copydesk.tasks.label.segments import by_block, with_segments
from copydesk.tasks.label.shelter import sheltered
from copydesk.tasks.label.spans import plain_span, single_span, spans_of, unseen_span
from copydesk.tasks.label.stamps import stamped
from copydesk.tasks.label.stays import stays_by_block, with_stays
from copydesk.tasks.label.stories import next_stories
from copydesk.tasks.label.structure import (
    Vote,
    body_kind,
    clocks,
    head,
    reads_like_a_sentence,
    shouted,
    trailing,
)
from copydesk.tasks.label.unseen import controls, hidden_lines

_BODY = 0


class _Known(NamedTuple):
    """The known facts about the blocks of a page before the decision."""

    drafts: list[list[Draft]]
    """The claims of rules on each block."""
    free: list[bool]
    """Whether no rule claims anything of the block."""
    wholes: Mapping[int, Verdict]
    """The decisions about structures, by number of block."""
    votes: Mapping[int, Vote]
    sheltered: Collection[int]
    """Lines of plain text that stay at any probability."""
    rescued: Collection[int]
    removed: Mapping[int, Sequence[Removal]]
    """Segments of plain text that go."""


def label(page: Page) -> Page:
    """Give every non-space stretch of the page one label, with its reason and score."""
    known = _known(page)
    spans: list[Span] = []
    last = len(page.blocks) - 1
    removed, free, drafts = known.removed, known.free, known.drafts
    told = {*known.wholes, *known.votes, *known.sheltered, *known.rescued, *removed}
    told.update([at + 1 for at, parts in enumerate(drafts) if parts[0].part == "marker"])
    stays = stays_by_block(page) if page.stays else {}
    told.update(stays)
    for at, block in enumerate(page.blocks):
        if at not in told and free[at] and (single := plain_span(block, at, page.body_threshold)):
            spans.append(single)
            continue
        parts = _decided(page, at, block, known) if free[at] else _left(page, block, drafts[at])
        if at in removed:
            parts = with_segments(parts, removed[at])
        if at in stays:
            parts = with_stays(block, parts, stays[at])
        if block.hints.breaks:
            parts = line_by_line(block, parts)
        body = parts[0].label == "paragraph" or any(d.label == "paragraph" for d in parts[1:])
        kind = body_kind(block, at, last) if body else "paragraph"
        if len(parts) == 1 and (single := single_span(block, at, parts[0], kind)):
            spans.append(single)
        else:
            spans.extend(spans_of(page, at, parts, kind))
    if page.unseen:
        spans = sorted([*spans, *map(unseen_span, page.unseen)])
    return replace(page, spans=tuple(spans))


def _known(page: Page) -> _Known:
    """Collect the results of rules, structure and place for each block."""
    blocks = page.blocks
    drafts = [claimed(block) if block.marks else UNCLAIMED for block in blocks]
    free = [parts is UNCLAIMED or not any(d.label for d in parts) for parts in drafts]
    if not page.boxes and not all(free):
        for at in inner_lines(blocks, free):
            free[at], drafts[at] = True, UNCLAIMED
    tree = tree_of(blocks, page.boxes)
    beside = _beside(page, tree)
    live = any(claim.field == "flag" and claim.value == "live_blog" for claim in page.claims)
    wholes = verdicts(blocks, tree, page.body_threshold, beside, live)
    wholes |= hidden_lines(blocks, _stated(page))
    if page.boxes:
        opened = chapters(blocks, tree, page.body_threshold, beside)
        wholes |= dict.fromkeys(opened, Verdict(stays=True, rule="structure:chapter"))
    for at, verdict in wholes.items():
        if verdict.stays and not free[at]:  # a rule took a name or a time in a list for a field
            free[at], drafts[at] = True, UNCLAIMED
    for at in beside:
        free[at], drafts[at] = True, UNCLAIMED
    votes = _votes(page, free, drafts) | beside
    copied = {blocks[at].text for at, vote in beside.items() if vote.rule == "structure:copy"}
    listed = {at for at, verdict in wholes.items() if verdict.stays and verdict.listed}
    for at in [at for at, vote in votes.items() if _is_outdone(vote, blocks[at], at in listed, copied)]:
        del votes[at]
    rescued = _rescued(page, tree, wholes, votes)
    return _Known(drafts, free, wholes, votes, sheltered(page, free, drafts), rescued, by_block(page))


def _decided(page: Page, at: int, block: Block, known: _Known) -> list[Draft]:
    """Decide a block without any claim of a rule."""
    if at in known.rescued:
        return _linewise(block, Draft(0, len(block.text), "paragraph", RESCUED, 0.5))
    drafts, verdict, threshold = known.drafts, known.wholes.get(at), page.body_threshold
    marker = ""
    if at and drafts[at - 1][0].part == "marker":
        marker = follows_marker(at, page.blocks, drafts)
    if at in known.sheltered:
        threshold = 0.0
    elif verdict is not None:
        threshold = 0.0 if verdict.stays else _NEVER
    draft = whole(block, known.votes.get(at), marker, threshold)
    if (
        verdict is not None
        and draft.rule in ("", "model:furniture")
        and _overrules(verdict, block, page.body_threshold)
    ):
        draft = draft._replace(rule=verdict.rule)
    return _linewise(block, draft)


_NEVER: Final = 2.0
"""A probability of body that no block has."""


def _linewise(block: Block, draft: Draft) -> list[Draft]:
    """Return a block as one stretch, or as its lines if it is a run of links that stays."""
    return lines(block, draft) if block.kind == "links" and draft.label == "paragraph" else [draft]


def _left(page: Page, block: Block, parts: list[Draft]) -> list[Draft]:
    """Decide the rest of a block that rules cut.

    Either rules took most of it, or a share of the usual threshold is enough to stay.
    """
    threshold = page.body_threshold * (1 if claimed_share(block) >= _MOSTLY else _BESIDE)
    return [d if d.label else rest(block, d, threshold) for d in parts]


_MOSTLY = 0.5
"""Share of a block that rules must have claimed as furniture before the model may remove the rest of it."""
_BESIDE = 0.5
"""Share of the usual threshold for text beside a rule's cut, unless rules took most of the block."""


def _overrules(verdict: Verdict, block: Block, body_threshold: float) -> bool:
    """Return whether the structure of a block decides against the model's probability for the block alone."""
    return not verdict.stays or bool(block.probabilities and block.probabilities[_BODY] < body_threshold)


def _rescued(page: Page, tree: Tree, wholes: Mapping[int, Verdict], votes: Mapping[int, Vote]) -> set[int]:
    """Return the body of a page if no long sentence would stay: see `rescue`. Plain text is left alone."""
    if not page.boxes:
        return set()
    for at, b in enumerate(page.blocks):
        stays = (
            wholes[at].stays
            if at in wholes
            else not b.probabilities or b.probabilities[_BODY] >= page.body_threshold
        )
        if (
            stays
            and at not in votes
            and b.kind not in ("heading", "caption")
            and reads_like_a_sentence(b.text)
        ):
            return set()
    return under_headline(page.blocks, tree, page.headline, votes)


def _is_outdone(vote: Vote, block: Block, listed: bool, copied: Collection[str]) -> bool:
    """Return whether the page as a whole overrules a vote on a single block.

    Examples are a time or name in a list, and a text whose copy was removed.
    """
    in_list = listed and vote.rule in ("structure:clock", "structure:byline")
    return in_list or (vote.rule == "structure:doubled" and block.text in copied)


def _beside(page: Page, tree: Tree) -> dict[int, Vote]:
    """Return votes on everything beside the story: copies of it, other stories, comments.

    Plain text is left alone.
    """
    if not page.boxes:
        return {}
    kinds = (
        (
            "related",
            "structure:next-story",
            next_stories(page.blocks, tree, page.headline, page.body_threshold),
        ),
        ("comment", "structure:comments", comments(page.blocks, tree, page.body_threshold)),
        ("comment", "structure:stamped", stamped(page.blocks, tree, page.headline)),
        ("other_boilerplate", "structure:copy", copies(page.blocks, page.body_threshold)),
    )
    return {
        at: Vote(label, rule, guess=False)
        for label, rule, found in reversed(kinds)
        for at in found
        if not any(mark.label in FURNITURE for mark in page.blocks[at].marks)
    }


def _stated(page: Page) -> str:
    """Return the body from the page's data, or an empty string."""
    return next((claim.value for claim in page.claims if claim.field == "body"), "")


def _votes(page: Page, free: Sequence[bool], drafts: Sequence[list[Draft]]) -> dict[int, Vote]:
    """Return the votes of structure, by number of block."""
    votes = {at: Vote("related", "structure:tail", guess=False) for at in _tail(page, drafts)}
    votes |= {
        at: Vote("other_boilerplate", "structure:pull-quote", guess=False)
        for at in repeats(page.blocks, free)
    }
    votes |= {at: Vote("caption", "structure:kicker", guess=False) for at in kickers(page.blocks, free)}
    votes |= {at: Vote("related", "structure:capitals", guess=False) for at in shouted(page.blocks, free)}
    votes |= {
        at: Vote("other_boilerplate", "structure:doubled", guess=False)
        for at in doubled(page.blocks, free, page.body_threshold)
    }
    votes |= {
        at: Vote("other_boilerplate", "structure:control", guess=False) for at in controls(page.blocks, free)
    }
    votes |= {at: Vote("dateline", "structure:clock", guess=False) for at in clocks(page.blocks, free)}
    votes |= {at: Vote("byline", "structure:byline", guess=False) for at in byline_lines(page.blocks, free)}
    return votes | head(page.blocks, free, page.headline)


def _tail(page: Page, drafts: Sequence[list[Draft]]) -> set[int]:
    """Return the lines of plain text after a heading of links at the end: see `structure.trailing`."""
    if page.boxes:
        return set()
    openers = [len(parts) == 1 and parts[0].label == "related" for parts in drafts]
    if not any(openers):
        return set()
    gone = [
        (len(parts) == 1 and parts[0].label in FURNITURE)
        or bool(b.probabilities and b.probabilities[_BODY] < page.body_threshold)
        for b, parts in zip(page.blocks, drafts, strict=True)
    ]
    return trailing(page.blocks, openers, gone)
