"""Training material of the segment model, on small made-up documents: alignment, composition, weak labels."""

import random
from importlib.resources import files
from pathlib import Path

import numpy as np

from copydesk.tasks.model.segment_features import LABELS
from copydesk.tasks.model.segment_table import BUCKETS
from copydesk.tasks.model.sequence import SegmentModel
from copydesk.tasks.model.training.segments.align import in_body, matched
from copydesk.tasks.model.training.segments.claims import claimed
from copydesk.tasks.model.training.segments.compose import SET_IN, bank, composed, phrases
from copydesk.tasks.model.training.segments.examples import unlabelled
from copydesk.tasks.model.training.segments.pages import draft_of, separated
from copydesk.tasks.model.training.segments.pieces import CODES, Draft, Piece, flattened, lay
from copydesk.tasks.model.training.segments.pool import Raw, weakly_labelled
from copydesk.tasks.model.training.segments.teachers import of_fold, taught
from copydesk.tasks.rules import load_matrix

STORY = (
    "The board met on Tuesday and put off the plan for the new quay.",
    "Fishermen had asked for it in spring, and again in the month of May.",
    "A vote is due before the summer, the harbour master told this paper.",
)
OTHER = (
    "Two rowers crossed the northern lake in a record of nine hours flat.",
    "Their boat was built of larch by a carpenter from the village school.",
)


def article(name: str, group: str, sentences: tuple[str, ...], title: str) -> Draft:
    pieces = (Piece(title, "title"), *(Piece(sentence, "paragraph", "\n") for sentence in sentences))
    return Draft(name, group, "en", "texts", pieces, title)


def test_gold_is_found_again_in_what_a_scraper_made() -> None:
    """Words are compared, for any line breaks. Furniture between two sentences is not body."""
    made = [STORY[0], "Read more: Floods in the valley", f"{STORY[1]} {STORY[2]}Share"]
    flags = in_body(made, " ".join(STORY))
    assert [round(float(found.mean()), 1) for found in flags[:2]] == [1.0, 0.0]
    assert flags[2][: len(STORY[1])].all()
    assert not flags[2][-5:].any()


def test_matching_keeps_the_order() -> None:
    """A teaser that repeats four words of the article later on is not taken for them."""
    gold = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    assert (
        matched(["a", "b", "c", "d", "x", "y", "e", "f", "g", "h", "i", "j"], gold).tolist()
        == [True] * 4 + [False] * 2 + [True] * 6
    )


def test_what_is_set_in_keeps_the_body_whole() -> None:
    """All sentences are still there, in order, labelled as before; the rest has labels of what is set in."""
    drafts = [
        article("1", "a", STORY, "Quay put off"),
        article("2", "b", OTHER, "Rowers cross the lake in a record"),
    ]
    stock = bank(drafts, [("newsletter", "en", "Sign up for our letter")])
    changed = 0
    for seed in range(60):
        made = composed(drafts[0], stock, random.Random(seed))
        body = [
            piece.text.strip("\u2022-*\u25a0\u25b6\u2013 ").rstrip(".")
            for piece in made.pieces
            if piece.known == "paragraph"
        ]
        assert body == [sentence.rstrip(".") for sentence in STORY]
        added = [piece for piece in made.pieces if piece.known not in ("paragraph", "title")]
        assert all(piece.known in (*SET_IN, "body") for piece in added)
        changed += bool(added)
    assert 30 < changed < 60


def test_the_same_seed_composes_the_same() -> None:
    """Training can be repeated."""
    drafts = [
        article("1", "a", STORY, "Quay put off"),
        article("2", "b", OTHER, "Rowers cross the lake in a record"),
    ]
    stock = bank(drafts)
    assert composed(drafts[0], stock, random.Random(4)) == composed(drafts[0], stock, random.Random(4))


def test_every_language_of_the_matrix_can_be_set_in() -> None:
    """Its openers and buttons are used. Notices are parts of sentences and never used alone."""
    found = phrases()
    assert len(found) >= 31
    assert "Read more" in found["en"]["related"]


def test_a_phrase_has_one_home() -> None:
    """What the matrix has as opener or button is inserted from there. The file adds what it can't have."""
    text = files("copydesk.tasks.model.training.segments").joinpath("phrases.tsv").read_text(encoding="utf-8")
    matrix = load_matrix()
    twice = []
    for line in text.splitlines():
        language, label, listed = line.split("\t")
        assert label in SET_IN
        cells = matrix.get(language, {}).values()
        known = {
            phrase.lower() for cell in cells for role in ("opener", "button") for phrase in cell.get(role, ())
        }
        twice += [phrase for phrase in listed.split("\u00a6") if phrase.strip(" :.").lower() in known]
    assert twice == []


def test_layout_keeps_a_code_for_each_character() -> None:
    """Lines are trimmed, and cut with their codes."""
    laid = lay((Piece("One. ", "paragraph"), Piece("Share", "share", ""), Piece(" Two ", "title", "\n\n")))
    assert laid.lines == ["One. Share", "Two"]
    assert laid.codes[0].tolist() == [CODES["paragraph"]] * 5 + [CODES["share"]] * 5
    assert laid.codes[1].tolist() == [CODES["title"]] * 3


def test_flattening_loses_no_word() -> None:
    """Only line feeds go."""
    draft = article("1", "a", STORY, "Quay put off")
    words = " ".join(piece.text for piece in draft.pieces).split()
    for seed in range(20):
        made = flattened(draft, random.Random(seed))
        assert " ".join(piece.text for piece in made.pieces).split() == words


def page() -> Draft:
    row = {"id": "p", "publisher": "q", "text": "\n".join(STORY * 3), "title": "Quay put off"}
    parts = ["Home World Sport", "Quay put off", "The harbour at dawn", *STORY * 3, "Most read"]
    found = draft_of(row, "p", parts, "en", frozenset(["The harbour at dawn. Photo: A. Berg"]))
    assert found is not None
    return found


def test_a_page_becomes_pieces_with_what_is_known_of_them() -> None:
    """Headline, caption, body, and the rest, which is only known not to be body."""
    known = [piece.known for piece in page().pieces]
    assert known == ["not_body", "title", "caption", *["body"] * 9, "not_body"]


def test_a_page_in_any_separation_keeps_its_body() -> None:
    """Furniture around it may go."""
    for seed in range(20):
        made = separated(page(), random.Random(seed))
        assert [piece.text.strip() for piece in made.pieces if piece.known == "body"] == list(STORY * 3)


def test_what_recurs_over_different_articles_is_no_body() -> None:
    """Of one publisher, in different company; a story printed twice teaches nothing."""
    footer = "Sign up for our morning letter here"
    middle = "{} sentence number {} of the story about item {}, which goes on for quite some while and ends."
    rows = [
        Raw(str(n), "c", "site", "en", "\n".join([*(middle.format(w, n, w) for w in ("One", "Two", "Three", "Four", "Five")), footer]))
        for n in range(6)
    ]  # fmt: skip
    found = list(weakly_labelled([*rows, rows[0]._replace(name="copy")]))
    assert "copy" not in [draft.name for draft in found]
    for draft in found:
        assert draft.pieces[-1].known == "not_body"
        assert not any(piece.known == "not_body" for piece in draft.pieces[:-1])
    assert np.mean([piece.known == "body" for piece in found[0].pieces]) > 0.2


def test_a_caption_of_a_page_is_set_into_other_articles() -> None:
    """Most captions of texts have a marker; those of pages are the others."""
    assert bank([page()]).furniture["caption"] == [("The harbour at dawn", "en", "q")]
    assert not bank([page()]).headlines


def test_rules_label_what_recurs_too_seldom() -> None:
    """What comes right after it is not certain, and what they match in part neither."""
    sentence = "Sign up for our newsletter and get the best stories of the week in your inbox every Monday."
    pieces = [Piece(STORY[0], "body"), Piece(sentence, "body", "\n"), Piece(STORY[1], "body", "\n")]
    draft = claimed(Draft("1", "a", "en", "pool", (*pieces, Piece(STORY[2], "body", " "))))
    assert [piece.known for piece in draft.pieces] == ["body", "newsletter", "unknown", "body"]
    assert [piece.text for piece in draft.pieces] == [STORY[0], sentence, STORY[1], STORY[2]]


def test_a_network_learns_from_the_mean_of_its_teachers() -> None:
    """Of every segment, labelled or not; what they say of a document does not depend on the others."""
    drafts = [
        article(str(n), "a", story, "")._replace(source="pool")
        for n, story in enumerate((STORY, OTHER, STORY))
    ]
    examples = [e for part in range(2) for e in unlabelled(drafts, np.ones(BUCKETS, np.float32), part, 2)]
    assert sorted(example.draft.name for example in examples) == ["0", "1", "2"]
    model = SegmentModel.load()
    found = taught(examples, [model, model])
    for example, alone in zip(found, [taught([e], [model])[0] for e in examples], strict=True):
        assert example.taught is not None
        assert alone.taught is not None
        assert example.taught.shape == (len(example.codes), len(LABELS))
        assert np.allclose(example.taught.sum(1), 1, atol=0.01)
        assert (example.taught == alone.taught).all()


def test_the_teacher_of_a_fold_has_not_seen_it() -> None:
    assert of_fold(Path("build/a.npz"), 3) == Path("build/a.3.npz")
    assert of_fold(Path("build/a.npz"), None) == Path("build/a.npz")
