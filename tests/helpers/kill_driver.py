"""Kill `copydesk ingest` at random moments, repeatedly, and check what it leaves; started by test_kills.

    kill_driver.py warm|true|broken KILLS SEED FOLDER

A history of four inputs is ingested one after the other: new stories, changed ones, some twice, unreadable
lines. Each run is started repeatedly, and killed at some moment of its life, until it survives. So a dataset
survives dozens of kills before it is complete and compared with an undisturbed one. `warm` forks the command
(see `warm_command`), in shards of 12 documents; `true` starts the real program each time; `broken` is `warm`
with a commit point in two halves. Prints one line of JSON.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import warm_command
from newsroom import story, write_stories
from store_crash_driver import checked
from store_kit import contents, rows

from copydesk.schemas.article import Article
from copydesk.schemas.document import Declared, Origin, RawDocument
from copydesk.schemas.report import Outcome
from copydesk.tasks.store.commit import Commit
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.state import State
from copydesk.tasks.store.verify import verify

GENERATIONS = 4
SMALL = {"shard_documents": 12, "file_bytes": 30_000, "retention_seconds": 0.0, "min_free_bytes": 0}
"""Several commits per run, several files, snapshots that expire: everything that the protocol does."""
VICTIMS = ("all", "all", "all", "command", "command", "template", "worker", "worker")
"""Which process is killed: all at once, as by a container's memory killer, or one, which the others must
notice."""


def main() -> None:
    """Run the campaign."""
    mode, kills, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    clean = warm_command.warm_up()
    if mode == "broken":
        break_commits()
    campaign = Campaign(folder, random.Random(seed), Cold() if mode == "true" else Warm(), clean)
    began = time.monotonic()
    campaign.run(kills)
    print(json.dumps(campaign.counts | {"seconds": round(time.monotonic() - began, 1)}))


WORDS = ["ingest", "in", "--out", "out", "--direct", "--workers", "2"]
COLUMNS = [
    "--id-column",
    "id",
    "--text-column",
    "text",
    "--url-column",
    "url",
    "--publisher-column",
    "publisher",
]


def break_commits() -> None:
    """Make each statement of a commit separate, with a pause between articles and files."""
    journal = Store._journal

    def slowly(self: Store, work: Commit, number: int) -> set[tuple[str, str]]:
        time.sleep(0.05)
        return journal(self, work, number)

    State.transaction = nullcontext  # type: ignore[method-assign, assignment]
    Store._journal = slowly  # type: ignore[method-assign]


class Warm:
    """The command, forked."""

    def start(self, folder: Path) -> warm_command.Command:
        return warm_command.start([*WORDS, *COLUMNS], folder)


class Cold:
    """The command, as a shell starts it."""

    def start(self, folder: Path) -> "Program":
        return Program(folder)


class Program:
    """A real running `copydesk`, with the interface of `warm_command.Command`."""

    def __init__(self, folder: Path) -> None:
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("copydesk"), *WORDS, *COLUMNS],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def template(self) -> int:
        return next(iter(warm_command.children(self.pid)), 0)

    def run_for(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def wait(self) -> int:
        return self._process.wait()

    def workers(self) -> list[int]:
        return warm_command.children(self.template)

    def leftovers(self, others: list[int], seconds: float) -> list[int]:
        return warm_command.still_alive(others, seconds)


class Inputs:
    """The inputs of each generation, and the texts that readers may see of each id after it."""

    def __init__(self, clean: Callable[[RawDocument], Outcome]) -> None:
        self._clean = clean
        self.texts: dict[str, set[str]] = {}
        """Every text that was ever given under an id."""
        self.latest: list[dict[str, str]] = [{}]
        """Text by id of a complete generation."""

    def write(self, folder: Path, number: int) -> None:
        """Write the input of a generation, which begins with 0."""
        fresh = [story(n) for n in range(number * 30, number * 30 + 30)]
        changed = (
            [story(n, edition=number) for n in range(number * 30 - 30, number * 30 - 24)] if number else []
        )
        (folder / "in").mkdir(exist_ok=True)
        write_stories(folder / "in" / f"{number}.jsonl", [*fresh, *changed, *fresh[:3]], broken_lines=2)
        if len(self.latest) == number + 1:
            found = {}
            for given in fresh + changed:
                said = Declared(publisher=given["publisher"])
                origin = Origin(f"in/{number}.jsonl", given["id"], url=given["url"], declared=said)
                article = self._clean(RawDocument(origin, given["text"], "text")).result
                assert isinstance(article, Article)
                found[article.id] = article.text
                self.texts.setdefault(article.id, set()).add(article.text)
            self.latest.append(self.latest[-1] | found)


class Campaign:
    """Datasets that are built under kills, one after the other."""

    def __init__(
        self, folder: Path, rng: random.Random, commands: Any, clean: Callable[[RawDocument], Outcome]
    ):
        self._folder = folder
        self._rng = rng
        self._commands = commands
        self._inputs = Inputs(clean)
        self.counts: dict[str, Any] = {"kills": 0, "datasets": 0, "finished": 0, "problems": []}
        self._victims: Counter[str] = Counter()

    def run(self, kills: int) -> None:
        """Build datasets until the number of kills is reached; the last one is completed undisturbed."""
        calm, self._life = self._undisturbed()
        while self.counts["kills"] < kills and not self.counts["problems"]:
            self._build(self._folder / f"dataset-{self.counts['datasets']}", calm, kills)
            self.counts["datasets"] += 1
        self.counts["victims"] = dict(self._victims)

    def _undisturbed(self) -> tuple[list[Path], list[float]]:
        """Return copies of the dataset after each generation, and the duration of each run."""
        place = self._folder / "calm"
        place.mkdir(parents=True)
        warm_command.choose(SMALL, place)
        copies, life = [], []
        for number in range(GENERATIONS):
            self._inputs.write(place, number)
            began = time.monotonic()
            command = self._commands.start(place)
            if command.run_for(120) or command.wait() not in (0, 3):
                sys.exit(f"undisturbed run {number}: {(place / 'log').read_text()[-2000:]}")
            life.append(time.monotonic() - began)
            self._must(command.leftovers([], 5), "left after a quiet run")
            copies.append(self._folder / f"calm-{number}")
            shutil.copytree(place / "out", copies[-1], symlinks=True)
        return copies, life

    def _build(self, place: Path, calm: list[Path], kills: int) -> None:
        place.mkdir()
        warm_command.choose(SMALL, place)
        for number in range(GENERATIONS):
            self._inputs.write(place, number)
            (place / "seen").unlink(missing_ok=True)
            while True:
                peace = self.counts["kills"] >= kills
                status = self._try(place, self._life[number], peace=peace)
                self._check(partial(look, place, self._inputs, number))
                if status in (0, 3):
                    self.counts["finished"] += 1
                    break
                if peace:
                    self.counts["problems"].append(
                        f"ended with {status}: {(place / 'log').read_text()[-500:]}"
                    )
                    return
            self._check(partial(compare, place / "out", calm[number]))
        shutil.rmtree(place)

    def _try(self, place: Path, life: float, *, peace: bool) -> int:
        """Start the command and kill a process; return how the command ended."""
        command = self._commands.start(place)
        who = self._rng.choice(VICTIMS)
        if not command.run_for(120 if peace else self._rng.uniform(0, life)):
            self._must(command.leftovers([], 5), "left after the end")
            return int(command.wait())
        template, workers = command.template, command.workers()
        victims = {
            "all": [command.pid, template, *workers],
            "command": [command.pid],
            "template": [template],
            "worker": workers[:1],
        }[who]
        hit = warm_command.kill([pid for pid in victims if pid])
        if hit:
            self.counts["kills"] += 1
            self._victims[who] += 1
        if command.run_for(60):
            self.counts["problems"].append(f"still running 60 s after its {who} was killed")
            warm_command.kill([command.pid])
        status = int(command.wait())
        self._must(command.leftovers([template, *workers], 5), f"left after {who} was killed")
        expected = (0, 3, -signal.SIGKILL) + ((1,) if who == "template" else ())
        if status not in expected:
            self.counts["problems"].append(
                f"{who} killed: ended with {status}: {(place / 'log').read_text()[-500:]}"
            )
        return status

    def _check(self, check: Callable[[], None]) -> None:
        self.counts["problems"] += checked(check)

    def _must(self, left: list[int], what: str) -> None:
        if left:
            self.counts["problems"].append(f"processes {left} {what}")


def look(place: Path, inputs: Inputs, generation: int) -> None:
    """Check as a reader, before any recovery: nothing lost, doubled, torn, or reverted."""
    out, notes = place / "out", place / "seen"
    before, after = inputs.latest[generation : generation + 2]
    if not (out / "articles").exists():
        assert not before, "LOST: nothing is published although runs ended well"
        return
    found = rows(out)
    texts = {row["id"]: row["text"] for row in found}
    assert len(texts) == len(found), "DOUBLED: an id is there twice"
    lost = before.keys() - texts.keys()
    assert not lost, f"LOST: acknowledged articles are missing: {lost}"
    torn = [id_ for id_, text in texts.items() if text not in inputs.texts.get(id_, ())]
    assert not torn, f"TORN: texts that nobody wrote: {torn}"
    stale = [id_ for id_, text in texts.items() if text not in (before.get(id_), after.get(id_))]
    assert not stale, f"LOST: back to what was replaced before: {stale}"
    seen = int(notes.read_text()) if notes.exists() else 0
    assert len(found) >= seen, f"LOST: {len(found)} articles, {seen} were seen before"
    notes.write_text(str(len(found)))
    problems = [problem for problem in verify(out) if "not shown to readers yet" not in problem]
    assert not problems, f"TORN: {problems}"


def compare(out: Path, calm: Path) -> None:
    """Check, after a run that ended well, that the dataset equals an undisturbed one byte for byte."""
    assert contents(out) == contents(calm), "the files are not those of undisturbed runs"
    assert verify(out) == [], verify(out)
    assert_small(out)
    stage = list((out / ".copydesk" / "stage").iterdir())
    assert stage == [], f"left in the stage: {stage}"
    rejected = {(row["record"], row["content_hash"]) for row in rows(out, "rejects")}
    assert rejected == {(row["record"], row["content_hash"]) for row in rows(calm, "rejects")}, (
        "rejects differ"
    )


def assert_small(out: Path) -> None:
    """Every run went by the settings that were chosen: without them one commit takes in all, and nothing is tried."""
    for run in rows(out, "runs"):
        held = json.loads(run["settings"])
        assert {name: held[name] for name in SMALL} == SMALL, f"run {run['run_id']}: {held}"


if __name__ == "__main__":
    main()
