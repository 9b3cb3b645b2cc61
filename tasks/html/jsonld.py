"""Read the claims of JSON-LD: the article that a page describes, for any arrangement of its graph."""

from collections.abc import Iterable, Iterator
from html import unescape
from typing import Final

from copydesk.schemas.page import Claim
from copydesk.tasks.html.embedded_json import Node, objects, strings
from copydesk.tasks.html.jsonld_names import names_of, types_of
from copydesk.tasks.metadata import canonical_url

_ARTICLES: Final = frozenset(
    {
        "Report",
        "BlogPosting",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "DiscussionForumPosting",
        "Recipe",
        "Review",
    }
)
_PAGES: Final = frozenset({"WebPage", "ItemPage", "MedicalWebPage", "FAQPage"})
_SITES: Final = frozenset({"WebSite", "NewsMediaOrganization"})
_FALSE: Final = frozenset({"false", "no", "0", "http://schema.org/false", "https://schema.org/false"})
_SKIPPED: Final = frozenset(
    {
        "itemListElement",
        "hasPart",
        "mentions",
        "isPartOf",
        "about",
        "comment",
        "review",
        "video",
        "citation",
        "relatedLink",
        "liveBlogUpdate",
    }
)
"""Properties whose objects are other articles or parts of this one."""

_LONGEST_TITLE = 300
"""A longer `headline` is the text of the post itself."""


def json_ld_claims(data: Iterable[object], url: str) -> Iterator[Claim]:
    """Claim what the page's article states about itself, then its web page, site and breadcrumbs.

    Values are unescaped, because content systems put HTML entities into JSON, where they have no meaning.
    """
    nodes = [node for value in data for node in _own_nodes(value)]
    by_id = {i: n for n in nodes if isinstance(i := n.get("@id"), str) and len(n) > 1}
    articles = [n for n in nodes if _is_article(n)]
    best = _best(articles, url)
    if best is not None:
        yield from _article_claims(best, by_id)
    for node in nodes:
        if types_of(node) & _PAGES and not _is_article(node):
            yield from _date_claims(node)
            if best is None:
                yield from _article_claims(node, by_id)
    for node in nodes:
        kinds = types_of(node)
        if "NewsMediaOrganization" in kinds:
            yield Claim("kind", "news", "json-ld")
        if kinds & _SITES:
            for name in strings(node.get("name"))[:1]:
                yield Claim("site", unescape(name), "json-ld")
        elif "BreadcrumbList" in kinds:
            yield from _breadcrumbs(node)


def article_body(data: Iterable[object]) -> str:
    """Return the longest `articleBody` of a page's JSON-LD; empty if there is none."""
    bodies = [
        b for value in data for n in objects(value) if _is_article(n) for b in strings(n.get("articleBody"))
    ]
    return max(bodies, key=len, default="")


def _own_nodes(value: object) -> Iterator[Node]:
    """Yield the objects of a document that describe the page itself, not what it lists or mentions."""
    stack = [value]
    for _ in range(20_000):
        if not stack:
            return
        here = stack.pop()
        if isinstance(here, list):
            stack.extend(reversed(here))
        elif isinstance(here, dict):
            yield here
            stack.extend(
                v for k, v in reversed(list(here.items())) if k not in _SKIPPED and isinstance(v, dict | list)
            )


def _is_article(node: Node) -> bool:
    return any(t.endswith("Article") or t in _ARTICLES for t in types_of(node))


def _best(articles: list[Node], url: str) -> Node | None:
    """Return the article of this page: the one with its address, otherwise the first with a headline."""
    here = canonical_url(url)
    if here and len(articles) > 1:
        for node in articles:
            if here in {
                canonical_url(u)
                for key in ("url", "@id", "mainEntityOfPage")
                for u in _addresses(node.get(key))
            }:
                return node
    return next((n for n in articles if n.get("headline")), articles[0] if articles else None)


def _addresses(value: object) -> list[str]:
    if isinstance(value, dict):
        return [a for key in ("@id", "url") for a in strings(value.get(key))]
    return strings(value)


def _article_claims(node: Node, by_id: dict[str, Node]) -> Iterator[Claim]:
    if any(t.endswith("NewsArticle") or t == "LiveBlogPosting" for t in types_of(node)):
        yield Claim("kind", "news", "json-ld")
    titles = strings(node.get("headline")) or strings(node.get("name"))
    yield from _claims("title", [unescape(title) for title in titles[:1] if len(title) <= _LONGEST_TITLE])
    yield from _date_claims(node)
    authors = names_of(node.get("author") or node.get("creator"), by_id)
    yield from _claims("author", map(unescape, authors))
    yield from _claims("site", map(unescape, names_of(node.get("publisher"), by_id)[:1]))
    for field, key in (
        ("section", "articleSection"),
        ("language", "inLanguage"),
        ("description", "description"),
    ):
        yield from _claims(field, map(unescape, strings(node.get(key))[:1]))
    addresses = [*_addresses(node.get("url")), *_addresses(node.get("mainEntityOfPage"))]
    yield from _claims("url", addresses[:1])
    yield from _claims("image", _images(node.get("image"), by_id)[:1])
    yield from _flag_claims(node)


def _claims(field: str, values: Iterable[str]) -> Iterator[Claim]:
    return (Claim(field, value, "json-ld") for value in values)


def _flag_claims(node: Node) -> Iterator[Claim]:
    if str(node.get("isAccessibleForFree", "")).strip().lower() in _FALSE:
        yield Claim("flag", "paywalled", "json-ld")
    if "LiveBlogPosting" in types_of(node):
        yield Claim("flag", "live_blog", "json-ld")


def _date_claims(node: Node) -> Iterator[Claim]:
    for field, key in (
        ("published", "datePublished"),
        ("published", "dateCreated"),
        ("modified", "dateModified"),
    ):
        for value in strings(node.get(key))[:1]:
            yield Claim(field, value, "json-ld")


def _images(value: object, by_id: dict[str, Node]) -> list[str]:
    out: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = by_id.get(str(item.get("@id")), item)
            out += strings(item.get("url")) or strings(item.get("contentUrl"))
        else:
            out += strings(item)
    return out


def _breadcrumbs(node: Node) -> Iterator[Claim]:
    """Claim the section that the breadcrumbs name: the last step above the article, except the home page."""
    names: list[str] = []
    items = node.get("itemListElement")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            inner = item.get("item")
            names += (
                strings(item.get("name")) or strings(inner.get("name") if isinstance(inner, dict) else None)
            )[:1]
    if len(names) >= 3:
        yield Claim("section", names[-2], "breadcrumb")
    elif len(names) == 2:
        yield Claim("section", names[-1], "breadcrumb")
