"""Places in repaired text find their place in the text as it came."""

from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.text.alignment import align


@given(st.text(max_size=60))
def test_unchanged_text_maps_to_itself(text: str) -> None:
    """Nothing was repaired, nothing moves."""
    cuts = list(range(len(text) + 1))
    assert align(text, text, cuts) == cuts


@given(st.text(alphabet="ab\u00e2\u20ac ", max_size=60), st.text(alphabet="ab\u2019 ", max_size=60))
def test_the_order_holds_and_the_ends_meet(raw: str, repaired: str) -> None:
    """For any two texts, offsets ascend and lie in the text, and the last one is the end."""
    found = align(raw, repaired, list(range(len(repaired) + 1)))
    assert found == sorted(found)
    assert found[-1] == len(raw)
    assert found[0] >= 0


def test_a_cut_behind_a_repair_is_exact() -> None:
    """The letters on both sides of a repair anchor it."""
    raw = "It\u00e2\u20ac\u2122s over, she said. Share this"
    repaired = "It\u2019s over, she said. Share this"
    at = repaired.index("Share")
    assert align(raw, repaired, [at]) == [raw.index("Share")]


def test_two_repairs_with_a_cut_between_them() -> None:
    """Between two repairs the equal stretch decides."""
    raw, repaired = "caf\u00c3\u00a9 Email na\u00c3\u00afve", "caf\u00e9 Email na\u00efve"
    assert align(raw, repaired, [repaired.index("Email")]) == [raw.index("Email")]
