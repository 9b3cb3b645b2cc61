"""How removed segments of a line meet what rules and structure decided."""

import pytest

from copydesk.schemas.page import Removal
from copydesk.tasks.label.claims import Draft
from copydesk.tasks.label.segments import with_segments

LINE = Draft(0, 100, "paragraph", "", 0.9)
MIDDLE = Removal(0, 40, 60, "related", "model:segment", 0.97)
REST = MIDDLE._replace(start=60, end=100)


def shape(parts: list[Draft]) -> list[tuple[int, int, str]]:
    return [(part.start, part.end, part.label) for part in parts]


@pytest.mark.parametrize(
    ("removals", "expected"),
    [
        ([], [(0, 100, "paragraph")]),
        ([MIDDLE], [(0, 40, "paragraph"), (40, 60, "related"), (60, 100, "paragraph")]),
        ([MIDDLE, REST], [(0, 40, "paragraph"), (40, 100, "related")]),
        ([MIDDLE, REST._replace(label="ad")], [(0, 40, "paragraph"), (40, 60, "related"), (60, 100, "ad")]),
        ([MIDDLE._replace(start=0, end=100)], [(0, 100, "related")]),
    ],
)
def test_segments_are_cut_out_of_what_would_stay(
    removals: list[Removal], expected: list[tuple[int, int, str]]
) -> None:
    """The rest of the line stays as it is, and neighbours of one kind are one stretch."""
    assert shape(with_segments([LINE], removals)) == expected


def test_what_a_rule_decided_is_left_alone() -> None:
    """A removal that reaches into a stretch of a rule takes only what the rule left."""
    parts = [Draft(0, 50, "share", "en_share/x/y", 1.0), Draft(50, 100, "paragraph", "", 0.9)]
    expected = [(0, 50, "share"), (50, 60, "related"), (60, 100, "paragraph")]
    assert shape(with_segments(parts, [MIDDLE])) == expected


def test_a_rule_is_not_outvoted() -> None:
    """Text that a rule matches goes, even if the line looks like body."""
    line = Draft(0, 100, "share", "en_share/x/y", 1.0)
    assert shape(with_segments([line], [MIDDLE])) == [(0, 100, "share")]
