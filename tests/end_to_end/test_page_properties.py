"""Any page made of plausible blocks is cleaned without a surprise, losslessly, and always alike."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_kit import STORIES, article, lines, outcome, page

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.html.blocks import html_blocks

ODD = (
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\u202e",
    "\u2066",
    "\u0301",
    "\u0307\u0327",
    "\x07",
    "\x85",
    "\ue000",
    "\U000e0041",
    "\u0e33",
    "\u2028",
    "&#0;",
    "&#xD800;",
)
TEXTS = st.one_of(
    st.sampled_from([text for story in STORIES.values() for text in story]),
    st.sampled_from(
        [
            "Read more",
            "Reply",
            "2 hours ago",
            "08:15",
            "Share",
            "By Ann Berg",
            "© 2024 Us",
            "[1] Note",
            "— A (@a)",
            "1,204",
            "a",
            "",
            " ",
        ]
    ),
    st.sampled_from(ODD),
    st.text(max_size=40).map(lambda text: text.replace("<", "&lt;")),
    st.tuples(st.sampled_from(STORIES["hi"]), st.sampled_from(ODD)).map("".join),
)
LEAVES = st.builds(
    lambda tag, extra, text: f"<{tag}{extra}>{text}</{tag.split()[0]}>",
    st.sampled_from(
        [
            "p",
            "h1",
            "h2",
            "li",
            "dt",
            "dd",
            "td",
            "th",
            "pre",
            "time",
            "summary",
            "figcaption",
            "a href=/x",
            "span",
            "button",
            "rt",
            "blockquote",
            "code",
        ]
    ),
    st.sampled_from(
        [
            "",
            " class=comment",
            " class='twitter-tweet'",
            " hidden",
            " class='img-credit'",
            " style='display:none'",
            " class='k2'",
        ]
    ),
    TEXTS,
)
BOXES = (
    "div", "section", "article", "ul", "ol", "dl", "table", "tr", "td", "details", "figure", "blockquote", "aside", "pre", "ruby", "div class=comments",
    "div class=k1", "nav", "footer", "main", "noscript", "video",
)  # fmt: skip
PAGES = st.recursive(
    st.one_of(LEAVES, TEXTS, st.sampled_from(["<br>", "<img src=a>", "<hr>"])),
    lambda inner: st.builds(
        lambda tag, parts, times: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>" * times,
        st.sampled_from(BOXES),
        st.lists(inner, max_size=6),
        st.sampled_from([1, 1, 1, 2, 3]),
    ),
    max_leaves=30,
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(PAGES, max_size=5).map("".join), st.booleans())
def test_any_page_is_cleaned_without_a_surprise(markup: str, in_story: bool) -> None:
    """No internal error; the ledger covers every character once; a second cleaning is the same."""
    html = page(markup) if in_story else f"<title>{STORIES['en'][0]}</title>{markup}"
    found = outcome(html)
    assert getattr(found.result, "reason", "") != "internal-error", found.result
    assert outcome(html) == found
    if not found.ledger:
        return
    raw = RawDocument(Origin("memory:page"), html, "html")
    text = html_blocks(decode(raw, Settings())).text
    at = 0
    for row in found.ledger:
        assert row.start >= at
        assert not text[at : row.start].strip()
        at = row.end
    assert not text[at:].strip()
    if isinstance(found.result, Article):
        assert found.result.text.strip()


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["ul", "ol"]),
    st.lists(
        st.from_regex(r"[A-Z][a-z]{2,9}( [a-z]{2,9}){0,3}", fullmatch=True),
        min_size=2,
        max_size=8,
        unique=True,
    ),
    st.sampled_from(list(STORIES)),
)
def test_a_list_in_the_story_stays_whole(tag: str, items: list[str], language: str) -> None:
    """All items stay for any words in them, because none of them is a link."""
    content = f"<{tag}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{tag}>"
    found, ledger = article(page(content, language))
    kept = [item for item in items if item in lines(found)]
    claimed = {row.text for row in ledger if not row.kept and "/" in row.rule}
    assert [item for item in items if item not in kept and item not in claimed] == []
