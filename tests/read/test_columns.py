"""Columns by name: what the usual tables call their texts, titles, authors and dates."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from copydesk.flows.run import run_ingest
from copydesk.schemas.document import RawDocument
from copydesk.schemas.errors import UsageError
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.parts import Evidence
from copydesk.schemas.request import IngestRequest
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.read.columns import Layout, choose
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.formats import read

FIELD = Path(__file__).parents[1] / "field/84-columns"
INPUT = InputFile("t.csv", Path("t.csv"))
STORY = (
    "The harbour council voted on Tuesday to close the old swing bridge for eleven weeks while engineers "
    "replace the bearings that have groaned since the spring floods."
)
DEFAULT_CLEANER = CleaningContext.open([], Settings())

TABLES = {
    "news-please": (
        "authors date_download date_modify date_publish description filename image_url language localpath maintext "
        "source_domain title title_page title_rss url",
        "text=maintext title=title authors=authors published=date_publish modified=date_modify fetched=date_download "
        "language=language publisher=source_domain url=url",
    ),
    "All the News": (
        "id title publication author date year month url content",
        "id=id text=content title=title publisher=publication authors=author published=date url=url",
    ),
    "News Category": (
        "category headline authors link short_description date",
        "text=short_description title=headline section=category authors=authors url=link published=date",
    ),
    "WordPress": (
        "ID post_author post_date post_date_gmt post_content post_title post_excerpt post_modified_gmt guid",
        "id=ID authors=post_author published=post_date_gmt text=post_content title=post_title modified=post_modified_gmt",
    ),
    "trafilatura": (
        "title author hostname date fingerprint id license comments raw_text text language image pagetype filedate source "
        "source-hostname excerpt categories tags",
        "id=id text=text title=title authors=author published=date language=language fetched=filedate publisher=source "
        "section=categories",
    ),
    "newspaper": (
        "url title text authors publish_date top_image keywords summary source_url",
        "url=url title=title text=text authors=authors published=publish_date",
    ),
    "NewsAPI": (
        "source author title description url urlToImage publishedAt content",
        "publisher=source authors=author title=title url=url published=publishedAt text=content",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_usual_tables(name: str) -> None:
    """Each column of each well-known table is taken for what it is."""
    known, expected = TABLES[name]
    chosen = choose(Columns(), known.split(), INPUT).columns
    found = {f: getattr(chosen, f) for f in Columns.__dataclass_fields__ if getattr(chosen, f)}
    assert found == dict(pair.split("=") for pair in expected.split())


def test_case_spaces_dashes_and_underscores_do_not_count() -> None:
    """People rename columns in spreadsheets."""
    chosen = choose(Columns(), ["Article ID", "HeadLine", "article-text", "Publish Date", "By_Line"], INPUT)
    assert chosen.columns == Columns(
        id="Article ID", title="HeadLine", text="article-text", published="Publish Date", authors="By_Line"
    )


def test_what_is_named_goes_first_and_is_used_once() -> None:
    """A column that an option names for one field is not taken for another."""
    chosen = choose(Columns(text="title"), ["title", "headline", "text"], INPUT)
    assert (chosen.columns.text, chosen.columns.title, chosen.left) == ("title", "headline", ("text",))


def test_a_dash_leaves_a_column_alone() -> None:
    """So a wrong guess can be undone."""
    chosen = choose(Columns(title="-"), ["title", "text"], INPUT)
    assert (chosen.columns.title, chosen.left) == ("", ("title",))


def test_beside_html_only_named_columns_speak_for_the_page() -> None:
    """A page says itself who wrote it; id, address and publisher it may not know."""
    known = ["id", "url", "publisher", "html", "title", "authors", "published", "language"]
    assert choose(Columns(), known, INPUT).left == ("title", "authors", "published", "language")
    assert choose(Columns(title="title"), known, INPUT).columns.title == "title"


def test_a_layout_survives_being_written_down() -> None:
    """A later run continues with it."""
    layout = Layout(Columns(text="a", title="b"), (), url_identifies=False)
    assert Layout.from_json(layout.to_json()) == layout


def rows(tmp_path: Path, *found: Mapping[str, object], columns: Columns = Columns()) -> list[RawDocument]:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    items = list(read(InputFile("t.jsonl", path), columns, Settings()))
    assert all(isinstance(item, RawDocument) for item in items), items
    return [item for item in items if isinstance(item, RawDocument)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (["Ann Poe", "Joe Ray"], ["Ann Poe", "Joe Ray"]),
        ('["Ann Poe", "Joe Ray"]', ["Ann Poe", "Joe Ray"]),
        ("['Ann Poe', 'Joe Ray']", ["Ann Poe", "Joe Ray"]),
        ([{"name": "Ann Poe"}, {"name": "Joe Ray"}], ["Ann Poe", "Joe Ray"]),
        ("Ann Poe, Joe Ray and Eva Lind", ["Ann Poe", "Joe Ray", "Eva Lind"]),
        ("By Ann Poe", ["Ann Poe"]),
        ("nan", []), (None, []), ("[]", []), (17, []), ("null", []),
    ],
)  # fmt: skip
def test_authors(tmp_path: Path, cell: object, expected: list[str]) -> None:
    """Lists, lists written as text, names in one text; nothing where there is nothing."""
    (raw,) = rows(tmp_path, {"text": STORY, "author": cell})
    article = clean(raw, DEFAULT_CLEANER).result
    assert article.authors == expected  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cell", "expected", "raw_date"),
    [
        ("2024-05-03 10:00:00", "2024-05-03T10:00:00+00:00", "2024-05-03 10:00:00"),
        (1714730400, "2024-05-03T10:00:00+00:00", "1714730400"),
        (1714730400000, "2024-05-03T10:00:00+00:00", "1714730400000"),
        (1714730400.0, "2024-05-03T10:00:00+00:00", "1714730400"),
        ("Fri, 03 May 2024 10:00:00 GMT", "2024-05-03T10:00:00+00:00", "Fri, 03 May 2024 10:00:00 GMT"),
        ({"$date": "2024-05-03T10:00:00Z"}, "2024-05-03T10:00:00+00:00", "2024-05-03T10:00:00Z"),
        ("None", None, ""), ("NaT", None, ""), (True, None, ""),
    ],
)  # fmt: skip
def test_dates(tmp_path: Path, cell: object, expected: str | None, raw_date: str) -> None:
    """Seconds and milliseconds since 1970, ISO 8601, as in mails; kept as found."""
    (raw,) = rows(tmp_path, {"text": STORY, "date": cell})
    article = clean(raw, DEFAULT_CLEANER).result
    assert article.published_raw == raw_date  # type: ignore[union-attr]
    found = article.published_at  # type: ignore[union-attr]
    assert (found.isoformat() if found else None) == expected


def test_declared_fields_go_before_what_the_text_says(tmp_path: Path) -> None:
    """A title that is also the first line of the text is title, not body."""
    text = f"Bridge to close\nBy Someone Else\n7 May 2013\n\n{STORY}\n\n{STORY}"
    row = {
        "text": text, "title": "Bridge to close", "author": "Ann Poe", "date": "2024-05-03", "category": "Harbour",
        "lang": "eng", "source": {"id": None, "name": "The Northern Herald"},
    }  # fmt: skip
    (raw,) = rows(tmp_path, row)
    outcome = clean(raw, DEFAULT_CLEANER)
    article = outcome.result
    assert (article.title, article.authors, article.section) == ("Bridge to close", ["Ann Poe"], "Harbour")  # type: ignore[union-attr]
    assert (article.language, article.publisher) == ("en", "The Northern Herald")  # type: ignore[union-attr]
    assert article.published_at.isoformat().startswith("2024-05-03")  # type: ignore[union-attr]
    assert "Bridge to close" not in article.text  # type: ignore[union-attr]
    assert Evidence("published", "2024-05-03", "column date") in article.evidence  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["a.csv", "b.jsonl", "c-newsplease.jsonl", "f-body.jsonl"])
def test_tables_of_the_field(name: str) -> None:
    """Title, day and author, where the table has them."""
    (raw,) = read(InputFile(name, FIELD / name), Columns(), Settings())
    assert isinstance(raw, RawDocument)
    article = clean(raw, DEFAULT_CLEANER).result
    assert article.title == "Swing bridge to close for eleven weeks"  # type: ignore[union-attr]
    assert str(article.published_at).startswith("2024-05-03")  # type: ignore[union-attr]
    if name != "f-body.jsonl":
        assert article.authors == ["Joan Abernethy"]  # type: ignore[union-attr]


def test_a_corrected_story_is_its_new_version(tmp_path: Path) -> None:
    """Its URL identifies it, in any file."""
    for number, name in enumerate(["g-v1.jsonl", "h-v2.jsonl"]):
        source = tmp_path / "in" / name
        source.parent.mkdir(exist_ok=True)
        shutil.copy(FIELD / name, source)
        report = run_ingest(request(tmp_path, source))
        assert (report.written, report.rejected) == (1, 0), number
    table = pq.read_table(tmp_path / "out/articles").to_pylist()
    assert [(row["record"], row["url"]) for row in table] == [("abc-9", "https://h.example/1")]
    assert "Corrected on Wednesday" in table[0]["text"]


def request(tmp_path: Path, *inputs: Path, columns: Columns = Columns()) -> IngestRequest:
    return IngestRequest(
        tuple(map(str, inputs)),
        str(tmp_path / "out"),
        columns,
        settings=Settings(workers=1, min_free_bytes=0),
    )


def test_a_run_says_which_columns_it_read_and_keeps_it(tmp_path: Path) -> None:
    """One line for each layout, at once and in runs/."""
    source = tmp_path / "t.jsonl"
    source.write_text(json.dumps({"maintext": STORY, "title": "T", "image_url": "x"}) + "\n")
    said: list[str] = []
    report = run_ingest(request(tmp_path, source), status=said.append)
    line = "columns: text from `maintext`, title from `title`; left: `image_url`"
    assert line in said
    assert report.notes == [line]
    assert pq.read_table(tmp_path / "out/runs").to_pylist()[0]["notes"] == [line]


def test_a_name_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    """Of a file that was named; one that was found is rejected, and the others are read."""
    source = tmp_path / "in/t.jsonl"
    source.parent.mkdir()
    source.write_text(json.dumps({"text": STORY}) + "\n")
    (tmp_path / "in/a.txt").write_text(STORY * 3)
    columns = Columns(authors="writers")
    with pytest.raises(UsageError, match=r"'writers' \(--authors-column\)"):
        run_ingest(request(tmp_path, source, columns=columns))
    report = run_ingest(request(tmp_path, source.parent, columns=columns))
    assert (report.written, report.rejects_by_reason) == (1, {"no-text-column": 1})


class TestRepeats:
    def read(self, tmp_path: Path, found: list[dict[str, str]], **named: str) -> tuple[set[str], list[str]]:
        path = tmp_path / "t.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in found))
        cursor = Cursor()
        ids = {
            clean(raw, DEFAULT_CLEANER).result.id  # type: ignore[union-attr]
            for raw in read(InputFile("t.jsonl", path), Columns(**named), Settings(), cursor)
            if isinstance(raw, RawDocument)
        }
        return ids, cursor.notes

    def stories(self, count: int, **more: str) -> list[dict[str, str]]:
        return [{"title": f"Story {n}", "text": f"Report {n}. {STORY}"} | more for n in range(count)]

    def test_the_address_of_a_site_names_no_article(self, tmp_path: Path) -> None:
        """Twelve stories are twelve articles, and the run reports it."""
        ids, notes = self.read(tmp_path, self.stories(12, url="https://example.org/"))
        assert len(ids) == 12
        assert any("12 URLs in column `url` name a site only" in note for note in notes)

    def test_a_column_of_urls_that_repeats_names_no_article(self, tmp_path: Path) -> None:
        """The address of a section beside each of its stories."""
        ids, notes = self.read(tmp_path, self.stories(12, link="https://example.org/news/world"))
        assert len(ids) == 12
        assert any("repeat the URL of another story (column `link`)" in note for note in notes)

    def test_a_column_of_ids_that_repeats_names_no_article(self, tmp_path: Path) -> None:
        """A category's number, for example."""
        assert len(self.read(tmp_path, self.stories(12, id="7"))[0]) == 12

    def test_an_update_stays_an_update(self, tmp_path: Path) -> None:
        """The same story again under its URL, or another one at another time of fetching."""
        same = [
            {"title": "Story", "text": f"Report {n}. {STORY}", "url": "https://example.org/a"}
            for n in range(4)
        ]
        assert len(self.read(tmp_path, same)[0]) == 1
        fetched = self.stories(4, url="https://example.org/a")
        fetched = [{**row, "fetched": f"2024-05-0{n + 1}"} for n, row in enumerate(fetched)]
        assert len(self.read(tmp_path, fetched)[0]) == 1

    def test_a_few_that_repeat_are_counted(self, tmp_path: Path) -> None:
        """They count as versions, as they would in two files; the run says so."""
        rows = [{**row, "url": f"https://example.org/{n}"} for n, row in enumerate(self.stories(30))]
        rows[29]["url"] = rows[3]["url"]
        ids, notes = self.read(tmp_path, rows)
        assert len(ids) == 29
        assert any("1 of 30 rows repeat the URL" in note and "versions" in note for note in notes)
