"""Join the bodies of several pages from their labels, and measure them at once.

To count the words of one body after the other takes three times as long. So does the language model if its tables
have left the processor's cache meanwhile. A body's figures don't depend on the other bodies.
"""

from collections.abc import Sequence
from typing import NamedTuple

from copydesk.schemas.labels import BODY
from copydesk.schemas.page import Page
from copydesk.schemas.parts import BodyBlock
from copydesk.tasks.article.character_counts import Characters, characters_of_each
from copydesk.tasks.article.language import language_code, language_of
from copydesk.tasks.article.quality import Words, count_words_of_each


class Body(NamedTuple):
    """The body of a page, and what is measured of it."""

    blocks: list[BodyBlock]
    text: str
    """Its blocks, with a blank line between them."""
    language: str
    language_score: float
    words: Words
    characters: Characters
    """The characters of all of the page's spans, kept and removed."""


def bodies_of(pages: Sequence[Page]) -> list[Body]:
    """Return the body of each of some labelled pages."""
    blocks = [blocks_of(page) for page in pages]
    texts = ["\n\n".join([block.text for block in body]) for body in blocks]
    languages = [_language(page, text) for page, text in zip(pages, texts, strict=True)]
    words = count_words_of_each(texts)
    counted = characters_of_each([page.spans for page in pages])
    return [
        Body(body, text, *language, found, characters)
        for body, text, language, found, characters in zip(
            blocks, texts, languages, words, counted, strict=True
        )
    ]


def _language(page: Page, text: str) -> tuple[str, float]:
    declared = language_code(page.decoded.origin.declared.language)
    return (declared, 1.0) if declared else language_of(text)


def blocks_of(page: Page, whole: bool = False) -> list[BodyBlock]:
    """Return body blocks in order. A paragraph that a removed stretch split is joined again; links are not.

    With `whole`, the lines that a page broke within a paragraph are joined too.
    """
    out: list[tuple[str, list[str]]] = []
    before = -1
    for span in page.spans:
        if span.label not in BODY:
            continue
        joins = span.block == before and out[-1][0] == span.label and page.blocks[before].kind != "links"
        if joins and (whole or span.part != "line"):
            out[-1][1].append(span.text)
        else:
            out.append((span.label, [span.text]))
        before = span.block
    return [BodyBlock(kind, " ".join(pieces)) for kind, pieces in out]
