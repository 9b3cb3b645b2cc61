"""Where rules and structure meet: captions and their credits in one line, headlines, lists."""

import pytest

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.page import Block, Page
from copydesk.tasks.label.labelling import label
from copydesk.tasks.label.repeats import repeats
from copydesk.tasks.label.structure import head, shouted
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.rules.loading import load
from copydesk.tasks.rules.match import RuleBook, compile_rules, mark

LONG = "The council met on Tuesday evening and agreed, after four hours, that the bridge would be rebuilt in stone by the end of the year."


@pytest.fixture(scope="module")
def book() -> RuleBook:
    """The rules that ship."""
    return compile_rules(load())


def stretches(text: str, book: RuleBook) -> list[tuple[str, str, str]]:
    """Label, part and text of each stretch, without a model."""
    page = text_blocks(DecodedText(Origin("t"), "text", text, "utf-8", "given", "v", 0))
    return [(span.label, span.part, span.text) for span in label(mark(page, book)).spans]


def test_what_stands_before_a_credit_on_a_short_line_is_its_caption(book: RuleBook) -> None:
    """In any language: the credit gives the line away."""
    found = stretches(f"{LONG}\n\nDer neue Hafen bei Nacht. (Foto: Jo Fox/dpa)\n\n{LONG}", book)
    assert found[1:3] == [
        ("caption", "words", "Der neue Hafen bei Nacht."),
        ("caption", "end", "(Foto: Jo Fox/dpa)"),
    ]


def test_a_paragraph_that_ends_with_a_credit_stays(book: RuleBook) -> None:
    """Five hundred characters are not a caption. Only the credit goes."""
    paragraph = " ".join([LONG] * 4)
    assert [row[0] for row in stretches(f"{paragraph} (Foto: Jo Fox/dpa)", book)] == ["paragraph", "caption"]


def test_captions_of_several_pictures_in_one_line(book: RuleBook) -> None:
    """A credit follows each of them, and the agency is repeated at the end."""
    found = stretches(
        f"{LONG}\n\nThe hill in autumn (Photo: VNA) The river from above (Photo: VNA) VNA", book
    )
    assert {row[0] for row in found[1:]} == {"caption"}


def test_a_credit_between_paragraphs_takes_nothing_with_it(book: RuleBook) -> None:
    """A line that continues after its credit is body."""
    found = stretches(f"{LONG} (Photo: VNA) {LONG}", book)
    assert [row[0] for row in found] == ["paragraph", "caption", "paragraph"]


def test_a_line_that_is_all_caption_still_has_its_parts(book: RuleBook) -> None:
    """The marker goes and the credit is a credit, for any claim on the whole line."""
    found = stretches(
        f"{LONG}\n\nImage copyright PA Image caption Jo Fox (far right) and Ann Lee at the bridge\n\n{LONG}",
        book,
    )
    assert [row[1] for row in found[1:-1]] == ["credit", "marker", "words"]


def headline(text: str) -> list[tuple[int, str, bool]]:
    """Line, label and whether it is a guess, of what the head of a text is taken for."""
    blocks = text_blocks(DecodedText(Origin("t"), "text", text, "utf-8", "given", "v", 0)).blocks
    return [
        (at, vote.label, vote.guess) for at, vote in sorted(head(blocks, [True] * len(blocks), "").items())
    ]


def test_the_first_line_is_the_headline_though_the_standfirst_is_longer() -> None:
    """A standfirst without a full stop stays in the body."""
    standfirst = "Council agrees after four hours of talks that it will be rebuilt in stone"
    assert headline(f"Bridge to be rebuilt\n\n{standfirst}\n\n{LONG}") == [(0, "title", True)]


def test_a_line_that_stands_twice_above_the_text_is_its_headline() -> None:
    """Nothing but a headline does."""
    title = "Will the bridge be rebuilt in stone?"
    assert headline(f"{title}\n\n{title}\n\n{LONG}") == [(0, "title", False), (1, "title", False)]


def test_a_long_line_in_title_case_is_no_paragraph() -> None:
    """Where a paragraph has small letters, a headline of some papers has none at the beginning of its longer words."""
    title = "BREAKING: After Long Talks In The Town Hall, Council Agrees That Famous Bridge Over River Will Be Rebuilt In Stone Before Next Year"
    assert len(title) > 120
    assert headline(f"{title}\n\n{LONG}") == [(0, "title", True)]


@pytest.mark.parametrize(
    "line", ["One fateful Easter", "What did we see?", "supporters of the bridge in the town hall"]
)
def test_what_is_no_headline(line: str) -> None:
    """Three words, a short question, the rest of a broken line: as often a subheading, or body."""
    assert headline(f"{line}\n\n{LONG}") == []


def test_who_shouts_is_no_link() -> None:
    """A headline in capitals has no full stop, and no quotation mark at its end."""
    loud = [
        "SPEECH IN THE TOWN HALL, AND IN THE MILL, SEPT. 17.",
        '"WE WILL REBUILD THE BRIDGE IN STONE AND SOON"',
    ]
    lines = [LONG, *loud, "COUNCIL TO REBUILD THE BRIDGE IN STONE", LONG, LONG, LONG, LONG]
    assert shouted([Block(0, 1, line) for line in lines], [True] * len(lines)) == {3}


def test_subheadings_in_capitals_are_no_links_where_papers_set_them_so() -> None:
    """Turkish papers do, and Spanish ones."""
    for line in (
        "2 MAHALLE BO\u015eALTILDI, 7 EV HASAR ALDI, B\u0130R K\u00d6PR\u00dc YIKILDI",
        "EL AGUA, LOS CALAMBRES NOCTURNOS, PREVENCI\u00d3N DE INFARTOS",
        "DER NEUE KAI UND DIE FISCHER VON DUNMORE",
        "ITALIA NO HA ENCONTRADO LA CURA",
        "GRAN PREMIO CIUDAD DE SAN PABLO - CLASIFICADOR",
        "ESTUDIANTES 2-1 DEFENSA Y JUSTICIA",
    ):
        lines = [LONG, line, LONG, LONG]
        assert shouted([Block(0, 1, line) for line in lines], [True] * len(lines)) == set()


def test_quotations_of_an_article_that_stands_there_twice_stay() -> None:
    """A scraper took the article line by line and once more as one line: nothing in it is a pull quote."""
    quotation = '"We will rebuild the bridge in stone and we will do so soon," she said.'
    blocks = [Block(0, 1, LONG), Block(0, 1, quotation), Block(0, 1, " ".join([LONG] * 30 + [quotation]))]
    assert repeats(blocks, [True] * 3) == set()
    assert repeats([*blocks[:2], Block(0, 1, f"{LONG} {quotation}")], [True] * 3) == {1}


def test_a_line_that_goes_on_with_a_sentence_stays_with_it() -> None:
    """Where a scraper kept the breaks of a narrow page, the model sees pieces of sentences."""
    lines = [
        "On Saturday the council put on its page a film that",
        "asks all friends of the bridge",
        "Follow us",
    ]
    rows = [(0.9, 0.0, 0.0, 0.1), (0.1, 0.0, 0.0, 0.9), (0.1, 0.0, 0.0, 0.9)]
    blocks = tuple(
        Block(0, len(text), text, probabilities=row) for text, row in zip(lines, rows, strict=True)
    )
    page = Page(
        DecodedText(Origin("t"), "text", "", "utf-8", "given", "v", 0), "", blocks, body_threshold=0.2
    )
    assert [span.kept for span in label(page).spans] == [True, True, False]


def test_a_list_of_which_most_stays_is_kept_whole() -> None:
    """The model is unsure of each nominee; of the list it is not."""
    names = [f"Nominee number {n}" for n in "ABCDEFGHIJ"]
    probabilities = [(0.99, 0.0, 0.0, 0.01)] + [(0.3 if n % 2 else 0.1, 0.0, 0.0, 0.7) for n in range(10)]
    blocks = tuple(
        Block(0, len(text), text, probabilities=row)
        for text, row in zip([LONG, *names], probabilities, strict=True)
    )
    page = Page(
        DecodedText(Origin("t"), "text", "", "utf-8", "given", "v", 0), "", blocks, body_threshold=0.2
    )
    assert {span.label for span in label(page).spans} <= {"paragraph", "subheading"}
    menu = tuple(
        block._replace(probabilities=(0.05, 0.0, 0.0, 0.95)) if block.text != LONG else block
        for block in blocks
    )
    assert [s.label for s in label(Page(page.decoded, "", menu, body_threshold=0.2)).spans[1:]] == [
        "other_boilerplate"
    ] * 10
