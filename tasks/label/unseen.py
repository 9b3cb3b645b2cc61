"""Decide what a page hides among visible lines, and what can never be text: the choices of a form."""

from collections.abc import Sequence
from typing import Final

from copydesk.schemas.page import UNSEEN, Block
from copydesk.tasks.label.groups import Verdict

_LINKED: Final = 0.5
_LONG: Final = 40
_CONTROLS: Final = frozenset({"option", "optgroup", "select", "textarea", "datalist"})
"""Elements of a form whose text is a choice or an answer. Of 17,600 options on labelled pages 0.2 % were body."""


def controls(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return the choices of forms: they are never body.

    A page that is nothing but a form is left alone.
    """
    found = {at for at, b in enumerate(blocks) if b.hints.tag in _CONTROLS and free[at]}
    return found if len(found) < len(blocks) else set()


def hidden_lines(blocks: Sequence[Block], stated: str) -> dict[int, Verdict]:
    """Decide single lines that a page hides among visible ones: they are not body.

    Examples are readings of ruby, text for screen readers, fallbacks of players, and paragraphs with their
    own `hidden` or `display:none`. The model still decides hidden containers, which may be a closed panel or
    wait for a payment, text that the page's own data (`stated`) has as the article, and pages that hide more
    than they show.
    """
    hidden = [at for at, b in enumerate(blocks) if b.hints.tag == UNSEEN]
    if not hidden:
        return {}
    shown = sum(len(b.text) for b in blocks if not b.hints.hidden and b.hints.link_density < _LINKED)
    if sum(len(blocks[at].text) for at in hidden) > shown:
        return {}
    plain = " ".join(stated.split())
    return {
        at: Verdict(stays=False, rule="structure:hidden")
        for at in hidden
        if not (plain and len(blocks[at].text) >= _LONG and " ".join(blocks[at].text.split()) in plain)
    }
