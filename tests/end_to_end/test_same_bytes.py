"""The same documents give the same bytes: in any order, in shards of any size, on any number of workers."""

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from newsroom import story
from store_kit import quick_folder

from copydesk.flows.run import run_ingest
from copydesk.schemas.inputs import Columns
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings

COLUMNS = Columns(id="id", text="text", url="url", publisher="publisher")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


def lines(count: int) -> list[str]:
    """Return stories, some in two editions under one id, reprints under another, and a few lines that are not
    JSON.
    """
    stories = [story(number) for number in range(count)]
    again = [story(number, edition=1) for number in range(0, count, 9)]
    reprints = [
        story(number) | {"id": f"reprint-{number}", "publisher": "Echo"} for number in range(4, count, 11)
    ]
    reprints += [reprint | {"url": f"https://echo.example/{reprint['id']}"} for reprint in reprints[:3]]
    return [json.dumps(given) for given in [*stories, *again, *reprints]] + ['{"id": 1', "no json"]


def digest_of(place: Path, given: list[str], **settings: Any) -> str:
    """Ingest lines of one file, and hash the names and bytes of what readers see of articles and ledger."""
    place.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)  # so that the file has the same name in every row
        Path("in.jsonl").write_text("".join(f"{line}\n" for line in given))
        made = Settings(min_free_bytes=0, file_bytes=40_000, breaker_share=1.0, **settings)
        report = run_ingest(IngestRequest(("in.jsonl",), "out", COLUMNS, settings=made))
        assert report.balanced()
        assert report.rejected == 2
    published = hashlib.sha256()
    for tree in ("articles", "ledger"):
        for path in sorted((place / "out" / tree).iterdir()):
            published.update(f"{tree}/{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return published.hexdigest()


def shuffled(given: list[str], seed: int) -> list[str]:
    return random.Random(seed).sample(given, len(given))


def test_order_shards_and_workers_do_not_show(tmp_path: Path) -> None:
    """One worker and one shard; two workers and many shards of the same lines in disorder."""
    given = lines(60)
    calm = digest_of(tmp_path / "calm", given, workers=1)
    assert digest_of(tmp_path / "other", shuffled(given, 1), workers=2, shard_documents=17) == calm


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_no_order_and_no_number_of_workers_shows(tmp_path: Path, workers: int) -> None:
    """Three orders, three sizes of shards, against one worker, one shard, in order."""
    given = lines(400)
    calm = digest_of(tmp_path / "calm", given, workers=1)
    for seed, shard in ((1, 7), (2, 64), (3, 1_000)):
        found = digest_of(tmp_path / f"{seed}", shuffled(given, seed), workers=workers, shard_documents=shard)
        assert found == calm, f"order {seed}, shards of {shard}"
