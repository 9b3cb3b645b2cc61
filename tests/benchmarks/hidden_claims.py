"""Compare what a page shows with what its metadata claims, with the metadata hidden.

    python tests/benchmarks/hidden_claims.py [--half 0] [--list none]

Pages with metadata are an evaluation of those without: their days and authors are known. Each page is labelled as
usual; then its claims about one field are taken away, and the fields are chosen again. The result is `ok`, `part` of
the authors, `wrong` or `none`. Halves are by the hash of the publisher: read one, and report the other. `--list` prints
the pages with a result. Needs the evaluation folder beside the checkout; takes two minutes of CPU.
"""

import argparse
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.errors import DocumentError
from copydesk.schemas.page import Claim, Page
from copydesk.schemas.settings import Settings
from copydesk.tasks.article.fields import Fields, fields_of
from copydesk.tasks.article.language import language_of
from copydesk.tasks.decode import decode
from copydesk.tasks.html import html_blocks
from copydesk.tasks.label import label
from copydesk.tasks.metadata import authors_from, fold, parse_date
from copydesk.tasks.pipeline import CleaningContext
from copydesk.tasks.repair import repair
from copydesk.tasks.rules import mark

HTML = Path(__file__).resolve().parents[3] / "shared" / "eval" / "html"
SETS = ("news_pages", "web_articles", "fields_more", "pages_more")
HEAD = frozenset({"json-ld", "meta", "microdata"})


def pages(context: CleaningContext, half: int) -> Iterator[Page]:
    """Yield the labelled pages of one half of the publishers."""
    for name in SETS:
        file = pq.ParquetFile(HTML / f"{name}.parquet")
        for batch in file.iter_batches(64, columns=["id", "url", "publisher", "html"]):
            for row in batch.to_pylist():
                if zlib.crc32((row["publisher"] or row["id"]).encode()) % 2 != half:
                    continue
                raw = RawDocument(Origin(name, row["id"], url=row["url"] or ""), row["html"], "html")
                try:
                    page = mark(repair(html_blocks(decode(raw, context.settings))), context.book)
                except DocumentError:
                    continue
                yield label(context.models.classify([page])[0])


def hidden(page: Page, *fields: str, keep: frozenset[str] = frozenset()) -> Fields:
    """Return the fields of a page without its claims about some of them."""
    claims: tuple[Claim, ...] = tuple(c for c in page.claims if c.field not in fields or c.source in keep)
    language, _ = language_of("\n\n".join(s.text for s in page.spans if s.label == "paragraph"))
    return fields_of(replace(page, claims=claims), (), language)


def date_result(page: Page) -> str:
    """Return how the day fares without any claim; "" if the metadata has none or several."""
    days = [
        parse_date(c.value)
        for c in page.claims
        if c.field == "published" and c.source in HEAD | {"opengraph"}
    ]
    known = [d.day for d in days if d]
    if not known or any(abs((day - known[0]).days) > 1 for day in known):
        return ""
    got = hidden(page, "published", "modified").published_day
    return "none" if got is None else "ok" if abs((got - known[0]).days) <= 1 else "wrong"


def author_result(page: Page) -> str:
    """Return how the authors fare without claims except those that are no evidence by themselves."""
    known = {
        fold(n)
        for n in authors_from([c.value for c in page.claims if c.field == "author" and c.source in HEAD][:1])
    }
    if not known or len(known) > 4:
        return ""
    got = {fold(n) for n in hidden(page, "author", keep=frozenset({"profile", "publisher"})).authors}
    return "ok" if got == known else "part" if got & known else "wrong" if got else "none"


def main() -> None:
    """Count the results of both fields."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", type=int, default=0, choices=(0, 1))
    parser.add_argument("--list", default="", metavar="RESULT")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for page in pages(CleaningContext.open((), Settings()), options.half):
        for field, result in (("day", date_result(page)), ("authors", author_result(page))):
            if result:
                counts[field][result] += 1
            if options.list and result == options.list:
                print(field, page.decoded.origin.record)
    for field, results in counts.items():
        print(field, results.total(), dict(results.most_common()))


if __name__ == "__main__":
    main()
