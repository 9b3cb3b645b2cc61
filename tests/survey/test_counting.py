"""A survey gives the same numbers as a count of the dataset's tables."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_kit import Tables, article, reject, run, stretch

from copydesk.flows.run import run_ingest
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.schemas.survey import Share, Survey
from copydesk.tasks.article.quality import count_non_space
from copydesk.tasks.store import Scan
from copydesk.tasks.survey import survey
from copydesk.tasks.survey.counting import solid
from copydesk.tasks.survey.samples import _hashes

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples as a dataset, made in two runs."""
    folder = tmp_path_factory.mktemp("survey") / "out"
    for given_ in ([SAMPLES / "crane-readme.txt"], [SAMPLES]):
        run_ingest(IngestRequest(tuple(map(str, given_)), str(folder), settings=Settings(workers=1)))
    return folder


def test_the_figures_of_a_dataset(out: Path) -> None:
    """Articles, characters by label, publisher and language, rules, rejects and runs are those of the tables."""
    found = survey(Scan(out), "out")
    articles = pq.read_table(out / "articles").to_pylist()
    ledger = [r for r in pq.read_table(out / "ledger").to_pylist() if r["id"] in {a["id"] for a in articles}]
    sizes = [len("".join(row["text"].split())) for row in ledger]
    gone = [(row, size) for row, size in zip(ledger, sizes, strict=True) if not row["kept"]]
    assert found.articles == len(articles)
    assert found.words == sum(a["word_count"] for a in articles)
    assert found.whole.removed == sum(size for _, size in gone) == sum(a["removed_chars"] for a in articles)
    assert found.whole.kept == sum(sizes) - found.whole.removed
    by_label: Counter[str] = Counter()
    by_rule: Counter[str] = Counter()
    for row, size in gone:
        by_label[row["label"]] += size
        by_rule[row["rule"]] += size
    assert found.whole.by_label == by_label
    assert {rule: size for rule, size, _ in found.rules}.items() <= by_rule.items()
    for groups, column in ((found.publishers, "publisher"), (found.languages, "language")):
        assert {g.name: g.articles for g in groups} == Counter(a[column] for a in articles)
        assert sum(g.kept for g in groups) == found.whole.kept
        assert sum(g.removed for g in groups) == found.whole.removed
    assert found.rejected == 2
    assert [each.seen for each in found.runs] == [1, 24]
    assert found.runs[-1].removed_by_label


def test_the_same_dataset_gives_the_same_survey(out: Path) -> None:
    """Samples are drawn at random, and are the same each time."""
    assert survey(Scan(out), "out") == survey(Scan(out), "out")


def test_removals_stand_in_their_context(out: Path) -> None:
    """The text before a stretch is from the ledger of the same document."""
    ledger = pq.read_table(out / "ledger").to_pylist()

    def fits(number: int, before: str) -> bool:
        previous = ledger[number - 1] if number else None
        if previous is not None and previous["id"] == ledger[number]["id"]:
            return bool(before) and previous["text"].endswith(before)
        return before == ""

    for each in survey(Scan(out), "out").sample:
        # A document may hold the same stretch several times, such as two markers of captions.
        numbers = [n for n, row in enumerate(ledger) if (row["id"], row["text"]) == (each.article, each.text)]
        assert numbers
        assert any(fits(number, each.before) for number in numbers)


def test_nothing_at_all() -> None:
    """A dataset without articles, runs and rejects has a survey all the same."""
    found = survey(Tables(), "empty")
    assert (found.articles, found.whole, found.sample, found.runs, found.rejects) == (
        0,
        Share("", 0, 0, 0, {}),
        (),
        (),
        (),
    )


def test_a_line_that_recurs_is_found_with_its_publishers() -> None:
    """Kept lines of originals count once per article, removed ones by rule. Reprints are no evidence."""
    line, gone = "Tide tables stand on page two", "Share this"
    rows = []
    for number in range(10):
        rows += [
            stretch(number, 0, f"The board met for the {number}th time."),
            stretch(number, 1, line),
            stretch(number, 2, line, label="subheading"),
            stretch(number, 3, gone, label="share", kept=False, rule="en/share"),
        ]
    names = ["Herald"] * 6 + ["Courier"] * 3 + [""]
    articles = [article(n, publisher=name) for n, name in enumerate(names)]
    articles[5]["duplicate_of"] = articles[4]["id"]
    found = survey(Tables(articles=articles, ledger=rows), "x")
    (kept,) = found.kept_lines
    assert (kept.text, kept.articles) == (line, 9)
    assert kept.publishers == (("Herald", 5), ("Courier", 3), ("", 1))
    (removed,) = found.removed_lines
    assert (removed.text, removed.rule, removed.articles) == (gone, "en/share", 10)
    assert found.duplicates == 1


def test_what_is_rare_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of lines is bounded. A frequent line is found among any others."""
    monkeypatch.setattr("copydesk.tasks.survey.lines._MOST", 50)
    rows = []
    for number in range(200):
        rows += [stretch(number, 0, f"Only in number {number}."), stretch(number, 1, "In each of them.")]
    found = survey(Tables(size=40, articles=[article(n) for n in range(200)], ledger=rows), "x")
    assert [(line.text, line.articles) for line in found.kept_lines] == [("In each of them.", 200)]


@settings(max_examples=25)
@given(st.integers(1, 400), st.integers(1, 60))
def test_the_sample_does_not_depend_on_batches(size: int, documents: int) -> None:
    """However the rows are cut, the same stretches are drawn; each has the same chance."""
    rows = [
        stretch(n, seq, f"stretch {seq} of {n}", label="share", kept=False, rule="r", score=0.9)
        for n in range(documents)
        for seq in range(4)
    ]
    articles = [article(n) for n in range(documents)]
    one = survey(Tables(size=10_000, articles=articles, ledger=rows), "x")
    cut = survey(Tables(size=size, articles=articles, ledger=rows), "x")
    assert [each.text for each in one.sample] == [each.text for each in cut.sample]
    assert {each.text for each in one.doubtful} == {each.text for each in cut.doubtful}
    assert len(one.sample) == min(50, len(rows))
    assert one.removals == len(rows)


def test_each_stretch_has_the_same_chance() -> None:
    """Early and late places of a document are drawn alike: of 4,000 in ten places, none has twice its share."""
    rows = [stretch(n, seq, "x", kept=False) for n in range(400) for seq in range(10)]
    table = next(Tables(size=10_000, ledger=rows).batches("ledger", ("id", "seq")))
    keys = _hashes(table["id"], table["seq"].to_numpy())
    drawn = Counter(int(place) % 10 for place in keys.argsort()[:1000])
    assert max(drawn.values()) < 150
    assert min(drawn.values()) > 60


def test_rejects_count_documents(tmp_path: Path) -> None:
    """One that several runs rejected counts once, and examples are different documents."""
    rows = [reject(n % 30, run_id=f"run-{n // 30}") for n in range(90)] + [
        reject(0, stage="clean", reason="empty")
    ]
    found = survey(Tables(rejects=rows), "x").rejects
    assert [(each.reason, each.documents, len(set(each.examples))) for each in found] == [
        ("bad-json", 30, 5),
        ("empty", 1, 1),
    ]


def test_runs_of_an_older_version() -> None:
    """Missing counts are 0. The latest sixty are listed, oldest first."""
    old: dict[str, Any] = {"near_duplicates": None, "alarms": None, "notes": None}
    found: Survey = survey(Tables(runs=[run(n, **old) for n in reversed(range(70))]), "x")
    assert [each.run_id for each in found.runs][:2] == ["run-10", "run-11"]
    assert (found.runs[0].near_duplicates, found.runs[0].alarms) == (0, ())
    assert found.runs[0].share == 0.1


def test_white_space_is_what_the_articles_count_as_such() -> None:
    """For every character, the column operation agrees with the count that fills `removed_chars`."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    found = solid(pa.chunked_array([characters])).to_pylist()
    assert [f"{ord(c):x}" for c, n in zip(characters, found, strict=True) if n != count_non_space(c)] == []
