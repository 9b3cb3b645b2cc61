"""Make the addresses of a feed's entries absolute, using `xml:base` or the feed's own address."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urljoin

_TAG: Final = re.compile(
    r"<((?:[\w.-]{1,40}:)?(?:feed|rss|RDF|channel|link))(\s[^<>]{0,2000})?>([^<>]{0,1000})"
)
_CDATA: Final = re.compile(r"<!\[CDATA\[([^<>]{0,1000})\]\]>")
_ATTRIBUTE: Final = re.compile(r"""([\w.:-]{1,60})\s*=\s*(?:"([^"]{0,1000})"|'([^']{0,1000})')""")
_WEB: Final = ("http://", "https://")


def base_of(head: str) -> str:
    """Return the address that a feed's relative links refer to, from the text before its first entry.

    Returns "" if there is none.

    `xml:base` of the feed comes first, then the page of an RSS channel, then the feed's own address
    (`rel="self"`), then its page (`rel="alternate"`).

    >>> base_of('<rss><channel><link>https://h.example/</link>')
    'https://h.example/'
    >>> base_of('<feed xml:base="/news/"><link rel="self" href="https://h.example/feed.xml"/>')
    'https://h.example/news/'
    """
    told: list[str] = []
    found: dict[str, str] = {}
    for tag, attributes, text in _TAG.findall(_CDATA.sub(r"\1", head)):
        said = {name: html.unescape(a or b).strip() for name, a, b in _ATTRIBUTE.findall(attributes)}
        if not tag.endswith("link"):
            told += [said["xml:base"]] if said.get("xml:base") else []
        elif href := said.get("href"):
            found.setdefault(said.get("rel", "alternate"), href)
        elif address := html.unescape(text).strip():
            found.setdefault("channel", address)
    own = next(
        (a for kind in ("channel", "self", "alternate") if (a := found.get(kind, "")).startswith(_WEB)), ""
    )
    return absolute("", [own, *told])


def base_of_json(feed: Mapping[str, object]) -> str:
    """Return the address that a JSON Feed's relative links refer to."""
    given = (feed.get(name) for name in ("home_page_url", "feed_url"))
    return next((url for url in given if isinstance(url, str) and url.startswith(_WEB)), "")


def absolute(address: str, bases: Iterable[str]) -> str:
    """Return an address joined to its bases, outermost first.

    If the result is no web address, return it unchanged.

    >>> absolute("16.html", ["https://h.example/news/", "2024/"])
    'https://h.example/news/2024/16.html'
    >>> absolute("/a", [""]), absolute("tag:h,1", ["https://h.example/"])
    ('/a', 'tag:h,1')
    """
    joined = ""
    for part in [*bases, address]:
        try:
            joined = urljoin(joined, part.strip())
        except ValueError:  # a broken IPv6 address
            return address
    return joined if joined.startswith(_WEB) else address
