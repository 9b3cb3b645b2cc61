"""The whole path of a document: invariants for any input, and the main cases of the product."""

import gc
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.article import Article
from copydesk.schemas.document import Origin, RawDocument, as_text, content_hash
from copydesk.schemas.labels import BODY, FIELDS, LABELS
from copydesk.schemas.page import Page
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks import pipeline
from copydesk.tasks.decode import decode
from copydesk.tasks.html.blocks import html_blocks
from copydesk.tasks.model import Models
from copydesk.tasks.pipeline import CleaningContext, clean, clean_many, warm_up
from copydesk.tasks.plain_text import text_blocks

SEED = Path(__file__).resolve().parents[2] / "shared" / "seed" / "article.txt"
FURNITURE = [
    "Media playback is unsupported on your device", "Share this with", "Image caption The old mill at dusk", "Facebook",
    "Advertisement", "Read more:", "Sign up to our newsletter", "By Ada Example", "© 2016 Example News. All rights reserved.",
]  # fmt: skip
SENTENCES = [
    "The council met on Tuesday evening and agreed that the bridge would be rebuilt in stone by the end of the year.",
    "Residents of the lower town, who had waited for eleven winters, said that they would believe it when they saw it.",
    "“We are not asking for a monument,” said the baker, whose shop stands beside the ruin. “We are asking for a way across.”",
    "The work will cost about four million pounds, of which the county pays a third.",
    "Engineers had warned in the spring that the wooden piers were rotten below the water line.",
]


@cache
def context() -> CleaningContext:
    """The shipped rules and models; no fixture, because Hypothesis prints those whole."""
    return CleaningContext.open([], Settings())


def text_of(raw: RawDocument) -> str:
    """The text that ledger offsets count in."""
    decoded = decode(raw, Settings())
    return text_blocks(decoded).text if raw.format == "text" else html_blocks(decoded).text


def assert_accounted(raw: RawDocument, outcome: Outcome) -> None:
    """The ledger covers every non-space character once, in order, and says why each removal was made."""
    if isinstance(outcome.result, Reject) and not outcome.ledger:
        assert outcome.result.reason
        assert outcome.result.detail
        return
    text, at = text_of(raw), 0
    for seq, row in enumerate(outcome.ledger):
        assert row.seq == seq
        assert at <= row.start < row.end <= len(text)
        assert not text[at : row.start].strip()
        assert row.label in LABELS
        assert row.kept == (row.label in BODY) or row.label in FIELDS
        assert row.kept or row.rule
        assert 0 <= row.score <= 1
        at = row.end
    assert not text[at:].strip()


messy = st.lists(
    st.one_of(st.sampled_from(FURNITURE), st.sampled_from(SENTENCES), st.text(max_size=30), st.just("")),
    max_size=14,
).map("\n".join)


@given(text=st.one_of(messy, st.text()))
def test_any_text_is_an_article_or_a_reject_and_accounted_for(text: str) -> None:
    """No text raises, and none loses a character without a reason."""
    raw = RawDocument(Origin("t"), text, "text")
    assert_accounted(raw, clean(raw, context()))


def test_what_repair_takes_from_between_two_stretches_is_in_the_ledger() -> None:
    """A control character before a credit that ends the line."""
    raw = RawDocument(Origin("t"), b"\t  !\x01\x0b\xa9A", "text")
    assert_accounted(raw, clean(raw, context()))


@given(
    data=st.one_of(
        st.binary(),
        messy.map(lambda s: s.encode("cp1252", "ignore")),
        messy.map(lambda s: s.encode("utf-16")),
    )
)
def test_any_bytes_are_an_article_or_a_reject(data: bytes) -> None:
    """Any bytes give an article or a reject too."""
    raw = RawDocument(Origin("t"), data, "text")
    assert_accounted(raw, clean(raw, context()))


tags = st.sampled_from(["p", "div", "h2", "li", "figcaption", "nav", "aside", "b", "script", "table", "form"])
pages = st.lists(
    st.tuples(tags, st.one_of(st.sampled_from(FURNITURE + SENTENCES), st.text(max_size=20))), max_size=12
).map(lambda parts: "<html><body>" + "".join(f"<{t}>{s}</{t}>" for t, s in parts))


@given(page=pages)
def test_any_page_is_an_article_or_a_reject_and_accounted_for(page: str) -> None:
    """The same for mark-up, closed or not."""
    raw = RawDocument(Origin("t"), page, "html")
    assert_accounted(raw, clean(raw, context()))


@given(body=st.lists(st.sampled_from(SENTENCES), min_size=3, max_size=8, unique=False))
def test_clean_text_stays_as_it_is(body: list[str]) -> None:
    """Cleaning paragraphs that hold no furniture changes no character of them."""
    outcome = clean(RawDocument(Origin("t"), "\n\n".join(dict.fromkeys(body)), "text"), context())
    assert isinstance(outcome.result, Article)
    assert outcome.result.text == "\n\n".join(dict.fromkeys(body))
    assert outcome.result.removed_chars == 0


def test_repaired_text_keeps_its_place() -> None:
    """Offsets count in the text as it came, text is shown as repaired; CR LF and mojibake in between."""
    text = "Itâ€™s over, the mayor said on Tuesday after four hours of talks in the town hall by the river.\r\nShare this with\r\nThe end of it came at noon, and nobody in the square said a word about the bridge or the river."
    raw = RawDocument(Origin("t"), text, "text")
    outcome = clean(raw, context())
    assert_accounted(raw, outcome)
    assert outcome.ledger[0].text.startswith("It\u2019s over")
    assert text[outcome.ledger[1].start : outcome.ledger[1].end] == "Share this with"


def test_what_makes_an_article_the_same_article() -> None:
    """A URL identifies, then the input's own id, then the content; the run and its order don't."""
    body = "\n\n".join(SENTENCES)

    def id_of(text: str, **origin: Any) -> str:
        result = clean(RawDocument(Origin("t", **origin), text, "text"), context()).result
        assert isinstance(result, Article)
        return result.id

    by_url = id_of(body, url="https://example.com/a?utm_source=x")
    assert by_url == id_of(body + " More.", url="http://EXAMPLE.com/a") or by_url == id_of(
        body + " More.", url="https://example.com/a"
    )
    assert id_of(body, identity="record:x#1") == id_of(body + " More.", identity="record:x#1")
    assert id_of(body, identity="record:x#1") != id_of(body, identity="record:y#1")
    assert id_of(body) == id_of(body, record="7")
    assert id_of(body) != id_of(body + " More.")


def test_nothing_but_furniture_is_a_reject_with_its_ledger() -> None:
    """A document without a body is refused by name, and its stretches are written down all the same."""
    raw = RawDocument(
        Origin("t"), "Media playback is unsupported on your device\nShare this with\nFacebook", "text"
    )
    outcome = clean(raw, context())
    assert isinstance(outcome.result, Reject)
    assert outcome.result.reason == "no-body"
    assert len(outcome.ledger) == 3


@pytest.mark.quality
@pytest.mark.skipif(
    not SEED.exists(), reason="the founding example lies beside the checkout, and is not there"
)
def test_the_founding_example_comes_out_exactly() -> None:
    """Each field of the article that this project began with."""
    outcome = clean(RawDocument(Origin(str(SEED)), SEED.read_bytes(), "text"), context())
    article = outcome.result
    assert isinstance(article, Article)
    assert article.section == "Middle East"
    assert article.title == "Israel-Gaza crisis: Push for ceasefire amid fresh attacks"
    assert article.language == "en"
    assert len(article.blocks) == 32
    assert [b.text for b in article.blocks if b.kind == "subheading"] == [
        "Offices struck",
        "'Sustainable outcome'",
    ]
    assert article.text.startswith("International efforts to finalise a ceasefire")
    assert article.text.endswith("as talks continue.")
    source = SEED.read_text(encoding="utf-8")
    start, end = (
        source.index("International efforts"),
        source.index("as talks continue.") + len("as talks continue."),
    )
    caption = "Image caption Smuggling tunnels between Egypt and Rafah in the southern Gaza Strip have been targeted by Israel\n\n"
    assert article.text == source[start:end].replace(caption, "")
    assert [(c.medium, c.text) for c in article.captions] == [
        (
            "media",
            'US Secretary of State Hillary Clinton: "The goal must be a durable outcome that promotes regional stability"',
        ),
        (
            "image",
            "Smuggling tunnels between Egypt and Rafah in the southern Gaza Strip have been targeted by Israel",
        ),
    ]
    gone = [row.text for row in outcome.ledger if not row.kept]
    assert gone[:3] == ["Media playback is unsupported on your device", "Media caption", "Image caption"]
    assert [line[:24] for line in gone[3:]] == [
        "Are you in Israel or Gaz", "Your contact details", "If you are happy to be c", "Terms and conditions", "The BBC's Privacy Policy",
    ]  # fmt: skip


@given(
    st.lists(
        st.one_of(
            st.sampled_from([s * n for s in SENTENCES for n in (1, 40)]),
            st.sampled_from(["", "<p>", "\x00\x01"]),
            st.lists(st.sampled_from(FURNITURE + SENTENCES), min_size=1).map("\n".join),
        ),
        max_size=8,
    )
)
def test_documents_cleaned_together_come_out_as_each_does_alone(texts: list[str]) -> None:
    """Mixed formats, empty and giant documents are among them. The numbers belong to the documents."""
    raws = [RawDocument(Origin("t", str(n)), text, ("text", "html")[n % 2]) for n, text in enumerate(texts)]
    begun: list[int] = []
    with patch.object(pipeline, "_TOGETHER", 2_000):
        together = clean_many(raws, context(), begun.append)
    assert together == [clean(raw, context()) for raw in raws]
    assert set(begun) - {-1} == set(range(len(raws)))


class _FailsAt(Models):
    """The shipped models, but for pages that hold a word."""

    def classify(self, pages: Sequence[Page]) -> list[Page]:
        """Fail as a model would: with an error that names no document."""
        if any("Xyzzy" in page.text for page in pages):
            raise ValueError("shapes (3, 4) and (5, 4) differ")
        return Models.classify(self, pages)


def test_models_that_fail_at_one_page_reject_that_page_alone() -> None:
    """Its neighbours of the batch come out as ever, and the reject names the error and keeps the raw bytes."""
    shipped = context().models
    failing = replace(context(), models=_FailsAt(shipped.blocks, shipped.segments))
    body = "\n\n".join(SENTENCES)
    texts = [body, f"{body} Xyzzy", f"<p>{body}</p>", f"<p>{body} Xyzzy</p>", body]
    raws = [RawDocument(Origin("t", str(n)), s, "html" if "<" in s else "text") for n, s in enumerate(texts)]
    outcomes = clean_many(raws, failing)
    assert [outcomes[n] for n in (0, 2, 4)] == [clean(raws[n], context()) for n in (0, 2, 4)]
    detail = "ValueError: shapes (3, 4) and (5, 4) differ"
    assert [outcomes[n].result for n in (1, 3)] == [
        Reject.of(raws[n], "clean", "internal-error", detail) for n in (1, 3)
    ]


class _Exhausted(Models):
    """Models of a process that has no memory left."""

    def classify(self, pages: Sequence[Page]) -> list[Page]:
        """Fail as numpy does then."""
        raise MemoryError(len(pages))


def test_memory_that_runs_out_is_no_fault_of_a_document() -> None:
    """The worker's pool decides what becomes of its batch; nothing is rejected in the middle of it."""
    shipped = context().models
    exhausted = replace(context(), models=_Exhausted(shipped.blocks, shipped.segments))
    raws = [RawDocument(Origin("t", str(n)), SENTENCES[0], "text") for n in range(2)]
    for documents in (raws, raws[:1]):
        with pytest.raises(MemoryError):
            clean_many(documents, exhausted)
    assert gc.isenabled()


def test_the_collector_pauses_while_documents_are_cleaned_and_then_goes_on_as_before() -> None:
    """A host that has turned it off finds it off. Cleaning makes no cycles that would pile up in the pause."""
    body = "\n\n".join(SENTENCES)
    page = f"<html><body><article><h1>Quay</h1><p>{'</p><p>'.join(SENTENCES)}</p></article></body></html>"
    raws = [
        RawDocument(Origin("t"), text, "html" if "<" in text else "text") for text in (body, page, "", "<p>")
    ]
    clean_many(raws, context())
    states: list[bool] = []
    try:
        for enabled in (True, False):
            (gc.enable if enabled else gc.disable)()
            clean_many(raws, context(), lambda _: states.append(gc.isenabled()))
            assert gc.isenabled() is enabled
            assert not any(states)
        gc.collect()
        clean_many(raws * 20, context())
        assert gc.collect() < len(raws) * 20
    finally:
        gc.enable()
    assert states


def test_a_reject_is_given_back_as_the_document_that_was_read() -> None:
    """Bytes stay bytes, text stays text, including a lone surrogate. Both have one hash, everywhere."""
    for content in (b"caf\xe9 \xff\x00", "a lone \ud800 surrogate", ""):
        raw = RawDocument(Origin("t"), content, "text")
        reject = Reject.of(raw, "clean", "not-an-article", "found nothing")
        back = as_text(reject.content) if reject.is_text else reject.content
        assert RawDocument(reject.origin, back, "text") == raw
        assert (reject.content_hash, reject.size) == (content_hash(raw.as_bytes()), len(raw.as_bytes()))


def test_warming_up_cleans_and_leaves_nothing_behind() -> None:
    """Objects of the first use exist afterwards. The result of a document does not depend on it."""
    cold = CleaningContext.open([], Settings())
    warm = CleaningContext.open([], Settings())
    warm_up(warm)
    raw = RawDocument(
        Origin("t"),
        "Share\n" + "The council met on Tuesday evening and agreed that the bridge would be rebuilt. " * 3,
        "text",
    )
    assert clean(raw, warm) == clean(raw, cold)
