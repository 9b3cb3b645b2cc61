"""Read the claims of a page's head and attributes: meta elements, links, microdata, times."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import turbohtml

from copydesk.schemas.page import Claim
from copydesk.tasks.html.authors import link_authors, signs_another

_PUBLISHED = """
    article:published_time og:article:published_time og:published_time og:pubdate article:published datepublished date.published
    date dc.date dc.date.issued dc.date.created dcterms.date dcterms.created dcterms.issued dcterm.created pubdate publishdate publish-date
    publish_date publication_date publicationdate published published_time published-date date_published parsely-pub-date
    sailthru.date cxenseparse:recs:publishtime cxenseparse:publishtime article.published article-publication-date ptime
    displaydate creation_date originalpublicationdate date.release iso-8601-publish-date timestamp bt:pubdate citation_publication_date
    article_date_original article:create_time prism.publicationdate rnews:datepublished shareaholic:article_published_time
"""
_MODIFIED = """
    article:modified_time og:article:modified_time og:modified_time og:updated_time article:updated_time article:updated datemodified
    dc.date.modified dcterms.modified last-modified lastmod lastmodified modified modified_date date_modified revised article.updated
    utime date.updated bt:moddate article:modified shareaholic:article_modified_time iso-8601-modified-date dateupdated
"""
_TITLE = (
    "og:title twitter:title dc.title dcterms.title parsely-title sailthru.title title headline citation_title"
)
_AUTHOR = """
    author article:author og:author og:article:author article:author_name byl byline dc.creator dcterms.creator dc.contributor.author
    parsely-author sailthru.author cxenseparse:author cxenseparse:recs:author citation_author article.author authors twitter:data1
    shareaholic:article_author_name
"""
_SECTION = "article:section og:section og:article:section section parsely-section cxenseparse:recs:category article.section"
_SITE = "og:site_name application-name apple-mobile-web-app-title dc.publisher al:android:app_name publisher"
_LANGUAGE = "og:locale content-language dc.language language inlanguage"
_IMAGE = "og:image og:image:url og:image:secure_url twitter:image twitter:image:src image thumbnail"
_DESCRIPTION = "og:description twitter:description description dc.description"
_NEWS = "news_keywords fb:pages article:content_tier article:opinion cxenseparse:pageclass cxenseparse:recs:articleid apple-itunes-app google-play-app"
"""Tags of publishers: Google's and Facebook's tags for news, Cxense, the publisher's own app.

Half of the news pages that do not declare themselves as news otherwise have one of them; of the pages of the
wider web, one in twenty has one.
"""
_NAMES: Final[dict[str, str]] = {
    name: field
    for names, field in (
        (_PUBLISHED, "published"), (_MODIFIED, "modified"), (_TITLE, "title"), (_AUTHOR, "author"), (_SECTION, "section"),
        (_SITE, "site"), ("og:url twitter:url", "url"), (_NEWS, "kind"), (_LANGUAGE, "language"), (_IMAGE, "image"), (_DESCRIPTION, "description"),
    )
    for name in names.split()
}  # fmt: skip
"""Names of meta elements in lower case, each with its field."""
_SIGNS = re.compile(r"[^a-z0-9]")
_LOOSE: Final[dict[str, str]] = {_SIGNS.sub("", name): name for name in _NAMES if len(name) > 6}
"""The same without signs, because content systems also write `article:published:time` and
`articlePublishedTime`."""
_PROFILE = re.compile(
    r"/(?:author|autor|auteur|contributor|editors?/|journalist|redakteur|staff/|people/|profile)",
    re.IGNORECASE,
)
"""Addresses of the pages of authors."""
_ITEMPROPS: Final = {
    "headline": "title", "datepublished": "published", "datecreated": "published", "datemodified": "modified",
    "author": "author", "articlesection": "section",
}  # fmt: skip
_WRITTEN = (
    "written",
    "author",
    "by",
    "von",
    "verfasst",
    "geschrieben",
    "autor",
    "par",
    "écrit",
    "escrito",
    "scritto",
    "napisan",
)
_LONGEST = 1000


def meta_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Read the claims of `<meta>`: OpenGraph, article:*, Twitter, Dublin Core and common other names.

    Some pages write `value` in place of `content`. Their titles are made for sharing, so the visible title
    comes first (it is right on six of seven such pages where they differ).
    """
    metas = document.select("meta[content], meta[value]")[:1000]
    about = {
        n: _content(m) for m in metas if (n := (m.attr("name") or "").lower()).startswith("twitter:label")
    }
    for meta in metas:
        raw = meta.attr("property") or meta.attr("name") or meta.attr("itemprop") or meta.attr("http-equiv")
        name = (raw or "").strip().lower()
        name = _known(name)
        field = _NAMES.get(name)
        value = _content(meta)
        if name == "article:content_tier" and value.strip().lower() == "locked":
            yield Claim("flag", "paywalled", "opengraph")
        if not field or not value.strip() or (field in ("title", "kind") and not meta.attr("content")):
            continue
        if name == "twitter:data1" and not about.get("twitter:label1", "").strip().lower().startswith(
            _WRITTEN
        ):
            continue
        yield Claim(
            field,
            value[:_LONGEST].strip(),
            _source(name, "itemprop" if meta.attr("itemprop") == raw else "meta"),
        )


def _content(meta: turbohtml.Element) -> str:
    return meta.attr("content") or meta.attr("value") or ""


@lru_cache(maxsize=4096)
def _known(name: str) -> str:
    """Return a name in the table's spelling, or the name itself if the table has no spelling of it."""
    return name if name in _NAMES else _LOOSE.get(_SIGNS.sub("", name), name)


def _source(name: str, kind: str) -> str:
    if name.startswith(("og:", "article:")):
        return "opengraph"
    if name.startswith("twitter:"):
        return "twitter"
    return "microdata" if kind == "itemprop" else "meta"


def link_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Claim the canonical address, and the authors of `rel="author"` links (`copydesk.tasks.html.authors`)."""
    for link in document.select('link[rel~="canonical" i][href]')[:1]:
        yield Claim("url", link.attr("href") or "", "link")
    yield from link_authors(document)


def profile_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Claim names that link to the page of an author, here or in other stories.

    They only confirm a name near the headline.
    """
    for link in document.select("a[href]")[:2000]:
        if _PROFILE.search(link.attr("href") or ""):
            yield Claim("author", " ".join(link.text[:100].split()), "profile")


def declares_news(document: turbohtml.Document) -> bool:
    """Return whether microdata declares something on the page as a news article."""
    return document.select_one('[itemtype$="NewsArticle"]') is not None


def microdata_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Read the claims of `itemprop` within an article's own scope; authors only of the story itself.

    Teasers are articles in microdata too. If the page has an `<h1>` outside several articles, these are
    teasers, and none of them is the story. Some pages put the whole page into the scope of the story: names
    of readers who comment and of other stories do not count there.
    """
    story: turbohtml.Element | None = None
    headings = document.select("h1")
    for node in document.select("[itemprop]")[:400]:
        for name in (node.attr("itemprop") or "").lower().split():
            field = _ITEMPROPS.get(name)
            scope = _article_around(node) if field and node.tag != "meta" else None
            if not field or scope is None:
                continue
            if field == "author":
                if story is None or (
                    story != scope and scope.select_one("h1") and not story.select_one("h1")
                ):
                    story = scope
                if story != scope or signs_another(node, scope, headings) or _is_teaser(scope, headings):
                    continue
            for value in _values(node, field):
                yield Claim(field, value[:_LONGEST], "microdata")


def _is_teaser(scope: turbohtml.Element, headings: Sequence[turbohtml.Element]) -> bool:
    """Return whether an article's scope is one of several, on a page whose `<h1>` is in none of them."""
    if not headings or scope.select_one("h1") is not None:
        return False
    around = scope.parent
    if not isinstance(around, turbohtml.Element):
        return False
    kind = scope.attr("itemtype")
    beside = [n for n in around.children if isinstance(n, turbohtml.Element) and n.attr("itemtype") == kind]
    return len(beside) > 1 or scope.closest("li") is not None


def _article_around(node: turbohtml.Element) -> turbohtml.Element | None:
    """Return the nearest item around a property, if it is an article."""
    parent = node.parent
    scope = parent.closest("[itemscope]") if isinstance(parent, turbohtml.Element) else None
    kind = (scope.attr("itemtype") or "") if scope is not None else ""
    return scope if kind.rstrip("/").endswith(("Article", "Posting", "Report")) else None


def _values(node: turbohtml.Element, field: str) -> list[str]:
    if field == "author":
        names = node.select('[itemprop~="name"]') or [node]
        return [" ".join((n.attr("content") or n.text[:200]).split()) for n in names[:8]]
    return [" ".join((node.attr("content") or node.attr("datetime") or node.text[:_LONGEST]).split())]
