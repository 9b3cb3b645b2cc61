"""Build the article and the ledger from the labels: the one step that separates article text from the rest."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from copydesk.schemas.article import Article
from copydesk.schemas.labels import BODY
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.page import Page
from copydesk.schemas.parts import BodyBlock
from copydesk.schemas.report import Outcome, Reject
from copydesk.tasks.article.bodies import Body, blocks_of, bodies_of
from copydesk.tasks.article.captions import captions_of
from copydesk.tasks.article.confidence import confidence_of
from copydesk.tasks.article.fields import fields_of
from copydesk.tasks.article.identity import article_id
from copydesk.tasks.article.publishers import publishers_named
from copydesk.tasks.article.quality import quality_of
from copydesk.tasks.label import RESCUED, reads_like_a_sentence
from copydesk.tasks.text import ends_sentence


class Stamp(NamedTuple):
    """Values that describe the cleaning and are written into each article."""

    rules_version: str
    cleaner_version: str
    publishers: Mapping[str, str]
    """Publisher whose furniture a rule describes, by rule id."""


def assemble(page: Page, stamp: Stamp, body: Body | None = None) -> Outcome:
    """Make the article from the kept text, and the ledger from everything.

    A page without any body becomes a reject (`no-body`). So does a page without one sentence whose body is a
    list of lines, or tiny compared with its furniture (`not-an-article`: cookie walls, archives). Their
    ledgers are written all the same. A page that may be an article, but has no long sentence, becomes one
    with the flag `doubtful`. `body` is the page's body if it is known from `bodies_of`.
    """
    publishers = publishers_named(page.spans, stamp.publishers)
    blocks, text, language, score, words, counted = body or bodies_of([page])[0]
    fields = fields_of(page, publishers, language)
    identity = article_id(page.decoded, fields.url)
    ledger = _ledger(page, identity)
    if not blocks:
        return Outcome(_refuse(page, "no-body", "at least one paragraph of an article"), ledger)
    told = blocks if all(span.part != "line" for span in page.spans) else blocks_of(page, whole=True)
    sure = any(reads_like_a_sentence(b.text) for b in told)
    if not (sure or _may_be_one(page, told)) and (len(told) >= _LIST or counted.share > _HALF):
        total = counted.kept + counted.gone
        found = f"{len(told)} lines without a sentence, {counted.gone} of {total} characters furniture"
        return Outcome(_refuse(page, "not-an-article", "a body with sentences", found), ledger)
    warned = _warnings(page, text, counted.share, sure)
    fields = fields._replace(flags=sorted({*fields.flags, *warned}))
    decoded, origin = page.decoded, page.decoded.origin
    article = Article(
        id=identity,
        version=decoded.version,
        source=origin.source,
        record=origin.record,
        language=language,
        language_score=score,
        text=text,
        blocks=blocks,
        captions=captions_of(page.spans),
        word_count=words.total,
        quality={
            **quality_of([b.text for b in blocks], words, text),
            "model_confidence": confidence_of(page),
        },
        charset=decoded.charset,
        charset_evidence=decoded.evidence,
        repairs=list(page.repairs),
        removed_chars=counted.gone,
        removed_share=counted.share,
        duplicate_of=None,
        cluster=None,
        fetched_at=origin.fetched_at,
        rules_version=stamp.rules_version,
        cleaner_version=stamp.cleaner_version,
        **fields._asdict(),
    )
    return Outcome(article, ledger)


def _warnings(page: Page, text: str, removed: float, sure: bool) -> list[str]:
    """Return the flags by which a reader recognises what may be no whole article.

    Much of any page is menus, so the share of what was removed says something of plain text alone.
    """
    found = {
        "doubtful": not sure or any(span.rule == RESCUED for span in page.spans),
        "short": len(text) < _STUB,
        "mostly_removed": page.decoded.format == "text" and removed > _STRIPPED,
    }
    return [name for name, given in found.items() if given]


_STUB: Final = 200
"""Characters of a body below which it is more likely a teaser, a caption or a notice than an article."""
_STRIPPED: Final = 0.6


def _may_be_one(page: Page, blocks: Sequence[BodyBlock]) -> bool:
    """Return whether a body without a long sentence may be an article: a brief, or a list under its headline.

    At least half of a brief's lines end like sentences. A list counts only on a page with mark-up, where it
    can be distinguished from a menu: few of its characters are links, and its headline is known. A plain text
    with a word on each line counts.
    """
    if 2 * sum(ends_sentence(b.text) for b in blocks) >= len(blocks):
        return True
    if not page.boxes:
        return _is_word_by_word(blocks)
    if not page.headline:
        return False
    numbers = {span.block for span in page.spans if span.label in BODY}
    chars = sum(len(page.blocks[n].text) for n in numbers)
    linked = sum(len(page.blocks[n].text) * page.blocks[n].hints.link_density for n in numbers)
    return linked <= _FEW_LINKS * chars


_FEW_LINKS = 0.3


def _is_word_by_word(blocks: Sequence[BodyBlock]) -> bool:
    """Return whether a plain text has a word on each line, as tokenisers write: a story, in a poor form.

    Names, headlines and entries of a menu have more words.
    """
    words = sum(len(b.text.split()) for b in blocks)
    return len(blocks) >= _MANY_WORDS and words <= _ONE_WORD * len(blocks)


_MANY_WORDS, _ONE_WORD = 20, 1.1


def _ledger(page: Page, identity: str) -> tuple[LedgerRow, ...]:
    record = page.decoded.origin.record
    return tuple(
        [
            LedgerRow(identity, record, seq, start, end, text, label, kept, rule, score)
            for seq, (start, end, text, label, kept, rule, score, *_) in enumerate(page.spans)
        ]
    )


_HALF = 0.5
_LIST = 5
"""Number of lines without any sentence from which a document is a list (an archive of headlines, a menu), not
an article."""


def _refuse(page: Page, reason: str, expected: str, found: str = "") -> Reject:
    """Return a reject that states what the document contains instead of an article."""
    counts: dict[str, int] = {}
    for span in page.spans:
        counts[span.label] = counts.get(span.label, 0) + 1
    shown = ", ".join(f"{n} {label}" for label, n in sorted(counts.items(), key=lambda item: -item[1])[:5])
    return Reject(
        origin=page.decoded.origin,
        stage="clean",
        reason=reason,
        detail=f"found {found or shown or 'nothing'}; expected {expected}",
        content_hash=page.decoded.version,
        size=page.decoded.size,
    )
