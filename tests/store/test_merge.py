"""Digests and merges: the same rows give the same bytes, however they arrive."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_kit import Doc, docs, quick_folder

from copydesk.schemas.article import ARTICLES
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.shard import Cleaned
from copydesk.tasks.store import files as store_files
from copydesk.tasks.store import merge
from copydesk.tasks.store.digests import (
    ABOUT_OTHERS,
    ABOUT_THE_FETCH,
    CONTENT,
    content_digests,
    ledger_digests,
    row_digests,
)
from copydesk.tasks.store.files import ParquetFile, row_groups
from copydesk.tasks.store.merge import ARTICLE_SHELF, REJECTED_SHELF, Source, build
from copydesk.tasks.store.staging import stage_shard


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


def table(documents: list[Doc]) -> pa.Table:
    return pa.Table.from_pylist([doc.article() for doc in documents], ARTICLES)


def ledger(documents: list[Doc]) -> pa.Table:
    return pa.Table.from_pylist([row for doc in documents for row in doc.ledger()], LEDGER)


def other_value(field: pa.Field, value: Any) -> Any:
    """A value of the field's type that is not the one it has."""
    if pa.types.is_list(field.type):
        if pa.types.is_struct(field.type.value_type):
            return [*value, {child.name: "x" for child in field.type.value_type}]
        return [*value, "x"]
    if pa.types.is_struct(field.type):
        name = field.type[0].name
        return {**value, name: value[name] + 1}
    if pa.types.is_timestamp(field.type):
        return None if value else Doc("", day=1).article()["fetched_at"]
    if value is None or isinstance(value, str):
        return f"{value or ''}x"
    return value + 1


@pytest.mark.parametrize("name", ARTICLES.names)
def test_every_column_is_in_the_digest_it_belongs_to(name: str) -> None:
    """All columns distinguish rows. Those about the fetch do not make the content different."""
    row = Doc("a").article()
    other = {**row, name: other_value(ARTICLES.field(name), row[name])}
    both = pa.Table.from_pylist([row, other], ARTICLES)
    assert len(set(row_digests(both))) == 2
    assert len(set(content_digests(both))) == (1 if name in ABOUT_THE_FETCH | ABOUT_OTHERS else 2)
    assert (name in CONTENT) != (name in ABOUT_THE_FETCH)


TEXTS = st.lists(st.text(alphabet="a1:~\x00", max_size=3), max_size=3)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.text(alphabet="a1:~", max_size=3)), min_size=2, max_size=6))
def test_unequal_rows_have_unequal_digests(rows: list[tuple[list[str], list[str], str]]) -> None:
    """It also holds for values that look like separators, or move from one column to the next."""
    base = Doc("a").article()
    articles = [
        {**base, "authors": authors, "flags": flags, "title": title} for authors, flags, title in rows
    ]
    digests = row_digests(pa.Table.from_pylist(articles, ARTICLES))
    for i, left in enumerate(rows):
        for j, right in enumerate(rows):
            assert (digests[i] == digests[j]) == (left == right)


def test_null_and_empty_differ() -> None:
    """An unknown original is not an original without a name."""
    row = Doc("a").article()
    both = pa.Table.from_pylist([row, {**row, "duplicate_of": ""}], ARTICLES)
    assert len(set(row_digests(both))) == 2


def test_digests_do_not_depend_on_batches() -> None:
    """Slices, chunks and whole tables of the same rows give the same digests."""
    documents = docs(range(20))
    whole, rows = table(documents), ledger(documents)
    chunked = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 6), whole.slice(13)])
    assert row_digests(chunked) == row_digests(whole)
    assert row_digests(whole.slice(5, 3)) == row_digests(whole)[5:8]
    assert ledger_digests(pa.concat_tables([rows.slice(0, 13), rows.slice(13)])) == ledger_digests(rows)
    assert row_digests(whole.slice(0, 0)) == []
    assert ledger_digests(rows.slice(0, 0)) == {}


@pytest.mark.parametrize("cuts", [[], [1], [5, 6], [3, 9, 10, 11], list(range(1, 23))])
def test_row_groups_do_not_depend_on_batches(monkeypatch: pytest.MonkeyPatch, cuts: list[int]) -> None:
    """Groups end by number of rows or by size of text, for any batches."""
    monkeypatch.setitem(store_files.GROUP_ROWS, "articles", 5)
    monkeypatch.setattr(store_files, "GROUP_TEXT", 1_000)
    documents = [Doc(f"{n:04d}", "long " * (250 if n % 7 == 0 else 1)) for n in range(23)]
    whole = table(documents)
    parts = [whole.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, 23], strict=True)]
    groups = list(row_groups(parts, "articles"))
    assert [group.num_rows for group in groups] == [
        group.num_rows for group in row_groups([whole], "articles")
    ]
    assert pa.concat_tables(groups).equals(whole)
    assert all(group.num_rows <= 5 for group in groups)
    assert len(groups) > 5, "the weight counts as well"


def sources(folder: Path, documents: list[Doc], parts: int) -> list[Source]:
    """The documents spread over staged shards."""
    found = []
    for number in range(parts):
        share = sorted(documents[number::parts], key=lambda doc: doc.id)
        shard = stage_shard(folder, f"{parts}-{number}", Cleaned(table(share), ledger(share)))
        found.append(Source({"articles": shard.articles, "ledger": shard.ledger}))
    return found


@pytest.mark.parametrize("parts", [2, 16, 17, 40])
def test_a_merge_of_many_is_the_merge_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    """From 1 source or from 40, in one round or several: the same names, rows and bytes."""
    monkeypatch.setitem(store_files.GROUP_ROWS, "articles", 6)
    monkeypatch.setitem(store_files.GROUP_ROWS, "ledger", 7)
    monkeypatch.setattr(merge, "FAN_IN", 16)
    monkeypatch.setitem(merge._BATCH_ROWS, "articles", 3)
    monkeypatch.setitem(merge._BATCH_ROWS, "ledger", 3)
    documents = docs(range(90))
    random.Random(parts).shuffle(documents)
    results = []
    for count in (1, parts):
        work = tmp_path / f"work-{count}"
        work.mkdir()
        built = build(ARTICLE_SHELF, sources(tmp_path, documents, count), 3, 10_000, work)
        results.append(
            [(one.place, one.name, *(file.path.read_bytes() for file in one.files.values())) for one in built]
        )
    assert len(results[0]) > 1
    assert results[0] == results[1]


def test_a_document_does_not_part_between_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of ledgers ends with the last row of a document."""
    monkeypatch.setitem(store_files.GROUP_ROWS, "ledger", 3)
    (source,) = sources(tmp_path, docs(range(10)), 1)
    built = build(REJECTED_SHELF, [source], 0, 1, tmp_path)
    ids = [set(pq.read_table(one.files["ledger"].path)["id"].to_pylist()) for one in built]
    assert len(ids) > 3
    assert sum(map(len, ids)) == len(set.union(*ids)) == 10


def test_only_and_without_choose_rows(tmp_path: Path) -> None:
    """A rewrite takes all rows but some from one file, and those from another."""
    (old,) = sources(tmp_path, docs(range(5)), 1)
    changed = [Doc("0002", "new"), Doc("0009", "other")]
    shard = stage_shard(tmp_path, "new", Cleaned(table(changed), ledger(changed)))
    new = Source({"articles": shard.articles, "ledger": shard.ledger}, only=frozenset({"id-0002"}))
    (built,) = build(
        ARTICLE_SHELF, [old._replace(without=frozenset({"id-0002"})), new], 0, float("inf"), tmp_path
    )
    texts = pq.read_table(built.files["articles"].path)["text"].to_pylist()
    assert texts == ["0000: body", "0001: body", "0002: new", "0003: body", "0004: body"]


def test_an_unfinished_file_is_removed(tmp_path: Path) -> None:
    """An error during a write leaves no partial file."""
    path = tmp_path / "x.parquet"

    def fail() -> None:
        with ParquetFile(path, ARTICLES) as file:
            file.write(table(docs(range(3))))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not path.exists()
