"""`copydesk discover`: recurring furniture is proposed as rules, and text that only looks like furniture is
not.
"""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line
from discover_kit import (
    BACKGROUND,
    DATELINE,
    FILED,
    LANTERN,
    NEWSAGENT,
    PLUS,
    REFRAIN,
    SHELF,
    SPEAKER,
    TIMELINE,
    Document,
    headline,
    innocent,
    lantern,
    paragraph,
    sentence,
    wire_copy,
    write,
)

from copydesk.flows.cli import main
from copydesk.schemas.labels import FURNITURE
from copydesk.tasks.discover.acceptance import accept
from copydesk.tasks.discover.keys import LINE, SUFFIX, keys_of, line_of, pattern_of
from copydesk.tasks.discover.proposals import Discovery, discover
from copydesk.tasks.discover.reprints import Clusters
from copydesk.tasks.rules.examples import check
from copydesk.tasks.rules.loading import load, parse_pack
from copydesk.tasks.store.snapshot import resolve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def ingest(source: Path, out: Path, *more: str) -> Path:
    """Clean documents into a dataset, as a user would."""
    words = [
        "ingest",
        str(source),
        "--out",
        str(out),
        "--publisher-column",
        "publisher",
        "--direct",
        "--workers",
        "1",
        *more,
    ]
    assert main(words) == 0
    return out


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newspaper with furniture, and one whose articles only repeat themselves."""
    rng = random.Random(7)
    documents = [*lantern(rng, 40), *wire_copy(rng, 20), *innocent(rng, 36)]
    return write(tmp_path_factory.mktemp("source") / "papers.jsonl", documents)


@pytest.fixture(scope="module")
def dataset(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both newspapers through the real pipeline."""
    return ingest(source, tmp_path_factory.mktemp("dataset") / "out")


@pytest.fixture(scope="module")
def found(dataset: Path) -> Discovery:
    return discover(resolve(dataset), load().rules)


def kept_lines(dataset: Path) -> list[str]:
    rows = pq.read_table(dataset / "ledger", columns=["text", "kept"]).to_pylist()
    return [row["text"] for row in rows if row["kept"]]


def number_of(found: Discovery, text: str) -> str:
    return str(next(p.number for p in found.proposals if p.text == text))


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.endswith(("-shm", "-wal"))  # SQLite's files of readers of the state
    }


def test_furniture_of_each_shape_is_proposed(dataset: Path, found: Discovery) -> None:
    """A line, a line with numbers, a common beginning and a common end are proposed, each with its scope."""
    assert NEWSAGENT in kept_lines(dataset), "a rule or the model knows this line; invent another"
    assert {p.text: (p.scope, p.takes) for p in found.proposals} == {
        NEWSAGENT.lower(): ("line", "line"),
        FILED.format("#", "#").lower(): ("line", "line"),
        SHELF.format("").strip().lower(): ("prefix", "line"),
        PLUS.format("").strip().lower(): ("suffix", "match"),
    }


def test_a_proposal_tells_what_was_seen(found: Discovery) -> None:
    """It shows support, dates, place, neighbours and the terms of the estimate."""
    proposal = next(p for p in found.proposals if p.text == NEWSAGENT.lower())
    assert (proposal.publisher, proposal.documents, proposal.of_documents, proposal.share) == (
        LANTERN,
        30,
        40,
        0.75,
    )
    assert proposal.first_seen.startswith("2010-05-")
    assert proposal.last_seen.startswith("2018-05-")
    assert (proposal.head, proposal.tail) == (0.0, 1.0)
    assert 0.5 <= proposal.precision <= 1.0
    assert proposal.label in FURNITURE
    assert len(proposal.examples) == 3
    for example in proposal.examples:
        assert example.line == NEWSAGENT
        assert re.fullmatch(FILED.format(r"\d+", r"\d+"), example.before)
        assert example.behind.startswith(SHELF.format(""))


def test_copies_count_once(found: Discovery) -> None:
    """The agency story that was printed twenty times is one article, and nothing of it is proposed."""
    assert found.documents == 96
    assert found.articles == 77


@pytest.mark.parametrize("innocent_line", [REFRAIN, BACKGROUND, SPEAKER, TIMELINE, DATELINE.strip()])
def test_what_recurs_in_articles_is_not_proposed(dataset: Path, found: Discovery, innocent_line: str) -> None:
    """Refrain, background of a rolling story, speaker's name, subheading, agency dateline: in twelve and more articles each."""
    assert sum(innocent_line in line for line in kept_lines(dataset)) >= 12
    assert not [
        p.text for p in found.proposals if p.text in innocent_line.lower() or innocent_line.lower() in p.text
    ]
    assert found.unlikely > 0


def test_looking_changes_nothing(run: Cli, dataset: Path) -> None:
    """Without --accept not a byte of the dataset changes."""
    before = files(dataset)
    code, out, _ = run("discover", dataset)
    assert code == 0
    assert "4 of 4 proposals" in out
    assert "Nothing was changed" in out
    assert files(dataset) == before


def test_accepting_writes_a_rule_that_ingest_obeys(
    run: Cli, source: Path, dataset: Path, found: Discovery, tmp_path: Path
) -> None:
    """Accepted proposals are in the pack with their examples, after its old content.

    The lines are removed afterwards.
    """
    pack = tmp_path / "mine.toml"
    pack.write_text("# Rules of the Tolmar desk.\n", encoding="utf-8")
    numbers = [str(p.number) for p in found.proposals]
    code, out, err = run("discover", dataset, "--accept", ",".join(numbers), "--pack", pack, "--yes")
    assert code == 0, err
    label = next(p.label for p in found.proposals if p.text == NEWSAGENT.lower())
    assert f"mine/{label}/ask-your-newsagent" in out
    text = pack.read_text(encoding="utf-8")
    assert text.startswith("# Rules of the Tolmar desk.\n\n[[rule]]\n")
    rules = {rule.id: rule for rule in parse_pack(text, "mine")}
    assert len(rules) == 4
    assert check(load([pack])) == []
    kept = kept_lines(dataset)
    for rule in rules.values():
        assert rule.keep
        assert all(any(line in paragraph for paragraph in kept) for line in rule.keep)
        assert re.search(
            r"Recurs in \d+ of 40 documents of Tolmar Lantern between 2010-05-\d\d and 2018-05-\d\d", rule.why
        )
    again = ingest(source, tmp_path / "again", "--rules", str(pack))
    ledger = pq.read_table(again / "ledger").to_pylist()
    gone = [row for row in ledger if row["rule"] in rules]
    assert not any(row["kept"] for row in gone)
    by_rule = sorted(sum(row["rule"] == identity for row in gone) for identity in rules)
    assert by_rule == [20, 30, 30, 30]
    assert not [
        line
        for line in kept_lines(again)
        if re.search("newsagent|archive sheet|Further along|dine at half", line)
    ]
    capital = sum(len(line) for line in kept) - sum(len(line) for line in kept_lines(again))
    # The cleaner may have taken some of these lines for furniture before.
    known = sum(len(row["text"]) for row in pq.read_table(dataset / "ledger").to_pylist() if not row["kept"])
    removed = sum(len(row["text"]) for row in ledger if not row["kept"]) - known
    assert 0 < removed <= capital <= removed + 20  # the space before what stood glued
    assert discover(resolve(again), load([pack]).rules).proposals == ()


def test_the_label_is_guessed_by_the_words_that_packs_know(
    dataset: Path, found: Discovery, tmp_path: Path
) -> None:
    """A pack whose rules take lines with these words away as one thing makes that the guess."""
    before = next(p.label for p in found.proposals if p.text == NEWSAGENT.lower())
    wanted = "ad" if before != "ad" else "legal"
    known = tmp_path / "known.toml"
    known.write_text(
        "".join(
            f'[[rule]]\nid = "known/{wanted}/{city.lower()}"\nlabel = "{wanted}"\nscope = "line"\n'
            f'pattern = "ask your newsagent to put the {city.lower()} .*"\nwhy = "A test."\nseen = "test"\n'
            f'match = ["{NEWSAGENT.replace("Lantern", city)}"]\nkeep = ["{city} has a newsagent."]\n'
            for city in ("Quennell", "Ostrava", "Tarvit", "Belmore")
        ),
        encoding="utf-8",
    )
    again = discover(resolve(dataset), load([known]).rules).proposals
    assert next(p.label for p in again if p.text == NEWSAGENT.lower()) == wanted


def test_a_label_can_be_chosen(run: Cli, dataset: Path, found: Discovery, tmp_path: Path) -> None:
    """The guess is only a guess; a proposal can be named by its id as well."""
    pack = tmp_path / "mine.toml"
    chosen = next(p for p in found.proposals if p.scope == "prefix")
    code, _, err = run(
        "discover", dataset, "--accept", chosen.id, "--pack", pack, "--yes", "--label", "related"
    )
    assert code == 0, err
    (rule,) = parse_pack(pack.read_text(encoding="utf-8"), "mine")
    assert (rule.id, rule.label, rule.scope) == ("mine/related/further-along-the-shelf", "related", "line")
    assert rule.pattern.startswith("further along the shelf: ?.{1,")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--accept", "99", "--pack", "PACK"), "no such proposal"),
        (("--accept", "1"), "go together"),
        (("--pack", "PACK"), "go together"),
        (("--label", "ad"), "--label applies to"),
        (("--accept", "1", "--pack", "PACK", "--label", "nonsense"), "--label nonsense: expected one of"),
        (("--accept", "1", "--pack", "PACK", "--label", "paragraph"), "--label paragraph: expected one of"),
        (("--publisher", "Nobody"), "no article of publisher 'Nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Cli, dataset: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    """One clear line, exit code 64, and no file."""
    pack = tmp_path / "mine.toml"
    code, _, err = run("discover", dataset, *(str(pack) if word == "PACK" else word for word in words))
    assert code == 64
    assert message in err
    assert not pack.exists()


def test_a_second_time_is_refused(run: Cli, dataset: Path, tmp_path: Path) -> None:
    """The same proposal accepted twice would make a rule twice; the pack stays as it was."""
    pack = tmp_path / "mine.toml"
    assert run("discover", dataset, "--accept", "1", "--pack", pack, "--yes")[0] == 0
    before = pack.read_bytes()
    code, _, err = run("discover", dataset, "--accept", "1", "--pack", pack, "--yes")
    assert code == 64
    assert "already" in err
    assert pack.read_bytes() == before


def test_a_broken_pack_is_not_touched(run: Cli, dataset: Path, tmp_path: Path) -> None:
    """An invalid pack gets no rule."""
    pack = tmp_path / "mine.toml"
    pack.write_text("[[rule]]\nid = 1\n", encoding="utf-8")
    code, _, err = run("discover", dataset, "--accept", "1", "--pack", pack, "--yes")
    assert code == 64
    assert "mine.toml" in err
    assert pack.read_text(encoding="utf-8") == "[[rule]]\nid = 1\n"


def test_a_rule_that_others_speak_against_is_refused(dataset: Path, found: Discovery, tmp_path: Path) -> None:
    """A must-keep example of any pack in force outweighs the repetition. No file is left."""
    other = tmp_path / "other.toml"
    other.write_text(
        '[[rule]]\nid = "other/ad/shop"\nlabel = "ad"\nscope = "line"\npattern = "visit our shop of lamps"\nwhy = "A shop."\n'
        f'seen = "test"\nmatch = ["Visit our shop of lamps"]\nkeep = ["{NEWSAGENT}"]\n',
        encoding="utf-8",
    )
    proposal = next(p for p in found.proposals if p.text == NEWSAGENT.lower())
    with pytest.raises(Exception, match=r"not written.*other/ad/shop.*must stay"):
        accept(resolve(dataset), [proposal], tmp_path / "mine.toml", others=[other])
    assert [path.name for path in tmp_path.iterdir()] == ["other.toml"]
    (against,) = {p.against for p in discover(resolve(dataset), load([other]).rules).proposals} - {""}
    assert against == "other/ad/shop"


def test_the_same_dataset_gives_the_same_answer(dataset: Path, tmp_path: Path) -> None:
    """It does not depend on the seed of Python's hashes, which the table of the first pass uses."""
    code = "import sys; from copydesk.flows.cli import main; sys.exit(main(sys.argv[1:]))"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, "discover", str(dataset), "--json", "--limit", "0"],
            env=os.environ | {"PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path / seed)},
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    records = [json.loads(line) for line in outputs[0].decode().splitlines()]
    assert [record["number"] for record in records] == [1, 2, 3, 4]


def test_documents_without_a_publisher_are_grouped(run: Cli, tmp_path: Path) -> None:
    """A file of many is a group of its own; single files are counted together; names are escaped."""
    rng = random.Random(3)
    folder = tmp_path / "in"
    folder.mkdir()
    for number, document in enumerate(lantern(rng, 12)):
        (folder / f"{number}.txt").write_text(document.text, encoding="utf-8")
    assert main(["ingest", str(folder), "--out", str(tmp_path / "out"), "--direct", "--workers", "1"]) == 0
    code, out, _ = run("discover", tmp_path / "out")
    assert code == 0
    assert "9 of 12 documents of (no publisher)" in out


def test_what_is_printed_is_escaped(run: Cli, tmp_path: Path) -> None:
    """A publisher's name can hold anything. The terminal never gets it unescaped."""
    evil = "Lantern\u202e\u2066"
    rng = random.Random(5)
    source = write(tmp_path / "in.jsonl", [d._replace(publisher=evil) for d in lantern(rng, 12)])
    out = ingest(source, tmp_path / "out")
    code, printed, _ = run("discover", out)
    assert code == 0
    assert "\\u202e" in printed
    assert "\u202e" not in printed
    code, printed, _ = run("discover", out, "--accept", "1", "--pack", tmp_path / "mine.toml", "--yes")
    assert code == 0
    assert "\u202e" not in (tmp_path / "mine.toml").read_text(encoding="utf-8")


def test_a_rolling_story_is_one_article() -> None:
    """A story with a paragraph added each hour stays in its cluster; a shared notice makes none."""
    clusters = Clusters(100)
    for number in range(10):
        clusters.add(number, dict.fromkeys(range(5), 200), 1000 + 200 * number)
    for number in range(10, 90):
        clusters.add(number, {777: 150}, 1000)
    assert set(clusters.of[:10].tolist()) == {1}
    assert len(set(clusters.of[10:90].tolist())) == 80


def documents_of(counts: dict[str, int]) -> Iterator[Document]:
    rng = random.Random(11)
    for name, count in counts.items():
        for number in range(count):
            text = "\n\n".join([headline(rng), *(paragraph(rng) for _ in range(4)), sentence(rng), NEWSAGENT])
            yield Document(f"{name}-{number}", name, text)


def test_publishers_with_the_same_line_make_one_proposal(tmp_path: Path) -> None:
    """A rule does not ask for the publisher, so neither does the proposal; it names them all."""
    out = ingest(
        write(tmp_path / "in.jsonl", documents_of({"North": 12, "South": 9, "East": 3})), tmp_path / "out"
    )
    found = discover(resolve(out), load().rules)
    (proposal,) = [p for p in found.proposals if p.text == NEWSAGENT.lower()]
    assert (proposal.publisher, proposal.documents, proposal.elsewhere) == ("North", 12, {"South": 9})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("118  SHARES", "9 shares"),
        ("Lantern \u2018Extra\u2019 \u2014 12 May 2013", "lantern 'extra' - 3 June 2014"),
        ("Mise \u00e0 jour le 3 ao\u00fbt 2014", "mise \u00e0 jour le 12 mai 2013"),
    ],
)
def test_forms_of_one_line_have_one_key(one: str, other: str) -> None:
    """Case, quotes, dashes, spaces, numbers and months beside numbers hide no recurrence."""
    assert line_of(one).key == line_of(other).key


@pytest.mark.parametrize("text", ["He said that nothing had changed.", "12 34", "***", "ok"])
def test_sentences_and_signs_have_no_beginnings(text: str) -> None:
    """A sentence is counted by its beginning only if that is a marker or a known word."""
    assert not [key for key in keys_of(line_of(text), frozenset()) if key[0] not in (LINE, SUFFIX)]


def test_patterns_are_escaped_and_bounded() -> None:
    """Signs of RE2 are matched literally. An end of a line does not begin within a word."""
    assert pattern_of(LINE + line_of("More (12)? C++").key, 0) == r"more \([0-9]{1,9}\)\? c\+\+"
    assert pattern_of(SUFFIX + "read more", 0) == r"\bread more"
