"""Near duplicates: what is near, who repeats whom, and that neither order nor history plays a part."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from newsagency import edited, story
from store_kit import EPOCH, SETTINGS, Doc, contents, docs, fingerprint, quick_folder, rows, run, stage

from copydesk.schemas.errors import UsageError
from copydesk.schemas.settings import Settings
from copydesk.tasks.dedup.index import DuplicateState
from copydesk.tasks.dedup.minhash import equal_bytes, sign
from copydesk.tasks.dedup.originals import UNKNOWN, DuplicateMark, Duplicates, Note
from copydesk.tasks.store import files
from copydesk.tasks.store import near_duplicates as duplicates_store
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.migrations import STEPS
from copydesk.tasks.store.state import State
from copydesk.tasks.store.verify import verify

SMALL = Settings(near_permutations=32)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


class Newsroom(AbstractContextManager["Newsroom"]):
    """The state of a dataset, and what it should be by the rule itself."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        for step in STEPS:
            for part in step.strip().split(";\n"):
                self.db.execute(part)
        self.notes: dict[str, Note] = {}

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def take(self, notes: dict[str, Note]) -> dict[str, DuplicateMark]:
        state = DuplicateState(self.db)
        plan = Duplicates(state, SMALL).plan(notes)
        state.put(plan.removed, plan.added, plan.turned)
        for kind, nodes in plan.runs.items():
            state.add(kind, nodes)
        self.notes |= notes
        return plan.marks

    def found(self) -> dict[str, str | None]:
        return dict(
            self.db.execute("SELECT n.id, o.id FROM near n LEFT JOIN near o ON o.number = n.original")
        )

    def expected(self) -> dict[str, str | None]:
        live = {id_: note for id_, note in self.notes.items() if note.signature}
        found: dict[str, str | None] = {}
        for id_ in sorted(live, key=lambda id_: (live[id_].rank, id_)):
            found[id_] = next(
                (
                    other
                    for other, original in found.items()
                    if original is None and alike(live[other], live[id_])
                ),
                None,
            )
        return found


def alike(one: Note, other: Note) -> bool:
    a, b = (np.frombuffer(note.signature, np.uint8) for note in (one, other))
    return bool((a == b).sum() >= equal_bytes(0.5, 32) and (a.view("<u4") == b.view("<u4")).any())


@st.composite
def batches(draw: st.DrawFn) -> list[dict[str, Note]]:
    """Articles that come, change their text or date, and come again, in batches; many are near others."""
    rng = random.Random(draw(st.integers(0, 1 << 30)))
    first = [rng.randbytes(32) for _ in range(rng.randint(1, 3))]

    def signature() -> bytes:
        made = bytearray(rng.choice(first))
        for place in rng.sample(range(32), rng.randint(0, 14)):
            made[place] = rng.randrange(4)
        return bytes(made) if rng.random() < 0.95 else b""

    def note() -> Note:
        return Note(rng.choice([1, 2, 3, 4, 5, UNKNOWN]), signature())

    return [
        {f"id{rng.randrange(40):02}": note() for _ in range(rng.randint(1, 12))}
        for _ in range(rng.randint(1, 14))
    ]


@given(batches())
@settings(max_examples=30, deadline=None)
def test_who_repeats_whom_follows_from_the_articles_alone(history: list[dict[str, Note]]) -> None:
    """After every batch the state is what the rule says of the articles that are there, runs merged or not."""
    try_history(history)


@pytest.mark.slow
@given(batches())
@settings(max_examples=500, deadline=None)
def test_who_repeats_whom_in_many_histories(history: list[dict[str, Note]]) -> None:
    """The same, at length."""
    try_history(history)


def try_history(history: list[dict[str, Note]]) -> None:
    with Newsroom() as room, Newsroom() as once:
        for notes in history:
            marks = room.take(notes)
            expected = room.expected()
            assert room.found() == expected
            for id_ in notes:
                there = (
                    DuplicateMark(expected[id_], expected[id_] or id_)
                    if id_ in expected
                    else DuplicateMark(None, None)
                )
                assert marks[id_] == there
        once.take(room.notes)
        assert once.found() == room.found()


def test_a_thousand_copies_are_one_cluster() -> None:
    """Copies of copies repeat the first published, whichever comes when."""
    rng = random.Random(1)
    signature = rng.randbytes(32)
    ids = [f"id{n:04}" for n in range(1000)]
    with Newsroom() as room:
        for _ in range(10):
            rng.shuffle(ids)
            room.take({id_: Note(int(id_[2:]), signature) for id_ in ids[:100]})
            ids = ids[100:]
        assert room.found() == {f"id{n:04}": None if n == 0 else "id0000" for n in range(1000)}


@dataclass(frozen=True)
class Story(Doc):
    """A document with a text of its own and a date."""

    published: int | None = 0
    """In hours since EPOCH."""
    basis: str = "offset"

    def article(self) -> dict[str, Any]:
        when = None if self.published is None else EPOCH + timedelta(hours=self.published)
        return {**super().article(), "text": self.body, "published_at": when, "date_basis": self.basis}


def marks(out: Path) -> dict[str, str | None]:
    """Return the original of each article. Its cluster must be that of its original."""
    found = {row["id"][3:]: (row["duplicate_of"], row["cluster"]) for row in rows(out)}
    for key, (original, cluster) in found.items():
        assert cluster == (original or f"id-{key}")
        assert original is None or found[original[3:]][0] is None, "the original repeats another one"
    assert verify(out) == []
    return {key: original and original[3:] for key, (original, _) in found.items()}


A, B = story(10), story(11)
NEWS = [
    Story("wire", A, published=3),
    Story("copy", edited(A, 0.03), published=5),
    Story("late", A, published=None),
    Story("else", B, published=1),
]


def test_a_reprint_is_kept_and_marked(tmp_path: Path) -> None:
    """Rows stay, with the original that they repeat; the books count them as written and as near duplicates."""
    report = run(tmp_path / "out", NEWS)
    assert marks(tmp_path / "out") == {"wire": None, "copy": "wire", "late": "wire", "else": None}
    assert (report.written, report.duplicate, report.near_duplicates) == (4, 0, 2)
    assert rows(tmp_path / "out", "runs")[0]["near_duplicates"] == 2


def test_an_updated_story_is_a_version(tmp_path: Path) -> None:
    """The same id with another text replaces the article; nothing repeats it, and nothing is left of the old mark."""
    out = tmp_path / "out"
    run(out, NEWS)
    report = run(out, [Story("wire", B + " " + A[:60], published=3)], size=2)
    assert (report.written, report.near_duplicates) == (1, 1)
    assert marks(out) == {"wire": "else", "copy": None, "late": "copy", "else": None}
    assert len(rows(out)) == 4


def test_a_date_without_a_time_is_the_end_of_its_day(tmp_path: Path) -> None:
    """Midnight means "some time that day", so the article is not the first of that day."""
    run(tmp_path / "out", [Story("day", A, published=0, basis="date-only"), Story("hour", A, published=9)])
    assert marks(tmp_path / "out") == {"day": "hour", "hour": None}


def test_an_original_that_turns_up_later_takes_its_place(tmp_path: Path) -> None:
    """It holds within a run and over runs. The articles that repeated another one are updated."""
    for commits in ([NEWS[1:], NEWS[:1]], [NEWS[:1], NEWS[1:]]):
        out = tmp_path / f"out-{commits[0][0].key}"
        run(out, *commits)
        first = Story("first", edited(A, 0.01), published=-5)
        run(out, [first], size=2)
        assert marks(out) == {"wire": "first", "copy": "first", "late": "first", "else": None, "first": None}


def test_a_first_copy_rewrites_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An original says nothing of its copies, so that a reprint after years touches the newest file only."""
    monkeypatch.setitem(files.GROUP_ROWS, "articles", 2)
    settings = replace(SETTINGS, file_bytes=1)
    out = tmp_path / "out"
    run(out, [NEWS[0], NEWS[3]], settings=settings)
    before = contents(out)
    run(out, [NEWS[1]], settings=settings, size=2)
    assert before.items() <= contents(out).items()
    assert marks(out) == {"wire": None, "copy": "wire", "else": None}


@pytest.mark.parametrize("seed", range(2))
def test_bytes_do_not_depend_on_order_or_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Shuffled and cut into other commits, over two runs, the same files come out, marks included."""
    monkeypatch.setitem(files.GROUP_ROWS, "articles", 5)
    settings = replace(SETTINGS, file_bytes=6_000)
    rng = random.Random(seed)
    texts = [story(20 + n, 60) for n in range(4)]

    def some(first: int) -> list[Doc]:
        return [
            Story(
                f"{n:03}",
                edited(rng.choice(texts), rng.choice([0, 0.05, 0.12]), n),
                published=rng.randrange(6),
            )
            for n in range(first, first + 20)
        ]

    base, new = some(0), [*some(20), *some(10)[:5]]
    for name in ("plain", "shuffled"):
        run(tmp_path / name, base, settings=settings)
    expected = run(tmp_path / "plain", new, settings=settings, size=2)
    rng.shuffle(new)
    report = run(tmp_path / "shuffled", new[:7], new[7:8], new[8:], settings=settings, size=2)
    assert report.near_duplicates == expected.near_duplicates > 0
    assert marks(tmp_path / "shuffled") == marks(tmp_path / "plain")
    assert contents(tmp_path / "shuffled") == contents(tmp_path / "plain")


SHARES = st.lists(st.integers(0, 4), min_size=1, max_size=14)


@given(SHARES, st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_runs_in_any_order_end_alike(runs: list[int], rng: random.Random) -> None:
    """The same articles, taken in by other runs in another order, are marked alike."""
    try_runs(runs, rng)


@pytest.mark.slow
@given(SHARES, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_runs_in_any_order_end_alike(runs: list[int], rng: random.Random) -> None:
    """The same, at length."""
    try_runs(runs, rng)


def try_runs(runs: list[int], rng: random.Random) -> None:
    stories = [
        Story(
            f"{n:02}",
            edited(story(40 + rng.randrange(2), 60), rng.choice([0, 0.06, 0.1]), n),
            published=rng.randrange(4),
        )
        for n in range(len(runs))
    ]
    for folder in quick_folder():
        run(folder / "once", stories)
        for number in sorted(set(runs), key=lambda _: rng.random()):
            part = [doc for doc, in_run in zip(stories, runs, strict=True) if in_run == number]
            run(folder / "often", part, size=2 + number)
        assert marks(folder / "often") == marks(folder / "once")


def test_a_stopped_run_is_settled_by_the_next(tmp_path: Path) -> None:
    """Marks that a stopped run left undone are made good, even when the next run brings nothing new."""
    out = tmp_path / "out"
    run(out, [NEWS[1]])
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([stage(store, "s", [NEWS[0]])])
    run(out, [NEWS[0]], size=2)
    assert marks(out) == {"wire": None, "copy": "wire"}


def test_the_search_can_be_turned_off_and_on_and_changed(tmp_path: Path) -> None:
    """Off, rows say nothing; on again, what came meanwhile is found without reading any input."""
    out = tmp_path / "out"
    off = replace(SETTINGS, near_duplicates=False)
    report = run(out, NEWS[:3], settings=off)
    assert report.near_duplicates == 0
    assert {(row["duplicate_of"], row["cluster"]) for row in rows(out)} == {(None, None)}
    run(out, NEWS[3:], size=2)
    assert marks(out) == {"wire": None, "copy": "wire", "late": "wire", "else": None}
    run(out, [Story("more", A, published=9)], settings=off, size=3)
    run(out, [], size=4)
    assert marks(out)["more"] == "wire"
    run(out, [], settings=replace(SETTINGS, near_threshold=1.0), size=5)
    assert marks(out) == {"wire": None, "copy": None, "late": "wire", "else": None, "more": "wire"}


@pytest.mark.parametrize(
    "before", [{"near_threshold": 1.0}, {"near_permutations": 64}, {"near_duplicates": False}], ids=str
)
def test_cleaning_again_leaves_the_search_as_it_was(tmp_path: Path, before: dict[str, Any]) -> None:
    """The setting of a run holds until another run changes it."""
    out = tmp_path / "out"
    run(out, NEWS, settings=replace(SETTINGS, **before))
    with Store.open(out, SETTINGS, "q") as store:
        store.begin(["in.jsonl"], again=True)
        again = [replace(NEWS[0], body=f"{A} indeed", rule="new"), *NEWS[1:]]
        store.commit([stage(store, "s", again)], [(fingerprint(size=2), len(again))])
        store.finish()
    run(tmp_path / "fresh", again, settings=replace(SETTINGS, **before))
    ours, fresh = (
        {row["id"]: row["cluster"] for row in rows(folder)} for folder in (out, tmp_path / "fresh")
    )
    assert ours == fresh


@pytest.mark.parametrize("lot", [1, 2, 100])
def test_a_dataset_of_before_the_search_is_caught_up_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lot: int
) -> None:
    """In lots; a killed catch-up begins afresh, since the scheme is noted last."""
    monkeypatch.setattr(duplicates_store, "_BATCH", lot)
    monkeypatch.setitem(files.GROUP_ROWS, "articles", 1)
    out = tmp_path / "out"
    run(out, NEWS)
    expected = marks(out)
    state = State(out / ".copydesk/state.db")
    with state.transaction():
        DuplicateState(state.connection).set_scheme("")
    state.close()
    before = contents(out)
    run(out, docs(["other"]), size=2)
    assert {key: value for key, value in marks(out).items() if key != "other"} == expected
    assert before.keys() != contents(out).keys()


def test_shards_are_signed_by_the_workers_or_by_the_store(tmp_path: Path) -> None:
    """It makes no difference who signs."""
    for name in ("signed", "unsigned"):
        with Store.open(tmp_path / name, SETTINGS, "p") as store:
            store.begin(["in"])
            shard = stage(store, "s", NEWS)
            if name == "signed":
                table = pq.read_table(shard.articles)
                texts = list(zip(table["title"].to_pylist(), table["text"].to_pylist(), strict=True))
                signed = pa.array(sign(texts, SETTINGS), pa.binary())
                place = table.schema.get_field_index("signature")
                pq.write_table(table.set_column(place, table.schema.field(place), signed), shard.articles)
            store.commit([shard], [(fingerprint(), len(NEWS))])
            store.finish()
    assert contents(tmp_path / "signed") == contents(tmp_path / "unsigned")


WRONG: Sequence[dict[str, Any]] = (
    {"near_threshold": 0.3},
    {"near_threshold": 1.1},
    {"near_permutations": 126},
    {"near_permutations": 0},
    {"near_shingle": 0},
)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """The folder can be opened with other settings afterwards."""
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Store.open(tmp_path / "out", replace(SETTINGS, **wrong), "p")
    run(tmp_path / "out", NEWS)
