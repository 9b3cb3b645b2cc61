"""Choose the thresholds for flat text by cross-validation over collections, and show what each costs.

    python -m tests.benchmarks.segment_thresholds build/fold.0.npz build/fold.1.npz [--shared ../shared] [--rules]

Each weights file is a network that has not seen the collections of one fold; the number in its name is that fold:
see `copydesk.tasks.model.training.segments.fit --hold`. The held-out texts of `train` are classified once. Then the
decision is made for each setting. Rules are left out, in the input of the network and in the decision, because their
authors have read these texts. `--rules` shows what they would add. The split `check` is never read.

Loss is words of body lost times ten, plus words of furniture and captions leaked. A setting that changes more than one
in twenty clean texts is not chosen. Of the settings whose loss is within one standard error of the least, over
collections, the one that leaks least is chosen: the rest of the difference is chance.
"""

import argparse
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

import copydesk.tasks.model.segment_decision as decision
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.labels import BODY, FURNITURE
from copydesk.schemas.page import Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.label import label
from copydesk.tasks.model import segment_classifier
from copydesk.tasks.model.segment_classifier import classify_segments
from copydesk.tasks.model.segment_table import FlatText
from copydesk.tasks.model.sequence import Classified, SegmentModel
from copydesk.tasks.model.training.segments.examples import fold_of
from copydesk.tasks.model.training.segments.pieces import (
    CODES,
    SETS,
    WORD,
    Draft,
    labelled_texts,
    with_language,
)
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import RuleBook, compile_rules, load, mark

_NAMES: Final = tuple(SETS)
_FACTOR: Final = 10
_TOUCHED: Final = 0.05
CURVE: Final = (
    0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9,
)  # fmt: skip
"""Values of SURE for the curve. The other two thresholds stay as shipped, but never below it."""
GRID: Final = {
    "sure": (0.02, 0.05, 0.1, 0.15),
    "lean": (0.5, 0.65, 0.75, 0.85),
    "before": (0.15, 0.25, 0.35, 0.5),
}
"""Values among which the setting is chosen."""


class Setting(NamedTuple):
    """The thresholds of a decision, as `segment_decision` and `segment_classifier` explain them."""

    sure: float
    """Also for a line as a whole."""
    lean: float
    before: float


class Held(NamedTuple):
    """A text, classified by a network that has not seen its collection."""

    draft: Draft
    fold: int
    page: Page
    """With the matches of rules, before the models."""
    found: Classified
    words: list[tuple[int, str, str]]
    """The words with a label: where each begins, its label, its place."""
    clean: bool
    """Whether it holds neither furniture nor captions."""
    always: tuple[tuple[str, str, bool], ...] = ()
    """What `decided` yields for any setting; empty if that depends on the setting."""

    def classify_together(self, texts: Sequence[FlatText]) -> Classified:
        """Return what the network found. So the text need not be classified again for each setting."""
        assert len(texts) == 1
        return self.found


class Counted(NamedTuple):
    """Words of the texts of one fold or more."""

    words: Counter[tuple[str, str, str, bool]]
    """By label, place, language, and whether they were removed."""
    clean: int
    touched: int
    """Texts without furniture and captions; those of them that lost body."""
    losses: Counter[str]
    """The loss of each collection."""

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


def held_out(weights: Path, drafts: Iterable[Draft], book: RuleBook) -> Iterator[Held]:
    """Classify the texts of the fold that a network has not seen."""
    fold = int(weights.suffixes[-2][1:])
    model = SegmentModel.load(weights)
    for draft in drafts:
        if fold_of(draft.group) != fold:
            continue
        text = "".join(piece.before + piece.text for piece in draft.pieces)
        raw = RawDocument(Origin("train", draft.name), text, "text")
        page = mark(repair(text_blocks(decode(raw, Settings()))), book)
        blocks = page.blocks
        flat = FlatText([b.text for b in blocks], [b.marks for b in blocks], page.headline)
        words = list(_words(draft, text))
        unwanted = any(label in _UNWANTED for _, label, _ in words)
        found = model.classify_together([flat])
        held = Held(draft, fold, page, found, words, not unwanted)
        least = min(found.body.tolist(), default=1.0)
        doubtful = any(flat.marks) or least < max(*CURVE, *GRID["lean"])
        yield held if doubtful else held._replace(always=tuple(decided(held, Setting(0.1, 0.1, 0.1))))


def _words(draft: Draft, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the words of a text that have a label, each with the place of its line."""
    known = np.empty(len(text), np.uint8)
    at = 0
    for piece in draft.pieces:
        end = at + len(piece.before) + len(piece.text)
        known[at:end] = CODES[piece.known]
        at = end
    lines = [found for found in re.finditer(r"[^\n]+", text) if found[0].strip()]
    for line in lines:
        words = [(w.start(), _NAMES[known[w.start()]]) for w in WORD.finditer(text, line.start(), line.end())]
        labels = {label for _, label in words}
        mixed = bool(labels & _BODY and labels - _BODY)
        place = "giant line" if len(lines) == 1 else "glued" if mixed else "own line"
        yield from ((start, label, place) for start, label in words if label != "unknown")


class Texts:
    """The held-out texts. What a setting does to a fold is counted once."""

    def __init__(self, held: Sequence[Held]) -> None:
        self.held = held
        self.folds = sorted({each.fold for each in held})
        self._known: dict[tuple[int, Setting], Counted] = {}

    def count(self, setting: Setting, folds: Sequence[int] = ()) -> Counted:
        """Count words for a setting, of some folds or of all."""
        parts = []
        for fold in folds or self.folds:
            if (fold, setting) not in self._known:
                self._known[fold, setting] = count([h for h in self.held if h.fold == fold], setting)
            parts.append(self._known[fold, setting])
        return Counted(
            sum((part.words for part in parts), Counter()),
            sum(part.clean for part in parts),
            sum(part.touched for part in parts),
            sum((part.losses for part in parts), Counter()),
        )


def count(held: Iterable[Held], setting: Setting) -> Counted:
    """Decide some texts with the thresholds of a setting, and count words."""
    words: Counter[tuple[str, str, str, bool]] = Counter()
    losses: Counter[str] = Counter()
    clean = touched = 0
    for each in held:
        fates = each.always or tuple(decided(each, setting))
        words.update((known, place, each.draft.language, gone) for known, place, gone in fates)
        lost = sum(gone and known in _BODY for known, _, gone in fates)
        leaked = sum(not gone and known in _UNWANTED for known, _, gone in fates)
        losses[each.draft.group] += _FACTOR * lost + leaked
        clean += each.clean
        touched += each.clean and lost > 0
    return Counted(words, clean, touched, losses)


def decided(each: Held, setting: Setting) -> Iterator[tuple[str, str, bool]]:
    """Yield label, place and fate of each word of a text: the ledger's spans say whether it left the body."""
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    _use(setting)
    try:
        (page,) = classify_segments([each.page], each)  # type: ignore[arg-type]
        spans = label(page).spans
    finally:
        _use(shipped)
    starts = [span.start for span in spans]
    for at, known, place in each.words:
        n = bisect_right(starts, at) - 1
        body = n >= 0 and at < spans[n].end and spans[n].label in _BODY
        yield known, place, not body


def _use(setting: Setting) -> None:
    decision.SURE, decision.LEAN, decision.LEAN_BEFORE = setting  # type: ignore[misc]
    segment_classifier.LEAN = max(setting)  # type: ignore[attr-defined]
    segment_classifier.BODY_THRESHOLD = setting.sure  # type: ignore[misc]


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


def chosen(texts: Texts, folds: Sequence[int]) -> tuple[Setting, Setting]:
    """Return the setting with the least loss, and the one that leaks least of those that are as good."""
    counted = {setting: texts.count(setting, folds) for setting in _grid()}
    best = min(counted, key=lambda setting: (counted[setting].loss(), setting))
    good = [setting for setting, found in counted.items() if _as_good(found, counted[best])] or [best]
    return best, min(good, key=lambda setting: (counted[setting].of(_UNWANTED, removed=False), setting))


def _as_good(found: Counted, best: Counted) -> bool:
    """Return whether a loss is within one standard error of the best, over collections."""
    if found.loss() == float("inf"):
        return False
    groups = sorted({*found.losses, *best.losses})
    worse = np.array([found.losses[group] - best.losses[group] for group in groups], np.float64)
    return bool(worse.sum() <= np.sqrt(len(groups)) * worse.std())


def _grid() -> Iterator[Setting]:
    for sure, lean, before in product(*GRID.values()):
        yield Setting(sure, lean, max(sure, before))


def curve(texts: Texts) -> Iterator[str]:
    """Yield the tables of the curve: totals, then leaks and losses by label, by language and by place."""
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    settings = [Setting(sure, max(sure, shipped.lean), max(sure, shipped.before)) for sure in CURVE]
    counted = [texts.count(setting) for setting in settings]
    yield f"| threshold | {HEAD}"
    yield "|---" * 9 + "|"
    for sure, found in zip(CURVE, counted, strict=True):
        yield f"| {sure:.2f} | {summary(found)} |"
    yield f"| as shipped: {shipped.sure}, {shipped.lean}, {shipped.before} | {summary(texts.count(shipped))} |"
    labels = sorted({label for label, *_ in counted[0].words if label in SETS and label != "unknown"})
    kinds = [(label, frozenset({label}), "", "") for label in labels]
    languages = Counter(each.draft.language for each in texts.held)
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


def worst(texts: Texts, most: int) -> Iterator[str]:
    """Yield the texts with most wrong words as shipped, with the labels of these words."""
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    found = []
    for each in texts.held:
        lost: Counter[str] = Counter()
        leaked: Counter[str] = Counter()
        for known, _, gone in decided(each, shipped):
            if gone and known in _BODY:
                lost[known] += 1
            elif not gone and known in _UNWANTED:
                leaked[known] += 1
        found.append((_FACTOR * lost.total() + leaked.total(), each, lost, leaked))
    yield "| text | language | lines | words lost | words leaked |"
    yield "|---|---|---:|---|---|"
    for _, each, lost, leaked in sorted(found, key=lambda row: (-row[0], row[1].draft.name))[:most]:
        cells = [
            ", ".join(f"{label} {n}" for label, n in some.most_common()) or "-" for some in (lost, leaked)
        ]
        yield f"| {each.draft.name} | {each.draft.language} | {len(each.page.blocks)} | {cells[0]} | {cells[1]} |"


def choice(texts: Texts) -> Iterator[str]:
    """Yield the best setting, and for each fold the one that the other folds choose and what it does in this fold."""
    best, wanted = chosen(texts, texts.folds)
    shipped = Setting(decision.SURE, decision.LEAN, decision.LEAN_BEFORE)
    named = (
        ("least loss", best),
        ("within one standard error, and leaks least", wanted),
        ("as shipped", shipped),
    )
    for name, setting in named:
        values = ", ".join(map(str, setting))
        yield f"- {name}: {values}; loss {texts.count(setting).loss():.0f}"
    yield ""
    yield f"| fold | chosen by the others | {HEAD}"
    yield "|---" * 10 + "|"
    for fold in texts.folds if len(texts.folds) > 1 else ():
        _, setting = chosen(texts, [other for other in texts.folds if other != fold])
        number = sum(each.fold == fold for each in texts.held)
        found = texts.count(setting, [fold])
        yield f"| {fold} ({number} texts) | {', '.join(map(str, setting))} | {summary(found)} |"
    yield ""
    yield f"| sure, lean, lean before | loss | {HEAD}"
    yield "|---" * 10 + "|"
    for setting in sorted({*_beside(best), *_beside(wanted), shipped}):
        found = texts.count(setting)
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
    rules = load([])
    book = compile_rules(rules if args.rules else replace(rules, rules=()))
    held = [each for weights in args.weights for each in held_out(weights, drafts, book)]
    print(f"## {len(held)} of {len(drafts)} texts, {'with' if args.rules else 'without'} rules\n")
    texts = Texts(held)
    for lines in (choice(texts), curve(texts), worst(texts, args.worst)):
        print(*lines, "", sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
