"""Hostile pages: every one ends soon, as an article or as a reject that says why, and no article is lost on the way."""

import time
from dataclasses import replace

import pytest

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.pipeline import CleaningContext, clean
from tests.benchmarks.bench_linear import offenders
from tests.benchmarks.hostile_html import HOSTILE, WRAPPERS

SIZE = 24_000
"""Characters of the longest page whose growth is measured."""
QUICK = (
    "open divs with classes", "text in each of open divs", "open spans in a paragraph", "open bold and paragraphs",
    "items of a menu", "cells of one row", "text in tables", "properties",
)  # fmt: skip
"""Pages that have been quadratic in some parser or step. The other pages are slow tests."""
PARAGRAPHS = (
    "The night ferry to the islands will sail again from Monday, after two months in the dock at Holmvik.",
    "Engineers replaced both propellers, which had been damaged when the ship touched ground in February.",
    '"We have tested her in heavy weather, and she runs as smoothly as on her first day," said Captain Ida Brekke.',
    "The company lost about a tenth of its yearly income while the ship was out of service, its report says.",
    "Residents had relied on a cargo boat that sails twice a week and takes no more than twelve passengers.",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
PAGE = "<html><head><title>Night ferry sails again</title></head><body>{}</body></html>"


@pytest.fixture(scope="module")
def context() -> CleaningContext:
    """The shipped rules and weights, warmed up."""
    opened = CleaningContext.open([], Settings())
    cleaned(PAGE.format(BODY), opened)
    return opened


def cleaned(html: str, context: CleaningContext) -> Outcome:
    return clean(
        RawDocument(Origin("test", identity="record:test"), html.encode("utf-8", "surrogatepass"), "html"),
        context,
    )


def pages(*, quick: bool) -> list[str]:
    return [name for name in HOSTILE if (name in QUICK) == quick]


@pytest.mark.parametrize(
    "name", [*pages(quick=True), *(pytest.param(name, marks=pytest.mark.slow) for name in pages(quick=False))]
)
def test_hostile_pages_take_linear_time(name: str, context: CleaningContext) -> None:
    """Four times the page takes at most 2.6 times 2.6 the time, in each step and in all."""
    bad, grown = offenders(HOSTILE[name], SIZE, context, "html")
    assert not bad, {g.step: g.seconds for g in grown}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_of_a_megabyte_end_within_the_deadline(name: str, context: CleaningContext) -> None:
    """An article, or a reject for what the page is; a surprise would be an error of ours."""
    began = time.process_time()
    result = cleaned(HOSTILE[name](1_000_000), context).result
    assert time.process_time() - began < context.settings.document_seconds
    assert isinstance(result, Article) or result.reason in ("empty", "no-body", "not-an-article")


@pytest.mark.parametrize("depth", [100, 1000, 10_000])
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_an_article_buried_deep_is_the_same_article(
    wrapper: str, depth: int, context: CleaningContext
) -> None:
    """Parsers have been seen to return nothing from 256 nested elements on, without a word."""
    opens, closes = WRAPPERS[wrapper]
    result = cleaned(PAGE.format(opens * depth + BODY + closes * depth), context).result
    assert isinstance(result, Article)
    assert result.text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("wrapper", ["div", "span"])
def test_an_article_in_many_shallow_wrappers_is_the_same_article(
    wrapper: str, context: CleaningContext
) -> None:
    """Each paragraph buried for itself."""
    opens, closes = WRAPPERS[wrapper]
    html = "".join(opens * 300 + f"<p>{text}</p>" + closes * 300 for text in PARAGRAPHS)
    result = cleaned(PAGE.format(html), context).result
    assert isinstance(result, Article)
    assert result.text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("megabytes", [1, pytest.param(11, marks=pytest.mark.slow)])
def test_nothing_around_a_huge_text_is_lost(megabytes: int, context: CleaningContext) -> None:
    """Lxml drops all that follows 10 MB in one node, without a word."""
    sentence = "The list of passengers goes on and on, since everybody wanted to be on the first trip. "
    huge = sentence * (megabytes * 1_000_000 // len(sentence))
    behind = [text.replace("ferry", "boat") for text in PARAGRAPHS]
    roomy = replace(
        context,
        settings=replace(context.settings, max_document_bytes=20_000_000, max_document_chars=20_000_000),
    )
    ledger = cleaned(PAGE.format(f"{BODY}<p>{huge}</p>{BODY.replace('ferry', 'boat')}"), roomy).ledger
    assert "".join("".join(row.text.split()) for row in ledger) == "".join(
        "".join([*PARAGRAPHS, huge, *behind]).split()
    )


def test_a_page_over_the_limit_is_refused_with_its_bytes(context: CleaningContext) -> None:
    """Refused, and kept to be replayed; not cut, and not dropped."""
    html = PAGE.format(BODY + "<p>word</p>" * 1_000_000)
    refused = cleaned(html, context).result
    assert isinstance(refused, Reject)
    assert (refused.reason, refused.content) == ("too-large", html.encode())


@pytest.mark.parametrize("attributes", [1000, 20_000])
def test_an_article_in_an_element_of_many_attributes_is_the_same_article(
    attributes: int, context: CleaningContext
) -> None:
    """Attributes, class names and a style of a megabyte cost time, not text."""
    many = " ".join(f'data-a{n}="{n}"' for n in range(attributes))
    classes = " ".join(f"c{n}" for n in range(attributes))
    result = cleaned(
        PAGE.format(f'<div {many} class="{classes}" style="{"color:red;" * attributes}">{BODY}</div>'),
        context,
    ).result
    assert isinstance(result, Article)
    assert result.text == "\n\n".join(PARAGRAPHS)
