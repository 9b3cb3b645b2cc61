"""Removals from flat text: a table of small documents with invented probabilities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas import labels
from copydesk.schemas.page import Mark
from copydesk.tasks.model.segment_decision import (
    CAPITALS,
    COPY,
    LEAN,
    LEAN_BEFORE,
    MODEL,
    RUN,
    SURE,
    VETO,
    claimed,
    removals,
)
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.sequence import Segment

Part = tuple[str, float, str]
"""Text, probability of body, and the label that has the rest."""

BODY = ("The board met on Tuesday and put off the plan for the quay. ", 0.99, "related")
MORE = ("Fishermen had asked for it in spring, and again in May. ", 0.99, "related")
TEASER = ("Read more: Floods ", SURE / 2, "related")
LEANS = ("Tennis champion wins again ", LEAN - 0.01, "related")
LEANS_MORE = ("Tennis champion wins again ", LEAN_BEFORE - 0.01, "related")
LOUD = ("JUDGE HALTS THREE COUNTIES FROM ERASING MACHINE DATA ", 0.99, "related")
LAST = ("A spokesman confirmed this. ", LEAN_BEFORE + 0.01, "related")


def document(lines: list[list[Part]]) -> tuple[list[str], list[Segment]]:
    texts, segments = [], []
    for number, parts in enumerate(lines):
        at = 0
        for text, body, label in parts:
            probabilities = [0.0] * len(LABELS)
            probabilities[LABELS.index("paragraph")] = body
            probabilities[LABELS.index(label)] += 1 - body
            segments.append(Segment(number, at, at + len(text), probabilities, body))
            at += len(text)
        texts.append("".join(text for text, _, _ in parts))
    return texts, segments


CASES: dict[str, tuple[list[list[Part]], list[tuple[str, str]]]] = {
    "the last word of a sentence is no button": (
        [[("They may use Google One AI ", 0.99, "paywall"), ("Premium. ", 0.06, "paywall"), MORE]], []
    ),
    "half of a name neither": ([[("They chat (in Whats", 0.99, "share"), ("App). ", 0.06, "share"), MORE]], []),
    "a button glued to the last sentence is one": (
        [[BODY, ("He left at dawn.", 0.99, "share"), ("Share", 0.06, "share")]], [("Share", MODEL)]
    ),
    "a headline in capitals between sentences is a link": ([[BODY, LOUD, MORE, BODY]], [(LOUD[0], CAPITALS)]),
    "one in a line of its own is for the labelling step": ([[BODY], [LOUD], [MORE]], []),
    "in a text of capitals it says nothing": ([[BODY, LOUD, LOUD, LOUD, MORE]], []),
    "somebody shouts": ([[BODY, ("\u201cTHIS BRIDGE WILL NEVER EVER CARRY A TRAIN\u201d ", 0.99, "related"), MORE, BODY]], []),
    "it goes on with a sentence": ([[("He read the board: ", 0.99, "related"), LOUD, BODY, MORE]], []),
    "a sentence goes on after it": ([[BODY, LOUD, ("and left. ", 0.99, "related"), MORE, BODY]], []),
    "nothing goes of a clean text": ([[BODY, MORE], [BODY]], []),
    "the model is sure": ([[BODY, TEASER, MORE]], [(TEASER[0], MODEL)]),
    "leaning alone is not enough": ([[BODY, LEANS, MORE]], []),
    "a neighbour of what goes goes with it": ([[BODY, TEASER, LEANS, MORE]], [(TEASER[0], MODEL), (LEANS[0], RUN)]),
    "also before it, and over lines": (
        [[BODY], [LEANS_MORE], [LEANS_MORE, TEASER], [MORE]],
        [(LEANS_MORE[0], RUN), (LEANS_MORE[0], RUN), (TEASER[0], MODEL)],
    ),
    "the last sentence before an opener stays": ([[BODY, LAST, TEASER, MORE]], [(TEASER[0], MODEL)]),
    "what follows a byline is more often body": (
        [[("By Anna Berg ", 0.01, "byline")], [("DUNMORE (Plains Wire) ", 0.7, "caption"), BODY]],
        [("By Anna Berg ", MODEL)],
    ),
    "the same sentence after it goes": ([[BODY, TEASER, LAST, MORE]], [(TEASER[0], MODEL), (LAST[0], RUN)]),
    "half a sentence stays with its other half": ([[("The minister ", 0.99, "nav"), ("said no. ", SURE / 2, "nav"), MORE]], []),
    "a whole sentence of two halves goes": (
        [[BODY, ("Sign up ", 0.01, "newsletter"), ("for our letter. ", SURE / 2, "newsletter"), MORE]],
        [("Sign up ", MODEL), ("for our letter. ", MODEL)],
    ),
    "what says the same as a removed segment": (
        [[TEASER], [BODY, ("READ MORE: floods ", 0.8, "related"), MORE]],
        [(TEASER[0], MODEL), ("READ MORE: floods ", COPY)],
    ),
    "one word recurs by chance": ([[("Floods ", 0.01, "related")], [BODY, ("Floods ", 0.8, "subheading"), MORE]], [("Floods ", MODEL)]),
    "what is surely body is no copy": ([[TEASER], [BODY, ("Read more: Floods ", 0.95, "related"), MORE]], [(TEASER[0], MODEL)]),
    "what follows a line that stays is looked at by itself": (
        [[BODY, MORE], [TEASER], [("A story ", 0.1, "related")], [("So there ", LEAN + 0.01, "related")], [("More ", SURE / 2, "nav")]],
        [(TEASER[0], MODEL), ("A story ", RUN), ("More ", MODEL)],
    ),
    "half a sentence of a script without capitals stays": (
        [[("이번 점검을 통해 ", 0.99, "nav"), ("관련 제도를 개선한다. ", SURE / 2, "nav"), BODY]], [],
    ),
    "a list that is most of the text stays": (
        [[BODY], *[[(f"\u2022 The harbour master wants point {n} of the plan ", SURE / 2, "related")] for n in range(9)]], [],
    ),
    "but for what is surest of it": (
        [[BODY], *[[(f"\u2022 The harbour master wants point {n} of the plan ", 0.001, "related")] for n in range(9)]],
        [(f"\u2022 The harbour master wants point {n} of the plan ", MODEL) for n in range(9)],
    ),
    "a caption needs less": ([[BODY], [("Ships in the harbour ", 0.2, "caption")], [MORE]], [("Ships in the harbour ", MODEL)]),
    "a caption that may be body stays": ([[BODY], [("Ships in the harbour ", 0.45, "caption")], [MORE]], []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_decisions(name: str) -> None:
    """Each document of the table loses what the table says, by what the table says."""
    lines, expected = CASES[name]
    texts, segments = document(lines)
    assert [(texts[r.line][r.start : r.end], r.rule) for r in removals(texts, segments)] == expected


def test_a_rule_decides_alone_and_is_named() -> None:
    """Its label and id go into the ledger, with a score of 1."""
    texts, segments = document([[BODY, ("Photo: AFP ", 0.6, "nav"), MORE]])
    mark = Mark(len(BODY[0]), len(BODY[0]) + 10, "caption", "en/credit")
    found = removals(texts, segments, [[mark]])
    assert [(r.label, r.rule, r.score) for r in found] == [("caption", "en/credit", 1.0)]


def test_the_words_of_a_caption_follow_its_marker() -> None:
    """On its line or the next; of a long line the next sentence."""
    words = ("Ships lie in the harbour. ", 0.9, "caption")
    marker = Mark(0, 13, "caption", "en/marker", "marker")
    for lines in (
        [[("Image caption ", 0.5, "caption"), words], [BODY]],
        [[("Image caption", 0.5, "caption")], [words], [BODY]],
    ):
        texts, segments = document(lines)
        found = removals(texts, segments, [[marker], [], []])
        assert [texts[r.line][r.start : r.end] for r in found] == [lines[0][0][0], words[0]]
        assert {r.rule for r in found} == {"en/marker"}
    texts, segments = document([[("Image caption ", 0.5, "caption"), words, *[BODY] * 8]])
    assert [texts[r.line][r.start : r.end] for r in removals(texts, segments, [[marker]])] == [
        "Image caption ",
        words[0],
    ]


def test_the_words_of_a_caption_stand_before_its_credit() -> None:
    """If they make a short line of their own with it."""
    credit = ("(Photo: AFP)", 0.3, "caption")
    for words, expected in (
        (("Ships lie in the harbour ", 0.9, "caption"), 2),
        (("Ships lie. " * 50, 0.9, "caption"), 1),
        (("- 9 November: Allianz Parque ", 0.9, "caption"), 0),
    ):
        texts, segments = document([[BODY], [words, credit], [MORE]])
        end = Mark(len(words[0]), len(words[0]) + 12, "caption", "en/credit", "end")
        assert len(removals(texts, segments, [[], [end], []])) == expected


def test_a_rule_for_furniture_is_not_believed_against_a_sure_model() -> None:
    """A rule that matches less than half of a segment, or a rule for body, is ignored too."""
    texts, segments = document([[BODY, MORE], [("Read on ", 0.5, "nav")]])
    whole = Mark(0, len(BODY[0]), "related", "en/see-also")
    part = Mark(0, 3, "related", "en/see-also")
    kept = Mark(0, 8, "list_item", "en/list")
    assert removals(texts, segments, [[whole], [part, kept]]) == []


def test_the_label_is_the_likeliest_that_is_no_body() -> None:
    """With the score 1 - P(body)."""
    texts, segments = document([[BODY, ("Sign up for our letter. ", 0.02, "newsletter"), MORE]])
    assert [(r.label, r.score) for r in removals(texts, segments)] == [("newsletter", 0.98)]


def test_a_document_without_segments() -> None:
    """Nothing is decided about nothing."""
    assert removals([], []) == []


SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30))
CLAIMS = st.lists(
    st.tuples(SPANS, st.sampled_from(["share", "related", "caption", "paragraph"])), max_size=12
)


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0.05, 0.5, 0.95])), max_size=12), CLAIMS)
def test_the_first_rule_that_covers_a_segment_is_the_one_that_a_plain_search_finds(
    sizes: list[tuple[int, float]], claims: list[tuple[tuple[int, int], str]]
) -> None:
    """The linear search gives the same result: each segment gets the first accepted rule over most of it."""
    segments, at = [], 0
    for size, body in sizes:
        segments.append(Segment(0, at, at + size, (), body))
        at += size
    marks = [Mark(start, start + size, label, f"rule/{n}") for n, ((start, size), label) in enumerate(claims)]

    def plain(segment: Segment) -> Mark | None:
        for mark in marks:
            doubted = mark.label in labels.FURNITURE and segment.body >= VETO
            if mark.label not in labels.BODY and not doubted:
                covered = min(mark.end, segment.end) - max(mark.start, segment.start)
                if covered > (segment.end - segment.start) / 2:
                    return mark
        return None

    assert claimed(segments, [marks]) == [plain(segment) for segment in segments]
