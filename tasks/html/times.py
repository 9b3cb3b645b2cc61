"""Read the days of `<time>` elements, without those of quoted posts and of other stories."""

from collections.abc import Iterator
from datetime import timedelta

import turbohtml

from copydesk.schemas.page import Claim
from copydesk.tasks.metadata import MODIFIED, PUBLISHED, dateline_of, parse_date

_MOST = 12
"""Most elements inspected to find the first that belong to the story itself."""
_TEASER = 25
"""Another story's headline is a link, around the time or in the same list item, with this many other
characters."""
_APART = timedelta(days=2)


def time_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Claim the value of `<time datetime>`, as `modified` if the element or words around it call it so.

    Only the first times of the article itself count. Times of teasers are in lists beside a headline that is
    a link; times of embedded posts are in quotations. An aside is no sign, because pages put the story's own
    day there. If the words of the element name another day of publication (`Publié le 29 juin`), the words
    count: the attribute then holds the day of a later version.
    """
    inside = [n for n in document.select("article time[datetime], main time[datetime]")[:_MOST] if _is_own(n)]
    times = inside[:3] or [n for n in document.select("time[datetime]")[:_MOST] if _is_own(n)][:2]
    for node in times:
        value = (node.attr("datetime") or "")[:100]
        field = "modified" if _is_modified(node) else "published"
        if field == "published" and (shown := _other_day(node, value)):
            yield Claim(field, shown, "time")
        else:
            yield Claim(field, value, "time")


def _is_own(node: turbohtml.Element) -> bool:
    if node.closest("blockquote") is not None:
        return False
    link = node.closest("a[href]")
    if link is not None and len(link.text[:200].strip()) >= len(node.text[:100].strip()) + _TEASER:
        return False  # a card: day and headline of another story in one link
    item = node.closest("li")
    if item is None:
        return True
    return not any(len(link.text[:200].strip()) >= _TEASER for link in item.select("a[href]")[:4])


def _is_modified(node: turbohtml.Element) -> bool:
    """Return whether a time is the time of a change. The classes `published updated` together mean both."""
    own = f"{node.attr('class') or ''} {node.attr('itemprop') or ''}".lower()
    if "publi" in own:
        return "modified" in own and "updated" not in own
    if "modified" in own or "updated" in own:
        return True
    parent = node.parent
    around = parent.text[:200].lower() if isinstance(parent, turbohtml.Element) else ""
    return bool(MODIFIED.search(" ".join([own, node.attr("pubdate") or "", around[:60]])))


def _other_day(node: turbohtml.Element, value: str) -> str:
    """Return the words of a time that call it published on another day than its attribute.

    Empty if they agree.
    """
    words = " ".join(node.text[:100].split())
    if not PUBLISHED.search(words.lower()):
        return ""
    shown, said = dateline_of(words)[0], parse_date(value)
    return words if shown and said and abs(shown.instant - said.instant) >= _APART else ""
