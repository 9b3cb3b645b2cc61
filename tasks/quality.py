"""Quality signals of a body, in the sense of Gopher, C4 and FineWeb: columns, never a filter.

Sources: Rae et al. 2021 (Gopher, table A1), Raffel et al. 2020 (C4, section 2.2), Penedo et al.
2024 (FineWeb, section 3.6). What each signal is, and where those papers put their thresholds,
stands with the column in `schemas.article.QUALITY`.
"""

import re
from collections.abc import Sequence

WORD = re.compile(r"\w+")
_STOP = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
_ENDS = tuple(".!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964\"'\u201d\u2019\u00bb\u300d")
_SHORT = 30


def quality_of(blocks: Sequence[str], words: Sequence[str], text: str) -> dict[str, float]:
    """The signals of `schemas.article.QUALITY` for a body of at least one block.

    `text` is the blocks joined, `words` its runs of letters, digits and underscores (`WORD`).
    """
    count = max(1, len(words))
    distinct = set(words)
    lines = len(blocks)
    ellipses = text.count("\u2026") + text.count("...")
    repeated = 0
    if len(set(blocks)) < lines:
        seen: set[str] = set()
        for block in blocks:
            repeated += len(block) if block in seen else 0
            seen.add(block)
    return {
        "lines": lines,
        "mean_word_length": len("".join(words)) / count,
        "alpha_word_share": 1 - sum(map(str.isdecimal, words)) / count,
        "stop_words": len(_STOP.intersection(map(str.lower, distinct))),
        "symbol_word_ratio": (text.count("#") + ellipses) / count,
        "ellipsis_line_share": sum(b.endswith(("\u2026", "...")) for b in blocks) / lines,
        "terminal_line_share": sum(b.endswith(_ENDS) for b in blocks) / lines,
        "short_line_share": sum(len(b) <= _SHORT for b in blocks) / lines,
        "duplicate_char_share": repeated / max(1, len(text)),
        "replacement_chars": text.count("\ufffd"),
    }
