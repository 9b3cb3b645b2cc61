"""Repair: what must change, what must not, and the proof that the gate never hides a repair."""

import json
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from itertools import product
from pathlib import Path

import ftfy
import pytest
from ftfy import fixes
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES
from ftfy.chardata import CHARMAP_ENCODINGS, HTML_ENTITIES
from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.schemas.document import DecodedText, Origin
from copydesk.schemas.page import Block, Page
from copydesk.tasks.plain_text import text_blocks
from copydesk.tasks.repair import prefilter
from copydesk.tasks.repair.blocks import config, repair, repair_text
from copydesk.tasks.repair.invisible import balanced_bidi, without_controls, without_invisible
from copydesk.tasks.repair.prefilter import could_be_broken, could_change

SHARED = Path(__file__).resolve().parents[3] / "shared" / "eval" / "bad_inputs" / "ftfy"

MUST_CHANGE = {
    "a UTF-8 apostrophe read as Windows-1252": ("The mayorâ€™s office", "The mayor’s office", "mojibake"),
    "twice": ("The mayorÃ¢â‚¬â„¢s office", "The mayor’s office", "mojibake"),
    "one word of a sound sentence": ("Le maire a dÃ©cidé – hier", "Le maire a décidé – hier", "mojibake"),
    "Russian read as Windows-1251": (
        "РџСЂР°РІРёС‚РµР»СЊСЃС‚РІРѕ СЂРµС€РёР»Рѕ",
        "Правительство решило",
        "mojibake",
    ),
    "Windows-1252 quotes as C1 controls": ("\x93Never\x94, she said", "“Never”, she said", "mojibake"),
    "half an ellipsis that looks like a line end": ("And then\x85", "And then…", "mojibake"),
    "an entity": ("Marks &amp; Spencer", "Marks & Spencer", "entities"),
    "an entity escaped twice": ("caf&amp;eacute;", "café", "entities"),
    "an entity escaped nine times": ("x &" + "amp;" * 9 + "lt; y", "x < y", "entities"),
    "a numeric entity": ("It&#8217;s", "It’s", "entities"),
    "an entity in capitals": ("P&EACUTE;REZ", "PÉREZ", "entities"),
    "a NUL": ("one\0 two", "one two", "control-characters"),
    "a control without a meaning in Windows-1252": ("one\x81 two", "one two", "control-characters"),
    "a noncharacter": ("one\ufdd0 two", "one two", "control-characters"),
    "a byte order mark inside": ("one \ufefftwo", "one two", "control-characters"),
    "an object replacement character": ("photo \ufffchere", "photo here", "control-characters"),
    "a carriage return inside": ("one\rtwo", "one\ntwo", "line-ends"),
    "a carriage return at the end": ("one\r", "one", "line-ends"),
    "a vertical tab between words": ("one\vtwo", "one\ntwo", "line-ends"),
    "a line separator": ("one\u2028two", "one\ntwo", "line-ends"),
    "a colour sequence": ("\x1b[31mred\x1b[0m", "red", "terminal-escapes"),
    "a lone surrogate": ("one \ud800 two", "one \ufffd two", "surrogates"),
    "a surrogate pair": ("\ud83d\ude00!", "😀!", "surrogates"),
    "a decomposed letter": ("Cafe\u0301", "Café", "composition"),
    "31 marks on a letter": ("e" + "\u0323" * 40, "ẹ" + "\u0323" * 29, "combining-marks"),
    "a soft hyphen": ("Donau\u00addampfschiff", "Donaudampfschiff", "invisible-characters"),
    "a zero-width space": ("news\u200bpaper", "newspaper", "invisible-characters"),
    "a joiner in Latin": ("news\u200dpaper", "newspaper", "invisible-characters"),
    "a non-joiner in Latin": ("Auf\u200clage", "Auflage", "invisible-characters"),
    "a joiner between an emoji and a word": ("👍\u200dyes", "👍yes", "invisible-characters"),
    "an override in Latin": ("invoice\u202efdp.exe", "invoicefdp.exe", "bidi"),
    "an override in Hebrew": ("שלום \u202eabc\u202c עולם", "שלום abc עולם", "bidi"),
    "an embedding without its end": ("שלום \u202babc", "שלום abc", "bidi"),
    "an end without its embedding": ("שלום\u202c abc", "שלום abc", "bidi"),
    "an embedding left open in an isolate": ("\u2067\u202bשלום\u2069", "\u2067שלום\u2069", "bidi"),
    "a mark in Latin": ("50\u200e%", "50%", "bidi"),
}

MUST_STAY = {
    "plain ASCII": "The council voted 7-2 on Tuesday; AT&T and R&D stay, as does a < b & c.",
    "curly quotes and dashes": "“It’s over” – she said — ‘at last’…",
    "a no-break space between number and unit": "10\u00a0km and 5\u202f%",
    "ligatures": "the ﬁrst oﬃce, Œuvre, cœur",
    "full-width forms": "ＮＨＫ（東京）　全角",
    "accents": "Äpfel, garçon, señor, Łódź, İstanbul, Þór, naïve façade",
    "guillemets": "« Non », dit-il. »So«, sagte er.",
    "a capital A with tilde at the end of a word": "AVANÇÃO à vista",
    "Greek diaereses as quotes": "η ¨λέξη¨ αυτή",
    "currency behind accents": "le coût était élevé: 20 €, 30 £ ou ¥",
    "white space at the ends": "  indented\t and trailing  ",
    "a line feed inside": "one\ntwo",
    "an entity beside mark-up": "<b>Marks &amp; Spencer</b>",
    "an entity without a semicolon": "this&not that &copy 2020",
    "an unknown entity": "&nosuchthing; &xyz;",
    "Persian with ZWNJ": "می\u200cخواهم",
    "Sinhala with ZWJ": "ශ්\u200dරී",
    "Khmer word boundaries": "ខ្ញុំ\u200bទៅ\u200bផ្សារ",
    "a family emoji": "👨\u200d👩\u200d👧 and 🏳\ufe0f\u200d🌈",
    "a flag with tags": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "balanced isolates in Hebrew": "שלום \u2066abc\u2069 עולם",
    "a mark in Arabic": "السعر\u200f: 50",
    "Thai": "ที่นี่มีน้ำ",
    "Vietnamese": "Tiếng Việt đã được chuẩn hoá",
    "Korean": "한국어 기사 본문",
    "superscripts and fractions": "10³ m², ½ cup",
    "thirty marks": "z" + "\u0323" * 30,
}


@pytest.mark.parametrize("name", MUST_CHANGE)
def test_is_repaired(name: str) -> None:
    """Each kind of damage is repaired, and named."""
    text, fixed, repair_name = MUST_CHANGE[name]
    got, names = repair_text(text)
    assert got == fixed
    assert repair_name in names
    assert list(names) == sorted(set(names))


@pytest.mark.parametrize("name", MUST_STAY)
def test_is_left_alone(name: str) -> None:
    """Typography and the needs of scripts are the author's."""
    text = unicodedata.normalize("NFC", MUST_STAY[name])
    assert repair_text(text) == (text, ())


@pytest.mark.parametrize(
    "name", ["plain ASCII", "curly quotes and dashes", "Korean", "guillemets", "accents"]
)
def test_ordinary_text_does_not_even_reach_the_repairs(name: str) -> None:
    """The gate is worth its name: common typography passes it in one search."""
    assert not could_change(MUST_STAY[name])


def _mojibake(text: str, charset: str) -> str:
    return text.encode("utf-8", "replace").decode(charset, "replace")


SLOPPY = [name for name in CHARMAP_ENCODINGS if name != "latin-1"] + ["latin-1"]
PIECES = st.one_of(
    st.sampled_from(sorted(HTML_ENTITIES)),
    st.sampled_from(
        ["&amp;", "&amp;amp;", "&#38;", "&#x26;amp;", "&lt;", "&", ";", "#", "<", "&shy;", "&#0;", "&#129;"]
    ),
    st.sampled_from(
        [" ", "a", "Z", "é", "’", "“", "”", "–", "…", "«", "»", "°", "\xa0", "\n", "\r", ".", "€", "£"]
    ),
    st.sampled_from([c for group in MOJIBAKE_CATEGORIES.values() for c in group]),
    st.characters(min_codepoint=0x80, max_codepoint=0x9F),
    st.characters(max_codepoint=0x24F),
    st.characters(min_codepoint=0x2000, max_codepoint=0x20AF),
    st.sampled_from(
        [
            "e\u0301",
            "\u0301",
            "\u0323",
            "\u1161",
            "\uac00",
            "\u11a8",
            "\u0958",
            "\u200d",
            "\u200b",
            "\u202e",
            "\u202c",
            "\ufeff",
            "\ufdd0",
        ]
    ),
    st.builds(
        _mojibake,
        st.text(alphabet="éàüßøñ’“”–…€Привет日本語Ωλ ا😀", min_size=1, max_size=4),
        st.sampled_from(SLOPPY),
    ),
    st.builds(
        lambda s: _mojibake(_mojibake(s, "sloppy-windows-1252"), "sloppy-windows-1252"),
        st.text(alphabet="é’…ü", min_size=1, max_size=2),
    ),
    st.text(max_size=4),
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
PLAIN = config()._replace(normalization="NFC")


def _by_plain_ftfy(text: str) -> str:
    return ftfy.fix_and_explain(text, PLAIN).text


@given(TEXTS)
def test_the_gate_never_hides_what_ftfy_would_change(text: str) -> None:
    """Where the gate says no, plain ftfy with our configuration changes nothing."""
    if not could_change(text):
        assert _by_plain_ftfy(text) == text
    if not could_be_broken(text):
        assert ftfy.fix_and_explain(text, config()).text == text or "\ud800" <= max(text) <= "\udfff"


@given(TEXTS)
@example("Ã &amp;copy; l\u0301")
def test_repair_is_plain_ftfy_and_then_the_rest(text: str) -> None:
    """Gate, pieces and rounds add nothing to ftfy, and take nothing from it."""
    text = text.translate({ord("\v"): "\n", ord("\f"): "\n"}).strip("\r\u2028\u2029")
    expected = text
    for _ in range(12):
        before = expected
        expected = _by_plain_ftfy(expected)
        expected = unicodedata.normalize("NFC", balanced_bidi(without_invisible(without_controls(expected))))
        if expected == before:
            break
    assert repair_text(text)[0] == expected


@given(TEXTS)
def test_repairing_twice_is_repairing_once(text: str) -> None:
    """Repaired text is sound."""
    once, _ = repair_text(text)
    assert repair_text(once) == (once, ())


@given(TEXTS)
def test_what_ftfy_calls_bad_reaches_ftfy(text: str) -> None:
    """The automaton matches everywhere that its source table does."""
    if BADNESS_RE.search(text):
        assert could_be_broken(text)


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_what_holds_for_a_page_holds_for_its_blocks(text: str, start: int, end: int) -> None:
    """No anchors and no look-around: a part of text that can't change can't change either."""
    if not could_change(text):
        assert not could_change(text[start:end])


def test_a_sound_text_is_one_that_nothing_changes() -> None:
    """The test that spares a process ftfy is as exact as the automaton: all runs of three characters.

    ASCII with typographic punctuation in any order, other letters and signs between ASCII.
    """
    every = [chr(code) for code in range(0x20B0) if prefilter._SOUND.fullmatch(chr(code))]
    typographic = [c for c in every if not c.isascii() and prefilter._SOUND.fullmatch(f"\u201c{c}\u201d")]
    single = [c for c in every if not c.isascii() and c not in typographic]
    ascii_ = [*"aZ0 .,?!\n\t\"'<>&;#("]
    assert len(typographic) > 15
    assert len(single) > 180
    texts = ["".join(three) for three in product([*ascii_, *typographic], repeat=3)]
    texts += ["".join(three) for three in product([*ascii_, ""], single, [*ascii_, ""])]
    some = [text for text in texts if prefilter._SOUND.fullmatch(text)]
    assert len(some) > 0.9 * len(texts)
    for text in some:
        assert not prefilter.more_than_composition(text), text
        assert unicodedata.normalize("NFC", text) == text, text


@given(st.one_of(TEXTS, st.text("aé \u201c\u201dÃ&;#x2\u00a0\u20ac.", max_size=12)))
def test_the_gate_without_ftfy_agrees_with_the_gate_of_its_tables(text: str) -> None:
    """What it calls sound can't change."""
    if prefilter._SOUND.fullmatch(text):
        assert not prefilter.could_change(text)
        assert not prefilter.more_than_composition(text)


def test_a_sound_text_loads_no_ftfy() -> None:
    """Half of the time of a single text was ftfy's tables; a text that may be broken does load them."""
    code = "import sys; from copydesk.tasks.repair.blocks import repair_text; done = repair_text(sys.argv[1]); print(*done[1], 'ftfy' in sys.modules)"
    for text, expected in (
        ("\u201cIt\u2019s \u00a35,\u201d said Zoë.", "False"),
        ("dÃ©cidé", "mojibake True"),
    ):
        ran = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == expected


def test_the_set_of_composing_characters_is_that_of_unicode() -> None:
    """No character outside the ranges that are looked through composes, decomposes or moves."""
    composing = set(prefilter._composing())
    for code in range(0x110000):
        char = chr(code)
        parts = unicodedata.normalize("NFD", char)
        assert char in composing or (parts[0] and not unicodedata.combining(char)), hex(code)
        assert char in composing or unicodedata.normalize("NFC", char) == char, hex(code)
        assert len(parts) == 1 or set(parts[1:]) <= composing, hex(code)


def test_every_alternative_of_the_table_survives_the_rewriting() -> None:
    """RE2 takes the whole of ftfy's pattern: no construct of it is lost in translation."""
    plain = prefilter._plain(BADNESS_RE.pattern)
    assert plain.count("|") == sum(
        line.split("#")[0].count("|") for line in BADNESS_RE.pattern.splitlines() if "[" not in line
    )
    assert "^" not in plain.replace("[^A-Za-z]", "")


def test_no_entity_grows_when_it_is_undone() -> None:
    """Decoding of entities ends because each entity is longer than its character."""
    assert all(len(plain) < len(entity) for entity, plain in HTML_ENTITIES.items())


def _page(*texts: str) -> Page:
    whole = "\n".join(texts)
    blocks, start = [], 0
    for text in texts:
        blocks.append(Block(start, start + len(text), text))
        start += len(text) + 1
    decoded = DecodedText(Origin("page"), "text", whole, "utf-8", "utf-8", "", len(whole))
    return Page(decoded, whole, tuple(blocks))


def test_a_sound_page_is_handed_on_as_it_is() -> None:
    """Nothing is copied when nothing can change."""
    page = _page("“Sound”, it’s all sound.", "Yes – sound.")
    assert repair(page) is page


def test_blocks_are_repaired_one_by_one() -> None:
    """A `<` in one block does not switch off entities in the next, and offsets stay."""
    page = _page("a < b", "Marks &amp; Spencer", "dÃ©cidé", "sound")
    done = repair(page)
    assert [block.text for block in done.blocks] == ["a < b", "Marks & Spencer", "décidé", "sound"]
    assert [(block.start, block.end) for block in done.blocks] == [(b.start, b.end) for b in page.blocks]
    assert done.repairs == ("entities", "mojibake")
    assert done.text == page.text
    assert repair(done) == done


HOSTILE: dict[str, Callable[[int], str]] = {
    "a chain of ampersands": lambda n: "&" + "amp;" * (n // 4),
    "a chain of numeric ampersands": lambda n: "&" + "#38;" * (n // 4),
    "nested semicolons": lambda n: "&semi" * (n // 5) + ";",
    "soft hyphens that part entities": lambda n: "&s" * (n // 6) + "\u00ad" + "hy;" * (n // 6),
    "two marks in turn": lambda n: "e" + "\u0323\u0301" * (n // 2),
    "mojibaked marks": lambda n: "e" + _mojibake("\u0323\u0301" * (n // 8), "sloppy-windows-1252"),
    "mojibake in one line": lambda n: "dÃ©cidÃ© " * (n // 9),
    "mixed mojibake in one line": lambda n: "dÃ©cidÃ© â€œouiâ€\x9d “ " * (n // 20),
    "bidi openers": lambda n: "ש" + "\u202b" * n,
    "bidi isolates": lambda n: "ש" + "\u2066\u202b" * (n // 4) + "\u2069" * (n // 4),
    "joiners": lambda n: "\u200d" * n,
    "colour sequences": lambda n: "\x1b[" * (n // 3) + "m" * (n // 3),
    "one long word": lambda n: "é" * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text_only(name: str) -> None:
    """Twice the text takes about twice the time, for what is quadratic in plain ftfy and NFC too."""
    times = []
    for size in (100_000, 200_000, 400_000):
        text = HOSTILE[name](size)
        start = time.process_time()
        repair_text(text)
        times.append(time.process_time() - start)
    assert times[2] < 6 * times[0] + 0.3 or times[2] < 3 * times[1] + 0.3, times


@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation folder is not beside the checkout")
@pytest.mark.parametrize("file", ["in-the-wild", "language-names", "synthetic", "negative"])
def test_ftfys_own_cases(file: str) -> None:
    """All that ftfy fixes is fixed, all that it leaves is left; its C1 leftovers go beside."""
    for case in json.loads((SHARED / f"{file}.json").read_text("utf-8")):
        got, _ = repair_text(case["original"])
        as_ftfy = fixes.uncurl_quotes(fixes.fix_character_width(fixes.fix_latin_ligatures(got)))
        assert as_ftfy == without_controls(case["fixed"]), case["label"]
        assert repair_text(got)[0] == got, case["label"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation folder is not beside the checkout")
def test_ftfys_known_failures_end_sound() -> None:
    """We may repeat known errors of ftfy, but the result must be stable."""
    for case in json.loads((SHARED / "known-failures.json").read_text("utf-8")):
        once, _ = repair_text(case["original"])
        assert repair_text(once) == (once, ()), case["label"]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("The mayor said no.&#10;The bridge stays.", ["The mayor said no.", "The bridge stays."]),
        ("One&#13;&#10; two &#10;&#10;three", ["One", "two", "three"]),
        ("The mayor said no.â€¨The bridge stays.", ["The mayor said no.", "The bridge stays."]),
        ("Câ€™est tout.&#10;Itâ€™s over.", ["C’est tout.", "It’s over."]),
    ],
    ids=["an entity", "several", "mojibake of a line separator", "repairs on both sides"],
)
def test_a_line_in_which_repair_finds_a_line_end_becomes_two(line: str, lines: list[str]) -> None:
    """Each has its own offsets, in order, and no readable text is between them."""
    whole = f"Before it.\n{line}\nBehind it."
    page = repair(text_blocks(DecodedText(Origin("t"), "text", whole, "utf-8", "given", "v", 0)))
    assert [block.text for block in page.blocks] == ["Before it.", *lines, "Behind it."]
    at = 0
    for block in page.blocks:
        assert repair_text(whole[block.start : block.end])[0].strip() == block.text
        assert repair_text(whole[at : block.start])[0].strip() == ""
        at = block.end
