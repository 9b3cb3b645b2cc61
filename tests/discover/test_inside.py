"""Furniture that is glued into long lines is found, proposed with what it would take, and removed once accepted."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line
from discover_kit import HERALD, LANTERN, Document, headline, paragraph, sentence, write

from copydesk.flows.cli import main
from copydesk.schemas.errors import ForeignEntryError
from copydesk.tasks.discover.effects import dry_run
from copydesk.tasks.discover.inside import inside_parts
from copydesk.tasks.discover.keys import INSIDE, WITHIN
from copydesk.tasks.discover.proposals import Discovery, discover
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import load
from copydesk.tasks.store.snapshot import resolve

NOTICE = "Klostrum readers bevig naar den onze vlurp every Thursday."
MARKER = "Verder op de plank:"


def glued(rng: random.Random, count: int) -> Iterator[Document]:
    """Yield articles of one long line, with a notice and a link somewhere inside it, glued or not."""
    for number in range(count):
        parts = [sentence(rng) for _ in range(9)]
        parts.insert(rng.randrange(2, 7), NOTICE)
        parts.insert(rng.randrange(3, 8), f"{MARKER} {headline(rng)}.")
        line = "".join(part + rng.choice([" ", " ", ""]) for part in parts)
        yield Document(f"l{number}", LANTERN, f"{headline(rng)}\n{line.strip()}\n{paragraph(rng)}")


def plain(rng: random.Random, count: int) -> Iterator[Document]:
    """Yield articles without furniture, of another publisher, with sentences that share words with it."""
    for number in range(count):
        near = (
            f"Two readers wrote every Thursday about the plank, and {sentence(rng)}"
            if number % 4 == 0
            else ""
        )
        yield Document(f"h{number}", HERALD, f"{headline(rng)}\n{paragraph(rng)}\n{near} {paragraph(rng)}")


def ingest(source: Path, out: Path, *more: str) -> Path:
    """Clean documents into a dataset, as a user would."""
    names = ("--publisher-column", "publisher", "--direct", "--workers", "1")
    assert main(["ingest", str(source), "--out", str(out), *names, *more]) == 0
    return out


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newspaper whose pages became one line, and one without furniture."""
    rng = random.Random(11)
    documents = [*glued(rng, 30), *plain(rng, 30)]
    return write(tmp_path_factory.mktemp("source") / "papers.jsonl", documents)


@pytest.fixture(scope="module")
def dataset(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both through the real pipeline."""
    return ingest(source, tmp_path_factory.mktemp("dataset") / "out")


@pytest.fixture(scope="module")
def found(dataset: Path) -> Discovery:
    return discover(resolve(dataset), load().rules)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def kept(dataset: Path) -> str:
    rows = pq.read_table(dataset / "ledger", columns=["text", "kept"]).to_pylist()
    return "\n".join(row["text"] for row in rows if row["kept"])


def test_parts_inside_a_line_are_found_where_they_are_glued() -> None:
    """A part begins after a full stop without a space, and ends before one. A single segment has no parts."""
    line = f"The council met on Tuesday.{NOTICE} {MARKER} Quay rebuilt. It rained all day in the town."
    keys = [part.key for part in inside_parts(["One segment of a line that has no more.", line])[1]]
    assert INSIDE + NOTICE.lower() in keys
    assert WITHIN + MARKER.lower() in keys
    assert inside_parts(["One segment of a line that has no more."]) == [[]]


def test_what_recurs_inside_lines_is_proposed(dataset: Path, found: Discovery) -> None:
    """The notice alone, and the link with the headline after it, are proposed; no sentence of an article is."""
    assert NOTICE in kept(dataset), "a rule or the model knows this line; invent another"
    proposed = {p.text: (p.scope, p.takes) for p in found.proposals}
    assert proposed == {NOTICE.lower(): ("span", "match"), MARKER.lower(): ("span", "match")}
    assert {p.publisher for p in found.proposals} == {LANTERN}


def test_a_dry_run_says_what_each_would_take(dataset: Path, found: Discovery) -> None:
    """Over the whole dataset, in one pass: every occurrence, and nothing of the paper without furniture."""
    effects, hits = dry_run(resolve(dataset), found.proposals)
    assert hits == []
    for proposal, effect in zip(found.proposals, effects, strict=True):
        assert effect.lines == len(effect.documents) == 30
        assert effect.quotation == ""
        taken = list(effect.shown.values())
        if proposal.text == NOTICE.lower():
            assert taken == [NOTICE]
        else:
            assert len(taken) == 10
            assert all(text.startswith(MARKER) and text.count(".") == 1 for text in taken)


def test_the_listing_shows_what_each_would_take(run: Cli, dataset: Path) -> None:
    """On the terminal and as JSON."""
    code, said, _ = run("discover", dataset)
    assert code == 0
    assert said.count("would take 30 lines of 30 documents") == 2
    code, said, _ = run("discover", dataset, "--json")
    assert [json.loads(line)["effect"] for line in said.splitlines()] == [{"lines": 30, "documents": 30}] * 2


def test_accepted_rules_remove_it_from_the_lines(run: Cli, source: Path, dataset: Path, tmp_path: Path) -> None:  # fmt: skip
    """The sentences before and after it stay, glued or not."""
    pack = tmp_path / "mine.toml"
    words = ("--accept", "1,2", "--pack", pack, "--label", "related", "--yes")
    code, said, errors = run("discover", dataset, *words)
    assert code == 0, errors
    assert "takes 30 kept lines out of 30 documents" in said
    assert check(load([pack])) == []
    again = kept(ingest(source, tmp_path / "again", "--rules", str(pack)))
    assert NOTICE not in again
    assert MARKER not in again
    before = [part for part in kept(dataset).replace(NOTICE, " ").split(".") if MARKER not in part]
    missing = [part for part in before if part.strip() and part.strip() not in again]
    assert missing == []


def test_a_link_in_the_place_of_a_file_is_not_followed(dataset: Path, found: Discovery, tmp_path: Path) -> None:  # fmt: skip
    """Reading goes through the store, which opens regular files only."""
    snapshot = resolve(dataset)
    copy = tmp_path / "copy" / ".copydesk" / "snapshot"
    (copy / "ledger").mkdir(parents=True)
    (copy / "ledger" / "0.parquet").symlink_to(next((snapshot / "ledger").glob("*.parquet")))
    with pytest.raises(ForeignEntryError, match="expected a file"):
        dry_run(copy, found.proposals)
