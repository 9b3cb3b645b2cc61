"""Small pages are articles: briefs of short sentences, lists under a headline. Menus and empty pages are not."""

import pytest
from page_kit import article, context, lines, outcome, page

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.tasks.pipeline import clean

BRIEFS = {
    "score": ("Rovers beat Athletic 3-0.", "Clay scored twice.", "The crowd was 612."),
    "found": ("A man was found near the lock.", "Police were called at six.", "An inquiry has begun."),
    "quote": (
        "The locks are shut.",
        "“At last,” said one skipper.",
        "They open at noon.",
        "The eels are safe.",
    ),
    "hi": ("नहर का फाटक खुल गया।", "नाव समय पर निकली।", "किसी को चोट नहीं आई।"),
    "zh": ("船闸今天重新开放。", "第一艘船准时离开。", "没有人受伤。"),
}
FRAMES = {
    "bare": "<body><article><h1>Locks on the upper canal</h1>{}</article></body>",
    "menu": "<body><nav><ul><li><a href=/n>News</a></li><li><a href=/s>Sport</a></li></ul></nav><div><h1>Locks on the upper canal</h1>"
    "<div>{}</div></div><footer><ul><li><a href=/i>Imprint</a></li><li><a href=/t>Terms</a></li></ul></footer></body>",
}


@pytest.mark.parametrize("brief", BRIEFS)
@pytest.mark.parametrize("frame", FRAMES)
def test_a_brief_of_short_sentences_is_an_article(brief: str, frame: str) -> None:
    """Every sentence stays."""
    body = "".join(f"<p>{text}</p>" for text in BRIEFS[brief])
    found, _ = article(
        f"<html><head><title>Locks on the upper canal</title></head>{FRAMES[frame].format(body)}</html>"
    )
    assert [text for text in BRIEFS[brief] if text not in lines(found)] == []


WINNERS = (
    "Best film: Grain",
    "Best director: T. Marsh",
    "Best song: Quay",
    "Best short: Tide",
    "Best crew: Port",
    "Best score: O. Clay",
)
LISTS = {
    "ul": ("<ul>{}</ul>", "<li>{}</li>"),
    "divs": ("<div class='k2'>{}</div>", "<div class='k3'>{}</div>"),
    "table": ("<table>{}</table>", "<tr><td>{}</td><td>won</td></tr>"),
}


@pytest.mark.parametrize("shape", LISTS)
@pytest.mark.parametrize("frame", FRAMES)
def test_a_list_under_its_headline_is_an_article_in_doubt(shape: str, frame: str) -> None:
    """Winners of a prize; the flag says that it may be none."""
    outer, inner = LISTS[shape]
    body = outer.format("".join(inner.format(text) for text in WINNERS))
    found, _ = article(
        f"<html><head><title>Locks on the upper canal</title></head>{FRAMES[frame].format(body)}</html>"
    )
    assert "doubtful" in found.flags
    assert all(any(text in line for line in lines(found)) for text in WINNERS)


@pytest.mark.parametrize(
    "html",
    [
        "<html><body></body></html>",
        "<title>News</title><h1>News</h1><ul>"
        + "".join(
            f"<li><a href='/{n}'>The story of number {n} in the long series</a></li>" for n in range(12)
        )
        + "</ul>",
        "<title>News</title><nav><a href=/a>Home</a> <a href=/b>Sport</a></nav>",
    ],
    ids=["empty", "index", "menu"],
)
def test_an_index_or_an_empty_page_is_no_article(html: str) -> None:
    """There is nothing to keep."""
    assert not isinstance(outcome(html).result, Article)


POSTS = (
    ("08:18", "Gates up", "The gates are up."),
    ("07:17", "Water in", "The water is coming in now."),
    ("06:16", "Morning", "Good morning."),
)
LIVE = {
    "div": "<div class='post'><time>{0}</time><h3>{1}</h3><p>{2}</p></div>",
    "article": "<article><header><time>{0}</time><h3>{1}</h3></header><div><p>{2}</p></div></article>",
    "obfuscated": "<section class='a1'><div class='b2'>{0}</div><div class='c3'><p>{2}</p></div></section>",
}


@pytest.mark.parametrize("shape", LIVE)
def test_short_posts_of_a_live_blog_stay(shape: str) -> None:
    """However short, in the midst of the story or after it."""
    posts = "".join(LIVE[shape].format(*post) for post in POSTS)
    for at in (2, 6):
        found, _ = article(page(posts, at=at))
        assert [post[2] for post in POSTS if post[2] not in lines(found)] == []


def test_a_paragraph_that_is_a_link_from_end_to_end_stays() -> None:
    """A long sentence is not a teaser."""
    text = "On Friday the lock keeper, 54, and two skippers, 30 and 39, all denied the charge of neglect before the magistrates."
    found, _ = article(page(f'<p><a href="/x"><strong>{text}</strong></a></p>'))
    assert text in lines(found)


TEXTS = {
    "score": (
        "Swing bridge to close",
        "Ansel Town won 2-1 on Saturday.",
        "Doyle scored twice.",
        "The crowd was 412.",
    ),
    "quote": (
        "Ferry back on its route",
        "It left on time.",
        "“About time,” said one passenger.",
        "The next is at noon.",
    ),
    "de": (
        "Fähre fährt wieder",
        "Sie legte pünktlich ab.",
        "„Endlich“, sagte ein Fahrgast.",
        "Die nächste geht um zwölf.",
    ),
    "ru": ("Паром снова ходит", "Он вышел вовремя.", "Никто не пострадал.", "Следующий в полдень."),
    "zh": ("上游运河船闸重新开放", "第一艘船准时离开。", "没有人受伤。", "下一艘中午出发。"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_the_headline_of_a_brief_of_plain_text_is_its_title(text: str) -> None:
    """No paragraph follows, only short sentences; the line above them is a field, no furniture."""
    headline, *sentences = TEXTS[text]
    done = clean(
        RawDocument(Origin("brief.txt"), "\n\n".join((headline, *sentences)), "text"), context()
    ).result
    assert isinstance(done, Article)
    assert done.title == headline
    assert lines(done) == sentences
