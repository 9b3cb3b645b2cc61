"""Draw a document: the scraped text with the removed parts struck out, and beside it the result."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

from copydesk.schemas.article import Article
from copydesk.schemas.labels import FURNITURE
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.notebook import escaped, facts
from copydesk.schemas.parts import BodyBlock
from copydesk.schemas.report import Outcome, Reject
from copydesk.tasks.report.page import page, tag
from copydesk.tasks.report.reasons import reason_of

_AGREE: Final = 0.5
"""Share of the stretches that must be in the text at the ledger's offsets. Repair changes some."""


class Explanation(NamedTuple):
    """The fate of a document, with everything that the page needs."""

    outcome: Outcome
    text: str
    """The text in which the ledger's offsets count: the decoded text, or the rendered text of a page."""
    whys: Mapping[str, str]
    """The `why` of each rule, by its id."""
    name: str
    """The name of the document: its file, or its dataset and id."""
    from_ledger: bool = False
    """Whether the raw document is no longer stored, so that `text` was rebuilt from the ledger, after repair.
    """


class _Stretch(NamedTuple):
    """A stretch to draw, with the text between it and the one before."""

    number: int
    """Its number among the explained stretches, from 1; 0 for body without any contrary evidence."""
    gap: str
    shown: str
    row: LedgerRow


def draw_explanation(explained: Explanation) -> str:
    """Return the page of one document."""
    stretches = list(_stretches(explained.outcome.ledger, explained.text))
    result = explained.outcome.result
    title = (result.title if isinstance(result, Article) else "") or explained.name
    body = "".join(
        (
            _head(explained, title),
            '<main><section class="scraped" aria-labelledby="h-scraped"><h2 id="h-scraped">As scraped</h2>',
            _legend(explained.outcome.ledger),
            '<div class="source" id="source">',
            "".join(map(_drawn, stretches)),
            "</div></section>",
            _result(result),
            "</main>",
            _details(stretches, explained.whys),
            _bar(),
        )
    )
    return page(f"{title} – copydesk", body, ["explain.css", "explain.js"], kind="explain")


def draw_excerpt(explained: Explanation, chosen: Mapping[int, range], reach: int | None, first: int) -> str:
    """Return the scraped text of a document, or the part around the chosen rows, and the reason of each decision in it.

    `chosen` has the number of each row (`seq`) with the range of its text to highlight; empty for all of it.
    `reach` is the number of rows to show before and after them; None shows the whole document. The stretches
    get numbers from `first`.
    """
    rows = list(explained.outcome.ledger)
    places = [at for at, row in enumerate(rows) if row.seq in chosen]
    low, high = 0, len(rows)
    if reach is not None and places:
        low, high = max(0, places[0] - reach), min(len(rows), places[-1] + reach + 1)
    stretches = list(_stretches(explained.outcome.ledger, explained.text))[low:high]
    before = sum(bool(s.number) for s in _stretches(explained.outcome.ledger[:low], explained.text))
    moved = [s._replace(number=s.number - before + first - 1 if s.number else 0) for s in stretches]
    if moved:
        moved[0] = moved[0]._replace(gap="")
    style = "" if reach is None else " chosen"
    drawn = "".join(_marked(s, chosen[s.row.seq], style) if s.row.seq in chosen else _drawn(s) for s in moved)
    cuts = ['<p class="cut">…</p>' if cut else "" for cut in (low > 0, high < len(rows))]
    details = "".join(_detail(s, explained.whys) for s in moved if s.number)
    return f'{cuts[0]}<div class="source">{drawn}</div>{cuts[1]}<ol class="reasons" hidden>{details}</ol>'


def _marked(stretch: _Stretch, part: range, style: str) -> str:
    """Draw a chosen stretch: a removed one as it is always drawn, body with its part highlighted."""
    if stretch.number:
        found = f'data-seq="{stretch.row.seq}" class="stretch{style} '
        return _drawn(stretch).replace('class="stretch ', found, 1)
    text = stretch.shown
    if not part or text != stretch.row.text:
        part = range(len(text))
    pieces = (escaped(text[: part.start]), escaped(text[part.start : part.stop]), escaped(text[part.stop :]))
    return f'{escaped(stretch.gap)}<span>{pieces[0]}<mark class="chosen">{pieces[1]}</mark>{pieces[2]}</span>'


def rebuild_text(ledger: Sequence[LedgerRow]) -> tuple[str, tuple[LedgerRow, ...]]:
    """Rebuild a text from the ledger, and the rows with offsets in it, if the raw document is not stored.

    Stretches that touched still touch. A line break is put between the others, because the text there is
    unknown.
    """
    parts: list[str] = []
    rows: list[LedgerRow] = []
    at = 0
    for before, row in pairwise([None, *ledger]):
        assert row is not None
        gap = "" if before is None or row.start <= before.end else "\n"
        parts += [gap, row.text]
        start = at + len(gap)
        at = start + len(row.text)
        rows.append(replace(row, start=start, end=at))
    return "".join(parts), tuple(rows)


def fits(ledger: Sequence[LedgerRow], text: str) -> bool:
    """Return whether the ledger's offsets count in this text. Another version may decode it differently."""
    if any(row.end > len(text) for row in ledger):
        return False
    same = sum(text[row.start : row.end].split() == row.text.split() for row in ledger)
    return same >= _AGREE * len(ledger)


def _stretches(ledger: Sequence[LedgerRow], text: str) -> Iterator[_Stretch]:
    end = number = 0
    for row in ledger:
        explained = row.fate != "body" or bool(row.rule)
        number += explained
        yield _Stretch(
            number if explained else 0, text[end : row.start], text[row.start : row.end] or row.text, row
        )
        end = row.end


def _drawn(stretch: _Stretch) -> str:
    """Draw a stretch in its place. An explained stretch can be reached with the keyboard."""
    number, row = stretch.number, stretch.row
    gap, shown = escaped(stretch.gap), escaped(stretch.shown)
    if not number:
        return f"{gap}<span>{shown}</span>"
    element = {"removed": "del", "field": "mark", "body": "span"}[row.fate]
    lead, shown = shown[: len(shown) - len(shown.lstrip())], shown.strip()
    return (
        f'{gap}{lead}<{element} id="s{number}" class="stretch {row.fate} {tag(row.label)}" tabindex="0" '
        f'data-label="{escaped(row.label)}" aria-describedby="d{number}">{shown}</{element}>'
    )


def _head(explained: Explanation, title: str) -> str:
    rows = explained.outcome.ledger
    gone = [row for row in rows if row.fate == "removed"]
    kept_chars, gone_chars = (
        sum(len("".join(row.text.split())) for row in rows if row.kept is kept) for kept in (True, False)
    )
    whole = kept_chars + gone_chars
    share = f"{gone_chars / whole:.1%}" if whole else "0%"
    result = explained.outcome.result
    verdict = "article" if isinstance(result, Article) else "rejected"
    note = (
        '<p class="hint">The raw document is not kept: this is the text after repair, put together from the ledger.</p>'
        if explained.from_ledger
        else ""
    )
    return (
        f'<header><p class="kicker"><b class="verdict {verdict}">{verdict}</b> {escaped(explained.name)}</p>'
        f'<h1 dir="auto">{escaped(title)}</h1>'
        f"<p><b>{kept_chars:,}</b> characters kept, <b>{gone_chars:,}</b> removed ({share}) "
        f"in <b>{len(gone):,}</b> stretches.</p>{note}</header>"
    )


def _legend(ledger: Sequence[LedgerRow]) -> str:
    """Draw a button for each label of removed text, and one word for fields."""
    counts = Counter(row.label for row in ledger if row.fate == "removed")
    fields = Counter(row.label for row in ledger if row.fate == "field")
    buttons = "".join(
        f'<button type="button" class="chip {tag(label)}" data-filter="{escaped(label)}" aria-pressed="false" '
        f'title="{escaped(FURNITURE.get(label, ""))}">{_name(label)} <b>{count}</b></button>'
        for label, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    )
    named = (
        f'<span class="chip field l-title">became fields: {", ".join(_name(label) for label in sorted(fields))}</span>'
        if fields
        else ""
    )
    return f'<div class="legend" role="group" aria-label="Labels: show only one">{buttons}{named}</div>'


def _result(result: Article | Reject) -> str:
    """Draw the result: the article, or the reason for its absence."""
    head = '<section class="clean" aria-labelledby="h-clean"><h2 id="h-clean">Clean</h2>'
    if isinstance(result, Reject):
        return (
            f'{head}<p class="no-article">Rejected by {escaped(result.stage)}: <code>{escaped(result.reason)}</code>. '
            f"{escaped(result.detail)}</p></section>"
        )
    rows = "".join(
        f'<div><dt>{_name(name)}</dt><dd dir="auto">{escaped(value)}</dd></div>'
        for name, value in [*facts(result), *_repairs(result)]
        if name not in ("title", "size")
    )
    title = f'<h3 class="headline" dir="auto">{escaped(result.title)}</h3>' if result.title else ""
    captions = "".join(
        f'<li dir="auto">{escaped(caption.text)}'
        + (f' <span class="credit">{escaped(caption.credit)}</span>' if caption.credit else "")
        + "</li>"
        for caption in result.captions
    )
    pictures = f'<h4>Captions</h4><ul class="captions">{captions}</ul>' if captions else ""
    return f'{head}<article>{title}<dl class="facts">{rows}</dl>{_blocks(result.blocks)}{pictures}</article></section>'


def _repairs(article: Article) -> list[tuple[str, str]]:
    told = [
        ("language", article.language),
        ("charset", article.charset),
        ("repairs", ", ".join(article.repairs)),
    ]
    return [(name, value) for name, value in told if value]


def _blocks(blocks: Sequence[BodyBlock]) -> str:
    """Draw the body. Consecutive list items form one list."""
    parts: list[str] = []
    kind = ""
    for block in [*blocks, BodyBlock("", "")]:
        if block.kind != kind and kind == "list_item":
            parts.append("</ul>")
        if block.kind != kind and block.kind == "list_item":
            parts.append("<ul>")
        kind = block.kind
        element, style = _ELEMENTS.get(kind, ("p", ""))
        if kind:
            parts.append(f'<{element}{style} dir="auto">{escaped(block.text)}</{element}>')
    return f'<div class="body">{"".join(parts)}</div>'


_ELEMENTS: Final = {
    "subheading": ("h4", ""),
    "list_item": ("li", ""),
    "table_row": ("p", ' class="row"'),
    "preformatted": ("pre", ' tabindex="0"'),
    "embed": ("blockquote", ""),
}


def _details(stretches: Sequence[_Stretch], whys: Mapping[str, str]) -> str:
    """Draw the list of all decisions: the bar at the foot shows one of them, and a printed page shows all."""
    items = "".join(_detail(stretch, whys) for stretch in stretches if stretch.number)
    if not items:
        return '<section class="details"><h2>Why</h2><p>Nothing was removed, and nothing became a field.</p></section>'
    return (
        '<section class="details" aria-labelledby="h-why"><h2 id="h-why">Why: every stretch that was decided</h2>'
        f"<ol>{items}</ol></section>"
    )


def _detail(stretch: _Stretch, whys: Mapping[str, str]) -> str:
    number, row = stretch.number, stretch.row
    fate = {"removed": "removed", "field": "became a field", "body": "kept"}[row.fate]
    why = reason_of(row.rule, whys)
    score = f'<span class="score">{_certainty(row)}</span>' if row.rule else ""
    repaired = (
        f'<p class="repaired">After repair: <q>{escaped(_cut(row.text))}</q></p>'
        if stretch.shown.split() != row.text.split()
        else ""
    )
    return (
        f'<li id="d{number}" class="{row.fate} {tag(row.label)}" value="{number}">'
        f'<p><b class="chip {tag(row.label)}">{_name(row.label)}</b> {fate} '
        f"<code>{escaped(row.rule)}</code> {score}</p>"
        f'<p class="quote" dir="auto"><a href="#s{number}">{escaped(_cut(row.text))}</a></p>'
        + (f'<p class="why">{escaped(why)}</p>' if why else "")
        + repaired
        + "</li>"
    )


def _certainty(row: LedgerRow) -> str:
    """Return the score in words: a rule is certain, a model is not."""
    return f"score {row.score:.2f}"


def _cut(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _name(label: str) -> str:
    return escaped(label.replace("_", " "))


def _bar() -> str:
    """Draw the bar at the foot.

    A script fills it; without a script it stays hidden, and the list above shows everything.
    """
    return (
        '<aside class="bar" hidden aria-label="The stretch that is looked at">'
        '<div class="why-now" aria-live="polite"></div>'
        '<div class="steps"><button type="button" data-step="-1" aria-label="Removal before (k)">‹</button>'
        '<span class="where"></span>'
        '<button type="button" data-step="1" aria-label="Next removal (j)">›</button></div></aside>'
    )
