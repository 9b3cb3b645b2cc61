"""HTML extractors, each called as its documentation shows: page bytes and URL in, an answer out.

An answer is `text` (lines joined by a line feed), `title`, `authors`, `published`. A peer that does
not extract a field leaves it out.
"""

import json
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.benchmarks.contest import Batch, Opener


class PageItem(NamedTuple):
    """A page as its user has it."""

    id: str
    url: str
    html: bytes


Answer = dict[str, Any]
Extract = Callable[[PageItem], Answer]

_LINES = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "td", "div", "br", "figcaption")


def copydesk() -> Batch:
    """The whole path, bytes to article and ledger, in batches as a run's workers get them."""
    from copydesk.schemas.article import Article
    from copydesk.schemas.document import Origin, RawDocument
    from copydesk.schemas.report import Outcome
    from copydesk.schemas.settings import Settings
    from copydesk.tasks.pipeline import CleaningContext, clean_many

    context = CleaningContext.open([], Settings())

    def answer(outcome: Outcome) -> Answer | None:
        found = outcome.result
        if not isinstance(found, Article):
            return None
        return {
            "text": found.text,
            "title": found.title,
            "authors": found.authors,
            "published": found.published_at,
        }

    def extract(pages: Sequence[PageItem]) -> list[Answer | None]:
        raws = [RawDocument(Origin("pages", page.id, url=page.url), page.html, "html") for page in pages]
        return [answer(outcome) for outcome in clean_many(raws, context)]

    return Batch(extract)


def _trafilatura(**options: bool) -> Extract:
    import trafilatura

    def extract(page: PageItem) -> Answer:
        found = trafilatura.extract(
            page.html,
            url=page.url or None,
            output_format="json",
            with_metadata=True,
            include_comments=False,
            **options,
        )
        if found is None:
            raise ValueError("nothing extracted")
        fields = json.loads(found)
        authors = [name for name in (fields.get("author") or "").split("; ") if name]
        return {
            "text": fields["text"],
            "title": fields["title"],
            "authors": authors,
            "published": fields["date"],
        }

    return extract


def trafilatura_default() -> Extract:
    """Body and metadata, with its fallbacks."""
    return _trafilatura()


def trafilatura_fast() -> Extract:
    """Without the fallbacks."""
    return _trafilatura(fast=True)


def trafilatura_precision() -> Extract:
    """Less text, surer."""
    return _trafilatura(favor_precision=True)


def newspaper4k() -> Extract:
    """Body and metadata; images are not fetched, which it would do by default."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nltk, which only keywords and summaries need, is not there
        import newspaper

    def extract(page: PageItem) -> Answer:
        article = newspaper.Article(page.url or "https://example.org/", fetch_images=False)
        article.download(input_html=_decoded(page.html))
        article.parse()
        published = article.publish_date or None
        return {
            "text": article.text,
            "title": article.title,
            "authors": article.authors,
            "published": published,
        }

    return extract


def readability() -> Extract:
    """readability-lxml: the summary is HTML; its blocks become lines."""
    import lxml.html
    from readability import Document

    def extract(page: PageItem) -> Answer:
        document = Document(_decoded(page.html), url=page.url or None)
        root = lxml.html.fromstring(document.summary(html_partial=True))
        for element in root.iter(*_LINES):
            element.tail = "\n" + (element.tail or "")
        return {"text": root.text_content(), "title": document.short_title()}

    return extract


def resiliparse() -> Extract:
    """The main content of a page as plain text, without alternative texts and bullets."""
    from resiliparse.extract.html2text import extract_plain_text

    def extract(page: PageItem) -> Answer:
        html = _decoded(page.html)
        return {"text": extract_plain_text(html, main_content=True, alt_texts=False, list_bullets=False)}

    return extract


def justext() -> Extract:
    """JusText with the stop words of all its languages, since a page's language is not known before."""
    import justext as library

    stop_words = frozenset().union(*map(library.get_stoplist, library.get_stoplists()))

    def extract(page: PageItem) -> Answer:
        paragraphs = library.justext(page.html, stop_words)
        return {"text": "\n".join(p.text for p in paragraphs if not p.is_boilerplate)}

    return extract


def _decoded(html: bytes) -> str:
    """For peers that take only text: what a browser makes of the bytes; 0.1 ms a page."""
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    return str(bytes_to_str(html, detect_encoding(html, html5_compatible=True)))


REFERENCE = "trafilatura"
EXTRACTORS: dict[str, Opener] = {
    "copydesk": copydesk,
    REFERENCE: trafilatura_default,
    "trafilatura fast": trafilatura_fast,
    "trafilatura precision": trafilatura_precision,
    "newspaper4k": newspaper4k,
    "readability-lxml": readability,
    "resiliparse": resiliparse,
    "jusText": justext,
}
