"""Start `copydesk ingest` many times at once over one dataset; started by test_kills.

    writers_driver.py ROUNDS STARTERS FOLDER

In every round one run gets the folder, and the others are refused within a second. In every other round the
working run is killed, and the next start must get the folder at once. Prints one line of JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import warm_command
from kill_driver import COLUMNS, SMALL, WORDS, assert_small
from newsroom import story, write_stories
from store_crash_driver import checked
from store_kit import rows

from copydesk.schemas.document import Origin, RawDocument
from copydesk.tasks.store.verify import verify

LOCKED = 75
STORIES = 90


def main() -> None:
    """Run the rounds."""
    rounds, starters, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    clean = warm_command.warm_up()
    clean(RawDocument(Origin("warm"), story(0)["text"], "text"))
    counts: dict[str, Any] = {"refused": 0, "killed": 0, "slowest": 0.0, "problems": []}
    for number in range(rounds):
        place = folder / f"{number}"
        (place / "in").mkdir(parents=True)
        warm_command.choose(SMALL, place)
        write_stories(place / "in" / "all.jsonl", map(story, range(STORIES)))
        try_round(place, starters, counts, kill=bool(number % 2))
    print(json.dumps(counts))


def try_round(place: Path, starters: int, counts: dict[str, Any], *, kill: bool) -> None:
    """Start them all, and check which one works."""
    began = {start(place): time.monotonic() for _ in range(starters)}
    working = list(began)
    while len(working) > 1 and time.monotonic() < max(began.values()) + 60:
        for command in list(working):
            if command.run_for(0.005):
                continue
            working.remove(command)
            if command.wait() == LOCKED:
                counts["refused"] += 1
                counts["slowest"] = max(counts["slowest"], round(time.monotonic() - began[command], 2))
            else:
                counts["problems"].append(f"{place.name}: one of several ended with {command.wait()}")
    if len(working) != 1:
        counts["problems"].append(f"{place.name}: {len(working)} work at a time")
    for command in working:
        workers = command.workers()
        if kill:
            counts["killed"] += warm_command.kill([command.pid])
        command.run_for(60)
        counts["problems"] += [f"left: {pid}" for pid in command.leftovers(workers, 5)]
    last = start(place)
    if last.run_for(60) or last.wait() != 0:
        counts["problems"].append(f"{place.name}: the next start ended with {last.status}")
    last.leftovers([], 5)
    counts["problems"] += checked(lambda: whole(place / "out"))


def start(place: Path) -> warm_command.Command:
    return warm_command.start([*WORDS, *COLUMNS], place)


def whole(out: Path) -> None:
    """Check that all stories are there, each once."""
    ids = [row["id"] for row in rows(out)]
    assert len(ids) == len(set(ids)) == STORIES, f"{len(ids)} rows, {len(set(ids))} ids"
    assert verify(out) == [], verify(out)
    assert_small(out)


if __name__ == "__main__":
    main()
