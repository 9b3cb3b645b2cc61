"""Threads of comments that only lines of one form give away, each with a name and a time."""

import pytest
from page_kit import STORIES, article, lines, page

TEXTS = (
    "They should have done this years ago, and everybody who rows there knows it well.",
    "My boat has been stuck since February, so I am glad that somebody has begun at last.",
    "The eels do not care about any of this, but thank you for thinking of them all the same.",
    "Nobody asked us what we think, as usual, and the bill will land on our doormats.",
)
NAMES = ("Ann Poe", "rower_seven", "J. Kettle", "Mrs Marsh")
STAMPS = {
    "en": "Posted by: {} at May {}, 2012 4:58 PM",
    "said": "{} said on 1{} June 2019 at 09:15",
    "de": "Kommentar von {} am 1{}. Mai 2012 um 16:58",
    "fr": "Rédigé par {} le 1{} mars 2012 à 16h58",
    "pl": "Dodał: {} 1{} stycznia 2012, 13:31",
    "ru": "Автор: {} 1{} января 2012, 15:49",
}
ORDERS = {"above": "<p class=q>{stamp}</p><p>{text}</p>", "below": "<p>{text}</p><p class=q>{stamp}</p>"}


def thread(stamp: str, order: str, wrap: str) -> str:
    posts = [
        ORDERS[order].format(stamp=stamp.format(name, n), text=text)
        for n, (name, text) in enumerate(zip(NAMES, TEXTS, strict=True), 1)
    ]
    return wrap.format("".join(posts))


@pytest.mark.parametrize("language", STAMPS)
@pytest.mark.parametrize("order", ORDERS)
def test_comments_between_stamps_are_out(language: str, order: str) -> None:
    """In a container beside the story, without any class that tells."""
    found, ledger = article(page("", after=thread(STAMPS[language], order, "<div class=z7>{}</div>")))
    assert [text for text in TEXTS if text in lines(found)] == []
    assert {row.label for row in ledger if row.text in TEXTS} == {"comment"}
    assert [text for text in STORIES["en"][1:] if text not in lines(found)] == []


@pytest.mark.parametrize("language", ["en", "de", "ru"])
def test_comments_under_a_heading_in_the_storys_own_container_are_out(language: str) -> None:
    """The heading parts them from the story."""
    posts = thread(STAMPS[language], "above", "<h3>4</h3>{}")
    found, _ = article(page(posts, body="bare", at=6))
    assert [text for text in TEXTS[:-1] if text in lines(found)] == []
    assert [text for text in STORIES["en"][1:] if text not in lines(found)] == []


LIVE = {
    "always the same name": [f"Posted by Newsdesk on 3 May 2024 at 10:0{n}" for n in range(4)],
    "no name": [f"3 May 2024, 10:0{n}" for n in range(4)],
    "scores": [f"Second set, {n}:45 hours played" for n in range(1, 5)],
}


@pytest.mark.parametrize("kind", LIVE)
def test_times_without_names_are_no_thread(kind: str) -> None:
    """Updates of a live report, results: the model and other structures decide."""
    posts = "".join(
        f"<p class=q>{stamp}</p><p>{text}</p>" for stamp, text in zip(LIVE[kind], TEXTS, strict=True)
    )
    _, ledger = article(page(posts))
    assert "structure:stamped" not in {row.rule for row in ledger}


def test_the_storys_own_stamp_is_no_comment() -> None:
    """The first line of this form is above the story, the others are below it."""
    stamp = STAMPS["en"]
    own = f"<p class=q>{stamp.format('Sam Reed', 9)}</p>"
    found, ledger = article(page(own, at=0, after=thread(stamp, "below", "<div>{}</div>")))
    assert [text for text in STORIES["en"][1:] if text not in lines(found)] == []
    assert [text for text in TEXTS if text in lines(found)] == []
    assert any(row.rule == "structure:stamped" for row in ledger)


@pytest.mark.parametrize("heading", ["<h3>Comments</h3>", "<p>Comments:</p>"])
def test_the_signature_below_a_story_is_no_comment(heading: str) -> None:
    """A weblog signs the story as its readers sign below, in one container. The heading parts the two."""
    title, *story = STORIES["en"]
    signed = (
        f"<p class=q>{STAMPS['en'].format('Sam Reed', 9)}</p>{heading}{thread(STAMPS['en'], 'below', '{}')}"
    )
    rest = "".join(f"<p>{text}</p>" for text in story[1:])
    html = f"<body><h1>{title}</h1><p>{story[0]}</p><div class=z7>{rest}{signed}</div></body>"
    found, ledger = article(html)
    assert [text for text in story if text not in lines(found)] == []
    assert [text for text in TEXTS if text in lines(found)] == []
    assert any(row.rule == "structure:stamped" for row in ledger)


@pytest.mark.parametrize("heading", ["<p>Comments</p>", "", "<h3>Comments</h3>"])
def test_the_last_chapter_of_a_story_is_no_comment(heading: str) -> None:
    """The last heading before the first comment is the story's own."""
    title, *story = STORIES["en"]
    told = "".join(f"<p>{text}</p>" for text in story)
    chapter = "<h2>What the anglers say</h2>" + "".join(
        f"<p>{text.replace('regatta', 'race')}</p>" for text in story
    )
    posts = heading + thread(STAMPS["en"], "above", "{}")
    found, ledger = article(f"<body><div><h1>{title}</h1>{told}{chapter}{posts}</div></body>")
    assert [text for text in story if text not in lines(found)] == []
    assert [text for text in story if text.replace("regatta", "race") not in lines(found)] == []
    assert any(row.rule == "structure:stamped" for row in ledger)
