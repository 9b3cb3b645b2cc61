"""What a run costs its driver for each shard, while a cluster does the cleaning: see docs/SCALING.md.

    python -m tests.benchmarks.bench_driver [--shards 20] [--documents 10000] [--bytes 2500] [--folder DIR]

The driver's steps are timed one by one, in CPU seconds of its process, over shards of generated stories:
reading and cutting, writing the order, reading the answer, the commit. A real cleaner works in between, on
this machine, and is not counted. Prints also how large the state grows for each article.
"""

import argparse
import json
import random
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read
from copydesk.tasks.read.inputs import fingerprint
from copydesk.tasks.rules.loading import load
from copydesk.tasks.runs.fingerprint import pipeline_fingerprint
from copydesk.tasks.shards.cleaning import InputEnd, InputStart, cut
from copydesk.tasks.shards.remote import Terms, clean_order, read_answer, write_order
from copydesk.tasks.store.dataset import Store

COLUMNS = Columns(id="id", text="text", url="url", publisher="publisher")
STEPS = ("read and cut", "write order", "read answer", "commit")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--bytes", type=int, default=2_500)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--no-near", action="store_true")
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=words.folder))
    try:
        source = write(folder / "in.jsonl", words.shards * words.documents, words.bytes)
        measure(source, folder / "out", words.documents, near=not words.no_near)
    finally:
        shutil.rmtree(folder)


def write(path: Path, documents: int, size: int) -> Path:
    """Generated stories, no two alike."""
    dice = random.Random(1)
    words = [
        f"{a}{b}" for a in ("har", "bri", "coun", "mar", "tra", "wa") for b in ("bour", "dge", "cil", "ket")
    ]
    words += ["the", "of", "on", "and", "said", "a", "will", "Tuesday", "over", "old"]
    with path.open("w") as file:
        for number in range(documents):
            text = [f"Headline {number} of the day", "By Ann Teller"]
            while sum(map(len, text)) < size:
                text.append(" ".join(dice.choices(words, k=45)).capitalize() + f" {dice.random():.9f}.")
            row = {
                "id": f"story-{number}",
                "url": f"https://site{number % 50}.example/{number}",
                "publisher": f"site{number % 50}.example",
                "text": "\n".join([*text, "Share this with Facebook"]),
            }
            file.write(json.dumps(row) + "\n")
    return path


def measure(source: Path, out: Path, documents: int, *, near: bool) -> None:
    """Run shard by shard, as `copydesk.flows.run` does, with a clock around each step."""
    settings = Settings(
        shard_documents=documents, shard_bytes=1 << 40, min_free_bytes=0, near_duplicates=near
    )
    pipeline = pipeline_fingerprint(load(()).version, settings, COLUMNS)
    terms = Terms(settings, COLUMNS, (), pipeline)
    spent: dict[str, list[float]] = defaultdict(list)
    with Store.open(out, settings, pipeline) as store:
        store.begin([str(source)])
        shards = cut(stream(source, settings), settings)
        while True:
            clock = Clock(spent)
            shard = next(shards, None)
            if shard is None or not shard.seen:
                break
            clock.tick("read and cut")
            finished = [(end.fingerprint, end.documents) for end in shard.finished]
            order = write_order(shard, terms, store.stage)
            clock.tick("write order")
            answer = clean_order(str(order), 2)
            clock = Clock(spent)
            staged = read_answer(shard, answer)
            clock.tick("read answer")
            store.commit([staged], finished, [shard.reached] if shard.reached else [])
            clock.tick("commit")
            state = out / ".copydesk" / "state.db"
            size = sum(path.stat().st_size for path in state.parent.glob("state.db*"))
            done = len(spent["commit"]) * documents
            print(f"{done:>9,} documents: " + ", ".join(f"{name} {spent[name][-1] * 1000:,.0f} ms" for name in STEPS)
                  + f", state {size / done:,.0f} bytes an article", flush=True)  # fmt: skip
        clock = Clock(spent)
        store.finish()
        clock.tick("finish")
    for name in (*STEPS, "finish"):
        values = spent[name]
        half = values[len(values) // 2 :]
        print(
            f"{name:<14}{sum(values) / len(values) * 1000:>9,.0f} ms a shard; second half {sum(half) / len(half) * 1000:,.0f}"
        )


def stream(source: Path, settings: Settings) -> Iterator[RawDocument | Reject | InputStart | InputEnd]:
    """The documents of one file, as a run reads them."""
    file = InputFile(str(source), source)
    cursor = Cursor()
    taken = fingerprint(file)
    yield InputStart(taken, cursor)
    count = 0
    for document in read(file, COLUMNS, settings, cursor):
        count += 1
        yield document
    yield InputEnd(taken, count, cursor.place)


class Clock:
    """CPU time of this process between two ticks."""

    def __init__(self, spent: dict[str, list[float]]) -> None:
        self._spent = spent
        self._last = time.process_time()

    def tick(self, name: str) -> None:
        """Note what has passed since the last tick."""
        now = time.process_time()
        self._spent[name].append(now - self._last)
        self._last = now


if __name__ == "__main__":
    main()
