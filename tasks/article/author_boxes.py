"""Find the author in the box below a story: a name, and below it a paragraph about that person.

Magazines introduce their authors there and print no byline.
"""

import re
from collections.abc import Collection
from typing import Final

from copydesk.schemas.page import AUTHOR_TOKENS, Block, Page
from copydesk.tasks.metadata import authors_of, fold, led_authors
from copydesk.tasks.text import lazy_pattern

_REGIONS: Final = frozenset({"nav", "form", "dialog", "figure"})
"""Regions that have no author boxes. Asides, headers and footers may have them."""
_NAME, _ABOUT, _LONG = 40, 60, 120
"""Most characters of a name; fewest of the text about the person; fewest of a paragraph of the story."""
_BETWEEN: Final = 2
"""Blocks below the name that may hold the paragraph: a role or a link may come between."""
_TITLES: Final = frozenset({"dr", "prof", "mr", "ms", "mrs"})


def box_author(page: Page, sites: Collection[str]) -> list[str]:
    """Return the author from a line about the story's author, or the one person in a box at the story's end.

    Returns [] if there is none, or if boxes introduce several people, because it is unknown which of them
    wrote. The paragraph begins with the name or the given name and continues in lower case: `Ann Poe is`,
    `Ann has`. The box must follow the story: boxes within it introduce the story's subjects. A name that
    contains one of the folded names in `sites` is a product's. Plain text is left alone.
    """
    if not page.boxes:
        return []
    body = [s.block for s in page.spans if s.label == "paragraph" and len(s.text) >= _LONG]
    if not body:
        return []
    for block in page.blocks:
        if (
            len(block.text) <= _LINE
            and block.hints.region not in _REGIONS
            and (said := _WRITTEN.match(block.text))
        ):
            return authors_of(f"by {_END.split(block.text[said.end() :], maxsplit=1)[0]}")
    found: dict[str, str] = {}
    last = len(page.blocks)
    first = max(body[0] + 1, body[-1] - _BETWEEN)  # a box above this one is within the story
    for at in range(first, last - 1):
        below = [
            k
            for k in range(at + 1, min(at + 1 + _BETWEEN, last))
            if len(page.blocks[k].text) >= _ABOUT and not page.blocks[k].hints.hidden
        ]
        if not below or not _may_be_about(page.blocks[at], [page.blocks[k] for k in below]):
            continue
        name = _name(page.blocks[at])
        about = next((k for k in below if _is_about(page.blocks[k], name)), -1)
        if name and about > 0 and body[-1] <= about and not any(site in fold(name) for site in sites if site):
            found[fold(name)] = name
    return list(found.values()) if len(found) == 1 else []


_LINE: Final = 200
_WRITTEN: Final = lazy_pattern(
    r"this (?:article|post|story|piece|guide|blog post|page|review|report) (?:was|is|has been) (?:originally )?"
    r"(?:written|authored|contributed|prepared|compiled) by\s+"
    r"|dieser (?:artikel|beitrag|text) (?:wurde|ist) (?:verfasst |geschrieben )?von\s+"
    r"|cet article a été (?:écrit|rédigé) par\s+|este artículo (?:fue|ha sido) escrito por\s+|este artigo foi escrito por\s+"
    r"|questo articolo è stato scritto da\s+|dit artikel is geschreven door\s+",
    re.IGNORECASE,
)
"""The words before the author in a line about its own story."""
_END: Final = re.compile(r",|\.(?:\s|$)|\s(?:verfasst|geschrieben)\b")
"""The end of the names there: a role follows, or the line ends."""


def signed_below(page: Page) -> list[str]:
    """Return the authors of a line below the story that signs it; [] if there is none, or if lines name different people.

    The line begins with `Posted by`, `Written by` or the like, or it is in an element for authors and holds only a name
    and a role. Lines of comments, and of other stories, are left alone: several of them name different people.
    """
    body = [s.block for s in page.spans if s.label == "paragraph" and len(s.text) >= _LONG]
    if not page.boxes or not body:
        return []
    below = [b for b in page.blocks[body[-1] + 1 : body[-1] + 1 + _BELOW] if _may_sign(b)]
    found = [names for b in below if _SIGNED.match(b.text) and (names := led_authors(b.text))]
    found = found or [[name] for b in below if AUTHOR_TOKENS & b.hints.own and (name := _name(b))]
    return found[0] if found and all(names == found[0] for names in found) else []


def _may_sign(block: Block) -> bool:
    return (
        len(block.text) <= _LINE
        and not block.hints.hidden
        and block.hints.region not in _REGIONS | {"aside"}
        and block.kind not in ("quote", "embed")
        and _READERS.isdisjoint(block.hints.tokens)
    )


_BELOW: Final = 12
"""Number of blocks below the story that may sign it."""
_READERS: Final = frozenset(
    {"comment", "comments", "commentlist", "reply", "replies", "related", "recommended", "sidebar"}
)
"""Words of mark-up of readers' comments and other stories."""
_SIGNED: Final = lazy_pattern(
    r"(?:posted|written|published|authored|contributed|submitted|story|text|words) by\b|author\s*:|by\s|geschrieben von\b|verfasst von\b"
    r"|autore?\s*:|publicado por\b|escrito por\b|écrit par\b|publié par\b|scritto da\b|автор\s*:",
    re.IGNORECASE,
)
"""The words that open such a line."""


def _name(block: Block) -> str:
    """Return the full name that is the whole of a short line; otherwise an empty string."""
    if (
        len(block.text) > _NAME
        or block.hints.hidden
        or block.hints.region in _REGIONS
        or block.kind == "caption"
    ):
        return ""
    names = authors_of(block.text)
    if len(names) != 1 or fold(names[0]) != fold(block.text) or not 2 <= len(names[0].split()) <= 4:
        return ""
    return names[0]


def _may_be_about(block: Block, below: Collection[Block]) -> bool:
    """Return whether a paragraph can begin with the name that a line holds. Few can, and names are costly to find."""
    if len(block.text) > _NAME:
        return False
    line = fold(block.text)
    return any(line.startswith(fold(word)) for b in below for word in b.text.split(None, 2)[:2])


def _is_about(block: Block, name: str) -> bool:
    """Return whether a paragraph begins with a person's name, or given name, as the subject of a sentence."""
    words = block.text.split(None, 6)
    if not name:
        return False
    if words[0].casefold().rstrip(".") in _TITLES:
        words = words[1:]
    own = name.split()
    for size in (len(own), 1):
        if words[:size] == own[:size] and len(words) > size and words[size][:1].islower():
            return True
    return False
