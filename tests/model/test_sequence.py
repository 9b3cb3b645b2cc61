"""The segment model at run time: the same bytes in any batch, probabilities that sum to one, time linear in the text."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from copydesk.schemas.page import Mark
from copydesk.tasks.model.segment_features import DENSE, LABELS, measure
from copydesk.tasks.model.segment_phrases import phrases_of
from copydesk.tasks.model.segment_table import BUCKETS, FlatText
from copydesk.tasks.model.sequence import SegmentModel, _packed, product

WORDS = [
    "the",
    "mayor",
    "said",
    "Read",
    "more",
    "floods",
    "یہ",
    "今天好",
    "Share",
    "2013",
    "quay’s",
    "Advertisement",
    "यह",
    "REKLAMA",
    "to",
    "of",
]
STOPS = [". ", "\u3002", " ", ".", ": ", " | ", "\u06d4 ", "?"]


def made_up(width: int = 24, embedded: int = 8, topic: int = 4) -> SegmentModel:
    """A model of random weights with all its parts."""
    chance = np.random.default_rng(1)

    def layer(inputs: int, outputs: int) -> dict[str, np.ndarray]:
        return {
            "weight": chance.integers(-127, 128, (inputs, outputs)).astype(np.int8),
            "scale": np.full(outputs, 0.002, np.float32),
            "bias": chance.normal(0, 20, outputs).astype(np.float32),
        }

    shapes = {
        "topic": (embedded, topic),
        "inward": (embedded + 8 + len(DENSE) + topic, width),
        "whole": (width, width),
        "outward": (2 * width, len(LABELS)),
    }
    for number in range(3):
        shapes |= {f"layer{number}": (3 * width, width), f"mix{number}": (width, width)}
    arrays: dict[str, Any] = {
        f"{name}.{part}": array for name, shape in shapes.items() for part, array in layer(*shape).items()
    }
    return SegmentModel(
        arrays
        | {
            "rarity": chance.integers(0, 256, BUCKETS).astype(np.uint8),
            "words": chance.integers(-127, 128, (BUCKETS, embedded)).astype(np.int8),
            "bag_scale": np.float64(0.2),
            "edges": chance.integers(-127, 128, (BUCKETS, 8)).astype(np.int8),
            "edge_scale": np.float64(0.2),
            "dense_scale": np.float64(256),
            "dilations": np.array([1, 2, 4]),
        }
    )


def invented(chance: random.Random) -> FlatText:
    lines = [
        "".join(
            chance.choice(WORDS) + chance.choice([" ", " ", *STOPS]) for _ in range(chance.randint(1, 60))
        ).strip()
        for _ in range(chance.randint(1, 12))
    ]
    marks = [[Mark(0, min(3, len(line)), "share", "x")] if chance.random() < 0.3 else [] for line in lines]
    return FlatText(lines, marks, chance.choice(["", "The floods of 2013"]))


def test_a_document_gets_the_same_bytes_alone_and_in_any_batch() -> None:
    """Datasets are byte-identical for any shards."""
    chance, model = random.Random(3), made_up()
    texts = [invented(chance) for _ in range(60)]
    together = measure(texts, model.rarity)
    weighed = model.classify(texts)
    for number, text in enumerate(texts):
        alone = measure([text], model.rarity)
        part = slice(together.documents[number], together.documents[number + 1])
        assert alone.dense.tobytes() == together.dense[part].tobytes()
        assert alone.edges.tobytes() == together.edges[part].tobytes()
        assert model.classify([text]) == [weighed[number]]
    assert model.classify(texts[::-1]) == weighed[::-1]


def test_probabilities_sum_to_one() -> None:
    """Only rounding makes a difference."""
    chance = random.Random(5)
    for document in made_up().classify([invented(chance) for _ in range(20)]):
        for segment in document:
            assert sum(segment.probabilities) == pytest.approx(1, abs=0.003)
            assert min(segment.probabilities) >= 0


def test_sums_are_exact_in_float32() -> None:
    """The largest activations times the largest weights stay below 2^24, in the widest layer that ships."""
    from copydesk.tasks.model.sequence import MOST

    layers = SegmentModel.load().layers.values()
    assert max(len(layer.weight) for layer in layers) * 127 * MOST < 1 << 24


def test_segments_cover_each_line() -> None:
    """From its first character to its last, without gap or overlap."""
    chance = random.Random(7)
    texts = [invented(chance) for _ in range(30)]
    found = measure(texts, np.ones(BUCKETS, np.float32))
    for number, text in enumerate(texts):
        part = slice(found.documents[number], found.documents[number + 1])
        for line, body in enumerate(text.lines):
            here = found.line[part] == line
            starts, ends = found.start[part][here], found.end[part][here]
            assert starts[0] == 0
            assert ends[-1] == len(body)
            assert (starts[1:] == ends[:-1]).all()


def test_what_a_segment_shares_with_the_article_is_seen() -> None:
    """A teaser shares no rare word with the article, its sentences do."""
    text = FlatText(
        [
            "Quay harbour closed. The harbour quay stays closed. Tennis champion wins. Harbour workers left the quay."
        ]
    )
    found = measure([text], np.ones(BUCKETS, np.float32))
    known = found.dense[:, DENSE.index("known")]
    assert known[2] < min(known[0], known[1], known[3])


def test_marks_of_rules_are_seen_and_get_segments_of_their_own() -> None:
    """The share of the segment that a rule of the label matches."""
    line = "7 May 2013 Last updated at 18:47 BST It is late"
    found = measure([FlatText([line], [[Mark(11, 36, "dateline", "r")]])], np.ones(BUCKETS, np.float32))
    assert found.start.tolist() == [0, 11, 37]
    assert found.dense[:, DENSE.index("rule_dateline")].tolist() == pytest.approx([0, 25 / 26, 0])


def opens(line: str, family: str) -> list[str]:
    found = measure([FlatText([line])], np.ones(BUCKETS, np.float32))
    flags = found.dense[:, DENSE.index(f"opens_{family}")]
    return [line[a:b] for a, b, flag in zip(found.start, found.end, flags, strict=True) if flag == 1]


def test_openers_of_the_matrix_begin_segments() -> None:
    """Glued or not, with a capital; a word of a sentence does not."""
    assert opens("The harbour is closed Read more: Floods in town", "related") == [
        "Read more: Floods in town"
    ]
    assert opens("The harbour is closed.Read more: Floods", "related") == ["Read more: Floods"]
    assert opens("He wants to read more about it.", "related") == []
    assert opens("필수품목 관련 제도를 개선한다.", "related") == []


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("The firm grew. Story Continues The shares fell.", "The shares"),
        ("The firm grew. Advertisement The shares fell.", "The shares"),
        ("Firma rosła. REKLAMA Akcje spadły.", "Akcje"),
        ("The firm grew. Story Continues (AP) The shares fell.", None),
        ("The firm grew. Read more Shares fall in Oslo", None),
        ("Advertisement of the firm was banned.", None),
        ("His story continues The Hobbit.", None),
    ],
)
def test_text_after_a_complete_phrase_begins_a_segment(line: str, begins: str | None) -> None:
    found = phrases_of([FlatText([line])])
    assert [line[end : end + len(begins or "")] for end in found.ends] == ([begins] if begins else [])


def test_a_cut_after_a_phrase_is_in_its_own_line_of_its_own_document() -> None:
    texts = [FlatText(["No.", "He left. Story continues The end."]), FlatText(["Advertisement They won."])]
    whole = "\n".join(line for text in texts for line in text.lines)
    assert [whole[end:] for end in phrases_of(texts).ends] == [
        "The end.\nAdvertisement They won.",
        "They won.",
    ]


def test_what_a_phrase_says_depends_on_its_role() -> None:
    """A button is a whole segment. A notice may be anywhere in it."""
    found = measure(
        [FlatText(["Share", "Sign up and get our letter to your inbox today"])], np.ones(BUCKETS, np.float32)
    )
    assert found.dense[0, DENSE.index("is_share")] == 1
    assert found.dense[:, DENSE.index("holds_newsletter")].max() == 1


def test_an_empty_batch_and_lines_of_signs() -> None:
    """Empty input is not an error, and neither is a line without words, or a document without lines."""
    model = made_up()
    assert model.classify([]) == []
    assert model.classify([FlatText([]), FlatText([])]) == [[], []]
    assert model.classify([FlatText(["\x00"])]) == [[]]
    found = model.classify([FlatText(["***"]), FlatText([]), FlatText(["\u2022", "-- |"])])
    assert [bool(document) for document in found] == [True, False, True]
    assert found[0] == model.classify([FlatText(["***"])])[0]


def test_words_are_summed_exactly_in_segments_of_any_length() -> None:
    """Four vectors' numbers share a 64-bit sum, which holds 256 of them; a long segment has more."""
    model = made_up()
    found = measure([FlatText(["word " * 700, "one two", "thing " * 300])], model.rarity)
    table = np.random.default_rng(9).integers(-127, 128, (BUCKETS, 8)).astype(np.int8)
    model.words = _packed(table).T.copy()
    expected = np.array(
        [
            table[found.tokens[found.token_segments == n]].sum(0, dtype=np.int64)
            for n in range(len(found.line))
        ]
    )
    counts = np.bincount(found.token_segments)
    assert counts.max() > 512
    raw = expected * (np.float32(model.bag_scale) / np.sqrt(counts.astype(np.float32)))[:, None]
    assert model._bag(found).tolist() == np.clip(np.rint(raw), -511, 511).tolist()


@pytest.mark.parametrize("count", [0, 1, 2, 112, 113, 114, 226, 340, 5_000])
@pytest.mark.parametrize("shape", [(48, 48), (96, 22), (700, 700)])
def test_a_product_in_stacks_is_the_product(count: int, shape: tuple[int, int]) -> None:
    """Whatever the number of rows, also where a stack is full, is one row too long, or a single row is too much."""
    numbers = np.random.default_rng(count)
    rows = numbers.integers(0, 20, (count, shape[0])).astype(np.float32)
    weight = numbers.integers(-20, 20, shape).astype(np.float32)
    assert (product(rows, weight) == rows.astype(np.int64) @ weight.astype(np.int64)).all()
    wide = np.hstack((rows, rows))  # every second stretch of memory
    assert (product(wide[:, : shape[0]], weight) == product(rows, weight)).all()


_THREADS = """
from pathlib import Path
import os
import numpy as np
from copydesk.tasks.model.sequence import product

def spent():
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        fields = (thread / "stat").read_text().rpartition(")")[2].split()
        found[int(thread.name)] = int(fields[11]) + int(fields[12])
    own = found.pop(os.getpid())
    return own, sum(found.values())

rows, weight = np.ones((20_000, 48), np.float32), np.ones((48, 48), np.float32)
product(rows, weight)
before = spent()
while spent()[0] - before[0] < 50:
    product(rows, weight)
after = spent()
print(after[0] - before[0], after[1] - before[1])
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="asks Linux for the CPU time of each thread")
def test_a_product_takes_no_other_thread() -> None:
    """Numpy's own threads stay idle even if nobody has limited them."""
    unlimited = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    told = subprocess.run(
        [sys.executable, "-c", _THREADS], env=unlimited, check=True, capture_output=True, text=True
    )
    own, others = map(int, told.stdout.split())
    assert own >= 50
    assert others <= own // 10
