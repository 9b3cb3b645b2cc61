"""The HTML front end as a whole: what it promises for any input, hostile or not."""

import re
import time

import pytest
import turbohtml
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import Page
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.html.inline_text import collapse
from copydesk.tasks.html.walk import blocks_of

TAGS = (
    "p", "div", "span", "b", "i", "a", "li", "ul", "table", "tr", "td", "th", "br", "h1", "blockquote", "figure", "figcaption", "img",
    "video", "pre", "section", "nav", "button", "label", "noscript", "custom-tag", "rt", "ruby", "dl", "dd",
)  # fmt: skip
MARKUP = st.lists(
    st.one_of(
        st.sampled_from([f"<{t}>" for t in TAGS] + [f"</{t}>" for t in TAGS]),
        st.sampled_from(
            [
                "<div hidden>",
                '<span style="display:none">',
                '<a href="/x" class="sr-only">',
                "<!-- x -->",
                "&nbsp;",
                "&amp;",
                "<![CDATA[x]]>",
                "<svg>",
                "</svg>",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=40,
).map("".join)


def page_of(html: str, url: str = "") -> Page:
    return html_blocks(DecodedText(Origin("test", url=url), "html", html, "utf-8", "given", "v", len(html)))


def solid(text: str) -> str:
    return "".join(text.split())


@given(st.one_of(st.text(), MARKUP))
def test_any_text_is_a_page_or_a_document_error(html: str) -> None:
    """Blocks are in order, apart by one newline, not empty, and read as `Page.text` does."""
    try:
        page = page_of(html)
    except DocumentError as error:
        if error.reason != "empty":
            raise
        return
    at = 0
    for block in page.blocks:
        assert block.start == at
        assert block.text == page.text[block.start : block.end]
        assert block.text.strip()
        at = block.end + 1
    assert at == len(page.text) + 1


@given(MARKUP)
def test_no_visible_character_is_lost(markup: str) -> None:
    """The blocks hold every non-space character of the body's text nodes, each once."""
    body = turbohtml.parse(markup, positions=False).find("body")
    assert body is not None
    unseen = {"title", "desc", "defs", "metadata", "symbol"}
    texts = [
        node.data
        for node in body.descendants
        if isinstance(node, turbohtml.Text)
        and not any(getattr(a, "tag", "") in unseen for a in node.ancestors)
    ]
    assert sorted(solid("".join(b.text for b in blocks_of(body)))) == sorted(solid("".join(texts)))


@given(st.text(alphabet=" \t\n\r\fa\u00a0\u3000é", max_size=30))
def test_white_space_collapses_as_in_a_browser(text: str) -> None:
    """Runs of ASCII space become one; other spaces stay inside the text and fall at its ends."""
    expected = re.sub("[ \t\n\r\f]+", " ", text).strip()
    assert collapse(text) == expected


HOSTILE = {
    "deep-divs": ("<div>" * 100_000 + "x", "x"),
    "deep-spans": ("<p>Real text.</p>" + "<span>" * 50_000 + "x", "Real text.\nx"),
    "deep-lists": ("<ul><li>" * 20_000 + "x", "x"),
    "long-attribute": ('<div a="' + "x" * 10_000_000 + '">hi</div>', "hi"),
    "many-attributes": ("<div " + " ".join(f"a{i}=1" for i in range(50_000)) + ">hi</div>", "hi"),
    "many-classes": ('<div class="' + " ".join(f"c{i}" for i in range(50_000)) + '"><p>hi</p></div>', "hi"),
    "long-text": ("<p>" + "a" * 10_000_000, "a" * 10_000_000),
    "white-space": ("<p>a" + " " * 10_000_000 + "b", "a b"),
    "breaks": ("x<br>" * 100_000, " ".join("x" * 100_000)),
    "links": ("<a>y</a>" * 50_000, " ".join("y" * 50_000)),
    "foster-parents": ("<table>" + "<b>x" * 2_000, "x" * 2_000),
    "open-tags": ("<a" * 1_000_000, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_cost_linear_time_and_lose_nothing(name: str) -> None:
    """Depth, counts and sizes that hang or empty other parsers end within seconds, text complete."""
    html, text = HOSTILE[name]
    start = time.process_time()
    if text:
        assert page_of(html).text == text
    else:
        with pytest.raises(DocumentError, match="empty"):
            page_of(html)
    assert time.process_time() - start < 8


@pytest.mark.parametrize(
    "html",
    ["", " \n", "<html></html>", "<script>x</script>", "<p>&nbsp;</p>", "<frameset><frame></frameset>"],
)
def test_a_page_without_text_is_rejected(html: str) -> None:
    """No text, no page: the reason code is stable."""
    with pytest.raises(DocumentError) as caught:
        page_of(html)
    assert (caught.value.stage, caught.value.reason) == ("parse", "empty")


def test_parents_are_shared_by_siblings_and_by_nobody_else() -> None:
    """`parent` numbers containers: the model counts neighbours by it."""
    page = page_of("<div><p>a</p><p>b</p></div><div><p>c</p></div>")
    a, b, c = (block.hints.parent for block in page.blocks)
    assert a == b != c


def test_shares_of_links_bold_and_italics_are_of_the_blocks_characters() -> None:
    """Shares are 0 to 1 and count what is not space."""
    hints = page_of("<p><a>ab</a> <b>c</b><i>d</i></p>").blocks[0].hints
    assert (hints.link_density, hints.bold, hints.italic, hints.links) == (0.5, 0.25, 0.25, 1)


def test_words_of_own_and_inherited_classes() -> None:
    """`tokens` holds the words of the ancestors too, `own` only the element's; both split compound names."""
    hints = (
        page_of('<div class="articleBody main-text" id="x9"><p class="lead__para">a</p></div>')
        .blocks[0]
        .hints
    )
    assert hints.own == {"lead", "para"}
    assert hints.tokens == {"article", "body", "main", "text", "x", "9", "lead", "para"}
    assert hints.path == ("div",)
    assert hints.depth == 3
