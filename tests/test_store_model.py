"""Random histories of a dataset against a model of a few lines."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from store_kit import SETTINGS, Doc, bodies, fingerprint, quick_folder, rows, stage

from tasks import store_files
from tasks.store import Store
from tasks.store_read import verify

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


def day_of(doc: Doc) -> int:
    return -1 if doc.day is None else doc.day


class Dataset(RuleBasedStateMachine):
    """A round is what was committed since a run last ended. Of its documents with an id the newest fetch
    stands, then the highest version, unless what stood before is newer; the same content changes nothing."""

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
        self.groups = store_files.GROUP_ROWS["articles"]
        store_files.GROUP_ROWS["articles"] = 2
        self.open()

    def open(self) -> None:
        self.store = Store.open(self.out, replace(SETTINGS, file_bytes=1), "p")
        self.store.begin(["in"])
        self.uncounted, self.rejected = [], 0

    @rule(shards=st.lists(DOCUMENTS, min_size=1, max_size=3))
    def commit(self, shards: Sequence[list[Doc]]) -> None:
        self.inputs += 1
        staged = [stage(self.store, f"s{number}", documents) for number, documents in enumerate(shards)]
        taken = [doc for documents in shards for doc in documents]
        self.store.commit(staged, [(fingerprint(f"in-{self.inputs}"), len(taken))])
        for doc in taken:
            if doc.rejected:
                self.rejected += 1
            else:
                self.round[doc.key].append(doc)
                self.uncounted.append(doc)

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
        self.base |= self.winners()
        self.round.clear()
        self.crashed = False
        self.store.close()
        self.open()

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
            store_files.GROUP_ROWS["articles"] = self.groups
            self.store.close()
            self.folder.close()  # type: ignore[attr-defined]


TestDataset = Dataset.TestCase
TestDataset.settings = settings(
    max_examples=15,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
