"""Cleaning ends well for any text: properties of whole documents."""

import pytest
from documents import raw, texts
from hypothesis import example, given

from copydesk.flows.cli.explain import summary
from copydesk.schemas.article import Article
from copydesk.schemas.report import Outcome, Reject
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.pipeline import CleaningContext, clean
from copydesk.tasks.repair.blocks import repair_text
from copydesk.tasks.workers.protocol import pack_outcomes, unpack_outcomes

STORY = "The harbour reopened on Tuesday, and the council said that the cranes would work again by Friday."
DEFAULT_CLEANER = CleaningContext.open([], Settings())


def solid(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))


def lossless(text: str, outcome: Outcome) -> bool:
    """Whether the ledger's spans are in order, do not overlap, and leave out only white space."""
    end = 0
    for seq, row in enumerate(outcome.ledger):
        if row.seq != seq or not end <= row.start <= row.end or text[end : row.start].strip():
            return False
        end = row.end
    return not text[end:].strip()


@pytest.mark.soak
@given(texts())
@example("Head\n\u200b\n" + STORY)
def test_any_text_is_cleaned_and_all_of_it_is_in_the_ledger(text: str) -> None:
    """No `internal-error`, and the ledger accounts for every character of a document that was read."""
    outcome = clean(raw(text), DEFAULT_CLEANER)
    if isinstance(outcome.result, Reject):
        assert outcome.result.reason != "internal-error", outcome.result.detail
    if outcome.ledger:
        assert lossless(decode(raw(text), DEFAULT_CLEANER.settings).text, outcome)


@pytest.mark.soak
@given(texts())
@example("Head\n" + "\u00c2\u00a0&nbsp;" * 4 + STORY)
def test_a_second_cleaning_changes_no_character(text: str) -> None:
    """What is left of a text is sound: cleaned again, nothing of it is repaired, and all of it is in the ledger as it is.

    Not held for a line whose ends hide mojibake in more than twelve layers, each of them seen when the one before is trimmed.
    Labels may change: what was the second paragraph is the first line now, and no headline stands above it.
    """
    once = clean(raw(text), DEFAULT_CLEANER).result
    if not isinstance(once, Article):
        return
    for block in once.blocks:
        assert repair_text(block.text) == (block.text, ())
    again = clean(raw(once.text), DEFAULT_CLEANER)
    assert [row.text for row in again.ledger] == [once.text[row.start : row.end] for row in again.ledger]
    assert lossless(once.text, again)
    assert not isinstance(again.result, Article) or again.result.repairs == []


@pytest.mark.soak
@given(texts())
def test_removed_characters_are_one_number(text: str) -> None:
    """The article, the run and `explain` have the same number, and the ledger gives it too."""
    outcome = clean(raw(text), DEFAULT_CLEANER)
    if not isinstance(outcome.result, Article):
        return
    kept = sum(solid(row.text) for row in outcome.ledger if row.kept)
    gone = sum(solid(row.text) for row in outcome.ledger if not row.kept)
    part = unpack_outcomes(pack_outcomes([outcome], DEFAULT_CLEANER.settings))
    assert outcome.result.removed_chars == gone
    assert (part.kept_chars, part.removed_chars, sum(part.removed_by_label.values())) == (kept, gone, gone)
    assert summary(outcome)[0].startswith(f"kept {kept:,} characters, removed {gone:,}")


def test_a_line_that_repair_empties_is_recorded() -> None:
    """The paragraphs beside it stay separate, and the ledger records that repair removed the text between
    them.
    """
    for unseen in ("\u200b", "\ufeff", "\u00ad", "\u2066\u2069", "\0", "\ufdd0"):
        outcome = clean(raw(f"{STORY}\n{unseen}\n{STORY} It was time."), DEFAULT_CLEANER)
        assert isinstance(outcome.result, Article)
        assert outcome.result.text == f"{STORY}\n\n{STORY} It was time."
        (row,) = [row for row in outcome.ledger if not row.kept]
        assert (row.text, row.rule) == ("", "repair:nothing-visible")
        assert (row.start, row.end) == (len(STORY) + 1, len(STORY) + 1 + len(unseen))


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\u2028", "\u2029", "\u00e2\u20ac\u00a8", "&#10;"])
def test_whatever_ends_a_line_ends_a_paragraph(end: str) -> None:
    """Old line ends part blocks as line feeds do; so do those that mojibake or an entity hid."""
    outcome = clean(raw(f"{STORY}{end}{STORY} It was time.\nLast."), DEFAULT_CLEANER)
    assert isinstance(outcome.result, Article)
    assert outcome.result.text.split("\n\n")[:2] == [STORY, f"{STORY} It was time."]
    assert lossless(f"{STORY}{end}{STORY} It was time.\nLast.", outcome)
