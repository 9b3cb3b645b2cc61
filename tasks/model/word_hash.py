"""The hash by which both models know words: that of the letters, each with the weight of its place."""

from functools import cache
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

LONGEST: Final = 24
"""Letters of a word that have a weight of their own. Letters after them share the last weight."""
_PRIME: Final = 1099511628211
"""The 64-bit prime of FNV: http://www.isthe.com/chongo/tech/comp/fnv/."""


@cache
def letter_weights() -> Array:
    """Return the weights of a word's letters in its hash: uint64 [LONGEST + 1], the powers of a prime modulo 2^64."""
    powers = [1]
    for _ in range(LONGEST):
        powers.append(powers[-1] * _PRIME % (1 << 64))
    return np.array(powers, np.uint64)
