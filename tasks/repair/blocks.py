"""Repair text: mojibake, left-over entities, control and invisible characters, composition.

Repair works block by block, because a stray `<` in one line must not turn off entity repair in the next, and
because wrongly decoded text is often one line among sound ones. Choices of an author or typesetter stay:
curly quotes, dashes, ligatures, full-width forms, no-break spaces; so does white space at the ends of a
block.

The names of repairs, as in the article's `repairs`:

    bidi                  directional controls without a partner, or in text that has one direction only
    combining-marks       runs of more than 30 combining marks, cut to 30
    composition           decomposed letters composed (NFC)
    control-characters    C0 and C1 controls, noncharacters, byte order marks inside
    entities              `&amp;` and similar left over in plain text
    invisible-characters  soft hyphens, zero-width spaces and joiners that no script needs
    line-ends             carriage returns, form feeds, U+2028, U+2029 inside a block
    mojibake              text that was decoded with the wrong charset
    surrogates            halves of surrogate pairs joined or replaced
    terminal-escapes      ANSI colour sequences
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

from copydesk.schemas.page import Block, Page
from copydesk.tasks.repair.invisible import balanced_bidi, without_controls, without_invisible
from copydesk.tasks.repair.prefilter import cap_marks, could_be_broken, could_change, more_than_composition
from copydesk.tasks.repair.veto import lone, partnered, parts
from copydesk.tasks.text import align

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

_PIECE: Final = 64 * 1024
"""Maximum number of characters that ftfy processes at once; it reads a text as a whole, many times."""
_ROUNDS: Final = 12
"""A repair may uncover the next one (an entity that hides mojibake). Real text needs two rounds."""
_DEPTH: Final = 4
"""Levels of escaping that ftfy may undo one by one; more are undone in one pass of our own."""
_EDGES: Final = "\v\f\r\u2028\u2029"
_BREAKS: Final = {ord("\v"): "\n", ord("\f"): "\n"}
_ENTITY: Final = re.compile(r"&#?[0-9A-Za-z]{1,24};\Z")
_NAMES: Final = {
    "unescape_html": "entities",
    "fix_line_breaks": "line-ends",
    "fix_surrogates": "surrogates",
    "remove_terminal_escapes": "terminal-escapes",
    "remove_control_chars": "control-characters",
}
"""ftfy's step -> our name; all its other steps are about mojibake."""


def repair(page: Page) -> Page:
    """Repair the text of each block and the values of the page's claims.

    Record repairs of blocks in `Page.repairs`.

    Offsets and `Page.text` stay, because they refer to the text as it came. A block with no visible text left
    moves to `Page.unseen`. A line of plain text in which repair finds the end of a line becomes two.
    """
    if could_change("\n".join([claim.value for claim in page.claims])):
        page = replace(page, claims=tuple(c._replace(value=repair_text(c.value)[0]) for c in page.claims))
    if not could_change(page.text):
        return page
    names = set(page.repairs)
    blocks: list[Block] = []
    unseen = list(page.unseen)
    for block in page.blocks:
        text, done = _repaired_and_trimmed(block.text)
        names.update(done)
        if not done:
            blocks.append(block)
        elif not text:
            unseen.append(block._replace(text=""))
        elif "\n" in text and block.kind == "line":
            blocks += _lines(block, text)
        else:
            blocks.append(_with_line_ends(block, text))
    if names == set(page.repairs) and blocks == list(page.blocks):
        return page
    return replace(page, blocks=tuple(blocks), unseen=tuple(unseen), repairs=tuple(sorted(names)))


def _repaired_and_trimmed(text: str) -> tuple[str, set[str]]:
    """Repair a text, and trim it if it changed. Trimming may expose further mojibake at an end."""
    done: set[str] = set()
    for _ in range(_ROUNDS):
        text, names = repair_text(text)
        done.update(names)
        trimmed = text.strip() if done else text
        if trimmed == text:
            break
        text = trimmed
    return text, done


def _with_line_ends(block: Block, text: str) -> Block:
    """Return a block with its repaired text, in which the line ends of the page are elsewhere."""
    if block.hints.breaks:
        breaks = tuple(align(text, block.text, block.hints.breaks))
        block = block._replace(hints=block.hints._replace(breaks=breaks))
    return block._replace(text=text)


def _lines(block: Block, text: str) -> Iterator[Block]:
    """Yield the lines into which repair splits a line, if mojibake or an entity hid a line end."""
    cuts: list[int] = []
    lines: list[str] = []
    at = 0
    for line in text.split("\n"):
        if body := line.strip():
            start = at + line.index(body)
            cuts += [start, start + len(body)]
            lines.append(body)
        at += len(line) + 1
    places = align(block.text, text, cuts)
    places[0], places[-1] = 0, len(block.text)
    places[1:-1:2] = places[2::2]  # what repair removed between two lines belongs to the first one
    for number, line in enumerate(lines):
        first, last = places[2 * number : 2 * number + 2]
        raw = block.text[first:last]
        first += len(raw) - len(raw.lstrip())
        yield block._replace(start=block.start + first, end=block.start + first + len(raw.strip()), text=line)


def repair_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Repair one text on its own, such as a title; return it with the names of the repairs.

    >>> repair_text("It\u00e2\u20ac\u2122s Tom &amp; Jerry")
    ('It’s Tom & Jerry', ('entities', 'mojibake'))
    """
    if not could_change(text):
        return text, ()
    if not more_than_composition(text) and _composed(cap_marks(text)) == text:
        return text, ()
    done: set[str] = set()
    for _ in range(_ROUNDS):
        before = text
        text = _round(text, done)
        if text == before or not could_change(text):
            break
    return text, tuple(sorted(done))


def _round(text: str, done: set[str]) -> str:
    """Do all repairs once. Removals come last: a control character may be a byte of mojibake."""
    start = text
    text = _step("line-ends", _broken_lines, text, done)
    if could_be_broken(text):
        text = _step("entities", _unescape_deep, text, done)
        text = "".join(_by_ftfy(piece, done) for piece in _pieces(text))
    text = _step("combining-marks", cap_marks, text, done)
    text = _step("composition", _composed, text, done)
    if text != start and could_be_broken(text):
        return text  # composing or unescaping may have completed mojibake: ftfy processes it first
    text = _step("control-characters", without_controls, text, done)
    text = _step("invisible-characters", without_invisible, text, done)
    return _step("bidi", balanced_bidi, text, done)


def _step(name: str, fix: Callable[[str], str], text: str, done: set[str]) -> str:
    fixed = fix(text)
    if fixed != text:
        done.add(name)
    return fixed


def _broken_lines(text: str) -> str:
    """Cut line ends at the ends of the block; a vertical tab or form feed inside ends a line.

    ftfy would drop the vertical tab, which glues two words. U+0085 is left for later: in broken text it is
    half of an ellipsis.
    """
    return text.strip(_EDGES).translate(_BREAKS)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _by_ftfy(text: str, done: set[str]) -> str:
    """Fix a text with ftfy, except pairs that are no evidence of mojibake (see `copydesk.tasks.repair.veto`)."""
    fixed, names = _fixed(text)
    if "mojibake" in names and (certain := partnered(text)):
        fixed, names = _fixed_apart(text, certain)
    if "mojibake" in names and (doubtful := lone(text)):
        apart, names_apart = _fixed_apart(text, doubtful)
        if "mojibake" not in names_apart:
            fixed, names = apart, names_apart
    done.update(names)
    return fixed


@cache
def config() -> "TextFixerConfig":
    """Return how ftfy is used. It is loaded with the first text that it may change."""
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html="auto",
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        normalization=None,  # done here, after runs of marks are cut: NFC is quadratic in their length
        explain=True,  # ftfy ignores the rest of the configuration without it
    )


def _fixed(text: str) -> tuple[str, set[str]]:
    from ftfy import fix_and_explain

    fixed, steps = fix_and_explain(text, config())
    if fixed == text:
        return text, set()
    return fixed, {_NAMES.get(step.parameter, "mojibake") for step in steps or ()}


def _fixed_apart(text: str, places: list[int]) -> tuple[str, set[str]]:
    """Fix a text that is cut at some positions."""
    fixed = [_fixed(part) for part in parts(text, places)]
    return "".join(part for part, _ in fixed), set().union(*(names for _, names in fixed))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text of more than 64 Ki characters, if possible before a space that follows an ASCII letter.

    No mojibake can span such a position. Without one the cut is arbitrary.
    """
    start = 0
    while len(text) - start > _PIECE:
        cut = space = start + _PIECE
        while (space := text.rfind(" ", start + _PIECE // 2, space)) > 0:
            if text[space - 1].isascii() and text[space - 1].isalnum():
                cut = space
                break
        yield text[start:cut]
        start = cut
    yield text[start:]


def _unescape_deep(text: str) -> str:
    """Undo escaping of more than four levels (`&amp;amp;amp;amp;amp;lt;`) in one pass.

    ftfy undoes one level in each round over the text, which is quadratic for a long chain. No two entities
    overlap, so every order of undoing gives the same text.
    """
    from ftfy.fixes import unescape_html

    if "&" not in text or "<" in text:
        return text
    probe = text
    for _ in range(_DEPTH):
        shallower = unescape_html(probe)
        if shallower == probe:
            return text
        probe = shallower
    return _unescape_fully(text)


def _unescape_fully(text: str) -> str:
    from ftfy.fixes import unescape_html

    out: list[str] = []
    pending = list(reversed(text))
    while pending:
        char = pending.pop()
        out.append(char)
        if char != ";":
            continue
        tail = "".join(out[-27:])
        entity = _ENTITY.search(tail)
        if entity and (plain := unescape_html(entity[0])) != entity[0]:
            del out[len(out) - len(entity[0]) :]
            pending.extend(reversed(plain))
    return "".join(out)
