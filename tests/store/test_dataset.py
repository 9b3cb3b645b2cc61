"""The decisions of a commit, its files, and the files that it leaves alone."""

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_kit import SETTINGS, Doc, bodies, contents, docs, fingerprint, quick_folder, rows, run, stage

from copydesk.schemas.errors import StorageError
from copydesk.schemas.report import RunReport
from copydesk.schemas.shard import Counts, ResumePoint
from copydesk.tasks.store import files
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.queries import history
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

SMALL = replace(SETTINGS, file_bytes=1)
"""Every row group begins a new file."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


def counts(report: RunReport) -> tuple[int, int, int, int]:
    return report.written, report.unchanged, report.duplicate, report.rejected


def small_groups(monkeypatch: pytest.MonkeyPatch, group_rows: int) -> None:
    """Row groups so small that a few documents fill files."""
    monkeypatch.setitem(files.GROUP_ROWS, "articles", group_rows)


def test_the_folder_as_a_whole_is_no_table(tmp_path: Path) -> None:
    """Pandas and pyarrow would mix articles and ledger rows; they end at the note that says what to read."""
    out = tmp_path / "out"
    run(out, docs(range(3)))
    with pytest.raises(pa.ArrowInvalid, match=r"README\.txt"):
        pandas.read_parquet(out)
    assert 'read_parquet("articles")' in (out / "README.txt").read_text()
    assert len(pandas.read_parquet(out / "articles")) == 3
    (out / "README.txt").write_text("ours")
    run(out, docs(range(4)))
    assert (out / "README.txt").read_text() == "ours"


def test_layout_is_links_into_one_snapshot_and_can_be_moved(tmp_path: Path) -> None:
    """OUT holds four relative links through a fifth; moved elsewhere, the dataset is read and written as before."""
    run(tmp_path / "a", docs(range(3)))
    shutil.move(tmp_path / "a", tmp_path / "b")
    out = tmp_path / "b"
    names = sorted(path.name for path in out.iterdir())
    assert names == [".copydesk", "README.txt", "articles", "ledger", "rejects", "runs"]
    assert all(str((out / name).readlink()) == f".copydesk/current/{name}" for name in names[2:])
    assert str((out / ".copydesk/current").readlink()) == "snap/00000002"
    assert resolve(out) == out / ".copydesk/snap/00000002"
    assert len(bodies(out)) == 3
    assert counts(run(out, docs(range(4)), size=2)) == (1, 3, 0, 0)
    assert verify(out) == []


def test_trees_hold_parquet_files_only(tmp_path: Path) -> None:
    """Trees without rows hold an empty file with the schema, for readers that fail on an empty folder."""
    run(tmp_path / "out", [])
    for tree in ("articles", "ledger", "rejects", "runs"):
        names = [path.name for path in (tmp_path / "out" / tree).rglob("*")]
        assert names
        assert all(name.endswith(".parquet") for name in names)
    assert rows(tmp_path / "out") == []


def test_second_run_over_a_known_input_reads_and_changes_nothing(tmp_path: Path) -> None:
    """`skip_if_done` answers for the input, its documents count as unchanged, and no byte differs."""
    out = tmp_path / "out"
    run(out, docs(range(20)))
    before = contents(out)
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        assert store.skip_if_done(fingerprint())
        assert store.skip_if_done(fingerprint())
        report = store.finish()
    assert counts(report) == (0, 20, 0, 0)
    assert contents(out) == before


def test_same_documents_again_publish_no_commit(tmp_path: Path) -> None:
    """Documents that are read again and did not change leave snapshot and files as they are."""
    out = tmp_path / "out"
    run(out, docs(range(20)))
    before, snapshot = contents(out), resolve(out)
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        books = store.commit([stage(store, "s", docs(range(20)))], [(fingerprint(size=2), 20)])
        assert resolve(out) == snapshot
        store.finish()
    assert books == Counts(unchanged=20)
    assert contents(out) == before


@pytest.mark.parametrize("field", ["version", "source", "day"])
def test_a_new_fetch_of_the_same_article_is_unchanged(tmp_path: Path, field: str) -> None:
    """Fields that differ with every fetch of a page do not rewrite the article."""
    out = tmp_path / "out"
    run(out, [Doc("a", day=1)])
    before = contents(out)
    other = {
        "version": Doc("a", version="other", day=1),
        "source": Doc("a", source="x", day=1),
        "day": Doc("a", day=9),
    }
    assert counts(run(out, [other[field]], size=2)) == (0, 1, 0, 0)
    assert contents(out) == before


def test_change_rewrites_only_the_file_of_the_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed article keeps its place; files without changes keep name and bytes."""
    small_groups(monkeypatch, 4)
    out = tmp_path / "out"
    run(out, docs(range(12)), settings=SMALL)
    before = contents(out)
    assert len(before) == 6
    assert counts(run(out, [Doc("0005", "changed")], settings=SMALL, size=2)) == (1, 0, 0, 0)
    after = contents(out)
    assert len(after.keys() - before.keys()) == 2
    assert all(after[name] == before[name] for name in after.keys() & before.keys())
    assert [name.split("-")[0] for name in sorted(after)] == [name.split("-")[0] for name in sorted(before)]
    assert bodies(out)["0005"] == "changed"
    assert verify(out) == []


def test_new_articles_top_up_the_last_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full files are left alone; a file that is not full takes what is new until it is."""
    small_groups(monkeypatch, 4)
    out = tmp_path / "out"
    run(out, docs(range(10)), settings=replace(SETTINGS, file_bytes=60_000))
    assert len(contents(out, ["articles"])) == 1
    run(out, docs(range(10, 14)), settings=replace(SETTINGS, file_bytes=60_000), size=2)
    assert len(contents(out, ["articles"])) == 1
    big = replace(SETTINGS, file_bytes=1)
    full = contents(out)
    run(out, docs(range(14, 20)), settings=big, size=3)
    assert full.items() <= contents(out).items()
    assert len(bodies(out)) == 20
    assert verify(out) == []


@pytest.mark.parametrize("seed", range(6))
def test_bytes_do_not_depend_on_order_shards_or_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The same documents, shuffled and cut into other shards and commits, give the same files and names."""
    small_groups(monkeypatch, 7)
    settings = replace(SETTINGS, file_bytes=6_000)
    base = docs(range(0, 60, 2))
    new = (
        docs(range(60), body="new")
        + docs(range(20), body="newer", day=3)
        + docs(range(10), body="old", day=1)
    )
    new += docs(range(70, 75), rejected=True) + docs(["0072"], body="late")
    for name in ("plain", "shuffled"):
        run(tmp_path / name, base, settings=settings)
    expected = counts(run(tmp_path / "plain", new, settings=settings, size=2))
    shuffled = new[:]
    rng = random.Random(seed)
    rng.shuffle(shuffled)
    cuts = sorted(rng.sample(range(1, len(new)), 5))
    parts = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(new)], strict=True)]
    assert counts(run(tmp_path / "shuffled", *parts, settings=settings, size=2)) == expected
    assert contents(tmp_path / "shuffled") == contents(tmp_path / "plain")
    assert verify(tmp_path / "shuffled") == []


ONE_RUN = {
    "newest fetch wins": ([Doc("a", "old", day=1), Doc("a", "new", day=2)], "new"),
    "a fetch with a time beats one without": (
        [Doc("a", "z", day=1), Doc("a", "timeless", version="zz")],
        "z",
    ),
    "then the highest version": ([Doc("a", "x", version="1"), Doc("a", "y", version="2")], "y"),
}


@pytest.mark.parametrize(("pair", "winner"), ONE_RUN.values(), ids=ONE_RUN)
@pytest.mark.parametrize("way", ["one shard", "two shards", "two commits"])
@pytest.mark.parametrize("turned", [False, True])
def test_of_documents_with_one_id_the_same_wins_in_any_order(
    tmp_path: Path, pair: list[Doc], winner: str, way: str, turned: bool
) -> None:
    """Within a run the winner is known from the documents alone; the other counts as a duplicate."""
    first, second = reversed(pair) if turned else pair
    out = tmp_path / "out"
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in"])
        if way == "one shard":
            store.commit([stage(store, "s", [first, second])])
        elif way == "two shards":
            store.commit([stage(store, "s", [first]), stage(store, "t", [second])])
        else:
            store.commit([stage(store, "s", [first])])
            store.commit([stage(store, "t", [second])])
        assert store.books == Counts(written=1, duplicate=1)
        store.finish()
    assert bodies(out) == {"a": winner}
    assert {row["text"] for row in rows(out, "ledger") if row["kept"]} == {f"a: {winner}"}


def test_an_older_fetch_never_replaces_a_newer_article(tmp_path: Path) -> None:
    """A copy that was fetched before the one that is there counts as a duplicate."""
    out = tmp_path / "out"
    run(out, [Doc("a", "new", day=5)])
    assert counts(run(out, [Doc("a", "old", day=4)], size=2)) == (0, 0, 1, 0)
    assert bodies(out) == {"a": "new"}


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("commits", [1, 2])
def test_a_run_that_ends_where_it_began_changes_nothing(
    tmp_path: Path, order: Sequence[int], commits: int
) -> None:
    """If an article changes back within a run, the earlier row stays, to the byte, and counts as unchanged."""
    out = tmp_path / "out"
    run(out, [Doc("a", day=1), Doc("b")])
    before = contents(out)
    pair = [Doc("a", "else", day=2), Doc("a", day=3, source="third")]
    both = [pair[number] for number in order]
    report = run(out, *([both] if commits == 1 else [[both[0]], [both[1]]]), size=2)
    assert counts(report) == (0, 1, 1, 0)
    assert contents(out) == before
    assert verify(out) == []


def test_other_rules_write_what_they_change(tmp_path: Path) -> None:
    """With another pipeline the ledger counts: a line that is gone for another reason is a change."""
    out = tmp_path / "out"
    run(out, docs(range(3)))
    again = [Doc("0000"), Doc("0001", rule="en/share"), Doc("0002", "cleaner")]
    assert counts(run(out, again, pipeline="q")) == (2, 1, 0, 0)
    rules = {row["id"]: row["rule"] for row in rows(out, "ledger") if not row["kept"]}
    assert rules == {"id-0000": "model", "id-0001": "en/share", "id-0002": "model"}


def test_every_ledger_file_is_the_twin_of_an_article_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the same name hold the same ids, rows sorted by id and seq."""
    small_groups(monkeypatch, 5)
    out = tmp_path / "out"
    run(out, docs(range(23)), settings=SMALL)
    names = sorted(path.name for path in (out / "articles").iterdir())
    assert len(names) == 5
    assert sorted(path.name for path in (out / "ledger").iterdir()) == names
    for name in names:
        ids = pq.read_table(out / "articles" / name)["id"].to_pylist()
        ledger = pq.read_table(out / "ledger" / name)
        assert ids == sorted(ids)
        assert ledger["id"].to_pylist() == [id_ for id_ in ids for _ in range(2)]
        assert ledger["seq"].to_pylist() == [0, 1] * len(ids)


def test_ledgers_of_rejected_documents_come_and_go_with_them(tmp_path: Path) -> None:
    """They are stored while the document is rejected, replaced with the next one, and deleted when it becomes
    an article.
    """
    out = tmp_path / "out"

    def texts() -> list[str]:
        return sorted(row["text"] for row in rows(out, "ledger") if row["kept"])

    run(out, [Doc("a"), Doc("b", rejected=True), Doc("c", rejected=True)])
    assert texts() == ["a: body", "b: body", "c: body"]
    run(out, [Doc("b", "again", rejected=True)], size=2)
    assert texts() == ["a: body", "b: again", "c: body"]
    run(out, [Doc("b", "article"), Doc("c", rejected=True)], size=3)
    assert texts() == ["a: body", "b: article", "c: body"]
    run(out, [Doc("c", "article"), Doc("a", "spoilt", rejected=True)], size=4)
    assert texts() == ["a: body", "b: article", "c: article"]
    assert not list((out / "ledger").glob("rejected-*"))
    assert verify(out) == []


def test_what_an_input_no_longer_yields_stays(tmp_path: Path) -> None:
    """An article that fell out of a feed is kept; how many did is on record."""
    out = tmp_path / "out"
    run(out, docs(range(5)))
    run(out, docs(range(3, 7)), size=2)
    assert len(bodies(out)) == 7
    with Store.open(out, SETTINGS, "p") as store:
        assert store.absent("in.jsonl") == 3


def test_what_an_input_no_longer_yields_is_looked_up_not_searched(tmp_path: Path) -> None:
    """Searching all articles once for each input, a folder of 100,000 files takes hours when the rules change."""
    asked: list[str] = []
    plans: list[Any] = []
    for size, keys in ((1, "abcd"), (2, "abc")):
        with Store.open(tmp_path / "out", SETTINGS, "p") as store:
            store.begin(["in"])
            connection = store._state.connection
            connection.set_trace_callback(asked.append)
            documents = [Doc(key, source=f"{key}.jsonl") for key in keys]
            ends = {fingerprint(f"{key}.jsonl", size=size): int(key in keys) for key in "abcd"}
            reached = [(end, ResumePoint(count)) for end, count in ends.items()]
            store.commit([stage(store, "s", documents)], list(ends.items()), reached)
            connection.set_trace_callback(None)
            assert [store.absent(f"{key}.jsonl") for key in "abcd"] == [0, 0, 0, int(size == 2)]
            plans = [
                connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
                for text in asked
                if "seen <" in text or "seen<" in text
            ]
            store.finish()
    assert len(plans) >= 8
    assert not [plan for plan in plans if any("SCAN articles" in step[3] for step in plan)]


@pytest.mark.parametrize("change", [{"size": 2}, {"mtime_ns": 2}, {"uri": "other.jsonl"}])
def test_a_changed_input_is_not_done(tmp_path: Path, change: dict[str, int]) -> None:
    """Another size, time or name, or another pipeline, causes the input to be read again."""
    out = tmp_path / "out"
    run(out, docs(range(3)))
    with Store.open(out, SETTINGS, "p") as store:
        assert store.skip_if_done(fingerprint())
        assert not store.skip_if_done(fingerprint(**change))  # type: ignore[arg-type]
    with Store.open(out, SETTINGS, "other") as store:
        assert not store.skip_if_done(fingerprint())


def test_an_input_is_done_only_with_its_last_document(tmp_path: Path) -> None:
    """A run that stops halfway keeps what it committed, and the input is read again."""
    out = tmp_path / "out"
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([stage(store, "s", docs(range(5)))])
    assert len(bodies(out)) == 5
    with Store.open(out, SETTINGS, "p") as store:
        assert not store.skip_if_done(fingerprint())
    assert counts(run(out, docs(range(9)))) == (4, 5, 0, 0)


def test_a_stopped_run_and_its_sequel_end_as_one_run_would(tmp_path: Path) -> None:
    """Stopped, finished early, and taken up again: the files are those of a run that was not stopped."""
    everything = [*docs(range(9)), Doc("0003", "other", version="a"), Doc("0001", "other", version="z")]
    run(tmp_path / "whole", everything)
    out = tmp_path / "stopped"
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([stage(store, "s", everything[6:])])
        assert store.finish().written == 5
    run(out, everything)
    assert contents(out) == contents(tmp_path / "whole")
    assert verify(out) == []


def test_more_documents_in_an_input_than_arrived_is_an_error(tmp_path: Path) -> None:
    """A document lost between reader and store ends the run before anything is committed."""
    out = tmp_path / "out"
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        with pytest.raises(StorageError, match=r"held 4 documents, but 3 arrived"):
            store.commit([stage(store, "s", docs(range(3)))], [(fingerprint(), 4)])
    with Store.open(out, SETTINGS, "p") as store:
        assert not store.skip_if_done(fingerprint())


@pytest.mark.parametrize("seen", [2, 4])
def test_a_shard_whose_documents_do_not_add_up_is_refused(tmp_path: Path, seen: int) -> None:
    """All documents of a shard must come out of it."""
    with Store.open(tmp_path / "out", SETTINGS, "p") as store:
        store.begin([])
        shard = replace(stage(store, "s", docs(range(3))), seen=seen)
        with pytest.raises(StorageError, match=f"{seen} documents were read, but the shard accounts for 3"):
            store.commit([shard])


def test_a_shard_with_an_id_twice_is_refused(tmp_path: Path) -> None:
    """Were it taken, the dataset would hold an article twice."""
    with Store.open(tmp_path / "out", SETTINGS, "p") as store:
        store.begin([])
        shard = stage(store, "s", docs(range(3)))
        table = pq.read_table(shard.articles)
        pq.write_table(table.take([0, 1, 1]), shard.articles)
        with pytest.raises(StorageError, match="each id once"):
            store.commit([shard])


def test_history_names_every_version_that_was_live(tmp_path: Path) -> None:
    """Old versions are found with their run, and with their file while its snapshot lasts."""
    out = tmp_path / "out"
    reports = [
        run(out, [Doc("a", body), Doc("b")], size=size) for size, body in enumerate(["one", "two", "three"])
    ]
    versions = history(out, "id-a")
    assert [version.version for version in versions] == ["v-one", "v-two", "v-three"]
    assert [version.run_id for version in versions] == [report.run_id for report in reports]
    assert [version.live for version in versions] == [False, False, True]
    for version, body in zip(versions, ["one", "two", "three"], strict=True):
        assert version.path is not None
        assert f"a: {body}" in pq.read_table(version.path)["text"].to_pylist()
    assert len(history(out, "id-b")) == 1
    assert history(out, "id-unknown") == []
