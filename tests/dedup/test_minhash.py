"""Signatures: equal for the same text, as near as the texts are, and the same everywhere and for ever."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from newsagency import edited, story

from copydesk.schemas.settings import Settings
from copydesk.tasks.dedup.minhash import LONGEST, sign


def near(a: str, b: str) -> float:
    """The similarity that two signatures estimate: one byte in 256 is equal by chance."""
    one, other = sign([("", a), ("", b)], Settings())
    equal = sum(x == y for x, y in zip(one, other, strict=True))
    return (equal / 128 - 1 / 256) / (1 - 1 / 256)


SAME = {
    "case, punctuation and spaces": ("“It’s over,” he said – at last", "it's over, HE said, at\n\nlast."),
    "composed and not at the ends of words": ("one two (three) four", "one, two; three... four!"),
}
APART = {
    "other words": (story(1), story(2)),
    "the same words in another order": (story(1), " ".join(sorted(story(1).split()))),
    "words run together": ("a re cord of the day", "are cord of the day"),
    "Chinese": ("中国日报记者昨日在北京报道了这件事情", "美国总统今天在华盛顿会见了外国客人"),
}


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_texts_that_are_the_same_to_a_reader_have_the_same_signature(a: str, b: str) -> None:
    """Typical changes of a reprint make no difference."""
    assert near(a, b) == 1.0


@pytest.mark.parametrize(("a", "b"), APART.values(), ids=APART)
def test_texts_that_differ_are_far_apart(a: str, b: str) -> None:
    """Words in their order make a text."""
    assert near(a, b) < 0.2


def test_similarity_is_the_share_of_shingles_in_common() -> None:
    """The estimate is within four standard errors of the exact figure, over edits and cuts."""
    text = story(3, 400)

    def shingles(words: str) -> set[tuple[str, ...]]:
        cut = words.split()
        return set(zip(*(cut[n:] for n in range(5)), strict=False))

    for other in (edited(text, 0.02), edited(text, 0.1), text[: len(text) // 2], text + " " + story(4, 100)):
        exact = len(shingles(text) & shingles(other)) / len(shingles(text) | shingles(other))
        assert near(text, other) == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 128) ** 0.5)


def test_characters_without_spaces_are_words() -> None:
    """A sentence more in a Chinese text is a small change."""
    rng = random.Random(5)
    text = "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(300))
    assert near(text, text[:150] + "新的一句话" + text[150:]) > 0.8


def test_short_bodies_are_told_apart_by_their_headlines() -> None:
    """A stub is not the copy of another stub; the same story under another headline is."""
    stub, long = "This video is no longer available.", story(6)
    a, b = sign([("Crane arrives at port", stub), ("Mayor opens a new bridge", stub)], Settings())
    assert sum(x == y for x, y in zip(a, b, strict=True)) < 128 * 0.9
    assert len(set(sign([("One headline", long), ("Another one", long)], Settings()))) == 1


@pytest.mark.parametrize("text", ["", " \n", "!?…", "\ud800", "\U000e0041"])
def test_a_text_without_words_has_no_signature(text: str) -> None:
    """Two empty texts are not copies."""
    assert sign([(text, text)], Settings()) == [b""]


def test_only_the_beginning_of_a_huge_text_counts() -> None:
    """So no text takes longer than some milliseconds."""
    text = story(7, 60_000)
    assert len("".join(text.split())) > LONGEST
    assert sign([("", text)], Settings()) == sign([("", text + story(8, 60_000))], Settings())


def test_signatures_are_what_they_were() -> None:
    """Signatures are kept for years: were they others tomorrow, the scheme would have to say so."""
    texts = [
        ("", story(9)),
        ("Title", "Short text"),
        ("", "東京は今日も雨でした。"),
        ("", "Élan vital à l’œuvre"),
    ]
    code = "import sys; from copydesk.tasks.dedup.minhash import sign; from copydesk.schemas.settings import Settings\n"
    code += f"print(b''.join(sign({texts!r}, Settings())).hex())"
    root = Path(__file__).resolve().parents[2]
    again = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=root,
        capture_output=True,
        check=True,
    )
    together = b"".join(sign(texts, Settings()))
    assert bytes.fromhex(again.stdout.decode()) == together
    assert b"".join(sign([text], Settings())[0] for text in texts) == together
    assert hashlib.sha256(together).hexdigest()[:16] == "ac9af49f0298f5a5"
