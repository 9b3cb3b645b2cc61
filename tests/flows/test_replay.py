"""`copydesk rejects list | show | replay`: why documents were rejected, and once more."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from cli_kit import Cli, command_line
from newsroom import story
from store_kit import SETTINGS, bodies, contents, docs, quick_folder, rows, stage

from copydesk.flows.replay import Replayed, ReplayRequest, run_replay
from copydesk.schemas.article import ARTICLES
from copydesk.schemas.document import Origin
from copydesk.schemas.ledger import LEDGER
from copydesk.schemas.report import Reject
from copydesk.schemas.request import Advance
from copydesk.schemas.shard import Cleaned, Fingerprint
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.rejects_view import Filter, rejected
from copydesk.tasks.store.snapshot import resolve
from copydesk.tasks.store.staging import stage_shard
from copydesk.tasks.store.verify import verify

ROOT = Path(__file__).parents[2]
ALL = Filter()


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    yield from quick_folder()


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process; return exit code, standard output, standard error."""
    return command_line(capfd)


def reject(record: str, content: bytes, source: str = "in.jsonl", **more: Any) -> Reject:
    values: dict[str, Any] = {
        "stage": "clean",
        "reason": "not-an-article",
        "detail": "no body",
        "form": "text",
    }
    return Reject(
        Origin(source, record, identity=f"record:{record}", url=f"https://example.org/{record}"),
        content=content,
        content_hash=blake2b(content, digest_size=16).hexdigest(),
        size=len(content),
        **values | more,
    )


def reject_all(out: Path, rejects: list[Reject], pipeline: str = "p", keys: range = range(3)) -> None:
    """A run that rejects these, and takes some articles in."""
    with Store.open(out, SETTINGS, pipeline) as store:
        store.begin(["in.jsonl"])
        refused = Cleaned(ARTICLES.empty_table(), LEDGER.empty_table(), tuple(rejects))
        shards = [stage(store, "a", docs(keys)), stage_shard(store.stage, "r", refused)]
        store.commit(shards, [(Fingerprint("in.jsonl", 1, 1), len(keys) + len(rejects))])
        store.finish()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Articles, and one reject of each kind."""
    out = tmp_path / "out"
    reject_all(
        out,
        [
            reject("good", b"better now"),
            reject("cell", "caf\u00e9 now".encode(), is_text=True),
            reject("bad", b"never \x1b]0;owned\x07 \xff", reason="\x1bodd"),
            reject("line", b"{torn", stage="read", reason="bad-json", form=""),
            reject("other", b"now", source="other.jsonl", stage="worker", reason="timeout"),
        ],
    )
    return out


def replay(out: Path, chosen: Filter = ALL, **more: Any) -> Replayed:
    settings = replace(SETTINGS, workers=1, shard_documents=2)
    request = ReplayRequest(str(out), settings=settings, **more)
    return run_replay(request, rejected(out, chosen), cleaner="recleaners:second_thoughts")


def test_a_list_says_what_why_and_where(cli: Cli, dataset: Path) -> None:
    """Filtered by step, reason and source; JSON for machines; nothing acts on the terminal."""
    code, out, _ = cli("rejects", "list", dataset)
    assert code == 0
    assert "5 rejected: 2 clean not-an-article" in out
    assert "\x1b" not in out
    for words, records in (
        (["--stage", "worker"], {"other"}),
        (["--reason", "bad-json"], {"line"}),
        (["--source", "in."], {"good", "cell", "bad", "line"}),
        (["--source", "*ther*"], {"other"}),
        (["--stage", "clean", "--reason", "not-an-article"], {"good", "cell"}),
        (["--stage", "nowhere"], set()),
    ):
        _, out, _ = cli("rejects", "list", dataset, *words, "--json")
        assert {json.loads(line)["record"] for line in out.splitlines()} == records
        assert "\x1b" not in out
    assert "2 shown" in cli("rejects", "list", dataset, "--limit", "2")[1]


def test_show_tells_all_and_escapes_it(cli: Cli, dataset: Path) -> None:
    """The beginning of the document, with what could act on a terminal as escapes."""
    bad = next(each for each in rejected(dataset) if each.record == "bad")
    code, out, _ = cli("rejects", "show", dataset, bad.id[:6])
    assert code == 0
    assert "never \\x1b]0;owned\\x07 \\xff" in out
    assert "replayable    yes" in out
    assert "\x1b" not in out
    told = json.loads(cli("rejects", "show", dataset, bad.id, "--json")[1])
    assert (told["record"], told["replayable"], told["kept"], told["times"]) == ("bad", True, True, 1)
    line = next(each for each in rejected(dataset) if each.record == "line")
    shown = cli("rejects", "show", dataset, line.id)[1]
    assert "replayable    no" in shown
    assert "untried       the reader made no document of it: fix the input" in shown
    for wrong in ("0", "zzzzzz"):
        code, _, err = cli("rejects", "show", dataset, wrong)
        assert code == 64
        assert "rejects list" in err


def test_raw_bytes_come_out_as_they_are(dataset: Path) -> None:
    """Into a pipe."""
    bad = next(each for each in rejected(dataset) if each.record == "bad")
    code = "import sys; from copydesk.flows.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "rejects", "show", str(dataset), bad.id, "--raw"],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert done.stdout == b"never \x1b]0;owned\x07 \xff"


def test_what_passes_now_becomes_an_article_and_leaves(dataset: Path) -> None:
    """With its row, its raw bytes and its place in the books; what does not pass stays as it is."""
    before = {row["record"]: row for row in rows(dataset, "rejects")}
    done = replay(dataset)
    assert (done.tried, done.passed, done.without) == (4, 3, {"unread": 1})
    assert done.still == {"still-nothing": 1}
    assert done.report is not None
    assert (done.report.seen, done.report.written, done.report.rejected) == (3, 3, 0)
    assert bodies(dataset) | {"good": "better now", "cell": "caf\u00e9 now", "other": "now"} == bodies(
        dataset
    )
    assert {row["record"]: row for row in rows(dataset, "rejects")} == {
        name: before[name] for name in ("bad", "line")
    }
    assert {path.name for path in (dataset / ".copydesk/rejects").iterdir()} == {
        before[name]["content_hash"] for name in ("bad", "line")
    }
    assert verify(dataset) == []
    (article,) = [row for row in rows(dataset) if row["record"] == "good"]
    assert article["url"] == "https://example.org/good"
    with closing(sqlite3.connect(dataset / ".copydesk/state.db")) as db:
        assert db.execute("SELECT record FROM origins").fetchall() == [("bad",)]
    with Store.open(dataset, SETTINGS, "p") as store:
        assert store.count_of(Fingerprint("in.jsonl", 1, 1)) == 8 - 4 + 2


def test_what_is_rejected_again_changes_nothing(dataset: Path) -> None:
    """Not a byte, and no run is noted; the same for a dry run."""
    trees = ("articles", "ledger", "rejects", "runs")
    before, snapshot = contents(dataset, trees), resolve(dataset)
    (bad,) = [each.id for each in rejected(dataset) if each.record == "bad"]
    assert replay(dataset, Filter(ids=(bad,))).report is None
    assert replay(dataset, dry_run=True).passed == 3
    assert (contents(dataset, trees), resolve(dataset)) == (before, snapshot)


def test_what_passed_is_committed_by_time_too(dataset: Path) -> None:
    """As in an ingest: a replay that is killed loses no more than `commit_seconds`, however large a shard may be."""
    settings = replace(SETTINGS, workers=1, shard_documents=1_000, commit_seconds=0.0)
    told: list[Advance] = []
    chosen = rejected(dataset)
    cleaner = "recleaners:second_thoughts"
    request = ReplayRequest(str(dataset), settings=settings)
    done = run_replay(request, chosen, progress=told.append, cleaner=cleaner)
    assert (done.tried, done.passed) == (4, 3)
    assert len(told) == 4
    assert verify(dataset) == []


def test_what_was_not_kept_is_told_from_what_was_not_read(tmp_path: Path) -> None:
    """Each has a remedy of its own."""
    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "SETTINGS", replace(SETTINGS, reject_bytes=5))
        torn = reject("line", b"{torn", stage="read", reason="bad-json", form="")
        reject_all(out, [reject("large", b"better now"), reject("small", b"now"), torn])
    done = replay(out)
    assert (done.tried, done.passed, done.without) == (1, 1, {"not-kept": 1, "unread": 1})
    assert verify(out) == []


def test_a_torn_line_that_is_mended_is_read_by_the_next_ingest(cli: Cli, tmp_path: Path) -> None:
    """As `rejects replay` says: what the reader refused is not replayed, and not lost by that."""
    lines, out = [json.dumps(story(number)) for number in range(2)], tmp_path / "out"
    (tmp_path / "in.jsonl").write_text(f"{lines[0]}\n{lines[1][:50]}\n")
    words = ("--out", out, "--direct", "--workers", "1", "--id-column", "id")
    assert cli("ingest", tmp_path / "in.jsonl", *words)[0] == 3
    code, said, _ = cli("rejects", "replay", out, "--workers", "1")
    assert code == 3
    assert "can't be tried          1  the reader made no document of it" in said
    (tmp_path / "in.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert cli("ingest", tmp_path / "in.jsonl", *words)[0] == 0
    assert len(rows(out)) == 2


def test_only_what_is_asked_for_is_replayed(dataset: Path) -> None:
    """By step, reason, source or id."""
    assert replay(dataset, Filter(stage="worker")).passed == 1
    assert {each.record for each in rejected(dataset)} == {"good", "cell", "bad", "line"}


def test_a_document_that_several_runs_rejected_leaves_them_all(dataset: Path) -> None:
    """Its rows of both runs go, and both runs' books say so."""
    reject_all(dataset, [reject("good", b"better now", reason="again")], pipeline="q", keys=range(0))
    (good,) = [each for each in rejected(dataset) if each.record == "good"]
    assert (good.times, good.reason) == (2, "again")
    assert replay(dataset, Filter(ids=(good.id,))).passed == 1
    assert "good" not in {row["record"] for row in rows(dataset, "rejects")}
    assert verify(dataset) == []


def test_raw_bytes_that_another_reject_has_stay(tmp_path: Path) -> None:
    """The same page under two names: one is replayed, the other can still be."""
    out = tmp_path / "out"
    reject_all(out, [reject("one", b"same now"), reject("two", b"same now")])
    one, two = rejected(out)
    assert replay(out, Filter(ids=(one.id,))).passed == 1
    assert verify(out) == []
    assert replay(out, Filter(ids=(two.id,))).passed == 1
    assert list((out / ".copydesk/rejects").iterdir()) == []
    assert rows(out, "rejects") == []
    assert verify(out) == []


def test_the_command_from_rejection_to_article(cli: Cli, tmp_path: Path) -> None:
    """A pack that takes too much rejects an article; without it, it is one."""
    (tmp_path / "mine.toml").write_text(
        '[[rule]]\nid = "mine/other_boilerplate/all"\nlabel = "other_boilerplate"\nscope = "line"\n'
        'pattern = \'.*(crane|invoice|ports|trail).*\'\nwhy = "Too much."\nseen = "here, 2016"\n'
        'match = ["A paper trail"]\nkeep = ["A tree."]\n',
        encoding="utf-8",
    )
    sample, out = ROOT / "data/samples/crane-readme.txt", tmp_path / "out"
    words = ("--out", out, "--direct", "--workers", "1", "--rules", tmp_path / "mine.toml")
    assert cli("ingest", sample, *words)[0] == 3
    assert cli("rejects", "replay", out, "--workers", "1", "--rules", tmp_path / "mine.toml")[0] == 3
    assert cli("config", out, "--forget-rules")[0] == 0
    code, said, err = cli("rejects", "replay", out, "--workers", "1", "--json")
    assert code == 0, err
    assert (json.loads(said)["tried"], json.loads(said)["passed"]) == (1, 1)
    assert [row["title"] for row in rows(out)] == ["Crane that nobody ordered arrives at Port Ansel"]
    assert "0 rejected" in cli("rejects", "list", out)[1]
    assert cli("verify", out)[0] == 0
