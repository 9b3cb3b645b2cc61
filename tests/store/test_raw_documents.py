"""Raw documents are kept with their articles, come back as they were, and cost what they should."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_kit import SETTINGS, Doc, contents, docs, quick_folder, run, stage

from copydesk.schemas.article import ARTICLES
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import StorageError
from copydesk.schemas.raw_document_row import DOCUMENTS
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.merge import worth_merging
from copydesk.tasks.store.queries import history
from copydesk.tasks.store.raw_documents import documents_table, raw_documents
from copydesk.tasks.store.reader import Lookup
from copydesk.tasks.store.verify import verify
from copydesk.tasks.workers.protocol import pack_outcomes, unpack_outcomes


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


def files(out: Path) -> list[Path]:
    return sorted((out / ".copydesk/files/documents").iterdir())


def kept(out: Path) -> list[tuple[str, bytes]]:
    """Every raw document in store, live or not, file by file."""
    tables = [pq.read_table(path) for path in files(out)]
    return [(id_, raw.content) for table in tables for id_, _, raw in raw_documents(table)]  # type: ignore[misc]


def test_documents_come_back_as_they_were() -> None:
    """Bytes as bytes, text as text, names with lone surrogates, times with their zones."""
    body = "A crane was delivered to Port Ansel on Tuesday, although nobody at the port ordered it.\n"
    given = [
        RawDocument(Origin("a.txt", identity="file:/a\udcff.txt"), ("Crane\n" + body * 5).encode(), "text"),
        RawDocument(
            Origin("b.jsonl", "7", "record:/b#7", "https://example.org/b"), "Lone \ud800\n" + body * 5, "text"
        ),
        RawDocument(
            Origin("c.html", http_charset="koi8-r", fetched_at=datetime(2026, 1, 2, tzinfo=UTC)),
            f"<p>{body * 5}</p>".encode("koi8-r"),
            "html",
        ),
        RawDocument(Origin("d.txt"), b"\x00" * 50, "text"),
    ]
    context = CleaningContext.open((), SETTINGS)
    outcomes = [clean(raw, context) for raw in given]
    cleaned = unpack_outcomes([bytes(part) for part in pack_outcomes(outcomes, SETTINGS, given)])
    assert [stored.raw for stored in raw_documents(cleaned.documents)] == given[:3]
    assert cleaned.documents["id"].to_pylist() == cleaned.articles["id"].to_pylist()
    assert cleaned.documents["version"].to_pylist() == cleaned.articles["version"].to_pylist()
    assert (
        unpack_outcomes([bytes(part) for part in pack_outcomes(outcomes, SETTINGS)]).documents.num_rows == 0
    )


def test_a_damaged_document_is_refused() -> None:
    """Also one that would unpack to more than was put in."""
    rows = [Doc("a").document()]
    for damage in ({"content": rows[0]["content"][:-3]}, {"size": 5}, {"content": b"no frame"}):
        table = pa.Table.from_pylist([rows[0] | damage], DOCUMENTS)
        with pytest.raises(StorageError, match="id-a is damaged"):
            list(raw_documents(table))


def test_what_is_written_is_kept_and_nothing_else(tmp_path: Path) -> None:
    """Unchanged documents, rejects and duplicates bring nothing; a change adds to what is there."""
    out = tmp_path / "out"
    run(out, [*docs(range(3)), *docs(["x"], rejected=True)])
    assert kept(out) == [(f"id-{key:04d}", f"raw {key:04d} body".encode()) for key in range(3)]
    run(out, docs(range(3)), size=2)
    assert len(files(out)) == 1
    run(out, [Doc("0001", "changed"), *docs([0, 2])], size=3)
    assert kept(out)[3:] == [("id-0001", b"raw 0001 changed")]
    assert verify(out) == []


def test_raw_documents_are_in_no_snapshot(tmp_path: Path) -> None:
    """Readers and those who copy a snapshot get articles, ledger, rejects and runs."""
    run(tmp_path / "out", docs(range(3)))
    names = {path.name for path in (tmp_path / "out/.copydesk/snap").glob("*/*")}
    assert names == {"articles", "ledger", "rejects", "runs"}


def test_a_change_that_is_changed_back_has_its_own_document(tmp_path: Path) -> None:
    """The row from before the run returns, and with it the place of its raw document."""
    out = tmp_path / "out"
    run(out, [Doc("1", "first", day=1)])
    run(out, [Doc("1", "second", day=2)], [Doc("1", "first", day=3)], size=2)
    assert [content for _, content in kept(out)] == [b"raw 1 first", b"raw 1 second"]
    assert verify(out) == []
    with Store.open(out, SETTINGS, "p") as store:
        assert store.compact().documents == 1
    assert kept(out) == [("id-1", b"raw 1 first")]
    assert verify(out) == []


def test_published_files_do_not_depend_on_it(tmp_path: Path) -> None:
    """The same bytes whether raw documents are kept or not."""
    run(tmp_path / "with", docs(range(5)))
    with Store.open(tmp_path / "without", SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([replace(stage(store, "s", docs(range(5))), documents=None)])
        store.finish()
    assert contents(tmp_path / "with") == contents(tmp_path / "without")
    assert files(tmp_path / "without") == []
    assert verify(tmp_path / "without") == []


def test_small_files_are_put_together_now_and_then(tmp_path: Path) -> None:
    """Many small runs leave few files, and each document once."""
    out = tmp_path / "out"
    most = 0
    for number in range(40):
        run(out, [Doc(f"{number:04d}", str(number))], size=number)
        most = max(most, len(files(out)))
    assert most <= 8 + 3
    assert sorted(kept(out)) == [(f"id-{n:04d}", f"raw {n:04d} {n}".encode()) for n in range(40)]
    assert verify(out) == []


@pytest.mark.parametrize(
    ("sizes", "count"),
    [
        ([], 0),
        ([5] * 7, 0),
        ([5] * 8, 8),
        ([40, *[5] * 8], 9),
        ([41, *[5] * 8], 8),
        ([40, *[5] * 7], 0),
        ([80, 40, *[5] * 8], 10),
        ([*[5] * 8, 100], 0),
    ],
)
def test_which_files_are_put_together(sizes: list[int], count: int) -> None:
    """Eight files or more are merged, while the next is no larger than all files after it; full ones never."""
    assert worth_merging(sizes, 100) == count


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    """`verify` holds raw documents to the same account as what is published."""
    out = tmp_path / "out"
    run(out, docs(range(3)))
    (path,) = files(out)
    good = path.read_bytes()
    for place in (10, len(good) // 2, len(good) - 3):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert any(str(path) in problem for problem in verify(out)), place
    path.unlink()
    assert any(str(path) in problem and "missing" in problem for problem in verify(out))
    path.write_bytes(good)
    assert verify(out) == []


def test_news_costs_what_is_said() -> None:
    """Half of its size for text, with the row's own columns; measured on evaluation texts: 1,810 of 3,849 bytes."""
    sample = Path(__file__).parents[2] / "data/samples/crane-readme.txt"
    raw = RawDocument(Origin("a.txt"), sample.read_bytes(), "text")
    article = clean(raw, CleaningContext.open((), SETTINGS)).result
    table = documents_table([(raw, article)])  # type: ignore[list-item]
    assert len(table["content"][0].as_py()) < 0.65 * len(sample.read_bytes())
    assert ARTICLES.field("version").type == DOCUMENTS.field("version").type


def test_history_says_whether_the_raw_document_is_kept(tmp_path: Path) -> None:
    """It holds for the live version, for any fate of the earlier ones: stored, left out by a later run, and
    after compactions.
    """
    out = tmp_path / "out"
    run(out, docs(range(4)))
    run(out, [Doc("0000", "changed")], size=2)
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([replace(stage(store, "s", [Doc("0001", "bare")]), documents=None)])
        store.finish()
    said = {"id-0000": [False, True], "id-0001": [False, False], "id-0002": [True]}
    assert len(kept(out)) == 5
    assert {id_: [version.raw for version in history(out, id_)] for id_ in said} == said
    with Store.open(out, SETTINGS, "") as store:
        assert store.compact(full=True).documents == 2
    assert {id_: [version.raw for version in history(out, id_)] for id_ in said} == said
    assert sorted(kept(out)) == [(f"id-000{n}", f"raw 000{n} {b}".encode()) for n, b in ((0, "changed"), (2, "body"), (3, "body"))]  # fmt: skip
    with Lookup(out, fixed=True) as lookup:
        assert lookup.stock("q") == (3, 0, 1)
        assert [stored.id for stored in lookup.documents("q")] == ["id-0000", "id-0002", "id-0003"]
    assert verify(out) == []


def test_an_old_version_that_comes_again_brings_its_raw_document(tmp_path: Path) -> None:
    """The old one is no longer what the article refers to, and may have been deleted."""
    out = tmp_path / "out"
    for size, body in enumerate(("first", "second", "first")):
        run(out, [Doc("0000", body, version=body, day=size)], size=size)
        if body == "second":
            with Store.open(out, SETTINGS, "") as store:
                store.compact(full=True)
    assert [version.raw for version in history(out, "id-0000")] == [False, False, True]
    with Lookup(out, fixed=True) as lookup:
        assert [stored.raw.content for stored in lookup.documents("q")] == [b"raw 0000 first"]
    assert verify(out) == []
