"""Words in capitals before quotes and dashes are sound. Wrongly decoded sentences are repaired all the same."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from copydesk.tasks.repair.blocks import repair_text

CAPITALS = {
    "Portuguese": ("AMANHÃ", "IRMÃ", "MAÇÃ", "NÃO", "AÇÃO", "ÓRGÃO", "À", "É", "AVÓ", "AVÔ"),
    "French": ("DÉCIDÉ", "À", "ÉTÉ", "CÔTÉ", "LÀ", "DÉJÀ", "NOËL", "Ê"),
    "Romanian": ("CĂ", "ROMÂNĂ", "COBORÎ", "Â", "MAI SUS, ȘI EL A HOTĂRÎ"),
    "Vietnamese": ("BÃ", "Ã", "Â", "ĐÃ", "NGÃ", "XÃ", "MỸ", "CÔ", "HÀ"),
    "Turkish": ("BAĞ", "DAĞ", "TÜRKİ", "AĞAÇ", "BEŞ", "Ş"),
    "Czech, Slovak, Slovene": ("KŘÍŽ", "MUŽ", "VÁŠ", "PEČ", "JIŘÍ", "DNEŠ", "TIŠ", "ČAŠ"),
    "Polish": ("KOŃ", "TWARZ Ż", "BYĆ", "IŚĆ", "SIĘ", "SĄ"),
    "Latvian, Lithuanian": ("RĪGĀ", "LIETUVĄ", "GATVĖ", "MĀJĀ"),
    "German, Nordic": ("Ö", "BLÅ", "PÅ", "GRÅ", "SJÖ", "FJÄ", "MÅ", "SKÅÐ"),
    "Hungarian": ("KETTŐ", "NŐ", "FÁ", "TŰ"),
}
CLOSINGS = (
    *"”’»“‘›",
    "”.", "”,", "” ", "’ ", "»,", "» e ",
    " – ", " — ", "–", "—", "…", "…”", "”…", "…»",
    "™", "©", "®", "°", "†", "•", " • ", "·", "²",
)  # fmt: skip
OPENINGS = {"”": "“", "’": "‘", "»": "«", "“": "„", "‘": "‚", "›": "‹"}
SIGNS = ("™", "©", "®", "°", "†", "•", "·", "²")
_words = st.sampled_from([word for words in CAPITALS.values() for word in words])
WRONG = ("cp1252", "latin-1", "mac_roman")
SENTENCES = (
    "Le maire a décidé d’ouvrir le port où l’on attendait, déjà « l’été »…",
    "A cidade não terá ônibus amanhã, “disse” a irmã do órgão – à tarde.",
    "Die Bürgermeisterin eröffnete „den Hafen“, größer als früher.",
    "El señor Muñoz dijo: «Mañana habrá más». Así fue.",
    "Primăria a hotărât să închidă podul până în martie, „spun ei”.",
)


@given(_words, st.sampled_from(CLOSINGS), st.sampled_from(["", "Ele disse ", "(", "– "]))
@example("AMANHÃ", "—", "")
@example("IRMÃ", "\u00a0DULCE", "")
def test_a_word_in_capitals_stays_whatever_follows(word: str, closing: str, before: str) -> None:
    """One pair is not evidence. The same words in a sentence of the language are not evidence either."""
    assume(len(word.rsplit(maxsplit=1)[-1]) > (2 if closing.strip() in SIGNS else 1))
    for text in (before + word + closing, f"{before}{word}{closing} {word.lower()} ok"):
        assert repair_text(text.strip()) == (text.strip(), ())


@given(_words, st.sampled_from(sorted(OPENINGS)), st.sampled_from(["", ", diz o prefeito", " – 3"]))
@example("Â", "”", "")
def test_a_quotation_in_capitals_stays(word: str, closing: str, behind: str) -> None:
    """A closing quote with an earlier opening quote is a quote, even after a single letter."""
    text = f"{OPENINGS[closing]}{word}{closing}{behind}"
    assert repair_text(text) == (text, ())


def test_a_sound_quotation_stays_in_text_that_is_broken_elsewhere() -> None:
    """A paragraph may have two sources. Only the broken one is repaired."""
    assert repair_text("“AMANHÃ”, it\u00e2\u20ac\u2122s said") == ("“AMANHÃ”, it’s said", ("mojibake",))


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("charset", WRONG)
def test_sentences_that_were_decoded_wrongly_are_mended(sentence: str, charset: str) -> None:
    """UTF-8 read in another charset, where that has a character for each byte."""
    try:
        broken = sentence.encode().decode(charset)
    except UnicodeDecodeError:
        broken = sentence.encode().decode(charset, "replace")
        if "\ufffd" in broken:
            pytest.skip("this charset has no character for a byte of it: what is lost can't be mended")
    assert repair_text(broken) == (sentence, ("mojibake",))


@pytest.mark.parametrize(
    ("broken", "sound"),
    [
        ("voil\u00c3\u00a0 le travail", "voilà le travail"),
        ("C\u00c3\u201dTE D’IVOIRE", "CÔTE D’IVOIRE"),
        ("METR\u00c3\u201d FECHA, n\u00c3\u00a3o abre", "METRÔ FECHA, não abre"),
        ("3 \u00c3\u2014 4", "3 × 4"),
        ("\u00c2\u00a3 10, \u00c2\u00a9 2010", "£ 10, © 2010"),
        ("L\u00c3\u00a0\u00a0bas", "Là\u00a0bas"),
    ],
)
def test_what_only_mojibake_looks_like_is_mended(broken: str, sound: str) -> None:
    """Examples are lower case before the pair, letters after it, a single sign, broken text beside it."""
    assert repair_text(broken) == (sound, ("mojibake",))
