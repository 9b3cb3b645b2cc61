"""Cutting lines into segments: glued furniture is cut off, and cuts never lose or add text."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.model.segments import boundaries, code_points, cuts, known_classes

CUT = {
    "glued after a full stop": ["It rained, says the mayor.", "Read more: Floods"],
    "glued after a question": ["Who pays?", "Share this article"],
    "glued after a quotation": ["\u201cWe are safe.\u201d", "Related: Floods"],
    "two words grown together": ["Media caption", "US Secretary of State"],
    "a number grown together with a word": ["7 May 2013", "Last updated at 18:47"],
    "capitals grown together with a word": ["UPDATES", "Share this page"],
    "an article grown together": ["to fight the fire efforts", "A hungry herd"],
    "a quotation grown together": ["his city's show-offishness", '"It just feels cheesy'],
    "a film's number grown together": ["(FARC) fighters.", "190118182118648"],
    "capitals between sentences": ["He was there. ", "BIDEN PICKS A NEW CHIEF OF STAFF ", "Biden said so."],
    "an advertisement between sentences": ["Tanie auto. ", "REKLAMA ", "Nowe auto kosztuje."],
    "Chinese": ["\u4ed6\u8bf4\u3002", "\u4eca\u5929\u597d\u3002", "\u76f8\u5173\u9605\u8bfb"],
    "Hindi": [
        "\u092f\u0939 \u0918\u0930 \u0939\u0948\u0964 ",
        "\u092f\u0939 \u092d\u0940 \u092a\u0922\u093c\u0947\u0902",
    ],
    "Urdu": [
        "\u06cc\u06c1 \u06af\u06be\u0631 \u06c1\u06d2\u06d4 ",
        "\u0645\u0632\u06cc\u062f \u067e\u0691\u06be\u06cc\u06ba",
    ],
    "Arabic, glued": [
        "\u0647\u0630\u0627 \u0628\u064a\u062a.",
        "\u0627\u0642\u0631\u0623 \u0623\u064a\u0636\u0627",
    ],
    "a bar": ["Home ", "| News ", "| Sport"],
    "a bullet": ["One thing ", "\u2022 another thing"],
    "two blanks": ["He left.  ", "Photo Reuters  ", "She stayed"],
    "square brackets": ["Dia pergi. ", "[Gambas:Video 20detik] ", "Dia pulang."],
    "a dash with blanks": ["Quay closed ", "- The Daily Quay"],
    "an emoji": ["Good night. ", "\U0001f449 Read also this"],
    "Thai, whose sentences end with a blank": [
        "\u0e02\u0e48\u0e32\u0e27\u0e27\u0e31\u0e19\u0e19\u0e35\u0e49 ",
        "\u0e2d\u0e48\u0e32\u0e19\u0e15\u0e48\u0e2d",
    ],
}

WHOLE = {
    "a title before a name": "It was Sen. Warren and Mr. Biden who came",
    "an initial": "It was Joseph R. Biden who came",
    "an abbreviation before a small letter": "the U.S. government, e.g. the senate",
    "a number with a point": "It rose by 5.30 per cent",
    "an acronym in a sentence": "The COVID vaccine of the WHO is free",
    "a name with capitals inside": "iPhone users of McDonald came",
    "an explanation in brackets": "The World Health Organization (WHO) said so",
    "a compound with a hyphen": "a well-known Anglo-French plan",
    "a mail address": "write to anna.berg@example.com soon",
    "Korean with a point between nouns": "\uad6d\ub0b4\u00b7\uc678 \uae30\uc5c5",
}


@pytest.mark.parametrize("parts", CUT.values(), ids=CUT)
def test_a_cut_stands_where_two_kinds_of_text_meet(parts: list[str]) -> None:
    """Each part is a segment."""
    line = "".join(parts)
    edges = [0, *cuts(line), len(line)]
    assert [line[a:b] for a, b in pairwise(edges)] == parts


@pytest.mark.parametrize("line", WHOLE.values(), ids=WHOLE)
def test_no_cut_stands_inside_a_sentence(line: str) -> None:
    """Half sentences are hard to judge, and are lost one by one."""
    assert cuts(line) == []


def test_what_a_rule_knows_is_a_segment() -> None:
    """No sign tells where the opener ends, but a rule does."""
    line = "7 May 2013 Last updated at 18:47 BST It is late"
    assert cuts(line, [(11, 36)]) == [11, 37]


@given(st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=80))
def test_cuts_are_in_order_inside_the_line_and_before_something(line: str) -> None:
    """There is none at the start, at the end, at a space, and none twice."""
    found = cuts(line)
    assert found == sorted(set(found))
    assert all(0 < at < len(line) and not line[at].isspace() and line[:at].strip() for at in found)


@given(
    st.lists(
        st.text(alphabet='abC .!?\u3002\u201d"|-(A1\u4e2d', min_size=1, max_size=30), min_size=1, max_size=5
    )
)
def test_lines_can_be_cut_together(lines: list[str]) -> None:
    """A line's cuts are the same alone and beside others."""
    codes = code_points("\n".join(lines))
    together = boundaries(codes, known_classes(codes))
    at = 0
    for line in lines:
        alone = code_points(line)
        expected = np.flatnonzero(boundaries(alone, known_classes(alone)))
        first = len(line) - len(line.lstrip())
        assert [n for n in np.flatnonzero(together[at : at + len(line)]) if n > first] == [
            n for n in expected if n > first
        ]
        at += len(line) + 1


def test_time_is_linear_in_the_line() -> None:
    """A line of two megabytes takes no longer, three times over, than the same in lines of a hundred characters."""
    piece = "He said so.Read more: \u201cFloods\u201d | THE END OF IT A dog (big) - "

    def seconds(text: str) -> float:
        codes = code_points(text)
        classes = known_classes(codes)
        began = time.process_time()
        boundaries(codes, classes)
        return time.process_time() - began

    seconds(piece * 1000)
    assert seconds(piece * 40_000) < 3 * seconds((piece + "\n") * 40_000) + 0.05
