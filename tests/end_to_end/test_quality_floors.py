"""Quality does not fall unnoticed: floors on the evaluation sets, and a record of every floor there was."""

import json
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from copydesk.flows.cli import main

FLOORS: dict[str, dict[str, list[dict[str, Any]]]] = tomllib.loads(
    (Path(__file__).parents[1] / "quality_floors.toml").read_text(encoding="utf-8")
)
EVAL = Path(__file__).resolve().parents[3] / "shared" / "eval"
INPUTS = {
    "text": ("text", "text/docs.jsonl", ["--id-column", "id", "--text-column", "text"]),
    "news_pages": (
        "html",
        "html/news_pages.parquet",
        ["--id-column", "id", "--html-column", "html", "--url-column", "url"],
    ),
    "web_articles": (
        "html",
        "html/web_articles.parquet",
        ["--id-column", "id", "--html-column", "html", "--url-column", "url"],
    ),
}


def at_most(measure: str) -> bool:
    """Whether less of a measure is better."""
    return measure.endswith(("_pct", "_touched"))


@pytest.mark.parametrize("name", FLOORS)
def test_a_floor_is_lowered_only_with_a_reason(name: str) -> None:
    """Each entry asks for as much as the one before it, or says why not."""
    for measure, entries in FLOORS[name].items():
        for before, after in pairwise(entries):
            worse = after["value"] > before["value"] if at_most(measure) else after["value"] < before["value"]
            assert not worse or after.get("why"), f"{name}.{measure}: {after['value']} without a reason"


@pytest.mark.quality
@pytest.mark.skipif(
    not EVAL.is_dir(), reason="the evaluation sets lie beside the checkout, and are not there"
)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n == "web_articles" else n for n in FLOORS]
)
def test_quality_is_not_below_its_floor(name: str, tmp_path: Path) -> None:
    """The output of ingest is scored as a reader of the dataset sees it."""
    kind, path, columns = INPUTS[name]
    assert main(["ingest", str(EVAL / path), *columns, "--out", str(tmp_path / "out"), "--direct"]) in (0, 3)
    command = [
        sys.executable,
        str(EVAL / "score.py"),
        kind,
        str(EVAL / path),
        str(tmp_path / "out"),
        "--json",
    ]
    rejects = pq.read_table(tmp_path / "out" / "rejects").to_pylist()
    assert [row["record"] for row in rejects if row["reason"] == "internal-error"] == []
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if kind == "text":
        assert (found["missing"], found["ledger_broken"], found["removed_without_rule"]) == (0, 0, 0)
    below = {
        measure: (found[measure], entries[-1]["value"])
        for measure, entries in FLOORS[name].items()
        if (
            found[measure] > entries[-1]["value"]
            if at_most(measure)
            else found[measure] < entries[-1]["value"]
        )
    }
    assert not below, f"below the floor (found, floor): {below}"
