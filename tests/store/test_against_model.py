"""Random histories of a dataset against a model of a few lines."""

import errno
import itertools
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from store_kit import SETTINGS, Doc, bodies, fingerprint, quick_folder, rows, stage

from copydesk.schemas.errors import CopydeskError, LockedError
from copydesk.tasks.store import crash_points, files
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.verify import verify

DOCUMENTS = st.lists(
    st.builds(
        Doc,
        key=st.sampled_from("abcdefgh"),
        body=st.sampled_from("123"),
        version=st.sampled_from(["", "w"]),
        day=st.sampled_from([None, 1, 2, 3]),
        rejected=st.sampled_from([False, False, False, True]),
    ).map(lambda doc: replace(doc, version=f"{doc.version}{doc.body}")),
    max_size=8,
)


POINTS = st.integers(1, 70)
"""A commit of a few documents passes some 30 to 60 points."""


class Crash(BaseException):
    """Ends a call where a process would have been killed."""


def day_of(doc: Doc) -> int:
    return -1 if doc.day is None else doc.day


class Dataset(RuleBasedStateMachine):
    """A round holds all commits since the last end of a run.

    Of its documents with an id the newest fetch counts, then the highest version, unless the earlier one is
    newer. The same content changes nothing.
    """

    @initialize()
    def create(self) -> None:
        self.folder = quick_folder()
        self.out = next(self.folder) / "out"
        self.base: dict[str, tuple[int, str]] = {}
        self.round: dict[str, list[Doc]] = defaultdict(list)
        self.uncounted: list[Doc] = []
        self.rejected = 0
        self.inputs = 0
        self.crashed = False
        self.groups = files.GROUP_ROWS["articles"]
        files.GROUP_ROWS["articles"] = 2
        self.open()

    def open(self) -> None:
        self.store = Store.open(self.out, replace(SETTINGS, file_bytes=1), "p")
        self.store.begin(["in"])
        self.uncounted, self.rejected = [], 0

    @rule(shards=st.lists(DOCUMENTS, min_size=1, max_size=3))
    def commit(self, shards: Sequence[list[Doc]]) -> None:
        self.take(shards)
        self.note(shards)

    def take(self, shards: Sequence[list[Doc]]) -> None:
        self.inputs += 1
        staged = [stage(self.store, f"s{number}", documents) for number, documents in enumerate(shards)]
        self.store.commit(staged, [(fingerprint(f"in-{self.inputs}"), sum(map(len, shards)))])

    def note(self, shards: Sequence[list[Doc]]) -> None:
        for doc in (doc for documents in shards for doc in documents):
            if doc.rejected:
                self.rejected += 1
            else:
                self.round[doc.key].append(doc)
                self.uncounted.append(doc)

    @rule(shards=st.lists(DOCUMENTS, min_size=1, max_size=2), point=POINTS, killed=st.booleans())
    def crash_in_a_commit(self, shards: Sequence[list[Doc]], point: int, killed: bool) -> None:
        """The process is killed, or the disk refuses: the commit happened or not, and the store knows which."""
        with self.crash_at(point, killed=killed):
            self.take(shards)
        if self.store.skip_if_done(fingerprint(f"in-{self.inputs}", 1)):
            self.note(shards)
            self.uncounted, self.rejected = [], 0
            self.store.close()
            self.open()

    @rule(point=POINTS, killed=st.booleans())
    def crash_at_the_end_of_a_run(self, point: int, killed: bool) -> None:
        """The run ended or it did not; its row in runs/ says so, and that it did."""
        before = self.runs()
        with self.crash_at(point, killed=killed):
            self.store.finish()
        if self.runs() > before:
            self.end_round()

    @rule(full=st.booleans(), point=POINTS, killed=st.booleans())
    def compact(self, full: bool, point: int, killed: bool) -> None:
        """It runs between runs. The articles of a stopped run are then like any older ones."""
        self.store.close()
        self.store = Store.open(self.out, replace(SETTINGS, file_bytes=1), "p")
        unfinished = bool(self.round)
        with self.crash_at(point, killed=killed):
            self.store.compact(full=full)
        if unfinished:
            # Whether it came to an end shows in what stands when an older fetch comes, which nobody asks here.
            self.store.finish()
            self.end_round()
            self.store.close()
            self.open()

    @rule()
    def another_writer(self) -> None:
        """Is refused, and disturbs nothing."""
        with pytest.raises(LockedError):
            Store.open(self.out, SETTINGS, "p")

    @contextmanager
    def crash_at(self, point: int, *, killed: bool) -> Iterator[None]:
        """Continue from the files on the disk at a point, or after a failed call."""
        image = self.out.with_name("image")
        crash_points.hook = self.ending(image if killed else None, point)
        try:
            with suppress(Crash, CopydeskError):
                yield
        finally:
            crash_points.hook = lambda _: None
        self.crashed = True
        self.store.close()
        if image.exists():
            shutil.rmtree(self.out)
            image.rename(self.out)
        self.open()

    def ending(self, image: object, point: int) -> Callable[[str], None]:
        count = itertools.count(1)

        def hook(_: str) -> None:
            if next(count) == point:
                crash_points.hook = lambda _: None
                if image is None:
                    raise OSError(errno.EIO, "Input/output error", str(self.out))
                shutil.copytree(self.out, image, symlinks=True)  # type: ignore[type-var]
                raise Crash

        return hook

    def runs(self) -> int:
        return len(rows(self.out, "runs")) if (self.out / "runs").exists() else 0

    @rule()
    def finish(self) -> None:
        report = self.store.finish()
        assert report.balanced()
        assert report.rejected == self.rejected
        if not self.crashed:
            winners = self.winners()
            changed = [key for key, (_, body) in winners.items() if self.base.get(key, (0, ""))[1] != body]
            assert report.written == len(changed)
            assert report.unchanged == len(winners) - len(changed)
        self.end_round()
        self.store.close()
        self.open()

    def end_round(self) -> None:
        self.base |= self.winners()
        self.round.clear()
        self.crashed = False

    @precondition(lambda self: self.uncounted)
    @rule()
    def start_again_without_finishing(self) -> None:
        self.crashed = True
        self.store.close()
        self.open()

    def winners(self) -> dict[str, tuple[int, str]]:
        """Fetch and body by key of what this round brought."""
        found = {}
        for key, documents in self.round.items():
            before = self.base.get(key, (-1, ""))[0]
            able = [doc for doc in documents if day_of(doc) >= before]
            if able:
                best = max(able, key=lambda doc: (day_of(doc), doc.version))
                found[key] = (day_of(best), best.body)
        return found

    @invariant()
    def readers_see_the_model(self) -> None:
        if not (self.out / "articles").exists():
            return
        assert bodies(self.out) == {
            key: body for key, (_, body) in sorted((self.base | self.winners()).items())
        }
        kept = [row["text"] for row in rows(self.out, "ledger") if row["kept"]]
        assert {f"{key}: {body}" for key, body in bodies(self.out).items()} <= set(kept)
        assert len(kept) == len({text.split(":")[0] for text in kept}), "two ledgers for one id"
        assert verify(self.out) == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            files.GROUP_ROWS["articles"] = self.groups
            self.store.close()
            self.folder.close()  # type: ignore[attr-defined]


class LongDataset(Dataset):
    """The same at length."""


def at_length(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )


TestDataset = Dataset.TestCase
TestDataset.settings = at_length(12, 10)
TestLongDataset = pytest.mark.slow(LongDataset.TestCase)
TestLongDataset.settings = at_length(300, 30)
