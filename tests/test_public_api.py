"""The public face: its names, what they cost, and what every user of a library may expect of them."""

import inspect
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import copydesk
from copydesk.flows.cli import main

ROOT = Path(__file__).resolve().parents[1]
STORY = "Share this\nThe board met on Tuesday and put off the plan for the quay."
PAGE = (
    "<html><head><title>Quay put off</title></head><body><nav><a href=/>Home</a></nav><article><h1>Quay put off</h1>"
    "<p>By Anna Berg</p><p>The board met on Tuesday and put off the plan for the new quay, the harbour master said.</p>"
    "<p>The fishermen had asked for it since 2019, and will have to wait for another year at least.</p></article></body></html>"
)
FACE = {
    "Article",
    "Cleaner",
    "CopydeskError",
    "Dataset",
    "LedgerRow",
    "Outcome",
    "Reject",
    "Settings",
    "__version__",
    "clean",
    "clean_many",
    "explain",
    "read",
    "to_arrow",
}


def python(*words: str, cwd: Path = ROOT) -> str:
    """Run Python as a user's program would, and return what it printed."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    done = subprocess.run([sys.executable, *words], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def article(content: str | bytes = PAGE) -> copydesk.Article:
    """The article of a document that is one."""
    found = copydesk.clean(content)
    assert isinstance(found, copydesk.Article)
    return found


def test_the_face_is_what_is_promised() -> None:
    """Nothing more is public, and nothing of it is missing."""
    assert set(copydesk.__all__) == FACE
    assert set(dir(copydesk)) == FACE
    assert all(getattr(copydesk, name) is not None for name in FACE)
    with pytest.raises(AttributeError, match="no attribute 'cleaned'"):
        copydesk.cleaned  # noqa: B018


@pytest.mark.parametrize("name", sorted(FACE - {"__version__"}))
def test_every_name_says_what_it_does(name: str) -> None:
    """A docstring of its own, and annotations for all arguments."""
    found = getattr(copydesk, name)
    assert inspect.getdoc(found)
    if inspect.isfunction(found):
        signature = inspect.signature(found)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())


def test_the_import_loads_next_to_nothing() -> None:
    """No numpy, no Arrow, no Prefect; not even typing."""
    before = set(python("-c", "import sys, importlib; print(*sys.modules)").split())
    after = set(python("-c", "import sys, importlib, copydesk; print(*sys.modules)").split())
    assert {name for name in after - before if not name.startswith("copydesk")} == set()
    assert len(after - before) == 1


def test_a_type_checker_knows_the_face(tmp_path: Path) -> None:
    """The package is marked as typed, and wrong arguments are found before the program runs."""
    (tmp_path / "user.py").write_text(
        "import copydesk\n"
        "found = copydesk.clean('text', url='https://a.example/1', authors=['A. Berg'])\n"
        "reveal_type(found)\n"
        "copydesk.clean(7)\n"
        "copydesk.clean('text', kind='pdf')\n"
        "copydesk.clean('text', headline='x')\n"
    )
    env = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", "--ignore-missing-imports", "--cache-dir", str(tmp_path / "cache"), "user.py"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith("user.py")]
    assert re.search(r'user.py:3: note: Revealed type is ".*Article \| .*Reject"', told[0])
    assert [line.split(":")[1] for line in told if "error" in line] == ["4", "5", "6"]


def test_the_version_is_that_of_the_distribution() -> None:
    """It is defined once, and packaging reads it there."""
    from importlib.metadata import version

    assert copydesk.__version__ == version("copydesk")


def test_the_package_is_the_command() -> None:
    """`python -m copydesk` and `copydesk` are the same."""
    assert python("-m", "copydesk", "--version") == f"copydesk {copydesk.__version__}\n"


def test_a_hostile_neighbour_is_not_loaded(tmp_path: Path) -> None:
    """Folders that are called tasks, flows or schemas, and a `json.py`, belong to the user's program."""
    for name in ("tasks", "flows", "schemas"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('taken for copydesk')")
    (tmp_path / "story.txt").write_text(STORY)
    code = f"import copydesk; print(copydesk.clean({STORY!r}).text)"
    assert python("-c", code, cwd=tmp_path) == "The board met on Tuesday and put off the plan for the quay.\n"
    (tmp_path / "json.py").write_text("raise SystemExit('taken for json')")
    assert "put off the plan" in python("-m", "copydesk", "clean", "story.txt", cwd=tmp_path)


@pytest.mark.parametrize("content", [STORY, STORY.encode()])
def test_clean_is_what_the_command_prints(
    content: str | bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One path from document to article."""
    file = tmp_path / "story.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["clean", str(file)]) == 0
    assert article(content).text == capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    "content", ["", b"", "\ud800", b"\xff\xfe\x00", "<", "<html>", "<!--", "\0" * 99, "{" * 9999]
)
def test_content_never_raises(content: str | bytes) -> None:
    """Content that can't be an article gives a reject with a reason."""
    found = copydesk.clean(content)
    assert isinstance(found, copydesk.Article) or (found.reason and found.detail)


@given(st.text() | st.binary(), st.sampled_from(["", "text", "html"]))
def test_no_content_raises(content: str | bytes, kind: str) -> None:
    """It holds for any content and any declared kind."""
    found = copydesk.explain(content, kind=kind, url=str(content))  # type: ignore[arg-type]
    assert isinstance(found.result, copydesk.Article | copydesk.Reject)
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("content", "about", "error", "told"),
    [
        (7, {}, TypeError, "found content of type int, expected str or bytes"),
        ("x", {"kind": "pdf"}, ValueError, "found kind 'pdf', expected 'text', 'html' or ''"),
        ("x", {"headline": "x"}, TypeError, "found ['headline'], expected some of"),
        ("x", {"url": 7}, TypeError, "found url of type int, expected str"),
        ("x", {"authors": [7]}, TypeError, "found authors of type int, expected str"),
    ],
)
def test_wrong_arguments_are_named(content: object, about: dict[str, object], error: type, told: str) -> None:
    """A fault of the program raises, with what was found and what was expected."""
    with pytest.raises(error, match=re.escape(told)):
        copydesk.clean(content, **about)  # type: ignore[arg-type]


def test_one_document_is_not_several() -> None:
    """A string is iterable, and would be cleaned character by character."""
    for wrong in (STORY, b"x", {"content": STORY}):
        with pytest.raises(TypeError, match="expected several documents"):
            list(copydesk.clean_many(wrong))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a list of paths"):
        copydesk.Cleaner("mine.toml")


def test_what_is_known_is_believed() -> None:
    """Arguments go before what the page says."""
    found = copydesk.clean(
        PAGE, url="https://Herald.example/1#top", title="The quay", section="Harbour", record="7"
    )
    assert isinstance(found, copydesk.Article)
    assert (found.url, found.title, found.section) == ("https://herald.example/1", "The quay", "Harbour")
    assert (found.source, found.record) == ("memory:", "7")


def test_many_are_cleaned_as_one_by_one() -> None:
    """In their order, and lazily: an endless input is fine."""
    documents: list[copydesk.api.Content] = [
        STORY,
        PAGE.encode(),
        "",
        {"content": PAGE, "url": "https://a.example/2"},
    ]
    expected = [copydesk.clean(PAGE, url="https://a.example/2") if isinstance(d, dict) else copydesk.clean(d) for d in documents]  # fmt: skip
    assert list(copydesk.clean_many(documents)) == expected
    endless = copydesk.clean_many(iter(lambda: STORY, None))
    assert next(endless) == next(endless)


def test_a_cleaner_travels() -> None:
    """To another process it goes by its arguments, rules of the user's included."""
    cleaner = copydesk.Cleaner(settings=copydesk.Settings(max_document_bytes=50))
    assert isinstance(cleaner.clean(PAGE), copydesk.Reject)
    assert pickle.loads(pickle.dumps(cleaner)).clean(PAGE) == cleaner.clean(PAGE)


def test_a_wrong_pack_is_named(tmp_path: Path) -> None:
    """As on the command line."""
    pack = tmp_path / "mine.toml"
    pack.write_text('[[rule]]\nid = "x"\n')
    with pytest.raises(copydesk.CopydeskError, match=r"mine\.toml"):
        copydesk.Cleaner([pack])


def test_records_become_dicts() -> None:
    """With the names of the dataset's columns; JSON takes them but for times."""
    outcome = copydesk.explain(PAGE)
    told = outcome.to_dict()
    assert told["result"]["title"] == "Quay put off"
    assert [row["label"] for row in told["ledger"]] == [row.label for row in outcome.ledger]
    assert json.loads(json.dumps(told, default=str)) == told
    told["result"]["authors"].append("nobody")
    assert outcome == copydesk.explain(PAGE)
    reject = copydesk.clean("", url="https://a.example/1").to_dict()
    assert reject["reason"] == "empty"
    assert reject["url"] == "https://a.example/1"


@pytest.mark.parametrize("kind", ["article", "ledger", "reject"])
def test_records_become_tables(kind: str) -> None:
    """With types of the dataset, and from there a frame."""
    outcome = copydesk.explain(PAGE)
    rows: Sequence[object] = {"article": [outcome.result], "ledger": outcome.ledger, "reject": [copydesk.clean("")]}[kind]  # fmt: skip
    table = copydesk.to_arrow(rows)  # type: ignore[arg-type]
    assert table.num_rows == len(rows)
    assert table.to_pylist()[0].keys() == rows[0].to_dict().keys()  # type: ignore[attr-defined]
    assert len(table.to_pandas()) == len(rows)


def test_a_table_has_rows_of_one_kind() -> None:
    """An article beside a reject is a mistake; nothing at all is a table without rows."""
    with pytest.raises(TypeError, match=r"found \['Article', 'Reject'\]"):
        copydesk.to_arrow([article(), copydesk.clean("")])  # type: ignore[arg-type]
    assert copydesk.to_arrow([]).num_rows == 0


def test_a_dataset_is_read(tmp_path: Path) -> None:
    """It has the rows of `ingest`, with the types of `to_arrow`."""
    (tmp_path / "story.html").write_text(PAGE)
    out = tmp_path / "out"
    assert (
        main(["ingest", str(tmp_path / "story.html"), "--out", str(out), "--direct", "--workers", "1"]) == 0
    )
    dataset = copydesk.read(out)
    assert len(dataset) == 1
    assert dataset.articles["text"][0].as_py() == article().text
    assert dataset.ledger["text"].to_pylist() == [row.text for row in copydesk.explain(PAGE).ledger]
    assert dataset.articles.schema.names == copydesk.to_arrow([article()]).schema.names
    assert (dataset.rejects.num_rows, dataset.runs.num_rows) == (0, 1)
    assert list(dataset.to_pandas()["title"]) == ["Quay put off"]
    assert pa.table(dataset).num_rows == 1
    with pytest.raises(copydesk.CopydeskError, match="no dataset here"):
        copydesk.read(tmp_path / "nothing")


class Tags(HTMLParser):
    """The tags of a drawing, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = "<img src=x onerror=alert(1)></td></table><script>alert(2)</script>&lt;b&gt;\u202e\x1b[31m\" ' `"


@pytest.mark.parametrize("content", [STORY, PAGE, "", f"{HOSTILE}\n{STORY} {HOSTILE}"])
def test_records_draw_themselves(content: str) -> None:
    """As tables and paragraphs, with every text escaped: a document adds no tag and no attribute."""
    outcome = copydesk.explain(content, kind="text", url=HOSTILE, title=HOSTILE, source=HOSTILE)
    for record in (outcome, outcome.result, *outcome.ledger):
        drawn = record._repr_html_()
        tags = Tags(drawn)
        assert tags.tags <= {"table", "tbody", "thead", "tr", "td", "th", "p", "span"}
        assert tags.attributes <= {"style"}
        assert "\u202e" not in drawn
        assert "\x1b" not in drawn


def test_the_ledger_is_drawn_in_colour() -> None:
    """Removed text is struck out, a field has a ground of its own, the body is plain."""
    drawn = copydesk.explain(PAGE)._repr_html_()
    style = {text: style for style, text in re.findall(r'<span style="([^"]*)">([^<]*)</span>', drawn)}
    assert "line-through" in style["Home"]
    assert "background" in style["By Anna Berg"]
    assert "line-through" not in style["By Anna Berg"]
    assert [s for text, s in style.items() if text.startswith("The board")] == [""]
