"""What `eval/score.py` sums up for plain text, by label, by language and by document: who lost what to whom.

    python tests/benchmarks/text_tables.py DATASET [--worst 20]

DATASET is what ingest wrote. Needs the evaluation folder beside the checkout.
"""

import argparse
import importlib.util
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

SHARED = Path(__file__).resolve().parents[3] / "shared"
_SHOWN = 70
"""Characters of a stretch that went wrong, as shown."""


class Stretch(NamedTuple):
    """Words of one gold label that one ledger row took for another class."""

    gold: str
    label: str
    rule: str
    words: int
    text: str


class Counted(NamedTuple):
    """The words of one document by gold label and whether they came out as body, and what went wrong."""

    id: str
    language: str
    words: Counter[tuple[str, bool]]
    wrong: list[Stretch]


def count(dataset: Path) -> Iterator[Counted]:
    """Each labelled document of the evaluation set as the dataset has it. Embedded posts are not scored."""
    score = _scorer()
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in score.read(dataset / "ledger", ["record", "start", "end", "label", "rule"]):
        rows[row["record"]].append(row)
    for line in (SHARED / "eval/text/docs.jsonl").open(encoding="utf-8"):
        doc = json.loads(line)
        if doc.get("lines"):
            yield _count(doc, rows[doc["id"]], score)


def _count(doc: dict[str, Any], ledger: list[dict[str, Any]], score: ModuleType) -> Counted:
    text = doc["text"]
    gold = score.per_char(len(text), score.gold_spans(doc))
    ours: list[dict[str, Any] | None] = [None] * len(text)
    for row in ledger:
        ours[row["start"] : row["end"]] = [row] * (row["end"] - row["start"])
    words: Counter[tuple[str, bool]] = Counter()
    wrong: list[tuple[str, dict[str, Any] | None, int, int, int]] = []
    for word in score.WORD.finditer(text):
        wanted, row = gold[word.start()], ours[word.start()]
        if wanted is None or not wanted[1]:
            continue
        body = row is not None and row["label"] in score.BODY
        words[wanted[0], body] += 1
        if body == (wanted[0] in score.BODY):
            continue
        if wrong and wrong[-1][0] == wanted[0] and wrong[-1][1] is row:
            wrong[-1] = (*wrong[-1][:3], word.end(), wrong[-1][4] + 1)
        else:
            wrong.append((wanted[0], row, word.start(), word.end(), 1))
    stretches = [
        Stretch(label, row["label"] if row else "missing", row["rule"] if row else "", n, text[start:end])
        for label, row, start, end, n in wrong
    ]
    return Counted(doc["id"], doc["language"], words, stretches)


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SHARED / "eval/score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tables(found: list[Counted], worst: int) -> Iterator[str]:
    """The lines of the report."""
    score = _scorer()
    everything: Counter[tuple[str, bool]] = sum((d.words for d in found), Counter())
    yield f"{'label':<20}{'words':>8}{'in the body':>14}"
    for label in sorted({label for label, _ in everything}):
        inside, outside = everything[label, True], everything[label, False]
        yield f"{label:<20}{inside + outside:>8}{100 * inside / (inside + outside):>12.2f} %"
    yield ""
    yield f"{'language':<10}{'texts':>6}{'body lost':>12}{'furniture leaked':>18}{'captions leaked':>17}{'F1':>8}"
    for language in sorted({d.language for d in found}):
        mine = [d for d in found if d.language == language]
        words: Counter[tuple[str, bool]] = sum((d.words for d in mine), Counter())
        kept = {name: [0, 0] for name in ("body", "meta", "caption", "furniture")}
        for (label, inside), n in words.items():
            kept[score.CLASS[label]][inside] += n
        out = sum(pair[True] for pair in kept.values())
        f1 = 2 * kept["body"][True] / max(1, sum(kept["body"]) + out)
        lost, leaked, captions = (
            f"{100 * kept[name][inside] / sum(kept[name]):.2f} %" if sum(kept[name]) else "-"
            for name, inside in (("body", False), ("furniture", True), ("caption", True))
        )
        yield f"{language:<10}{len(mine):>6}{lost:>12}{leaked:>18}{captions:>17}{f1:>8.4f}"
    yield ""
    for doc in sorted(found, key=lambda d: -sum(s.words for s in d.wrong))[:worst]:
        for s in doc.wrong:
            shown = s.text if len(s.text) <= _SHOWN else s.text[:_SHOWN] + "\u2026"
            yield f"{doc.id} {s.words:>4} {s.gold} -> {s.label} ({s.rule or 'kept'}): {shown!r}"


def main() -> int:
    """Print the report of a dataset."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--worst", type=int, default=20)
    args = parser.parse_args()
    for line in tables(list(count(args.dataset)), args.worst):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
