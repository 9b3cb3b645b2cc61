"""`copydesk reclean`: newer rules over stored documents, shown first, committed as new versions."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from cli_kit import Cli, command_line
from store_kit import SETTINGS, Doc, bodies, contents, docs, quick_folder, rows, run, stage

from copydesk.flows.reclean import Recleaned, RecleanRequest, run_reclean
from copydesk.schemas.article import ARTICLES
from copydesk.schemas.errors import BreakerError, UsageError
from copydesk.schemas.ledger import LEDGER
from copydesk.tasks.runs.reclean_diff import Diff
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.queries import history
from copydesk.tasks.store.reader import Lookup
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.verify import verify

SAMPLES = Path(__file__).parents[2] / "data/samples"
PACK = """
[[rule]]
id = "mine/other_boilerplate/trail"
label = "other_boilerplate"
scope = "line"
pattern = 'a paper trail|the two ports now plan.*'
why = "Two lines that somebody does not want."
seen = "The Northern Herald, 2016"
match = ["A paper trail"]
keep = ["A paper trail led to the port."]
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def reclean(out: Path, cleaner: str, **more: object) -> Recleaned:
    settings = replace(SETTINGS, workers=1, shard_documents=4, breaker_documents=5, breaker_share=0.5)
    request = RecleanRequest(str(out), settings=settings, **more)  # type: ignore[arg-type]
    return run_reclean(request, cleaner=f"recleaners:{cleaner}")


def test_from_the_rules_to_the_new_version(cli: Cli, tmp_path: Path) -> None:
    """A dry run shows the lines that would go and changes nothing; then they go, and the old version is history."""
    (tmp_path / "in").mkdir()
    for name in ("crane-readme.txt", "clean-already.txt", "vignes-cookies-json-ld.html"):
        shutil.copy(SAMPLES / name, tmp_path / "in")
    (tmp_path / "mine.toml").write_text(PACK, encoding="utf-8")
    out, pack = tmp_path / "out", ("--rules", tmp_path / "mine.toml")
    assert cli("ingest", tmp_path / "in", "--out", out, "--direct", "--workers", "1")[0] == 0
    shutil.rmtree(tmp_path / "in")
    before, snapshot = contents(out), resolve(out)
    code, said, err = cli("reclean", out, *pack, "--dry-run", "--workers", "1")
    assert code == 0, err
    assert "would change             1  33.3%" in said
    assert "A paper trail" in said
    assert "mine/other_boilerplate/trail" in said
    assert "Nothing was changed" in said
    assert (contents(out), resolve(out)) == (before, snapshot)
    code, said, err = cli("reclean", out, *pack, "--workers", "1", "--json")
    assert code == 0, err
    told = json.loads(said)
    assert (told["articles"], told["changed"], told["already_clean"]) == (3, 1, 0)
    (loss,) = told["most"]
    assert [line["before"][:13] for line in loss["lines"]] == ["A paper trail", "The two ports"]
    assert told["words"] == loss["words_after"] - loss["words_before"] < 0
    assert told["removed_after"]["other_boilerplate"] > told["removed_before"].get("other_boilerplate", 0)
    (article,) = [row for row in rows(out) if row["id"] == loss["id"]]
    assert "A paper trail" not in article["text"]
    old, new = history(out, loss["id"])
    assert old.version == new.version
    assert old.about is not None
    assert new.about is not None
    assert old.about.rules_version != new.about.rules_version
    assert "changed: rules" in cli("history", out, loss["id"])[1]
    assert verify(out) == []
    code, said, _ = cli("reclean", out, *pack, "--workers", "1")
    assert (code, "clean already" in said, "Nothing to do." in said) == (0, True, True)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Ten articles from two runs, over several files."""
    run(tmp_path / "out", docs(range(6)))
    run(tmp_path / "out", docs(range(6, 10)), size=2)
    return tmp_path / "out"


def test_what_changes_is_counted_and_the_greatest_losses_are_held(dataset: Path) -> None:
    """Every second article changes. Those that lose most come first, up to the requested number."""
    done = reclean(dataset, "without_words", dry_run=True, show=3)
    assert (done.diff.articles, done.diff.changed, done.diff.ledger_only) == (10, 5, 0)
    assert done.diff.words == -(0 + 2 + 4 + 6 + 8)
    assert [loss.id for loss in done.diff.most] == ["id-0008", "id-0006", "id-0004"]
    assert [(line.before, line.after) for line in done.diff.most[0].lines] == [("0008: body", "0008")]
    assert done.report is None
    assert {name: (share.articles, share.changed) for name, share in done.diff.publishers.items()} == {
        "": (10, 5)
    }
    assert reclean(dataset, "without_words", dry_run=True, show=0).diff.most == []


def test_the_books_balance_and_documents_stay(dataset: Path) -> None:
    """New versions of the very articles; their raw documents serve the next time as well."""
    done = reclean(dataset, "without_words")
    assert done.report is not None
    assert (done.report.seen, done.report.written, done.report.unchanged) == (10, 5, 5)
    assert len(history(dataset, "id-0004")) == 2
    assert len(history(dataset, "id-0005")) == 1
    assert verify(dataset) == []
    with Lookup(dataset, fixed=True) as lookup:
        assert lookup.stock("another").ready == 10
        assert [stored.id for stored in lookup.documents("another")] == [f"id-{key:04d}" for key in range(10)]


def test_a_dry_run_needs_no_lock(dataset: Path) -> None:
    """It can be run beside an ingest, and leaves the snapshot that it read."""
    before = resolve(dataset)
    with Store.open(dataset, SETTINGS, "p"):
        assert reclean(dataset, "without_words", dry_run=True).diff.changed == 5
    assert resolve(dataset) == before


def test_what_is_no_article_any_more_stays_and_so_do_ids(dataset: Path) -> None:
    """A reject is noted, an article under another id is not taken: nothing vanishes, nothing is doubled."""
    done = reclean(dataset, "other_ids")
    assert done.diff.rejected == {"not-an-article": 1}
    assert done.diff.renamed == 1
    assert done.diff.changed == 8
    assert done.report is not None
    assert (done.report.seen, done.report.written, done.report.rejected) == (9, 8, 1)
    assert {row["id"]: row["title"] for row in rows(dataset)} == {
        f"id-{key:04d}": "" if key < 2 else "changed" for key in range(10)
    }
    assert [row["record"] for row in rows(dataset, "rejects")] == ["0001"]
    assert verify(dataset) == []


def test_it_stops_when_too_much_is_rejected(dataset: Path) -> None:
    """Rules that leave nothing are wrong; the articles stay as they are."""
    before = bodies(dataset)
    with pytest.raises(BreakerError):
        reclean(dataset, "nothing_left")
    assert bodies(dataset) == before
    assert verify(dataset) == []


def test_articles_without_documents_are_left_alone_and_counted(tmp_path: Path) -> None:
    """These are the articles ingested without storing documents."""
    out = tmp_path / "out"
    with Store.open(out, SETTINGS, "p") as store:
        store.begin(["in.jsonl"])
        store.commit([replace(stage(store, "s", docs([0, 2])), documents=None)])
        store.finish()
    run(out, docs([4, 6]))
    done = reclean(out, "without_words")
    assert (done.diff.articles, done.stock.without, done.diff.changed) == (2, 2, 2)
    assert [row["text"] for row in rows(out) if row["id"] == "id-0002"] == ["0002: body"]


def test_an_article_that_was_seen_again_later_is_not_too_new(tmp_path: Path) -> None:
    """The stored document is older than the last fetch that brought the same; it is still the one to clean."""
    out = tmp_path / "out"
    run(out, [Doc("0002", day=1)])
    run(out, [Doc("0002", day=5)], size=2)
    assert reclean(out, "without_words").diff.changed == 1
    assert rows(out)[0]["text"] == "0002"
    assert run(out, [Doc("0002", "older", day=3)], size=3).duplicate == 1


def test_a_ledger_that_changes_alone_is_told_apart(dataset: Path) -> None:
    """The article is the same; a line is gone for another reason."""
    changed = [Doc("0003", rule="other"), Doc("0004")]
    articles = pa.Table.from_pylist([doc.article() for doc in changed], ARTICLES)
    ledger = pa.Table.from_pylist([row for doc in changed for row in doc.ledger()], LEDGER)
    diff = Diff()
    with Lookup(dataset, fixed=True) as lookup:
        diff.add(articles, ledger, lookup)
    assert (diff.articles, diff.changed, diff.ledger_only) == (2, 0, 1)
    assert diff.removed_before == diff.removed_after == {"share": 9}


def test_a_ledger_with_old_rule_ids_says_the_same(tmp_path: Path) -> None:
    """Renamed rules are not counted as other decisions. Unknown ids stay as they are."""
    run(tmp_path / "out", [Doc("0003", rule="en/share/old"), Doc("0004", rule="en/share/old"), Doc("0005")])
    changed = [Doc("0003", rule="share/en/new"), Doc("0004", rule="share/en/other"), Doc("0005")]
    articles = pa.Table.from_pylist([doc.article() for doc in changed], ARTICLES)
    ledger = pa.Table.from_pylist([row for doc in changed for row in doc.ledger()], LEDGER)
    diff = Diff(renamed_rules={"en/share/old": "share/en/new"})
    with Lookup(tmp_path / "out", fixed=True) as lookup:
        diff.add(articles, ledger, lookup)
    assert (diff.articles, diff.changed, diff.ledger_only, diff.rule_names_only) == (3, 0, 1, 1)


def test_nothing_to_clean_is_a_wrong_command_line(tmp_path: Path) -> None:
    """A folder without a dataset."""
    with pytest.raises(UsageError, match="no dataset"):
        reclean(tmp_path, "without_words")
