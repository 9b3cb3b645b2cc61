"""Where the evidence meets: rules, structure and model become one label for every stretch.

The order is the design: what a rule claims is settled, because a rule carries its proof;
structure names fields and kinds; the model speaks about what is left, and must be sure, because
losing a paragraph costs a reader more than a leaked line. No text is changed here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Final

from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.schemas.page import CLASSES, Block, Page, Span
from copydesk.tasks.label.byline_lines import byline_lines
from copydesk.tasks.label.claims import Draft, claimed
from copydesk.tasks.label.comments import comments
from copydesk.tasks.label.containers import Tree, tree_of
from copydesk.tasks.label.groups import Verdict, hidden_lines, verdicts
from copydesk.tasks.label.repeats import doubled, repeats
from copydesk.tasks.label.rescue import RESCUED, under_headline
from copydesk.tasks.label.segments import by_block, with_segments
from copydesk.tasks.label.stories import copies, next_stories
from copydesk.tasks.label.structure import (
    Vote,
    body_kind,
    clocks,
    field_kind,
    goes_on,
    head,
    is_brief,
    is_sentence,
    reads_like_a_sentence,
    shouted,
    trailing,
)
from copydesk.tasks.text import align

_BODY, _FIELD, _CAPTION, _FURNITURE = range(len(CLASSES))

_LIKELY_BODY = 0.4
"""Probability of body that overrules a headline or rubric which structure only guesses: against 0.5, half of the
body words lost on unseen collections, for a fifth of the headlines found."""
_LIKELY_BODY_LINE = 0.95
"""The same of a line of plain text, whose segments read like body where it is a headline: shape and place know more."""
_SENTENCE = 0.5
"""What is asked of a line of plain text that is a whole sentence, against the usual floor: a short sentence
between two removed lines is the paragraph that readers miss."""
_MOSTLY = 0.5
"""Share of a block that rules must have claimed as furniture for the model to take the rest of it too."""
_BESIDE = 0.5
"""For text beside a rule's cut this part of the usual probability of body is enough to stay, unless rules took most of the block."""

_CAPTION_RUN = 300
"""Most characters of a line that is taken as the words of a caption, behind a marker that stands alone."""


_new: Final = tuple.__new__
"""Makes a named tuple of all its fields, in a third of the time that naming them takes."""


def label(page: Page) -> Page:  # noqa: C901 - the order in which each source of evidence is heard
    """Give every non-space stretch of the page one label, with what decided it and how surely."""
    drafts = [claimed(block) for block in page.blocks]
    free = [
        not block.marks or not any(d.label for d in parts)
        for block, parts in zip(page.blocks, drafts, strict=True)
    ]
    tree = tree_of(page.blocks, page.boxes)
    beside = _beside(page, tree)
    live = any(claim.field == "flag" and claim.value == "live_blog" for claim in page.claims)
    wholes = verdicts(page.blocks, tree, page.body_threshold, beside, live)
    wholes |= hidden_lines(page.blocks, _stated(page))
    for at, verdict in wholes.items():
        if verdict.stays and not free[at]:  # a rule took a name or a time in a list for a field
            free[at], drafts[at] = True, claimed(page.blocks[at]._replace(marks=()))
    for at in beside:
        free[at], drafts[at] = True, claimed(page.blocks[at]._replace(marks=()))
    votes = _votes(page, free, drafts) | beside
    copied = {page.blocks[at].text for at, vote in beside.items() if vote.rule == "structure:copy"}
    listed = {at for at, verdict in wholes.items() if verdict.stays and verdict.listed}
    for at in [at for at, vote in votes.items() if _is_outdone(vote, page.blocks[at], at in listed, copied)]:
        del votes[at]
    sheltered = _sheltered(page, free, drafts)
    rescued = _rescued(page, wholes, votes)
    removed = by_block(page)
    spans: list[Span] = []
    last = len(page.blocks) - 1
    for at, (block, parts) in enumerate(zip(page.blocks, drafts, strict=True)):
        if free[at]:
            marked = at > 0 and drafts[at - 1][0].part == "marker"
            whole = _whole(
                block,
                votes.get(at),
                _follows_marker(at, page.blocks, drafts) if marked else "",
                0.0
                if at in sheltered
                else _body_threshold(page, wholes.get(at))
                if at in wholes
                else page.body_threshold,
            )
            if at in rescued:
                whole = Draft(0, len(block.text), "paragraph", RESCUED, 0.5)
            if (
                at in wholes
                and whole.rule in ("", "model:furniture")
                and _overrules(wholes[at], block, page.body_threshold)
            ):
                whole = whole._replace(rule=wholes[at].rule)
            parts = _lines(block, whole) if block.kind == "links" and whole.label == "paragraph" else [whole]
        else:
            body_threshold = page.body_threshold * (1 if _claimed_share(block) >= _MOSTLY else _BESIDE)
            parts = [_rest(block, d, body_threshold) if not d.label else d for d in parts]
        if at in removed:
            parts = with_segments(parts, removed[at])
        stays = parts[0].label == "paragraph" or any(d.label == "paragraph" for d in parts[1:])
        kind = body_kind(block, at, last) if stays else "paragraph"
        spans.extend(_spans(page, at, parts, kind))
    if page.unseen:
        spans = sorted([*spans, *map(_unseen, page.unseen)])
    return replace(page, spans=tuple(spans))


def _body_threshold(page: Page, verdict: Verdict | None) -> float:
    """The probability of body from which a block stays: any if its structure stays, none if that goes."""
    return page.body_threshold if verdict is None else 0.0 if verdict.stays else 2.0


def _overrules(verdict: Verdict, block: Block, body_threshold: float) -> bool:
    """Whether a block stays, or goes, for its structure and against what the model says of it alone."""
    return not verdict.stays or bool(block.probabilities and block.probabilities[_BODY] < body_threshold)


def _rescued(page: Page, wholes: Mapping[int, Verdict], votes: Mapping[int, Vote]) -> set[int]:
    """The body of a page of which no long sentence would stay: see `rescue`. Plain text is left alone."""
    if not page.boxes:
        return set()
    for at, b in enumerate(page.blocks):
        stays = (
            wholes[at].stays
            if at in wholes
            else not b.probabilities or b.probabilities[_BODY] >= page.body_threshold
        )
        if stays and at not in votes and b.kind != "heading" and reads_like_a_sentence(b.text):
            return set()
    return under_headline(page.blocks, tree_of(page.blocks, page.boxes), page.headline, votes)


def _is_outdone(vote: Vote, block: Block, listed: bool, copied: Collection[str]) -> bool:
    """Whether a vote on a single block is outdone by what is known of the whole: a time or name in a list, the text whose copy went."""
    in_list = listed and vote.rule in ("structure:clock", "structure:byline")
    return in_list or (vote.rule == "structure:doubled" and block.text in copied)


def _beside(page: Page, tree: Tree) -> dict[int, Vote]:
    """What stands on a page besides its story: copies of it, other stories, comments. Plain text is left alone."""
    if not page.boxes:
        return {}
    kinds = (
        (
            "related",
            "structure:next-story",
            next_stories(page.blocks, tree, page.headline, page.body_threshold),
        ),
        ("comment", "structure:comments", comments(page.blocks, tree, page.body_threshold)),
        ("other_boilerplate", "structure:copy", copies(page.blocks, page.body_threshold)),
    )
    return {
        at: Vote(label, rule, guess=False)
        for label, rule, found in reversed(kinds)
        for at in found
        if not any(mark.label in FURNITURE for mark in page.blocks[at].marks)
    }


def _stated(page: Page) -> str:
    """The body as the page's data states it, or empty."""
    return next((claim.value for claim in page.claims if claim.field == "body"), "")


def _votes(page: Page, free: Sequence[bool], drafts: Sequence[list[Draft]]) -> dict[int, Vote]:
    """What structure says, by number of block."""
    votes = {at: Vote("related", "structure:tail", guess=False) for at in _tail(page, drafts)}
    votes |= {
        at: Vote("other_boilerplate", "structure:pull-quote", guess=False)
        for at in repeats(page.blocks, free)
    }
    votes |= {at: Vote("related", "structure:capitals", guess=False) for at in shouted(page.blocks, free)}
    votes |= {
        at: Vote("other_boilerplate", "structure:doubled", guess=False)
        for at in doubled(page.blocks, free, page.body_threshold)
    }
    votes |= {at: Vote("dateline", "structure:clock", guess=False) for at in clocks(page.blocks, free)}
    votes |= {at: Vote("byline", "structure:byline", guess=False) for at in byline_lines(page.blocks, free)}
    return votes | head(page.blocks, free, page.headline)


def _tail(page: Page, drafts: Sequence[list[Draft]]) -> set[int]:
    """Lines behind a heading of links at the end: see `structure.trailing`."""
    openers = [len(parts) == 1 and parts[0].label == "related" for parts in drafts]
    if not any(openers):
        return set()
    gone = [
        (len(parts) == 1 and parts[0].label in FURNITURE)
        or bool(b.probabilities and b.probabilities[_BODY] < page.body_threshold)
        for b, parts in zip(page.blocks, drafts, strict=True)
    ]
    return trailing(page.blocks, openers, gone)


def _sheltered(page: Page, free: Sequence[bool], drafts: Sequence[list[Draft]]) -> set[int]:
    """Lines of plain text in the midst of the body, which the model alone may not remove.

    A sentence that stays stands before and behind, and within five lines no rule has found
    furniture. Of sixty such lines in unlabelled texts, about fifty-one were body: lists of names,
    results of polls, subheadings. Lists of which most stays are sheltered
    too, and lines that go on with a sentence of the line before, where a scraper kept the breaks of a page.
    """
    if not page.blocks or page.blocks[0].kind != "line" or not page.blocks[0].probabilities:
        return set()
    if all(b.probabilities[_BODY] >= page.body_threshold for b in page.blocks):
        return set()  # nobody needs shelter
    if all(free) and is_brief(page.blocks):
        return set(range(1, len(page.blocks)))
    stays = [
        at
        for at, b in enumerate(page.blocks)
        if free[at] and b.probabilities[_BODY] >= page.body_threshold and is_sentence(b.text)
    ]
    exposed: set[int] = set()
    for at, parts in enumerate(drafts):
        if any(d.label in FURNITURE for d in parts):
            exposed.update(range(at - _SHELTER, at + _SHELTER + 1))
    inside = range(stays[0] + 1, stays[-1]) if stays else range(0)
    sheltered = {at for at in inside if free[at] and at not in exposed} | _lists(page, free, exposed)
    for at in range(1, len(page.blocks)):
        before = page.blocks[at - 1]
        stays_before = free[at - 1] and (
            at - 1 in sheltered or before.probabilities[_BODY] >= page.body_threshold
        )
        if stays_before and free[at] and goes_on(before.text, page.blocks[at].text):
            sheltered.add(at)
    return sheltered


_SHELTER = 5


def _lists(page: Page, free: Sequence[bool], exposed: set[int]) -> set[int]:
    """Lines of long lists of which the model keeps most: nominees, results, firms. They stay or go together.

    A list is eight short lines and more one after the other, none of them claimed by a rule, nor near
    what rules removed.
    """
    stay: set[int] = set()
    run: list[int] = []
    for at, block in enumerate((*page.blocks, None)):
        if (
            block is not None
            and free[at]
            and at not in exposed
            and len(block.text) <= _LIST_LINE
            and not is_sentence(block.text)
        ):
            run.append(at)
            continue
        kept = sum(page.blocks[n].probabilities[_BODY] >= page.body_threshold for n in run)
        if len(run) >= _LIST_LINES and kept >= _LIST_KEPT * len(run):
            stay.update(run)
        run = []
    return stay


_LIST_LINE, _LIST_LINES, _LIST_KEPT = 90, 8, 0.4


def _follows_marker(at: int, blocks: Sequence[Block], drafts: Sequence[list[Draft]]) -> str:
    """The rule of a caption marker that is all of the block before, if this block can be its words."""
    if at == 0 or len(blocks[at].text) > _CAPTION_RUN:
        return ""
    before = drafts[at - 1]
    if len(before) == 1 and before[0].label == "caption" and before[0].part == "marker":
        return before[0].rule
    return ""


def _whole(block: Block, vote: Vote | None, marker: str, body_threshold: float) -> Draft:
    """Decide a block that no rule has claimed anything of."""
    end = len(block.text)
    probabilities = block.probabilities
    likely = _LIKELY_BODY_LINE if block.kind == "line" else _LIKELY_BODY
    if vote is not None and not (vote.guess and probabilities and probabilities[_BODY] >= likely):
        return Draft(
            0, end, vote.label, vote.rule, probabilities[_FIELD] if vote.guess and probabilities else 0.9
        )
    if marker:
        return Draft(0, end, "caption", marker, 0.9, "words")
    if block.kind == "caption":
        return Draft(0, end, "caption", "structure:figure", 0.95, _caption_part(block))
    if not probabilities:
        return Draft(0, end, "paragraph", "", 1.0)
    if probabilities[_BODY] >= body_threshold or (
        probabilities[_BODY] >= body_threshold * _SENTENCE
        and block.kind == "line"
        and is_sentence(block.text)
    ):
        return Draft(0, end, "paragraph", "", probabilities[_BODY])
    best = probabilities.index(max(probabilities[_FIELD:]), _FIELD)
    if best == _CAPTION:
        return Draft(0, end, "caption", "model:caption", 1 - probabilities[_BODY], "words")
    name = field_kind(block) if best == _FIELD else _furniture(block)
    return Draft(0, end, name, f"model:{CLASSES[best]}", 1 - probabilities[_BODY])


def _caption_part(block: Block) -> str:
    """Whether a block of a picture is its words or, by its own class, its credit."""
    own = block.hints.own
    credit = not own.isdisjoint(("credit", "credits")) and (
        block.hints.tag in _INLINE or "caption" not in own
    )
    return "credit" if credit else "words"


_INLINE: Final = frozenset({"span", "small", "font"})


def _lines(block: Block, draft: Draft) -> list[Draft]:
    """A run of links that stays, link by link."""
    ends = list(accumulate((len(line) + 1 for line in block.text.split("\n")), initial=0))
    return [draft._replace(start=a, end=b - 1) for a, b in pairwise(ends)]


def _rest(block: Block, draft: Draft, body_threshold: float) -> Draft:
    """Decide what a rule left of a block that it cut; the model saw the block as a whole."""
    if block.kind == "caption":
        return draft._replace(label="caption", rule="structure:figure", score=0.95, part="words")
    probabilities = block.probabilities
    if not probabilities or probabilities[_BODY] >= body_threshold:
        return draft._replace(label="paragraph", score=probabilities[_BODY] if probabilities else 1.0)
    if probabilities[_CAPTION] > probabilities[_FURNITURE]:
        return draft._replace(
            label="caption", rule="model:caption", score=1 - probabilities[_BODY], part="words"
        )
    return draft._replace(label=_furniture(block), rule="model:furniture", score=1 - probabilities[_BODY])


def _claimed_share(block: Block) -> float:
    """Share of the block's characters that rules claim as furniture, at least; overlaps count once, by the longest."""
    return max((m.end - m.start for m in block.marks if m.label in FURNITURE), default=0) / max(
        1, len(block.text)
    )


def _furniture(block: Block) -> str:
    """The kind of furniture where only the model says that it is some."""
    return _OF_REGION.get(block.hints.region, "other_boilerplate")


_OF_REGION: Final = {
    "nav": "nav",
    "header": "nav",
    "footer": "nav",
    "form": "contact_form",
    "aside": "related",
}


def _spans(page: Page, number: int, parts: list[Draft], kind: str) -> list[Span]:
    """Put drafts where they lie in the page's text, trimmed of white space on both sides."""
    block = page.blocks[number]
    if (
        len(parts) == 1
        and parts[0].end - parts[0].start == len(block.text)
        and block.text == block.text.strip() != ""
    ):
        return [_span(block, number, parts[0], kind, block.start, block.end)]
    trimmed = []
    for d in parts:
        piece = block.text[d.start : d.end]
        body = piece.strip()
        if body:
            start = d.start + len(piece) - len(piece.lstrip())
            trimmed.append(d._replace(start=start, end=start + len(body)))
    if len(trimmed) == 1:
        places = [block.start, block.end]
    else:
        cuts = [cut for d in trimmed for cut in (d.start, d.end)]
        raw = page.text[block.start : block.end]
        places = [block.start + cut for cut in align(raw, block.text, cuts)]
        if places:
            places[0], places[-1] = block.start, block.end
        for n in range(2, len(places), 2):  # what repair took from between two stretches is the first one's
            places[n - 1] += len(page.text[places[n - 1] : places[n]].rstrip())
    return [_span(block, number, d, kind, places[2 * n], places[2 * n + 1]) for n, d in enumerate(trimmed)]


def _unseen(block: Block) -> Span:
    """The record of a block of characters that no reader sees: repair took them all."""
    return Span(block.start, block.end, "", "other_boilerplate", False, "repair:nothing-visible", 1.0, -1)


def _span(block: Block, number: int, d: Draft, kind: str, start: int, end: int) -> Span:
    label = kind if d.label == "paragraph" else d.label
    kept = label in BODY or (d.part != "marker" and label in _KEPT_FIELDS)
    text = block.text[d.start : d.end]
    return _new(Span, (start, end, text, label, kept, d.rule, d.score, number, d.part, block.hints.media))


_KEPT_FIELDS = frozenset({"section", "title", "byline", "dateline", "caption"})
