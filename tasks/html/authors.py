"""Find authors in links and microdata, without those of teasers, comments and other stories."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import turbohtml

from copydesk.schemas.page import Claim
from copydesk.tasks.metadata import fold

_MOST_LINKS, _MOST_STEPS = 24, 40
_OTHERS: Final = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus|respond|replies|reply|related|recommended|recommendations?|teasers?|river|sidebar|trending|popular"
    r"|read-?more|more-?(?:stories|news|on|from)|most-?read|latest|widget|promo|kommentare?|commentaires?|comentarios?)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Words in the class and id of elements that belong to readers and to other stories."""
_STORY_FOOTER: Final = re.compile(r"(?:^|[\s_-])(?:post|entry|article|story)[_-]", re.IGNORECASE)
_BESIDE: Final = frozenset({"aside", "nav", "footer"})
_HEADINGS: Final = "h1, h2, h3, h4, h5, h6"


def link_authors(document: turbohtml.Document) -> Iterator[Claim]:
    """Claim the names with `rel="author"` links, without those that sign other stories or comments.

    A link signs the story of the nearest heading: the first heading in the smallest element that holds both.
    If this heading is the page's `<h1>`, or names the author, the story is the page's own. If it is a link,
    it is another story. Links below other headings count only if no link is certain.
    """
    headings = document.select("h1") or document.select(_HEADINGS)[:1]
    sure: list[Claim] = []
    likely: list[Claim] = []
    for link in document.select('a[rel~="author" i]')[:_MOST_LINKS]:
        name = " ".join(link.text[:200].split())
        if name and not is_beside(link):
            heading = _nearest_heading(link)
            if heading is None or heading in headings or fold(name) in fold(heading.text[:300]):
                sure.append(Claim("author", name, "link"))
            elif heading.select_one("a[href]") is None and heading.closest("a[href]") is None:
                likely.append(Claim("author", name, "link"))
    yield from sure or likely


def addressed_authors(document: turbohtml.Document, addresses: Iterable[str]) -> Iterator[Claim]:
    """Claim the names of links to an author's page, if the metadata gives its address in place of a name.

    `article:author` is by definition the address of a profile. The last step of both paths must be the same,
    and the words of the link must have the same letters (`/editors/ann-poe`, `Ann Poe`). An address whose
    words are `facebook` gives no name.
    """
    slugs = {fold(slug) for address in addresses if "://" in address and (slug := _last_step(address))}
    if not slugs:
        return
    for link in document.select("a[href]")[:_MOST_ADDRESSES]:
        name = " ".join(link.text[:200].split())
        if (
            " " in name
            and fold(name) in slugs
            and fold(_last_step(link.attr("href") or "")) == fold(name)
            and not is_beside(link)
        ):
            yield Claim("author", name, "link")
            return


_MOST_ADDRESSES: Final = 2000


def _last_step(address: str) -> str:
    return address.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]


def signs_another(
    node: turbohtml.Element, scope: turbohtml.Element, headings: Sequence[turbohtml.Element]
) -> bool:
    """Return whether a name in an article's `scope` signs a comment or another story.

    It does if a class around it belongs to comments or other stories, or if the nearest heading is a link and
    not the article's own. `headings` are those of the page's own story. An aside is no sign here: pages put
    the story's own byline there.
    """
    for step, place in enumerate(node.ancestors):
        if step >= _MOST_STEPS or not isinstance(place, turbohtml.Element) or place == scope:
            break
        if place.tag not in ("article", "body", "main") and _OTHERS.search(
            f"{place.attr('class') or ''} {place.attr('id') or ''}"
        ):
            return True
    heading = _nearest_heading(node)
    if heading is None or heading in headings or heading == scope.select_one(_HEADINGS):
        return False
    return heading.select_one("a[href]") is not None or heading.closest("a[href]") is not None


def is_beside(node: turbohtml.Element) -> bool:
    """Return whether an element lies among comments, teasers or other stories, by tags and classes around it."""
    for step, place in enumerate(node.ancestors):
        if (
            step >= _MOST_STEPS
            or not isinstance(place, turbohtml.Element)
            or place.tag in ("body", "html", "main")
        ):
            return False
        if place.tag == "article":
            continue
        if place.tag in _BESIDE and not (place.tag == "footer" and _is_own_footer(place)):
            return True
        if _OTHERS.search(f"{place.attr('class') or ''} {place.attr('id') or ''}"):
            return True
    return False


def _is_own_footer(footer: turbohtml.Element) -> bool:
    """Return whether a footer belongs to the story, not to the page.

    Such a footer lies in an article, or has a class like `post-meta` or `entry-footer`.
    """
    named = f"{footer.attr('class') or ''} {footer.attr('id') or ''}"
    return footer.closest("article") is not None or bool(_STORY_FOOTER.search(named))


def _nearest_heading(link: turbohtml.Element) -> turbohtml.Element | None:
    for step, place in enumerate(link.ancestors):
        if step >= _MOST_STEPS or not isinstance(place, turbohtml.Element):
            return None
        if (heading := place.select_one(_HEADINGS)) is not None:
            return heading
    return None
