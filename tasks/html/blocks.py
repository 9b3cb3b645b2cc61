"""The HTML front end: turn a page into blocks with hints, and claims about itself.

The engine is turbohtml. It was chosen by measurement on the 125 news pages of the evaluation set (376 KB and
2,370 nodes per page on average; milliseconds of CPU per page, best of five, one run on a shared machine):
parse 0.71 (lexbor 0.90); parse and visit every node with its tag 0.95 (lexbor 1.16); SAX events into Python
1.50; a tree builder in Python 1.25. Of 45 hostile pages up to 50 MB none took longer than 0.7 s (lexbor: four
hang for more than 30 s). Depth, attributes and text of 50 MB lost no text.

Python costs more than the parser: the whole step takes five to six times as long as the parse (same pages, a
busy machine). The walk takes 3.7 times, the claims 0.5. A fifth of the walk is the transfer of nodes from
turbohtml, a third finds the meaning of places, a fifth makes blocks. Compiled with mypyc (`setup.py`) the walk takes
0.65 of its time. SAX events with all attributes cost as little as nodes without any, which is not worth a second
parse.
"""

from typing import Final

import turbohtml

from copydesk.schemas.document import DecodedText
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import UNSEEN, Block, Claim, Page
from copydesk.tasks.html.embedded_article import appended, lacks_text, recover
from copydesk.tasks.html.embedded_json import load
from copydesk.tasks.html.link_runs import gather_menus
from copydesk.tasks.html.metadata import claims_of
from copydesk.tasks.html.walk import walk

_LD: Final = 'script[type*="ld+json" i]'
_MOST_SCRIPTS = 50


def html_blocks(decoded: DecodedText) -> Page:
    """Cut a page into blocks: all its text, visible or hidden, but no scripts, styles and templates.

    `Page.text` is the blocks joined by newlines; offsets count in it. An article that exists only in the
    page's data, or in mark-up that it does not show, is appended and flagged. Raises DocumentError for a page that can't be parsed (`bad-html`) or
    has no text (`empty`).
    """
    try:
        document = turbohtml.parse(decoded.text, positions=False)
        body = document.find("body") or document.root
        blocks, boxes = walk(body) if body is not None else ((), ())
    except (ValueError, turbohtml.HTMLParseError) as error:
        raise DocumentError(
            "parse", "bad-html", f"found a page that can't be parsed: {error}; expected HTML"
        ) from error
    data = [
        value for script in document.select(_LD)[:_MOST_SCRIPTS] if (value := load(script.text)) is not None
    ]
    claims = claims_of(document, data, blocks, decoded.origin.url)
    if lacks_text(blocks):
        blocks = _revealed(blocks)
        if lacks_text(blocks):
            blocks, claims = _with_recovered(document, data, blocks, claims)
    if not blocks:
        raise DocumentError("parse", "empty", "found a page without text; expected the text of an article")
    return Page(decoded, "\n".join([b.text for b in blocks]), gather_menus(blocks), claims, boxes=boxes)


def _revealed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks as the page's scripts will show them, if all real text is hidden at first.

    Some pages hide their whole body until fonts or consent are loaded. Text for browsers without scripts
    stays hidden.
    """
    shown = tuple(
        b
        if not b.hints.hidden
        or b.hints.tag == UNSEEN
        or "noscript" in b.hints.path
        or b.hints.tag == "noscript"
        else b._replace(hints=b.hints._replace(hidden=False))
        for b in blocks
    )
    return blocks if lacks_text(shown) else shown


def _with_recovered(
    document: turbohtml.Document, data: list[object], blocks: tuple[Block, ...], claims: tuple[Claim, ...]
) -> tuple[tuple[Block, ...], tuple[Claim, ...]]:
    found = recover(document, data, blocks, [c.value for c in claims if c.field == "title"])
    if found is None:
        return blocks, claims
    return appended(blocks, found.paragraphs), (
        *claims,
        *found.claims,
        Claim("flag", f"recovered:{found.source}", "front-end"),
    )
