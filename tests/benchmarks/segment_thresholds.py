"""Choose the thresholds for flat text by cross-validation over collections, and show what each costs.

    python -m tests.benchmarks.segment_thresholds build/fold.0.npz build/fold.1.npz [--shared ../shared] [--rules]

Each weights file is a network that has not seen the collections of one fold; the number in its name is that fold:
see `copydesk.tasks.model.training.segments.fit --hold`. The held-out texts of `train` are classified once. Then the
decision is made for each setting. Rules are left out, in the input of the network and in the decision, because their
authors have read these texts. `--rules` shows what they would add. The split `check` is never read.

Loss is words of body lost times ten, plus words of furniture and captions leaked. A setting that changes more than one
in twenty clean texts is not chosen.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

import copydesk.tasks.model.segment_decision as decision
from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.tasks.model.segment_classifier import _decided
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

_NAMES: Final = tuple(SETS)
_FACTOR: Final = 10
_TOUCHED: Final = 0.05
CURVE: Final = (
    0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9,
)  # fmt: skip
"""Values of SURE for the curve. The other two thresholds stay as shipped, but never below it."""
GRID: Final = {
    "sure": (0.05, 0.1, 0.15, 0.2),
    "lean": (0.65, 0.75, 0.8, 0.85, 0.9),
    "before": (0.15, 0.25, 0.35, 0.5, 0.65),
}
"""Values among which the setting is chosen."""


class Setting(NamedTuple):
    """The thresholds of a decision, as `segment_decision` explains them."""

    sure: float
    lean: float
    before: float


class Held(NamedTuple):
    """A text, classified by a network that has not seen its collection."""

    draft: Draft
    fold: int
    text: FlatText
    segments: list[Segment]
    words: list[Counter[tuple[str, str]]]
    """For each segment, its words by label and place."""
    least: float
    """Least probability of body of its segments."""
    clean: bool
    """Whether it holds neither furniture nor captions."""


class Counted(NamedTuple):
    """Words of the texts of one fold or more."""

    words: Counter[tuple[str, str, str, bool]]
    """By label, place, language, and whether they were removed."""
    clean: int
    touched: int
    """Texts without furniture and captions; those of them that lost body."""

    def of(self, kind: frozenset[str], *, removed: bool, place: str = "", language: str = "") -> int:
        """Return the number of words of some labels that were removed or kept."""
        return sum(
            n
            for (label, where, code, gone), n in self.words.items()
            if label in kind and gone == removed and place in ("", where) and language in ("", code)
        )

    def share(
        self, kind: frozenset[str], *, removed: bool, place: str = "", language: str = ""
    ) -> float | None:
        """Return the percentage that was removed or kept; None if there are no such words."""
        some = self.of(kind, removed=removed, place=place, language=language)
        rest = self.of(kind, removed=not removed, place=place, language=language)
        return 100 * some / (some + rest) if some + rest else None

    def loss(self) -> float:
        """Return what the decision costs; infinite if it changes too many clean texts."""
        if self.touched > _TOUCHED * self.clean:
            return float("inf")
        return _FACTOR * self.of(_BODY, removed=True) + self.of(_UNWANTED, removed=False)


_BODY: Final = frozenset(BODY)
_FURNITURE: Final = frozenset(FURNITURE)
_CAPTION: Final = frozenset({"caption"})
_UNWANTED: Final = _FURNITURE | _CAPTION
PLACES: Final = ("own line", "glued", "giant line")


def held_out(weights: Path, drafts: Iterable[Draft], *, rules: bool) -> Iterator[Held]:
    """Classify the texts of the fold that a network has not seen."""
    fold = int(weights.suffixes[-2][1:])
    model = SegmentModel.load(weights)
    for draft in drafts:
        if fold_of(draft.group) != fold:
            continue
        laid = lay(draft.pieces)
        marks = marks_of(laid.lines) if rules else [() for _ in laid.lines]
        text = FlatText(laid.lines, marks)
        segments = model.classify([text])[0]
        words = list(_words(draft, segments))
        unwanted = any(label in _UNWANTED for counts in words for label, _ in counts)
        least = 0.0 if any(marks) else min((segment.body for segment in segments), default=1.0)
        yield Held(draft, fold, text, segments, words, least, not unwanted)


def _words(draft: Draft, segments: Sequence[Segment]) -> Iterator[Counter[tuple[str, str]]]:
    """Yield the words of each segment by label and place."""
    laid = lay(draft.pieces)
    found: list[list[tuple[int, str]]] = [
        [(word.start(), _NAMES[codes[word.start()]]) for word in WORD.finditer(line)]
        for line, codes in zip(laid.lines, laid.codes, strict=True)
    ]
    places = []
    for words in found:
        labels = {label for _, label in words}
        mixed = bool(labels & _BODY and labels - _BODY)
        places.append("giant line" if len(found) == 1 else "glued" if mixed else "own line")
    for segment in segments:
        words, place = found[segment.line], places[segment.line]
        yield Counter((label, place) for at, label in words if segment.start <= at < segment.end)


def count(held: Iterable[Held], setting: Setting) -> Counted:
    """Decide some texts with the thresholds of a setting, and count words."""
    words: Counter[tuple[str, str, str, bool]] = Counter()
    clean = touched = 0
    for each in held:
        gone = removed(each, setting)
        lost = 0
        for segment, counts in zip(each.segments, each.words, strict=True):
            out = (segment.line, segment.start) in gone
            for (label, place), n in counts.items():
                words[label, place, each.draft.language, out] += n
                lost += n * (out and label in _BODY)
        clean += each.clean
        touched += each.clean and lost > 0
    return Counted(words, clean, touched)


def removed(each: Held, setting: Setting) -> set[tuple[int, int]]:
    """Return line and start of each segment of a text that goes."""
    if each.least >= max(setting):
        return set()
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    _use(setting)
    try:
        gone, _ = _decided(each.segments, each.text)
    finally:
        _use(shipped)
    by_rules = {
        (segment.line, segment.start)
        for segment, mark in zip(each.segments, decision.claimed(each.segments, each.text.marks), strict=True)
        if mark
    }
    return {(removal.line, removal.start) for removal in gone} | by_rules


def _use(setting: Setting) -> None:
    decision.SURE, decision.LEAN, decision.LEAN_BEFORE = setting  # type: ignore[misc]


def summary(found: Counted) -> str:
    """Return the totals of a setting as cells of a table."""
    figures = (
        found.share(_BODY, removed=True),
        found.share(_FURNITURE, removed=False),
        *(found.share(_FURNITURE, removed=False, place=place) for place in PLACES),
        found.share(_CAPTION, removed=False),
    )
    kept = found.of(_BODY, removed=False)
    out = sum(n for (*_, gone), n in found.words.items() if not gone)
    f1 = 2 * kept / max(1, kept + found.of(_BODY, removed=True) + out)
    shown = " | ".join(_cell(figure, 3 if n == 0 else 1) for n, figure in enumerate(figures))
    return f"{shown} | {f1:.4f} | {found.touched} of {found.clean}"


HEAD: Final = "body lost % | furniture leaked % | own line | glued | giant line | captions leaked % | F1 | clean touched |"


def _cell(figure: float | None, digits: int = 1) -> str:
    return "-" if figure is None else f"{figure:.{digits}f}"


def chosen(held: Sequence[Held]) -> tuple[Setting, float]:
    """Return the setting of the grid with the least loss; of equals, the one that removes least."""
    losses = {setting: count(held, setting).loss() for setting in _grid()}
    best = min(losses, key=lambda setting: (losses[setting], setting))
    return best, losses[best]


def _grid() -> Iterator[Setting]:
    for sure, lean, before in product(*GRID.values()):
        yield Setting(sure, lean, max(sure, before))


def curve(held: Sequence[Held]) -> Iterator[str]:
    """Yield the tables of the curve: totals, then leaks and losses by label, by language and by place."""
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    settings = [Setting(sure, max(sure, shipped.lean), max(sure, shipped.before)) for sure in CURVE]
    counted = [count(held, setting) for setting in settings]
    yield f"| threshold | {HEAD}"
    yield "|---" * 9 + "|"
    for sure, found in zip(CURVE, counted, strict=True):
        yield f"| {sure:.2f} | {summary(found)} |"
    yield f"| as shipped: {shipped.sure}, {shipped.lean}, {shipped.before} | {summary(count(held, shipped))} |"
    labels = sorted({label for label, *_ in counted[0].words if label in SETS and label != "unknown"})
    kinds = [(label, frozenset({label}), "", "") for label in labels]
    languages = Counter(each.draft.language for each in held)
    codes = [code for code, n in languages.most_common() if n >= _TEXTS]
    kinds += [(f"body, {code} ({languages[code]} texts)", _BODY, code, "") for code in codes]
    kinds += [(f"furniture, {code}", _FURNITURE, code, "") for code in codes]
    kinds += [(f"body, {place}", _BODY, "", place) for place in PLACES]
    kinds += [(f"furniture, {place}", _FURNITURE, "", place) for place in PLACES]
    kinds += [(f"captions, {place}", _CAPTION, "", place) for place in PLACES]
    yield ""
    yield f"| % removed, by threshold | words | {' | '.join(f'{sure:.2f}' for sure in CURVE)} |"
    yield "|---" * (len(CURVE) + 2) + "|"
    for name, kind, language, place in kinds:
        shares = [f.share(kind, removed=True, language=language, place=place) for f in counted]
        words = sum(
            counted[0].of(kind, removed=gone, language=language, place=place) for gone in (True, False)
        )
        digits = 2 if kind <= _BODY else 0
        yield f"| {name} | {words} | {' | '.join(_cell(share, digits) for share in shares)} |"


_TEXTS: Final = 10
"""Least texts of a language that has a row of its own."""


def worst(held: Sequence[Held], most: int) -> Iterator[str]:
    """Yield the texts with most wrong words as shipped, with the labels of these words."""
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    found = []
    for each in held:
        gone = removed(each, shipped)
        lost: Counter[str] = Counter()
        leaked: Counter[str] = Counter()
        for segment, counts in zip(each.segments, each.words, strict=True):
            out = (segment.line, segment.start) in gone
            for (label, _), n in counts.items():
                if out and label in _BODY:
                    lost[label] += n
                elif not out and label in _UNWANTED:
                    leaked[label] += n
        found.append((_FACTOR * lost.total() + leaked.total(), each, lost, leaked))
    yield "| text | language | lines | words lost | words leaked |"
    yield "|---|---|---:|---|---|"
    for _, each, lost, leaked in sorted(found, key=lambda row: (-row[0], row[1].draft.name))[:most]:
        cells = [
            ", ".join(f"{label} {n}" for label, n in some.most_common()) or "-" for some in (lost, leaked)
        ]
        yield f"| {each.draft.name} | {each.draft.language} | {len(each.text.lines)} | {cells[0]} | {cells[1]} |"


def choice(held: Sequence[Held]) -> Iterator[str]:
    """Yield the best setting, and for each fold the one that the other folds choose and what it does in this fold."""
    folds = sorted({each.fold for each in held})
    best, least = chosen(held)
    yield f"best setting of all folds: {best}, loss {least:.0f}"
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    yield f"as shipped: {shipped}, loss {count(held, shipped).loss():.0f}"
    yield ""
    yield f"| fold | chosen by the others | {HEAD}"
    yield "|---" * 10 + "|"
    for fold in folds if len(folds) > 1 else ():
        setting, _ = chosen([each for each in held if each.fold != fold])
        mine = [each for each in held if each.fold == fold]
        yield f"| {fold} ({len(mine)} texts) | {', '.join(map(str, setting))} | {summary(count(mine, setting))} |"
    yield ""
    yield f"| sure, lean, lean before | loss | {HEAD}"
    yield "|---" * 10 + "|"
    for setting in sorted({*_beside(best), *_beside(shipped)}):
        found = count(held, setting)
        yield f"| {', '.join(map(str, setting))} | {found.loss():.0f} | {summary(found)} |"


def _beside(setting: Setting) -> Iterator[Setting]:
    """Yield a setting and those that differ from it in one threshold."""
    for field, values in GRID.items():
        for value in values:
            yield setting._replace(**{field: value})


def main() -> int:
    """Print the choice, the curve, and the worst texts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--worst", type=int, default=30)
    args = parser.parse_args()
    drafts = [with_language(draft) for draft in labelled_texts(args.shared / "eval/text/more.jsonl")]
    held = [each for weights in args.weights for each in held_out(weights, drafts, rules=args.rules)]
    print(f"{len(held)} texts of {len(drafts)}, mean of body {np.mean([each.least for each in held]):.3f}")
    for lines in (choice(held), curve(held), worst(held, args.worst)):
        print(*lines, "", sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
