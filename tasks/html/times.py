"""Days that `<time>` elements give, without those of quoted posts and of other stories."""

from collections.abc import Iterator
from datetime import timedelta

import turbohtml

from copydesk.schemas.page import Claim
from copydesk.tasks.metadata import MODIFIED, PUBLISHED, dateline_of, parse_date

_MOST = 12
"""Elements that are looked at for the first that are the story's own."""
_TEASER = 25
"""Characters of a link in the same list item from which on it is the headline of another story."""
_APART = timedelta(days=2)


def time_claims(document: turbohtml.Document) -> Iterator[Claim]:
    """Claim what `<time datetime>` says; what it or the words around it call updated is modified.

    Only the first times of the article itself count: those of teasers stand in lists beside a headline that is a link, those of
    embedded posts in quotations. An aside is no sign: pages set the story's own day there. Where the words of the element itself
    name another day of publication (`Publié le 29 juin`), they are believed: the attribute then holds the day of a later version.
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
    item = node.closest("li")
    if item is None:
        return True
    return not any(len(link.text[:200].strip()) >= _TEASER for link in item.select("a[href]")[:4])


def _is_modified(node: turbohtml.Element) -> bool:
    """Whether a time is that of a change; the classes `published updated` together are a day that is both."""
    own = f"{node.attr('class') or ''} {node.attr('itemprop') or ''}".lower()
    if "publi" in own:
        return "modified" in own and "updated" not in own
    if "modified" in own or "updated" in own:
        return True
    parent = node.parent
    around = parent.text[:200].lower() if isinstance(parent, turbohtml.Element) else ""
    return bool(MODIFIED.search(" ".join([own, node.attr("pubdate") or "", around[:60]])))


def _other_day(node: turbohtml.Element, value: str) -> str:
    """The words of a time that say `published` and another day than its attribute; empty if they agree."""
    words = " ".join(node.text[:100].split())
    if not PUBLISHED.search(words.lower()):
        return ""
    shown, said = dateline_of(words)[0], parse_date(value)
    return words if shown and said and abs(shown.instant - said.instant) >= _APART else ""
