"""Pages that a form is wrapped around, as ASP.NET writes them: what lies in it is the page, not a form beside the story."""

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean

STORY = "The harbour council voted on Tuesday to close the old swing bridge for eleven weeks, it said on Tuesday night."
BODY = "".join(f"<p>{STORY} {n} ships had to wait for it.</p>" for n in range(5))
SEARCH = "<form><div>Search the archive since May 8, 2001</div><input name=q></form>"


def article(page: str) -> Article:
    made = clean(RawDocument(Origin("a"), page, "html"), CleaningContext.open((), Settings())).result
    assert isinstance(made, Article)
    return made


@pytest.mark.parametrize("heading", ["<h1>Bridge to close</h1>", "<h2>Bridge to close</h2>"])
@pytest.mark.parametrize("form", ["<form id=aspnetForm>", "<form role=form class=page>", "<div role=form>"])
def test_a_form_around_the_page_is_not_beside_the_story(form: str, heading: str) -> None:
    """Headline, byline and day are found in it; one small form more is beside the story as ever."""
    close = form[1:].partition(" ")[0].join(["</", ">"])
    page = f"{form}{heading}<p>By Ann Poe</p><p>May 7, 2013</p>{BODY}{close}{SEARCH}"
    made = article(
        f"<!doctype html><html lang=en><head><title>Bridge to close</title></head><body>{page}</body></html>"
    )
    assert (made.title, made.authors, made.published_raw) == ("Bridge to close", ["Ann Poe"], "May 7, 2013")


def test_a_form_below_the_headline_is_beside_the_story() -> None:
    """A day inside it is not a day of the story."""
    page = f"<h1>Bridge to close</h1>{SEARCH}{BODY}"
    made = article(
        f"<!doctype html><html lang=en><head><title>Bridge to close</title></head><body>{page}</body></html>"
    )
    assert made.published_at is None
