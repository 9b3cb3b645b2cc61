"""Near duplicates: what is found of what was copied, what is taken for a copy and is none, and the cost.

    python -m tests.benchmarks.bench_duplicates quality [--documents 600]
    python -m tests.benchmarks.bench_duplicates cost [--documents 500]
    python -m tests.benchmarks.bench_duplicates scale [--articles 1000000] [--commit 10000] [--folder DIR]

`quality` and `cost` clean texts of `eval/text/pool.parquet` in the evaluation folder beside the checkout
and say so where it is not. Copies are made from them: words replaced, left out and put in; cut off; with
paragraphs of another story added; reprinted in the furniture of other pages, cleaned again. What must not be
found are the texts themselves beside each other (those that are copies by nature are taken out first, by
exact comparison of all pairs) and weather and market reports from one template each.

`scale` needs no texts: signatures are random bytes, every tenth is a copy of one of 2,000 with a tenth of its
bytes changed, dates are random, so that originals keep turning up after their copies. The state lies on
disk and is synced, as in a run.
"""

import argparse
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.dedup.index import DuplicateState
from copydesk.tasks.dedup.minhash import sign
from copydesk.tasks.dedup.originals import Duplicates, Note
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.store.migrations import STEPS

POOL = Path(__file__).resolve().parents[3] / "shared" / "eval" / "text" / "pool.parquet"
SETTINGS = Settings()
FEWEST_WORDS = 60


class Text:
    """A text of the pool: as it came, its body, and what was removed from it."""

    def __init__(self, raw: str, context: CleaningContext) -> None:
        outcome = clean(RawDocument(Origin("pool", ""), raw, "text"), context)
        self.raw = raw
        self.body = outcome.result.text if isinstance(outcome.result, Article) else ""
        self.furniture = [row.text for row in outcome.ledger if not row.kept]


def texts(count: int, context: CleaningContext) -> list[Text]:
    """A fixed random sample of the pool, without what is too short to be an article."""
    if not POOL.exists():
        sys.exit(f"{POOL} is not there: this benchmark needs the evaluation folder beside the checkout")
    raws = pq.read_table(POOL)["text"].to_pylist()
    random.Random(1).shuffle(raws)
    found: list[Text] = []
    for raw in raws:
        text = Text(raw, context)
        if len(text.body.split()) >= FEWEST_WORDS:
            found.append(text)
        if len(found) == count:
            break
    return found


def shingles(body: str) -> set[tuple[str, ...]]:
    """The shingles themselves, by other means than `copydesk.tasks.dedup.minhash`."""
    words = "".join(c if c.isalnum() else " " for c in body.lower()).split()
    return set(zip(*(words[n:] for n in range(SETTINGS.near_shingle)), strict=False))


def without_copies(found: Sequence[Text]) -> list[Text]:
    """Yield texts, no two with a third of their shingles in common, by exact comparison."""
    sets = [shingles(text.body) for text in found]
    copies = set()
    for (a, one), (b, other) in combinations(enumerate(sets), 2):
        if a not in copies and len(one & other) > len(one | other) / 3:
            copies.add(b)
    return [text for number, text in enumerate(found) if number not in copies]


def edited(body: str, share: float, words: Sequence[str], rng: random.Random) -> str:
    """Three of five edits replace a word, one deletes it, one inserts another after it."""
    out = []
    for word in body.split(" "):
        draw = rng.random() / share
        if draw >= 0.8:
            out.append(word)
        if draw < 0.6 or 0.8 <= draw < 1:
            out.append(rng.choice(words))
    return " ".join(out)


def cut(body: str, share: float) -> str:
    """The beginning of a text."""
    words = body.split(" ")
    return " ".join(words[: int(len(words) * share)])


def grown(body: str, share: float, other: str) -> str:
    """A text with words of another one after its first paragraph."""
    first, *rest = body.split("\n\n")
    return "\n\n".join([first, cut(other, share * len(body.split()) / len(other.split())), *rest])


def reprinted(text: Text, other: Text, context: CleaningContext) -> str:
    """The cleaned text of a page that has a text between the furniture of another one."""
    half = len(other.furniture) // 2
    page = "\n".join([*other.furniture[:half], text.body, *other.furniture[half:]])
    return Text(page, context).body


def copies_of(originals: Sequence[Text], context: CleaningContext) -> Iterator[tuple[str, list[str]]]:
    """Kinds of copies, each with one copy for each original."""
    rng = random.Random(2)
    words = [word for text in originals for word in text.body.split()]
    others = [*originals[1:], originals[0]]
    with_furniture = [text for text in originals if text.furniture] or list(originals)
    for share in (0.01, 0.02, 0.05, 0.08, 0.1):
        yield f"{share:.0%} of words edited", [edited(t.body, share, words, rng) for t in originals]
    for share in (0.9, 0.75, 0.6, 0.5):
        yield f"cut to {share:.0%}", [cut(t.body, share) for t in originals]
    for share in (0.1, 0.25, 0.5):
        pairs = zip(originals, others, strict=True)
        yield f"{share:.0%} of text added", [grown(a.body, share, b.body) for a, b in pairs]
    yield "reprinted", [reprinted(t, rng.choice(with_furniture), context) for t in originals]
    both = [reprinted(t, rng.choice(with_furniture), context) for t in originals]
    yield "reprinted and 2% edited", [edited(body, 0.02, words, rng) for body in both]


def state(folder: str = ":memory:") -> sqlite3.Connection:
    """An empty state."""
    db = sqlite3.connect(folder if folder == ":memory:" else Path(folder) / "state.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    for step in STEPS:
        for part in step.strip().split(";\n"):
            db.execute(part)
    return db


def commit(db: sqlite3.Connection, notes: Mapping[str, Note]) -> int:
    """Take articles in; returns how many others changed."""
    near = DuplicateState(db)
    plan = Duplicates(near, SETTINGS).plan(notes)
    db.execute("BEGIN IMMEDIATE")
    near.put(plan.removed, plan.added, plan.turned)
    for kind, nodes in plan.runs.items():
        near.add(kind, nodes)
    near.show((id_, mark.duplicate_of or "") for id_, mark in plan.marks.items())
    near.compare()
    db.execute("COMMIT")
    return len(plan.turned)


def found_in(bodies: Mapping[str, str]) -> dict[str, str | None]:
    """Return the texts that each text repeats, by the search. Those with smaller ids are older."""
    signatures = sign([("", body) for body in bodies.values()], SETTINGS)
    with closing(state()) as db:
        commit(db, {id_: Note(0, signature) for id_, signature in zip(bodies, signatures, strict=True)})
        return dict(db.execute("SELECT n.id, o.id FROM near n LEFT JOIN near o ON o.number = n.original"))


def weather(rng: random.Random) -> str:
    """One of many reports from one template."""
    towns = rng.sample(
        [
            "Leeds",
            "York",
            "Hull",
            "Derby",
            "Bath",
            "Wells",
            "Ripon",
            "Truro",
            "Ely",
            "Lincoln",
            "Exeter",
            "Durham",
        ],
        4,
    )

    def sky() -> str:
        return rng.choice(
            ["cloudy", "sunny", "wet", "dry", "windy", "mild", "cold", "bright", "foggy", "hazy"]
        )

    wind, day = (
        rng.choice(["north", "south", "east", "west"]),
        rng.choice(["Monday", "Tuesday", "Friday", "Sunday"]),
    )
    return (
        f"{day} will begin {sky()} across most of the region, with {sky()} spells developing from the {wind}.\n\n"
        f"In {towns[0]} the temperature will reach a high of {rng.randint(3, 29)} degrees Celsius, while {towns[1]} can "
        f"expect a maximum of {rng.randint(3, 29)} degrees and a {sky()} afternoon.\n\nWinds will be from the {wind} at "
        f"{rng.randint(5, 60)} kilometres an hour, and there is a {rng.randint(1, 19) * 5} per cent chance of rain in "
        f"{towns[2]} and {towns[3]} by evening.\n\nOvernight it will turn {sky()} with lows of {rng.randint(-5, 14)} degrees. "
        f"Sunrise is at {rng.randint(4, 8)}.{rng.randint(10, 59)} am and sunset at {rng.randint(4, 9)}.{rng.randint(10, 59)} pm."
    )


def market(rng: random.Random) -> str:
    """One of many reports from another template."""
    names = rng.sample(
        [
            "Alder",
            "Bexel",
            "Corven",
            "Dunmore",
            "Elstead",
            "Farrow",
            "Granby",
            "Hexley",
            "Ilkton",
            "Jarrow",
            "Kestrel",
        ],
        4,
    )

    def move() -> str:
        return f"{rng.choice(['rose', 'fell'])} by {rng.randint(0, 9)}.{rng.randint(0, 9)} per cent"

    return (
        f"Shares in London {move()} on {rng.choice(['Monday', 'Tuesday', 'Friday'])}, with the FTSE 100 closing at "
        f"{rng.randint(5000, 9000)}.\n\n{names[0]} was the biggest riser, adding {rng.randint(10, 99)} pence to "
        f"{rng.randint(90, 4000)} pence, followed by {names[1]}, which {move()}.\n\nAt the other end of the index {names[2]} "
        f"lost {rng.randint(1, 9)}.{rng.randint(0, 9)} per cent, after {names[3]} issued a trading update.\n\nOn the currency "
        f"markets the pound was worth {rng.randint(110, 160) / 100} dollars and {rng.randint(105, 125) / 100} euros. A barrel "
        f"of Brent crude cost {rng.randint(40, 120)} dollars. In Paris the CAC 40 {move()} and in Frankfurt the Dax {move()}."
    )


def quality(count: int) -> None:
    """Print recall by kind of copy, precision over all, and false matches among texts that are not copies."""
    context = CleaningContext.open([], SETTINGS)
    everything = texts(count, context)
    originals = without_copies(everything)
    print(f"{len(originals)} texts, {len(everything) - len(originals)} others were copies of them by nature")
    right = wrong = 0
    for kind, copies in copies_of(originals, context):
        bodies = {f"{n:06}": text.body for n, text in enumerate(originals)}
        bodies |= {f"{n:06}-copy": body for n, body in enumerate(copies)}
        found = found_in(bodies)
        good = sum(found.get(f"{n:06}-copy") == f"{n:06}" for n in range(len(copies)))
        right += good
        wrong += sum(original is not None for original in found.values()) - good
        print(f"  {kind:26} recall {good / len(copies):6.1%}")
    print(
        f"  precision over all of them: {right / (right + wrong):.2%} ({wrong} of {right + wrong} marks are wrong)"
    )
    rng = random.Random(3)
    for template in (weather, market):
        found = found_in({f"{n:06}": template(rng) for n in range(1000)})
        print(f"  {template.__name__} reports taken for copies: {sum(map(bool, found.values()))} of 1000")


def cost(count: int) -> None:
    """Print the CPU time of cleaning, of signing, and of finding, for the same texts."""
    context = CleaningContext.open([], SETTINGS)
    found = texts(count, context)
    sign([("", found[0].body)], SETTINGS)
    raws = [RawDocument(Origin("pool", ""), text.raw, "text") for text in found]
    batches = [found[start : start + 16] for start in range(0, len(found), 16)]
    cleaning = least(lambda: [clean(raw, context) for raw in raws])
    signing = least(lambda: [sign([("", text.body) for text in batch], SETTINGS) for batch in batches])
    size = sum(len(text.raw) for text in found) / len(found)
    each = len(found) / 1e6
    print(
        f"{len(found)} texts of {size:,.0f} characters: cleaning {cleaning / each:,.0f} µs of CPU each, ",
        end="",
    )
    print(f"signing {signing / each:,.0f} µs ({signing / cleaning:.1%})")


def least(work: Callable[[], Any]) -> float:
    """CPU seconds, the least of three times."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def scale(articles: int, each: int, folder: str | None) -> None:
    """Print CPU time, state and memory as articles are added commit by commit."""
    rng = np.random.default_rng(1)
    pool = rng.integers(0, 256, (2_000, SETTINGS.near_permutations), dtype=np.uint8)
    with tempfile.TemporaryDirectory(dir=folder) as place, closing(state(place)) as db:
        spent = longest = 0.0
        changed = 0
        for start in range(0, articles, each):
            signatures = rng.integers(0, 256, (each, SETTINGS.near_permutations), dtype=np.uint8)
            few = each // 10
            signatures[:few] = pool[rng.integers(0, len(pool), few)]
            signatures[:few][rng.random((few, SETTINGS.near_permutations)) < 0.1] = 0
            dates = rng.integers(0, 1 << 50, each).tolist()
            ids = [os.urandom(16).hex() for _ in range(each)]
            notes = {
                id_: Note(*note)
                for id_, note in zip(ids, zip(dates, map(bytes, signatures), strict=True), strict=True)
            }
            began = time.process_time()
            changed += commit(db, notes)
            took = time.process_time() - began
            spent, longest = spent + took, max(longest, took)
            total = start + each
            if str(total).strip("0") in ("1", "2", "5"):
                size = sum(
                    file.stat().st_size
                    for file in Path(place).iterdir()
                    if not file.name.endswith(("-wal", "-shm"))
                )
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"{total:>9,} articles: {spent / total * 1e6:4.0f} µs of CPU each so far, the last commit "
                    f"{took / each * 1e6:4.0f} µs, the longest {longest:.1f} s; state {size / total:,.0f} bytes each; "
                    f"peak {peak:,.0f} MB; {changed / total:.1%} changed their original later",
                    flush=True,
                )


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=["quality", "cost", "scale"])
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--commit", type=int, default=10_000)
    parser.add_argument("--folder")
    given = parser.parse_args()
    if given.part == "quality":
        quality(given.documents)
    elif given.part == "cost":
        cost(given.documents)
    else:
        scale(given.articles, given.commit, given.folder)


if __name__ == "__main__":
    main()
