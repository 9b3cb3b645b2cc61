"""Days in lines around a story."""

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean

STORY = "The harbour council voted on Tuesday to close the old swing bridge for eleven weeks, it said on Tuesday night."
BODY = "".join(
    f"<p>{STORY} {n} ships had to wait for it, and the captains were not amused.</p>" for n in range(5)
)
DEFAULT_CLEANER = CleaningContext.open((), Settings())


def days(opening: str = "", below: str = "") -> tuple[str, str]:
    page = f"<article><h1>Bridge to close</h1>{BODY.replace('<p>', '<p>' + opening, 1)}{below}</article>"
    html = (
        f"<!doctype html><html lang=en><head><title>Bridge to close</title></head><body>{page}</body></html>"
    )
    made = clean(RawDocument(Origin("a"), html, "html"), DEFAULT_CLEANER).result
    assert isinstance(made, Article)
    shown = [at.date().isoformat() if at else "" for at in (made.published_at, made.modified_at)]
    return shown[0], shown[1]


BELOW = [
    ("<p>This entry was posted on Tuesday, May 7, 2013 at 3:41 pm and is filed under Harbour.</p>", "2013-05-07"),
    ("<p>This article was written by Ann Poe on May 7, 2013.</p>", "2013-05-07"),
    ("<p>Dieser Artikel wurde am 7. Mai 2013 um 14:48 von Anna geschrieben und unter Hafen eingeordnet.</p>", "2013-05-07"),
    ("<div>Von Anna am 07.05.2013, 11:51 | 0 Meinungen | Hafen</div>", "2013-05-07"),
    ("<footer>Posted on May 7, 2013 by Ann Poe</footer>", "2013-05-07"),
    ("<div>作者:zboygirl 阅读(1660) 评论(5) 发表于:2013-05-07 12:30</div>", "2013-05-07"),
    ("<p>本贴由大卫于2013年5月7日16:12:21在〖港口〗发表.</p>", "2013-05-07"),
    ("<p>This entry was posted long after the storm of May 7, 2011, which nobody here will ever forget, had gone.</p>", ""),
    ("<p>The bridge of Port Ansel was built on May 7, 2013.</p>", ""),
    ("<div>Posted by Ann on May 7, 2013</div><div>Posted by Jo on May 9, 2013</div>", ""),
    ("<aside>Posted on May 7, 2013 by Ann Poe</aside>", ""),
    ("<blockquote>Posted on May 7, 2013 by Ann Poe</blockquote>", ""),
]  # fmt: skip


@pytest.mark.parametrize(("below", "day"), BELOW, ids=[b[0][:50] for b in BELOW])
def test_a_line_below_the_story_says_when_it_was_published(below: str, day: str) -> None:
    """The line must be about its own story. Days of comments are several, and prose gives none."""
    assert days(below=below)[0] == day


OPENINGS = [
    ("(07.05.2013) ", "2013-05-07"),
    ("[May 7, 2013] ", "2013-05-07"),
    ("(born on May 7, 1913) ", ""),
    ("(Harbour Court, judgment of 7 May 2013) ", ""),
]


@pytest.mark.parametrize(("opening", "day"), OPENINGS)
def test_a_story_that_begins_with_its_day_in_brackets(opening: str, day: str) -> None:
    """Only the day may be there."""
    assert days(opening)[0] == day


def test_a_line_that_says_updated_is_never_published() -> None:
    """It holds even if the line is the only one."""
    assert days(below="<p>Dieser Artikel wurde am 7. Mai 2013 aktualisiert.</p>") == ("", "2013-05-07")


def test_a_day_in_the_headline_is_what_the_story_is_about() -> None:
    """It dates the races, not the report."""
    head = "Winners of the races (2013/5/7)"
    for top, day in (("", None), ("<div>2013-05-09 | Racing</div>", "2013-05-09")):
        html = f"<!doctype html><html lang=en><head><title>{head}</title></head><body><h3>{head}</h3>{top}{BODY}</body></html>"
        made = clean(RawDocument(Origin("a"), html, "html"), DEFAULT_CLEANER).result
        assert isinstance(made, Article)
        assert (made.published_at.date().isoformat() if made.published_at else None) == day
