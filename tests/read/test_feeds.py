"""Feeds: what their entries say in many dialects, and that one that is broken costs no other."""

import codecs
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.document import RawDocument
from copydesk.schemas.inputs import Columns, InputFile
from copydesk.schemas.parts import Evidence
from copydesk.schemas.report import Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.read.cursor import Cursor
from copydesk.tasks.read.feed_splitter import entries
from copydesk.tasks.read.formats import read

Found = list[RawDocument | Reject]
STORY = "The harbour reopened on Monday after a week of repairs, the port authority said."
RSS = (
    '<?xml version="1.0"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
    "<title>The Herald</title><link>https://example.org/</link><description>News</description>"
)
RSS_END = "</channel></rss>"
ITEM = (
    "<item><title>Port &amp;amp; quay</title><link>https://example.org/a</link><guid isPermaLink='false'>id-1</guid>"
    "<pubDate>Tue, 14 Jun 2016 10:00:00 +0200</pubDate><dc:creator>Ann Poe</dc:creator><description>Short</description>"
    f"<media:title>No</media:title><content:encoded><![CDATA[<p>{STORY}</p>]]></content:encoded></item>"
)
ATOM = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The Herald</title>'
    '<link rel="self" href="https://example.org/feed"/><author><name>Feed</name></author>'
)
ENTRY = (
    '<entry><title type="html">Port &amp;amp; quay</title><link rel="replies" href="https://example.org/r"/>'
    '<link href="https://example.org/a"/><id>tag:example.org,2016:1</id><published>2016-06-14T10:00:00+02:00</published>'
    "<updated>2016-06-15T10:00:00Z</updated><author><name>Ann Poe</name><email>ann@example.org</email></author>"
    "<author><name>Joe Ray</name></author><source><title>No</title></source><summary>Short</summary>"
    f'<content type="html">&lt;p&gt;{STORY}&lt;/p&gt;</content></entry>'
)


def read_bytes(tmp_path: Path, content: bytes | str, name: str = "a.xml", **limits: Any) -> Found:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(InputFile(name, path), Columns(), Settings(**limits)))


def items(tmp_path: Path, *parts: str, **limits: Any) -> Found:
    return read_bytes(tmp_path, RSS + "".join(parts) + RSS_END, **limits)


def item(inner: str) -> str:
    return f"<item>{inner}</item>"


def one(tmp_path: Path, content: bytes | str) -> RawDocument:
    (found,) = read_bytes(tmp_path, content)
    assert isinstance(found, RawDocument), found
    return found


def titles(found: Found) -> list[str]:
    return [item.origin.declared.title if isinstance(item, RawDocument) else item.reason for item in found]


class TestDialects:
    def test_rss_2(self, tmp_path: Path) -> None:
        """The whole text goes before the description; what a title escapes twice is read twice."""
        found = one(tmp_path, RSS + ITEM + RSS_END)
        assert (found.content, found.format) == (f"<p>{STORY}</p>", "html")
        origin = found.origin
        assert (origin.record, origin.url, origin.declared.title) == (
            "id-1",
            "https://example.org/a",
            "Port & quay",
        )
        assert (origin.declared.authors, origin.declared.published) == (
            ("Ann Poe",),
            "Tue, 14 Jun 2016 10:00:00 +0200",
        )
        assert origin.identity == f"record:{tmp_path}/a.xml#id-1"

    def test_atom(self, tmp_path: Path) -> None:
        """The link to the page, not to its comments; the authors by name."""
        found = one(tmp_path, ATOM + ENTRY + "</feed>")
        assert (found.content, found.format) == (f"<p>{STORY}</p>", "html")
        origin = found.origin
        assert (origin.record, origin.url) == ("tag:example.org,2016:1", "https://example.org/a")
        assert (origin.declared.title, origin.declared.authors) == ("Port & quay", ("Ann Poe, Joe Ray",))
        assert (origin.declared.published, origin.declared.modified) == (
            "2016-06-14T10:00:00+02:00",
            "2016-06-15T10:00:00Z",
        )

    def test_atom_with_a_prefix_and_xhtml(self, tmp_path: Path) -> None:
        """Elements in the text become HTML, with any prefix."""
        found = one(
            tmp_path,
            '<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"><a:entry><a:title>T</a:title>'
            '<a:content type="xhtml"><h:div class="x">1 &lt; 2<h:br/><h:p>&amp;</h:p></h:div></a:content></a:entry></a:feed>',
        )
        assert found.content == '<div class="x">1 &lt; 2<br><p>&amp;</p></div>'
        assert (found.format, found.origin.declared.title, found.origin.record) == ("html", "T", "1")

    def test_rss_1(self, tmp_path: Path) -> None:
        """In RDF the items are beside the channel, and their `about` is their address."""
        found = one(
            tmp_path,
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>H</title><items><rdf:Seq/></items></channel>'
            '<item rdf:about="https://example.org/a"><title>T</title><dc:date>2016-06-14</dc:date>'
            f"<description>{STORY}</description></item></rdf:RDF>",
        )
        assert (found.content, found.format) == (STORY, "text")
        assert (found.origin.record, found.origin.url) == ("https://example.org/a", "https://example.org/a")
        assert found.origin.declared.published == "2016-06-14"

    def test_rss_091_with_a_document_type(self, tmp_path: Path) -> None:
        """Which is neither fetched nor read."""
        content = (
            '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
            f'"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><item><title>T</title>'
            f"<link>https://example.org/a</link><description>{STORY}</description></item></channel></rss>"
        )
        assert one(tmp_path, content).content == STORY

    @pytest.mark.parametrize(
        ("inner", "field", "value"),
        [
            ("<guid>https://example.org/g</guid>", "url", "https://example.org/g"),
            ("<guid isPermaLink='false'>https://example.org/g</guid>", "url", ""),
            ("<author>desk@example.org (Ann Poe)</author>", "author", "Ann Poe"),
            ("<author>desk@example.org</author>", "author", ""),
            (
                "<dc:creator>Ann Poe</dc:creator><dc:creator>Joe Ray</dc:creator>",
                "author",
                "Ann Poe, Joe Ray",
            ),
            ("<title><![CDATA[A <b>bold</b> one]]></title>", "title", "A bold one"),
            ("<link/><guid>7</guid>", "record", "7"),
            (
                "<link>https://feeds.example.net/~r/1</link><f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>"
                "https://example.org/o</f:origLink>",
                "url",
                "https://example.org/o",
            ),
        ],
    )
    def test_fields(self, tmp_path: Path, inner: str, field: str, value: str) -> None:
        """As they are found in the wild."""
        (found,) = items(tmp_path, item(inner + "<description>x</description>"))
        told = found.origin.declared
        shown = {"author": ", ".join(told.authors), "title": told.title}
        assert shown.get(field, getattr(found.origin, field, None)) == value

    @pytest.mark.parametrize(
        ("inner", "content", "format"),
        [
            ("<description>Ham &amp; eggs</description>", "Ham & eggs", "text"),
            ("<description>Ham &amp;amp; eggs</description>", "Ham &amp; eggs", "html"),
            ("<description>a &lt; b</description>", "a < b", "text"),
            ("<description><p>not <b>escaped</b></p></description>", "<p>not <b>escaped</b></p>", "html"),
            ("<content:encoded> </content:encoded><description>x</description>", "x", "text"),
        ],
    )
    def test_text_or_html(self, tmp_path: Path, inner: str, content: str, format: str) -> None:
        """RSS does not say; a tag or an entity does."""
        (found,) = items(tmp_path, item(inner))
        assert isinstance(found, RawDocument)
        assert (found.content, found.format) == (content, format)

    def test_atom_says_which_it_is(self, tmp_path: Path) -> None:
        """Text is text, with or without tags. Media are not text."""
        found = one(tmp_path, ATOM + '<entry><content type="text">a &lt;p&gt; tag</content></entry></feed>')
        assert (found.content, found.format) == ("a <p> tag", "text")
        found = one(
            tmp_path,
            ATOM
            + '<entry><content type="image/png">iVBO</content><summary>A picture</summary></entry></feed>',
        )
        assert found.content == "A picture"

    @pytest.mark.parametrize("name", ["a.rss", "a.atom", "a.xml", "a", "a.rss.gz"])
    def test_names(self, tmp_path: Path, name: str) -> None:
        """By suffix, or by the outermost element; a page under a feed's name is a page."""
        pack = gzip.compress if name.endswith("gz") else bytes
        assert len(read_bytes(tmp_path, pack((RSS + ITEM * 3 + RSS_END).encode()), name)) == 3
        if name != "a.xml":
            (page,) = read_bytes(tmp_path, pack(b"<!doctype html><html><p>Blocked</p></html>"), name)
            assert isinstance(page, RawDocument)
            assert page.content[:9] == b"<!doctype"

    def test_a_feed_without_entries_has_no_documents(self, tmp_path: Path) -> None:
        """A feed without new entries is not an error."""
        assert items(tmp_path) == []


class TestJsonFeed:
    HEAD: ClassVar = {"version": "https://jsonfeed.org/version/1.1", "title": "The Herald"}

    def read(self, tmp_path: Path, items: object, **more: object) -> Found:
        return read_bytes(tmp_path, json.dumps({**self.HEAD, **more, "items": items}), "a.json")

    def test_an_item(self, tmp_path: Path) -> None:
        """With what it says of itself."""
        said = {
            "id": 7,
            "url": "https://example.org/a",
            "title": "Port &amp; quay",
            "content_html": f"<p>{STORY}</p>",
            "date_published": "2016-06-14T10:00:00Z",
            "authors": [{"name": "Ann Poe"}, {"name": "Joe Ray"}],
        }
        (found,) = self.read(tmp_path, [said])
        assert isinstance(found, RawDocument)
        assert (found.content, found.format) == (f"<p>{STORY}</p>", "html")
        origin = found.origin
        assert (origin.record, origin.url, origin.declared.title) == (
            "7",
            "https://example.org/a",
            "Port & quay",
        )
        assert (origin.declared.authors, origin.declared.published) == (
            ("Ann Poe, Joe Ray",),
            "2016-06-14T10:00:00Z",
        )

    def test_items_of_all_kinds(self, tmp_path: Path) -> None:
        """Anything may be of any type; an item without a text is a reject."""
        found = self.read(
            tmp_path,
            [
                {"content_text": "a < b"},
                {"id": [], "title": {}},
                None,
                5,
                {"summary": "s", "author": {"name": "A B"}},
            ],
        )
        assert [getattr(item, "reason", item.content) for item in found] == [
            "a < b",
            *["no-content"] * 3,
            "s",
        ]

    @pytest.mark.parametrize(
        "content",
        [
            '{"version": "https://jsonfeed.org/version/1", "items": [',
            '{"version": "https://jsonfeed.org/version/1"}',
        ],
    )
    def test_a_broken_one_is_rejected(self, tmp_path: Path, content: str) -> None:
        """As a whole: it is one object."""
        (found,) = read_bytes(tmp_path, content, "a.json")
        assert isinstance(found, Reject)
        assert found.reason == "bad-json"

    def test_one_that_is_too_large(self, tmp_path: Path) -> None:
        """As a line of JSON Lines would be."""
        (found,) = read_bytes(
            tmp_path, json.dumps({**self.HEAD, "items": ["x" * 2000]}), "a.json", max_line_bytes=1000
        )
        assert isinstance(found, Reject)
        assert found.reason == "too-large"


class TestCharsets:
    @pytest.mark.parametrize(
        "encode",
        [
            lambda text: text.encode("utf-8"),
            lambda text: codecs.BOM_UTF8 + text.encode("utf-8"),
            lambda text: text.encode("utf-16"),
            lambda text: text.replace('"1.0"', '"1.0" encoding="windows-1252"', 1).encode("cp1252"),
            lambda text: text.replace('"1.0"', '"1.0" encoding="iso-8859-1"', 1).encode("utf-8"),
            lambda text: text.encode("cp1252"),
        ],
    )
    def test_what_is_declared_and_what_is_true(self, tmp_path: Path, encode: Any) -> None:
        """A byte order mark, a declaration, UTF-8 with a wrong declaration, Windows-1252 without a
        declaration.
        """
        text = "Größe “café” naïve façade"
        found = one(tmp_path, encode(RSS + item(f"<description>{text}</description>") + RSS_END))
        assert found.content == text

    def test_others(self, tmp_path: Path) -> None:
        """Two bytes a character, cut at any of them."""
        text = "港口周一重新开放" * 20_000
        content = (
            f'<?xml version="1.0" encoding="gbk"?><rss>{item(f"<description>{text}</description>")}</rss>'
        )
        assert one(tmp_path, content.encode("gbk")).content == text


class TestBroken:
    @pytest.mark.parametrize(
        ("inner", "content"),
        [
            ("<description>Q&A at AT&T; &nbsp;now</description>", "Q&A at AT&T; \xa0now"),
            ("<description>a\x0bb &#11;c</description>", "ab c"),
            ("<description>1 < 2 & 3</description>", "1 < 2 & 3"),
            ("<description>one<br>two & <p>three</description>", "one<br>two & <p>three"),
            ("<description>&custom; thing</description>", "&custom; thing"),
            ("<description>x</description><title>A & B</title>", "x"),
        ],
    )
    def test_it_is_mended(self, tmp_path: Path, inner: str, content: str) -> None:
        """The examples are common errors of feeds."""
        found = items(tmp_path, ITEM, item(inner), ITEM)
        assert [type(f).__name__ for f in found] == ["RawDocument"] * 3
        assert found[1].content == content

    @pytest.mark.parametrize(
        ("broken", "reason"),
        [
            (item("<title>T</title><link>https://example.org/x</link>"), "no-content"),
            ("<item/>", "bad-xml"),
            (item("<description>x</wrong>"), "bad-xml"),
            ("<item><description>never closed</description>", "bad-xml"),
            (
                item("<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><description>&y;</description>"),
                "bad-xml",
            ),
        ],
    )
    def test_what_stays_broken_is_rejected(self, tmp_path: Path, broken: str, reason: str) -> None:
        """With its place and its source, and its neighbours come through."""
        found = items(tmp_path, ITEM, broken, ITEM)
        assert titles(found) == ["Port & quay", reason, "Port & quay"]
        assert isinstance(found[1], Reject)
        assert "a.xml entry 2" in found[1].detail
        assert found[1].content.startswith(b"<item")

    def test_entities_are_not_expanded(self, tmp_path: Path) -> None:
        """Neither bombs nor files: the document type is not looked at."""
        bomb = "".join(
            f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY x SYSTEM "{__file__}">{bomb}]><rss>'
        (found,) = read_bytes(tmp_path, head + item("<description>&i; &x;</description>") + "</rss>", "a.rss")
        assert found.content == "&i; &x;"

    def test_tags_in_cdata_and_comments_are_text(self, tmp_path: Path) -> None:
        """An article about feeds."""
        inner = "<!-- </item> --><description><![CDATA[<code></item><item></code>]]></description>"
        assert [f.content for f in items(tmp_path, item(inner), item(inner))] == [
            "<code></item><item></code>"
        ] * 2

    def test_an_entry_that_is_too_large(self, tmp_path: Path) -> None:
        """It is passed over, in memory that stays flat."""
        large = item(f"<description><![CDATA[{'x' * 20_000_000}]]></description>")
        content = (RSS + ITEM + large + ITEM + RSS_END).encode()
        (tmp_path / "b.rss").write_bytes(content)
        del content, large
        tracemalloc.start()
        found = list(
            read(InputFile("b", tmp_path / "b.rss"), Columns(), Settings(max_document_bytes=1 << 20))
        )
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert titles(found) == ["Port & quay", "too-large", "Port & quay"]
        assert peak < 8 << 20

    def test_cut_at_any_byte(self, tmp_path: Path) -> None:
        """All entries that are whole come through; the one that is cut is a reject."""
        content = (RSS + ITEM * 3).encode()
        start, size = len(RSS.encode()), len(ITEM.encode())
        for cut in range(len(RSS), len(content), 3):
            found = read_bytes(tmp_path, content[:cut], "a.rss")
            whole = (cut - start) // size
            assert titles(found)[:whole] == ["Port & quay"] * whole
            assert titles(found)[whole:] in ([], ["truncated"])
            if cut - start - whole * size >= len("<item>"):
                assert len(found) == whole + 1

    @given(
        st.lists(
            st.sampled_from(
                [ITEM, "<item>", "</item>", "<![CDATA[", "]]>", "<!--", "-->", "<", "&", "x", "é", "\n"]
            ),
            max_size=20,
        ),
        st.integers(1, 50),
    )
    def test_however_it_comes_in_pieces(self, parts: list[str], size: int) -> None:
        """The entries are the same."""
        text = "".join(parts)
        whole = list(entries(iter([text]), 10_000))
        assert list(entries((text[at : at + size] for at in range(0, len(text), size)), 10_000)) == whole


@pytest.mark.parametrize(
    "inner",
    [
        "<a " * 300_000,
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<![CDATA[x]]>" * 70_000,
        "<!-- <![CDATA[ -->" * 50_000,
        "<description>" * 70_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_entry_takes_linear_time(tmp_path: Path, inner: str) -> None:
    """A second for a megabyte at most; quadratic ones take hours."""
    assert len(items(tmp_path, item(f"&<description>{inner}</description>"), ITEM)) == 2


def test_reading_goes_on_behind_what_was_handed_out(tmp_path: Path) -> None:
    """As with CSV: from the beginning, without those that came before."""
    path = tmp_path / "a.rss"
    path.write_text(RSS + "".join(ITEM.replace("id-1", f"id-{n}") for n in range(5)) + RSS_END)
    cursor = Cursor()
    reading = read(InputFile("a", path), Columns(), Settings(), cursor)
    assert [next(reading).origin.record for _ in range(2)] == ["id-0", "id-1"]
    rest = read(InputFile("a", path), Columns(), Settings(), Cursor(cursor.place))
    assert [found.origin.record for found in rest] == ["id-2", "id-3", "id-4"]


def test_what_a_feed_says_becomes_fields(tmp_path: Path) -> None:
    """Title, authors and dates of the article are those of the entry, and the evidence says so."""
    (found,) = read_bytes(tmp_path, ATOM + ENTRY + "</feed>")
    assert isinstance(found, RawDocument)
    article = clean(found, CleaningContext.open([], Settings())).result
    assert not isinstance(article, Reject)
    assert (article.title, article.authors) == ("Port & quay", ["Ann Poe", "Joe Ray"])
    assert str(article.published_at) == "2016-06-14 08:00:00+00:00"
    assert str(article.modified_at) == "2016-06-15 10:00:00+00:00"
    assert article.url == "https://example.org/a"
    assert article.text == STORY
    assert Evidence("author", "Ann Poe, Joe Ray", "column") in article.evidence


FIELD = Path(__file__).parents[1] / "field"


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("63-atom-xml-base/feed.atom", "https://h.example/news/2024/16.html"),
        ("69-feed-relative/a.rss", "https://h.example/news/1"),
        ("69-feed-relative/b.atom", "https://h.example/2024/16.html"),
        ("69-feed-relative/c.json", "https://h.example/rel/1"),
    ],
)
def test_relative_links_of_feeds_become_absolute(name: str, url: str) -> None:
    """Against `xml:base`, the channel's page, the feed's own address, the home page of a JSON Feed."""
    (found,) = read(InputFile(name, FIELD / name), Columns(), Settings())
    assert isinstance(found, RawDocument)
    assert found.origin.url == url


@pytest.mark.parametrize(
    ("feed", "entry", "link", "url"),
    [
        ("", "", '<link href="/a"/>', "/a"),
        ('xml:base="https://h.example/x/"', 'xml:base="y/"', '<link href="a"/>', "https://h.example/x/y/a"),
        ('xml:base="https://h.example/x/"', "", '<link xml:base="/z/" href="a"/>', "https://h.example/z/a"),
        ('xml:base="https://h.example/x/"', "", '<link href="https://o.example/a"/>', "https://o.example/a"),
        ('xml:base="https://h.example/x/"', "", '<link href="//o.example/a"/>', "https://o.example/a"),
        ("xml:base='http://[' ", "", '<link href="/a"/>', "/a"),
    ],
)
def test_bases_of_feed_entry_and_link_are_joined(
    tmp_path: Path, feed: str, entry: str, link: str, url: str
) -> None:
    """The innermost base comes last. An invalid address stays as it is."""
    found = one(
        tmp_path,
        f'<feed xmlns="http://www.w3.org/2005/Atom" {feed}><entry {entry}><id>1</id>{link}<content>{STORY}</content></entry></feed>',
    )
    assert found.origin.url == url


COUNCIL = (
    "The harbour council voted on Tuesday to close the old swing bridge for eleven weeks while engineers replace "
    "the bearings that have groaned since the spring floods."
)
FERRY = (
    "Ferry operators said they would run two extra boats in the morning, although the winter timetable leaves "
    "them little room to do so."
)
SOUTH = (
    "Residents on the south bank complained that nobody had told them about the works until the first barriers "
    "were already standing in the road."
)
BOTH = f"{COUNCIL} {FERRY}"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("48-feed-escaped-cdata/feed.rss", [BOTH]),
        ("48-feed-escaped-cdata/b-html.rss", [f"{COUNCIL}\n\n{FERRY}"]),
        (
            "48-feed-escaped-cdata/c.rss",
            [
                BOTH,
                COUNCIL,
                BOTH,
                f"{BOTH} {SOUTH}",
                f"{COUNCIL}\n\n{FERRY}",
                COUNCIL,
                f"{COUNCIL} 5 < 6 and 7 > 3, said the port.",
                f"{COUNCIL}\n\n{FERRY}",
            ],
        ),
        ("52-feed-content-type-cdata/feed.atom", [f"{COUNCIL}\n\n{FERRY}"]),
    ],
)
def test_a_cdata_section_that_is_escaped_or_named_as_a_type_is_read(name: str, texts: list[str]) -> None:
    """Every entry of the inputs from the field becomes an article, without brackets and without tags."""
    context = CleaningContext.open([], Settings())
    articles = []
    for raw in read(InputFile(name, FIELD / name), Columns(), Settings()):
        assert isinstance(raw, RawDocument), raw
        articles.append(clean(raw, context).result)
    assert [getattr(article, "text", article) for article in articles] == texts


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('<content type="CDATA">%s</content>', STORY),
        ('<content type="text/plain">&lt;![CDATA[%s]]&gt;</content>', STORY),
        ('<content type="html">&lt;![CDATA[&lt;p&gt;%s&lt;/p&gt;]]&gt;</content>', STORY),
        ("<summary>\n &lt;![CDATA[ %s ]]&gt; \n</summary>", STORY),
        (
            '<content type="html"><![CDATA[<![CDATA[<p>%s</p>]]]]><![CDATA[>]]></content>',
            STORY,
        ),
    ],
    ids=["type", "plain", "html", "summary", "nested"],
)
def test_cdata_in_other_dialects(tmp_path: Path, content: str, text: str) -> None:
    """However often it was wrapped, the text of the story is left."""
    entry = f'<entry><id>1</id><title>T</title><link href="https://h.example/1"/>{content % text}</entry>'
    found = one(tmp_path, f'<feed xmlns="http://www.w3.org/2005/Atom"><title>H</title>{entry}</feed>')
    article = clean(found, CleaningContext.open([], Settings())).result
    assert not isinstance(article, Reject), article
    assert article.text == text
