"""One pass over a document finds the literals of rules with and without case, and the phrases of the matrix."""

from hypothesis import given
from hypothesis import strategies as st

from copydesk.schemas.document import Origin, RawDocument
from copydesk.schemas.settings import Settings
from copydesk.tasks.decode import decode
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.rules import compile_rules, find_phrases, fold_text, load, mark
from copydesk.tasks.rules.literal_index import Literals, Target

BOOK = compile_rules(load([]))
PIECES = (
    "Read more", "read  more", "said the mayor.Read more: Quay", "READ\u00a0ALSO", "Leia mais", "e segui", "\n", " ",
    "  ", "Photo: Anna", "\u0130stanbul", "\u2018share\u2019", "click here", "\t", "Ver tamb\u00e9m:", "related",
)  # fmt: skip


def found(literals: Literals, *lines: str) -> set[tuple[int, int]]:
    """The (line, rule) pairs of some lines."""
    pairs: set[tuple[int, int]] = set()
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    text = "\n".join(lines)
    literals.find(text, text.lower(), starts, pairs)
    return pairs


def index(loose: dict[str, list[int]], strict: dict[str, list[int]]) -> Literals:
    """An index whose rules take their literals anywhere."""
    return Literals(loose, strict, lambda number, literal: Target(number, 999, 0, 999, 999))


def test_a_literal_with_case_counts_as_written() -> None:
    """`AP` selects its line, `ap` and `Ap` don't; the same literal without case selects all three."""
    literals = index({"ap": [0]}, {"AP": [1], "Ap": [2]})
    assert found(literals, "from AP", "a map", "Ap") == {(0, 0), (0, 1), (1, 0), (2, 0), (2, 2)}


def test_a_capital_sigma_is_found_within_a_word_and_at_its_end() -> None:
    """In lower case it is another letter at the end of a word; the literal does not know where it will be."""
    literals = index({}, {"\u0391\u03a3": [0]})
    assert found(literals, "\u0391\u03a3", "\u0391\u03a3\u0391", "\u03b1\u03c3") == {(0, 0), (1, 0)}


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join))
def test_the_pass_for_rules_finds_the_phrases_that_a_search_of_their_own_finds(text: str) -> None:
    """Runs of white space, which rules don't see, count for phrases; letters whose lower case is longer don't move them."""
    if not text.strip():
        return
    page = mark(text_blocks(decode(RawDocument(Origin("x"), text.encode(), "text"), Settings())), BOOK)
    joined = "\n".join(block.text for block in page.blocks)
    assert page.phrases is not None
    assert page.phrases.folded == fold_text(joined)
    assert list(page.phrases.matches) == find_phrases(joined)
