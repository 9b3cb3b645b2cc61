"""From segments to lines: what a page gets from the segment model, line by line, and which documents need a closer look."""

import numpy as np
import pytest

from copydesk.schemas.labels import BODY, FIELDS
from copydesk.schemas.page import Mark
from copydesk.tasks.model.segment_classifier import _doubtful, _probabilities
from copydesk.tasks.model.segment_decision import LEAN, removals
from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Classified

Row = tuple[int, int, int, dict[str, float]]
"""Line, start, end, probabilities of some labels, in parts of 8,192 as the model gives them."""


def classified(documents: list[list[Row]]) -> Classified:
    rows = [row for document in documents for row in document]
    probabilities = np.zeros((len(rows), len(LABELS)), np.float32)
    for at, (_, _, _, known) in enumerate(rows):
        for label, value in known.items():
            probabilities[at, LABELS.index(label)] = value / 8192
    body = sum(probabilities[:, LABELS.index(label)] for label in BODY) + np.zeros(len(rows))
    line, start, end = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    bounds = np.cumsum([0, *map(len, documents)])
    return Classified(bounds, line, start, end, probabilities, body)


FIRST: list[Row] = [
    (0, 0, 10, {"paragraph": 8192}),
    (0, 10, 40, {"related": 6144, "paragraph": 1024, "subheading": 1024}),
    (2, 0, 7, {"caption": 4096, "byline": 2048, "title": 1024, "list_item": 1024}),
]
SECOND: list[Row] = [(0, 0, 3, {"dateline": 8192})]
TEXTS = [FlatText(["a" * 40, "\x00", "b" * 7]), FlatText([]), FlatText(["c" * 3])]


def test_probabilities_of_a_line_are_the_means_of_its_segments_by_characters() -> None:
    """Body, field, caption, furniture: 10 characters of body and 30 with a quarter of body give 17.5 of 40."""
    found = _probabilities(classified([FIRST, [], SECOND]), TEXTS)
    assert found == [
        (17.5 / 40, 0.0, 0.0, 22.5 / 40),
        (1.0, 0.0, 0.0, 0.0),  # a line without segments counts as body
        (0.125, 0.375, 0.5, 0.0),
        (0.0, 1.0, 0.0, 0.0),
    ]
    assert all(type(value) is float for row in found for value in row)


def test_probabilities_are_the_same_whatever_stands_beside_a_document() -> None:
    together = _probabilities(classified([FIRST, [], SECOND]), TEXTS)
    alone = [
        _probabilities(classified([rows]), [text])
        for rows, text in zip((FIRST, [], SECOND), TEXTS, strict=True)
    ]
    assert together == [row for rows in alone for row in rows]


def test_fields_are_all_that_become_columns_but_captions() -> None:
    for label in LABELS:
        (row,) = _probabilities(classified([[(0, 0, 4, {label: 8192})]]), [FlatText(["word"])])
        expected = (
            "body"
            if label in BODY
            else "caption"
            if label == "caption"
            else "field"
            if label in FIELDS
            else "other"
        )
        assert row.index(1.0) == ("body", "field", "caption", "other").index(expected), label


@pytest.mark.parametrize("body", [0, 4096, int(LEAN * 8192) - 1, int(LEAN * 8192) + 1, 8192])
@pytest.mark.parametrize("other", [label for label in LABELS if label not in BODY])
def test_nothing_goes_of_a_document_without_doubts(body: int, other: str) -> None:
    rows: list[Row] = [(0, 0, 20, {"paragraph": 8192}), (0, 20, 40, {"paragraph": body, other: 8192 - body})]
    found, text = classified([rows]), FlatText(["It rained all day. Photo by Anna Berg."])
    (doubtful,) = _doubtful(found, [text])
    assert doubtful == (body < LEAN * 8192)
    assert doubtful or removals(text.lines, found.of(0)) == []


def test_a_rule_that_matches_is_a_doubt() -> None:
    found = classified([[(0, 0, 4, {"paragraph": 8192})]] * 2)
    texts = [FlatText(["word"], [[Mark(0, 4, label, "r")]]) for label in ("share", "paragraph")]
    assert _doubtful(found, texts) == [True, False]


def test_documents_without_segments_have_no_doubts() -> None:
    assert _doubtful(classified([[], []]), [FlatText([]), FlatText(["\x00"])]) == [False, False]
