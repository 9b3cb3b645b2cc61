"""A dataset whose articles were written before a quality signal existed: it is sound, read, merged and added to."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from store_kit import SETTINGS, docs, quick_folder, rows, run

from copydesk.schemas.article import ARTICLES
from copydesk.tasks.store import merge, snapshot
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.digests import content_digests
from copydesk.tasks.store.verify import verify

YOUNGER = "model_confidence"


def older_schema() -> pa.Schema:
    """Return the schema of articles before the signal."""
    at = ARTICLES.get_field_index("quality")
    kind = pa.struct([field for field in ARTICLES.field(at).type if field.name != YOUNGER])
    schema = ARTICLES.set(at, ARTICLES.field(at).with_type(kind))
    return schema.with_metadata({**ARTICLES.metadata, b"schema_version": b"4"})


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patch:
        patch.setitem(merge.SCHEMAS, "articles", older_schema())
        patch.setitem(snapshot.TREES, "articles", older_schema())
        run(tmp_path / "out", docs(range(5)))
    assert YOUNGER not in rows(tmp_path / "out")[0]["quality"]
    return tmp_path / "out"


def test_it_is_sound_and_grows(older: Path) -> None:
    """Rows keep their content and digest; the signal is null where it was not known."""
    assert verify(older) == []
    run(older, docs(range(3, 8)), pipeline="q", size=2)
    assert verify(older) == []
    with Store.open(older, SETTINGS, "q") as store:
        store.compact(full=True)
    assert verify(older) == []
    found = rows(older)
    assert len(found) == 8
    assert {row["quality"][YOUNGER] for row in found} <= {None, 1}
    assert [row["quality"][YOUNGER] for row in found if row["record"] in ("0000", "0007")] == [None, 1]


def test_a_digest_of_content_does_not_see_it() -> None:
    """It depends on all of a page, and a page changes around its article with each fetch."""
    row = docs(["a"])[0].article()
    now = pa.Table.from_pylist([row, {**row, "quality": {**row["quality"], YOUNGER: 0.5}}], ARTICLES)
    before = pa.Table.from_pylist([row], older_schema())
    assert len({*content_digests(now), *content_digests(before)}) == 1
