"""An article in other formats: nothing is lost, nothing of it becomes mark-up, no name leads out of its folder."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import copydesk
from copydesk.schemas.article import Article
from copydesk.schemas.errors import UsageError
from copydesk.tasks.export import FORMATS, Names, bound, csv_head, csv_row, day, json_line, markdown, slug


def row(**values: Any) -> dict[str, Any]:
    article = copydesk.clean(
        "A title\nThe board met on Tuesday and put off the plan for the quay.", title="Quay"
    )
    assert isinstance(article, Article)
    return article.to_dict() | values


def blocks(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"kind": kind, "text": text} for kind, text in pairs]


def body(written: bytes) -> str:
    """A Markdown file without its front matter."""
    return written.decode().split("---\n", 2)[2]


def test_markdown_keeps_the_structure() -> None:
    """Headings, lists, tables, code and posts are what they were."""
    kinds = blocks(
        ("paragraph", "First."),
        ("subheading", "A paper trail"),
        ("list_item", "one"),
        ("list_item", "two"),
        ("table_row", "a\tb"),
        ("preformatted", "x = 1\n  ```"),
        ("embed", "A post"),
    )
    captions = [{"medium": "image", "text": "The quay", "credit": "A. Soulier"}]
    told = body(markdown(row(blocks=kinds, captions=captions, title="Quay")))
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(told)
    for words in (
        "<h1>Quay</h1>",
        "<h2>A paper trail</h2>",
        "<li>one</li>\n<li>two</li>",
        "<pre><code>x = 1\n  ```\n</code></pre>",
        "<blockquote>\n<p>A post</p>",
        "<li>image: The quay (A. Soulier)</li>",
    ):
        assert words in html, html


@given(st.text(alphabet="#*_`<>[]()&|~-+=1.:!\\ \n\ta", max_size=60))
def test_no_text_becomes_markdown(text: str) -> None:
    """A renderer shows the characters of any paragraph, title or caption, and interprets none of them."""
    if not text.strip():
        return
    written = markdown(row(blocks=blocks(("paragraph", text)), title="", byline="", captions=[]))
    html = MarkdownIt("commonmark", {"html": True}).render(body(written))
    tags = {part.split(">")[0].strip("/ ") for part in html.split("<")[1:]}
    assert tags <= {"p", "br"}, html


def test_the_facts_of_a_markdown_file_are_yaml() -> None:
    """Each on its line as JSON, which YAML takes, so that a colon or quote in a title breaks nothing."""
    written = markdown(row(title='A: "B"\n---\n', published_at=datetime(2020, 5, 4, tzinfo=UTC))).decode()
    front = dict(line.split(": ", 1) for line in written.split("---\n")[1].splitlines())
    assert json.loads(front["title"]) == 'A: "B"\n---\n'
    assert json.loads(front["published_at"]) == "2020-05-04T00:00:00+00:00"


def test_json_is_the_record() -> None:
    """All columns, with times as ISO 8601, on one line or indented."""
    record = row(published_at=datetime(2020, 5, 4, tzinfo=UTC))
    line = json_line(record)
    assert line.count(b"\n") == 1
    assert json.loads(line) == record | {"published_at": "2020-05-04T00:00:00+00:00"}
    assert json.loads(FORMATS["json"][1](record)) == json.loads(line)


def test_csv_can_be_read_again() -> None:
    """Quotes, commas and line breaks survive; a list of names has semicolons, a structure is JSON."""
    record = row(title='A, "B"\nC', authors=["Ann", "Bo"])
    names = ("title", "authors", "published_at", "blocks")
    (read,) = csv.DictReader(io.StringIO((csv_head(names) + csv_row(record, names)).decode()))
    assert (read["title"], read["authors"], read["published_at"]) == ('A, "B"\nC', "Ann; Bo", "")
    assert json.loads(read["blocks"]) == record["blocks"]


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_name_stays_in_its_folder(title: str, ending: str) -> None:
    """For any text, no part is empty, hidden, a parent folder, or too long for a file system."""
    names = Names()
    first, second = names.free(["2020", title], "txt", ending), names.free(["2020", title], "txt", ending)
    assert first != second
    for path in (first, second):
        assert len(path.parts) == 2
        assert len(path.name.encode()) < 255
        assert not path.name.startswith((".", "-"))
        assert PurePosixPath("/a") in PurePosixPath("/a", path).parents


@pytest.mark.parametrize("text", ["CON", "nul.txt", "..", ".", "", "   ", "a/b\\c", "\x00", "\u202e"])
def test_names_that_systems_keep_for_themselves(text: str) -> None:
    """Devices of Windows, ways up, separators and controls are not names."""
    assert slug(text)
    assert not set(slug(text)) & set('/\\:*?"<>|\x00\u202e')
    assert slug(text).split(".")[0].lower() not in {"con", "nul", ""}


def test_what_makes_no_sense_is_said() -> None:
    """Examples are unknown signals and invalid dates. The message has the expected form."""
    with pytest.raises(UsageError, match="alpha_word_share"):
        bound("beauty=1")
    with pytest.raises(UsageError, match="SIGNAL=NUMBER"):
        bound("word_count=three")
    with pytest.raises(UsageError, match="2016-06-14"):
        day("yesterday", "--since")
    assert day("", "--since") is None
    assert str(day("2016-06-14T18:00", "--since")) == "2016-06-14 18:00:00+00:00"
