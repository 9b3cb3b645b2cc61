"""Cleaners for tests of `reclean`: possible effects of newer rules on the documents of `store_kit`."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cleaners import Batch, one_by_one
from store_kit import Doc

from copydesk.schemas.article import Article
from copydesk.schemas.document import RawDocument
from copydesk.schemas.ledger import LedgerRow
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings


def cleaned(raw: RawDocument, change: Callable[[Doc], dict[str, Any]]) -> Outcome:
    """Return the outcome of a document of the kit, with some columns of its article changed."""
    assert isinstance(raw.content, bytes)
    _, key, body = raw.content.decode().split(" ", 2)
    doc = Doc(key, body, source=raw.origin.source)
    row = doc.article() | change(doc)
    return Outcome(Article(**row), tuple(LedgerRow(**stretch) for stretch in doc.ledger()))


def without_words(rules: Sequence[Path], settings: Settings) -> Batch:
    """Reduce the body of every second article to its first word."""

    def change(doc: Doc) -> dict[str, Any]:
        if int(doc.key) % 2:
            return {}
        return {
            "text": doc.key,
            "blocks": [{"kind": "paragraph", "text": doc.key}],
            "word_count": -int(doc.key),
        }

    return one_by_one(lambda raw: cleaned(raw, change))


def other_ids(rules: Sequence[Path], settings: Settings) -> Batch:
    """Give the first article another id, reject the second, and change the others."""

    def clean(raw: RawDocument) -> Outcome:
        if raw.origin.record == "0001":
            return Outcome(Reject(raw.origin, "clean", "not-an-article", "no body", b"raw"))
        return cleaned(raw, lambda doc: {"title": "changed"} | ({"id": "other"} if doc.key == "0000" else {}))

    return one_by_one(clean)


def nothing_left(rules: Sequence[Path], settings: Settings) -> Batch:
    """Reject all documents."""
    return one_by_one(lambda raw: Outcome(Reject(raw.origin, "clean", "not-an-article", "no body", b"raw")))


def second_thoughts(rules: Sequence[Path], settings: Settings) -> Batch:
    """Make articles of documents, unless they contain "never"."""

    def clean(raw: RawDocument) -> Outcome:
        content = raw.content if isinstance(raw.content, bytes) else raw.content.encode()
        if b"never" in content:
            return Outcome(Reject(raw.origin, "clean", "still-nothing", "found nothing again", content))
        doc = Doc(raw.origin.record, content.decode(), source=raw.origin.source)
        version = blake2b(content, digest_size=16).hexdigest()
        article = Article(**doc.article() | {"version": version, "url": raw.origin.url})
        return Outcome(article, tuple(LedgerRow(**stretch) for stretch in doc.ledger()))

    return one_by_one(clean)
