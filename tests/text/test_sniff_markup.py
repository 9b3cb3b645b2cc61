"""HTML is seen where it plainly is; a text that mentions a tag stays a text."""

import time

import pytest

from copydesk.tasks.text.sniff_markup import is_markup, paragraphs, unescaped

STORY = "The harbour council voted on Tuesday to close the bridge, and nobody was told. "

HTML = {
    "paragraphs": f"<p>{STORY}</p>\n<p>{STORY}</p>",
    "one paragraph with more inside": f"<p>Hello <b>world</b>, {STORY}</p>",
    "paragraphs that are not closed": f"<p>{STORY}\n<p>{STORY}",
    "a page": f"<!DOCTYPE html><html><body>{STORY}</body></html>",
    "a lead before the blocks": f"Lead. <div><p>{STORY}</p><p>{STORY}</p></div>",
    "line breaks": f"{STORY.strip()}<br><br>{STORY.strip()}<br/>{STORY}",
    "a comment first": f"<!-- wp:paragraph --><p>{STORY}</p><!-- /wp:paragraph -->",
    "links of WordPress": f'{STORY}<a href="https://example.org/a">here</a>.\n\n{STORY}<a href="/b">there</a>.',
    "an image first": f'<img src="https://example.org/a.jpg" alt=""> {STORY}',
    "capitals": f"<P>{STORY}</P><P>{STORY}</P>",
    "a list": f"<ul><li>{STORY}</li><li>{STORY}</li></ul>",
}
TEXT = {
    "no tag": STORY,
    "a tag that is mentioned": f"{STORY} Write <b> for bold and <p> for a paragraph. {STORY}",
    "tags of bold alone": f"<b>LONDON</b> {STORY}",
    "a pair that is shown": f"{STORY * 3} An HTML paragraph is written <p>text</p>, a heading <h1>head</h1>. {STORY * 3}",
    "line breaks that are mentioned": f"{STORY} Use <br> or <br/>, never <br></br>. {STORY}",
    "a tag that comes first": "<p> is how a paragraph begins in HTML.",
    "comparison": "if a < b and c > d then",
    "angle quotes": "<<Bonjour>>, dit-il. <Reuters> <unknown>",
    "an address": "See <https://example.org/a> or <ann@example.org>.",
    "a script's name": f"{STORY} The <script> tag of the page was at fault. {STORY}",
    "empty": "",
}


@pytest.mark.parametrize("name", HTML)
def test_html_is_seen(name: str) -> None:
    """Blocks, line breaks, links with an address."""
    assert is_markup(HTML[name])


@pytest.mark.parametrize("name", TEXT)
def test_text_stays_text(name: str) -> None:
    """A mention proves nothing."""
    assert not is_markup(TEXT[name])


def test_blank_lines_become_paragraphs() -> None:
    """As WordPress shows what it stores."""
    assert paragraphs("One\nmore.\r\n \r\n\r\nTwo.\n") == "<p>One\nmore.</p>\n<p>Two.</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("&lt;p&gt;One.&lt;/p&gt;", "<p>One.</p>"), ("a &lt; b &gt; c", ""), ("<p>&lt;p&gt;</p>", ""), ("", "")],
)
def test_what_was_escaped_once_too_often(text: str, expected: str) -> None:
    """Is read as it was meant; a text with a comparison is left alone."""
    assert unescaped(text) == expected


@pytest.mark.parametrize(
    "unit", ["<", "<p", "<p>", "</p>", "<!--", "<a href=", "<div ", "<br>", "&lt;", " \n", "<p><div></p>"]
)
def test_time_is_linear(unit: str) -> None:
    """Four times the text takes about four times as long."""
    spent = []
    for count in (10_000, 40_000):
        text = unit * count
        begin = time.process_time()
        is_markup(text)
        unescaped(text)
        paragraphs(text)
        spent.append(time.process_time() - begin)
    assert spent[1] < 10 * spent[0] + 0.2
