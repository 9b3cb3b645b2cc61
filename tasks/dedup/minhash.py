"""Compute signatures of texts: the share of equal bytes estimates the share of common shingles.

A shingle is a sequence of `near_shingle` words. The similarity of two texts is the share of their shingles
that they have in common (Jaccard, Broder 1997). The signature estimates it from `near_permutations` bytes:
MinHash by rensa (Fast Similarity Sketching, Dahlgaard et al. 2017), keeping the lowest byte of each value
(b-bit minwise hashing, Li and König 2010). A signature depends only on its text.

Engines measured on texts of 4,000 characters, 128 permutations, shingles already hashed, in microseconds of
CPU per text: rensa 0.5: 6; datasketch 2.0: 290 (its old scheme: 960) with 113 MB of scipy and 0.8 s to
import. Standard error of the estimate over 300 random pairs at similarities of 0.3, 0.6 and 0.8: rensa 0.025
to 0.046, datasketch 0.033 to 0.044, in theory 0.035 to 0.043. Keeping one byte of four costs 0.0003. gaoya
keeps no signatures, only its own index in memory. With the hashing of the shingles, a text of 4,000
characters takes 85 microseconds.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from copydesk.schemas.settings import Settings

if TYPE_CHECKING:
    from rensa import RMinHash
else:
    # Its allocator reserves 1 GiB of address space when it is loaded: half of what a worker may have.
    before = os.environ.get("MIMALLOC_ARENA_RESERVE")
    os.environ["MIMALLOC_ARENA_RESERVE"] = before or "16MiB"
    from rensa import RMinHash

    if before is None:
        del os.environ["MIMALLOC_ARENA_RESERVE"]

BAND: Final = 4
"""Number of bytes of a signature that are looked up together. A pair of similarity s shares a band of 32 with
a probability of 1 - (1 - s^4)^32: 0.99 at 0.6, 0.87 at 0.5, 0.05 at 0.2, and 0.003 at 0.1."""
SHORT: Final = 40
"""For a body of fewer words the headline counts as well, as in "This video is no longer available."
"""
LONGEST: Final = 1 << 17
"""Maximum number of letters and digits of a text that count. About 20,000 words, and 5 ms."""
_SEED: Final = 20_161_122
_MASK: Final = (1 << 64) - 1
_BASE: Final = 0x9E3779B97F4A7C15
_CODES: Final = 0x40000
"""Characters from here on are neither letters nor digits: tags, variation selectors, private use."""
_ALONE: Final = (
    (0x3040, 0x3100),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xF900, 0xFB00),
    (0x20000, 0x40000),
)
"""Kana and Han, written without spaces: each character is a word."""


def scheme(settings: Settings) -> str:
    """Return everything that comparable signatures must share, and the threshold of the comparison."""
    parts = (1, RMinHash.ALGORITHM_VERSION, settings.near_permutations, settings.near_shingle)
    return "-".join(map(str, (*parts, settings.near_threshold)))


def settings_of(known: str, settings: Settings) -> Settings:
    """Return the settings that a scheme encodes; other settings stay.

    For an outdated scheme, turn the search off.

    >>> settings_of(scheme(Settings(near_shingle=3)), Settings()).near_shingle, settings_of("", Settings()).near_duplicates
    (3, False)
    """
    *_, permutations, shingle, threshold = known.split("-") if known else ("0", "0", "0")
    found = replace(
        settings,
        near_duplicates=True,
        near_permutations=int(permutations),
        near_shingle=int(shingle),
        near_threshold=float(threshold),
    )
    return found if scheme(found) == known else replace(settings, near_duplicates=False)


def sign(texts: Sequence[tuple[str, str]], settings: Settings) -> list[bytes]:
    """Return the signatures of articles, each given as headline and body; b"" for one without words.

    >>> a, b = sign([("", "A dog bit a man in the port."), ("", "a DOG bit a man, in the port")], Settings())
    >>> a == b, len(a), sign([("", "***")], Settings())
    (True, 128, [b''])
    """
    found = [_hashes(title, body, settings.near_shingle) for title, body in texts]
    bounds = np.cumsum([0, *map(len, found)], dtype=np.uint64)
    flat = np.concatenate([np.zeros(0, np.uint64), *found])
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(flat, bounds, settings.near_permutations, _SEED)
    values = np.array(matrix.to_rows(), np.uint32).reshape(len(found), settings.near_permutations)
    rows = values.astype(np.uint8)
    return [row.tobytes() if len(hashes) else b"" for row, hashes in zip(rows, found, strict=True)]


def prepare() -> None:
    """Build the tables, 25 ms of CPU, before a process is forked.

    The engine is not loaded: its threads would not exist in the child.
    """
    _classes()
    _powers(inverse=False)
    _powers(inverse=True)


def equal_bytes(threshold: float, permutations: int) -> int:
    """Return the minimum number of equal bytes for a similarity of `threshold`.

    >>> equal_bytes(1.0, 128), equal_bytes(0.5, 128)
    (128, 65)
    """
    exact = (threshold * (1 - 1 / 256) + 1 / 256) * permutations
    return int(np.ceil(exact - 1e-9))


def _hashes(title: str, body: str, length: int) -> Any:
    """Return a hash of each sequence of `length` words, or of all words together if there are fewer."""
    starts, sums = _shingle_words(body)
    if len(starts) <= SHORT and title:
        starts, sums = _shingle_words(f"{title}\n{body}")
    if len(starts) < 2:
        return np.zeros(0, np.uint64)
    length = min(length, len(starts) - 1)
    first, last = starts[:-length], starts[length:]
    return _mixed((sums[last] - sums[first]) * _powers(inverse=True)[first])


def _shingle_words(text: str) -> tuple[Any, Any]:
    """Return the start of each word among the letters and digits, and prefix sums of a polynomial hash.

    The number of letters and digits follows the last start. The hash of any sequence of words is one
    subtraction of the sums.
    """
    # Don't convert ten million characters to lower case when only the beginning counts.
    codes = np.frombuffer(text[: 4 * LONGEST].lower().encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.minimum(codes, _CODES)
    of_word, alone = _classes()
    places = np.flatnonzero(of_word[codes])[:LONGEST]
    if not len(places):
        return np.zeros(0, np.int64), np.zeros(1, np.uint64)
    codes = codes[places]
    begins = np.ones(len(places), bool)
    begins[1:] = np.diff(places) > 1
    if codes.max() >= _ALONE[0][0]:
        single = alone[codes]
        begins |= single
        begins[1:] |= single[:-1]
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * _powers(inverse=False)[: len(codes)], out=sums[1:])
    return np.append(np.flatnonzero(begins), len(codes)), sums


def _mixed(values: Any) -> Any:
    """Spread the bits of 64-bit values (the finalizer of MurmurHash3)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        values = (values ^ (values >> np.uint64(33))) * np.uint64(factor)
    return values ^ (values >> np.uint64(33))


@cache
def _classes() -> tuple[Any, Any]:
    """Return for each character whether it is a letter or digit, and whether it is a word by itself."""
    of_word = np.zeros(_CODES + 1, bool)
    of_word[:_CODES] = [chr(code).isalnum() for code in range(_CODES)]
    alone = np.zeros(_CODES + 1, bool)
    for start, end in _ALONE:
        alone[start:end] = True
    return of_word, alone


@cache
def _powers(*, inverse: bool) -> Any:
    """Return the powers of the hash's base modulo 2^64, or of its inverse.

    Dividing by a power makes a hash independent of its position.
    """
    base = np.uint64(pow(_BASE, -1, _MASK + 1) if inverse else _BASE)
    powers = np.full(LONGEST + 1, base)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)
