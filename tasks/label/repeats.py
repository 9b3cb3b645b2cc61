"""Find text that occurs twice: pull quotes, and blocks for wide and for narrow screens."""

from collections.abc import Mapping, Sequence

from copydesk.schemas.page import Block
from copydesk.tasks.text import fold_lines

_NO_PARAGRAPHS = ("line", "links")
_DOUBLED, _HIDDEN = 100, 40
_REPEATS_WITHIN = 200_000
_REPEAT_WORDS, _REPEAT_LONGER, _REPEAT_IN = 8, 1.1, 3_000
_QUOTES = "\"' .\u2026"
_OPENING_QUOTES = frozenset("\"'\u2018\u201c\u201e\u00ab\u2039\u300c")


def repeats(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Return pull quotes: quoted lines of plain text whose words are all in another block of the page.

    A repeated line without quotation marks may be a standfirst or a summary, and is left alone (of four in
    the labelled texts two were body). Also left alone are the first block, lines shorter than eight words,
    and text repeated in a line longer than any paragraph, because there the scraper stored the article a
    second time. Pages of more than 200,000 characters are skipped (the cost is quadratic).
    """
    quoted = [
        at
        for at, b in enumerate(blocks)
        if at
        and free[at]
        and b.kind == "line"
        and b.text[:1] in _OPENING_QUOTES
        and b.text.count(" ") >= _REPEAT_WORDS - 1
    ]
    if not quoted or sum(len(b.text) for b in blocks) > _REPEATS_WITHIN:
        return set()
    texts = [" ".join(line.text.lower().split()) for line in fold_lines([block.text for block in blocks])]
    whole = "\n".join(texts)
    found = set()
    for at in quoted:
        text = texts[at]
        core = text.strip(_QUOTES)
        first = whole.find(core)
        while first >= 0:
            start = whole.rfind("\n", 0, first) + 1
            end = whole.find("\n", first)
            if _REPEAT_LONGER * len(text) < (end if end >= 0 else len(whole)) - start <= _REPEAT_IN:
                found.add(at)
                break
            first = whole.find(core, first + len(core))
    return found


def doubled(blocks: Sequence[Block], free: Sequence[bool], body_threshold: float) -> set[int]:
    """Return the blocks of a page that repeat an earlier block word for word: for wide and narrow screens.

    Only blocks of mark-up with at least a hundred characters count; plain text is left alone. A copy whose
    probability is under `body_threshold` is a teaser or a hidden summary, and the other block is the text. If
    the page shows and hides the same block of at least forty characters, the visible one is the text, at any
    place. A table of contents repeats the headings: each of its lines is a link and equals a heading further
    down.
    """
    stays = [
        (at, text, hints.hidden)
        for at, (_, _, text, kind, hints, _, probabilities) in enumerate(blocks)
        if len(text) >= _HIDDEN
        and kind not in _NO_PARAGRAPHS
        and not (probabilities and probabilities[0] < body_threshold)
    ]
    shown = {text for _, text, hidden in stays if not hidden}
    seen: set[str] = set()
    found = set()
    for at, text, hidden in stays:
        if not free[at]:
            continue
        if hidden:
            if text in shown:
                found.add(at)
        elif len(text) >= _DOUBLED:
            if text in seen:
                found.add(at)
            seen.add(text)
    return found | _contents(blocks, free)


def _contents(blocks: Sequence[Block], free: Sequence[bool]) -> set[int]:
    """Tables of contents: runs of two and more links that are headings further down."""
    headings = {" ".join(b.text.split()): at for at, b in enumerate(blocks) if b.kind == "heading"}
    if len(headings) < _HEADINGS:
        return set()
    last = max(headings.values())
    named = [
        at
        for at, (_, _, text, kind, hints, _, _) in enumerate(blocks[:last])
        if (kind == "links" or (kind == "list_item" and hints.link_density >= _LINKED))
        and free[at]
        and _names_headings(text, headings, at)
    ]
    found: set[int] = set()
    run: list[int] = []
    for at in [*named, len(blocks) + 1]:
        if run and at != run[-1] + 1:
            if sum(blocks[n].text.count("\n") + 1 for n in run) >= _HEADINGS:
                found.update(run)
            run = []
        run.append(at)
    return found


def _names_headings(text: str, headings: Mapping[str, int], at: int) -> bool:
    """Return whether each line of a block is a heading further down."""
    return all(headings.get(" ".join(line.split()), -1) > at for line in text.split("\n"))


_HEADINGS, _LINKED = 2, 0.9
