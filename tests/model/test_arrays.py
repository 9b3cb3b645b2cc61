"""Numbers among known ones: what numpy answers, without the part of it that takes long to load."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from copydesk.tasks.model.arrays import is_among

NUMBERS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=20)


@given(NUMBERS, NUMBERS)
def test_is_among_is_isin(values: list[int], known: list[int]) -> None:
    """None, some and all, numbers that repeat, and the largest that 64 bits hold."""
    some, others = np.array(values, np.uint64), np.array(known, np.uint64)
    assert is_among(some, others).tolist() == np.isin(some, others).tolist()
