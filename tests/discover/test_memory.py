"""Accepting a proposal does not count the dataset again; what a rule or a must-keep line changes is exact."""

import os
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line
from discover_kit import NEWSAGENT, headline, lantern, paragraph, write

from copydesk.flows.cli import main
from copydesk.schemas.rule import Keep
from copydesk.tasks.discover import count as counting
from copydesk.tasks.discover import discover_once, dry_run, dry_run_keep, memory, proposals, with_added
from copydesk.tasks.discover.dataset import _any_of
from copydesk.tasks.rules.loading import load
from copydesk.tasks.store.snapshot import resolve


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newspaper with furniture."""
    folder = tmp_path_factory.mktemp("dataset")
    source = write(folder / "papers.jsonl", list(lantern(random.Random(4), 12)))
    words = ["--out", str(folder / "out"), "--publisher-column", "publisher", "--direct", "--workers", "1"]
    assert main(["ingest", str(source), *words]) == 0
    return folder / "out"


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "copydesk" / "discover"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passes over the whole dataset from here on."""
    passes: list[str] = []
    count = counting.count

    def spy(*given: object) -> object:
        passes.append("counted")
        return count(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("copydesk.tasks.discover.proposals.count", spy)
    return passes


def test_accepting_does_not_count_again(
    run: Cli, dataset: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proposals that were shown are those that are accepted, by their numbers."""
    passes = counted(monkeypatch)
    assert "newsagent" in run("discover", dataset)[1]
    assert passes == ["counted"]
    code, out, err = run("discover", dataset, "--accept", "1", "--pack", tmp_path / "mine.toml", "--yes")
    assert (code, passes) == (0, ["counted"]), err
    assert "kept lines out of" in out
    (file,) = cache.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("{")
    assert "newsagent" in run("discover", dataset)[1]
    assert passes == ["counted"] * 2


def test_what_is_remembered_is_what_was_found(dataset: Path, cache: Path) -> None:
    """Equal in every field, with and without the cache."""
    first = discover_once(resolve(dataset), load())
    assert discover_once(resolve(dataset), load()) == first
    assert first == proposals.discover(resolve(dataset), load().rules)


def test_other_rules_are_another_question(
    dataset: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused line counts against its proposal, at once."""
    passes = counted(monkeypatch)
    discover_once(resolve(dataset), load())
    pack = tmp_path / "mine.toml"
    pack.write_text(with_added("", [Keep("mine/keep/newsagent", (NEWSAGENT,), "It is the story.")]))
    again = discover_once(resolve(dataset), load([pack]))
    assert passes == ["counted"] * 2
    assert {p.text: p.against for p in again.proposals}[NEWSAGENT.lower()] == "mine/keep/newsagent"


def test_a_cache_that_can_t_be_written_is_no_obstacle(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only home costs time, nothing else."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    assert discover_once(resolve(dataset), load()).proposals


def test_old_files_are_removed(dataset: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache does not grow for ever."""
    monkeypatch.setattr(memory, "_MOST", 2)
    for least in (3, 4, 5):
        discover_once(resolve(dataset), load(), "", least)
    assert len(os.listdir(cache)) == 2


def test_the_quick_search_misses_nothing(dataset: Path) -> None:
    """The effect is that of a look at every kept line, one by one."""
    found = discover_once(resolve(dataset), load()).proposals
    effects, _ = dry_run(resolve(dataset), found)
    rows = pq.read_table(dataset / "ledger").to_pylist()
    for proposal, effect in zip(found, effects, strict=True):
        search = proposals.compile_key(proposal.key, proposal.pattern, proposal.case).search
        hits = [
            row
            for row in rows
            if row["kept"] and row["label"] != "title" and search(" ".join(row["text"].split()))
        ]
        assert effect.lines == len(hits) > 0
        assert len(effect.documents) == len({row["id"] for row in hits})


def test_words_are_found_in_any_case_and_form() -> None:
    """Arrow's search selects every text that Python's folding and lower case would."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern = _any_of(["\u0130stanbul'da".replace("\u0130", "i"), "\u03bf\u03b4\u03cc\u03c2", "stra\u00dfe"])
    texts = [
        "\u0130STANBUL\u2019DA",
        "istanbul",
        "\u039f\u0394\u038c\u03a3",
        "\u03bf\u03b4\u03cc\u03c2",
        "STRA\u1e9eE",
        "Port Ansel",
    ]
    assert pc.match_substring_regex(pa.array(texts), pattern).to_pylist() == [True] * 5 + [False]


def test_what_a_must_keep_line_brings_back(tmp_path: Path) -> None:
    """Removed stretches that are the line, however they are set, and long ones inside others."""
    rng = random.Random(2)
    share = "Share this with Facebook"
    texts = [
        "\n\n".join([headline(rng), paragraph(rng), *(line for line in lines if line), paragraph(rng)])
        for lines in (
            (share,),
            (share.replace(" ", "  "),),
            ("Read more: The tide of 1953 came in the night",),
            ("",),
        )
    ]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.txt").write_text(text)
    out = tmp_path / "out"
    assert (
        main(
            [
                "ingest",
                *(str(tmp_path / f"{n}.txt") for n in range(4)),
                "--out",
                str(out),
                "--direct",
                "--workers",
                "1",
            ]
        )
        == 0
    )
    assert (dry_run_keep(resolve(out), [share]).lines, dry_run_keep(resolve(out), ["share this"]).lines) == (
        2,
        0,
    )
    inside = dry_run_keep(resolve(out), ["The tide of 1953 came in the night"])
    assert (inside.lines, len(inside.documents)) == (1, 1)
