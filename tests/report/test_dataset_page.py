"""The report of a dataset: one file with the results of the survey, always small."""

import re
from pathlib import Path

import pytest
from cli_kit import Cli, command_line
from survey_kit import Tables, article, reject, run, stretch

from copydesk.flows.run import run_ingest
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.schemas.survey import Recurring, RejectReason, Removal, Share, Survey
from copydesk.tasks.report import draw_report
from copydesk.tasks.survey import survey

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
MIB = 1 << 20


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def small() -> Survey:
    """A dataset of two runs. The second raised an alarm."""
    rows = [
        row
        for n in range(8)
        for row in (
            stretch(n, 0, f"The board met for the {n}th time."),
            stretch(n, 1, "Tide tables stand on page two"),
            stretch(n, 2, "Share this", label="share", kept=False, rule="en/share", score=0.8),
        )
    ]
    articles = [article(n, removed_chars=9, removed_share=9 / 60) for n in range(8)]
    last = run(
        1,
        seen=20,
        written=18,
        alarms=["volume: 20 documents, in 5 earlier runs 10 to 11"],
        rules_version="r2",
    )
    return survey(
        Tables(articles=articles, ledger=rows, runs=[run(0), last], rejects=[reject(0)]), "data/clean"
    )


def test_it_says_what_was_found() -> None:
    """Figures, alarms, changes, lines, samples and rejects are on the page."""
    page = draw_report(small(), {"en/share": "Buttons of networks."})
    for words in (
        "data/clean",
        "volume: 20 documents, in 5 earlier runs 10 to 11",
        "Buttons of networks.",
        "Tide tables stand on page two",
        "bad-json",
        "found no JSON",
        "<code>r1</code> → <code>r2</code>",
        "8 of 8 removed stretches",
    ):
        assert words in page, words
    assert re.search(
        r"documents</th><td class=\"n\">10</td><td class=\"n\">20</td><td class=\"n\">\+10", page
    )


def test_it_is_the_same_each_time() -> None:
    """No clock, no chance: two reports of one snapshot are the same bytes."""
    assert draw_report(small(), {}) == draw_report(small(), {})


def test_nothing_loads_and_nothing_links() -> None:
    """The page is whole in itself, and has no style attribute that its policy would refuse."""
    page = draw_report(small(), {})
    assert not re.search(r"\bstyle=|\bsrc=|<link|https?://|@import|url\(", page)


def test_an_empty_dataset_has_a_report() -> None:
    """Each part says that there is nothing."""
    page = draw_report(survey(Tables(), "x"), {})
    assert "Nothing was removed." in page
    assert "There are no runs." in page


def test_it_stays_small_whatever_it_shows() -> None:
    """The most that a survey finds, all of it long and in need of escapes, is under 5 MB."""
    long = "<&\"'" * 150
    line = Recurring(long[:240], "share", long[:100], 9, ((long, 3),) * 3, "0" * 32)
    removal = Removal("0" * 32, long, long[:220], long, long[:220], "share", long[:100], 0.5)
    share = Share(long, 9, 10, 10, {"share": 10})
    found = small()._replace(
        removed_lines=(line,) * 40,
        kept_lines=(line,) * 40,
        sample=(removal,) * 50,
        doubtful=(removal,) * 25,
        publishers=(share,) * 30,
        languages=(share,) * 15,
        rules=((long[:100], 9, 9),) * 40,
        rejects=(RejectReason("read", long[:60], 9, ((long, long, long[:300]),) * 5),) * 40,
        runs=small().runs * 30,
    )
    assert len(draw_report(found, {long[:100]: long}).encode()) < 5 * MIB


def test_the_command_writes_a_page(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By default beside the caller; its own page is replaced, another file is not."""
    out = tmp_path / "out"
    run_ingest(IngestRequest((str(SAMPLES / "crane-readme.txt"),), str(out), settings=Settings(workers=1)))
    monkeypatch.chdir(tmp_path)
    code, said, _ = cli("report", out)
    page = tmp_path / "copydesk-report.html"
    assert (code, str(page) in said) == (0, True)
    first = page.read_text(encoding="utf-8")
    assert "<h1>" in first
    assert cli("report", out)[0] == 0
    assert page.read_text(encoding="utf-8") == first
    page.write_text("mine")
    code, _, error = cli("report", out)
    assert (code, "no page of copydesk" in error, page.read_text()) == (64, True, "mine")
    assert cli("report", out, "-o", page)[0] == 0
    assert cli("report", out, "-o", "-")[1] == first
    assert cli("report", tmp_path / "nothing")[0] == 64
