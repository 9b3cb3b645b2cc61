"""Score the segment model on labelled texts of a fold that it was not trained on.

    python -m copydesk.tasks.model.training.segments.evaluate tasks/model/segments.4.npz --hold 4 [--shared ../shared] [--no-rules]

It counts words, by threshold, label, language and place. Rules are not held out: their authors read these
texts. So `--no-rules` gives the honest figure for the model, and the split `check`, scored with `score.py` on
a dataset, the honest one for both.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

import copydesk.tasks.model.segment_decision as decision
from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Segment, SegmentModel
from copydesk.tasks.model.training.segments.examples import fold_of, marks_of
from copydesk.tasks.model.training.segments.pieces import (
    SETS,
    WORD,
    Draft,
    labelled_texts,
    lay,
    with_language,
)

Array = np.ndarray[Any, Any]

_NAMES: Final = tuple(SETS)
_THRESHOLDS: Final = (
    0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9,
)  # fmt: skip
"""For a single segment. The threshold for its neighbours is half-way from there to 0.9."""


class Weighed(NamedTuple):
    """A labelled document with its classified segments."""

    draft: Draft
    lines: list[str]
    words: list[list[tuple[int, str]]]
    """For each line, where each word begins and its label."""
    marks: list[Any]
    segments: list[Segment]


def weighed(drafts: Iterable[Draft], model: SegmentModel, with_rules: bool) -> list[Weighed]:
    """Classify labelled documents."""
    out = []
    for draft in drafts:
        laid = lay(draft.pieces)
        words = [
            [(found.start(), _NAMES[codes[found.start()]]) for found in WORD.finditer(line)]
            for line, codes in zip(laid.lines, laid.codes, strict=True)
        ]
        marks = marks_of(laid.lines) if with_rules else [() for _ in laid.lines]
        segments = model.classify([FlatText(laid.lines, marks)])[0]
        out.append(Weighed(draft, laid.lines, words, marks, segments))
    return out


def count(documents: Sequence[Weighed]) -> tuple[dict[tuple[str, str], Counter[str]], Counter[str]]:
    """Count kept and removed words by kind of row and its name, e.g. (`label`, `related`).

    And changed clean documents.
    """
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    clean: Counter[str] = Counter()
    for document in documents:
        gone: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for removal in decision.removals(document.lines, document.segments, document.marks):
            gone[removal.line].append((removal.start, removal.end))
        lost, furniture = 0, 0
        for number, words in enumerate(document.words):
            labels = {label for _, label in words}
            place = (
                "giant line"
                if len(document.lines) == 1
                else "glued"
                if labels & BODY and labels - BODY
                else "own line"
            )
            for at, label in words:
                removed = any(start <= at < end for start, end in gone[number])
                kind = "body" if label in BODY else "furniture" if label in FURNITURE else label
                outcome = "removed" if removed else "kept"
                for row in (
                    ("class", kind),
                    ("label", label),
                    (f"place of {kind}", place),
                    (f"language of {kind}", document.draft.language),
                ):
                    rows[row][outcome] += 1
                lost += removed and kind == "body"
                furniture += kind in ("furniture", "caption")
        if not furniture:
            clean["documents"] += 1
            clean["touched"] += bool(lost)
    return rows, clean


def main() -> None:
    """Print the curve, then rows at the shipped thresholds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("--hold", type=int, required=True)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--no-rules", action="store_true")
    args = parser.parse_args()
    texts = labelled_texts(args.shared / "eval/text/more.jsonl")
    held = [with_language(draft) for draft in texts if fold_of(draft.group) == args.hold]
    documents = weighed(held, SegmentModel.load(args.weights), not args.no_rules)
    sure, lean = decision.SURE, decision.LEAN
    for threshold in _THRESHOLDS:
        decision.SURE, decision.LEAN = threshold, max(threshold, (threshold + 0.9) / 2)  # type: ignore[misc]
        rows, clean = count(documents)
        print(f"{threshold:.2f}", _shares(rows), f"touched {clean['touched']} of {clean['documents']}")
    decision.SURE, decision.LEAN = sure, lean  # type: ignore[misc]
    rows, clean = count(documents)
    print(
        f"as shipped ({sure}, {lean})", _shares(rows), f"touched {clean['touched']} of {clean['documents']}"
    )
    for (kind, name), words in sorted(rows.items(), key=lambda row: (row[0][0], -row[1].total())):
        print(
            f"{kind:24} {name:20} {words.total():7} words, removed {100 * words['removed'] / words.total():5.1f} %"
        )


def _shares(rows: dict[tuple[str, str], Counter[str]]) -> str:
    body, furniture, caption = (rows["class", name] for name in ("body", "furniture", "caption"))
    return (
        f"body lost {100 * body['removed'] / max(1, body.total()):.2f} %,"
        f" furniture leaked {100 * furniture['kept'] / max(1, furniture.total()):.1f} %,"
        f" captions leaked {100 * caption['kept'] / max(1, caption.total()):.1f} %;"
    )


if __name__ == "__main__":
    main()
