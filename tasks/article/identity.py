"""Compute what makes an article the same article when it comes again."""

import hashlib

from copydesk.schemas.document import DecodedText
from copydesk.tasks.metadata import canonical_url


def article_id(decoded: DecodedText, url: str) -> str:
    """Return the article's id: 32 hex digits.

    It is a hash of the canonical URL, or else of the input's own id, or else of the content.

    A URL identifies an article in any input if it has a path or a query. The address of a site identifies
    none, nor does one that other articles of the same input share (`Origin.url_identifies`). A record id or a
    file path identifies it within its input only, so that two inputs whose ids both begin at 1 never
    overwrite each other. Order, time and position in the run have no effect.
    """
    shared = not decoded.origin.url_identifies and url == canonical_url(decoded.origin.url)
    if shared or not _names_a_page(url):
        url = ""
    key = f"url:{url}" if url else decoded.origin.identity or f"content:{decoded.version}"
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _names_a_page(url: str) -> bool:
    path = url.partition("://")[2].partition("/")[2]
    return bool(path.strip("/")) or "?" in url
