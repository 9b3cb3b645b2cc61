"""HTML front end: a page becomes blocks with hints, and claims."""

from typing import Final

import turbohtml

from schemas.document import DecodedText
from schemas.errors import DocumentError
from schemas.page import Page
from tasks.html_claims import claims_of
from tasks.html_walk import blocks_of
from tasks.json_island import load

_LD: Final = 'script[type*="ld+json" i]'


def html_blocks(decoded: DecodedText) -> Page:
    """Cut a page into blocks."""
    document = turbohtml.parse(decoded.text, positions=False)
    body = document.find("body") or document.root
    blocks = blocks_of(body) if body is not None else ()
    data = [value for script in document.select(_LD)[:50] if (value := load(script.text)) is not None]
    claims = claims_of(document, data, blocks, decoded.origin.url)
    if not blocks:
        raise DocumentError("parse", "empty", "found a page without text; expected the text of an article")
    return Page(decoded, "\n".join([b.text for b in blocks]), blocks, claims)
