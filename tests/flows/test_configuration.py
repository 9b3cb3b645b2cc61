"""The dataset remembers how it is made: omitted options stay, changes are reported, errors are named."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_kit import Cli, command_line

from copydesk.flows.config_file import read_config_file
from copydesk.flows.configuration import Plan, plan_of
from copydesk.schemas.errors import LockedError, UsageError
from copydesk.schemas.inputs import Columns
from copydesk.schemas.memory import Memory
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings, named_settings
from copydesk.tasks.store.configuration import read_copy, recall
from copydesk.tasks.store.dataset import Store
from copydesk.tasks.store.snapshot import Layout

FERRY = Path(__file__).parents[2] / "data" / "samples" / "ferry-player-notice-2012.txt"
RULE = """
[[rule]]
id = "{name}/other_boilerplate/vet"
label = "other_boilerplate"
scope = "line"
pattern = 'Rest periods'
why = "{why}"
seen = "generic"
match = ["Rest periods"]
keep = ["Rest periods were the heart of the row."]
"""


def pack(path: Path, why: str = "For this test.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(name=path.stem, why=why))
    return path


def planned(
    out: Path, *rules: Path, forget: bool = False, columns: Columns = Columns(), **settings: object
) -> Plan:
    """Make a plan and have the dataset remember it, as a run does."""
    chosen, given = named_settings(**settings)
    request = IngestRequest(
        ("in",), str(out), columns, tuple(map(str, rules)), chosen, given=given, forget_rules=forget
    )
    plan = plan_of(request)
    with Store.open(out, Settings(min_free_bytes=0), "") as store:
        store.remember(plan.memory, plan.before, at_once=True)
    return plan


def test_what_is_left_out_stays_and_is_said(tmp_path: Path) -> None:
    """Columns, settings and packs of the first run are those of the second, which names none."""
    out = tmp_path / "out"
    first = planned(out, pack(tmp_path / "mine.toml"), columns=Columns(text="body"), near_duplicates=False)
    assert first.said == ()
    second = planned(out)
    assert (second.columns, second.settings, second.rules.version) == (
        Columns(text="body"),
        replace(Settings(), near_duplicates=False),
        first.rules.version,
    )
    assert second.said == ("as before: text column body, near_duplicates off, rules mine.toml",)


def test_what_changes_is_said(tmp_path: Path) -> None:
    """An option given at its default undoes what was remembered."""
    out = tmp_path / "out"
    planned(out, columns=Columns(text="body"), near_duplicates=False)
    plan = planned(out, columns=Columns(text="story"), near_duplicates=True)
    assert plan.settings.near_duplicates is True
    assert plan.said == ("changed: text column story (was body), near_duplicates on (was off)",)
    assert recall(out) == Memory({"text": "story"})


def test_a_setting_of_one_run_is_not_remembered(tmp_path: Path) -> None:
    """A user who lets one bad batch pass does not turn the breaker off for ever."""
    assert planned(tmp_path / "out", breaker_share=1.0, workers=3).settings.breaker_share == 1.0
    assert planned(tmp_path / "out").settings == Settings()


def test_a_pack_that_moved_or_changed_or_went_is_noticed(tmp_path: Path) -> None:
    """The dataset stores and uses the content. The run reports the state of the file."""
    out, mine = tmp_path / "out", pack(tmp_path / "mine.toml")
    version = planned(out, mine).rules.version
    pack(mine, "Another reason.")
    left_out = planned(out)
    assert left_out.rules.version == version
    assert any("mine.toml has changed; kept as it was" in line for line in left_out.said)
    moved = mine.rename(tmp_path / "mine-moved.toml")
    assert any(
        "does not exist any more; the dataset has kept its content" in line for line in planned(out).said
    )
    (tmp_path / "other").mkdir()
    named = planned(out, moved.rename(tmp_path / "other" / "mine.toml"))
    assert [p.path for p in named.memory.rules] == [str(tmp_path / "other" / "mine.toml")]
    assert named.rules.version != version
    assert "rules: mine.toml has changed since the last run; the new version is used" in named.said


def test_naming_one_pack_of_two_keeps_the_other(tmp_path: Path) -> None:
    """Only --forget-rules drops a pack."""
    out, one, two = tmp_path / "out", pack(tmp_path / "one.toml"), pack(tmp_path / "two.toml")
    planned(out, one, two)
    assert [p.name for p in planned(out, two).memory.rules] == ["one.toml", "two.toml"]
    forgetful = planned(out, two, forget=True)
    assert [p.name for p in forgetful.memory.rules] == ["two.toml"]
    assert "forgotten: rules one.toml" in forgetful.said
    assert planned(out, forget=True).memory.rules == ()


def test_a_file_beside_the_dataset_counts_before_its_memory(tmp_path: Path) -> None:
    """copydesk.toml gives columns, settings and packs; paths in it are relative to it; the command line wins."""
    pack(tmp_path / "packs" / "mine.toml")
    (tmp_path / "copydesk.toml").write_text(
        'rules = ["packs/mine.toml"]\n[columns]\ntext = "body"\n[settings]\nbreaker_share = 1\nkeep_raw = false\n'
    )
    plan = planned(tmp_path / "out", columns=Columns(text="story"))
    assert plan.columns == Columns(text="story")
    assert (plan.settings.breaker_share, plan.settings.keep_raw) == (1.0, False)
    assert [p.name for p in plan.memory.rules] == ["mine.toml"]
    assert plan.said[0] == f"using {tmp_path / 'copydesk.toml'}"
    (tmp_path / "copydesk.toml").write_text('rules = []\n[columns]\ntext = ""\n')
    bare = planned(tmp_path / "out")
    assert (bare.columns, bare.memory.rules, bare.settings.keep_raw) == (Columns(), (), False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("columns = 3", "columns: found 3, expected a table"),
        ("[columns]\ntexte = 'x'", "columns.texte: no such name; expected text perhaps"),
        ("[columns]\ntext = 3", "columns.text: found 3, expected the name of a column in quotes"),
        ("[settings]\nworkers = 'many'", "settings.workers: found 'many', expected a whole number"),
        ("[settings]\nworkers = true", "settings.workers: found True, expected a whole number"),
        ("[settings]\nkeep_raw = 1", "settings.keep_raw: found 1, expected true or false"),
        ("[settings]\nbreaker_share = 20", "settings.breaker_share: found 20, expected a number from 0 to 1"),
        ("rules = 'mine.toml'", "rules: found 'mine.toml', expected a list of files"),
        ("rule = []", "rule: no such name; expected rules perhaps"),
        ("[settings", "not TOML"),
        ("rules = ['none.toml']", "none.toml: can't read the rule pack"),
    ],
)
def test_a_wrong_file_is_named_with_key_found_and_expected(tmp_path: Path, text: str, says: str) -> None:
    """Exit code 64, before anything is made."""
    (tmp_path / "copydesk.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        planned(tmp_path / "out")
    assert str(error.value).startswith(str(tmp_path))
    assert says in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    """A user who can write to the folder can't stop the run."""
    import os

    os.mkfifo(tmp_path / "copydesk.toml")
    with pytest.raises(UsageError, match="expected a file of at most"):
        read_config_file(tmp_path / "out")


def test_a_change_by_another_process_in_between_is_not_overwritten(tmp_path: Path) -> None:
    """The plan was made before the lock. It holds only if nothing changed since."""
    plan = plan_of(IngestRequest(("in",), str(tmp_path / "out"), Columns(text="mine")))
    planned(tmp_path / "out", columns=Columns(text="theirs"))
    with (
        Store.open(tmp_path / "out", Settings(min_free_bytes=0), "") as store,
        pytest.raises(LockedError, match="start again"),
    ):
        store.remember(plan.memory, plan.before)
    assert recall(tmp_path / "out").columns == {"text": "theirs"}


def test_the_copy_for_people_says_the_same(tmp_path: Path) -> None:
    """A dataset that has lost its state can be read again with it."""
    plan = planned(tmp_path / "out", pack(tmp_path / "mine.toml"), columns=Columns(id="key"), keep_raw=False)
    assert read_copy(Layout(tmp_path / "out")) == plan.memory == recall(tmp_path / "out")
    (tmp_path / "out" / ".copydesk" / "config.json").write_text("{")
    assert read_copy(Layout(tmp_path / "out")) == Memory()


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Cli:
    return command_line(capfd)


def test_a_run_without_its_pack_undoes_nothing(run: Cli, tmp_path: Path) -> None:
    """The founding fault: ingest with --rules, then without, then see that no article was rewritten; verify agrees."""
    out, mine = tmp_path / "out", pack(tmp_path / "mine.toml")
    command = ("ingest", FERRY, "--out", out, "--direct", "--workers", "1")
    assert run(*command, "--rules", mine)[0] == 0
    mine.unlink()
    code, table, err = run(*command)
    assert code == 0
    assert "as before: rules mine.toml" in err
    assert "unchanged" in table
    (row,) = pq.read_table(out / "articles").to_pylist()
    assert "Rest periods" not in row["text"]
    assert pq.read_table(out / "runs").to_pylist()[-1]["unchanged"] == 1
    code, _, err = run("reclean", out, "--workers", "1")
    assert code == 0
    assert "rules mine.toml" in err
    (row,) = pq.read_table(out / "articles").to_pylist()
    assert "Rest periods" not in row["text"]
    gone, kept = run("explain", FERRY, "--dataset", out)[1], run("explain", FERRY)[1]
    assert "mine/other_boilerplate/vet" in gone
    assert "mine/other_boilerplate/vet" not in kept
    assert run(*command, "--forget-rules")[0] == 0
    (row,) = pq.read_table(out / "articles").to_pylist()
    assert "Rest periods" in row["text"]
    assert run("verify", out)[0] == 0


def test_config_shows_and_changes(run: Cli, tmp_path: Path) -> None:
    """Names and values are checked; JSON is for programs; a folder without a dataset is refused."""
    out = tmp_path / "out"
    planned(out, pack(tmp_path / "mine.toml"))
    with Store.open(out, Settings(min_free_bytes=0), "p") as store:
        store.begin(["in"])
        store.finish()
    code, said, _ = run("config", out, "--set", "columns.text=body", "--set", "settings.keep_raw=off")
    assert (code, said) == (0, "text column body\nkeep_raw off\nrules mine.toml\n")
    code, said, _ = run("config", out, "--unset", "columns.text", "--forget-rules", "--json")
    assert code == 0
    assert json.loads(said) == {"columns": {}, "settings": {"keep_raw": False}, "rules": [], "file": None}
    assert recall(out) == Memory(settings={"keep_raw": False})
    for words in (
        ["--set", "text=x"],
        ["--set", "columns.text"],
        ["--set", "settings.keep_raw=3"],
        ["--unset", "x"],
    ):
        code, said, err = run("config", out, *words)
        assert (code, said) == (64, "")
        assert err.startswith("copydesk: --")
    assert run("config", tmp_path / "none")[0] == 64


def test_a_run_that_is_refused_changes_nothing(run: Cli, tmp_path: Path) -> None:
    """A mistyped column does not affect the next run."""
    table = tmp_path / "in.jsonl"
    words = "The harbour of Port Ansel opened again on Tuesday after nine years of work, said the mayor."
    table.write_text(json.dumps({"id": "1", "story": f"Harbour opens\n\n{words}\n\n{words[::-1]}"}) + "\n")
    command = ("ingest", table, "--out", tmp_path / "out", "--direct", "--workers", "1")
    assert run(*command, "--text-column", "storey")[0] == 64
    assert recall(tmp_path / "out") == Memory()
    code, _, err = run(*command, "--text-column", "story")
    assert code in (0, 3)
    assert "as before" not in err
    assert recall(tmp_path / "out").columns == {"text": "story"}
