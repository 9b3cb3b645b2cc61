"""An article that occurs twice is in the body once.

Other stories and readers' comments are removed and labelled.
"""

import pytest
from page_kit import STORIES, article, lines, page

from copydesk.schemas.document import DecodedText, Origin
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.label.containers import tree_of
from copydesk.tasks.label.stories import next_stories

LANGUAGES = tuple(STORIES)


def story(language: str, heading: str = "", tag: str = "p") -> str:
    paragraphs = STORIES[language][1:]
    return (heading and f"<h1>{heading}</h1>") + "".join(f"<{tag}>{text}</{tag}>" for text in paragraphs)


COPIES = {
    "narrow screens": '<div class="mobile-only">{}</div>',
    "print": '<section class="print"><article>{}</article></section>',
    "obfuscated": '<div class="x9"><div class="q7 z">{}</div></div>',
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", COPIES)
def test_an_article_that_stands_twice_is_in_the_body_once(language: str, kind: str) -> None:
    """Lists and short lines of the copy go with it."""
    extra = "<ul><li>Tilda Marsh</li><li>Owen Clay</li></ul><p>Nobody spoke.</p>"
    copy = COPIES[kind].format(story(language) + extra)
    found, ledger = article(page(extra, language, at=6, after=copy))
    texts = lines(found)
    assert [text for text in STORIES[language][1:] if texts.count(text) != 1] == []
    assert texts.count("Tilda Marsh") <= 1
    assert texts.count("Nobody spoke.") == 1
    assert any(row.rule == "structure:copy" for row in ledger)


def test_a_copy_in_one_piece_goes_too() -> None:
    """The print version as one block, its paragraphs apart by single breaks."""
    copy = "<div class='p'>" + " ".join(STORIES["en"][1:]) + "</div>"
    found, _ = article(page("", after=copy))
    assert sum(text.count(STORIES["en"][2]) for text in lines(found)) == 1


FIRST = {
    "in one block": "<div class='p'>{}</div>",
    "as the caption of a picture": "<div class='feat-image'><img src='a.jpg'><p class='wp-caption-text'>{}</p></div>",
}


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("language", ["en", "hi"])
def test_of_two_copies_the_one_in_paragraphs_stays(kind: str, language: str) -> None:
    """The whole text above it, in one piece, goes."""
    title, *texts = STORIES[language]
    body = FIRST[kind].format(" ".join(texts)) + "".join(f"<p>{text}</p>" for text in texts)
    found, _ = article(
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
    )
    assert lines(found) == texts


OTHERS = {
    "articles": "<article>{}</article>",
    "sections": '<section class="next">{}</section>',
    "divs": '<div class="x7"><div>{}</div></div>',
    "deep": '<div class="infinite"><div class="s1"><div class="b">{}</div></div></div>',
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("body", ["article", "divs", "sections"])
@pytest.mark.parametrize("language", ["en", "hi", "zh"])
def test_stories_loaded_below_are_out(kind: str, body: str, language: str) -> None:
    """Each has a headline of its own; the ledger calls them related."""
    other = "de" if language != "de" else "en"
    below = OTHERS[kind].format(story(other, STORIES[other][0])) + OTHERS[kind].format(
        story("ar", STORIES["ar"][0])
    )
    found, ledger = article(page("", language, body, after=below))
    assert [text for text in STORIES[language][1:] if text not in lines(found)] == []
    assert [text for text in STORIES[other][1:] + STORIES["ar"][1:] if text in lines(found)] == []
    labels = {row.text: row.label for row in ledger}
    assert all(labels[text] == "related" for text in STORIES[other][1:])


def test_a_chapter_with_a_first_level_heading_is_no_other_story() -> None:
    """It is in the container of the text, without a byline."""
    found, _ = article(page("<h1>The long winter</h1>"))
    assert [text for text in STORIES["en"][1:] if text not in lines(found)] == []


POSTS = {
    "en": (
        ("Ann P", "2 hours ago", "They should have done this years ago, if you ask me.", "Reply"),
        ("rower_77", "3 May 2024, 10:12", "My boat has been stuck since February.", "Reply"),
        ("J. K.", "1 day ago", "Nice.", "Reply"),
    ),
    "de": (
        (
            "Anna P",
            "vor 2 Stunden",
            "Das hätte man vor Jahren machen müssen, wenn Sie mich fragen.",
            "Antworten",
        ),
        ("ruderer", "3. Mai 2024, 10:12", "Mein Boot liegt seit Februar fest.", "Antworten"),
        ("J. K.", "vor 1 Tag", "Schön und gut so.", "Antworten"),
    ),
    "zh": (
        ("小明", "2小时前", "这件事早就应该做了，大家都等得太久了。", "回复"),
        ("船夫", "5月3日 10:12", "我的船从二月起就被困住了，没有人管。", "回复"),
        ("老李", "1天前", "希望能够按时完工，不要再拖下去。", "回复"),
    ),
}
THREADS = {
    "list": (
        "<ol class='commentlist'>{}</ol>",
        "<li class='c'><b>{0}</b><div>{1}</div><p>{2}</p><a href='#'>{3}</a></li>",
    ),
    "obfuscated": (
        "<div class='k1'>{}</div>",
        "<div class='k2'><div class='k3'>{0}</div><div class='k4'>{1}</div><div class='k5'>{2}</div><div><button>{3}</button></div></div>",
    ),
    "articles": (
        "<section>{}</section>",
        "<article><header><a href='/u'>{0}</a> </header><time>{1}</time><p>{2}</p><footer><a href='#'>{3}</a></footer></article>",
    ),
}


@pytest.mark.parametrize("language", POSTS)
@pytest.mark.parametrize("thread", THREADS)
def test_comments_of_readers_are_out(language: str, thread: str) -> None:
    """It holds for any class names. The ledger labels them as comments."""
    outer, inner = THREADS[thread]
    below = outer.format("".join(inner.format(*post) for post in POSTS[language]))
    found, ledger = article(page("", language, after=below))
    assert [text for text in STORIES[language][1:] if text not in lines(found)] == []
    labels = {row.text: row.label for row in ledger}
    for _, _, text, _ in POSTS[language]:
        assert text not in found.text
        assert labels[text] == "comment"


LONG = "The council voted on Tuesday to close the swing bridge for eleven weeks, and residents on the south bank complained loudly."
STORY = "<h1>Bridge</h1>" + f"<p>{LONG}</p>" * 9
OTHER = f"<h1>Harbour</h1><p>{LONG} Yes.</p>"
SHAPES = {
    "scrolled on to": (
        f"<main><article>{STORY}</article><div><article>{OTHER}</article></div></main><footer><p>Us</footer>",
        {10, 11},
    ),
    "with a line between": (
        f"<main><article>{STORY}</article><p>Next</p><article>{OTHER}</article></main>",
        {11, 12},
    ),
    "a chapter": (f"<main><article>{STORY}{OTHER}</article></main>", set()),
    "a teaser before": (
        f"<main><article><h1>Bridge</h1><p>{LONG}</p></article><div><article>{OTHER}</article></div></main>",
        set(),
    ),
    "not this page's headline": (
        f"<main><article><h1>News</h1>{STORY[15:]}</article><div><article>{OTHER}</article></div></main>",
        set(),
    ),
    "no article elements": (f"<main><div>{STORY}</div><div>{OTHER}</div></main>", {10, 11}),
    "flat, with a byline": (
        f"<main>{STORY}<h1>Harbour</h1><p class='byline'>By Ann</p><p>{LONG}</p></main>",
        {10, 11, 12},
    ),
    "flat, a chapter": (f"<main>{STORY}{OTHER}</main>", set()),
    "sections of one article": (
        f"<article><section>{STORY}</section><section>{OTHER}</section></article>",
        set(),
    ),
    "an anchor named after its heading": (
        f"<main><div>{STORY}</div><div id='old-harbour-walls'><h1>Old harbour walls</h1><p>{LONG}</p></div></main>",
        set(),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_another_story_has_a_headline_in_a_container_of_its_own(shape: str) -> None:
    """It follows a story that is this page's own and long enough. Chapters are left alone."""
    html, others = SHAPES[shape]
    found = html_blocks(DecodedText(Origin("t"), "html", html, "utf-8", "given", "v", 0))
    assert next_stories(found.blocks, tree_of(found.blocks, found.boxes), "Bridge", 0.4) == others


CHAPTERED = {
    "sections in the story's own": "<section><h1>{0}</h1>{1}<section><h1>Gates</h1>{2}</section><section><h1>Eels</h1>{3}</section></section>",
    "a box for each part": "<div><div class='k1'><h1>{0}</h1></div><div class='k2'>{1}</div><div class='k3'><h1>Gates</h1>{2}</div>"
    "<div class='k4'><h1>Eels</h1>{3}</div></div>",
}


@pytest.mark.parametrize("kind", CHAPTERED)
def test_chapters_beside_text_that_has_no_container_of_its_own_stay(kind: str) -> None:
    """Each chapter of a manual or book has a headline of the first level in its own section."""
    title, *texts = STORIES["en"]
    paragraphs = "".join(f"<p>{text}</p>" for text in texts)
    more = [
        "".join(f"<p>{word} {text[0].lower()}{text[1:]}</p>" for text in texts[:3]) for word in ("Then", "So")
    ]
    body = CHAPTERED[kind].format(title, paragraphs, *more)
    found, ledger = article(f"<html><head><title>{title}</title></head><body>{body}</body></html>")
    assert "structure:next-story" not in {row.rule for row in ledger}
    assert [text for text in texts if text not in lines(found)] == []
    assert sum(line.startswith(("Then ", "So ")) for line in lines(found)) == 6


@pytest.mark.parametrize("kind", CHAPTERED)
def test_a_byline_makes_a_story_of_such_a_part(kind: str) -> None:
    """Its own author wrote it."""
    title, *texts = STORIES["en"]
    paragraphs = "".join(f"<p>{text}</p>" for text in texts)
    other = "".join(f"<p>{text}</p>" for text in STORIES["de"][1:])
    body = CHAPTERED[kind].format(title, paragraphs, f"<div class='byline'>By Ann Poe</div>{other}", "")
    found, _ = article(f"<html><head><title>{title}</title></head><body>{body}</body></html>")
    assert [text for text in STORIES["de"][1:] if text in lines(found)] == []


def test_a_summary_above_the_story_is_not_the_story() -> None:
    """The text below has a headline of its own and is several times as long."""
    title, *texts = STORIES["en"]
    summary = "".join(f"<p>{text}</p>" for text in STORIES["en"][1:4])
    told = [f"{word} {text[0].lower()}{text[1:]}" for word in ("Now", "Then", "So") for text in texts]
    body = "".join(f"<p>{text}</p>" for text in told)
    html = (
        f"<html><head><title>{title}</title></head><body><div class='top'><h1>{title}</h1>{summary}</div>"
        f"<div class='main'><div class='byline'>By Ann Poe</div><h1>Rising water, falling gates</h1>{body}</div></body></html>"
    )
    found, ledger = article(html)
    assert "structure:next-story" not in {row.rule for row in ledger}
    assert sum(text in lines(found) for text in told) == len(told)
