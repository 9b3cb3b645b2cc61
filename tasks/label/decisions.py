"""Decide one block: by structure, then by mark-up, then by the model."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.page import CLASSES, Block
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.structure import Vote, field_kind, is_sentence

_BODY, _FIELD, _CAPTION, _FURNITURE = range(len(CLASSES))
_RULES: Final = tuple(f"model:{name}" for name in CLASSES)
_new: Final = tuple.__new__
"""Build a named tuple from all its fields, in a third of the time that keyword arguments take."""
_LIKELY_BODY = 0.4
"""From this probability of body on, a headline or section that structure only guesses stays body.

With 0.5, half of the body words were lost on unseen collections, for a fifth of the headlines found.
"""
_LIKELY_BODY_LINE = 0.95
"""The same for a line of plain text. Its segments look like body even if it is a headline: shape and place
know more."""
_SENTENCE = 0.5
"""Share of the usual threshold for a line of plain text that is a whole sentence. Readers miss such a
sentence most if it stands between two removed lines."""
_CAPTION_RUN = 300
"""Most characters of a line that becomes the words of a caption, after a line that is only a marker."""


def follows_marker(at: int, blocks: Sequence[Block], drafts: Sequence[list[Draft]]) -> str:
    """Return the rule of a caption marker that fills the block before, if this block can be its words."""
    if at == 0 or len(blocks[at].text) > _CAPTION_RUN:
        return ""
    before = drafts[at - 1]
    if len(before) == 1 and before[0].label == "caption" and before[0].part == "marker":
        return before[0].rule
    return ""


def whole(block: Block, vote: Vote | None, marker: str, body_threshold: float) -> Draft:
    """Decide a block without any claim of a rule."""
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
        return _new(Draft, (0, end, "paragraph", "", probabilities[_BODY], ""))
    name, rule, part = by_model(block)
    return _new(Draft, (0, end, name, rule, 1 - probabilities[_BODY], part))


def by_model(block: Block) -> tuple[str, str, str]:
    """Return label, rule and part of a block that the model classifies as other than body."""
    _, field, caption, furniture = block.probabilities
    if furniture > field and furniture > caption:
        return _furniture(block), _RULES[_FURNITURE], ""
    if caption > field:
        return "caption", _RULES[_CAPTION], "words"
    return field_kind(block), _RULES[_FIELD], ""


def _caption_part(block: Block) -> str:
    """Return whether a block of a picture is its words or, by its own class, its credit."""
    own = block.hints.own
    credit = not own.isdisjoint(("credit", "credits")) and (
        block.hints.tag in _INLINE or "caption" not in own
    )
    return "credit" if credit else "words"


_INLINE: Final = frozenset({"span", "small", "font"})


def lines(block: Block, draft: Draft) -> list[Draft]:
    """Split a run of links that stays into its links."""
    ends = list(accumulate((len(line) + 1 for line in block.text.split("\n")), initial=0))
    return [draft._replace(start=a, end=b - 1) for a, b in pairwise(ends)]


def line_by_line(block: Block, parts: Sequence[Draft]) -> list[Draft]:
    """Cut what stays of a block where its lines end (`Hints.breaks`). Whatever goes is left as it is.

    Another line than that of the body text before it has the part `line`.
    """
    out: list[Draft] = []
    breaks, before = block.hints.breaks, -1
    for draft in parts:
        if draft.label != "paragraph":
            out.append(draft)
            continue
        first, last = bisect_right(breaks, draft.start), bisect_left(breaks, draft.end)
        cuts = breaks[first:last]
        further = before >= 0 and first > bisect_left(breaks, before)
        for start, end in pairwise((draft.start, *cuts, draft.end)):
            begins = further or start > draft.start
            out.append(draft._replace(start=start, end=end, part="line" if begins else draft.part))
        before = draft.end
    return out


def rest(block: Block, draft: Draft, body_threshold: float) -> Draft:
    """Decide the rest of a block that a rule cut. The model rated the block as a whole."""
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


def claimed_share(block: Block) -> float:
    """Return the least share of the block's characters that rules claim as furniture.

    The longest claim alone counts.
    """
    return max((m.end - m.start for m in block.marks if m.label in FURNITURE), default=0) / max(
        1, len(block.text)
    )


def _furniture(block: Block) -> str:
    """Return the kind of furniture if only the model classified the block as furniture."""
    return _OF_REGION.get(block.hints.region, "other_boilerplate")


_OF_REGION: Final = {
    "nav": "nav",
    "header": "nav",
    "footer": "nav",
    "form": "contact_form",
    "aside": "related",
}
